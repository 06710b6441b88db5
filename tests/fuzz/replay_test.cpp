// SPDX-License-Identifier: Apache-2.0
// Runs all stored inputs (seeds of the fuzzers, and past failures) through their targets, then damaged copies of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

#include "fuzz/targets.hpp"

namespace synfire::fuzz {
namespace {

namespace fs = std::filesystem;

std::vector<std::byte> content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}

std::vector<fs::path> inputs_of(const std::string& target) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(SYNFIRE_FUZZ_CORPORA) / target))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

// Changes, removes or inserts a byte, or cuts off the end.
void damage(std::vector<std::byte>& bytes, std::mt19937& random) {
  if (bytes.empty()) return;
  const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(random() % bytes.size());
  const auto value = static_cast<std::byte>(random());
  switch (random() % 4) {
    case 0: *at = value; break;
    case 1: bytes.erase(at); break;
    case 2: bytes.insert(at, value); break;
    default: bytes.erase(at, bytes.end());
  }
}

class Replay : public testing::TestWithParam<Target> {};

TEST_P(Replay, OfKeptInputs) {
  const std::vector<fs::path> files = inputs_of(GetParam().name);
  ASSERT_FALSE(files.empty());
  for (const fs::path& file : files) {
    SCOPED_TRACE(file);
    EXPECT_NO_THROW(GetParam().run(content_of(file)));
  }
}

TEST_P(Replay, OfDamagedInputs) {
  constexpr int copies = 100;
  constexpr std::uint32_t seed = 20;
  std::mt19937 random(seed);
  for (const fs::path& file : inputs_of(GetParam().name)) {
    for (int copy = 0; copy < copies; ++copy) {
      std::vector<std::byte> bytes = content_of(file);
      for (auto damages = 1 + random() % 3; damages > 0; --damages) damage(bytes, random);
      SCOPED_TRACE(file.string() + ", copy " + std::to_string(copy) + ", seed " + std::to_string(seed));
      EXPECT_NO_THROW(GetParam().run(bytes));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, Replay, testing::ValuesIn(targets),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace synfire::fuzz
