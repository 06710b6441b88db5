// SPDX-License-Identifier: Apache-2.0
// Collects the problems that a check finds.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "synfire/error.hpp"

namespace synfire::artifact {

class ProblemList {
 public:
  // The path of each problem begins with `path`.
  explicit ProblemList(std::string path) : path_(std::move(path)) {}

  // Reports a problem unless `fine`; returns `fine`.
  bool check(bool fine, const std::string& path, const char* message, std::string expected = {},
             std::string given = {}) {
    if (!fine && problems_.size() < most) {
      problems_.push_back({.kind = ProblemKind::malformed_file,
                           .path = path_ + ": " + path,
                           .message = message,
                           .expected = std::move(expected),
                           .given = std::move(given)});
    }
    return fine;
  }
  template <class T>
  bool check_range(T value, T least, T greatest, const std::string& path) {
    return check(least <= value && value <= greatest, path, "the number is out of range",
                 std::to_string(least) + " to " + std::to_string(greatest), std::to_string(value));
  }
  std::vector<Problem> take() { return std::move(problems_); }
  bool empty() const { return problems_.empty(); }

 private:
  static constexpr std::size_t most = 50;  // enough to see what is wrong
  std::string path_;
  std::vector<Problem> problems_;
};

}  // namespace synfire::artifact
