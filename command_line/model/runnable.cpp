// SPDX-License-Identifier: Apache-2.0
#include "model/runnable.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "artifact/program_choice.hpp"
#include "data/recordings.hpp"
#include "host/system_memory.hpp"
#include "model/model_file.hpp"
#include "model/outputs.hpp"
#include "model/training.hpp"
#include "synfire/artifact_file.hpp"
#include "synfire/runtime/device.hpp"
#include "train/loaded_data.hpp"

namespace synfire::command_line {
namespace {

CarryOver carry_over_from(const std::string& note) {
  const std::vector<std::string> parts = split(note, ',');
  const auto has = [&](const char* name) { return std::find(parts.begin(), parts.end(), name) != parts.end(); };
  return {.neurons = has("neurons"), .synapses = has("synapses"), .spikes = has("spikes")};
}

void refuse_settings_of_descriptions(const Arguments& arguments, const std::string& file) {
  std::vector<Problem> problems;
  for (const char* name : {"set", "dt", "schedule"}) {
    if (!arguments.has(name)) continue;
    problems.push_back(
        usage_problem(std::string("--") + name, file + " is already compiled", "pass the option to synfire compile"));
  }
  if (!problems.empty()) throw UsageError(std::move(problems));
}

std::string note_of(const ArtifactSummary& summary, const char* name) {
  const auto found = summary.notes.find(name);
  return found == summary.notes.end() ? std::string{} : found->second;
}

// Reads only the program that runs here.
RunnableModel load_artifact_model(const Arguments& arguments) {
  const std::string file = arguments.text("MODEL");
  refuse_settings_of_descriptions(arguments, file);
  ArtifactReader reader(file);
  const ArtifactSummary& summary = reader.summary();
  const CarryOver carry_over = carry_over_from(note_of(summary, "carry_over"));
  const runtime::ProgramChoice choice = runtime::choose_program(
      summary, device_of(arguments), carry_over.any(),
      [&](const std::string& name) -> std::shared_ptr<runtime::Device> {
        return runtime::open_device(name, {.threads = threads_of(arguments),
                                           .ordinal = static_cast<int>(arguments.integer("gpu", 0, 1024).value_or(0))});
      });
  auto artifact = std::make_shared<contract::Artifact>(reader.program(choice.program));
  if (const auto size = arguments.integer("batch-size", 1, 0xFFFFFFFF))
    artifact->manifest.batch_size = static_cast<std::uint32_t>(*size);
  std::vector<InputPreparation> stored;
  if (const std::string note = note_of(summary, "inputs"); !note.empty()) stored = from_note(note, file);
  std::vector<InputPreparation> inputs = preparations(arguments, std::move(stored), input_names(artifact->manifest));
  return {.network = CompiledNetwork(std::move(artifact), choice.device, carry_over), .inputs = std::move(inputs)};
}

std::vector<std::string> outputs_without_targets(const LossSettings& losses) {
  std::vector<std::string> names;
  for (const OutputLossSetting& each : losses.list) {
    if (each.loss.model.targets == Targets::none) names.push_back(each.output);
  }
  return names;
}

RunnableModel compile_description(const Arguments& arguments) {
  Description description = read_description(arguments.text("MODEL"), overrides_of(arguments));
  // Do not record what is not kept.
  if (!arguments.has("output") || arguments.has("record")) description.compile.record.clear();
  const InferenceCompiler compiler = compiler_for(arguments, description);
  CompilationReport report;
  CompiledNetwork network = compiler.compile(description.network, &report);
  std::vector<InputPreparation> inputs = preparations(arguments, description.inputs, input_names(network.manifest()));
  OutputLosses losses(description, network.manifest());
  std::vector<std::string> unscored = outputs_without_targets(description.compile.losses);
  return {.network = std::move(network),
          .inputs = std::move(inputs),
          .unscored = std::move(unscored),
          .losses = std::move(losses),
          .description = trains(description) ? std::optional(std::move(description)) : std::nullopt,
          .compile_milliseconds = report.milliseconds,
          .from_cache = report.from_cache};
}

std::vector<DataSource> sources_of(const Arguments& arguments, const std::string& option) {
  std::vector<DataSource> sources;
  for (const std::string& text : arguments.list(option)) sources.push_back(parse_source("--" + option, text));
  return sources;
}

const InputPreparation* preparation_of(const std::vector<InputPreparation>& inputs, const std::string& population) {
  for (const InputPreparation& each : inputs) {
    if (each.population == population) return &each;
  }
  return nullptr;
}

// Images of equal numbers of neurons may differ in the order of these.
void require_shape(const EventFiles& recordings, const contract::Manifest& manifest, const std::string& name,
                   const std::string& path) {
  for (const contract::PopulationInfo& each : manifest.populations) {
    if (each.name != name || each.shape.size() != recordings.shape().size() || each.shape == recordings.shape())
      continue;
    throw DataError({.kind = ProblemKind::wrong_data_size,
                     .path = path,
                     .message = "the population \"" + name + "\" has another shape than the recordings",
                     .hint = "recordings are height × width × polarities; options of --events change the size",
                     .expected = synfire::to_string(each.shape),
                     .given = synfire::to_string(recordings.shape())});
  }
}

bool takes_spikes(const contract::Manifest& manifest, const std::string& name) {
  for (const contract::PopulationInfo& population : manifest.populations) {
    if (population.name == name) return population.input == contract::InputKind::spikes;
  }
  return false;
}

// The memory for data, as --data-memory says or as much as train() would take.
class DataMemory {
 public:
  // `used`: bytes that other data have taken.
  DataMemory(const Arguments& arguments, std::size_t used) {
    if (arguments.has("data-memory")) given_ = given_in(arguments.text("data-memory"));
    const std::size_t all = given_ ? *given_ : runtime::default_data_memory(used);
    left_ = all - std::min(all, used);
  }

