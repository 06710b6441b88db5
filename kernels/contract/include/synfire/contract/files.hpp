// SPDX-License-Identifier: Apache-2.0
// Whole files in and out. A file that is written appears under its name only when it is complete.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

#include "synfire/contract/abandon.hpp"

namespace synfire::contract {

// The bytes of a file. Throws DataError (file_access).
std::vector<std::byte> read_file(const std::filesystem::path& path);

// Replaces the file `path` by `bytes`, or leaves it as it was. Throws DataError (file_access).
void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);

// A name beside `path` to write to: commit() renames it to `path`; without that, the destructor removes it, and so does
// abandon().
class PendingFile {
 public:
  explicit PendingFile(std::filesystem::path path);
  ~PendingFile();
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }            // where it will be
  const std::filesystem::path& temporary() const noexcept { return temporary_; }  // where to write it
  // Throws DataError (file_access).
  void commit();

 private:
  std::filesystem::path path_, temporary_;
  bool committed_ = false;
  OnAbandon on_abandon_;
};

}  // namespace synfire::contract
