// SPDX-License-Identifier: Apache-2.0
// synfire completion and synfire manual: write texts generated from the command tables.
#include <nlohmann/json.hpp>
#include <span>

#include "commands/tables.hpp"
#include "help.hpp"
#include "synfire/base/files.hpp"

namespace synfire::command_line {
namespace {

const std::vector<std::string> shells = {"bash", "fish", "zsh"};

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
  const std::string shell = arguments.text("SHELL");
  require_word("SHELL", shell, shells);
  const std::string text = shell == "bash" ? bash_completion() : shell == "zsh" ? zsh_completion() : fish_completion();
  output.document({{"text", text}});
  output.text(text);
}

void manual(const Arguments& arguments, Output& output) {
  const std::string form = arguments.text("FORM");
  require_word("FORM", form, {"man", "markdown"});
  if (form == "man") {
    Json files = Json::array();
    for (const ManualPage& page : manual_pages()) {
      base::write_file(page.file, std::as_bytes(std::span(page.text)));
      files.push_back(page.file);
    }
    return output.document({{"files", files}});
  }
  const std::string text = markdown_reference();
  output.document({{"text", text}});
  output.text(text);
}

}  // namespace

Command completion_command() {
  return {
      .name = "completion",
      .summary = "write a shell script that completes commands and options",
      .examples = {{"source <(synfire completion bash)", "for this shell; an installed Synfire already has it"},
                   {"source <(synfire completion zsh)", "the same in zsh, after compinit"},
                   {"synfire completion fish | source", "the same in fish"}},
      .text = "The script completes commands, options, files, and option values if there are few.",
      .operands = {{.name = "SHELL", .help = "bash, fish or zsh", .words = shells}},
      .options = {},
      .run = completion,
  };
}

Command manual_command() {
  return {
      .name = "manual",
      .summary = "write the manual; used by the build",
      .examples = {{"synfire manual man", "a page for each command"}},
      .text = "Writes the manual pages into the current folder, or the reference in Markdown to standard output.",
      .operands = {{.name = "FORM", .help = "man or markdown", .words = {"man", "markdown"}}},
      .options = {},
      .run = manual,
      .hidden = true,
  };
}

}  // namespace synfire::command_line
