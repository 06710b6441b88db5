// SPDX-License-Identifier: Apache-2.0
// A temporary folder for one test, and helpers shared by tests of files.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "synfire/error.hpp"

namespace synfire::test {

class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "synfire-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "cannot create a folder for the test's files";
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::filesystem::path path_;
};

inline std::vector<std::byte> bytes_of(std::string_view text) {
  const auto* const begin = reinterpret_cast<const std::byte*>(text.data());
  return {begin, begin + text.size()};
}

// Runs `action`, which must throw an `ErrorType`, and returns its problems.
template <class ErrorType, class Action>
std::vector<Problem> problems_of(Action action) {
  try {
    action();
  } catch (const ErrorType& error) {
    return error.problems();
  }
  ADD_FAILURE() << "no error was thrown";
  return {};
}

// The kind of the only problem.
template <class ErrorType, class Action>
std::string kind_of(Action action) {
  const std::vector<Problem> problems = problems_of<ErrorType>(action);
  EXPECT_EQ(problems.size(), 1u);
  return problems.empty() ? "none" : std::string(to_string(problems.front().kind));
}

}  // namespace synfire::test
