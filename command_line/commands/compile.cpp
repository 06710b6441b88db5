// SPDX-License-Identifier: Apache-2.0
// synfire compile: compiles a description to an artifact.
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
                      .message = "unknown device \"" + device + "\"",
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

// The host, unless --device names others; architectures of a device select that device too.
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
                        "the option needs the device \"" + std::string(device) + "\", which --device does not name"));
    }
    if (wanted || !architectures.empty()) targets.push_back({device, architectures});
  }
  return targets;
}

// Training programs stay on the machine that trains; an artifact holds the trained network.
void tell_of_training(const Description& description, const Output& output) {
  if (trains(description)) output.message("compiled for inference, with the weights as they are: synfire train trains");
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
                     .message = "the file is an artifact, which is already compiled",
                     .expected = "a description"});
  }
  const std::vector<BuildTarget> targets = targets_of(arguments);
  const std::string path = arguments.text("output", stem_of(model) + ".synfire");
  check_outputs(arguments, {{"--output", path}}, model_files(arguments),
                arguments.has("explain") ? "the output of --explain" : "");
  const Description description = read_description(model, overrides_of(arguments));
  InferenceCompiler compiler = compiler_for_any_device(arguments, description);
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

std::vector<Option> compile_options() {
  std::vector<Option> own{
      {.name = "output",
       .value = "FILE",
       .help = "the artifact (default: MODEL's name with .synfire, in the current folder)",
       .letter = 'o'},
      {.name = "device",
       .value = "NAME[,NAME...]",
       .help = "what to compile for: host, cuda or both; this machine need not have them (default: host)",
       .words = {"host", "cuda", "host,cuda"}},
      {.name = "arch",
       .value = "NAME[,NAME...]",
       .help = "GPUs to compile for, for example sm_90, or compute_90 for PTX; PTX for newer GPUs is always added",
       .repeated = true,
       .words = {"sm_75", "sm_80", "sm_86", "sm_89", "sm_90", "sm_100", "sm_120"}},
      {.name = "host-arch",
       .value = "NAME[,NAME...]",
       .help = "processors to compile for: x86-64-v2, x86-64-v3, x86-64-v4, aarch64 (default: all three levels of "
               "x86-64, or aarch64 on an aarch64 machine)",
       .repeated = true,
       .words = {"x86-64-v2", "x86-64-v3", "x86-64-v4", "aarch64"}},
      {.name = "explain",
       .help = "print how the program uses the machine: schedule and why, launches, registers, shared memory, bytes "
               "of each buffer"},
      {.name = "scale",
       .value = "[NAME=]FACTOR",
       .help = "stored in the artifact: multiply the data of an input by FACTOR",
       .repeated = true},
      {.name = "encode",
       .value = "[NAME=]CODE[,OPTION=NUMBER...]",
       .help = "stored in the artifact: encode the values of an input as spikes: linear_latency or log_latency, "
               "times in ms",
       .repeated = true},
      {.name = "events",
       .value = "[NAME=]FORMAT[,OPTION=VALUE...]",
       .help =
           "stored in the artifact: the data of an input are recordings of this format, as with synfire run --events",
       .repeated = true},
      {.name = "streaming", .help = "make the program usable in sessions (in C++)"},
      {.name = "no-cache", .help = "neither read nor write the cache of compiled programs"},
  };
  return joined(own, setting_options());
}

}  // namespace

Command compile_command() {
  return {
      .name = "compile",
      .summary = "compile a description to an artifact, which runs without a compiler",
      .examples = {{"synfire compile demo.json", "write demo.synfire, for processors like this machine's"},
                   {"synfire compile demo.json --device host,cuda --arch sm_90,sm_100 --output demo.synfire",
                    "also for two kinds of GPU; this machine need not have one"},
                   {"synfire compile demo.json --explain", "also print how the program uses the machine"},
                   {"synfire compile demo.json --encode linear_latency,max_time=18,min_time=2",
                    "store the encoding of the data in the artifact"}},
      .text =
          "Compiles for every requested device and architecture and writes one file with everything: programs, "
          "weights, source and the description. It also stores how data are scaled, encoded and read as "
          "recordings, which run and evaluate then apply.",
      .operands = {{.name = "MODEL", .help = "a description (.json)"}},
      .options = compile_options(),
      .run = compile,
  };
}

}  // namespace synfire::command_line
