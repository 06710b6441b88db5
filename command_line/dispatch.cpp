// SPDX-License-Identifier: Apache-2.0
#include "dispatch.hpp"

#include <algorithm>
#include <filesystem>
#include <new>
#include <nlohmann/json.hpp>
#include <system_error>

#include "command.hpp"
#include "help.hpp"
#include "interrupt.hpp"
#include "synfire/warning.hpp"

namespace synfire::command_line {
namespace {

using Words = std::vector<std::string>;

bool contains(const Words& words, const std::string& word) {
  return std::find(words.begin(), std::find(words.begin(), words.end(), "--"), word) !=
         std::find(words.begin(), words.end(), "--");
}

int failed(Output& output, int exit_code, ProblemKind kind, const std::string& path, const std::string& message) {
  output.fail({{.kind = kind, .path = path, .message = message}}, exit_code);
  return exit_code;
}

int failed(Output& output, int exit_code, const Error& error) {
  output.fail(error.problems(), exit_code);
  return exit_code;
}

int exit_code_of(const Error& error) {
  if (dynamic_cast<const UsageError*>(&error) != nullptr) return exit_usage;
  if (dynamic_cast<const ModelError*>(&error) != nullptr) return exit_invalid;
  if (dynamic_cast<const DataError*>(&error) != nullptr) return exit_invalid;
  if (dynamic_cast<const BuildError*>(&error) != nullptr) return exit_build_failed;
  if (dynamic_cast<const DeviceError*>(&error) != nullptr) return exit_no_device;
  return exit_run_failed;
}

int guarded(Output& output, const auto& work) {
  try {
    work();
    return exit_ok;
  } catch (const Error& error) {
    return failed(output, exit_code_of(error), error);
  } catch (const Interrupted& interrupted) {
    return 128 + interrupted.signal;
  } catch (const std::bad_alloc&) {
    return failed(output, exit_no_device, ProblemKind::out_of_memory, "memory", "this machine does not have enough");
  } catch (const std::filesystem::filesystem_error& error) {
    return failed(output, exit_invalid, ProblemKind::file_access, error.path1().string(), error.code().message());
  } catch (const std::system_error& error) {
    return failed(output, exit_no_device, ProblemKind::out_of_memory, "this machine",
                  std::string("a resource is unavailable, such as a thread or a process: ") + error.code().message());
  } catch (const std::exception& error) {
    return failed(output, exit_run_failed, ProblemKind::run_failed, "synfire",
                  std::string("internal error: ") + error.what());
  }
}

// The kinds of --no-warn.
std::vector<ProblemKind> ignored_warnings(const Arguments& arguments) {
  std::vector<ProblemKind> kinds;
  const Words known = warning_kinds();
  for (const std::string& name : arguments.parts("no-warn")) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end())
      throw UsageError({.kind = ProblemKind::unknown_name,
                        .path = "--no-warn",
                        .message = "unknown warning \"" + name + "\"",
                        .hint = suggest(name, known),
                        .expected = nearest_name(name, known),
                        .given = name});
    kinds.push_back(warning_table()[static_cast<std::size_t>(found - known.begin())].kind);
  }
  return kinds;
}

void run_command(const Command& command, const Words& words, Output& output) {
  const Arguments arguments = parse(command.operands, all_options(command), words);
  if (arguments.has("help")) return write_output(help_of(command));
  output.ignore(ignored_warnings(arguments));
  command.run(arguments, output);
}

// Handles what is not a command: `synfire --help`, `synfire --version`, `synfire help compile`.
bool answered(const Words& words) {
  const std::string& first = words.front();
  if (first == "--help" || first == "-h" || (first == "help" && words.size() == 1)) {
    write_output(overview());
  } else if (first == "--version") {
    write_output(version() + "\n");
  } else if (first == "help") {
    write_output(help_of(find_command(words[1])));
  } else {
    return false;
  }
  return true;
}

// During its lifetime, warnings of the library go to the output of the command.
class WarningsTo {
 public:
  explicit WarningsTo(Output& output) {
    set_warning_handler([&output](const Problem& warning) { output.warn(warning); });
  }
  ~WarningsTo() { set_warning_handler({}); }
  WarningsTo(const WarningsTo&) = delete;
  WarningsTo& operator=(const WarningsTo&) = delete;
};

int dispatch_words(const Words& words) {
  // Errors in the command line have the form that it asks for, even if it is invalid.
  Output output(words.empty() ? "" : words.front(), {.json = contains(words, "--json"),
                                                     .quiet = contains(words, "--quiet") || contains(words, "-q"),
                                                     .strict = contains(words, "--strict")});
  const WarningsTo warnings(output);
  return guarded(output, [&] {
    if (words.empty()) throw UsageError(usage_problem("command", "missing", "see synfire --help"));
    if (answered(words)) return;
    if (words.front().starts_with('-'))
      throw UsageError(usage_problem(words.front(), "unknown option before a command", "see synfire --help"));
    run_command(find_command(words.front()), {words.begin() + 1, words.end()}, output);
  });
}

}  // namespace

int dispatch(const std::vector<std::string>& words) noexcept {
  try {
    return dispatch_words(words);
  } catch (...) {  // even the message of a failure could not be written
    return exit_run_failed;
  }
}

}  // namespace synfire::command_line
