// SPDX-License-Identifier: Apache-2.0
// Collects the problems of one object of a network, and fills in the path and the user's file and line.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "synfire/error.hpp"

namespace synfire::ir {

class Report {
 public:
  Report(std::vector<Problem>& problems, std::string path, Place place)
      : problems_(&problems), path_(std::move(path)), place_(std::move(place)) {}

  // A report on a part of the object: `at(".weight")`.
  Report at(const std::string& suffix) const { return {*problems_, path_ + suffix, place_}; }

  // Adds a problem; its path and place are filled in.
  void add(Problem problem) const {
    problem.path = path_;
    problem.place = place_;
    problems_->push_back(std::move(problem));
  }

  std::size_t count() const { return problems_->size(); }

 private:
  std::vector<Problem>* problems_;
  std::string path_;
  Place place_;
};

}  // namespace synfire::ir
