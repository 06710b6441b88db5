// SPDX-License-Identifier: Apache-2.0
// synfire run: runs a model on inputs and writes predictions and recordings.
#include <nlohmann/json.hpp>

#include "commands/tables.hpp"
#include "model/model_file.hpp"
#include "model/runnable.hpp"
#include "synfire/data.hpp"

namespace synfire::command_line {
namespace {

struct Outcome {
  std::vector<std::string> outputs;
  std::vector<Tensor<float>> readouts;  // examples × shape
  std::size_t examples = 0;

  std::size_t width(std::size_t output) const { return readouts[output].size() / std::max<std::size_t>(examples, 1); }
};

// A network without input data runs --examples times.
Predictions predict(const Arguments& arguments, RunnableModel& model, const BoundData& inputs, std::size_t examples,
                    Output& output) {
  const RunOptions options = options_of_run(arguments, model, examples, output);
  return inputs.views().empty() ? model.network.predict(examples, options)
                                : model.network.predict(inputs.views(), options);
}

std::size_t count_examples(const Arguments& arguments, const RunnableModel& model, const BoundData& inputs) {
  const auto examples = arguments.integer("examples", 1, 0xFFFFFFFF);
  if (!inputs.views().empty()) {
    if (examples)
      throw UsageError(usage_problem("--examples", "the data determine the number of examples", "use --first"));
    return inputs.examples();
  }
  if (examples) return *examples;
  const std::vector<std::string> names = input_names(model.network.manifest());
  if (names.empty()) return 1;
  throw UsageError({.kind = ProblemKind::missing_data,
                    .path = "--input",
                    .message = "no data for the inputs of the network",
                    .hint = "use --input, or --examples N to run without data",
                    .expected = "data for " + one_of(names)});
}

Outcome collect(const RunnableModel& model, const Predictions& predictions, std::size_t examples) {
  Outcome outcome{.outputs = output_names(model.network.manifest()), .readouts = {}, .examples = examples};
  for (const std::string& name : outcome.outputs) outcome.readouts.push_back(predictions[name]);
  return outcome;
}

// One line per example, with tabs between the values of all outputs, below a line of names.
std::string lines_of(const Outcome& outcome) {
  std::string text = "example";
  for (std::size_t o = 0; o < outcome.outputs.size(); ++o) {
    for (std::size_t i = 0; i < outcome.width(o); ++i)
      text += "\t" + outcome.outputs[o] + "[" + std::to_string(i) + "]";
  }
  text += "\n";
  for (std::size_t e = 0; e < outcome.examples; ++e) {
    text += std::to_string(e);
    for (std::size_t o = 0; o < outcome.outputs.size(); ++o) {
      const std::size_t width = outcome.width(o);
      for (std::size_t i = 0; i < width; ++i)
        text += "\t" + decimal(static_cast<double>(outcome.readouts[o][e * width + i]), 9);
    }
    text += "\n";
  }
  return text;
}

Json values_of(const Outcome& outcome, std::size_t output) {
  Json rows = Json::array();
  const std::size_t width = outcome.width(output);
  for (std::size_t e = 0; e < outcome.examples; ++e) {
    const float* row = outcome.readouts[output].data() + e * width;
    rows.push_back(std::vector<float>(row, row + width));
  }
  return rows;
}

Json document_of(const Outcome& outcome, const Arguments& arguments, const RunnableModel& model) {
  Json outputs = Json::array();
  for (std::size_t o = 0; o < outcome.outputs.size(); ++o) {
    Json entry = {{"name", outcome.outputs[o]}, {"shape", outcome.readouts[o].shape()}};
    if (!arguments.has("output")) entry["predictions"] = values_of(outcome, o);
    outputs.push_back(std::move(entry));
  }
  Json document = {{"examples", outcome.examples}, {"device", model.network.device().name()}, {"outputs", outputs}};
  if (arguments.has("output")) document["file"] = arguments.text("output");
  return document;
}

void run(const Arguments& arguments, Output& output) {
  check_run_output(arguments);
  RunnableModel model = load_model(arguments);
  const BoundData inputs = bind_data(arguments, model.network.manifest(), model.inputs).inputs;
  const std::size_t examples = count_examples(arguments, model, inputs);
  const Predictions predictions = predict(arguments, model, inputs, examples, output);
  const Outcome outcome = collect(model, predictions, examples);
  if (outcome.outputs.empty() && !arguments.has("output")) {
    output.message(
        "synfire: no population has a readout, so nothing is predicted; add a readout, such as "
        "\"readout\": \"spike_count\", or record: --record NAME.spikes --output FILE");
  }
  if (output.json()) return output.document(document_of(outcome, arguments, model));
  if (!arguments.has("output")) return output.text(lines_of(outcome));
  output.message("synfire: " + counted(examples, "example") + " on " + describe_device(model.network.device()));
  output.message("synfire: wrote " + arguments.text("output"));
}

}  // namespace

Command run_command() {
  return {
      .name = "run",
      .summary = "run a model on data and write predictions and recordings",
      .examples = {{"synfire run demo.synfire --input images.idx.gz --output results.npz",
                    "run all images; predictions go to results.npz"},
                   {"synfire run demo.json --input images.idx.gz --first 3",
                    "compile the description and print the predictions for three images"},
                   {"synfire run demo.json --input images.idx.gz --first 3 --record hidden.spikes --output spikes.npz",
                    "also record the spikes of a population"},
                   {"synfire run loop.json --examples 10 --output results.npz",
                    "run a network without input data ten times"}},
      .text =
          "Runs a description, which is compiled first, or an artifact, which needs no compiler. Without "
          "--output, predictions go to standard output: one line per example, with tabs between the values of "
          "the outputs.\n\nWith --output, the file also holds what the model records, or only what --record "
          "names: a description is compiled to record it, an artifact must have been. Running an artifact runs "
          "its native code: do not run artifacts that you do not trust.",
      .operands = {{.name = "MODEL", .help = "a description (.json) or an artifact (.synfire)"}},
      .options = joined(run_options(),
                        {{.name = "examples", .value = "N", .help = "how often to run a network without input data"}}),
      .run = run,
  };
}

}  // namespace synfire::command_line
