// SPDX-License-Identifier: Apache-2.0
// What is in a file of data: numbers, units, ranges, rates.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "data/event_source.hpp"
#include "output.hpp"

namespace synfire::command_line {

struct DataSummary {
  std::string format;                                      // "recordings (nmnist)", "spike trains", "array", …
  std::vector<std::pair<std::string, std::string>> lines;  // for people
  Json document;                                           // the same for programs
};

// One file; for recordings also a folder. `array`: one of an .npz; empty: all. Throws DataError.
DataSummary summarize_data(const std::filesystem::path& path, const std::string& array,
                           const std::optional<EventSettings>& events);

}  // namespace synfire::command_line