  std::size_t used() const { return used_; }

  // Whether data of this size may be read into memory.
  bool take(std::size_t bytes) {
    if (bytes > left_) return false;
    left_ -= bytes;
    used_ += bytes;
    return true;
  }

  // The same for data that have no other place. `bytes`: in memory, raw and prepared. Throws DataError (out_of_memory).
  void take(const PackedData& data, std::size_t bytes, const std::string& path) {
    const std::size_t most = given_ ? left_ : runtime::usable_memory();
    if (bytes > most) {
      throw DataError({.kind = ProblemKind::out_of_memory,
                       .path = path,
                       .message = "the data do not fit in memory, and cannot be read in pieces: " + data.reason,
                       .hint = data.hint,
                       .expected = "at most " + readable_bytes(most),
                       .given = readable_bytes(bytes)});
    }
    left_ -= std::min(left_, bytes);
    used_ += bytes;
  }

 private:
  static std::size_t given_in(const std::string& text) {
    if (const auto bytes = to_bytes(text)) return *bytes;
    throw UsageError(usage_problem("--data-memory", "the size is not a number of bytes", {},
                                   "a whole number, alone or with K, M, G or T", text));
  }

  std::optional<std::size_t> given_;
  std::size_t left_ = 0, used_ = 0;
};

// The data of one command: those that fit in memory are read, others stay on disk.
class DataLoader {
 public:
  DataLoader(const Arguments& arguments, std::optional<std::uint64_t> first, std::size_t used)
      : memory_(arguments, used), first_(first) {}

  std::size_t used() const { return memory_.used(); }

  PreparedData input(const DataSource& source, const InputPreparation* preparation,
                     const contract::Manifest& manifest) {
    const std::string path = source.file.string();
    const auto check = [&](const EventFiles& recordings) { require_shape(recordings, manifest, source.name, path); };
    const auto prepare = [&](const auto& data) {
      return prepare_input(data, preparation, takes_spikes(manifest, source.name), path);
    };
    return std::visit(prepare, load(source, preparation, check));
  }

