// SPDX-License-Identifier: Apache-2.0
// Replays docs/tutorial-command-line.md: runs every command, in order, in an empty folder; the output must match the
// document, except for times and places.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>

#include "command_line/program.hpp"

namespace synfire {
namespace {

using test::Ended;
using test::Workplace;

struct Step {
  std::string command, output;
  int line = 0;
};

// ```console blocks: `$ ` starts a command, `> ` continues it, everything else is output.
std::vector<Step> steps_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<Step> steps;
  bool inside = false;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.starts_with("```")) {
      inside = line == "```console";
    } else if (inside && line.starts_with("$ ")) {
      steps.push_back({line.substr(2) + "\n", {}, number});
    } else if (inside && line.starts_with("> ") && steps.back().output.empty()) {
      steps.back().command += line.substr(2) + "\n";
    } else if (inside && line == ">" && steps.back().output.empty()) {
      steps.back().command += "\n";
    } else if (inside) {
      steps.back().output += line + "\n";
    }
  }
  return steps;
}

// Parts that differ between runs and machines: times, sizes of binaries, processors and their memory.
std::string masked(std::string text) {
  const std::vector<std::pair<std::regex, std::string>> masks{
      {std::regex("[^\r\n]*\r"), ""},
      {std::regex("\x1b\\[[0-9;]*[A-Za-z]"), ""},
      {std::regex("\\[[0-9:]+<[0-9:]+, [0-9.]+ (batches/s|s/batch)"), "[TIMES"},
      {std::regex("[0-9.,]+ (ns|µs|ms|s)\\b( per example)?"), "TIME$2"},
      {std::regex(" \\(from the cache\\)|, from the cache|, compiled in TIME"), ""},
      {std::regex("on host: [^\n]*"), "on host: PROCESSOR"},
      {std::regex("[0-9.]+ (KiB|MiB|GiB)(:|, [0-9]+ registers|\n)"), "SIZE$2"},
      {std::regex("(host +x86-64-v[234] +[a-z]+ +|cuda +[a-z0-9_]+ +[a-z]+ +)[0-9,]+"), "$1SIZE"},
      {std::regex(", [0-9.]+ (KiB|MiB)$"), ", SIZE"},
      {std::regex(" +\n"), "\n"},
  };
  for (const auto& [pattern, replacement] : masks) text = std::regex_replace(text, pattern, replacement);
  return text;
}

TEST(Tutorial, IsReplayed) {
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz"))
    GTEST_SKIP() << "Fashion-MNIST is not installed";
  const Workplace place;
  // The system's Python first: it has the system's packages.
  const std::string path =
      std::filesystem::path(SYNFIRE_PROGRAM).parent_path().string() + ":/usr/bin:/bin:" + std::getenv("PATH");
  const test::Environment environment{{"PATH", path}, {"SYNFIRE", SYNFIRE_SOURCE_FOLDER}, {"NO_COLOR", "1"}};
  if (place.run({"/bin/sh", "-c", "python3 -c 'import numpy'"}, environment).exit_code != 0)
    GTEST_SKIP() << "NumPy is not installed";
  const bool pictures = place.run({"bash", "-c", "command -v gnuplot && command -v dot"}, environment).exit_code == 0;
  const auto steps = steps_of(SYNFIRE_SOURCE_FOLDER "/docs/tutorial-command-line.md");
  ASSERT_GT(steps.size(), 8u);
  for (const Step& step : steps) {
    if (!pictures && step.command.find("synfire plot") != std::string::npos) continue;
    const Ended ended = place.run({"bash", "-c", "exec 2>&1\n" + step.command}, environment);
    EXPECT_EQ(masked(ended.output), masked(step.output)) << "line " << step.line << ": " << step.command;
  }
  EXPECT_TRUE(place.has("demo.synfire"));
}

}  // namespace
}  // namespace synfire
