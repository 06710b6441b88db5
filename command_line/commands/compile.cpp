// SPDX-License-Identifier: Apache-2.0
// synfire compile: a description to an artifact.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "commands/tables.hpp"
#include "data/preparation.hpp"
#include "model/artifact.hpp"
#include "model/explanation.hpp"
#include "model/model_file.hpp"
#include "model/outputs.hpp"
#include "model/training.hpp"
#include "synfire/warning.hpp"

namespace synfire::command_line {
namespace {

void require_known_devices(const std::vector<std::string>& devices) {
  const std::vector<std::string> known{"host", "cuda"};
  for (const std::string& device : devices) {
    if (std::find(known.begin(), known.end(), device) != known.end()) continue;
    throw UsageError({.kind = ProblemKind::unknown_name,
                      .path = "--device",
                      .message = "there is no device \"" + device + "\"",
                      .hint = suggest(device, known),
                      .expected = nearest_name(device, known),
                      .given = device});
  }
}

std::vector<std::string> unique(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

// The host, unless --device says otherwise; architectures of a device mean that device too.
std::vector<BuildTarget> targets_of(const Arguments& arguments) {
  std::vector<std::string> devices = arguments.parts("device");
  require_known_devices(devices);
  const bool named = !devices.empty();
  if (!named) devices.emplace_back("host");
  std::vector<BuildTarget> targets;
  for (const auto& [device, option] : {std::pair{"cuda", "arch"}, {"host", "host-arch"}}) {
    const std::vector<std::string> architectures = unique(arguments.parts(option));
    const bool wanted = std::find(devices.begin(), devices.end(), device) != devices.end();
    if (!wanted && !architectures.empty() && named) {
      throw UsageError(
          usage_problem(std::string("--") + option,
                        "the option is for the device \"" + std::string(device) + "\", which --device leaves out"));
    }
    if (wanted || !architectures.empty()) targets.push_back({device, architectures});
  }
  return targets;
}

// Programs that learn belong to the machine that trains; what they have learned is what an artifact is for.
void tell_of_training(const Description& description, Output& output) {
  if (!trains(description)) return;
  output.warn(make_warning(
      {.kind = ProblemKind::artifact_without_learning,
       .path = "compile.compiler",
       .message = "an artifact does not learn: the network is compiled for inference, with the weights that it has",
       .hint = "synfire train trains it, and its --artifact writes one with what it has learned",
       .given = description.compile.compiler}));
}

void report(const ArtifactFile& file, const CompilationReport& compilation, const std::string& path, bool explained,
            Output& output) {
  Json programs = Json::array();
  for (const contract::Artifact& program : file.programs) {
    if (explained) output.text(explain(program) + (&program == &file.programs.back() ? "" : "\n"));
    Json entry = explanation_document(program);
    if (!explained) entry.erase("buffers");
    programs.push_back(std::move(entry));
  }
  output.document({{"file", path},
                   {"bytes", written_bytes(path)},
                   {"milliseconds", compilation.milliseconds},
                   {"programs", programs}});
  std::string line = "synfire: wrote " + path + ", " + readable_bytes(written_bytes(path)) + ":";
  for (const contract::Artifact& program : file.programs) {
    for (const contract::Binary& binary : program.binaries) line += " " + binary.target + "/" + binary.architecture;
  }
  output.message(line);
}

void compile(const Arguments& arguments, Output& output) {
  const std::string model = arguments.text("MODEL");
  if (kind_of(model) == ModelFileKind::artifact) {
    throw DataError({.kind = ProblemKind::malformed_file,
                     .path = model,
                     .message = "the file is an artifact, which is compiled already",
                     .expected = "a description"});
  }
  const std::vector<BuildTarget> targets = targets_of(arguments);
  const std::string path = arguments.text("output", stem_of(model) + ".synfire");
  check_outputs(arguments, {{"--output", path}}, model_files(arguments),
                arguments.has("explain") ? "what --explain asks for" : "");
  const Description description = read_description(model);
  InferenceCompiler compiler = compiler_for(arguments, description);
  if (arguments.has("streaming")) compiler.streaming = true;
  if (arguments.has("no-cache")) compiler.cache_folder = "-";
  CompilationReport compilation;
  ArtifactFile file = compiler.build_file(description.network, targets, &compilation);
  tell_of_training(description, output);
  add_preparations(file, description.network, compiler,
                   preparations(arguments, description.inputs, input_names(file.programs.front().manifest)));
  save_artifact(path, file);
  report(file, compilation, path, arguments.has("explain"), output);
}

std::vector<Option> options() {
  std::vector<Option> own{
      {.name = "output",
       .value = "FILE",
       .help = "the artifact; without it MODEL's name with .synfire, here",
       .letter = 'o'},
      {.name = "device",
       .value = "NAME[,NAME...]",
       .help = "what to compile for, host or cuda or both: neither has to be on this machine; without it the host",
       .words = {"host", "cuda", "host,cuda"}},
      {.name = "arch",
       .value = "NAME[,NAME...]",
       .help = "GPUs to compile for, for example sm_90, or compute_90 for PTX; PTX for newer GPUs is always added",
       .repeated = true,
       .words = {"sm_75", "sm_80", "sm_86", "sm_89", "sm_90", "sm_100", "sm_120"}},
      {.name = "host-arch",
       .value = "NAME[,NAME...]",
       .help = "processors to compile for: x86-64-v2, x86-64-v3, x86-64-v4, aarch64; without it all three levels of "
               "x86-64, "
               "or aarch64 on such a machine",
       .repeated = true,
       .words = {"x86-64-v2", "x86-64-v3", "x86-64-v4", "aarch64"}},
      {.name = "explain",
       .help =
           "say what the program does with the machine: schedule and why, launches, registers, shared memory, bytes of "
           "each buffer"},
      {.name = "scale",
       .value = "[NAME=]FACTOR",
       .help = "stored: multiply the data of an input by it",
       .repeated = true},
      {.name = "encode",
       .value = "[NAME=]CODE[,OPTION=NUMBER...]",
       .help = "stored: turn the values of an input into spikes: linear_latency or log_latency, times in ms",
       .repeated = true},
      {.name = "streaming", .help = "sessions can be made of the program (in C++)"},
      {.name = "no-cache", .help = "neither read nor write the cache of compiled programs"},
  };
  return joined(own, setting_options());
}

}  // namespace

Command compile_command() {
  return {
      .name = "compile",
      .summary = "compile a description to an artifact, which runs without a compiler",
      .examples = {{"synfire compile demo.json", "writes demo.synfire, for processors like this machine's"},
                   {"synfire compile demo.json --device host,cuda --arch sm_90,sm_100 --output demo.synfire",
                    "for two kinds of GPU too; none has to be here"},
                   {"synfire compile demo.json --explain", "and say what the program does with the machine"},
                   {"synfire compile demo.json --encode linear_latency,max_time=18,min_time=2",
                    "keep in the artifact how data become spikes"}},
      .text =
          "Compiles for every device and architecture that is asked for and writes one file that holds all: programs, "
          "weights, source, and the description. How data are scaled and encoded is kept in it, and run and evaluate "
          "do that.",
      .operands = {{.name = "MODEL", .help = "a description (.json)"}},
      .options = options(),
      .run = compile,
  };
}

}  // namespace synfire::command_line
