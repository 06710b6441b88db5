// SPDX-License-Identifier: Apache-2.0
#include "synfire/contract/zip.hpp"

#include <gtest/gtest.h>

#include <random>

#include "contract/scratch_folder.hpp"
#include "synfire/contract/files.hpp"

namespace synfire::contract {
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

// The directory's sizes of the only entry lie at a known distance from the end of the archive.
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
}  // namespace synfire::contract
