// SPDX-License-Identifier: Apache-2.0
#include "zip_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <set>
#include <system_error>

#include "synfire/base/files.hpp"
#include "synfire/error.hpp"

namespace synfire::base::zip {
namespace {

constexpr std::size_t longest_comment = 0xffff;
constexpr std::uint64_t largest_ratio = 1032;  // deflate cannot do better

// The directory of an archive, as its end describes it.
struct End {
  std::uint64_t entries = 0, bytes = 0, offset = 0;
  std::uint64_t place = 0;  // of the first record after the directory
};

bool is_mark(std::span<const std::byte> bytes, std::size_t at, std::uint32_t mark) {
  return bytes.size() >= at + 4 && u32(bytes, at) == mark;
}

// The ZIP64 record that a locator right before `end` points to, if there is one. If the archive is preceded by bytes
// that it does not count, the record is right before the locator.
std::optional<End> find_end64(const Source& source, std::uint64_t end) {
  if (end < locator_bytes + end64_bytes) return std::nullopt;
  const std::vector<std::byte> locator = source.read(end - locator_bytes, locator_bytes);
  if (!is_mark(locator, 0, locator_mark)) return std::nullopt;
  for (const std::uint64_t place : {u64(locator, 8), end - locator_bytes - end64_bytes}) {
    if (place > end - locator_bytes - end64_bytes) continue;
    const std::vector<std::byte> record = source.read(place, end64_bytes);
    if (!is_mark(record, 0, end64_mark)) continue;
    if (u32(record, 16) != 0 || u32(record, 20) != 0 || u64(record, 24) != u64(record, 32)) break;
    return End{u64(record, 32), u64(record, 40), u64(record, 48), place};
  }
  source.malformed("", "the directory of the archive is damaged");
}

End find_end(const Source& source) {
  const std::uint64_t most = std::min<std::uint64_t>(source.size(), end_bytes + longest_comment);
  const std::vector<std::byte> tail = source.read(source.size() - most, most);
  for (std::size_t at = tail.size() < end_bytes ? 0 : tail.size() - end_bytes + 1; at-- > 0;) {
    if (!is_mark(tail, at, end_mark)) continue;
    const auto record = std::span(tail).subspan(at);
    if (end_bytes + u16(record, 20) > record.size()) continue;
    const std::uint64_t place = source.size() - most + at;
    const bool whole = u16(record, 4) == 0 && u16(record, 6) == 0 && u16(record, 8) == u16(record, 10);
    const End end{u16(record, 10), u32(record, 12), u32(record, 16), place};
    if (end.entries == count_in_zip64 || end.bytes == in_zip64 || end.offset == in_zip64) {
      if (const auto end64 = find_end64(source, place)) return *end64;
    }
    if (!whole) source.malformed("", "the archive is split into several files");
    return end;
  }
  source.malformed("", "the end of the archive is missing");
}

// Reads the numbers that do not fit into the record from the extra data after the name.
void take_zip64(const Source& source, DirectoryEntry& entry, std::span<const std::byte> extra) {
  std::vector<std::uint64_t*> wanted;
  for (std::uint64_t* each : {&entry.bytes, &entry.packed_bytes, &entry.offset}) {
    if (*each == in_zip64) wanted.push_back(each);
  }
  while (extra.size() >= 4 && !wanted.empty()) {
    const std::size_t bytes = u16(extra, 2);
    if (bytes + 4 > extra.size()) break;
    if (u16(extra, 0) == zip64_field) {
      if (bytes < 8 * wanted.size()) break;
      for (std::size_t i = 0; i < wanted.size(); ++i) *wanted[i] = u64(extra, 4 + 8 * i);
      return;
    }
    extra = extra.subspan(bytes + 4);
  }
  // Without ZIP64 these are ordinary numbers.
  if (entry.offset == in_zip64) source.malformed(entry.name, "the directory of the archive is damaged");
}

// `remaining`: bytes of the archive that no earlier entry has claimed.
void check_sizes(const Source& source, const DirectoryEntry& entry, std::uint64_t& remaining) {
  const bool possible =
      entry.method == stored ? entry.bytes == entry.packed_bytes : entry.bytes / largest_ratio <= entry.packed_bytes;
  if (entry.packed_bytes > remaining || !possible)
    source.malformed(entry.name, "the entry claims a size that the archive cannot hold");
  remaining -= entry.packed_bytes;
}

// Removes and returns the first entry of the directory.
DirectoryEntry take_entry(const Source& source, std::span<const std::byte>& directory) {
  if (directory.size() < central_bytes || !is_mark(directory, 0, central_mark))
    source.malformed("", "the directory of the archive is damaged");
  const std::size_t name = u16(directory, 28), extra = u16(directory, 30), comment = u16(directory, 32);
  if (central_bytes + name + extra + comment > directory.size())
    source.malformed("", "the directory of the archive is damaged");
  DirectoryEntry entry{.name = std::string(reinterpret_cast<const char*>(directory.data()) + central_bytes, name),
                       .method = u16(directory, 10),
                       .checksum = u32(directory, 16),
                       .packed_bytes = u32(directory, 20),
                       .bytes = u32(directory, 24),
                       .offset = u32(directory, 42)};
  take_zip64(source, entry, directory.subspan(central_bytes + name, extra));
  if (entry.name.find('\0') != std::string::npos) source.malformed("", "an entry name contains a null byte");
  if ((u16(directory, 8) & encrypted) != 0) source.malformed(entry.name, "the entry is encrypted");
  if (entry.method != stored && entry.method != deflated)
    source.malformed(entry.name, "the entry is neither stored nor deflated");
  directory = directory.subspan(central_bytes + name + extra + comment);
  return entry;
}

// Where the directory begins; not at its recorded offset if bytes precede the archive.
std::uint64_t begin_of(const Source& source, const End& end) {
  const auto begins_at = [&](std::uint64_t place) {
    std::byte mark[4];
    return place <= end.place && end.bytes <= end.place - place &&
           (end.entries == 0 || (source.read(place, mark) && is_mark(mark, 0, central_mark)));
  };
  if (begins_at(end.offset)) return end.offset;
  if (end.bytes <= end.place && begins_at(end.place - end.bytes)) return end.place - end.bytes;
  source.malformed("", "the directory of the archive is damaged");
}

}  // namespace

Source::Source(const std::filesystem::path& path) : name_(path.string()) {
  const auto fail = [&](int reason) {
    throw DataError({.kind = ProblemKind::file_access,
                     .path = name_,
                     .message = "the file cannot be read: " + std::generic_category().message(reason)});
  };
  struct stat state {};
  if (::stat(path.c_str(), &state) != 0) fail(errno);
  if (!S_ISREG(state.st_mode)) {
    owned_ = read_file(path);
    memory_ = owned_;
    size_ = owned_.size();
    return;
  }
  file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file_ < 0 || ::fstat(file_, &state) != 0) fail(errno);
  size_ = static_cast<std::uint64_t>(state.st_size);
}

