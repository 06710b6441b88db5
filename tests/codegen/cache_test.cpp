// SPDX-License-Identifier: Apache-2.0
#include "jit/cache.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "jit/process.hpp"

namespace synfire::codegen::jit {
namespace {

namespace fs = std::filesystem;

std::vector<std::byte> bytes_of(const std::string& text) {
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}

class CacheTest : public ::testing::Test {
 protected:
  std::string store(const Cache& into) const { return into.store(key, ".so", binary, log, "int x;", ".cpp"); }
  fs::path binary_path() const { return fs::path(folder.path()) / (key + ".so"); }
  fs::path check_path() const { return binary_path().string() + ".check"; }

  TemporaryFolder folder;
  const Cache cache{folder.path()};
  const std::string key = Cache::key({"source", "options"});
  const std::vector<std::byte> binary = bytes_of(std::string("machine code\0with zeros", 23));
  const std::string log = "32 registers\nand more";
};

TEST_F(CacheTest, FindsWhatWasStored) {
  EXPECT_FALSE(cache.find(key, ".so"));
  EXPECT_EQ(store(cache), binary_path().string());
  const auto entry = cache.find(key, ".so");
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->bytes, binary);
  EXPECT_EQ(entry->log, log);
  EXPECT_EQ(entry->path, binary_path().string());
  EXPECT_FALSE(cache.find(key, ".cubin"));
  EXPECT_FALSE(cache.find(Cache::key({"another"}), ".so"));
}

TEST_F(CacheTest, KeepsTheSourceBeside) {
  store(cache);
  EXPECT_EQ(read_file((fs::path(folder.path()) / (key + ".cpp")).string()), "int x;");
}

TEST_F(CacheTest, LeavesNoTemporaryFiles) {
  store(cache);
  store(cache);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 3);
}

TEST_F(CacheTest, MakesItsFolders) {
  const Cache deep(folder.path() + "/a/b");
  EXPECT_FALSE(store(deep).empty());
  EXPECT_TRUE(deep.find(key, ".so"));
}

// Every byte of both files, one after the other.
TEST_F(CacheTest, DamagedEntriesAreNone) {
  for (const fs::path& path : {binary_path(), check_path()}) {
    store(cache);
    const std::string sound = read_file(path.string());
    for (std::size_t i = 0; i < sound.size(); ++i) {
      std::string damaged = sound;
      damaged[i] = static_cast<char>(damaged[i] ^ 1);
      write_file(path.string(), damaged);
      EXPECT_FALSE(cache.find(key, ".so")) << path << ", byte " << i;
    }
    write_file(path.string(), sound);
    EXPECT_TRUE(cache.find(key, ".so"));
  }
}

TEST_F(CacheTest, TruncatedEntriesAreNone) {
  for (const fs::path& path : {binary_path(), check_path()}) {
    store(cache);
    for (const auto size : {fs::file_size(path) - 1, fs::file_size(path) / 2, std::uintmax_t{0}}) {
      fs::resize_file(path, size);
      EXPECT_FALSE(cache.find(key, ".so")) << path << ", " << size << " bytes";
    }
    fs::remove(path);
    EXPECT_FALSE(cache.find(key, ".so")) << path;
  }
}

TEST_F(CacheTest, EntriesUnderAnotherNameAreNone) {
  store(cache);
  const std::string other = Cache::key({"other"});
  fs::copy_file(binary_path(), fs::path(folder.path()) / (other + ".so"));
  fs::copy_file(check_path(), fs::path(folder.path()) / (other + ".so.check"));
  EXPECT_FALSE(cache.find(other, ".so"));
}

TEST_F(CacheTest, StoringAgainMendsADamagedEntry) {
  store(cache);
  write_file(binary_path().string(), "damaged");
  EXPECT_FALSE(store(cache).empty());
  EXPECT_TRUE(cache.find(key, ".so"));
}

TEST_F(CacheTest, AFolderThatCannotBeWrittenIsNoError) {
  write_file(folder.path() + "/file", "");
  const Cache blocked(folder.path() + "/file");
  EXPECT_EQ(store(blocked), "");
  EXPECT_FALSE(blocked.find(key, ".so"));
  const Cache below(folder.path() + "/file/below");
  EXPECT_EQ(store(below), "");
  const Cache nowhere("/proc/synfire");
  EXPECT_EQ(store(nowhere), "");
}

TEST_F(CacheTest, CanBeSwitchedOff) {
  const Cache none("-");
  EXPECT_EQ(store(none), "");
  EXPECT_FALSE(none.find(key, ".so"));
}

TEST_F(CacheTest, FollowsTheEnvironment) {
  const char* before = std::getenv("SYNFIRE_CACHE");
  const std::string kept = before ? before : "";
  setenv("SYNFIRE_CACHE", (folder.path() + "/mine").c_str(), 1);
  EXPECT_EQ(store(Cache("")), folder.path() + "/mine/" + key + ".so");
  if (before)
    setenv("SYNFIRE_CACHE", kept.c_str(), 1);
  else
    unsetenv("SYNFIRE_CACHE");
}

TEST_F(CacheTest, WritersAtTheSameTimeLeaveASoundEntry) {
  std::vector<std::thread> writers;
  writers.reserve(8);
  for (int i = 0; i < 8; ++i) {
    writers.emplace_back([this] {
      for (int round = 0; round < 30; ++round) {
        EXPECT_FALSE(store(cache).empty());
        const auto entry = cache.find(key, ".so");
        EXPECT_TRUE(entry && entry->bytes == binary);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 3);
}

TEST(CacheKey, TellsPartsApart) {
  EXPECT_EQ(Cache::key({"a", "b"}), Cache::key({"a", "b"}));
  EXPECT_NE(Cache::key({"a", "b"}), Cache::key({"ab", ""}));
  EXPECT_NE(Cache::key({"a", "b"}), Cache::key({"b", "a"}));
  EXPECT_NE(Cache::key({"a"}), Cache::key({"a", ""}));
  EXPECT_EQ(Cache::key({}).size(), 32u);
}

}  // namespace
}  // namespace synfire::codegen::jit
