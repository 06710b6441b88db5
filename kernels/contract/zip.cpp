// SPDX-License-Identifier: Apache-2.0
#include "synfire/contract/zip.hpp"

#include <minizip/unzip.h>
#include <minizip/zip.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <string_view>
#include <utility>

#include "synfire/contract/files.hpp"
#include "synfire/error.hpp"
#include "zip_memory.hpp"

namespace synfire::contract {
namespace {

using Unzip = std::unique_ptr<void, int (*)(unzFile)>;

constexpr std::size_t piece = std::size_t{1} << 20;  // bytes handed to minizip at a time
constexpr unsigned long utf8_names = 1u << 11;       // flag of an entry
constexpr unsigned long encrypted = 1u;              // flag of an entry
constexpr std::uint64_t largest_ratio = 1032;        // deflate cannot do better

[[noreturn]] void malformed(const std::string& archive, const std::string& entry, const std::string& message) {
  throw DataError({.kind = ProblemKind::malformed_file,
                   .path = entry.empty() ? archive : archive + ": " + entry,
                   .message = message,
                   .expected = "a ZIP archive"});
}

// Reads the current entry. `remaining` is how many bytes of the archive no earlier entry has claimed.
ZipEntry read_entry(unzFile file, const std::string& archive, std::uint64_t& remaining) {
  unz_file_info64 info{};
  if (unzGetCurrentFileInfo64(file, &info, nullptr, 0, nullptr, 0, nullptr, 0) != UNZ_OK) {
    malformed(archive, "", "the directory of the archive is damaged");
  }
  ZipEntry entry{.name = std::string(info.size_filename, '\0'), .bytes = {}};
  if (unzGetCurrentFileInfo64(file, &info, entry.name.data(), info.size_filename, nullptr, 0, nullptr, 0) != UNZ_OK) {
    malformed(archive, "", "the directory of the archive is damaged");
  }
  if ((info.flag & encrypted) != 0) malformed(archive, entry.name, "the entry is encrypted");
  if (info.compression_method != 0 && info.compression_method != Z_DEFLATED) {
    malformed(archive, entry.name, "the entry is neither stored nor deflated");
  }
  const bool possible = info.compression_method == 0 ? info.uncompressed_size == info.compressed_size
                                                     : info.uncompressed_size / largest_ratio <= info.compressed_size;
  if (info.compressed_size > remaining || !possible) {
    malformed(archive, entry.name, "the entry claims a size that the archive cannot hold");
  }
  remaining -= info.compressed_size;
  if (unzOpenCurrentFile(file) != UNZ_OK) malformed(archive, entry.name, "the header of the entry is damaged");
  while (entry.bytes.size() < info.uncompressed_size) {  // grows with what there is, not with what is claimed
    const std::size_t used = entry.bytes.size();
    const std::size_t wanted = std::min<std::size_t>(std::max(piece, used), info.uncompressed_size - used);
    entry.bytes.resize(used + wanted);
    const int read = unzReadCurrentFile(file, entry.bytes.data() + used,
                                        static_cast<unsigned>(std::min<std::size_t>(wanted, 1u << 30)));
    entry.bytes.resize(used + static_cast<std::size_t>(std::max(read, 0)));
    if (read <= 0) break;
  }
  const bool intact = unzCloseCurrentFile(file) == UNZ_OK;
  if (!intact || entry.bytes.size() != info.uncompressed_size) malformed(archive, entry.name, "the entry is damaged");
  return entry;
}

std::vector<ZipEntry> read_entries(unzFile file, const std::string& archive, std::uint64_t archive_bytes) {
  unz_global_info64 global{};
  if (unzGetGlobalInfo64(file, &global) != UNZ_OK) malformed(archive, "", "the directory of the archive is damaged");
  std::vector<ZipEntry> entries;
  std::set<std::string> names;
  std::uint64_t remaining = archive_bytes;
  for (std::uint64_t i = 0; i < global.number_entry; ++i) {
    if ((i == 0 ? unzGoToFirstFile(file) : unzGoToNextFile(file)) != UNZ_OK) {
      malformed(archive, "", "the directory of the archive is damaged");
    }
    entries.push_back(read_entry(file, archive, remaining));
    if (!names.insert(entries.back().name).second) {
      malformed(archive, entries.back().name, "the archive has two entries of this name");
    }
  }
  return entries;
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

std::vector<ZipEntry> read_zip(const std::filesystem::path& path) {
  if (is_empty_archive(path)) return {};
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(path, error);
  if (error) {
    throw DataError({.kind = ProblemKind::file_access,
                     .path = path.string(),
                     .message = "the file cannot be read: " + error.message()});
  }
  const Unzip file(unzOpen64(path.c_str()), &unzClose);
  if (!file) malformed(path.string(), "", "the file cannot be opened as an archive");
  return read_entries(file.get(), path.string(), bytes);
}

std::vector<ZipEntry> read_zip(std::span<const std::byte> bytes, const std::string& name) {
  if (is_empty_archive(std::span(reinterpret_cast<const char*>(bytes.data()), bytes.size()))) return {};
  MemoryFile memory{bytes};
  zlib_filefunc64_def functions = memory_functions(memory);
  const Unzip file(unzOpen2_64(name.c_str(), &functions), &unzClose);
  if (!file) malformed(name, "", "the bytes are no archive");
  return read_entries(file.get(), name, bytes.size());
}

struct ZipWriter::State {
  PendingFile pending;
  zipFile file;
  std::set<std::string> names = {};

  explicit State(const std::filesystem::path& path)
      : pending(path), file(zipOpen64(pending.temporary().c_str(), APPEND_STATUS_CREATE)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (file != nullptr) zipClose(file, nullptr);
  }

  void check(bool succeeded) const {
    if (succeeded) return;
    throw DataError({.kind = ProblemKind::file_access,
                     .path = pending.path().string(),
                     .message = "the archive cannot be written"});
  }
};

ZipWriter::ZipWriter(const std::filesystem::path& path) : state_(std::make_unique<State>(path)) {
  state_->check(state_->file != nullptr);
}

ZipWriter::~ZipWriter() = default;
ZipWriter::ZipWriter(ZipWriter&&) noexcept = default;
ZipWriter& ZipWriter::operator=(ZipWriter&&) noexcept = default;

void ZipWriter::add(const std::string& name, std::span<const std::byte> bytes, Compression compression) {
  begin(name, bytes.size(), compression);
  append(bytes);
  end();
}

void ZipWriter::begin(const std::string& name, std::uint64_t bytes, Compression compression) {
  if (!state_->names.insert(name).second) {
    throw DataError({.kind = ProblemKind::duplicate_name,
                     .path = state_->pending.path().string() + ": " + name,
                     .message = "the archive has an entry of this name already"});
  }
  zip_fileinfo info{};
  info.dosDate = (1u << 21) | (1u << 16);  // 1 January 1980: the same entries give the same bytes
  const bool ascii = std::all_of(name.begin(), name.end(), [](unsigned char c) { return c < 128; });
  const bool large = bytes >= 0xf0000000u;
  const bool stored = compression == Compression::stored;
  state_->check(zipOpenNewFileInZip4_64(state_->file, name.c_str(), &info, nullptr, 0, nullptr, 0, nullptr,
                                        stored ? 0 : Z_DEFLATED, stored ? 0 : Z_DEFAULT_COMPRESSION, 0, -MAX_WBITS,
                                        DEF_MEM_LEVEL, Z_DEFAULT_STRATEGY, nullptr, 0, 0, ascii ? 0 : utf8_names,
                                        large ? 1 : 0) == ZIP_OK);
}

void ZipWriter::append(std::span<const std::byte> bytes) {
  for (std::size_t first = 0; first < bytes.size(); first += piece) {
    const std::span<const std::byte> part = bytes.subspan(first, std::min(piece, bytes.size() - first));
    state_->check(zipWriteInFileInZip(state_->file, part.data(), static_cast<unsigned>(part.size())) == ZIP_OK);
  }
}

void ZipWriter::end() { state_->check(zipCloseFileInZip(state_->file) == ZIP_OK); }

void ZipWriter::finish() {
  state_->check(state_->file != nullptr);
  state_->check(zipClose(std::exchange(state_->file, nullptr), nullptr) == ZIP_OK);
  state_->pending.commit();
}

}  // namespace synfire::contract
