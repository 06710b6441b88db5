// SPDX-License-Identifier: Apache-2.0
// synfire train: trains the network of a description on inputs with labels and writes the trained description.
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "commands/tables.hpp"
#include "interrupt.hpp"
#include "model/artifact.hpp"
#include "model/model_file.hpp"
#include "model/outputs.hpp"
#include "model/runnable.hpp"
#include "model/trained_files.hpp"
#include "model/training.hpp"
#include "model/training_task.hpp"
#include "synfire/base/files.hpp"
#include "synfire/warning.hpp"

namespace synfire::command_line {
namespace {

// Writes a line with tabs as each epoch ends, below a line of names.
class EpochLines : public Callback {
 public:
  explicit EpochLines(Output& output) : output_(output) {}

  bool wants_batches() const override { return false; }

  void on_train_begin(const TrainInfo& training) override {
    if (training.epoch == training.first_epoch && training.batch == 0) return;
    output_.message("synfire: continues at epoch " + std::to_string(training.epoch) + ", batch " +
                    std::to_string(training.batch));
  }

  bool on_epoch_end(const EpochRecord& record) override {
    if (!headed_) output_.text(heading(record));
    headed_ = true;
    std::string line = std::to_string(record.epoch) + "\t" + decimal(record.seconds, 3);
    for (const auto* scores : {&record.training, &record.validation}) {
      for (const OutputScore& score : *scores) {
        line += "\t" + decimal(score.loss);
        if (!score.metric.empty()) line += "\t" + decimal(score.value);
      }
    }
    output_.text(line + "\n");
    return true;
  }

 private:
  static std::string heading(const EpochRecord& record) {
    std::string line = "epoch\tseconds";
    const auto add = [&](const std::string& prefix, const std::vector<OutputScore>& scores) {
      for (const OutputScore& score : scores) {
        line += "\t" + prefix + score.output + ".loss";
        if (!score.metric.empty()) line += "\t" + prefix + score.output + "." + score.metric;
      }
    };
    add("", record.training);
    add("validation.", record.validation);
    return line + "\n";
  }

