// SPDX-License-Identifier: Apache-2.0
#include "synfire/base/pipes.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "synfire/error.hpp"

namespace synfire::base {
namespace {

using Key = std::pair<dev_t, ino_t>;

struct Kept {
  std::mutex mutex = {};
  std::map<Key, int> files = {};  // in memory, without names
};

// Never destroyed: threads may read while the process exits.
Kept& kept() {
  static auto* const instance = new Kept;
  return *instance;
}

[[noreturn]] void pipe_failed(const std::filesystem::path& path, int reason) {
  throw DataError({.kind = ProblemKind::file_access,
                   .path = path.string(),
                   .message = "the pipe cannot be read: " + std::generic_category().message(reason)});
}

std::optional<Key> pipe_at(const std::filesystem::path& path) {
  struct stat state {};
  if (::stat(path.c_str(), &state) != 0 || !S_ISFIFO(state.st_mode)) return std::nullopt;
  return Key{state.st_dev, state.st_ino};
}

// Half of this machine's memory, at most 8 GiB.
std::uint64_t most_bytes() {
  constexpr std::uint64_t most = std::uint64_t{8} << 30;
  const long pages = ::sysconf(_SC_PHYS_PAGES), page = ::sysconf(_SC_PAGESIZE);
  return pages > 0 && page > 0
             ? std::min(most, static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page) / 2)
             : most;
}

class OpenFile {
 public:
  explicit OpenFile(int number) : number_(number) {}
  ~OpenFile() {
    if (number_ >= 0) ::close(number_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int operator*() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

void write_piece(const std::filesystem::path& path, int file, const char* bytes, std::size_t count) {
  while (count > 0) {
    const ssize_t written = ::write(file, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) pipe_failed(path, written < 0 ? errno : ENOSPC);
    bytes += written;
    count -= static_cast<std::size_t>(written);
  }
}

int read_to_end(const std::filesystem::path& path) {
  const OpenFile pipe(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  OpenFile file(::memfd_create("synfire-pipe", MFD_CLOEXEC));
  if (*pipe < 0 || *file < 0) pipe_failed(path, errno);
  std::vector<char> piece(std::size_t{1} << 16);
  for (std::uint64_t total = 0;;) {
    const ssize_t count = ::read(*pipe, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) pipe_failed(path, errno);
    if (count == 0) return file.release();
    total += static_cast<std::uint64_t>(count);
    if (total > most_bytes()) {
      throw DataError({.kind = ProblemKind::unsupported,
                       .path = path.string(),
                       .message = "the pipe has too much data to keep in memory",
                       .hint = "write it to a file first",
                       .expected = "at most " + std::to_string(most_bytes() >> 20) + " MiB"});
    }
    write_piece(path, *file, piece.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace

void keep_pipe(const std::filesystem::path& path) {
  const auto key = pipe_at(path);
  if (!key) return;
  const std::scoped_lock lock(kept().mutex);
  if (!kept().files.contains(*key)) kept().files.emplace(*key, read_to_end(path));
}

std::filesystem::path readable(const std::filesystem::path& path) {
  const auto key = pipe_at(path);
  if (!key) return path;
  const std::scoped_lock lock(kept().mutex);
  const auto found = kept().files.find(*key);
  return found == kept().files.end() ? path : std::filesystem::path("/proc/self/fd/" + std::to_string(found->second));
}

}  // namespace synfire::base
