// SPDX-License-Identifier: Apache-2.0
// Files that are damaged, incomplete or not artifacts: each is refused, or the damage is irrelevant.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "artifact/archive.hpp"
#include "artifact/sample.hpp"
#include "base/scratch_folder.hpp"
#include "synfire/base/files.hpp"
#include "synfire/base/zip.hpp"

namespace synfire {
namespace {

using test::Archive;
using test::Json;
using test::sample_file;
using ::testing::HasSubstr;

using Bytes = std::vector<std::byte>;

const Bytes& sound() {
  static const Bytes bytes = test::saved(sample_file("sparse_delays"));
  return bytes;
}

Problem problem_of(const Bytes& bytes) {
  const auto problems = test::problems_of<DataError>([&] { load_artifact(bytes); });
  return problems.empty() ? Problem{} : problems.front();
}

ProblemKind kind_of(const Bytes& bytes) { return problem_of(bytes).kind; }

TEST(DamagedArtifact, CutOff) {
  const std::size_t size = sound().size() - 3;  // the last three bytes are half a number and a comment's length, 0
  for (std::size_t length = 0; length < size; length += length + 64 < size ? 1 + size / 200 : 1) {
    const Bytes part(sound().begin(), sound().begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_EQ(kind_of(part), ProblemKind::malformed_file) << length << " of " << size + 3 << " bytes";
  }
}

// A flipped bit is detected, unless it is in an unused field such as an entry's date.
TEST(DamagedArtifact, ABitFlippedInTheFile) {
  const ArtifactFile file = load_artifact(sound());
  const std::size_t step = 1 + sound().size() / 400;
  for (std::size_t i = 0; i < sound().size(); i += step) {
    Bytes bytes = sound();
    bytes[i] ^= std::byte{1} << (i % 8);
    try {
      const ArtifactFile loaded = load_artifact(bytes);
      EXPECT_EQ(loaded.programs[0].manifest, file.programs[0].manifest) << "byte " << i;
      EXPECT_EQ(loaded.programs[0].parameters, file.programs[0].parameters) << "byte " << i;
      EXPECT_EQ(loaded.programs[1].binaries[0].bytes, file.programs[1].binaries[0].bytes) << "byte " << i;
    } catch (const DataError& error) {
      EXPECT_FALSE(error.problems().empty());
    }
  }
}

// With corrected ZIP checksums the manifest's checksum detects the change.
TEST(DamagedArtifact, ABitFlippedInEachEntry) {
  Archive archive(sample_file("sparse_delays"));
  for (const std::string& name : archive.names()) {
    if (name == "manifest.json") continue;
    Archive damaged = archive;
    Bytes& bytes = damaged.entry(name);
    bytes[bytes.size() / 2] ^= std::byte{4};
    const Problem problem = problem_of(damaged.bytes());
    EXPECT_EQ(problem.kind, ProblemKind::malformed_file) << name;
    EXPECT_THAT(problem.path, HasSubstr(name));
    EXPECT_THAT(problem.message, HasSubstr("damaged"));
  }
}

TEST(DamagedArtifact, EachEntryMissing) {
  Archive archive(sample_file("sparse_delays"));
  for (const std::string& name : archive.names()) {
    Archive damaged = archive;
    damaged.remove(name);
    EXPECT_EQ(kind_of(damaged.bytes()), ProblemKind::malformed_file) << name;
    if (name == "manifest.json") continue;
    damaged.seal();  // removes it from the list of entries as well
    const Problem problem = problem_of(damaged.bytes());
    EXPECT_EQ(problem.kind, ProblemKind::malformed_file) << name;
    EXPECT_THAT(problem.path, HasSubstr(name));
    EXPECT_THAT(problem.message, HasSubstr("missing"));
  }
}

TEST(DamagedArtifact, AnEntryTooMany) {
  Archive archive(sample_file("resumable"));
  archive.entry("programs/host/extra.txt") = test::bytes_of("?");
  EXPECT_THAT(problem_of(archive.bytes()).path, HasSubstr("extra.txt"));
}

TEST(DamagedArtifact, AnEntryOfAnotherSize) {
  Archive archive(sample_file("resumable"));
  archive.entry("programs/host/x86-64-v3.so").push_back({});
  const Problem problem = problem_of(archive.bytes());
  EXPECT_THAT(problem.path, HasSubstr("x86-64-v3.so"));
  EXPECT_THAT(problem.message, HasSubstr("wrong size"));
}

void replace_all(Bytes& bytes, const std::string& from, const std::string& to) {
  const Bytes pattern = test::bytes_of(from), replacement = test::bytes_of(to);
  for (auto at = bytes.begin(); (at = std::search(at, bytes.end(), pattern.begin(), pattern.end())) != bytes.end();)
    at = std::copy(replacement.begin(), replacement.end(), at);
}

TEST(DamagedArtifact, TwoEntriesOfOneName) {
  Archive archive(sample_file("resumable"));
  for (const char* name : {"twin1", "twin2"}) archive.entry(name) = test::bytes_of("x");
  archive.seal();
  Bytes bytes = archive.bytes();
  replace_all(bytes, "twin2", "twin1");
  EXPECT_THAT(problem_of(bytes).message, HasSubstr("two entries with this name"));
}

TEST(DamagedArtifact, NamesThatLeadOutOfTheFolder) {
  for (const char* name : {"../x", "/x", "a//b", "a/./b", "C:x", "a\\b"}) {
    Archive archive(sample_file("resumable"));
    archive.entry(name) = test::bytes_of("x");
    archive.seal();
    EXPECT_THAT(problem_of(archive.bytes()).message, HasSubstr("invalid entry name")) << name;
  }
}

// ---- Files that are not artifacts

TEST(ForeignFile, OtherArchivesAndFiles) {
  const test::ScratchFolder folder;
  const Tensor<float> array({2}, {1.0f, 2.0f});
  write_npz(folder / "x.npz", {{"array", array}});
  base::write_file(folder / "x.txt", test::bytes_of("not an archive"));
  base::write_file(folder / "empty", Bytes{});
  for (const char* name : {"x.npz", "x.txt", "empty"}) {
    EXPECT_EQ(test::kind_of<DataError>([&] { load_artifact(folder / name); }), "malformed_file") << name;
    EXPECT_EQ(test::kind_of<DataError>([&] { read_artifact_summary(folder / name); }), "malformed_file") << name;
  }
  EXPECT_EQ(test::kind_of<DataError>([&] { load_artifact(folder / "nothing"); }), "file_access");
  EXPECT_EQ(test::kind_of<DataError>([&] { load_artifact(folder.path()); }), "file_access");
}

TEST(ForeignFile, AManifestOfSomethingElse) {
  for (const char* text : {"{\"format\": \"another\"}", "[]", "3", "", "{", "{\"a\": 1, \"a\": 2}", "\xff"}) {
    Archive archive(sample_file("resumable"));
    archive.entry("manifest.json") = test::bytes_of(text);
    EXPECT_EQ(kind_of(archive.bytes()), ProblemKind::malformed_file) << text;
  }
}

Problem other_version(const char* key, std::uint64_t version) {
  Archive archive(sample_file("resumable"));
  // Whatever else differs in another version, the message is about its number.
  archive.edit("manifest.json", [&](Json& index) {
    index[key] = version;
    index["news"] = true;
  });
  return problem_of(archive.bytes());
}

TEST(ForeignFile, OtherVersions) {
  Problem problem = other_version("version", artifact_version + 1);
  EXPECT_EQ(problem.kind, ProblemKind::unsupported);
  EXPECT_EQ(problem.expected, std::to_string(artifact_version));
  EXPECT_EQ(problem.given, std::to_string(artifact_version + 1));
  EXPECT_THAT(problem.hint, HasSubstr("update Synfire"));
  problem = other_version("abi", contract::abi_version - 1);
  EXPECT_EQ(problem.kind, ProblemKind::unsupported);
  EXPECT_THAT(problem.path, HasSubstr("abi"));
  EXPECT_EQ(problem.hint, "compile the network again");
  EXPECT_EQ(other_version("abi", std::numeric_limits<std::uint64_t>::max()).kind, ProblemKind::unsupported);
}

// ---- Impossible sizes

// Compressed a thousandfold: a reader that unpacks it before checking its size runs out of memory.
TEST(ArchiveBomb, ALongTextIsNotUnpacked) {
  const test::ScratchFolder folder;
  {
    base::ZipWriter zip(folder / "x.synfire");
    const Bytes spaces(std::size_t{1} << 20, std::byte{' '});
    zip.begin("manifest.json", 65 * spaces.size());
    for (int i = 0; i < 65; ++i) zip.append(spaces);
    zip.end();
    zip.finish();
  }
  const auto problems = test::problems_of<DataError>([&] { load_artifact(folder / "x.synfire"); });
  EXPECT_THAT(problems.front().message, HasSubstr("too long"));
}

TEST(ArchiveBomb, DeepNesting) {
  Archive archive(sample_file("resumable"));
  archive.entry("manifest.json") = test::bytes_of(std::string(1 << 20, '['));
  EXPECT_EQ(kind_of(archive.bytes()), ProblemKind::malformed_file);
}

}  // namespace
}  // namespace synfire