  PreparedData labels(const DataSource& source) {
    const std::string path = source.file.string();
    if (source.events) {
      const EventFiles recordings = open_events(source.file, *source.events);
      return (first_ ? first_examples(recordings, *first_, path) : recordings).labels();
    }
    const auto loaded = load(source, nullptr, [](const EventFiles&) {});
    if (const auto* raw = std::get_if<RawData>(&loaded)) return prepare_labels(*raw, path);
    const auto* const file = std::get_if<ArrayFile>(&loaded);
    if (file != nullptr && is_floating(file->type())) return ValuesOnDisk(*file);
    // Class labels are few, and never stay on disk.
    return prepare_labels(file != nullptr ? in_memory(*file) : RawData(SpikeTrains()), path);
  }

 private:
  // Data in memory, or those that stay on disk.
  using Loaded = std::variant<RawData, ArrayFile, SpikesOnDisk, EventFiles>;

  // In memory, raw and prepared.
  static std::size_t bytes_of(const ArrayFile& file, const InputPreparation* preparation) {
    return element_count(file.shape()) * (element_size(file.type()) + prepared_bytes(preparation));
  }
  // All of it is unpacked, but only the first examples are prepared. A header can claim any size.
  std::size_t bytes_of(const PackedData& data, const InputPreparation* preparation) const {
    Extents shape = data.shape;
    if (first_ && !shape.empty()) shape.front() = std::min<std::size_t>(shape.front(), *first_);
    const double bytes = static_cast<double>(data.bytes) +
                         static_cast<double>(element_count(shape)) * static_cast<double>(prepared_bytes(preparation));
    constexpr std::size_t most = std::size_t{1} << 62;
    return bytes < static_cast<double>(most) ? static_cast<std::size_t>(bytes) : most;
  }
  static std::size_t bytes_of(const SpikesOnDisk& spikes, const InputPreparation*) {
    return 2 * bytes_in_memory(spikes);
  }
  // Recordings become spikes one by one.
  static std::size_t bytes_of(const EventFiles& recordings, const InputPreparation*) {
    return bytes_in_memory(recordings);
  }
  static RawData in_memory(const ArrayFile& file) { return file.read(0, file.rows()); }
  static RawData in_memory(const SpikeSource& spikes) { return read_all(spikes); }

  // `check` is called with recordings before they are read.
  Loaded load(const DataSource& source, const InputPreparation* preparation,
              const std::function<void(const EventFiles&)>& check) {
    const std::string path = source.file.string();
    const auto place = [&](const auto& file) -> Loaded {
      if constexpr (std::is_same_v<std::decay_t<decltype(file)>, PackedData>) {
        memory_.take(file, bytes_of(file, preparation), path);
        RawData data = reader_.read(source);
        return first_ ? first_examples(std::move(data), *first_, path) : data;
      } else {
        if constexpr (std::is_same_v<std::decay_t<decltype(file)>, EventFiles>) check(file);
        const auto part = first_ ? first_examples(file, *first_, path) : file;
        if (!memory_.take(bytes_of(part, preparation))) return part;
        const bool is_whole = example_count(part) == example_count(file) && !source.events;
        return is_whole ? reader_.read(source) : in_memory(part);
      }
    };
    return std::visit(place, reader_.open(source));
  }

