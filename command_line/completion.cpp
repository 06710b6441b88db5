// SPDX-License-Identifier: Apache-2.0
// Completion for bash: a table of words, and one function that looks them up.
#include "help.hpp"

namespace synfire::command_line {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::vector<std::string> names_of(const std::vector<Option>& options) {
  std::vector<std::string> names;
  names.reserve(options.size());
  for (const Option& option : options) names.push_back("--" + option.name);
  return names;
}

// The lines of a `case` for the values of a command's options.
std::string cases_of(const Command& command) {
  std::string text;
  for (const Option& option : all_options(command)) {
    if (option.value.empty()) continue;
    const std::string names = command.name + ":--" + option.name +
                              (option.letter != 0 ? "|" + command.name + ":-" + std::string(1, option.letter) : "");
    text +=
        "    " + names + ") " + (option.words.empty() ? "files=1" : "words='" + joined(option.words) + "'") + ";;\n";
  }
  return text;
}

std::vector<std::string> operand_words(const Command& command) {
  return command.operands.empty() ? std::vector<std::string>{} : command.operands.front().words;
}

constexpr const char* function_begin = R"(# bash completion for synfire, written by `synfire completion bash`.
_synfire() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  local command=${COMP_WORDS[1]} words='' files=''
  [[ $current == '=' ]] && current=''
  [[ $previous == '=' ]] && previous=${COMP_WORDS[COMP_CWORD-2]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W 'COMMANDS help --help --version' -- "$current"))
    return
  fi
  case $command:$previous in
    help:help) words='COMMANDS';;
)";

constexpr const char* function_middle = R"(    *)
      case $command in
)";

constexpr const char* function_end = R"(      esac
      if [[ $current == -* ]]; then words=$options; else files=1 words=$operands; fi;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ $files && -z $operands ]]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY+=($(compgen -f -- "$current"))
  fi
}
complete -F _synfire synfire
)";

std::string with_commands(std::string text, const std::string& names) {
  for (std::size_t at = text.find("COMMANDS"); at != std::string::npos; at = text.find("COMMANDS", at + names.size()))
    text.replace(at, 8, names);
  return text;
}

}  // namespace

std::string bash_completion() {
  std::vector<std::string> names;
  for (const Command& command : commands()) {
    if (!command.hidden) names.push_back(command.name);
  }
  std::string text = with_commands(function_begin, joined(names));
  text.replace(text.find("files=''\n"), 8, "files='' options='' operands=''");
  std::string cases;
  for (const Command& command : commands()) {
    if (command.hidden) continue;
    text += cases_of(command);
    cases += "        " + command.name + ") options='" + joined(names_of(all_options(command))) + "' operands='" +
             joined(operand_words(command)) + "';;\n";
  }
  return text + function_middle + cases + function_end;
}

}  // namespace synfire::command_line
