// SPDX-License-Identifier: Apache-2.0
// Recordings streamed to .npz files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstdlib>
#include <fstream>

#include "base/scratch_folder.hpp"
#include "recording/recorder.hpp"
#include "recording/spool.hpp"
#include "synfire/base/files.hpp"
#include "synfire/npz.hpp"

namespace synfire {
namespace {

using test::kind_of;
using test::recorded_spikes;
using test::recorder;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

using test::cells;
using test::loop;
const std::vector<std::uint32_t> lengths{10, 1, 4, 5, 8, 3, 9};

// The spikes of a file in the in-memory format.
std::vector<std::vector<RecordedSpike>> spikes_of(const Arrays& arrays, const std::string& name) {
  const auto offsets = arrays.at(name + ".offsets").as<std::int64_t>();
  const auto neurons = arrays.at(name + ".neuron").as<std::uint32_t>();
  const auto steps = arrays.at(name + ".step").as<std::uint32_t>();
  const auto signs = arrays.at(name + ".sign").as<std::int8_t>();
  std::vector<std::vector<RecordedSpike>> spikes(offsets.size() - 1);
  for (std::size_t e = 0; e < spikes.size(); ++e) {
    for (auto s = static_cast<std::size_t>(offsets[e]); s < static_cast<std::size_t>(offsets[e + 1]); ++s)
      spikes[e].push_back({neurons[s], steps[s], signs[s]});
  }
  return spikes;
}

std::vector<std::uint32_t> bits(const Tensor<float>& values) {
  std::vector<std::uint32_t> words;
  for (const float value : values) words.push_back(std::bit_cast<std::uint32_t>(value));
  return words;
}

class Files : public testing::Test {
 protected:
  RunOptions to_file(const std::string& name = "run.npz") const {
    return {.example_timesteps = lengths, .record_to = folder_ / name};
  }
  test::ScratchFolder folder_;
};

TEST_F(Files, HoldWhatMemoryWouldHold) {
  auto in_memory = recorder();
  const Predictions expected = in_memory.predict(7, {.example_timesteps = lengths});
  for (const std::uint32_t rows : {10u, 3u, 1u}) {
    for (const std::uint32_t batch_size : {3u, 7u}) {
      auto network = recorder({.batch_size = batch_size, .recording_steps = rows});
      const Predictions results = network.predict(7, to_file());
      const Arrays arrays = read_npz(folder_ / "run.npz");
      const Tensor<float> v = arrays.at("cells.v").as_float();
      EXPECT_EQ(v.shape(), (Extents{7, 10, 2, 3}));
      EXPECT_EQ(bits(v), bits(expected.recorded(cells, "v")));
      EXPECT_EQ(bits(arrays.at("loop.g").as_float()), bits(expected.recorded(loop, "g")));
      EXPECT_EQ(spikes_of(arrays, "cells.spikes"), expected.spikes(cells));
      EXPECT_EQ(arrays.at("dt").as<double>(), Tensor<double>({}, {0.5}));
      EXPECT_THAT(arrays.at("cells.v.examples").as<std::int64_t>().values(), ElementsAre(0, 1, 2, 3, 4, 5, 6));
      EXPECT_EQ(results["out"], expected["out"]);
      EXPECT_EQ(results.axes(cells, "v").steps.size(), 10u);
      EXPECT_EQ(kind_of<ModelError>([&] { (void)results.recorded(cells, "v"); }), "missing_variable");
      EXPECT_EQ(kind_of<ModelError>([&] { (void)results.spikes(cells); }), "missing_variable");
      EXPECT_EQ(folder_.files(), 1u);
    }
  }
}

TEST_F(Files, FiltersApplyAndEachRecordingCanHaveItsFile) {
  auto network = recorder({.recording_steps = 4});
  const Predictions results = network.predict(
      7,
      {.recordings = {
           {cells,
            "v",
            {.neurons = {1, {2, 0}}, .examples = {1, 5}, .steps = Every{3}, .file = folder_ / "a.npz", .key = "some"}},
           {cells, "spikes", {.examples = {1, 5}, .steps = {2, 9}, .counts = true, .file = folder_ / "b.npz"}},
           {loop, "weight", {.sources = {{0}, {1}}, .targets = {0, {0, 2}}, .file = folder_ / "." / "b.npz"}}}});
  const Arrays a = read_npz(folder_ / "a.npz"), b = read_npz(folder_ / "b.npz");
  const Tensor<float> some = a.at("some").as_float();
  ASSERT_EQ(some.shape(), (Extents{2, 4, 2}));
  EXPECT_EQ(some.at({1, 3, 0}), test::recorded_v(5, 9, 5));
  EXPECT_EQ(some.at({0, 1, 1}), test::recorded_v(1, 3, 3));
  EXPECT_THAT(a.at("some.steps").as<std::uint32_t>().values(), ElementsAre(0, 3, 6, 9));
  EXPECT_THAT(a.at("some.neurons").as<std::uint32_t>().values(), ElementsAre(5, 3));
  EXPECT_EQ(b.at("cells.spikes.counts").shape(), (Extents{2, 2, 3}));
  EXPECT_THAT(b.at("loop.weight.values").as_float().values(), ElementsAre(6, 8));
  EXPECT_THAT(b.at("loop.weight.sources").as<std::uint32_t>().values(), ElementsAre(1, 1));
  EXPECT_THAT(b.at("loop.weight.targets").as<std::uint32_t>().values(), ElementsAre(0, 2));
  EXPECT_EQ(results.recorded(loop, "g").shape(), (Extents{7, 10, 2, 3}));  // without a file: in memory
}

TEST_F(Files, ARunThatFailsLeavesNothing) {
  int launches = 0;
  auto network = recorder({.recording_steps = 4, .on_launch = [&](const contract::TrialHeader&) {
                             EXPECT_EQ(folder_.files(), 0u);  // no file is visible even during the run
                             if (++launches == 5) throw RunError({.kind = ProblemKind::run_failed, .path = "test"});
                           }});
  EXPECT_EQ(kind_of<RunError>([&] { (void)network.predict(7, to_file()); }), "run_failed");
  EXPECT_EQ(folder_.files(), 0u);
}

TEST_F(Files, PredictionsGoToAFileToo) {
  auto network = recorder();
  const Predictions results = network.predict(
      7, {.example_timesteps = lengths, .record_to = folder_ / "run.npz", .predictions_to = folder_ / "." / "run.npz"});
  const Arrays together = read_npz(folder_ / "run.npz");
  EXPECT_EQ(together.at("out").as_float(), results["out"]);
  EXPECT_TRUE(together.contains("cells.v"));
  auto silent = recorder();
  (void)silent.predict(7, {.example_timesteps = lengths, .predictions_to = folder_ / "alone.npz"});
  const Arrays alone = read_npz(folder_ / "alone.npz");
  EXPECT_EQ(alone.at("out").as_float(), results["out"]);
  EXPECT_EQ(alone.size(), 1u);
  EXPECT_EQ(kind_of<DataError>([&] { (void)silent.predict(7, {.predictions_to = folder_ / "nowhere" / "x.npz"}); }),
            "file_access");
}

TEST_F(Files, AFailureLeavesTheOldFile) {
  auto network = recorder();
  (void)network.predict(7, to_file());
  const std::vector<std::byte> before = base::read_file(folder_ / "run.npz");
  auto failing = recorder({.on_launch = [](const contract::TrialHeader& header) {
    if (header.first_example > 0) throw RunError({.kind = ProblemKind::run_failed, .path = "test"});
  }});
  EXPECT_EQ(kind_of<RunError>([&] { (void)failing.predict(7, to_file()); }), "run_failed");
  EXPECT_EQ(base::read_file(folder_ / "run.npz"), before);
  EXPECT_EQ(folder_.files(), 1u);
}

class Throwing : public Callback {
 public:
  explicit Throwing(std::string where) : where_(std::move(where)) {}
  void on_test_begin(const RunInfo&) override { fail("test_begin"); }
  void on_test_end(const MetricValues&) override { fail("test_end"); }
  void on_batch_begin(std::size_t batch) override {
    if (batch == 1) fail("batch_begin");
  }
  void on_batch_end(std::size_t batch, const MetricValues&) override {
    if (batch == 1) fail("batch_end");
  }
  bool wants_steps() const override { return where_ == "step_end"; }
  void on_step_end(std::uint32_t step, const StepView&) override {
    if (step == 6) fail("step_end");
  }

