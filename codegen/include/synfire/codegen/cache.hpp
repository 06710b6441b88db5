// SPDX-License-Identifier: Apache-2.0
// The cache of compiled programs, as tools see it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace synfire::codegen {

// Where it is: `chosen` unless that is empty; else $SYNFIRE_CACHE, $XDG_CACHE_HOME/synfire, ~/.cache/synfire. "-": nowhere.
std::string cache_folder(const std::string& chosen = {});

struct CachedProgram {
  std::string key;           // of what it was compiled from, hexadecimal
  std::string device;        // "host", "cuda"
  std::uintmax_t bytes = 0;  // of all its files
  std::filesystem::file_time_type written = std::filesystem::file_time_type::min();  // the latest of them
  std::vector<std::filesystem::path> files = {};                                     // binary, seal and source
};

// Programs in the folder, the newest first. What is not of the cache is passed over; no folder: none.
std::vector<CachedProgram> cached_programs(const std::string& folder);

// Removes them, and what writers that were interrupted left. Nothing else in the folder is touched. Returns how many bytes
// that were. Throws DataError (file_access).
std::uintmax_t clear_cache(const std::string& folder);

}  // namespace synfire::codegen
