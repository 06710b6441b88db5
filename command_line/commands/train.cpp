// SPDX-License-Identifier: Apache-2.0
// synfire train: trains the network of a description on inputs with labels and writes the trained description.
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "commands/tables.hpp"
#include "model/artifact.hpp"
#include "model/model_file.hpp"
#include "model/outputs.hpp"
#include "model/runnable.hpp"
#include "model/training.hpp"
#include "synfire/base/files.hpp"
#include "synfire/warning.hpp"

namespace synfire::command_line {
namespace {

Json document_of(const std::vector<OutputScore>& scores) {
  Json list = Json::array();
  for (const OutputScore& score : scores) {
    Json entry = {{"output", score.output}, {"loss", score.loss}};
    if (!score.metric.empty()) {
      entry.update({{"metric", score.metric},
                    {"value", score.value},
                    {"ties", score.ambiguity.ties},
                    {"silent", score.ambiguity.silent},
                    {"ambiguous_right", score.ambiguity.right}});
    }
    list.push_back(std::move(entry));
  }
  return list;
}

Json document_of(const History& history) {
  Json epochs = Json::array();
  for (const EpochRecord& record : history.epochs) {
    Json epoch = {{"epoch", record.epoch},
                  {"learning_rate", record.learning_rate},
                  {"examples", record.examples},
                  {"seconds", record.seconds},
                  {"training", document_of(record.training)}};
    if (!record.validation.empty()) epoch["validation"] = document_of(record.validation);
    epochs.push_back(std::move(epoch));
  }
  return epochs;
}

// Writes a line with tabs as each epoch ends, below a line of names.
class EpochLines : public Callback {
 public:
  explicit EpochLines(Output& output) : output_(output) {}

  bool wants_batches() const override { return false; }

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

TrainOptions options_of_training(const Arguments& arguments, EpochLines& lines, Output& output) {
  TrainOptions options;
  options.epochs = static_cast<std::uint32_t>(arguments.integer("epochs", 1, 1'000'000).value_or(10));
  options.validation_split = arguments.number("validation-split").value_or(0);
  const double decay = arguments.number("learning-rate-decay").value_or(1);
  if (!(decay > 0))
    throw UsageError(usage_problem("--learning-rate-decay", "the factor is out of range", {}, "> 0", decimal(decay)));
  options.learning_rate = [decay](std::uint32_t epoch, double current) {
    return epoch == 0 ? current : decay * current;
  };
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

CompileSettings settings_for(const Arguments& arguments, const Description& description) {
  CompileSettings settings = description.compile;
  apply_training_settings(arguments, settings);
  settings.compiler = "event_prop";
  auto& adam = std::get<Adam>(settings.optimizer);
  adam.learning_rate = arguments.number("learning-rate").value_or(adam.learning_rate);
  return settings;
}

// --output may replace the description that is trained and its tensors, but no other file that is read. --history and
// --artifact may not replace them.
void check_training_outputs(const Arguments& arguments, const std::string& path) {
  const std::vector<NamedFile> described = description_files("--output", path), model = model_files(arguments);
  std::vector<NamedFile> beside, read = data_files(arguments);
  for (const char* option : {"history", "artifact"}) {
    if (arguments.has(option)) beside.push_back({std::string("--") + option, arguments.text(option)});
  }
  constexpr const char* printed = "the lines of the epochs";
  check_outputs(arguments, beside, model, printed);
  std::error_code error;
  if (!std::filesystem::equivalent(path, arguments.text("MODEL"), error))
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
  EventPropCompiler compiler = training_compiler_for(arguments, description);
  compiler.warn = [](const Problem&) {};
  TrainingNetwork model = compiler.compile(description.network);
  const RunData data = bind_data(arguments, model.manifest(),
                                 preparations(arguments, description.inputs, input_names(model.manifest())));
  TrainOptions options;
  options.epochs = 1;
  options.learning_rate = [](std::uint32_t, double) { return 0.0; };
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

void train(const Arguments& arguments, Output& output) {
  require_labels(arguments);
  const std::string path = arguments.text("output", stem_of(arguments.text("MODEL")) + "-trained.json");
  check_training_outputs(arguments, path);
  Description description = description_of(arguments);
  description.compile = settings_for(arguments, description);
  if (arguments.has("diagnose")) diagnose(arguments, description, output);
  TrainingNetwork model = training_compiler_for(arguments, description).compile(description.network);
  const std::vector<InputPreparation> inputs =
      preparations(arguments, description.inputs, input_names(model.manifest()));
  require_room_for_tensors(path, model.network());
  const RunData data = bind_data(arguments, model.manifest(), inputs);
  EpochLines lines(output);
  const History history =
      model.train(data.inputs.views(), data.labels.views(), options_of_training(arguments, lines, output));

  const Description trained{.network = model.network(), .compile = description.compile, .inputs = inputs};
  Json document = {{"device", model.device().name()}, {"epochs", document_of(history)}, {"file", path}};
  write_description(path, trained);
  std::string written = path;
  if (arguments.has("history")) {
    history.save_csv(arguments.text("history"));
    document["history"] = arguments.text("history");
    written += ", " + arguments.text("history");
  }
  if (arguments.has("artifact")) {
    save_trained_artifact(arguments.text("artifact"), trained);
    document["artifact"] = arguments.text("artifact");
    written += ", " + arguments.text("artifact");
  }
  output.document(document);
  report_ambiguity(history.epochs.back(), output);
  output.message("synfire: " + counted(data.inputs.examples(), "example") + " on " + describe_device(model.device()));
  output.message("synfire: wrote " + written);
}

std::vector<Option> options() {
  std::vector<Option> own = data_options();
  own.insert(own.begin() + 1, labels_option());
  const std::vector<Option> further{
      {.name = "epochs", .value = "N", .help = "number of epochs (default: 10)"},
      {.name = "validation-split",
       .value = "FRACTION",
       .help = "hold out the last part of the data for validation after each epoch"},
      {.name = "learning-rate",
       .value = "RATE",
       .help = "learning rate of the optimizer, instead of the description's"},
      {.name = "learning-rate-decay",
       .value = "FACTOR",
       .help = "multiply the learning rate by FACTOR after each epoch"},
      {.name = "output",
       .value = "FILE",
       .help = "the trained description, with its tensors in an .npz beside it (default: MODEL's name with "
               "-trained.json, in the current folder)",
       .letter = 'o'},
      {.name = "diagnose",
       .help = "first count the spikes of each population at this dt and at a quarter of it, on the same data"},
      {.name = "history", .value = "FILE", .help = "write a table of the epochs (.csv)"},
      {.name = "artifact",
       .value = "FILE",
       .help = "also compile the trained network for inference, to a .synfire file"},
  };
  return joined(joined(own, further), training_options());
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
                    "with another loss and learning rate"}},
      .text =
          "Compiles a training program (gradients by spike times: EventProp) with the description's compile "
          "settings, runs epochs in an order drawn from the seed, and writes the description with the trained "
          "weights, which evaluate, compile and train accept. Writes a line per epoch to standard output: "
          "number, seconds, and the loss and metric of each output, in training and in validation. An "
          "interrupted command writes nothing.",
      .operands = {{.name = "MODEL", .help = "a description (.json), or an artifact (.synfire) that contains one"}},
      .options = options(),
      .run = train,
  };
}

}  // namespace synfire::command_line