 private:
  void fail(const std::string& here) const {
    if (here == where_) throw std::runtime_error(where_);
  }
  std::string where_;
};

TEST_F(Files, ACallbackThatThrowsLeavesNothing) {
  for (const char* where : {"test_begin", "batch_begin", "step_end", "batch_end", "test_end"}) {
    auto network = recorder({.recording_steps = 4});
    RunOptions options = to_file();
    options.callbacks = {Throwing(where)};
    options.warn = [](const Problem&) {};
    EXPECT_THROW((void)network.predict(7, options), std::runtime_error) << where;
    EXPECT_EQ(folder_.files(), 0u) << where;
  }
}

TEST_F(Files, NamesThatMeetAreSaidBeforeAnythingRuns) {
  int launches = 0;
  auto network = recorder({.on_launch = [&](const contract::TrialHeader&) { ++launches; }});
  const auto kind = [&](const std::string& key) {
    RunOptions options = to_file();
    options.predictions_to = folder_ / "run.npz";
    options.recordings = {{"cells", "v", {.key = key}}};
    return kind_of<DataError>([&] { (void)network.predict(7, options); });
  };
  for (const char* key : {"dt", "out", "cells.spikes.offsets"}) EXPECT_EQ(kind(key), "duplicate_name") << key;
  EXPECT_EQ(launches, 0);
  EXPECT_EQ(folder_.files(), 0u);
}

TEST_F(Files, WhatCannotBeWrittenIsSaidBeforeAnythingRuns) {
  int launches = 0;
  auto network = recorder({.on_launch = [&](const contract::TrialHeader&) { ++launches; }});
  EXPECT_EQ(kind_of<DataError>([&] { (void)network.predict(7, to_file("no/such/folder/run.npz")); }), "file_access");
  EXPECT_EQ(launches, 0);
}

TEST_F(Files, ARunThatIsStoppedKeepsWhatRan) {
  auto network = test::toy_network(2);
  const Tensor<float> values = test::toy_values(6);
  const SpikeTrains spikes = test::toy_spikes(6);
  network.for_each_batch({{"values", values}, {"spikes", spikes}},
                         [](const BatchResult& batch) { return batch.first_example < 2; },
                         {.recordings = {{"hidden", "v", {.examples = {0, 3, 5}}}}, .record_to = folder_ / "run.npz"});
  const Arrays arrays = read_npz(folder_ / "run.npz");
  EXPECT_EQ(arrays.at("hidden.v").shape(), (Extents{2, 4, 3}));
  EXPECT_THAT(arrays.at("hidden.v.examples").as<std::int64_t>().values(), ElementsAre(0, 3));
  EXPECT_EQ(spikes_of(arrays, "hidden.spikes").size(), 4u);
}

TEST_F(Files, NumPyReadsThem) {
  if (std::system("/usr/bin/python3 -c 'import numpy' 2>/dev/null") != 0)
    GTEST_SKIP() << "/usr/bin/python3 with numpy is not installed";
  auto network = recorder({.recording_steps = 3});
  (void)network.predict(7, to_file());
  std::ofstream(folder_ / "script.py") << R"(
import numpy as np
z = np.load('run.npz')
lengths = [10, 1, 4, 5, 8, 3, 9]
v = z['cells.v']
assert v.dtype == np.dtype('<f4') and v.shape == (7, 10, 2, 3)
e, s, n = np.meshgrid(np.arange(7), np.arange(10), np.arange(6), indexing='ij')
expected = (1000 * e + 10 * s + n).astype('f4')
expected[s >= np.array(lengths)[:, None, None]] = np.nan
assert np.array_equal(v.reshape(7, 10, 6), expected, equal_nan=True)
assert np.array_equal(z['loop.g'].reshape(7, 10, 6), -expected, equal_nan=True)
sign = np.zeros((7, 10, 6), 'i1')
offsets = z['cells.spikes.offsets']
for k in range(7):
    part = slice(offsets[k], offsets[k + 1])
    sign[k, z['cells.spikes.step'][part], z['cells.spikes.neuron'][part]] = z['cells.spikes.sign'][part]
assert np.array_equal(sign, np.where(((e + s + n) % 3 == 0) & ~np.isnan(expected), np.where(n % 2, -1, 1), 0))
assert z['dt'] == 0.5 and z['cells.v.steps'].tolist() == list(range(10))
w = z['loop.weight.values']
assert w.tolist() == list(range(36)) and z['loop.weight.sources'][7] == 1 and z['loop.weight.targets'][7] == 1
assert (z['loop.delay.values'] == 2).all()
)";
  EXPECT_EQ(std::system(("cd '" + folder_.path().string() + "' && /usr/bin/python3 script.py").c_str()), 0);
}

TEST_F(Files, SpoolsHaveNoNames) {
  runtime::Spool spool(folder_ / "x.npz");
  EXPECT_EQ(folder_.files(), 0u);
  spool.append(test::bytes_of("abc"));
  spool.write(5, test::bytes_of("de"));
  EXPECT_EQ(spool.bytes(), 7u);
  std::vector<std::byte> all(7);
  spool.read(0, all);
  EXPECT_EQ(all, test::bytes_of(std::string("abc\0\0de", 7)));
  EXPECT_EQ(kind_of<DataError>([&] { spool.read(6, all); }), "file_access");
  const runtime::Spool moved = std::move(spool);
  EXPECT_EQ(moved.bytes(), 7u);
}

TEST_F(Files, ArraysPieceByPiece) {
  NpzWriter writer(folder_ / "x.npz", false);
  writer.begin("a", DataType::u8, {2, 2});
  writer.append(test::bytes_of("ab"));
  writer.append({});
  writer.append(test::bytes_of("cd"));
  writer.end();
  writer.add("b", Tensor<float>({1}, {2}));
  writer.begin("short", DataType::u8, {3});
  writer.append(test::bytes_of("ab"));
  EXPECT_EQ(kind_of<DataError>([&] { writer.end(); }), "wrong_data_size");
  EXPECT_EQ(folder_.files(), 1u);  // not in its place yet
  NpzWriter good(folder_ / "y.npz", true);
  good.begin("a", DataType::u8, {2, 2});
  good.append(test::bytes_of("abcd"));
  good.end();
  good.finish();
  EXPECT_EQ(read_npz(folder_ / "y.npz").at("a").as<std::uint8_t>(), Tensor<std::uint8_t>({2, 2}, {'a', 'b', 'c', 'd'}));
}

}  // namespace
}  // namespace synfire
