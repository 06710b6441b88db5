// SPDX-License-Identifier: Apache-2.0
// The directory of a ZIP archive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "zip_format.hpp"

namespace synfire::base::zip {

// The bytes of an archive: in a file, which stays open, or in memory.
class Source {
 public:
  // Throws DataError (file_access). Anything but a regular file is read into memory.
  explicit Source(const std::filesystem::path& path);
  Source(std::span<const std::byte> bytes, std::string name)
      : name_(std::move(name)), memory_(bytes), size_(bytes.size()) {}
  ~Source();
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  const std::string& name() const { return name_; }
  std::uint64_t size() const { return size_; }
  // Whether all of `bytes` could be read at `offset`.
  bool read(std::uint64_t offset, std::span<std::byte> bytes) const;
  // The same, as a copy; throws DataError (malformed_file) if the archive ends too early.
  std::vector<std::byte> read(std::uint64_t offset, std::uint64_t count) const;

  [[noreturn]] void malformed(const std::string& entry, const std::string& message) const;

 private:
  std::string name_;
  int file_ = -1;
  std::vector<std::byte> owned_ = {};
  std::span<const std::byte> memory_ = {};
  std::uint64_t size_ = 0;
};

// All entries. Throws DataError (malformed_file) for a damaged directory, two entries with one name, and entries that
// are encrypted, neither stored nor deflated, or larger than the archive can hold.
std::vector<DirectoryEntry> read_directory(const Source& source);

// Where the bytes of the entry begin. Throws DataError (malformed_file) if the record before them is of another entry.
std::uint64_t data_offset(const Source& source, const DirectoryEntry& entry);

// The first bytes of the entry, unpacked: `most`, or all. The checksum is not compared. Throws DataError
// (malformed_file).
std::vector<std::byte> read_start(const Source& source, const DirectoryEntry& entry, std::size_t most);

}  // namespace synfire::base::zip
