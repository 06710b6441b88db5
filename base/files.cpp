// SPDX-License-Identifier: Apache-2.0
#include "synfire/base/files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <system_error>

#include "synfire/base/pipes.hpp"
#include "synfire/error.hpp"

namespace synfire::base {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& message, int reason) {
  throw DataError({.kind = ProblemKind::file_access,
                   .path = path.string(),
                   .message = message + ": " + std::generic_category().message(reason)});
}

// Devices such as /dev/zero. A terminal ends when its user ends the input.
bool is_endless(std::FILE* file) {
  const int descriptor = ::fileno(file);
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return false;
  if (S_ISBLK(status.st_mode)) return true;
  if (!S_ISCHR(status.st_mode) || ::isatty(descriptor) == 1) return false;
  struct stat null {};
  return ::stat("/dev/null", &null) != 0 || status.st_rdev != null.st_rdev;
}

}  // namespace

std::vector<std::byte> read_file(const std::filesystem::path& path) {
  const std::filesystem::path opened = readable(path);
  const File file(std::fopen(opened.c_str(), "rb"), &std::fclose);
  if (!file) fail(path, "the file cannot be opened", errno);
  std::error_code ignored;
  if (is_endless(file.get())) {
    throw DataError({.kind = ProblemKind::file_access,
                     .path = path.string(),
                     .message = "the file is a device, which never ends",
                     .expected = "a file or a pipe"});
  }
  const std::uintmax_t known = std::filesystem::file_size(opened, ignored);
  std::vector<std::byte> bytes(ignored ? 0 : static_cast<std::size_t>(known) + 1);  // + 1: to see the end at once
  std::size_t used = 0;
  for (;;) {
    if (used == bytes.size()) bytes.resize(std::max<std::size_t>(2 * used, 1 << 16));
    const std::size_t read = std::fread(bytes.data() + used, 1, bytes.size() - used, file.get());
    used += read;
    if (read == 0) break;
  }
  if (std::ferror(file.get()) != 0) fail(path, "the file cannot be read", errno);
  bytes.resize(used);
  return bytes;
}

}  // namespace synfire::base
