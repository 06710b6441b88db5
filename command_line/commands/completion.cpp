// SPDX-License-Identifier: Apache-2.0
// synfire completion and synfire manual: write texts generated from the command tables.
#include <nlohmann/json.hpp>

#include "commands/tables.hpp"
#include "help.hpp"

namespace synfire::command_line {
namespace {

void require_word(const std::string& operand, const std::string& word, const std::vector<std::string>& known) {
  for (const std::string& each : known) {
    if (each == word) return;
  }
  throw UsageError({.kind = ProblemKind::unknown_name,
                    .path = operand,
                    .message = "unknown value \"" + word + "\"",
                    .hint = suggest(word, known),
                    .expected = nearest_name(word, known),
                    .given = word});
}

void completion(const Arguments& arguments, Output& output) {
  require_word("SHELL", arguments.text("SHELL"), {"bash"});
  output.document({{"text", bash_completion()}});
  output.text(bash_completion());
}

void manual(const Arguments& arguments, Output& output) {
  const std::string form = arguments.text("FORM");
  require_word("FORM", form, {"man", "markdown"});
  const std::string text = form == "man" ? manual_page() : markdown_reference();
  output.document({{"text", text}});
  output.text(text);
}

}  // namespace

Command completion_command() {
  return {
      .name = "completion",
      .summary = "write a shell script that completes commands and options",
      .examples = {{"source <(synfire completion bash)", "for this shell; an installed Synfire already has it"}},
      .text = "The script completes commands, options, files, and option values if there are few.",
      .operands = {{.name = "SHELL", .help = "bash", .words = {"bash"}}},
      .options = {},
      .run = completion,
  };
}

Command manual_command() {
  return {
      .name = "manual",
      .summary = "write the manual; used by the build",
      .examples = {{"synfire manual man > synfire.1", "the manual page"}},
      .text = "Writes the manual page, or the reference in Markdown.",
      .operands = {{.name = "FORM", .help = "man or markdown", .words = {"man", "markdown"}}},
      .options = {},
      .run = manual,
      .hidden = true,
  };
}

}  // namespace synfire::command_line
