// SPDX-License-Identifier: Apache-2.0
#include "host/x86_64_levels.hpp"

#include <array>

namespace synfire::runtime {
namespace {

struct Requirement {
  const char* feature;
  int level;  // the lowest level that requires it
};

// x86-64 psABI, table 3.1, without the features of every system that runs 64-bit programs.
constexpr std::array requirements{
    Requirement{"CMPXCHG16B", 2}, Requirement{"LAHF", 2},     Requirement{"POPCNT", 2},   Requirement{"SSE3", 2},
    Requirement{"SSSE3", 2},      Requirement{"SSE4.1", 2},   Requirement{"SSE4.2", 2},   Requirement{"AVX", 3},
    Requirement{"AVX2", 3},       Requirement{"BMI1", 3},     Requirement{"BMI2", 3},     Requirement{"F16C", 3},
    Requirement{"FMA", 3},        Requirement{"LZCNT", 3},    Requirement{"MOVBE", 3},    Requirement{"AVX512F", 4},
    Requirement{"AVX512BW", 4},   Requirement{"AVX512CD", 4}, Requirement{"AVX512DQ", 4}, Requirement{"AVX512VL", 4}};

constexpr int highest = 4;

std::string name_of(int level) { return level == 1 ? "x86-64" : "x86-64-v" + std::to_string(level); }

std::string missing(int level, const ProcessorFeatures& features) {
  std::string text;
  for (const Requirement& required : requirements) {
    if (required.level <= level && !features.contains(required.feature))
      text += (text.empty() ? "" : ", ") + std::string(required.feature);
  }
  return text;
}

}  // namespace

std::vector<std::string> x86_64_levels(const ProcessorFeatures& features) {
  std::vector<std::string> names;
  for (int level = highest; level >= 1; --level) {
    if (missing(level, features).empty()) names.push_back(name_of(level));
  }
  return names;
}

std::string missing_features(const std::string& level, const ProcessorFeatures& features) {
  for (int each = 1; each <= highest; ++each) {
    if (name_of(each) == level) return missing(each, features);
  }
  return {};
}

}  // namespace synfire::runtime
