// SPDX-License-Identifier: Apache-2.0
// The benchmark program's own options, and what it reports about the machine.
#include "options.hpp"

#include <gmock/gmock.h>

#include "context.hpp"

namespace synfire::benchmarks {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

struct Parsed {
  Options options;
  std::vector<std::string> left;  // for Google Benchmark
};

Parsed parse(std::vector<std::string> words) {
  words.insert(words.begin(), "synfire_benchmark");
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  int count = static_cast<int>(words.size());
  Parsed parsed{.options = parse_options(count, arguments.data()), .left = {}};
  parsed.left.assign(arguments.begin() + 1, arguments.begin() + count);
  return parsed;
}

std::string error_of(const std::vector<std::string>& words) {
  try {
    parse(words);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return {};
}

TEST(BenchmarkOptions, AreRemovedAndTheOthersKept) {
  const auto [options, left] =
      parse({"--device=host", "--benchmark_filter=x", "--threads", "1,4", "--benchmark_repetitions=2"});
  EXPECT_EQ(options.device, "host");
  EXPECT_THAT(options.threads, ElementsAre(1, 4));
  EXPECT_THAT(left, ElementsAre("--benchmark_filter=x", "--benchmark_repetitions=2"));
  EXPECT_EQ(options.command,
            "synfire_benchmark --device=host --benchmark_filter=x --threads 1,4 --benchmark_repetitions=2");
}

TEST(BenchmarkOptions, ASweepHasValues) {
  const Options options = parse({"--sweep", "rate", "--values=0.25,1,4", "--sweep_out", "folder"}).options;
  EXPECT_EQ(options.sweep, "rate");
  EXPECT_THAT(options.values, ElementsAre(0.25, 1, 4));
  EXPECT_EQ(options.sweep_out, "folder");
}

TEST(BenchmarkOptions, MistakesSayWhatWasExpected) {
  EXPECT_THAT(error_of({"--threads=0"}), AllOf(HasSubstr("--threads"), HasSubstr("\"0\"")));
  EXPECT_THAT(error_of({"--threads=1,"}), HasSubstr("--threads"));
  EXPECT_THAT(error_of({"--sweep=hidden", "--values=1,x"}), AllOf(HasSubstr("--values"), HasSubstr("\"1,x\"")));
  EXPECT_THAT(error_of({"--sweep=hidden", "--values=-1"}), HasSubstr("above 0"));
  EXPECT_THAT(error_of({"--values=1"}), HasSubstr("--sweep"));
  EXPECT_THAT(error_of({"--sweep"}), HasSubstr("needs a value"));
}

TEST(BenchmarkContext, NamesWhatFiguresDependOn) {
  const auto context = describe_context(parse({"--device=host", "--threads=1"}).options);
  std::vector<std::string> names;
  for (const auto& [name, value] : context) {
    names.push_back(name);
    EXPECT_NE(value, "") << name;
    EXPECT_EQ(value.find('\n'), std::string::npos) << name;
  }
  EXPECT_THAT(names, IsSupersetOf({"date_utc", "command", "synfire_device", "load_average_before", "compiler",
                                   "compiler_of_programs", "flags_of_programs"}));
  EXPECT_THAT(context,
              Contains(std::pair<std::string, std::string>("command", "synfire_benchmark --device=host --threads=1")));
}

}  // namespace
}  // namespace synfire::benchmarks
