// SPDX-License-Identifier: Apache-2.0
// The large networks of the examples: population rates of one run match those of Brian2 over seeds
// (benchmarks/validation/results) to three standard deviations. Runs are bit-identical everywhere, so the test is
// deterministic.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

namespace synfire {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

struct Case {
  const char* name;
  const char* program;
  const char* reference;
};

std::ostream& operator<<(std::ostream& stream, const Case& each) { return stream << each.name; }

Json read_json(const fs::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  return Json::parse(file);
}

class Simulations : public ::testing::TestWithParam<Case> {};

TEST_P(Simulations, RatesAreWithinTheSpreadOfBrian2) {
  const fs::path folder = fs::temp_directory_path() / ("synfire-" + std::string(GetParam().name));
  const fs::path figures = folder / "figures.json";
  fs::create_directories(folder);
  const Json reference =
      read_json(fs::path(SYNFIRE_SOURCE_FOLDER "/benchmarks/validation/results") / GetParam().reference);
  const std::string command = std::string(GetParam().program) + " --device host --duration " +
                              reference["duration"].dump() + " --discard " + reference["discard"].dump() +
                              " --output '" + folder.string() + "' --json '" + figures.string() + "'";
  const fs::path messages = folder / "messages.txt";
  ASSERT_EQ(std::system((command + " >/dev/null 2>'" + messages.string() + "'").c_str()), 0) << command;
  std::stringstream said;
  said << std::ifstream(messages).rdbuf();
  EXPECT_EQ(said.str().find("arning"), std::string::npos) << said.str();

  const Json run = read_json(figures)["runs"][0];
  fs::remove_all(folder);
  ASSERT_GE(run["populations"].size(), 2u);
  for (const auto& [population, measured] : run["populations"].items()) {
    const Json& expected = reference["summary"].at(population).at("rate");
    EXPECT_NEAR(measured["rate"].get<double>(), expected["mean"].get<double>(), 3 * expected["sd"].get<double>())
        << population;
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, Simulations,
                         ::testing::Values(Case{"cuba", SYNFIRE_VOGELS_ABBOTT, "brian2_cuba_first_second.json"},
                                           Case{"coba", SYNFIRE_COBA, "brian2_coba.json"},
                                           Case{"microcircuit", SYNFIRE_MICROCIRCUIT, "brian2_microcircuit.json"}),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace synfire
