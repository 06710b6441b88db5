// SPDX-License-Identifier: Apache-2.0
// synfire emit: shows the generated source, or the program at any stage.
#include <nlohmann/json.hpp>

#include "commands/tables.hpp"
#include "model/model_file.hpp"
#include "model/outputs.hpp"
#include "model/stages.hpp"
#include "model/training.hpp"
#include "synfire/base/files.hpp"

namespace synfire::command_line {
namespace {

std::string find_stage(const Stages& stages, const std::string& name) {
  std::vector<std::string> known;
  for (const auto& [stage, text] : stages) {
    if (stage == name) return text;
    known.push_back(stage);
  }
  throw UsageError({.kind = ProblemKind::unknown_name,
                    .path = "--stage",
                    .message = "unknown stage \"" + name + "\", or a pass that changes nothing here",
                    .hint = suggest(name, known),
                    .expected = nearest_name(name, known),
                    .given = name});
}

void list(const Stages& stages, Output& output) {
  Json names = Json::array();
  for (const auto& [stage, text] : stages) {
    output.text(stage + "\n");
    names.push_back(stage);
  }
  output.document({{"stages", names}});
}

// The derivation is a stage of training programs with exact gradients; any network that can be trained has one.
GeneratedProgram generate_for(const Arguments& arguments, Description description, const std::string& device) {
  const bool derivation = arguments.text("stage") == "adjoint";
  if (derivation) description.compile.compiler = "event_prop";
  if (derivation || trains(description))
    return generate(training_compiler_for(arguments, description), description.network, device);
  return generate(compiler_for(arguments, description), description.network, device);
}

void emit(const Arguments& arguments, Output& output) {
  if (arguments.has("output") && !arguments.has("list"))
    check_outputs(arguments, {{"--output", arguments.text("output")}}, model_files(arguments));
  const Description description = description_of(arguments);
  const std::string named = device_of(arguments), device = named.empty() ? "host" : named;
  const GeneratedProgram program = generate_for(arguments, description, device);
  if (arguments.has("list")) return list(program.stages, output);
  const std::string stage = arguments.text("stage", "source");
  std::string text = find_stage(program.stages, stage);
  if (!text.ends_with('\n')) text += '\n';
  if (arguments.has("output")) {
    base::write_file(arguments.text("output"), std::as_bytes(std::span(text)));
    output.message("synfire: wrote " + arguments.text("output"));
    output.document({{"stage", stage}, {"device", device}, {"file", arguments.text("output")}});
    return;
  }
  output.document({{"stage", stage}, {"device", device}, {"text", text}});
  output.text(text);
}

}  // namespace

Command emit_command() {
  return {
      .name = "emit",
      .summary = "show the generated source, or the program at any stage",
      .examples = {{"synfire emit demo.json --device cuda", "the CUDA source of the network"},
                   {"synfire emit demo.json --stage lowering", "the program before any pass"},
                   {"synfire emit demo.json --device cuda --list", "the available stages"},
                   {"synfire emit demo.json --stage adjoint", "the derived equations of its gradients"}},
      .text =
          "Compiles up to the source, which needs no compiler and no GPU. The stages are, in order: the "
          "network, the memory of its synapses, the schedule, the lowered program, the program after each pass "
          "that changed it, the source. If the description is for training, the program is the "
          "training program: the network, the derivation of its gradients (adjoint; if they are exact), the lowered "
          "program and so on. --stage adjoint works for any description.",
      .operands = {{.name = "MODEL", .help = "a description (.json), or an artifact (.synfire) that contains one"}},
      .options = joined({{.name = "stage", .value = "NAME", .help = "the stage (default: source)"},
                         {.name = "list", .help = "list the stages"},
                         {.name = "output", .value = "FILE", .help = "write to a file", .letter = 'o'}},
                        joined(setting_options(), device_options())),
      .run = emit,
  };
}

}  // namespace synfire::command_line
