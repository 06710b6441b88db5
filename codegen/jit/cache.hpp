// SPDX-License-Identifier: Apache-2.0
// The compile cache: binaries on disk, keyed by a hash of everything that went into them, each with its source.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace synfire::codegen::jit {

struct CacheEntry {
  std::vector<std::byte> bytes;
  std::string log;
  std::string path;  // of the binary
};

class Cache {
 public:
  // `folder`: as for cache_folder().
  explicit Cache(const std::string& folder);

  // The hash of the parts, each delimited.
  static std::string key(const std::vector<std::string>& parts);

  // nullopt if there is no entry, or if it is damaged.
  std::optional<CacheEntry> find(const std::string& key, const std::string& extension) const;
  // Stores by writing to a temporary name and renaming; returns the path, or an empty string on failure (a cache that
  // cannot be written is not an error).
  std::string store(const std::string& key, const std::string& extension, const std::vector<std::byte>& bytes,
                    const std::string& log, const std::string& source, const std::string& source_extension) const;

 private:
  std::string folder_;
};

}  // namespace synfire::codegen::jit
