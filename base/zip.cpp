// SPDX-License-Identifier: Apache-2.0
#include "synfire/base/zip.hpp"

#include <zlib.h>

#include <algorithm>
#include <new>

#include "zip_directory.hpp"

namespace synfire::base {
namespace {

constexpr std::size_t piece = std::size_t{1} << 20;  // bytes handed to zlib at a time

// Unpacks the bytes of an entry, in order.
class Unpacker {
 public:
  explicit Unpacker(const zip::Source& source, const zip::DirectoryEntry& entry)
      : source_(source), at_(zip::data_offset(source, entry)), packed_left_(entry.packed_bytes) {
    if (entry.method == zip::stored) return;
    if (inflateInit2(&stream_, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
    packed_ = true;
    buffer_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(piece, packed_left_)));
  }
  ~Unpacker() {
    if (packed_) inflateEnd(&stream_);
  }
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;

  // Whether all of `bytes` could be read.
  bool read(std::span<std::byte> bytes) { return packed_ ? inflate_into(bytes) : copy(bytes); }

  // Whether the entry ends here.
  bool is_at_end() {
    if (!packed_) return packed_left_ == 0;
    std::byte more;
    return ended_ || (!inflate_into(std::span(&more, 1)) && ended_ && stream_.avail_out == 1);
  }

 private:
  bool copy(std::span<std::byte> bytes) {
    if (bytes.size() > packed_left_ || !source_.read(at_, bytes)) return false;
    at_ += bytes.size();
    packed_left_ -= bytes.size();
    return true;
  }

  bool inflate_into(std::span<std::byte> bytes) {
    stream_.next_out = reinterpret_cast<Bytef*>(bytes.data());
    stream_.avail_out = static_cast<uInt>(bytes.size());
    while (stream_.avail_out > 0 && !ended_) {
      if (stream_.avail_in == 0 && packed_left_ > 0) {
        const auto part =
            std::span(buffer_).first(static_cast<std::size_t>(std::min<std::uint64_t>(buffer_.size(), packed_left_)));
        if (!copy(part)) return false;
        stream_.next_in = reinterpret_cast<Bytef*>(part.data());
        stream_.avail_in = static_cast<uInt>(part.size());
      }
      const int result = inflate(&stream_, Z_NO_FLUSH);
      ended_ = result == Z_STREAM_END;
      if (result != Z_OK && !ended_) return false;
    }
    return stream_.avail_out == 0;
  }

  const zip::Source& source_;
  std::uint64_t at_, packed_left_;
  bool packed_ = false, ended_ = false;
  z_stream stream_ = {};
  std::vector<std::byte> buffer_ = {};
};

}  // namespace

std::vector<std::byte> zip::read_start(const Source& source, const DirectoryEntry& entry, std::size_t most) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(std::min<std::uint64_t>(most, entry.bytes)));
  if (!Unpacker(source, entry).read(bytes)) source.malformed(entry.name, "the entry is damaged");
  return bytes;
}

struct ZipReader::State {
  template <class... Arguments>
  explicit State(const Arguments&... arguments) : source(arguments...), directory(zip::read_directory(source)) {
    for (const zip::DirectoryEntry& each : directory)
      entries.push_back({each.name, each.bytes, each.packed_bytes, each.method == zip::stored});
  }

  zip::Source source;
  std::vector<zip::DirectoryEntry> directory;
  std::vector<Entry> entries = {};
};

ZipReader::ZipReader(const std::filesystem::path& path) : state_(new State(path)) {}

ZipReader::ZipReader(std::span<const std::byte> bytes, const std::string& name) : state_(new State(bytes, name)) {}

ZipReader::~ZipReader() = default;
ZipReader::ZipReader(ZipReader&&) noexcept = default;
ZipReader& ZipReader::operator=(ZipReader&&) noexcept = default;

const std::vector<ZipReader::Entry>& ZipReader::entries() const noexcept { return state_->entries; }
const std::string& ZipReader::name() const noexcept { return state_->source.name(); }

std::vector<std::byte> ZipReader::read(std::size_t index) {
  const zip::DirectoryEntry& entry = state_->directory[index];
  Unpacker unpacker(state_->source, entry);
  std::vector<std::byte> bytes;
  std::uint32_t checksum = 0;
  while (bytes.size() < entry.bytes) {  // grows with the actual data, not to the claimed size
    const std::size_t used = bytes.size();
    const auto wanted = static_cast<std::size_t>(
        std::min<std::uint64_t>(std::clamp(used, piece, std::size_t{1} << 30), entry.bytes - used));
    bytes.resize(used + wanted);
    const auto part = std::span(bytes).subspan(used);
    if (!unpacker.read(part)) state_->source.malformed(entry.name, "the entry is damaged");
    checksum = static_cast<std::uint32_t>(crc32_z(checksum, reinterpret_cast<const Bytef*>(part.data()), part.size()));
  }
  if (!unpacker.is_at_end() || checksum != entry.checksum) state_->source.malformed(entry.name, "the entry is damaged");
  return bytes;
}

namespace {

std::vector<ZipEntry> all_entries(ZipReader reader) {
  std::vector<ZipEntry> entries;
  for (std::size_t i = 0; i < reader.entries().size(); ++i)
    entries.push_back({reader.entries()[i].name, reader.read(i)});
  return entries;
}

}  // namespace

std::vector<ZipEntry> read_zip(const std::filesystem::path& path) { return all_entries(ZipReader(path)); }

std::vector<ZipEntry> read_zip(std::span<const std::byte> bytes, const std::string& name) {
  return all_entries(ZipReader(bytes, name));
}

}  // namespace synfire::base
