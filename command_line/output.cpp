// SPDX-License-Identifier: Apache-2.0
#include "output.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
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

template <class... Values>
std::string format(const char* pattern, Values... values) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), pattern, values...);
  return text.data();
}

// In characters, for UTF-8.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
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

void Output::warn(const Problem& problem) {
  if (form_.strict) throw DataError(as_error(problem));
  const std::string text = to_string(problem);
  const auto said = [&](const Problem& each) { return to_string(each) == text; };
  if (std::any_of(warnings_.begin(), warnings_.end(), said)) return;
  warnings_.push_back(problem);
  write_messages("synfire: " + text + "\n");
}

void Output::fail(const std::vector<Problem>& problems, int exit_code) {
  constexpr std::size_t most = 100;
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

std::string table(const std::vector<std::vector<std::string>>& rows, const std::vector<bool>& right) {
  constexpr std::size_t longest_cell = 1000;
  std::vector<std::size_t> widths;
  // Names from files must stay within their cells.
  std::vector<std::vector<std::string>> cells = rows;
  for (auto& row : cells) {
    for (std::string& cell : row) cell = base::one_line(cell, longest_cell);
  }
  for (const auto& row : cells) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], width(row[c]));
  }
  std::string text;
  for (const auto& row : cells) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string padding(widths[c] - width(row[c]), ' ');
      const bool aligned_right = c < right.size() && right[c];
      line += (c == 0 ? "" : "  ") + (aligned_right ? padding + row[c] : row[c] + padding);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string grouped(std::size_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string readable_bytes(std::size_t bytes) {
  if (bytes < 1024) return counted(bytes, "byte");
  static constexpr std::array units = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double amount = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (; amount >= 1024 && unit + 1 < units.size(); ++unit) amount /= 1024;
  return format("%.1f %s", amount, units[unit]);
}

std::string decimal(double value, int digits) { return format("%.*g", digits, value); }

std::string readable_seconds(double seconds) {
  if (seconds < 1e-3) return format("%.1f µs", 1e6 * seconds);
  if (seconds < 1) return format("%.1f ms", 1e3 * seconds);
  return format("%.2f s", seconds);
}

std::string one_of(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + ('"' + names[i] + '"');
  return text;
}

std::string counted(std::size_t number, const std::string& thing) {
  if (number == 1) return "1 " + thing;
  const bool changes = thing.ends_with('y') && !thing.ends_with("ay") && !thing.ends_with("ey");
  if (changes) return grouped(number) + " " + thing.substr(0, thing.size() - 1) + "ies";
  return grouped(number) + " " + thing + "s";
}

}  // namespace synfire::command_line