  DataReader reader_;  // its files are not needed while the network runs
  DataMemory memory_;
  std::optional<std::uint64_t> first_;
};

// Labels of recordings are where these are: the same folder, or the same file. Throws UsageError for a folder that no
// input has.
void find_labels_of_events(std::vector<DataSource>& labels, const std::vector<DataSource>& inputs) {
  for (DataSource& source : labels) {
    std::error_code ignored;
    for (const DataSource& input : inputs) {
      if (input.events && std::filesystem::equivalent(input.file, source.file, ignored)) source.events = input.events;
    }
    if (source.events || !std::filesystem::is_directory(source.file, ignored)) continue;
    throw UsageError(usage_problem(source.option, "labels are in a folder only if the recordings of an input are",
                                   "use --input and --events with the same folder", "a file", source.file.string()));
  }
}

// `prefix` of the options; `first`: how many examples, if not all; `used`: bytes that other data have taken.
RunData read_data(const Arguments& arguments, const std::string& prefix, std::optional<std::uint64_t> first,
                  const contract::Manifest& manifest, const std::vector<InputPreparation>& preparations,
                  std::size_t used, const std::vector<std::string>& unscored = {}) {
  std::vector<DataSource> inputs = sources_of(arguments, prefix + "input"),
                          labels = sources_of(arguments, prefix + "labels");
  bind_names(inputs, input_names(manifest), "input");
  for (DataSource& source : inputs) {
    const InputPreparation* const preparation = preparation_of(preparations, source.name);
    if (preparation != nullptr && !preparation->events.empty())
      source.events = parse_event_settings(preparation->events);
  }
  std::vector<std::string> outputs = output_names(manifest);
  std::erase_if(outputs, [&](const std::string& each) {
    return std::find(unscored.begin(), unscored.end(), each) != unscored.end();
  });
  bind_names(labels, outputs, "output");
  find_labels_of_events(labels, inputs);
  DataLoader loader(arguments, first, used);
  RunData data;
  for (const DataSource& source : inputs) {
    data.inputs.add(source.name, loader.input(source, preparation_of(preparations, source.name), manifest));
  }
  for (const DataSource& source : labels) data.labels.add(source.name, loader.labels(source));
  data.memory = loader.used();
  return data;
}

}  // namespace

std::vector<Option> data_options() {
  return {
      {.name = "input",
       .value = "[NAME=]FILE[:ARRAY]",
       .help = "data of an input population: an IDX file (compressed or not), .npy, or an array of an .npz file, or "
               "recordings (--events); NAME can be omitted if there is one input, ARRAY if there is one array",
       .repeated = true},
      {.name = "scale",
       .value = "[NAME=]FACTOR",
       .help = "multiply the data of an input by FACTOR; integers become currents only this way",
       .repeated = true},
      {.name = "encode",
       .value = "[NAME=]CODE[,OPTION=NUMBER...]",
       .help = "encode values as spikes: linear_latency (max_time, min_time, threshold, max_value) or log_latency "
               "(tau_eff, threshold), times in ms",
       .repeated = true},
      events_option(),
      {.name = "first", .value = "N", .help = "use only the first N examples of the data"},
      {.name = "data-memory",
       .value = "SIZE",
       .help = "memory for data, such as 512M or 4G (default: a quarter of what is available); uncompressed "
               "data beyond it stay in their files and are read batch by batch, with the same results"},
  };
}

Option labels_option() {
  return {.name = "labels",
          .value = "[NAME=]FILE[:ARRAY]",
          .help =
              "targets of an output: class labels (integers) or values of its shape; the folder or file of "
              "recordings (--events) for their classes",
          .repeated = true};
}

void require_labels(const Arguments& arguments, const std::string& remark) {
  if (arguments.has("labels")) return;
  throw UsageError({.kind = ProblemKind::missing_data,
                    .path = "--labels",
                    .message = "no labels to compare the outputs with",
                    .hint = "use --labels FILE" + remark});
}

std::vector<Option> run_options() {
  std::vector<Option> options = data_options();
  options.push_back({.name = "output",
                     .value = "FILE",
                     .help = "an .npz file for predictions, named after the outputs, and for recordings",
                     .letter = 'o'});
  for (Option option : setting_options()) {
    if (option.name == "record") {
      option.value = "OBJECT.VARIABLE[,OPTION...]";
      option.help +=
          ",examples=0:10,neurons=::2,steps=::10,counts; options select what to keep, as Python slices; counts: "
          "spike counts instead of spikes";
    }
    options.push_back(option);
  }
  options.push_back(
      {.name = "allow-non-finite",
       .help = "continue if a state or an output is infinite or NaN at the end of an example, instead of failing"});
  for (const Option& option : device_options()) options.push_back(option);
  return options;
}

RunnableModel load_model(const Arguments& arguments) {
  return kind_of(arguments.text("MODEL")) == ModelFileKind::artifact ? load_artifact_model(arguments)
                                                                     : compile_description(arguments);
}

void check_run_output(const Arguments& arguments, const std::string& printed) {
  if (!arguments.has("output")) return;
  std::vector<NamedFile> read = model_files(arguments);
  for (const NamedFile& each : data_files(arguments)) read.push_back(each);
  check_outputs(arguments, {{"--output", arguments.text("output")}}, read, printed);
}

void BoundData::add(const std::string& population, PreparedData data) {
  data_.push_back(std::move(data));
  views_.push_back({population, view_of(data_.back())});
}

RunData bind_data(const Arguments& arguments, const contract::Manifest& manifest,
                  const std::vector<InputPreparation>& preparations, std::size_t used,
                  const std::vector<std::string>& unscored) {
  return read_data(arguments, "", arguments.integer("first", 1), manifest, preparations, used, unscored);
}

RunData bind_validation_data(const Arguments& arguments, const contract::Manifest& manifest,
                             const std::vector<InputPreparation>& preparations, std::size_t used) {
  return read_data(arguments, "validation-", std::nullopt, manifest, preparations, used);
}

LossWeights weights_in(const Arguments& arguments, const std::string& option, bool are_cut) {
  const std::vector<DataSource> sources = sources_of(arguments, option);
  DataReader reader;
  std::vector<OutputLossWeights> list;
  for (const DataSource& source : sources) {
    const std::string path = source.file.string();
    RawData data = reader.read(source);
    const auto* array = std::get_if<Array>(&data);
    if (array == nullptr) {
      throw DataError({.kind = ProblemKind::wrong_data_size,
                       .path = path,
                       .message = "weights of losses cannot be spike trains",
                       .expected = "an array of numbers"});
    }
    const auto first = arguments.integer("first", 1);
    const bool has_examples = option.ends_with("sample-weights") || array->shape().size() > 1;
    if (are_cut && first && has_examples) {
      data = first_examples(std::move(data), *first, path);
      array = std::get_if<Array>(&data);
    }
    Tensor<float> weights = array->to_float();
    if (source.name.empty() && sources.size() == 1) return weights;
    if (source.name.empty()) {
      throw UsageError(usage_problem("--" + option, "weights for all outputs are given beside others",
                                     "name the output: OUTPUT=" + path));
    }
    list.push_back({source.name, std::move(weights)});
  }
  return list.empty() ? LossWeights() : LossWeights(std::move(list));
}

RunOptions options_of_run(const Arguments& arguments, const RunnableModel& model, std::size_t examples,
                          Output& output) {
  const contract::Manifest& manifest = model.network.manifest();
  RunOptions options;
  options.seed = arguments.integer("seed", 0);
  if (const auto steps = arguments.integer("timesteps", 1, manifest.timesteps); steps && *steps != manifest.timesteps)
    options.example_timesteps.assign(examples, static_cast<std::uint32_t>(*steps));
  options.recordings = kept_recordings(arguments, manifest);
  if (arguments.has("output")) {
    if (!arguments.has("record")) options.record_to = arguments.text("output");
    options.predictions_to = arguments.text("output");
  }
  options.warn = [&output](const Problem& problem) { output.warn(problem); };
  options.allow_non_finite = arguments.has("allow-non-finite");
  if (!output.quiet()) options.callbacks.emplace_back(ProgressBar{});
  return options;
}

std::string ambiguity_text(const Ambiguity& ambiguity) {
  return counted(ambiguity.ties, "tie") + ", " + std::to_string(ambiguity.silent) +
         " silent (all outputs 0, or without a spike); " + std::to_string(ambiguity.right) +
         " of these counted as right: the first of equals is taken";
}

std::string describe_device(const runtime::Device& device) { return device.name() + ": " + device.description(); }

}  // namespace synfire::command_line
