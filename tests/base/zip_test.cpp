// SPDX-License-Identifier: Apache-2.0
#include "synfire/base/zip.hpp"

#include <gtest/gtest.h>

#include <zlib.h>

#include <cstdlib>
#include <random>

#include "base/scratch_folder.hpp"
#include "synfire/base/files.hpp"
#include "zip_format.hpp"

namespace synfire::base {
namespace {

using test::bytes_of;
using test::kind_of;
using test::ScratchFolder;

std::vector<ZipEntry> sample() {
  return {{"a.txt", bytes_of(std::string(5000, 'a'))}, {"folder/empty", {}}, {"größe", bytes_of("\1\2\3")}};
}

void write(const std::filesystem::path& path, const std::vector<ZipEntry>& entries,
           Compression compression = Compression::deflated) {
  ZipWriter writer(path);
  for (const ZipEntry& entry : entries) writer.add(entry.name, entry.bytes, compression);
  writer.finish();
}

TEST(Zip, ReadsWhatItWrites) {
  const ScratchFolder folder;
  for (const Compression compression : {Compression::stored, Compression::deflated}) {
    write(folder / "x.zip", sample(), compression);
    EXPECT_EQ(read_zip(folder / "x.zip"), sample());
    EXPECT_EQ(read_zip(read_file(folder / "x.zip")), sample());
  }
}

TEST(Zip, HoldsNoEntries) {
  const ScratchFolder folder;
  write(folder / "x.zip", {});
  EXPECT_TRUE(read_zip(folder / "x.zip").empty());
  EXPECT_TRUE(read_zip(read_file(folder / "x.zip")).empty());
}

TEST(Zip, SameEntriesGiveSameBytes) {
  const ScratchFolder folder;
  write(folder / "x.zip", sample());
  write(folder / "y.zip", sample());
  EXPECT_EQ(read_file(folder / "x.zip"), read_file(folder / "y.zip"));
}

TEST(Zip, LeavesNothingWithoutFinish) {
  const ScratchFolder folder;
  write(folder / "x.zip", sample());
  const auto before = read_file(folder / "x.zip");
  {
    ZipWriter writer(folder / "x.zip");
    writer.add("other", bytes_of("other"));
  }
  EXPECT_EQ(read_file(folder / "x.zip"), before);
  EXPECT_EQ(folder.files(), 1u);
}

TEST(Zip, RefusesTwoEntriesOfOneName) {
  const ScratchFolder folder;
  ZipWriter writer(folder / "x.zip");
  writer.add("a", bytes_of("1"));
  EXPECT_EQ(kind_of<DataError>([&] { writer.add("a", bytes_of("2")); }), "duplicate_name");
}

TEST(Zip, RefusesWhatIsNoArchive) {
  const ScratchFolder folder;
  EXPECT_EQ(kind_of<DataError>([&] { read_zip(folder / "absent.zip"); }), "file_access");
  EXPECT_EQ(kind_of<DataError>([&] { ZipWriter(folder / "absent/x.zip"); }), "file_access");
  EXPECT_EQ(kind_of<DataError>([] { read_zip(bytes_of("no archive")); }), "malformed_file");
  EXPECT_EQ(kind_of<DataError>([] { read_zip(bytes_of("")); }), "malformed_file");
}

// The directory's sizes of the only entry are at a known distance from the end of the archive.
TEST(Zip, RefusesSizesThatTheArchiveCannotHold) {
  const ScratchFolder folder;
  for (const Compression compression : {Compression::stored, Compression::deflated}) {
    write(folder / "x.zip", {{"a", bytes_of(std::string(100, 'a'))}}, compression);
    std::vector<std::byte> bytes = read_file(folder / "x.zip");
    const std::size_t directory = bytes.size() - 22 - 47;  // end record; directory entry with a name of one byte
    bytes[directory + 26] = std::byte{0x7f};               // uncompressed size: gigabytes
    bytes[directory + 27] = std::byte{0x7f};
    EXPECT_EQ(kind_of<DataError>([&] { read_zip(bytes); }), "malformed_file");
    bytes[directory + 22] = bytes[directory + 23] = std::byte{0x7f};  // and compressed
    EXPECT_EQ(kind_of<DataError>([&] { read_zip(bytes); }), "malformed_file");
  }
}

// An archive with a sparse gap of gigabytes between its entries.
class SparseArchive {
 public:
  explicit SparseArchive(const std::filesystem::path& path) : file_(path) {}

