// SPDX-License-Identifier: Apache-2.0
#include "synfire/contract/zip.hpp"

#include <minizip/unzip.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <string_view>

#include "synfire/error.hpp"
#include "zip_memory.hpp"

namespace synfire::contract {
namespace {

using Unzip = std::unique_ptr<void, int (*)(unzFile)>;

constexpr std::size_t piece = std::size_t{1} << 20;  // bytes handed to minizip at a time
constexpr unsigned long encrypted = 1u;              // flag of an entry
constexpr std::uint64_t largest_ratio = 1032;        // deflate cannot do better

[[noreturn]] void malformed(const std::string& archive, const std::string& entry, const std::string& message) {
  throw DataError({.kind = ProblemKind::malformed_file,
                   .path = entry.empty() ? archive : archive + ": " + entry,
                   .message = message,
                   .expected = "a ZIP archive"});
}

// Whether an archive begins with the record that ends one: it is empty then. minizip takes such archives for
// damaged.
bool is_empty_archive(std::span<const char> begin) {
  constexpr std::size_t record_bytes = 22;
  constexpr std::string_view mark("PK\5\6\0\0\0\0\0\0\0\0", 12);  // and: no disks, no entries
  return begin.size() >= record_bytes && std::string_view(begin.data(), mark.size()) == mark;
}

bool is_empty_archive(const std::filesystem::path& path) {
  std::array<char, 22> begin{};
  std::ifstream file(path, std::ios::binary);
  return file.read(begin.data(), begin.size()) && is_empty_archive(std::span<const char>(begin));
}

}  // namespace

struct ZipReader::State {
  std::string name;
  MemoryFile memory = {};  // of an archive in memory
  Unzip file = {nullptr, &unzClose};
  std::vector<Entry> entries = {};
  std::vector<unz64_file_pos> positions = {};  // of the entries

  // `archive_bytes`: how much the entries can take together.
  void read_directory(std::uint64_t archive_bytes);
  Entry read_current_entry(std::uint64_t& remaining) const;
};

void ZipReader::State::read_directory(std::uint64_t archive_bytes) {
  unz_global_info64 global{};
  if (unzGetGlobalInfo64(file.get(), &global) != UNZ_OK) malformed(name, "", "the directory of the archive is damaged");
  std::set<std::string> names;
  std::uint64_t remaining = archive_bytes;
  for (std::uint64_t i = 0; i < global.number_entry; ++i) {
    unz64_file_pos position{};
    if ((i == 0 ? unzGoToFirstFile(file.get()) : unzGoToNextFile(file.get())) != UNZ_OK ||
        unzGetFilePos64(file.get(), &position) != UNZ_OK) {
      malformed(name, "", "the directory of the archive is damaged");
    }
    entries.push_back(read_current_entry(remaining));
    positions.push_back(position);
    if (!names.insert(entries.back().name).second) {
      malformed(name, entries.back().name, "the archive has two entries of this name");
    }
  }
}

// `remaining` is how many bytes of the archive no earlier entry has claimed.
ZipReader::Entry ZipReader::State::read_current_entry(std::uint64_t& remaining) const {
  unz_file_info64 info{};
  if (unzGetCurrentFileInfo64(file.get(), &info, nullptr, 0, nullptr, 0, nullptr, 0) != UNZ_OK) {
    malformed(name, "", "the directory of the archive is damaged");
  }
  Entry entry{.name = std::string(info.size_filename, '\0'),
              .bytes = info.uncompressed_size,
              .packed_bytes = info.compressed_size};
  if (unzGetCurrentFileInfo64(file.get(), &info, entry.name.data(), info.size_filename, nullptr, 0, nullptr, 0) !=
      UNZ_OK) {
    malformed(name, "", "the directory of the archive is damaged");
  }
  if ((info.flag & encrypted) != 0) malformed(name, entry.name, "the entry is encrypted");
  if (info.compression_method != 0 && info.compression_method != Z_DEFLATED) {
    malformed(name, entry.name, "the entry is neither stored nor deflated");
  }
  const bool possible = info.compression_method == 0 ? entry.bytes == entry.packed_bytes
                                                     : entry.bytes / largest_ratio <= entry.packed_bytes;
  if (entry.packed_bytes > remaining || !possible) {
    malformed(name, entry.name, "the entry claims a size that the archive cannot hold");
  }
  remaining -= entry.packed_bytes;
  return entry;
}

ZipReader::ZipReader(const std::filesystem::path& path) : state_(new State{.name = path.string()}) {
  if (is_empty_archive(path)) return;
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(path, error);
  if (error) {
    throw DataError({.kind = ProblemKind::file_access,
                     .path = path.string(),
                     .message = "the file cannot be read: " + error.message()});
  }
  state_->file.reset(unzOpen64(path.c_str()));
  if (!state_->file) malformed(path.string(), "", "the file cannot be opened as an archive");
  state_->read_directory(bytes);
}

ZipReader::ZipReader(std::span<const std::byte> bytes, const std::string& name)
    : state_(new State{.name = name, .memory = {bytes}}) {
  if (is_empty_archive(std::span(reinterpret_cast<const char*>(bytes.data()), bytes.size()))) return;
  zlib_filefunc64_def functions = memory_functions(state_->memory);
  state_->file.reset(unzOpen2_64(name.c_str(), &functions));
  if (!state_->file) malformed(name, "", "the bytes are no archive");
  state_->read_directory(bytes.size());
}

ZipReader::~ZipReader() = default;
ZipReader::ZipReader(ZipReader&&) noexcept = default;
ZipReader& ZipReader::operator=(ZipReader&&) noexcept = default;

const std::vector<ZipReader::Entry>& ZipReader::entries() const noexcept { return state_->entries; }
const std::string& ZipReader::name() const noexcept { return state_->name; }

std::vector<std::byte> ZipReader::read(std::size_t index) {
  const Entry& entry = state_->entries[index];
  const unzFile file = state_->file.get();
  if (unzGoToFilePos64(file, &state_->positions[index]) != UNZ_OK || unzOpenCurrentFile(file) != UNZ_OK) {
    malformed(state_->name, entry.name, "the header of the entry is damaged");
  }
  std::vector<std::byte> bytes;
  while (bytes.size() < entry.bytes) {  // grows with what there is, not with what is claimed
    const std::size_t used = bytes.size();
    const std::size_t wanted = std::min<std::size_t>(std::max(piece, used), entry.bytes - used);
    bytes.resize(used + wanted);
    const int read =
        unzReadCurrentFile(file, bytes.data() + used, static_cast<unsigned>(std::min<std::size_t>(wanted, 1u << 30)));
    bytes.resize(used + static_cast<std::size_t>(std::max(read, 0)));
    if (read <= 0) break;
  }
  const bool intact = unzCloseCurrentFile(file) == UNZ_OK;
  if (!intact || bytes.size() != entry.bytes) malformed(state_->name, entry.name, "the entry is damaged");
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

}  // namespace synfire::contract
