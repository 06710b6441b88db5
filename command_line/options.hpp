// SPDX-License-Identifier: Apache-2.0
// Tables of the options and operands of a command; the parser, --help, the manual, the completion and the reference are
// made from them.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "synfire/error.hpp"

namespace synfire::command_line {

// The command line is wrong (exit code 2).
class UsageError : public Error {
 public:
  using Error::Error;
};

struct Option {
  std::string name;        // without the dashes
  std::string value = {};  // placeholder for its value in help, for example "FILE"; empty: a flag
  std::string help = {};
  bool repeated = false;
  char letter = 0;                      // a short form, for example 'o'
  std::vector<std::string> words = {};  // the values that it accepts, if they are few
};

// A positional argument.
struct Operand {
  std::string name;  // "MODEL"
  std::string help = {};
  bool optional = false;
  bool repeated = false;                // takes all remaining arguments; only for the last operand
  std::vector<std::string> words = {};  // like those of an option; if empty, it is completed as a file
};

// The user's arguments, checked against the tables. All accessors throw UsageError for an invalid value.
class Arguments {
 public:
  void add(const std::string& name, const std::string& value) { values_[name].push_back(value); }

  bool has(const std::string& name) const { return values_.contains(name); }
  // The value of an option or operand; `otherwise` if it was not given.
  std::string text(const std::string& name, const std::string& otherwise = {}) const;
  // All values of one that can be repeated.
  const std::vector<std::string>& list(const std::string& name) const;
  // The parts between commas of its values.
  std::vector<std::string> parts(const std::string& name) const;
  std::optional<std::uint64_t> integer(const std::string& name, std::uint64_t least,
                                       std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) const;
  std::optional<double> number(const std::string& name) const;

 private:
  std::map<std::string, std::vector<std::string>> values_;
};

// Throws UsageError, with the nearest name for an unknown option.
Arguments parse(const std::vector<Operand>& operands, const std::vector<Option>& options,
                const std::vector<std::string>& words);

// A problem of an option or operand; `path` is its name, such as `--scale`.
Problem usage_problem(const std::string& path, const std::string& message, const std::string& hint = {},
                      const std::string& expected = {}, const std::string& given = {});

// `text` as a number; nothing unless all of it is one.
std::optional<std::uint64_t> to_integer(const std::string& text);
std::optional<double> to_number(const std::string& text);
// `1000`, `64K`, `512M`, `4G`, `1T`: bytes, in powers of 1024.
std::optional<std::size_t> to_bytes(const std::string& text);

std::vector<std::string> split(const std::string& text, char separator);

}  // namespace synfire::command_line
