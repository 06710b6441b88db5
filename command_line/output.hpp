// SPDX-License-Identifier: Apache-2.0
// Writes results and messages. Only results go to standard output, as text or, with --json, as one JSON document.
// Messages and progress go to standard error.
#pragma once

#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "synfire/base/readable.hpp"
#include "synfire/error.hpp"

namespace synfire::command_line {

using Json = nlohmann::ordered_json;

class Output {
 public:
  struct Form {
    bool json = false, quiet = false, strict = false;
  };
  Output(std::string command, Form form) : command_(std::move(command)), form_(form) {}

  bool json() const { return form_.json; }
  bool quiet() const { return form_.quiet; }
  bool strict() const { return form_.strict; }

  // A part of the result, as text. Ignored with --json.
  void text(std::string_view part);
  // The result with --json: the fields of `object`, after those that every document has.
  void document(const Json& object);
  // More fields for the document of a command that is about to fail.
  void attach(const Json& object);
  // A line of text, unless --quiet.
  void message(const std::string& line) const;
  // Ignores warnings of these kinds.
  void ignore(std::vector<ProblemKind> kinds) { ignored_ = std::move(kinds); }
  bool ignores(ProblemKind kind) const;
  // Writes a warning once to standard error, even with --quiet, and to the document, unless it is ignored. With
  // --strict, throws it as a DataError. Thread-safe.
  void warn(const Problem& problem);
  // Writes errors to standard error and, with --json, also as the document.
  void fail(const std::vector<Problem>& problems, int exit_code);

 private:
  std::string command_;
  Form form_;
  std::vector<ProblemKind> ignored_;
  std::mutex mutex_;  // of warnings_
  std::vector<Problem> warnings_;
  std::shared_ptr<const Json> attached_ = nullptr;
};

// The error that --strict turns a warning into.
Problem as_error(Problem warning);

// The fields of a problem that are set; `kind`, `path`, `message`, `hint`, `expected`, `given`, `file`, `line`,
// `column`, `severity`.
Json to_json(const Problem& problem);
Json to_json(const std::vector<Problem>& problems);

// Writes all of `text` to standard output. Ends the program as SIGPIPE would if nobody reads; else throws RunError on
// failure.
void write_output(std::string_view text);

using base::counted;
using base::decimal;
using base::exact_decimal;
using base::grouped;
using base::one_of;
using base::readable_bytes;
using base::readable_seconds;
using base::table;

}  // namespace synfire::command_line
