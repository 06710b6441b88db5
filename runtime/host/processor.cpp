// SPDX-License-Identifier: Apache-2.0
#include "host/processor.hpp"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <thread>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace synfire::runtime {
namespace {

#if defined(__x86_64__)

constexpr unsigned movbe_bit = 1u << 22;  // leaf 1, ecx
constexpr unsigned f16c_bit = 1u << 29;   // leaf 1, ecx
constexpr unsigned lzcnt_bit = 1u << 5;   // leaf 0x80000001, ecx

// Features that __builtin_cpu_supports of Clang 14 has no name for.
bool has_unnamed_v3_features() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0) return false;
  if ((ecx & movbe_bit) == 0 || (ecx & f16c_bit) == 0) return false;
  return __get_cpuid(0x80000001u, &eax, &ebx, &ecx, &edx) != 0 && (ecx & lzcnt_bit) != 0;
}

// The levels of the x86-64 psABI. __builtin_cpu_supports also asks whether the system saves the wide
// registers.
int x86_64_level() {
  __builtin_cpu_init();
  const bool v2 = __builtin_cpu_supports("sse3") && __builtin_cpu_supports("ssse3") &&
                  __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("sse4.2") &&
                  __builtin_cpu_supports("popcnt");
  if (!v2) return 1;
  const bool v3 = __builtin_cpu_supports("avx") && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                  __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma") && has_unnamed_v3_features();
  if (!v3) return 2;
  const bool v4 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl");
  return v4 ? 4 : 3;
}

std::vector<std::string> portable_architectures() {
  std::vector<std::string> names;
  for (int level = x86_64_level(); level >= 2; --level) names.push_back("x86-64-v" + std::to_string(level));
  names.emplace_back("x86-64");
  return names;
}

#elif defined(__aarch64__)
std::vector<std::string> portable_architectures() { return {"aarch64"}; }
#else
std::vector<std::string> portable_architectures() { return {}; }
#endif

}  // namespace

std::vector<std::string> processor_architectures() {
  std::vector<std::string> names = portable_architectures();
  names.insert(names.begin(), "native");
  return names;
}

unsigned usable_processors() {
  cpu_set_t processors;
  CPU_ZERO(&processors);
  if (sched_getaffinity(0, sizeof processors, &processors) == 0) {
    return static_cast<unsigned>(std::max(1, CPU_COUNT(&processors)));
  }
  return std::max(1u, std::thread::hardware_concurrency());
}

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    const std::size_t start = line.find_first_not_of(" \t", line.find(':') + 1);
    if (start != std::string::npos) return line.substr(start);
  }
  return "processor";
}

}  // namespace synfire::runtime
