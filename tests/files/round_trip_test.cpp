// SPDX-License-Identifier: Apache-2.0
// Writing and reading is the identity for any network, with any values and mistakes.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "error/problems.hpp"
#include "files/random_description.hpp"

namespace synfire {
namespace {

// Texts of problems without their source locations.
std::vector<std::string> texts_of(const std::vector<Problem>& problems) {
  std::vector<std::string> texts;
  for (Problem problem : problems) {
    problem.place = {};
    texts.push_back(std::string(to_string(problem.kind)) + ' ' + to_string(problem));
  }
  return texts;
}

void expect_same(const Description& given, const Description& read, const std::string& text) {
  EXPECT_EQ(ir::to_string(read.network.description()), ir::to_string(given.network.description()));
  EXPECT_TRUE(read.network == given.network) << text;
  EXPECT_TRUE(read.compile == given.compile) << text;
  EXPECT_TRUE(read.inputs == given.inputs) << text;
  EXPECT_EQ(texts_of(read.validate()), texts_of(given.validate())) << text;
}

TEST(RoundTrip, RandomDescriptions) {
  const char* const asked = std::getenv("SYNFIRE_PROPERTY_COUNT");
  const std::uint32_t count = asked ? static_cast<std::uint32_t>(std::strtoul(asked, nullptr, 10)) : 1000;
  for (std::uint32_t seed = 0; seed < count; ++seed) {
    SCOPED_TRACE("random_description(" + std::to_string(seed) + ")");
    const Description given = test::random_description(seed);
    const DescriptionText text = to_text(given);
    const Description read = parse_description(text.json, text.tensors, "memory");
    expect_same(given, read, text.json);
    // Writing it again gives the same text.
    const DescriptionText again = to_text(read);
    EXPECT_EQ(again.json, text.json);
    EXPECT_TRUE(again.tensors == text.tensors);
    if (HasFailure()) return;
  }
}

// Removes a piece of the text, inserts it elsewhere, or replaces it.
std::string damaged(std::string text, std::mt19937& random) {
  const auto below = [&](std::size_t count) { return count == 0 ? 0 : random() % count; };
  const std::size_t begin = below(text.size());
  const std::size_t length = 1 + below(random() % 2 == 0 ? 2 : 60);
  const std::string piece = text.substr(begin, length);
  switch (random() % 4) {
    case 0: return text.erase(begin, length);
    case 1: return text.insert(below(text.size()), piece);
    case 2: return text.replace(begin, length, text.substr(below(text.size()), length));
    default: text[begin] = static_cast<char>(random()); return text;
  }
}

TEST(RoundTrip, DamagedDescriptionsAreReadOrRefused) {
  std::size_t refused = 0;
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const DescriptionText given = to_text(test::random_description(seed % 50));
    try {
      (void)parse_description(damaged(given.json, random), given.tensors, "memory").validate();
    } catch (const DataError& error) {
      ++refused;
      for (const Problem& problem : error.problems()) EXPECT_GT(problem.place.line, 0) << to_string(problem);
    }
    if (HasFailure()) return;
  }
  EXPECT_GT(refused, 1000u);
}

}  // namespace
}  // namespace synfire
