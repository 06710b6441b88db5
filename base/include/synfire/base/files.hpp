// SPDX-License-Identifier: Apache-2.0
// Reading and writing whole files. A written file appears under its name only once it is complete and on disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "synfire/base/abandon.hpp"

namespace synfire::base {

// The bytes of a file. Throws DataError (file_access).
std::vector<std::byte> read_file(const std::filesystem::path& path);

// Replaces the file `path` with `bytes`, or leaves it unchanged. Throws DataError (file_access).
void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);

// Throws DataError (file_access) if `path` cannot be written: the folder is missing or not writable, a folder or a
// read-only file has this name, or links form a cycle. Writes nothing.
void require_writable(const std::filesystem::path& path);

// The file that writing to `path` replaces: absolute, links followed. Two names of one file give the same path. Throws
// DataError (file_access) if links form a cycle.
std::filesystem::path output_place(const std::filesystem::path& path);

// Whether writing to `path` writes to standard output: `-`, /dev/stdout, or the file it is redirected to.
bool is_standard_output(const std::filesystem::path& path);

// Whether output to `path` is written through, because there is no file to replace: `-` (standard output), a device, a
// pipe.
bool is_written_through(const std::filesystem::path& path);

// 16 unpredictable hexadecimal digits, for names.
std::string random_token();

// Creates the empty file `path`, which must not exist, with the mode and owner of `like` if that exists; writing to
// `path` keeps them. Throws DataError (file_access).
void create_like(const std::filesystem::path& path, const std::filesystem::path& like);

// Makes renames and removals in the folder survive a system crash. Not an error on file systems that cannot.
void sync_folder(const std::filesystem::path& folder) noexcept;

// Whether a file must be on disk when commit() returns. Files that can be recreated need not be.
enum class Durability { synced, unsynced };

// Mode and owner of a file.
struct Rights {
  unsigned mode = 0, user = 0, group = 0;
};

// A file being written next to `path` under a unique name. commit() renames it to `path`, with the mode and owner of
// the file it replaces; without commit(), the destructor or abandon() removes it. Links are followed: their target is
// replaced. If is_written_through(path), it is in the folder for temporary files and commit() copies it. All members
// throw DataError (file_access) that names `path`.
class PendingFile {
 public:
  explicit PendingFile(std::filesystem::path path, Durability durability = Durability::synced);
  ~PendingFile();
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }  // as given
  const std::filesystem::path& temporary() const noexcept {
    return temporary_;
  }                                                  // for programs that write it themselves
  int descriptor() const noexcept { return file_; }  // open for reading and writing

  void append(std::span<const std::byte> bytes);
  // Overwrites bytes that were appended.
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes);
  std::uint64_t size() const noexcept { return size_; }
  void commit();
  bool committed() const noexcept { return committed_; }  // also if commit() threw after the rename

 private:
  void find_place();
  void create();
  void remove() const noexcept;
  void copy_through() const;
  [[noreturn]] void fail(const std::string& message, int reason) const;

  std::filesystem::path path_, place_, temporary_;
  Durability durability_;
  bool through_ = false;
  std::optional<Rights> replaced_ = {};  // those of the existing file
  int file_ = -1;
  std::uint64_t size_ = 0;
  bool committed_ = false;
  OnAbandon on_abandon_;
};

}  // namespace synfire::base
