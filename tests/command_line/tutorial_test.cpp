// SPDX-License-Identifier: Apache-2.0
// Replays documents in an empty folder: docs/tutorial-command-line.md, whose output must match except for times and
// places, and the commands of the README.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
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

constexpr const char* images = "/usr/share/datasets/fashion-mnist";

bool has_images() { return std::filesystem::exists(std::string(images) + "/t10k-images-idx3-ubyte.gz"); }

// The system's Python first: it has the system's packages.
test::Environment with_program() {
  const std::string path =
      std::filesystem::path(SYNFIRE_PROGRAM).parent_path().string() + ":/usr/bin:/bin:" + std::getenv("PATH");
  return {{"PATH", path}, {"SYNFIRE", SYNFIRE_SOURCE_FOLDER}, {"NO_COLOR", "1"}, {"images", images}};
}

TEST(Tutorial, IsReplayed) {
  if (!has_images()) GTEST_SKIP() << "Fashion-MNIST is not installed";
  const Workplace place;
  const test::Environment environment = with_program();
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

// The lines of the ```sh block.
std::string script_of(const std::string& path) {
  std::ifstream file(path);
  std::string script;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("```")) {
      inside = line == "```sh";
    } else if (inside) {
      script += line + "\n";
    }
  }
  return script;
}

// Ends the last command in the background once it has a checkpoint.
constexpr const char* end_after_checkpoint =
    "while [ ! -e run.ckpt ] && kill -0 $!; do sleep 0.05; done\n"
    "kill -TERM $! || true\n"
    "wait $! || [ $? = 143 ]\n";

// The run with a checkpoint is interrupted, as its comment says that it can be.
TEST(Readme, CommandsWork) {
  if (!has_images()) GTEST_SKIP() << "Fashion-MNIST is not installed";
  const Workplace place;
  const test::Environment environment = with_program();
  const bool pictures = place.run({"bash", "-c", "command -v gnuplot"}, environment).exit_code == 0;
  std::istringstream lines(script_of(SYNFIRE_SOURCE_FOLDER "/README.md"));
  std::string script = "set -e\n";
  for (std::string line; std::getline(lines, line);) {
    line = line.substr(0, line.find("  #"));
    if (line.starts_with("cp examples/")) line.replace(0, 3, "cp $SYNFIRE/");
    if (line.starts_with("synfire plot") && !pictures) continue;
    const bool is_cut = line.find("--checkpoint") != std::string::npos;
    script += is_cut ? line + " &\n" + end_after_checkpoint : line + "\n";
  }
  for (const char* command : {"train", "--resume", "plot history", "sweep", "compile", "evaluate", "run"})
    EXPECT_NE(script.find(command), std::string::npos) << command;
  const Ended ended = place.run({"bash", "-c", script}, environment);
  ASSERT_EQ(ended.exit_code, 0) << ended.messages;
  EXPECT_THAT(ended.messages, ::testing::Not(::testing::HasSubstr("warning:")));
  const auto lines_of = [&](const char* file) {
    const std::string text = place.read(file);
    return std::count(text.begin(), text.end(), '\n');
  };
  EXPECT_EQ(lines_of("history.csv"), 1 + 4);
  EXPECT_EQ(lines_of("sweep.csv"), 1 + 4);
  const std::string measured = "output\tsparse_categorical_accuracy\t";
  const std::size_t at = ended.output.find(measured);
  ASSERT_NE(at, std::string::npos) << ended.output;
  EXPECT_GT(std::atof(ended.output.c_str() + at + measured.size()), 0.8);
}

}  // namespace
}  // namespace synfire
