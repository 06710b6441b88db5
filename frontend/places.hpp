// SPDX-License-Identifier: Apache-2.0
// The places of the parts of a network, by the paths of problems.
#pragma once

#include <map>
#include <string>

#include "synfire/error.hpp"

namespace synfire {

class Places {
 public:
  void add(const std::string& path, Place place) { places_.emplace(path, std::move(place)); }

  // Sets the place of the problem to that of the smallest part that contains its path; if none is known, it keeps its
  // own.
  void refine(Problem& problem) const {
    for (std::size_t end = problem.path.size(); end > 0; --end) {
      const bool whole = end == problem.path.size() || !is_word(problem.path[end]) || !is_word(problem.path[end - 1]);
      const auto found = whole ? places_.find(problem.path.substr(0, end)) : places_.end();
      if (found != places_.end()) return void(problem.place = found->second);
    }
  }

 private:
  static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }

  std::map<std::string, Place> places_;
};

}  // namespace synfire
