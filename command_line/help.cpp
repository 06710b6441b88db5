// SPDX-License-Identifier: Apache-2.0
#include "help.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

namespace synfire::command_line {
namespace {

constexpr std::size_t usual_width = 100;
constexpr std::size_t least_width = 50;
constexpr std::size_t indent = 2;
constexpr std::size_t widest_left_column = 30;

std::size_t page_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return usual_width;
  return std::clamp<std::size_t>(size.ws_col, least_width, usual_width);
}

std::string two_columns(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::size_t left = 0;
  for (const auto& [name, text] : rows) {
    if (name.size() <= widest_left_column) left = std::max(left, name.size());
  }
  const std::size_t margin = indent + left + 2;
  std::string result;
  for (const auto& [name, text] : rows) {
    result += std::string(indent, ' ') + name;
    result += name.size() > left ? "\n" + std::string(margin, ' ') : std::string(margin - indent - name.size(), ' ');
    result += wrapped(text, margin, page_width()) + "\n";
  }
  return result;
}

std::string rows_of(const std::vector<Option>& options) {
  std::vector<std::pair<std::string, std::string>> rows;
  rows.reserve(options.size());
  for (const Option& option : options) rows.emplace_back(spelling(option), option.help);
  return two_columns(rows);
}

std::string examples_of(const Command& command) {
  std::string text;
  for (const Example& example : command.examples)
    text += "  " + example.command + "\n      " + wrapped(example.what, 6, page_width()) + "\n";
  return text;
}

}  // namespace

std::string wrapped(const std::string& text, std::size_t margin, std::size_t width) {
  std::string result;
  std::size_t column = margin;
  for (const std::string& word : split(text, ' ')) {
    const std::size_t break_at = word.find('\n');
    if (column > margin && column + 1 + std::min(word.size(), break_at) > width) {
      result += "\n" + std::string(margin, ' ');
      column = margin;
    } else if (column > margin) {
      result += ' ';
      ++column;
    }
    result += word;
    column = break_at == std::string::npos ? column + word.size() : word.size() - word.rfind('\n') - 1;
  }
  return result;
}

std::string version() { return std::string("synfire ") + SYNFIRE_VERSION; }

std::string spelling(const Option& option) {
  const std::string value = option.value.empty() ? "" : " " + option.value;
  const std::string letter = option.letter != 0 ? std::string("-") + option.letter + ", " : "";
  return letter + "--" + option.name + value;
}

std::string usage_of(const Command& command) {
  std::string text = "synfire " + command.name;
  for (const Operand& operand : command.operands) {
    const std::string name = operand.name + (operand.repeated ? "..." : "");
    text += operand.optional ? " [" + name + "]" : " " + name;
  }
  return text + " [options]";
}

std::string overview() {
  std::string text =
      "Example:\n"
      "  synfire evaluate demo.json --input images.idx.gz --scale 0.01 --labels labels.idx.gz\n\n"
      "Synfire compiles spiking neural networks, described in JSON, for GPUs and processors, and runs them.\n\n"
      "Usage: synfire COMMAND [options]\n\nCommands:\n";
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Command& command : commands()) {
    if (!command.hidden) rows.emplace_back(command.name, command.summary);
  }
  text += two_columns(rows);
  text += "\nOptions:\n" +
          two_columns({{"-h, --help", "show this help; synfire COMMAND --help shows the help of a command"},
                       {"--version", "show the version"}});
  std::vector<std::pair<std::string, std::string>> codes;
  for (const ExitCodeText& each : exit_codes()) codes.emplace_back(std::to_string(each.code), each.meaning);
  return text + "\nExit codes:\n" + two_columns(codes);
}

std::string help_of(const Command& command) {
  std::string text = command.examples.size() == 1 ? "Example:\n" : "Examples:\n";
  text +=
      examples_of(command) + "\n" + wrapped(command.text, 0, page_width()) + "\n\nUsage: " + usage_of(command) + "\n";
  std::vector<std::pair<std::string, std::string>> operands;
  for (const Operand& operand : command.operands) operands.emplace_back(operand.name, operand.help);
  if (!operands.empty()) text += "\n" + two_columns(operands);
  return text + "\nOptions:\n" + rows_of(all_options(command));
}

const std::vector<ExitCodeText>& exit_codes() {
  static const std::vector<ExitCodeText> codes{
      {0, "success"},
      {1, "a run or a gradient check failed, or a file or picture could not be written"},
      {2, "invalid command line"},
      {3, "invalid model or data"},
      {4, "generated code did not compile or load, or no compiler was found"},
      {5, "no usable device, or not enough memory"},
      {130, "interrupted (SIGINT); 128 + number for other signals"},
  };
  return codes;
}

const std::vector<EnvironmentText>& environment_variables() {
  static const std::vector<EnvironmentText> variables{
      {"NO_COLOR", "no colors if set and not empty"},
      {"SYNFIRE_CACHE", "cache folder for compiled programs, instead of ~/.cache/synfire"},
      {"SYNFIRE_CXX", "the host compiler, instead of c++"},
      {"SYNFIRE_CXXFLAGS", "extra flags for the host compiler"},
      {"SYNFIRE_NVRTCFLAGS", "extra options for NVRTC, such as --generate-line-info for profilers"},
      {"SYNFIRE_PRINT", "compilation stages to print to standard error, separated by commas, or all"},
      {"CUDA_PATH", "folder of the CUDA toolkit, for NVRTC"},
      {"TMPDIR", "folder for temporary files"},
  };
  return variables;
}

}  // namespace synfire::command_line
