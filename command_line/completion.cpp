// SPDX-License-Identifier: Apache-2.0
// Completion for bash, zsh and fish. For bash a table of words, and one function that looks them up; the others have
// functions for such tables, which also show the help.
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

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const Command& command : commands()) {
    if (!command.hidden) names.push_back(command.name);
  }
  return names;
}

}  // namespace

std::string bash_completion() {
  std::string text = with_commands(function_begin, joined(command_names()));
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

namespace {

// As a word in single quotation marks. `quote`: what stands for such a mark within.
std::string quoted(const std::string& text, const char* quote) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string(quote) : std::string(1, c);
  return result + "'";
}
std::string quoted_for_zsh(const std::string& text) { return quoted(text, "'\\''"); }
std::string quoted_for_fish(const std::string& text) {
  std::string escaped;
  for (const char c : text) escaped += c == '\\' ? "\\\\" : std::string(1, c);
  return quoted(escaped, "\\'");
}

std::string escaped(const std::string& text, const std::string& marks) {
  std::string result;
  for (const char c : text) {
    if (marks.find(c) != std::string::npos) result += '\\';
    result += c;
  }
  return result;
}

// `:VALUE:(words)`, as _arguments of zsh reads it.
std::string zsh_value(const std::string& name, const std::vector<std::string>& words) {
  return ":" + escaped(name, ":\\") + ":" + (words.empty() ? "_files" : "(" + joined(words) + ")");
}

std::string zsh_option(const Option& option) {
  const std::string help = "[" + escaped(option.help, "[]\\") + "]";
  const std::string value = option.value.empty() ? "" : zsh_value(option.value, option.words);
  const std::string name = "--" + option.name + (option.value.empty() ? "" : "=");
  const std::string repeated = option.repeated ? "*" : "";
  std::string text = "        " + quoted_for_zsh(repeated + name + help + value) + " \\\n";
  if (option.letter != 0)
    text += "        " + quoted_for_zsh(repeated + "-" + std::string(1, option.letter) + help + value) + " \\\n";
  return text;
}

}  // namespace

std::string zsh_completion() {
  std::string text =
      "#compdef synfire\n"
      "# zsh completion for synfire, written by `synfire completion zsh`.\n"
      "_synfire() {\n"
      "  if ((CURRENT == 2)); then\n"
      "    local -a commands=(\n";
  for (const Command& command : commands()) {
    if (!command.hidden) text += "      " + quoted_for_zsh(command.name + ":" + command.summary) + "\n";
  }
  text +=
      "      'help:show how a command is used'\n"
      "    )\n"
      "    _describe -t commands command commands\n"
      "    return\n"
      "  fi\n"
      "  local command=$words[2]\n"
      "  shift words\n"
      "  ((--CURRENT))\n"
      "  case $command in\n"
      "    help) _arguments " +
      quoted_for_zsh(zsh_value("COMMAND", command_names())) + " ;;\n";
  for (const Command& command : commands()) {
    if (command.hidden) continue;
    text += "    " + command.name + ")\n      _arguments \\\n";
    for (const Option& option : all_options(command)) text += zsh_option(option);
    const bool takes_operands = !command.operands.empty();
    const std::string name = takes_operands ? command.operands.front().name : "";
    text += takes_operands ? "        " + quoted_for_zsh("*" + zsh_value(name, operand_words(command))) + " ;;\n"
                           : "        && return 0 ;;\n";
  }
  return text +
         "  esac\n"
         "}\n"
         "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _synfire \"$@\"; else compdef _synfire synfire; fi\n";
}

std::string fish_completion() {
  std::string text = "# fish completion for synfire, written by `synfire completion fish`.\n";
  const std::string complete = "complete -c synfire ";
  for (const Command& command : commands()) {
    if (command.hidden) continue;
    text +=
        complete + "-f -n __fish_use_subcommand -a " + command.name + " -d " + quoted_for_fish(command.summary) + "\n";
  }
  text += complete + "-f -n __fish_use_subcommand -a help -d 'show how a command is used'\n";
  text += complete + "-f -n '__fish_seen_subcommand_from help' -a " + quoted_for_fish(joined(command_names())) + "\n";
  for (const Command& command : commands()) {
    if (command.hidden) continue;
    const std::string within = complete + "-n '__fish_seen_subcommand_from " + command.name + "' ";
    const std::vector<std::string> words = operand_words(command);
    if (!words.empty()) text += within + "-f -a " + quoted_for_fish(joined(words)) + "\n";
    for (const Option& option : all_options(command)) {
      text += within + "-l " + option.name;
      if (option.letter != 0) text += " -s " + std::string(1, option.letter);
      if (!option.value.empty())
        text += option.words.empty() ? " -r -F" : " -x -a " + quoted_for_fish(joined(option.words));
      text += " -d " + quoted_for_fish(option.help) + "\n";
    }
  }
  return text;
}

}  // namespace synfire::command_line
