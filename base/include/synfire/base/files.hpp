// SPDX-License-Identifier: Apache-2.0
// Whole files in and out. A file that is written appears under its name only when it is complete and on the disk.
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

// Replaces the file `path` by `bytes`, or leaves it as it was. Throws DataError (file_access).
void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);

// What is in the way of writing `path`, if anything is: a folder that is not there or takes no files, a folder or a read-only file
// of this name, links that lead in a circle. Throws DataError (file_access). Nothing is written.
void require_writable(const std::filesystem::path& path);

// The file that writing to `path` replaces: absolute, links followed. Two names of one file give the same path. Throws DataError
// (file_access) for links that lead in a circle.
std::filesystem::path output_place(const std::filesystem::path& path);

// Whether what is written to `path` goes to standard output: `-`, /dev/stdout, the file that it is redirected to.
bool is_standard_output(const std::filesystem::path& path);

// Whether what is written to `path` goes through as it comes, because there is nothing to replace: `-` (standard output), a
// device, a pipe.
bool is_written_through(const std::filesystem::path& path);

// 16 hexadecimal digits that nobody can foresee, for names.
std::string random_token();

// Makes an empty file `path`, where none may be, with the mode and the owner of `like` if that is there: what is written to
// `path` then has them too. Throws DataError (file_access).
void create_like(const std::filesystem::path& path, const std::filesystem::path& like);

// Whatever was renamed or removed in the folder stays so when the machine stops. Some cannot promise that: it is no error.
void sync_folder(const std::filesystem::path& folder) noexcept;

// Whether a file must be on the disk when commit() returns. What can be made again need not.
enum class Durability { synced, unsynced };

// Who may do what with a file.
struct Rights {
  unsigned mode = 0, user = 0, group = 0;
};

// A file that is being written beside `path` under a name that nobody else has. commit() renames it to `path`, with the mode and
// the owner of the file that it replaces; without that, the destructor removes it, and so does abandon(). Links are followed:
// what they lead to is replaced. What is_written_through lies in the folder for temporary files and is copied by commit().
// All members throw DataError (file_access) that names `path`.
class PendingFile {
 public:
  explicit PendingFile(std::filesystem::path path, Durability durability = Durability::synced);
  ~PendingFile();
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }  // as it was given
  const std::filesystem::path& temporary() const noexcept {
    return temporary_;
  }                                                  // for programs that write it themselves
  int descriptor() const noexcept { return file_; }  // open for reading and writing

  void append(std::span<const std::byte> bytes);
  // Replaces bytes that were appended.
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes);
  std::uint64_t size() const noexcept { return size_; }
  void commit();
  bool committed() const noexcept { return committed_; }  // also where commit() threw once the file had its name

 private:
  void find_place();
  void create();
  void remove() const noexcept;
  void copy_through() const;
  [[noreturn]] void fail(const std::string& message, int reason) const;

  std::filesystem::path path_, place_, temporary_;
  Durability durability_;
  bool through_ = false;
  std::optional<Rights> replaced_ = {};  // those of the file that is there
  int file_ = -1;
  std::uint64_t size_ = 0;
  bool committed_ = false;
  OnAbandon on_abandon_;
};

}  // namespace synfire::base
