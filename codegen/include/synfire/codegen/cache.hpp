// SPDX-License-Identifier: Apache-2.0
// The cache of compiled programs: the interface for tools.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace synfire::codegen {

// The folder of the cache: `chosen`, or if that is empty $SYNFIRE_CACHE, $XDG_CACHE_HOME/synfire or ~/.cache/synfire.
// "-": no cache.
std::string cache_folder(const std::string& chosen = {});

struct CachedProgram {
  std::string key;           // hash of everything it was compiled from, hexadecimal
  std::string device;        // "host", "cuda"
  std::uintmax_t bytes = 0;  // of all its files
  std::filesystem::file_time_type written = std::filesystem::file_time_type::min();  // of the newest of them
  std::vector<std::filesystem::path> files = {};                                     // binary, seal and source
};

// Programs in the folder, newest first. Files that do not belong to the cache are skipped; no folder: none.
std::vector<CachedProgram> cached_programs(const std::string& folder);

// Removes them and what interrupted writers left behind; leaves everything else in the folder alone. Returns the number
// of bytes removed. Throws DataError (file_access).
std::uintmax_t clear_cache(const std::string& folder);

}  // namespace synfire::codegen