Source::~Source() {
  if (file_ >= 0) ::close(file_);
}

bool Source::read(std::uint64_t offset, std::span<std::byte> bytes) const {
  if (offset > size_ || bytes.size() > size_ - offset) return false;
  if (file_ < 0) {
    if (!bytes.empty()) std::memcpy(bytes.data(), memory_.data() + offset, bytes.size());
    return true;
  }
  while (!bytes.empty()) {
    const ssize_t count = ::pread(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return true;
}

std::vector<std::byte> Source::read(std::uint64_t offset, std::uint64_t count) const {
  if (offset > size_ || count > size_ - offset) malformed("", "the archive is truncated");
  std::vector<std::byte> bytes(static_cast<std::size_t>(count));
  if (!read(offset, std::span(bytes))) malformed("", "the archive is truncated");
  return bytes;
}

void Source::malformed(const std::string& entry, const std::string& message) const {
  throw DataError({.kind = ProblemKind::malformed_file,
                   .path = entry.empty() ? name_ : name_ + ": " + entry,
                   .message = message,
                   .expected = "a ZIP archive"});
}

std::vector<DirectoryEntry> read_directory(const Source& source) {
  const End end = find_end(source);
  const std::uint64_t begin = begin_of(source, end);
  if (end.entries > end.bytes / central_bytes) source.malformed("", "the directory of the archive is damaged");
  const std::vector<std::byte> bytes = source.read(begin, end.bytes);
  std::span<const std::byte> directory = bytes;
  std::vector<DirectoryEntry> entries;
  std::set<std::string> names;
  std::uint64_t remaining = source.size();
  const std::uint64_t before = begin - std::min(begin, end.offset);  // bytes before the archive
  for (std::uint64_t i = 0; i < end.entries; ++i) {
    DirectoryEntry& entry = entries.emplace_back(take_entry(source, directory));
    check_sizes(source, entry, remaining);
    if (entry.offset > begin - before) source.malformed(entry.name, "the entry is outside the archive");
    entry.offset += before;
    if (!names.insert(entry.name).second) source.malformed(entry.name, "the archive has two entries with this name");
  }
  return entries;
}

std::uint64_t data_offset(const Source& source, const DirectoryEntry& entry) {
  std::byte record[local_bytes];
  if (!source.read(entry.offset, record) || !is_mark(record, 0, local_mark) || u16(record, 8) != entry.method ||
      u16(record, 26) != entry.name.size())
    source.malformed(entry.name, "the header of the entry is damaged");
  std::string name(entry.name.size(), '\0');
  if (!source.read(entry.offset + local_bytes, std::as_writable_bytes(std::span(name))) || name != entry.name)
    source.malformed(entry.name, "the header of the entry is damaged");
  return entry.offset + local_bytes + name.size() + u16(record, 28);
}

}  // namespace synfire::base::zip
