// SPDX-License-Identifier: Apache-2.0
#include <minizip/zip.h>

#include <algorithm>
#include <set>
#include <utility>

#include "synfire/contract/files.hpp"
#include "synfire/contract/zip.hpp"
#include "synfire/error.hpp"

namespace synfire::contract {
namespace {

constexpr std::size_t piece = std::size_t{1} << 20;  // bytes handed to minizip at a time
constexpr unsigned long utf8_names = 1u << 11;       // flag of an entry

}  // namespace

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
