// SPDX-License-Identifier: Apache-2.0
// Loading shared objects, from memory and from the cache.
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "handwritten.hpp"
#include "host/shared_object.hpp"
#include "synfire/error.hpp"
#include "synfire/runtime/device.hpp"

namespace synfire::runtime {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

contract::Binary program() { return synfire::testing::handwritten_artifact().binaries.front(); }

class CachedProgram : public ::testing::Test {
 protected:
  CachedProgram() {
    binary.cached_path = path.string();
    write(binary.bytes);
  }
  ~CachedProgram() override { std::filesystem::remove(path); }

  void write(std::span<const std::byte> bytes) const {
    std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
  }

  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("synfire_cached_" + std::to_string(getpid()) + ".so");
  contract::Binary binary = program();
};

TEST_F(CachedProgram, IsLoadedFromItsFile) { EXPECT_EQ(SharedObject(binary).path(), path.string()); }

TEST_F(CachedProgram, IsLoadedFromMemoryWhenTheFileHasOtherBytes) {
  auto changed = binary.bytes;
  changed.back() ^= std::byte{1};
  write(changed);
  EXPECT_THAT(SharedObject(binary).path(), StartsWith("/proc/self/fd/"));
}

TEST_F(CachedProgram, IsLoadedFromMemoryWhenTheFileIsShorter) {
  write(std::span(binary.bytes).first(100));
  EXPECT_THAT(SharedObject(binary).path(), StartsWith("/proc/self/fd/"));
}

TEST_F(CachedProgram, IsLoadedFromMemoryWhenTheFileIsGone) {
  std::filesystem::remove(path);
  EXPECT_THAT(SharedObject(binary).path(), StartsWith("/proc/self/fd/"));
}

TEST(SharedObject, HasTheEntryPoint) {
  const SharedObject object(program());
  EXPECT_NE(object.symbol(contract::trial_entry), nullptr);
}

TEST(SharedObject, SeveralAreLoadedSideBySide) {
  const SharedObject first(program());
  const SharedObject second(program());
  EXPECT_NE(first.symbol(contract::trial_entry), second.symbol(contract::trial_entry));
}

TEST(SharedObject, LeavesNoFilesOpen) {
  const auto open_files = [] { return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}); };
  const auto before = open_files();
  for (int i = 0; i < 10; ++i) SharedObject object(program());
  EXPECT_EQ(open_files(), before);
}

TEST(SharedObject, SaysWhatDoesNotLoad) {
  contract::Binary broken = program();
  broken.bytes.resize(200);
  try {
    SharedObject object(broken);
    FAIL();
  } catch (const BuildError& error) {
    EXPECT_EQ(error.problems().front().kind, ProblemKind::build_failed);
    EXPECT_EQ(error.problems().front().path, "device \"host\"");
  }
}

TEST(SharedObject, SaysWhatEntryPointIsMissing) {
  try {
    open_device("host", {.threads = 1})->load(program(), {.name = "other_trial"});
    FAIL();
  } catch (const BuildError& error) {
    EXPECT_THAT(error.problems().front().message, HasSubstr("\"other_trial\""));
  }
}

TEST(HostProgram, SaysWhenThereIsNoMemoryToWorkIn) {
  try {
    open_device("host", {.threads = 1})->load(program(), {.scratch_bytes = std::size_t{1} << 50});
    FAIL();
  } catch (const DeviceError& error) {
    EXPECT_EQ(error.problems().front().kind, ProblemKind::out_of_memory);
    EXPECT_EQ(error.problems().front().given, std::to_string(std::size_t{1} << 50) + " bytes");
  }
}

}  // namespace
}  // namespace synfire::runtime
