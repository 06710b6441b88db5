// SPDX-License-Identifier: Apache-2.0
// The manual pages (troff with the macros of man) and the reference (Markdown).
#include <algorithm>
#include <cctype>

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

std::string heading(const std::string& page, const std::string& summary) {
  std::string title = page;
  std::transform(title.begin(), title.end(), title.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
  return ".\\\" Generated from the command tables.\n.TH " + troff(title) + " 1 \"\" \"" + version() +
         "\" \"User Commands\"\n.SH NAME\n" + troff(page) + " \\- " + troff(summary) + "\n";
}

std::string page_of(const Command& command) { return "synfire-" + command.name; }

std::string command_page(const Command& command) {
  std::string text = heading(page_of(command), command.summary) + ".SH SYNOPSIS\n.B " + troff(usage_of(command)) +
                     "\n.SH DESCRIPTION\n" + troff(command.text) + "\n";
  for (const Operand& operand : command.operands) text += entry(operand.name, operand.help);
  if (!command.options.empty()) text += ".SH OPTIONS\n";
  for (const Option& option : command.options) text += entry(spelling(option), option.help);
  text += ".PP\nOptions of all commands, exit codes and environment variables are in\n.BR synfire (1).\n.SH EXAMPLES\n";
  for (const Example& example : command.examples) text += entry(example.command, example.what);
  return text + ".SH SEE ALSO\n.BR synfire (1)\n";
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

std::vector<ManualPage> manual_pages() {
  std::string text = heading("synfire", "compile and run spiking neural networks") +
                     ".SH SYNOPSIS\n.B synfire\n.I command\n.RI [ options ]\n.SH DESCRIPTION\n";
  text += troff(
      "Synfire compiles spiking neural networks, described in JSON, for GPUs and processors, and runs them. "
      "Each command has a page of its own.");
  text += "\n.SH COMMANDS\n";
  std::vector<ManualPage> pages;
  for (const Command& command : commands()) {
    if (command.hidden) continue;
    text += ".TP\n.BR " + troff(page_of(command)) + " (1)\n" + troff(command.summary) + "\n";
    pages.push_back({page_of(command) + ".1", command_page(command)});
  }
  text += ".SH OPTIONS OF ALL COMMANDS\n";
  for (const Option& option : common_options()) text += entry(spelling(option), option.help);
  text += ".SH EXIT STATUS\n";
  for (const ExitCodeText& each : exit_codes()) text += entry(std::to_string(each.code), each.meaning);
  text += ".SH ENVIRONMENT\n";
  for (const EnvironmentText& each : environment_variables()) text += entry(each.name, each.meaning);
  pages.insert(pages.begin(), {"synfire.1", text});
  return pages;
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
