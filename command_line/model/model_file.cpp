// SPDX-License-Identifier: Apache-2.0
#include "model/model_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <string_view>
#include <thread>

#include "synfire/base/pipes.hpp"
#include "synfire/runtime/device.hpp"

namespace synfire::command_line {

namespace {

// The kind of a file that is not a model, by its first bytes; null for others.
const char* what_else(std::string_view begin) {
  if (begin.starts_with("\x89HDF\r\n\x1a\n")) return "an HDF5 file";
  if (begin.starts_with("\x93NUMPY")) return "a NumPy array";
  if (begin.starts_with("\x1f\x8b")) return "compressed with gzip";
  if (begin.starts_with("\x7f"
                        "ELF"))
    return "an executable";
  return nullptr;
}

// A ZIP archive whose first entry is the index of a checkpoint.
bool is_checkpoint(std::string_view begin) {
  constexpr std::size_t place_of_name = 30;
  return begin.starts_with("PK") && begin.substr(std::min(place_of_name, begin.size())).starts_with("checkpoint.json");
}

}  // namespace

ModelFileKind kind_of(const std::filesystem::path& file, bool takes_checkpoints) {
  base::keep_pipe(file);
  std::ifstream stream(base::readable(file), std::ios::binary);
  std::array<char, 48> start{};
  stream.read(start.data(), start.size());
  const int reason = errno;
  std::error_code ignored;
  const bool folder = std::filesystem::is_directory(file, ignored);
  if (!stream.is_open() || stream.bad() || folder) {
    throw DataError({.kind = ProblemKind::file_access,
                     .path = file.string(),
                     .message = std::string("the file cannot be read: ") + std::strerror(folder ? EISDIR : reason)});
  }
  const std::string_view begin(start.data(), static_cast<std::size_t>(stream.gcount()));
  if (const char* other = what_else(begin)) {
    throw DataError({.kind = ProblemKind::malformed_file,
                     .path = file.string(),
                     .message = std::string("the file is ") + other,
                     .hint = "use --input for data",
                     .expected = "a description (.json) or an artifact (.synfire)"});
  }
  if (is_checkpoint(begin)) {
    if (takes_checkpoints) return ModelFileKind::checkpoint;
    throw DataError({.kind = ProblemKind::malformed_file,
                     .path = file.string(),
                     .message = "the file is a checkpoint of training",
                     .hint = "use synfire train --resume to continue the run, or synfire info to see where it is",
                     .expected = "a description (.json) or an artifact (.synfire)"});
  }
  return begin.starts_with("PK") ? ModelFileKind::artifact : ModelFileKind::description;
}

Description description_of(const Arguments& arguments) {
  return description_in(arguments.text("MODEL"), overrides_of(arguments));
}

Description description_in(const std::string& model, const std::vector<Override>& overrides) {
  if (kind_of(model) == ModelFileKind::description) return read_description(model, overrides);
  ArtifactReader reader(model);
  const std::string text = reader.summary().description;
  if (!text.empty()) return parse_description(text, reader.tensors(), model, overrides);
  throw DataError(
      {.kind = ProblemKind::missing_data,
       .path = model,
       .message = "the artifact has no description of its network",
       .hint = "use the description (.json) itself; the source of the programs is in the archive: unzip -l " + model});
}

Option override_option() {
  return {.name = "set",
          .value = "PATH=VALUE",
          .help =
              "replace a value of the description: POPULATION.PARAMETER, CONNECTION.weight.sd, compile.OPTION, "
              "train.OPTION; "
              "VALUE is JSON or a name, and options of the command take precedence",
          .repeated = true};
}

std::vector<Override> overrides_of(const Arguments& arguments) {
  std::vector<Override> overrides;
  for (const std::string& text : arguments.list("set")) overrides.push_back(parse_override(text));
  return overrides;
}

Override parse_override(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos || equals + 1 == text.size())
    throw UsageError(usage_problem("--set", equals == 0 ? "the path is missing" : "the value is missing", {},
                                   "PATH=VALUE, for example hidden.tau_mem=15", text));
  return {.path = text.substr(0, equals), .value = text.substr(equals + 1), .place = {.file = "--set " + text}};
}

void refuse_overrides(const Arguments& arguments, const std::string& file) {
  if (arguments.has("set"))
    throw UsageError(usage_problem("--set", file + " is already compiled", "pass the option to synfire compile"));
}

