// SPDX-License-Identifier: Apache-2.0
#include <zlib.h>

#include <algorithm>
#include <new>
#include <set>
#include <vector>

#include "synfire/base/files.hpp"
#include "synfire/base/zip.hpp"
#include "synfire/error.hpp"
#include "zip_format.hpp"

namespace synfire::base {
namespace zip {
namespace {

constexpr std::uint64_t date = (1u << 5) | 1u;  // 1 January 1980: the same entries give the same bytes

std::uint64_t capped(std::uint64_t value) { return std::min<std::uint64_t>(value, in_zip64); }

bool is_ascii(const std::string& name) {
  return std::all_of(name.begin(), name.end(), [](unsigned char c) { return c < 128; });
}

// The fields that both records of an entry have between their marks and their sizes.
Record& describe(Record& record, const DirectoryEntry& entry, bool large) {
  return record.u16(large ? zip64_version : version)
      .u16(is_ascii(entry.name) ? 0 : utf8_name)
      .u16(entry.method)
      .u16(0)
      .u16(date)
      .u32(entry.checksum);
}

}  // namespace

Record local_record(const DirectoryEntry& entry, bool large) {
  Record record;
  describe(record.u32(local_mark), entry, large)
      .u32(large ? in_zip64 : entry.packed_bytes)
      .u32(large ? in_zip64 : entry.bytes)
      .u16(entry.name.size())
      .u16(large ? 20 : 0)
      .text(entry.name);
  if (large) record.u16(zip64_field).u16(16).u64(entry.bytes).u64(entry.packed_bytes);
  return record;
}

Record central_record(const DirectoryEntry& entry) {
  Record extra;
  for (const std::uint64_t each : {entry.bytes, entry.packed_bytes, entry.offset}) {
    if (each >= in_zip64) extra.u64(each);
  }
  const bool large = extra.size() != 0;
  Record record;
  describe(record.u32(central_mark).u16(large ? zip64_version : version), entry, large)
      .u32(capped(entry.packed_bytes))
      .u32(capped(entry.bytes))
      .u16(entry.name.size())
      .u16(large ? 4 + extra.size() : 0)
      .u16(0)  // bytes of a comment
      .u16(0)  // disk
      .u16(0)  // attributes
      .u32(0)
      .u32(capped(entry.offset))
      .text(entry.name);
  if (large) record.u16(zip64_field).u16(extra.size()).text(extra.text());
  return record;
}

Record end_record(std::uint64_t entries, std::uint64_t directory_offset, std::uint64_t directory_bytes) {
  Record record;
  if (entries >= count_in_zip64 || directory_offset >= in_zip64 || directory_bytes >= in_zip64) {
    record.u32(end64_mark).u64(end64_bytes - 12).u16(zip64_version).u16(zip64_version).u32(0).u32(0);
    record.u64(entries).u64(entries).u64(directory_bytes).u64(directory_offset);
    record.u32(locator_mark).u32(0).u64(directory_offset + directory_bytes).u32(1);
  }
  const std::uint64_t count = std::min<std::uint64_t>(entries, count_in_zip64);
  record.u32(end_mark).u16(0).u16(0).u16(count).u16(count);
  return record.u32(capped(directory_bytes)).u32(capped(directory_offset)).u16(0);
}

}  // namespace zip

namespace {

constexpr std::size_t packed_piece = std::size_t{1} << 18;  // bytes that zlib returns at a time
constexpr std::uint64_t large_from = 0xf0000000u;           // deflate can make an entry a little larger
constexpr std::size_t longest_name = 0xffff;

}  // namespace

struct ZipWriter::State {
  PendingFile pending;
  std::set<std::string> names = {};
  std::vector<zip::DirectoryEntry> entries = {};
  bool large = false;    // the entry that is being written
  bool packing = false;  // `stream` is in use
  z_stream stream = {};
  std::vector<std::byte> packed = std::vector<std::byte>(packed_piece);

  explicit State(const std::filesystem::path& path) : pending(path) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (packing) deflateEnd(&stream);
  }

  [[noreturn]] void fail(ProblemKind kind, const std::string& name, const std::string& message) const {
    throw DataError(
        {.kind = kind, .path = pending.path().string() + (name.empty() ? "" : ": " + name), .message = message});
  }

  void pack(std::span<const std::byte> bytes, int flush);
};

// zlib accepts less than 4 GiB at a time: `bytes` is at most one piece.
void ZipWriter::State::pack(std::span<const std::byte> bytes, int flush) {
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  do {
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    deflate(&stream, flush);
    const std::size_t count = packed.size() - stream.avail_out;
    pending.append(std::span(packed).first(count));
    entries.back().packed_bytes += count;
  } while (stream.avail_out == 0);
}

ZipWriter::ZipWriter(const std::filesystem::path& path) : state_(std::make_unique<State>(path)) {}

ZipWriter::~ZipWriter() = default;
ZipWriter::ZipWriter(ZipWriter&&) noexcept = default;
ZipWriter& ZipWriter::operator=(ZipWriter&&) noexcept = default;

void ZipWriter::add(const std::string& name, std::span<const std::byte> bytes, Compression compression) {
  begin(name, bytes.size(), compression);
  append(bytes);
  end();
}

void ZipWriter::begin(const std::string& name, std::uint64_t bytes, Compression compression) {
  if (name.size() > longest_name) state_->fail(ProblemKind::invalid_name, name, "the name is too long for an archive");
  if (!state_->names.insert(name).second)
    state_->fail(ProblemKind::duplicate_name, name, "the archive already has an entry with this name");
  const bool stored = compression == Compression::stored;
  state_->large = bytes >= large_from;
  state_->entries.push_back(
      {.name = name, .method = stored ? zip::stored : zip::deflated, .offset = state_->pending.size()});
  state_->pending.append(zip::local_record(state_->entries.back(), state_->large).bytes());
  if (stored) return;
  state_->stream = {};
  if (deflateInit2(&state_->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  state_->packing = true;
}

void ZipWriter::append(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  zip::DirectoryEntry& entry = state_->entries.back();
  entry.bytes += bytes.size();
  entry.checksum =
      static_cast<std::uint32_t>(crc32_z(entry.checksum, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
  if (!state_->packing) {
    state_->pending.append(bytes);
    entry.packed_bytes += bytes.size();
    return;
  }
  for (std::size_t first = 0; first < bytes.size(); first += packed_piece)
    state_->pack(bytes.subspan(first, std::min(packed_piece, bytes.size() - first)), Z_NO_FLUSH);
}

void ZipWriter::end() {
  zip::DirectoryEntry& entry = state_->entries.back();
  if (state_->packing) {
    state_->pack({}, Z_FINISH);
    deflateEnd(&state_->stream);
    state_->packing = false;
  }
  if (!state_->large && std::max(entry.bytes, entry.packed_bytes) >= zip::in_zip64)
    state_->fail(ProblemKind::wrong_data_size, entry.name, "the entry is larger than announced");
  state_->pending.write_at(entry.offset, zip::local_record(entry, state_->large).bytes());
}

void ZipWriter::finish() {
  const std::uint64_t directory = state_->pending.size();
  zip::Record tail;
  for (const zip::DirectoryEntry& entry : state_->entries) tail.text(zip::central_record(entry).text());
  tail.text(zip::end_record(state_->entries.size(), directory, tail.size()).text());
  state_->pending.append(tail.bytes());
  state_->pending.commit();
}

}  // namespace synfire::base
