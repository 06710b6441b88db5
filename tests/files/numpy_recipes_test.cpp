// SPDX-License-Identifier: Apache-2.0
// docs/descriptions.md: runs its NumPy recipes and compares its descriptions with the examples.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/scratch_folder.hpp"
#include "files/python.hpp"
#include "synfire/description.hpp"
#include "synfire/models.hpp"

namespace synfire {
namespace {

namespace fs = std::filesystem;

const fs::path sources = SYNFIRE_SOURCE_FOLDER;

std::string contents_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// The document's code blocks in a language.
std::vector<std::string> blocks(const std::string& language) {
  const std::string text = contents_of(sources / "docs/descriptions.md");
  const std::string begin = "```" + language + "\n";
  std::vector<std::string> found;
  for (std::size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at)) {
    at += begin.size();
    found.push_back(text.substr(at, text.find("```", at) - at));
  }
  return found;
}

TEST(DescriptionsDocument, ShowsTheExamples) {
  const std::vector<std::string> shown = blocks("json");
  ASSERT_GE(shown.size(), 4u);
  EXPECT_EQ(shown[0], contents_of(sources / "examples/descriptions/first.json"));
  EXPECT_EQ(shown[1], contents_of(sources / "examples/descriptions/second.json"));
}

class NumPyRecipes : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::python_has("numpy")) GTEST_SKIP() << "/usr/bin/python3 with numpy is not installed";
    ASSERT_EQ(recipes_.size(), 2u);
  }
  int run(const std::string& recipe) const {
    std::ofstream(folder_ / "recipe.py") << recipe;
    return test::run_python(folder_.path(), "recipe.py > output.txt");
  }

  const std::vector<std::string> recipes_ = blocks("python");
  test::ScratchFolder folder_;
};

TEST_F(NumPyRecipes, ReadWeights) {
  Network network;
  const auto a = network.add(PoissonInput{}, 20, {.name = "a"});
  const auto b = network.add(IntegrateFire{}, 30, {.name = "b"});
  network.connect(a, b, Dense{Tensor<float>({20, 30}, std::vector<float>(600, 0.25f))});
  network.connect(b, b, OneToOne{1.0});
  network.save(folder_ / "trained.json");
  ASSERT_EQ(run(recipes_[0]), 0);
  EXPECT_EQ(contents_of(folder_ / "output.txt"), "a_b (20, 30) 0.25\n");
}

TEST_F(NumPyRecipes, WriteWeights) {
  ASSERT_EQ(run(recipes_[1]), 0);
  const Network network = Network::load(folder_ / "made.json");
  EXPECT_TRUE(network.validate().empty());
  const Value& weight = weight_of(network.description().connections.at(0).connectivity);
  EXPECT_EQ(weight.array(), read_npz(folder_ / "made.npz").at("input_output.weight").as_float());
  EXPECT_EQ(weight.array().shape(), (Extents{100, 10}));
}

}  // namespace
}  // namespace synfire
