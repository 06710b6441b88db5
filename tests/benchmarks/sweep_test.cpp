// SPDX-License-Identifier: Apache-2.0
// Sweeps: their values, their files, and a small one from start to end.
#include "sweep.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/scratch_folder.hpp"
#include "support/devices.hpp"
#include "sweep_files.hpp"

namespace synfire::benchmarks {
namespace {

using ::testing::HasSubstr;

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Sweep, SetsWhatItVaries) {
  EXPECT_EQ(with_value({}, "hidden", 64).hidden, 64u);
  EXPECT_EQ(with_value({}, "batch", 7).batch, 7u);
  EXPECT_EQ(with_value({}, "steps", 100).steps, 100u);
  EXPECT_EQ(with_value({}, "rate", 0.5).rate, 0.5);
  EXPECT_EQ(with_value({}, "threads", 3).threads, 3u);
  for (const char* const name : {"hidden", "batch", "steps", "rate", "threads"}) {
    for (const double value : default_values(name)) EXPECT_NO_THROW(with_value({}, name, value));
  }
}

TEST(Sweep, RefusesValuesThatANetworkCannotHave) {
  EXPECT_THROW(with_value({}, "hidden", 0.5), std::invalid_argument);
  EXPECT_THROW(with_value({}, "steps", 3), std::invalid_argument) << "latencies need four";
  EXPECT_THROW(with_value({}, "rate", 5.5), std::invalid_argument) << "more than all pixels";
  EXPECT_THROW(with_value({}, "size", 1), std::invalid_argument);
  EXPECT_THROW(default_values("size"), std::invalid_argument);
}

SweepResult two_rows() {
  SweepResult result{.sweep = "batch", .context = {{"command", "a\nb"}}, .rows = {}};
  result.rows.push_back(
      {.workload = "run/a", .value = 4, .setting = {.batch = 4}, .examples = 8, .us_per_example = 1.5});
  result.rows.push_back({.workload = "run/a", .value = 8, .error = "wrong \"result\"\n, twice", .us_per_example = 7});
  return result;
}

TEST(Sweep, RowsWithErrorsHaveNoFigures) {
  const std::string csv = to_csv(two_rows());
  EXPECT_THAT(csv,
              ::testing::StartsWith("# command: a b\nworkload,batch_value,hidden,batch,steps,rate,threads,examples,"
                                    "us_per_example,"));
  EXPECT_THAT(csv, HasSubstr("\nrun/a,4,0,4,0,1,1,8,1.5,"));
  EXPECT_THAT(csv, HasSubstr(",,,,,,\"wrong \"\"result\"\" , twice\"\n"));
  const auto json = nlohmann::json::parse(to_json(two_rows()));
  EXPECT_EQ(json["context"]["command"], "a\nb");
  EXPECT_EQ(json["rows"][0]["us_per_example"], 1.5);
  EXPECT_EQ(json["rows"][1]["error"], "wrong \"result\"\n, twice");
  EXPECT_FALSE(json["rows"][1].contains("us_per_example"));
}

TEST(Sweep, MeasuresFourNetworksAndWritesFiles) {
  setenv("SYNFIRE_CACHE", testing::cache_folder().c_str(), 1);
  const test::ScratchFolder folder;
  Options options{.device = "host", .threads = {1}, .sweep = "steps", .values = {10}};
  options.sweep_out = folder.path().string();
  EXPECT_TRUE(run_sweep(options));
  const auto json = nlohmann::json::parse(text_of(folder.path() / "sweep-steps.json"));
  ASSERT_EQ(json["rows"].size(), 4u);
  for (const auto& row : json["rows"]) {
    EXPECT_GT(row["us_per_example"], 0) << row;
    EXPECT_GE(row["us_per_example"], row["us_per_example_min"]) << row;
    EXPECT_EQ(row["steps"], 10) << row;
    EXPECT_GT(row["device_peak_mib"], 0) << row;
  }
  EXPECT_THAT(text_of(folder.path() / "sweep-steps.csv"), HasSubstr("\ntrain/latency_mnist,10,128,32,10,1,1,512,"));
  EXPECT_THAT(text_of(folder.path() / "sweep-steps.gnuplot"), HasSubstr("steps per example"));
}

}  // namespace
}  // namespace synfire::benchmarks
