// SPDX-License-Identifier: Apache-2.0
// Where the values of a description come from: its text, or overrides.
#pragma once

#include <string>
#include <vector>

#include "files/json.hpp"
#include "synfire/error.hpp"

namespace synfire::files {

struct Source {
  std::string file;                   // the name of the text
  std::vector<Place> overrides = {};  // by json::Position::origin, from 1

  Place place(json::Position position) const {
    if (position.origin > 0) return overrides[position.origin - 1];
    return {.file = file, .line = position.line, .column = position.column};
  }
};

}  // namespace synfire::files