std::vector<Option> setting_options() {
  return {
      override_option(),
      {.name = "timesteps", .value = "N", .help = "steps per example, instead of the model's"},
      {.name = "dt", .value = "MS", .help = "milliseconds per step, instead of the description's"},
      {.name = "batch-size", .value = "N", .help = "examples per batch, instead of the model's"},
      {.name = "seed",
       .value = "N",
       .help = "seed of random numbers: of the values drawn when a description is compiled, and of draws during runs"},
      {.name = "schedule",
       .value = "NAME",
       .help = "how to map the network to the machine: trial (one example per thread or block) or step (each step is "
               "shared) (default: chosen by a cost model)",
       .words = {"trial", "step"}},
      {.name = "record",
       .value = "OBJECT.VARIABLE",
       .help = "record a variable of a population or connection, for example cells.spikes",
       .repeated = true},
  };
}

std::vector<Option> device_options() {
  return {
      {.name = "device",
       .value = "NAME",
       .help = "host or cuda (default: cuda if there is a GPU, else host)",
       .words = {"host", "cuda"}},
      {.name = "threads", .value = "N", .help = "worker threads of the host (default: one per core)"},
      {.name = "gpu", .value = "N", .help = "which GPU, from 0"},
  };
}

void apply_settings(const Arguments& arguments, CompileSettings& settings) {
  constexpr auto most = std::numeric_limits<std::uint32_t>::max();
  if (const auto steps = arguments.integer("timesteps", 1, most))
    settings.timesteps = static_cast<std::uint32_t>(*steps);
  if (const auto size = arguments.integer("batch-size", 1, most))
    settings.batch_size = static_cast<std::uint32_t>(*size);
  if (const auto seed = arguments.integer("seed", 0)) settings.seed = *seed;
  if (const auto dt = arguments.number("dt")) settings.dt = *dt;
  if (arguments.has("schedule")) settings.schedule = arguments.text("schedule");
}

InferenceCompiler compiler_for(const Arguments& arguments, const Description& description) {
  InferenceCompiler compiler = compiler_for_any_device(arguments, description);
  compiler.device = device_of(arguments);
  return compiler;
}

InferenceCompiler compiler_for_any_device(const Arguments& arguments, const Description& description) {
  CompileSettings settings = description.compile;
  apply_settings(arguments, settings);
  InferenceCompiler compiler = InferenceCompiler::from(settings, description.network);
  compiler.threads = threads_of(arguments);
  compiler.ordinal = static_cast<int>(arguments.integer("gpu", 0, 1024).value_or(0));
  for (const std::string& text : arguments.list("record")) {
    const auto [object, variable] = parse_variable(text.substr(0, text.find(',')), "--record");
    compiler.record.push_back({object, variable});
  }
  return compiler;
}

// More than a few threads per core do not help, and each takes memory.
unsigned threads_of(const Arguments& arguments) {
  const unsigned most = std::max(16u, 4 * std::thread::hardware_concurrency());
  return std::min(most, static_cast<unsigned>(arguments.integer("threads", 0, 4096).value_or(0)));
}

std::string device_of(const Arguments& arguments) {
  std::string name = arguments.text("device");
  const std::vector<std::string> known = runtime::device_names();
  if (name.empty() || std::find(known.begin(), known.end(), name) != known.end()) return name;
  throw UsageError({.kind = ProblemKind::unknown_name,
                    .path = "--device",
                    .message = "unknown device \"" + name + "\"",
                    .hint = suggest(name, known),
                    .expected = nearest_name(name, known),
                    .given = name});
}

VariableName parse_variable(const std::string& text, const std::string& option) {
  const std::size_t dot = text.rfind('.');
  if (dot != std::string::npos && dot > 0 && dot + 1 < text.size()) return {text.substr(0, dot), text.substr(dot + 1)};
  throw UsageError(usage_problem(option, "the variable of the object is missing", "for example " + text + ".spikes",
                                 "OBJECT.VARIABLE", text));
}

std::vector<std::string> input_names(const contract::Manifest& manifest) {
  std::vector<std::string> names;
  for (const contract::PopulationInfo& population : manifest.populations) {
    if (population.input != contract::InputKind::none) names.push_back(population.name);
  }
  return names;
}

std::vector<std::string> output_names(const contract::Manifest& manifest) {
  std::vector<std::string> names;
  if (manifest.training) {
    for (const contract::TrainedOutput& output : manifest.training->outputs) {
      if (!output.labels.empty() || !output.targets.empty()) names.push_back(output.population);
    }
    return names;
  }
  for (const contract::PopulationInfo& population : manifest.populations) {
    if (!population.readout.empty()) names.push_back(population.name);
  }
  return names;
}

std::string stem_of(const std::filesystem::path& model) { return model.stem().string(); }

}  // namespace synfire::command_line
