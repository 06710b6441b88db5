// SPDX-License-Identifier: Apache-2.0
#include "output.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "interrupt.hpp"
#include "options.hpp"
#include "synfire/base/text.hpp"

namespace synfire::command_line {
namespace {

void write_messages(const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t count = ::write(STDERR_FILENO, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;  // nobody reads, so nobody can be told
    done += static_cast<std::size_t>(count);
  }
}

}  // namespace

Problem as_error(Problem warning) {
  warning.severity = Severity::error;
  warning.hint += std::string(warning.hint.empty() ? "" : "; ") + "--strict makes this warning an error";
  return warning;
}

void write_output(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(STDOUT_FILENO, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EPIPE) end_by_broken_pipe();
    if (count <= 0) {
      throw RunError({.kind = ProblemKind::file_access,
                      .path = "standard output",
                      .message = std::string("cannot be written: ") + std::strerror(errno)});
    }
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

// Names in it come from files: they must not control the terminal.
void Output::text(std::string_view part) {
  if (!form_.json) write_output(base::printable(part));
}

void Output::document(const Json& object) {
  if (!form_.json) return;
  Json document = {{"command", command_}, {"ok", true}};
  document.update(object);
  if (!warnings_.empty()) document["warnings"] = to_json(warnings_);
  write_output(base::printable_json(document.dump(2, ' ', false, Json::error_handler_t::replace)) + "\n");
}

void Output::attach(const Json& object) { attached_ = std::make_shared<const Json>(object); }

// Always one line, whatever names it contains; tabs separate columns.
void Output::message(const std::string& line) const {
  if (form_.quiet) return;
  std::string text, separator;
  for (const std::string& column : split(line, '\t')) {
    text += separator + base::one_line(column);
    separator = "\t";
  }
  write_messages(text + "\n");
}

bool Output::ignores(ProblemKind kind) const {
  return std::find(ignored_.begin(), ignored_.end(), kind) != ignored_.end();
}

void Output::warn(const Problem& problem) {
  if (ignores(problem.kind)) return;
  if (form_.strict) throw DataError(as_error(problem));
  const std::string text = to_string(problem);
  const std::lock_guard lock(mutex_);
  const auto said = [&](const Problem& each) { return to_string(each) == text; };
  if (std::any_of(warnings_.begin(), warnings_.end(), said)) return;
  warnings_.push_back(problem);
  write_messages("synfire: " + text + "\n");
}

void Output::fail(const std::vector<Problem>& problems, int exit_code) {
  constexpr std::size_t most = base::most_problems_shown;
  for (std::size_t i = 0; i < problems.size() && i < most; ++i)
    write_messages("synfire: " + to_string(problems[i]) + "\n");
  if (problems.size() > most)
    write_messages("synfire: and " + grouped(problems.size() - most) + " more problems; --json lists all\n");
  if (!form_.json) return;
  Json document = {{"command", command_}, {"ok", false}, {"exit_code", exit_code}, {"problems", to_json(problems)}};
  if (attached_) document.update(*attached_);
  write_output(base::printable_json(document.dump(2, ' ', false, Json::error_handler_t::replace)) + "\n");
}

Json to_json(const Problem& problem) {
  Json json = {{"kind", to_string(problem.kind)},
               {"severity", problem.severity == Severity::warning ? "warning" : "error"}};
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) json[key] = value;
  };
  add("path", problem.path);
  add("message", problem.message);
  add("expected", problem.expected);
  add("given", problem.given);
  add("hint", problem.hint);
  add("file", problem.place.file);
  if (problem.place.line > 0) json["line"] = problem.place.line;
  if (problem.place.column > 0) json["column"] = problem.place.column;
  return json;
}

Json to_json(const std::vector<Problem>& problems) {
  Json list = Json::array();
  for (const Problem& problem : problems) list.push_back(to_json(problem));
  return list;
}

}  // namespace synfire::command_line
