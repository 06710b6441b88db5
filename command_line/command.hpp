// SPDX-License-Identifier: Apache-2.0
// The commands of the program, one table for each.
#pragma once

#include <string>
#include <vector>

#include "options.hpp"
#include "output.hpp"

namespace synfire::command_line {

struct Example {
  std::string command;  // as typed
  std::string what;     // one line, without a period
};

struct Command {
  std::string name;
  std::string summary;            // one line, without a period
  std::vector<Example> examples;  // --help begins with the first
  std::string text;               // paragraphs, separated by empty lines
  std::vector<Operand> operands;
  std::vector<Option> options;  // its own, listed before the common ones
  void (*run)(const Arguments& arguments, Output& output) = nullptr;
  bool hidden = false;  // not listed; used by the build
};

// All commands, in the order of the lists.
const std::vector<Command>& commands();
// Throws UsageError with the nearest name.
const Command& find_command(const std::string& name);

// The kinds of warnings, in the order of warning_table().
std::vector<std::string> warning_kinds();

// Options of every command.
const std::vector<Option>& common_options();
// Those of the command and the common ones.
std::vector<Option> all_options(const Command& command);

}  // namespace synfire::command_line
