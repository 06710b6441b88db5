// SPDX-License-Identifier: Apache-2.0
// The commands of the program, one table for each.
#pragma once

#include <string>
#include <vector>

#include "options.hpp"
#include "output.hpp"

namespace synfire::command_line {

struct Example {
  std::string command;  // to be typed
  std::string what;     // one line, without a full stop
};

struct Command {
  std::string name;
  std::string summary;            // one line, without a full stop
  std::vector<Example> examples;  // --help begins with the first
  std::string text;               // paragraphs, separated by empty lines
  std::vector<Operand> operands;
  std::vector<Option> options;  // its own, before those that all commands have
  void (*run)(const Arguments& arguments, Output& output) = nullptr;
  bool hidden = false;  // not in lists: for the build
};

// All, in the order of the lists.
const std::vector<Command>& commands();
// Throws UsageError with the nearest name.
const Command& find_command(const std::string& name);

// Options that every command has.
const std::vector<Option>& common_options();
// Those of the command and the common ones.
std::vector<Option> all_options(const Command& command);

}  // namespace synfire::command_line
