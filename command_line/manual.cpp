// SPDX-License-Identifier: Apache-2.0
// The manual page (troff with the macros of man) and the reference (Markdown).
#include "help.hpp"

namespace synfire::command_line {
namespace {

constexpr std::size_t markdown_width = 120;

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

// Plain text as troff: dashes stay dashes, and no line starts a request.
std::string troff(const std::string& text) {
  std::string result = replaced(replaced(text, "\\", "\\e"), "-", "\\-");
  result = replaced(result, "\n\n", "\n.PP\n");
  result = replaced(replaced(result, "\n'", "\n\\&'"), "\n.", "\n\\&.");
  result = replaced(result, "\n\\&.PP\n", "\n.PP\n");
  if (result.starts_with('.') || result.starts_with('\'')) result.insert(0, "\\&");
  return result;
}

std::string entry(const std::string& name, const std::string& text) {
  return ".TP\n.B " + troff(name) + "\n" + troff(text) + "\n";
}

std::string command_entry(const Command& command) {
  std::string text = ".SS " + command.name + "\n" + troff(command.summary + ".") + "\n.PP\n.B " +
                     troff(usage_of(command)) + "\n.PP\n" + troff(command.text) + "\n";
  for (const Operand& operand : command.operands) text += entry(operand.name, operand.help);
  for (const Option& option : command.options) text += entry(spelling(option), option.help);
  text += ".PP\nExamples:\n";
  for (const Example& example : command.examples) text += entry(example.command, example.what);
  return text;
}

std::string rows(const std::string& heading, const std::vector<std::pair<std::string, std::string>>& rows) {
  std::string text = "| " + heading + " | |\n| --- | --- |\n";
  for (const auto& [name, meaning] : rows) text += "| `" + name + "` | " + replaced(meaning, "|", "\\|") + " |\n";
  return text;
}

std::string section_of(const Command& command) {
  std::string text = "### " + command.name + "\n\n```\n";
  for (const Example& example : command.examples)
    text += (command.examples.size() > 1 ? "# " + example.what + "\n" : "") + example.command + "\n";
  text += "```\n\n" + wrapped(command.text, 0, markdown_width) + "\n\n`" + usage_of(command) + "`\n";
  std::vector<std::pair<std::string, std::string>> entries;
  for (const Operand& operand : command.operands) entries.emplace_back(operand.name, operand.help);
  for (const Option& option : command.options) entries.emplace_back(spelling(option), option.help);
  return entries.empty() ? text : text + "\n" + rows("option", entries);
}

}  // namespace

std::string manual_page() {
  std::string text = ".\\\" Generated from the command tables.\n.TH SYNFIRE 1 \"\" \"" + version() +
                     "\" \"User Commands\"\n.SH NAME\nsynfire \\- compile and run spiking neural networks\n"
                     ".SH SYNOPSIS\n.B synfire\n.I command\n.RI [ options ]\n.SH DESCRIPTION\n";
  text += troff("Synfire compiles spiking neural networks, described in JSON, for GPUs and processors, and runs them.");
  text += "\n.SH COMMANDS\n";
  for (const Command& command : commands()) {
    if (!command.hidden) text += command_entry(command);
  }
  text += ".SH OPTIONS OF ALL COMMANDS\n";
  for (const Option& option : common_options()) text += entry(spelling(option), option.help);
  text += ".SH EXIT STATUS\n";
  for (const ExitCodeText& each : exit_codes()) text += entry(std::to_string(each.code), each.meaning);
  text += ".SH ENVIRONMENT\n";
  for (const EnvironmentText& each : environment_variables()) text += entry(each.name, each.meaning);
  return text;
}

std::string markdown_reference() {
  std::string text;
  for (const Command& command : commands()) {
    if (!command.hidden) text += section_of(command) + "\n";
  }
  text += "### Options of all commands\n\n";
  std::vector<std::pair<std::string, std::string>> common, codes, variables;
  for (const Option& option : common_options()) common.emplace_back(spelling(option), option.help);
  for (const ExitCodeText& each : exit_codes()) codes.emplace_back(std::to_string(each.code), each.meaning);
  for (const EnvironmentText& each : environment_variables()) variables.emplace_back(each.name, each.meaning);
  return text + rows("option", common) + "\n### Exit codes\n\n" + rows("code", codes) + "\n### Environment\n\n" +
         rows("variable", variables);
}

}  // namespace synfire::command_line