  Output& output_;
  bool headed_ = false;
};

void report_ambiguity(const EpochRecord& record, const Output& output) {
  for (const OutputScore& score : record.validation.empty() ? record.training : record.validation) {
    if (score.ambiguity.any())
      output.message("synfire: " + score.output + ", last epoch: " + ambiguity_text(score.ambiguity));
  }
}

TrainOptions options_of_training(const TrainingTask& task, const std::vector<InputPreparation>& inputs,
                                 EpochLines& lines, Output& output) {
  TrainOptions options = train_options(task, inputs);
  options.warn = [&output](const Problem& problem) { output.warn(problem); };
  if (!output.quiet()) options.callbacks.emplace_back(ProgressBar{});
  options.callbacks.emplace_back(&lines);
  return options;
}

void save_trained_artifact(const std::string& path, const Description& trained) {
  const InferenceCompiler compiler = InferenceCompiler::from(trained.compile, trained.network);
  ArtifactFile file = compiler.build_file(trained.network);
  add_preparations(file, trained.network, compiler, trained.inputs);
  save_artifact(path, file);
}

// --output may replace the description that is trained and its tensors, and --checkpoint the checkpoint that is
// resumed, but no other file that is read.
void check_training_outputs(const TrainingTask& task, const std::string& path) {
  const Arguments& arguments = task.arguments;
  const std::vector<NamedFile> described = description_files("--output", path), model = model_files(arguments);
  std::vector<NamedFile> beside, read = data_files(arguments), others = model_files(arguments, "init-from");
  if (arguments.has("resume") && base::output_place(arguments.text("resume")) != base::output_place(task.checkpoint))
    others.push_back({"--resume", arguments.text("resume")});
  read.insert(read.end(), others.begin(), others.end());
  for (const char* option : {"history", "artifact"}) {
    if (arguments.has(option)) beside.push_back({std::string("--") + option, arguments.text(option)});
  }
  if (arguments.has("tensorboard")) {
    beside.push_back(
        {"--tensorboard", std::filesystem::path(arguments.text("tensorboard")) / History::tensorboard_file});
  }
  if (!task.checkpoint.empty()) beside.push_back({"--checkpoint", task.checkpoint});
  constexpr const char* printed = "the lines of the epochs";
  check_outputs(arguments, beside, model, printed);
  std::error_code error;
  if (!arguments.has("MODEL") || !std::filesystem::equivalent(path, arguments.text("MODEL"), error))
    read.insert(read.end(), model.begin(), model.end());
  beside.insert(beside.begin(), described.begin(), described.end());
  check_outputs(arguments, beside, read, printed);
}

// Checked before training: a device or a pipe has no folder for tensors.
void require_room_for_tensors(const std::string& path, const Network& network) {
  if (!base::is_written_through(path) || to_text({.network = network}).tensors.empty()) return;
  throw DataError({.kind = ProblemKind::file_access,
                   .path = path,
                   .message = "the tensors of the description need a folder",
                   .hint = "name a file, for example \"trained.json\""});
}

// ---- How many spikes are lost by rounding to the step of the description

// One epoch with a learning rate of 0.
History run_without_learning(const Arguments& arguments, const Description& description) {
  TrainingCompiler compiler = training_compiler_for(arguments, description);
  compiler.warn = [](const Problem&) {};
  compiler.optimizer =
      OptimizerModel{.name = "none", .parameters = {{learning_rate_name, 0.0}}, .update = {"value = value"}};
  TrainingNetwork model = compiler.compile(description.network);
  const RunData data = bind_data(arguments, model.manifest(),
                                 preparations(arguments, description.inputs, input_names(model.manifest())));
  TrainOptions options;
  options.epochs = 1;
  options.data_memory = 0;  // what fits was read
  options.warn = [](const Problem&) {};
  return model.train(data.inputs.views(), data.labels.views(), options);
}

std::string rounded(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

// Spikes of each population at the step of the description and at a quarter of it, before training.
void diagnose(const Arguments& arguments, const Description& description, Output& output) {
  Description fine = description;
  fine.compile.nominal_dt =
      description.compile.nominal_dt > 0 ? description.compile.nominal_dt : description.compile.dt;
  fine.compile.dt = description.compile.dt / 4;
  fine.compile.timesteps = description.compile.timesteps * 4;
  const EpochRecord here = run_without_learning(arguments, description).epochs.front();
  const EpochRecord there = run_without_learning(arguments, fine).epochs.front();
  output.message("population\tspikes per example at " + decimal(description.compile.dt) + " ms\tat " +
                 decimal(fine.compile.dt) + " ms");
  const auto each = [](const EpochRecord& record, std::uint64_t spikes) {
    return static_cast<double>(spikes) / static_cast<double>(record.examples);
  };
  for (std::size_t i = 0; i < here.activity.size(); ++i) {
    const double coarse = each(here, here.activity[i].spikes), exact = each(there, there.activity[i].spikes);
    const std::string& name = here.activity[i].population;
    output.message(name + "\t" + rounded(coarse) + "\t" + rounded(exact));
    if (std::abs(coarse - exact) <= 0.2 * exact) continue;
    output.warn(make_warning({.kind = ProblemKind::spikes_rounded_away,
                              .path = "population \"" + name + "\"",
                              .message = "spike times are rounded to dt: " + rounded(coarse) +
                                         " spikes per example here, " + rounded(exact) + " at a quarter of the step",
                              .hint = "the network is trained for this dt, and may fail at another"}));
  }
}

// Weights of another network, by name; what does not match is a warning each.
void start_from(const std::string& file, TrainingNetwork& model, Output& output) {
  const TrainingNetwork::WarmStart start = model.take_weights(description_in(file, {}).network);
  for (const Problem& problem : start.left) output.warn(problem);
  std::string names;
  for (const std::string& each : start.taken) names += (names.empty() ? "" : ", ") + each;
  output.message("synfire: begins with the weights of " + file + ": " + names);
}

void save_history(const std::string& path, const History& history) {
  if (path.ends_with(".json"))
    history.save_json(path);
  else
    history.save_csv(path);
}

// The files besides the trained description. Returns their names.
std::string write_others(const Arguments& arguments, const History& history, const Description& trained,
                         Json& document) {
  std::string written;
  const auto write = [&](const char* option, const auto& save) {
    if (!arguments.has(option)) return;
    save(arguments.text(option));
    document[option] = arguments.text(option);
    written += ", " + arguments.text(option);
  };
  write("history", [&](const std::string& path) { save_history(path, history); });
  write("tensorboard", [&](const std::string& folder) { history.save_tensorboard(folder); });
  write("artifact", [&](const std::string& path) { save_trained_artifact(path, trained); });
  return written;
}

void report_end(const History& history, const TrainingTask& task, const Output& output) {
  if (!history.epochs.empty()) report_ambiguity(history.epochs.back(), output);
  if (history.end == TrainingEnd::early_stopping) {
    output.message("synfire: " + task.loop.settings.early_stopping->monitor + " has not improved for " +
                   counted(task.loop.settings.early_stopping->patience, "epoch"));
  }
  if (history.best_epoch && task.loop.settings.early_stopping->restore_best)
    output.message("synfire: the weights are those of epoch " + std::to_string(*history.best_epoch));
  if (history.end != TrainingEnd::stopped) return;
  const std::string remedy = task.checkpoint.empty() ? "" : "; continue with --resume " + task.checkpoint.string();
  output.message("synfire: interrupted after " + counted(history.epochs.size(), "whole epoch") + remedy);
}

// Everything after compilation. A signal ends training after the batch; then all files are written nevertheless.
void run_training(const TrainingTask& task, const std::string& path, TrainingNetwork& model, Output& output) {
  const Arguments& arguments = task.arguments;
  const std::vector<InputPreparation> inputs =
      preparations(arguments, task.description.inputs, input_names(model.manifest()));
  const RunData data = bind_data(arguments, model.manifest(), inputs);
  const RunData validation = bind_validation_data(arguments, model.manifest(), inputs, data.memory);
  EpochLines lines(output);
  TrainOptions options = options_of_training(task, inputs, lines, output);
  options.data_memory = 0;  // what fits was read
  options.validation_inputs = validation.inputs.views();
  options.validation_targets = validation.labels.views();
  const auto weights = [&](const char* option, bool are_cut) { return weights_in(arguments, option, are_cut); };
  options.sample_weights = weights("sample-weights", true);
  options.step_weights = weights("step-weights", true);
  options.validation_sample_weights = weights("validation-sample-weights", false);
  options.validation_step_weights = weights("validation-step-weights", false);
  const DeferredSignal signal;
  options.stop = [&signal] { return signal.received() != 0; };
  const History history = model.train(data.inputs.views(), data.labels.views(), options);

  const Description trained{.network = model.network(),
                            .compile = task.description.compile,
                            .inputs = inputs,
                            .train = task.description.train};
  Json document = {{"device", model.device().name()}};
  document.update(Json::parse(history.json()));
  document["file"] = path;
  write_trained(path, trained, task.checkpoint);
  const std::string written = path + write_others(arguments, history, trained, document);
  if (!task.checkpoint.empty()) document["checkpoint"] = task.checkpoint.string();
  output.document(document);
  report_end(history, task, output);
  output.message("synfire: " + counted(data.inputs.examples(), "example") + " on " + describe_device(model.device()));
  output.message("synfire: wrote " + written);
  if (signal.received() != 0) throw Interrupted{signal.received()};
}

void train(const Arguments& given, Output& output) {
  const TrainingTask task = training_task(given);
  require_labels(given, task.description.compile);
  const std::string path = given.text("output", task.stem + "-trained.json");
  check_training_outputs(task, path);
  if (given.has("diagnose")) diagnose(task.arguments, task.description, output);
  TrainingCompiler compiler = training_compiler_for(task.arguments, task.description);
  if (task.gradient_slots != 0) compiler.gradient_slots = task.gradient_slots;
  TrainingNetwork model = compiler.compile(task.description.network);
  require_room_for_tensors(path, model.network());
  if (given.has("init-from")) start_from(given.text("init-from"), model, output);
  run_training(task, path, model, output);
}

std::vector<Option> options() {
  std::vector<Option> own = data_options();
  own.insert(own.begin() + 1, labels_option());
  const std::vector<Option> further{
      {.name = "output",
       .value = "FILE",
       .help = "the trained description, with its tensors in an .npz beside it (default: the name of MODEL or "
               "of the checkpoint with -trained.json, in the current folder)",
       .letter = 'o'},
      {.name = "diagnose",
       .help = "first count the spikes of each population at this dt and at a quarter of it, on the same data"},
      {.name = "history", .value = "FILE", .help = "write a table of the epochs (.csv), or all about them (.json)"},
      {.name = "tensorboard",
       .value = "FOLDER",
       .help = "write losses, metrics, learning rate and spikes per example for TensorBoard to a file in FOLDER"},
      {.name = "artifact",
       .value = "FILE",
       .help = "also compile the trained network for inference, to a .synfire file"},
  };
  return joined(joined(joined(joined(own, loop_options()), run_options_of_training()), further), training_options());
}

}  // namespace

Command train_command() {
  return {
      .name = "train",
      .summary = "train a description's network on labeled data",
      .examples = {{"synfire train net.json --input images.idx.gz --labels labels.idx.gz --epochs 10",
                    "write net-trained.json, with its weights beside it"},
                   {"synfire train net.json --input x.npy --labels y.npy --validation-split 0.1 --history history.csv "
                    "--artifact net.synfire",
                    "with validation data, a table of the epochs, and an artifact"},
                   {"synfire train net.json --input x.npy --labels y.npy --loss mean_square_error --learning-rate 0.01",
                    "with another loss and learning rate"},
                   {"synfire train net.json --input x.npy --labels y.npy --surrogate atan,alpha=4",
                    "with surrogate gradients instead of exact ones"},
                   {"synfire train net.json --input x.npy --labels y.npy --checkpoint run.ckpt --checkpoint-every 500",
                    "keep everything in a file that is replaced every 500 updates"},
                   {"synfire train --resume run.ckpt --input x.npy --labels y.npy",
                    "continue where it ended, with the same results to the last bit"}},
      .text =
          "Compiles a training program (exact gradients, by EventProp, or surrogate gradients) with the description's "
          "compile settings, runs epochs in an order drawn from the seed, and writes the description with the trained "
          "weights, which evaluate, compile and train accept. Writes a line per epoch to standard output: "
          "number, from 0, seconds, and the loss and metric of each output, in training and in validation.\n\n"
          "Epochs, validation split and early stopping may be in the description, under \"train\"; options take "
          "precedence. SIGINT (Ctrl-C) or SIGTERM ends training after the current batch, and all files are written; a "
          "second signal ends the command at once. If the trained description cannot be written, it goes to another "
          "folder, which the message names.",
      .operands = {{.name = "MODEL",
                    .help =
                        "a description (.json), or an artifact (.synfire) that contains one; not needed with --resume",
                    .optional = true}},
      .options = options(),
      .run = train,
  };
}

}  // namespace synfire::command_line
