// SPDX-License-Identifier: Apache-2.0
#include "host/system_memory.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace synfire::runtime {
namespace {

namespace fs = std::filesystem;

// The files of one version of the control group interface.
struct GroupFiles {
  const char* limit;
  const char* usage;
  const char* cache;  // key in memory.stat: file cache that the kernel drops when a group needs memory
};
constexpr GroupFiles version_1 = {"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"};
constexpr GroupFiles version_2 = {"memory.max", "memory.current", "inactive_file"};

// The number in a file that contains nothing else; nothing for "max".
std::optional<std::size_t> read_number(const fs::path& path) {
  std::ifstream file(path);
  std::size_t number = 0;
  return file >> number ? std::optional(number) : std::nullopt;
}

// The number after `key` in a file of lines `key number …`.
std::optional<std::size_t> read_entry(const fs::path& path, std::string_view key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::size_t end = line.find_first_of(" \t");
    if (std::string_view(line).substr(0, end) != key || end == std::string::npos) continue;
    return static_cast<std::size_t>(std::strtoull(line.c_str() + end, nullptr, 10));
  }
  return std::nullopt;
}

// The memory that one group leaves.
std::size_t free_in_group(const fs::path& group, const GroupFiles& files) {
  const auto limit = read_number(group / files.limit);
  const auto usage = read_number(group / files.usage);
  if (!limit || !usage) return std::numeric_limits<std::size_t>::max();
  const std::size_t held = *usage - std::min(*usage, read_entry(group / "memory.stat", files.cache).value_or(0));
  return *limit - std::min(*limit, held);
}

// The memory that a group and its ancestors leave. In a container the path may be that of the machine outside and not
// exist here; the mount point is then the container's own group.
std::size_t free_in_groups(const fs::path& mount, const fs::path& group, const GroupFiles& files) {
  std::size_t least = free_in_group(mount, files);
  fs::path current = mount;
  for (const fs::path& part : group.relative_path()) {
    current /= part;
    least = std::min(least, free_in_group(current, files));
  }
  return least;
}

// /proc/self/cgroup has lines `number:controllers:path`; version 2 has no controllers.
std::size_t free_in_own_groups(const fs::path& root) {
  std::size_t least = std::numeric_limits<std::size_t>::max();
  std::ifstream file(root / "proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const fs::path group = line.substr(second + 1);
    if (controllers.empty()) {
      least = std::min(least, free_in_groups(root / "sys/fs/cgroup", group, version_2));
    } else if (controllers == "memory") {
      least = std::min(least, free_in_groups(root / "sys/fs/cgroup/memory", group, version_1));
    }
  }
  return least;
}

// What a limit leaves of the number of pages that count towards it.
std::size_t left_of(decltype(RLIMIT_AS) limit, std::size_t pages) {
  struct rlimit set {};
  if (::getrlimit(limit, &set) != 0 || set.rlim_cur == RLIM_INFINITY) return std::numeric_limits<std::size_t>::max();
  const auto most = static_cast<std::size_t>(set.rlim_cur);
  return most - std::min(most, pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)));
}

}  // namespace

std::size_t usable_memory() {
  // Pages: all, resident, shared, code, 0, data and stack.
  std::array<std::size_t, 6> pages{};
  std::ifstream file("/proc/self/statm");
  for (std::size_t& each : pages) file >> each;
  return std::min({available_memory(), left_of(RLIMIT_AS, pages[0]), left_of(RLIMIT_DATA, pages[5])});
}

std::size_t available_memory(const fs::path& root) {
  const auto kibibytes = read_entry(root / "proc/meminfo", "MemAvailable:");
  const std::size_t machine = kibibytes ? *kibibytes * 1024 : std::numeric_limits<std::size_t>::max();
  return std::min(machine, free_in_own_groups(root));
}

}  // namespace synfire::runtime
