// SPDX-License-Identifier: Apache-2.0
// ZIP archives (stored and deflated entries, ZIP64), as used by .npz files and saved artifacts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace synfire::base {

struct ZipEntry {
  std::string name;
  std::vector<std::byte> bytes;
  bool operator==(const ZipEntry&) const = default;
};

// An open archive: its directory, and its entries one by one. The sizes it claims are checked before anything is
// allocated, and the checksum of each entry when it is read. All members throw DataError: file_access, or
// malformed_file (also for duplicate names and encrypted entries).
class ZipReader {
 public:
  struct Entry {
    std::string name;
    std::uint64_t bytes = 0;         // unpacked
    std::uint64_t packed_bytes = 0;  // in the archive
    bool stored = false;             // without compression
  };

  explicit ZipReader(const std::filesystem::path& path);
  // `bytes` must outlive the reader; `name` names the file in messages.
  explicit ZipReader(std::span<const std::byte> bytes, const std::string& name = "archive in memory");
  ~ZipReader();
  ZipReader(ZipReader&&) noexcept;
  ZipReader& operator=(ZipReader&&) noexcept;

  // In the order of the archive's directory.
  const std::vector<Entry>& entries() const noexcept;
  std::vector<std::byte> read(std::size_t index);
  // The path, or the name given instead.
  const std::string& name() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// All entries, in the order of the archive's directory.
std::vector<ZipEntry> read_zip(const std::filesystem::path& path);
std::vector<ZipEntry> read_zip(std::span<const std::byte> bytes, const std::string& name = "archive in memory");

enum class Compression { stored, deflated };

// Writes an archive under a temporary name; finish() moves it into place. Without finish(), nothing remains. The same
// entries give the same bytes: no times are stored. All members throw DataError (file_access).
class ZipWriter {
 public:
  explicit ZipWriter(const std::filesystem::path& path);
  ~ZipWriter();
  ZipWriter(ZipWriter&&) noexcept;
  ZipWriter& operator=(ZipWriter&&) noexcept;

  // Also throws duplicate_name for a name that was added before.
  void add(const std::string& name, std::span<const std::byte> bytes, Compression compression = Compression::deflated);
  // The same piece by piece: begin, then any number of append, then end, before anything else. `bytes` is the total
  // (above 4 GiB an entry has another form).
  void begin(const std::string& name, std::uint64_t bytes, Compression compression = Compression::deflated);
  void append(std::span<const std::byte> bytes);
  void end();
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace synfire::base
