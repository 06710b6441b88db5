// SPDX-License-Identifier: Apache-2.0
#include "recording/spool.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "synfire/base/files.hpp"
#include "synfire/error.hpp"

namespace synfire::runtime {

Spool::Spool(const std::filesystem::path& beside) : path_(beside.string()) {
  const base::PendingFile named(beside);  // is unlinked at once
  file_ = ::fcntl(named.descriptor(), F_DUPFD_CLOEXEC, 0);
  if (file_ < 0) fail("the file cannot be written", errno);
}

Spool::~Spool() {
  if (file_ >= 0) ::close(file_);
}

Spool::Spool(Spool&& other) noexcept
    : path_(std::move(other.path_)), file_(std::exchange(other.file_, -1)), bytes_(std::exchange(other.bytes_, 0)) {}

void Spool::write(std::uint64_t offset, std::span<const std::byte> data) {
  while (!data.empty()) {
    const ssize_t written = ::pwrite(file_, data.data(), data.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail("the file cannot be written", written < 0 ? errno : ENOSPC);
    data = data.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
    bytes_ = std::max(bytes_, offset);
  }
}

void Spool::read(std::uint64_t offset, std::span<std::byte> data) const {
  while (!data.empty()) {
    const ssize_t got = ::pread(file_, data.data(), data.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) fail("the temporary file cannot be read back", got < 0 ? errno : EIO);
    data = data.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
}

void Spool::fail(const std::string& message, int reason) const {
  throw DataError({.kind = ProblemKind::file_access,
                   .path = path_,
                   .message = message + ": " + std::generic_category().message(reason)});
}

}  // namespace synfire::runtime
