// SPDX-License-Identifier: Apache-2.0
// Help, manual and completion, generated from the command tables.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "command.hpp"

namespace synfire::command_line {

std::string version();                         // `synfire 0.1.0`
std::string overview();                        // synfire --help
std::string help_of(const Command& command);   // synfire COMMAND --help
std::string usage_of(const Command& command);  // `synfire compile MODEL [options]`

struct ManualPage {
  std::string file;  // synfire.1, synfire-train.1, …
  std::string text;
};
std::vector<ManualPage> manual_pages();  // for man(1): of the program, then of each command
std::string markdown_reference();        // the last part of docs/command-line.md
std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

// Wraps the paragraphs of `text` at `width`; lines after the first begin with `margin` spaces.
std::string wrapped(const std::string& text, std::size_t margin, std::size_t width);

// `--output FILE, -o FILE`.
std::string spelling(const Option& option);

struct ExitCodeText {
  int code;
  const char* meaning;
};
const std::vector<ExitCodeText>& exit_codes();

struct EnvironmentText {
  const char* name;
  const char* meaning;
};
const std::vector<EnvironmentText>& environment_variables();

}  // namespace synfire::command_line
