// SPDX-License-Identifier: Apache-2.0
// The records of ZIP archives (PKWARE's APPNOTE.TXT 6.3.10) that the reader and the writer share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace synfire::base::zip {

inline constexpr std::uint32_t local_mark = 0x04034b50, central_mark = 0x02014b50, end_mark = 0x06054b50;
inline constexpr std::uint32_t end64_mark = 0x06064b50, locator_mark = 0x07064b50;
inline constexpr std::size_t local_bytes = 30, central_bytes = 46, end_bytes = 22, end64_bytes = 56, locator_bytes = 20;

inline constexpr std::uint16_t encrypted = 1u << 0, utf8_name = 1u << 11;  // flags of an entry
inline constexpr std::uint16_t stored = 0, deflated = 8;                   // methods
inline constexpr std::uint16_t zip64_field = 1;                            // of the extra data of an entry

// Replaces a number that does not fit into its record; the number itself is in a ZIP64 record.
inline constexpr std::uint32_t in_zip64 = 0xffffffff;
inline constexpr std::uint16_t count_in_zip64 = 0xffff;

inline constexpr std::uint16_t version = 20, zip64_version = 45;  // that a reader needs

// Little-endian numbers.
template <class T>
T number(std::span<const std::byte> bytes, std::size_t offset) {
  T value = 0;
  for (std::size_t i = sizeof(T); i-- > 0;) value = static_cast<T>(value << 8 | static_cast<T>(bytes[offset + i]));
  return value;
}
inline std::uint16_t u16(std::span<const std::byte> bytes, std::size_t at) { return number<std::uint16_t>(bytes, at); }
inline std::uint32_t u32(std::span<const std::byte> bytes, std::size_t at) { return number<std::uint32_t>(bytes, at); }
inline std::uint64_t u64(std::span<const std::byte> bytes, std::size_t at) { return number<std::uint64_t>(bytes, at); }

// A record, built number by number.
class Record {
 public:
  Record& u16(std::uint64_t value) { return put(value, 2); }
  Record& u32(std::uint64_t value) { return put(value, 4); }
  Record& u64(std::uint64_t value) { return put(value, 8); }
  Record& text(std::string_view text) {
    bytes_ += text;
    return *this;
  }
  std::size_t size() const { return bytes_.size(); }
  const std::string& text() const { return bytes_; }
  std::span<const std::byte> bytes() const { return std::as_bytes(std::span(bytes_)); }

 private:
  Record& put(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) bytes_ += static_cast<char>(value >> (8 * i) & 0xff);
    return *this;
  }
  std::string bytes_;
};

// An entry of the directory of an archive.
struct DirectoryEntry {
  std::string name;
  std::uint16_t method = stored;
  std::uint32_t checksum = 0;
  std::uint64_t packed_bytes = 0, bytes = 0;
  std::uint64_t offset = 0;  // of its local record
};

// The records of an entry: before its bytes, and in the directory. `large`: the first has ZIP64 sizes (the second has
// them where needed).
Record local_record(const DirectoryEntry& entry, bool large);
Record central_record(const DirectoryEntry& entry);
// What follows a directory of `entries` entries.
Record end_record(std::uint64_t entries, std::uint64_t directory_offset, std::uint64_t directory_bytes);

}  // namespace synfire::base::zip
