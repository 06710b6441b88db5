// SPDX-License-Identifier: Apache-2.0
// Matching problems by their fields, never by their text.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "synfire/error.hpp"

namespace synfire {

// Prints a problem for GoogleTest.
inline void PrintTo(const Problem& problem, std::ostream* stream) {
  *stream << to_string(problem.kind) << " at " << to_string(problem);
}

inline void PrintTo(const Place& place, std::ostream* stream) {
  *stream << place.file << ':' << place.line << ':' << place.column;
}

namespace test {

// A problem of this kind at this path.
inline auto problem_at(ProblemKind kind, const std::string& path) {
  return ::testing::AllOf(::testing::Field("kind", &Problem::kind, kind),
                          ::testing::Field("path", &Problem::path, path));
}

// The same, with its expected and given values.
inline auto problem_with(ProblemKind kind, const std::string& path, const std::string& expected,
                         const std::string& given) {
  return ::testing::AllOf(problem_at(kind, path), ::testing::Field("expected", &Problem::expected, expected),
                          ::testing::Field("given", &Problem::given, given));
}

// The problems of the ModelError thrown by `action`; empty if it throws none.
inline std::vector<Problem> thrown_by(const std::function<void()>& action) {
  try {
    action();
  } catch (const ModelError& error) {
    return error.problems();
  }
  return {};
}

}  // namespace test
}  // namespace synfire
