// SPDX-License-Identifier: Apache-2.0
// synfire evaluate: runs a model on inputs with labels and prints metrics.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "commands/tables.hpp"
#include "model/metrics.hpp"
#include "model/model_file.hpp"
#include "model/runnable.hpp"
#include "model/training.hpp"
#include "synfire/training_compiler.hpp"
#include "synfire/training_network.hpp"

namespace synfire::command_line {
namespace {

// They also add up losses.
std::vector<OutputMetric> choose_metrics(const Arguments& arguments, RunnableModel& model) {
  const std::vector<std::string> outputs = output_names(model.network.manifest());
  std::vector<OutputMetric> chosen = evaluation_metrics(arguments, outputs, model.unscored);
  for (OutputMetric& each : chosen) {
    if (each.metric.name == no_metric)
      model.losses.leave_out(each.output.name());
    else
      each.metric = model.losses.with_loss(each.output.name(), each.metric.name);
  }
  return chosen;
}

// The rows of a table of counts.
std::vector<std::vector<std::uint64_t>> rows_of(const Tensor<double>& table) {
  std::vector<std::vector<std::uint64_t>> rows(table.shape()[0]);
  for (std::size_t i = 0; i < table.size(); ++i)
    rows[i / table.shape()[1]].push_back(static_cast<std::uint64_t>(table[i]));
  return rows;
}

Json document_of(const EvaluationResult& result, const RunnableModel& model) {
  Json metrics = Json::array();
  for (const EvaluationResult::Entry& entry : result.entries) {
    metrics.push_back({{"output", entry.output},
                       {"metric", entry.name},
                       {"value", entry.value},
                       {"ties", entry.ambiguity.ties},
                       {"silent", entry.ambiguity.silent},
                       {"ambiguous_right", entry.ambiguity.right}});
    if (entry.table) metrics.back()["table"] = rows_of(*entry.table);
    if (const auto loss = model.losses.mean(entry.output)) {
      metrics.back()["loss"] = loss->remark.empty() ? Json(loss->value) : Json();
      if (!loss->remark.empty()) metrics.back()["loss_remark"] = loss->remark;
    }
  }
  return {{"metrics", metrics},
          {"examples", result.examples},
          {"seconds", result.seconds},
          {"compile_milliseconds", model.compile_milliseconds},
          {"load_milliseconds", model.network.load_milliseconds()},
          {"device", model.network.device().name()}};
}

// A line per label below a heading; columns are predicted labels.
std::string table_text(const Tensor<double>& table) {
  const auto rows = rows_of(table);
  std::string text = "label";
  for (std::size_t k = 0; k < rows.size(); ++k) text += "\t" + std::to_string(k);
  for (std::size_t label = 0; label < rows.size(); ++label) {
    text += "\n" + std::to_string(label);
    for (const std::uint64_t count : rows[label]) text += "\t" + std::to_string(count);
  }
  return text + "\n";
}

std::string lines_of(const EvaluationResult& result, const OutputLosses& losses) {
  std::string text;
  for (const EvaluationResult::Entry& entry : result.entries) {
    text += entry.output + "\t" + entry.name + "\t" + decimal(entry.value) + "\n";
    if (entry.table) text += table_text(*entry.table);
    const auto loss = losses.mean(entry.output);
    if (loss && loss->remark.empty()) text += entry.output + "\tloss\t" + decimal(loss->value) + "\n";
  }
  return text;
}

void report_missing_losses(const OutputLosses& losses, const Output& output) {
  for (const std::string& name : losses.outputs()) {
    const auto loss = losses.mean(name);
    if (loss && !loss->remark.empty())
      output.message("synfire: " + name + ": loss: not available (" + loss->remark + ")");
  }
}

// Examples that the metric decided only by the order of the outputs.
void report_ambiguity(const EvaluationResult& result, const Output& output) {
  for (const EvaluationResult::Entry& entry : result.entries) {
    if (entry.ambiguity.any()) output.message("synfire: " + entry.output + ": " + ambiguity_text(entry.ambiguity));
  }
}

void report_times(const EvaluationResult& result, const RunnableModel& model, const Output& output) {
  output.message("synfire: " + counted(result.examples, "example") + " on " + describe_device(model.network.device()));
  std::string line = "synfire: ran in " + readable_seconds(result.seconds);
  if (result.examples > 0)
    line += ", " + readable_seconds(result.seconds / static_cast<double>(result.examples)) + " per example";
  if (model.compile_milliseconds > 0) {
    line += "; compiled in " + readable_seconds(model.compile_milliseconds / 1000);
    if (model.from_cache) line += " (from the cache)";
  }
  output.message(line);
}

// The losses of the outputs that have labels.
LossSettings scored_losses(const LossSettings& losses, const RunnableModel& model) {
  LossSettings scored{.defined = losses.defined};
  for (const std::string& output : output_names(model.network.manifest())) {
    const LossSetting* const loss = loss_of(losses, output);
    const bool is_scored = std::find(model.unscored.begin(), model.unscored.end(), output) == model.unscored.end();
    if (loss != nullptr && is_scored) scored.list.push_back({.output = output, .loss = *loss});
  }
  return scored;
}

// Losses of every step are not in the readouts, so the training program runs too.
void add_losses_of_steps(const Arguments& arguments, const RunData& data, const RunOptions& run, RunnableModel& model) {
  if (!model.losses.lacks_losses_of_steps()) return;
  const Description& description = *model.description;
  CompileSettings settings = description.compile;
  apply_settings(arguments, settings);
  settings.schedule.clear();
  settings.record.clear();
  settings.losses = scored_losses(settings.losses, model);
  TrainingCompiler compiler = TrainingCompiler::from(settings, description.network);
  compiler.device = model.network.device().name();
  compiler.threads = threads_of(arguments);
  compiler.ordinal = static_cast<int>(arguments.integer("gpu", 0, 1024).value_or(0));
  compiler.warn = [](const Problem&) {};  // of training
  TrainingNetwork network = compiler.compile(description.network);
  const RunOptions options{
      .example_timesteps = run.example_timesteps, .seed = run.seed, .allow_non_finite = run.allow_non_finite};
  model.losses.set_losses_of_steps(network.evaluate(data.inputs.views(), data.labels.views(), options));
}

void evaluate(const Arguments& arguments, Output& output) {
  require_labels(arguments, "; synfire run needs no labels");
  check_run_output(arguments, "the metrics");
  RunnableModel model = load_model(arguments);
  const std::vector<OutputMetric> metrics = choose_metrics(arguments, model);
  const RunData data = bind_data(arguments, model.network.manifest(), model.inputs, 0, model.unscored);
  if (!data.inputs.views().empty() && data.inputs.examples() == 0) {
    throw DataError({.kind = ProblemKind::missing_data,
                     .path = "--input",
                     .message = "the data contain no examples, so there is nothing to evaluate"});
  }
  RunOptions options = options_of_run(arguments, model, data.inputs.examples(), output);
  options.metrics = metrics;
  const EvaluationResult result = model.network.evaluate(data.inputs.views(), data.labels.views(), options);
  add_losses_of_steps(arguments, data, options, model);
  output.document(document_of(result, model));
  output.text(lines_of(result, model.losses));
  report_times(result, model, output);
  report_missing_losses(model.losses, output);
  report_ambiguity(result, output);
}

}  // namespace

Command evaluate_command() {
  return {
      .name = "evaluate",
      .summary = "run a model on labeled data and print metrics",
      .examples = {{"synfire evaluate demo.synfire --input images.idx.gz --labels labels.idx.gz",
                    "the accuracy over all images"},
                   {"synfire evaluate demo.json --input retina=test.npz:x --labels output=test.npz:y --batch-size 64",
                    "with the names of populations and arrays"},
                   {"synfire evaluate net.json --input x.npy --labels y.npy --metric mean_square_error --json",
                    "another metric, as JSON for a script"}},
      .text =
          "Runs all examples and compares the outputs with the labels. Writes a line per output to standard "
          "output: name, metric and value, separated by tabs. The default metric is "
          "sparse_categorical_accuracy: the fraction of examples whose largest output value has the label's "
          "index. For the losses of a description for training, another line follows: name, loss and its mean over "
          "the examples; a message says if it is not available, as for outputs without a metric. For losses of every "
          "step "
          "the training program runs too.",
      .operands = {{.name = "MODEL", .help = "a description (.json) or an artifact (.synfire)"}},
      .options = joined(
          {labels_option(), metric_option(" (also prints a table: a line per label, a column per predicted label)",
                                          "leaves an output out, as is the default for losses without targets")},
          run_options()),
      .run = evaluate,
  };
}

}  // namespace synfire::command_line