  void add(const std::string& name, std::uint64_t offset, const std::string& content, std::uint64_t bytes) {
    zip::DirectoryEntry entry{.name = name, .packed_bytes = bytes, .bytes = bytes, .offset = offset};
    entry.checksum = static_cast<std::uint32_t>(
        crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size()));  // of the non-sparse content
    const zip::Record record = zip::local_record(entry, bytes >= zip::in_zip64);
    file_.write_at(offset, record.bytes());
    file_.write_at(offset + record.size(), std::as_bytes(std::span(content)));
    entries_.push_back(entry);
  }

  void finish(std::uint64_t directory) {
    std::uint64_t end = directory;
    for (const zip::DirectoryEntry& entry : entries_) {
      const zip::Record record = zip::central_record(entry);
      file_.write_at(end, record.bytes());
      end += record.size();
    }
    file_.write_at(end, zip::end_record(entries_.size(), directory, end - directory).bytes());
    file_.commit();
  }

 private:
  PendingFile file_;
  std::vector<zip::DirectoryEntry> entries_;
};

constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30;

TEST(Zip, ReadsWhatLiesBeyondFourGibibytes) {
  const ScratchFolder folder;
  SparseArchive archive(folder / "x.zip");
  archive.add("first", 0, "1", 1);
  archive.add("large", 100, "", 6 * gibibyte);
  archive.add("last", 7 * gibibyte, "beyond", 6);
  archive.finish(8 * gibibyte);
  ZipReader reader(folder / "x.zip");
  ASSERT_EQ(reader.entries().size(), 3u);
  EXPECT_EQ(reader.entries()[1].bytes, 6 * gibibyte);
  EXPECT_EQ(reader.read(0), bytes_of("1"));
  EXPECT_EQ(reader.read(2), bytes_of("beyond"));
  // Python, if installed, reads the same archive.
  const std::string script = "/usr/bin/python3 -c \"import zipfile; z = zipfile.ZipFile('" +
                             (folder / "x.zip").string() +
                             "'); assert z.read('last') == b'beyond' and z.getinfo('large').file_size == 6 << 30\"";
  if (std::filesystem::exists("/usr/bin/python3")) {
    EXPECT_EQ(std::system(script.c_str()), 0);
  }
}

TEST(Zip, ReadsMoreEntriesThanTheOldFormatCounts) {
  const ScratchFolder folder;
  ZipWriter writer(folder / "x.zip");
  for (int i = 0; i < 66000; ++i) writer.add(std::to_string(i), {}, Compression::stored);
  writer.finish();
  const ZipReader reader(folder / "x.zip");
  ASSERT_EQ(reader.entries().size(), 66000u);
  EXPECT_EQ(reader.entries().back().name, "65999");
}

TEST(Zip, ReadsArchivesBehindOtherBytes) {
  const ScratchFolder folder;
  write(folder / "x.zip", sample());
  std::vector<std::byte> bytes = bytes_of("#!/bin/sh\n");
  for (const std::byte byte : read_file(folder / "x.zip")) bytes.push_back(byte);
  EXPECT_EQ(read_zip(bytes), sample());
}

TEST(Zip, SurvivesDamage) {
  const ScratchFolder folder;
  write(folder / "x.zip", sample());
  const std::vector<std::byte> intact = read_file(folder / "x.zip");
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::byte> damaged = intact;
    for (int i = 0; i <= round % 4; ++i) damaged[random() % damaged.size()] = static_cast<std::byte>(random());
    if (round % 3 == 0) damaged.resize(random() % damaged.size());
    try {
      for (const ZipEntry& entry : read_zip(damaged)) EXPECT_LE(entry.bytes.size(), 1032 * damaged.size());
    } catch (const DataError& error) {
      EXPECT_EQ(error.problems().front().kind, ProblemKind::malformed_file);
    }
  }
}

}  // namespace
}  // namespace synfire::base
