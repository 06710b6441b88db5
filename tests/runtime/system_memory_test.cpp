// SPDX-License-Identifier: Apache-2.0
// Available memory, read from fake system files.
#include "host/system_memory.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace synfire::runtime {
namespace {

namespace fs = std::filesystem;

class SystemMemoryTest : public ::testing::Test {
 protected:
  SystemMemoryTest() {
    fs::remove_all(root);
    write("proc/meminfo", "MemTotal:  9000 kB\nMemAvailable:    8000 kB\nBuffers: 1 kB\n");
  }
  ~SystemMemoryTest() override { fs::remove_all(root); }

  void write(const fs::path& path, const std::string& text) const {
    fs::create_directories((root / path).parent_path());
    std::ofstream(root / path) << text;
  }

  fs::path root = fs::temp_directory_path() / ("synfire_memory_" + std::to_string(getpid()));
};

TEST_F(SystemMemoryTest, IsWhatTheKernelEstimates) { EXPECT_EQ(available_memory(root), 8000u * 1024); }

TEST_F(SystemMemoryTest, IsBoundByAControlGroupOfVersion2) {
  write("proc/self/cgroup", "0::/a/b\n");
  write("sys/fs/cgroup/a/b/memory.max", "1000000\n");
  write("sys/fs/cgroup/a/b/memory.current", "600000\n");
  EXPECT_EQ(available_memory(root), 400000u);
}

TEST_F(SystemMemoryTest, CountsFileCacheThatCanBeDropped) {
  write("proc/self/cgroup", "0::/a\n");
  write("sys/fs/cgroup/a/memory.max", "1000000\n");
  write("sys/fs/cgroup/a/memory.current", "900000\n");
  write("sys/fs/cgroup/a/memory.stat", "anon 5\ninactive_file 300000\n");
  EXPECT_EQ(available_memory(root), 400000u);
}

TEST_F(SystemMemoryTest, IsBoundByAncestors) {
  write("proc/self/cgroup", "0::/a/b\n");
  write("sys/fs/cgroup/a/memory.max", "1000\n");
  write("sys/fs/cgroup/a/memory.current", "400\n");
  write("sys/fs/cgroup/a/b/memory.max", "max\n");
  write("sys/fs/cgroup/a/b/memory.current", "400\n");
  EXPECT_EQ(available_memory(root), 600u);
}

TEST_F(SystemMemoryTest, IsBoundByAControlGroupOfVersion1) {
  write("proc/self/cgroup", "5:cpu:/x\n4:memory:/x\n");
  write("sys/fs/cgroup/memory/x/memory.limit_in_bytes", "5000\n");
  write("sys/fs/cgroup/memory/x/memory.usage_in_bytes", "6000\n");
  EXPECT_EQ(available_memory(root), 0u);
}

TEST_F(SystemMemoryTest, InAContainerTheMountPointCounts) {
  write("proc/self/cgroup", "4:memory:/docker/123\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "5000\n");
  write("sys/fs/cgroup/memory/memory.usage_in_bytes", "1000\n");
  EXPECT_EQ(available_memory(root), 4000u);
}

TEST(SystemMemory, ThisMachineHasSome) { EXPECT_GT(available_memory(), std::size_t{1} << 20); }

}  // namespace
}  // namespace synfire::runtime
