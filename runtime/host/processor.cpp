// SPDX-License-Identifier: Apache-2.0
#include "host/processor.hpp"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <thread>

#if defined(__x86_64__)
#include <cpuid.h>

#include "host/x86_64_levels.hpp"
#endif

namespace synfire::runtime {
namespace {

#if defined(__x86_64__)

// Features that have no name in __builtin_cpu_supports of Clang 14.
void add_unnamed_features(ProcessorFeatures& features) {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  const auto add = [&](unsigned bit, const char* name) {
    if ((ecx & (1u << bit)) != 0) features.insert(name);
  };
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0) {
    add(13, "CMPXCHG16B");
    add(22, "MOVBE");
    add(29, "F16C");
  }
  if (__get_cpuid(0x80000001u, &eax, &ebx, &ecx, &edx) != 0) {
    add(0, "LAHF");
    add(5, "LZCNT");
  }
}

// __builtin_cpu_supports also checks whether the system saves the wide registers.
ProcessorFeatures features_here() {
  ProcessorFeatures features;
  const auto add = [&](bool is_here, const char* name) {
    if (is_here) features.insert(name);
  };
  __builtin_cpu_init();
  add(__builtin_cpu_supports("popcnt"), "POPCNT");
  add(__builtin_cpu_supports("sse3"), "SSE3");
  add(__builtin_cpu_supports("ssse3"), "SSSE3");
  add(__builtin_cpu_supports("sse4.1"), "SSE4.1");
  add(__builtin_cpu_supports("sse4.2"), "SSE4.2");
  add(__builtin_cpu_supports("avx"), "AVX");
  add(__builtin_cpu_supports("avx2"), "AVX2");
  add(__builtin_cpu_supports("bmi"), "BMI1");
  add(__builtin_cpu_supports("bmi2"), "BMI2");
  add(__builtin_cpu_supports("fma"), "FMA");
  add(__builtin_cpu_supports("avx512f"), "AVX512F");
  add(__builtin_cpu_supports("avx512bw"), "AVX512BW");
  add(__builtin_cpu_supports("avx512cd"), "AVX512CD");
  add(__builtin_cpu_supports("avx512dq"), "AVX512DQ");
  add(__builtin_cpu_supports("avx512vl"), "AVX512VL");
  add_unnamed_features(features);
  return features;
}

std::vector<std::string> portable_architectures() { return x86_64_levels(features_here()); }

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

std::string missing_in_processor([[maybe_unused]] const std::string& architecture) {
#if defined(__x86_64__)
  return missing_features(architecture, features_here());
#else
  return {};
#endif
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
