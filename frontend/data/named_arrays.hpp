// SPDX-License-Identifier: Apache-2.0
// The arrays of a file with a known layout: missing and malformed ones are reported.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "synfire/npz.hpp"

namespace synfire {

// Throws DataError (malformed_file).
[[noreturn]] void malformed(const std::string& path, const std::string& message, const std::string& expected,
                            const std::string& given, const std::string& hint = {});

class NamedArrays {
 public:
  // `expected`: the arrays of such a file, for messages.
  NamedArrays(const Arrays& arrays, std::string expected) : arrays_(arrays), expected_(std::move(expected)) {}

  bool has(const std::string& name) const { return arrays_.contains(name); }
  const Array& find(const std::string& name) const;
  // The file and name of an existing array, for messages.
  std::string path_of(const std::string& name) const;
  // The values of an array with the given number of axes. Does not convert between integers and floating point. Throws
  // malformed_file; invalid_value for a number that T cannot hold. For T: u32, u64, float, double.
  template <class T>
  std::vector<T> list(const std::string& name, std::size_t axes = 1) const;

 private:
  const Arrays& arrays_;
  std::string expected_;
};

}  // namespace synfire
