// SPDX-License-Identifier: Apache-2.0
#include "command.hpp"

#include "commands/tables.hpp"
#include "synfire/warning.hpp"

namespace synfire::command_line {

std::vector<std::string> warning_kinds() {
  std::vector<std::string> kinds;
  for (const WarningInfo& row : warning_table()) kinds.emplace_back(to_string(row.kind));
  return kinds;
}

const std::vector<Command>& commands() {
  static const std::vector<Command> all{
      compile_command(),   run_command(),     evaluate_command(),   train_command(),      sweep_command(),
      gradcheck_command(), info_command(),    emit_command(),       validate_command(),   compare_command(),
      import_command(),    export_command(),  nir_verify_command(), models_command(),     plot_command(),
      data_command(),      devices_command(), cache_command(),      completion_command(), manual_command()};
  return all;
}

const Command& find_command(const std::string& name) {
  std::vector<std::string> known;
  for (const Command& command : commands()) {
    if (command.name == name) return command;
    if (!command.hidden) known.push_back(command.name);
  }
  throw UsageError({.kind = ProblemKind::unknown_name,
                    .path = "command",
                    .message = "unknown command \"" + name + "\"",
                    .hint = suggest(name, known),
                    .expected = nearest_name(name, known),
                    .given = name});
}

const std::vector<Option>& common_options() {
  static const std::vector<Option> options{
      {.name = "json", .help = "write the result, or the errors, as one JSON document to standard output"},
      {.name = "quiet", .help = "write no messages and no progress, only warnings and errors", .letter = 'q'},
      {.name = "strict", .help = "turn the first warning into an error"},
      {.name = "no-warn",
       .value = "KIND[,KIND...]",
       .help = "ignore warnings of this kind, for example time_scale; docs/warnings.md lists them",
       .repeated = true,
       .words = warning_kinds()},
      {.name = "help", .help = "show this help", .letter = 'h'},
  };
  return options;
}

std::vector<Option> all_options(const Command& command) {
  std::vector<Option> options = command.options;
  options.insert(options.end(), common_options().begin(), common_options().end());
  return options;
}

}  // namespace synfire::command_line
