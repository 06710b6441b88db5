// SPDX-License-Identifier: Apache-2.0
// Conversion of command-line data and options to network inputs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "command_line/program.hpp"
#include "data/preparation.hpp"
#include "data/recordings.hpp"
#include "data/source.hpp"
#include "synfire/base/files.hpp"
#include "synfire/data.hpp"

namespace synfire::command_line {
namespace {

using test::kind_of;
using test::ScratchFolder;

Arguments arguments_of(const std::string& option, const std::vector<std::string>& values) {
  Arguments arguments;
  for (const std::string& value : values) arguments.add(option, value);
  return arguments;
}

TEST(Sources, NamesFilesAndArrays) {
  const ScratchFolder folder;
  const auto parts = [](const std::string& text) {
    const DataSource source = parse_source("--input", text);
    return std::vector<std::string>{source.name, source.file.string(), source.array};
  };
  EXPECT_EQ(parts("x.npy"), (std::vector<std::string>{"", "x.npy", ""}));
  EXPECT_EQ(parts("retina=events.npz:x"), (std::vector<std::string>{"retina", "events.npz", "x"}));
  EXPECT_EQ(parts("a-b.c_1=x=y.npy"), (std::vector<std::string>{"a-b.c_1", "x=y.npy", ""}));
  EXPECT_EQ(parts("my data/x=y.npy"),
            (std::vector<std::string>{"", "my data/x=y.npy", ""}));  // names contain no blanks
  write_npy(folder / "a:b.npy", Tensor<float>({1}));
  EXPECT_EQ(parts((folder / "a:b.npy").string())[2], "");  // such a file exists
  EXPECT_EQ(parts((folder / "a:c.npy").string())[2], "c.npy");
  EXPECT_EQ(kind_of<UsageError>([&] { parse_source("--input", "x="); }), "invalid_option");
}

TEST(Sources, ReadEveryFormat) {
  const ScratchFolder folder;
  const Tensor<float> values({2, 2}, {1, 2, 3, 4});
  write_npy(folder / "x.npy", values);
  write_npz(folder / "one.npz", {{"x", values}});
  write_npz(folder / "two.npz", {{"x", values}, {"y", Tensor<float>({1})}});
  SpikeTrains trains(3);
  trains.add_example({0, 2}, {1, 2.5f});
  trains.add_example({}, {});
  write_spike_trains(folder / "spikes.npz", trains);
  Arrays named;
  for (const auto& [name, array] : to_arrays(trains)) named.emplace("retina." + name, array);
  write_npz(folder / "named.npz", named);
  const unsigned char idx[] = {0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 7, 9};
  const gzFile compressed = gzopen((folder / "labels.gz").c_str(), "wb");
  gzwrite(compressed, idx, sizeof idx);
  gzclose(compressed);

  DataReader reader;
  const auto read = [&](const std::string& text) {
    return reader.read(parse_source("--input", (folder / text).string()));
  };
  EXPECT_EQ(std::get<Array>(read("x.npy")), Array(values));
  EXPECT_EQ(std::get<Array>(read("one.npz")), Array(values));
  EXPECT_EQ(std::get<Array>(read("two.npz:x")), Array(values));
  EXPECT_EQ(std::get<SpikeTrains>(read("spikes.npz")), trains);
  EXPECT_EQ(std::get<SpikeTrains>(read("named.npz:retina")), trains);
  EXPECT_EQ(std::get<Array>(read("labels.gz")), Array(Tensor<std::uint8_t>({2, 1}, {7, 9})));
  EXPECT_EQ(kind_of<DataError>([&] { read("two.npz"); }), "missing_data");
  EXPECT_EQ(kind_of<DataError>([&] { read("nothing.npz"); }), "file_access");
  EXPECT_EQ(example_count(read("spikes.npz")), 2u);
  EXPECT_EQ(std::get<SpikeTrains>(first_examples(read("spikes.npz"), 1, "")), slice(trains, 0, 1));
  EXPECT_EQ(std::get<Array>(first_examples(read("x.npy"), 1, "")), Array(Tensor<float>({1, 2}, {1, 2})));
  EXPECT_EQ(kind_of<DataError>([&] { first_examples(read("x.npy"), 3, ""); }), "wrong_data_size");
}

TEST(Sources, SaysHowSpikeTrainsAreNamed) {
  const ScratchFolder folder;
  SpikeTrains trains(3);
  trains.add_example({0, 2}, {1, 2.5f});
  Arrays left;
  for (const auto& [name, array] : to_arrays(trains)) left.emplace("left." + name, array);
  write_spike_trains(folder / "in.npz", trains);
  write_npz(folder / "pre.npz", left);
  const auto written = [&](const std::string& file, const std::string& without, const std::string& with) {
    Arrays arrays = to_arrays(trains);
    if (!with.empty()) arrays.emplace(with, arrays.at(without));
    arrays.erase(without);
    write_npz(folder / file, arrays);
  };
  written("nooff.npz", "offsets", "");
  written("typo.npz", "neurons", "nuerons");
  DataReader reader;
  const auto problem = [&](const std::string& text) {
    return test::problems_of<DataError>([&] { reader.read(parse_source("--input", (folder / text).string())); }).at(0);
  };
  EXPECT_EQ(problem("in.npz:times").expected, (folder / "in.npz").string());
  EXPECT_EQ(problem("pre.npz:left.neurons").expected, (folder / "pre.npz").string() + ":left");
  EXPECT_EQ(problem("nooff.npz").message, "the array \"offsets\" of the spike trains is missing");
  EXPECT_EQ(problem("typo.npz").hint, "is \"nuerons\" a misspelling?");
  Arrays wrong = to_arrays(trains);
  wrong["offsets"] = Tensor<std::int64_t>({3}, {0, 2, 1});
  write_npz(folder / "wrong.npz", wrong);
  EXPECT_EQ(problem("wrong.npz").path, (folder / "wrong.npz").string() + ": offsets");
  EXPECT_EQ(problem("wrong.npz").given, "1 after 2, at index 2");
}

TEST(Sources, UnpackOnlyWhatIsWanted) {
  const ScratchFolder folder;
  write_npz(folder / "two.npz", {{"good", Tensor<float>({1})}, {"bad", Tensor<float>({1})}}, false);
  const std::vector<std::byte> bytes = base::read_file(folder / "two.npz");
  std::string archive(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  archive[archive.find("\x93NUMPY") + 20] ^= 1;  // in the first entry, bad.npy
  base::write_file(folder / "two.npz", std::as_bytes(std::span(archive)));
  DataReader reader;
  const auto read = [&](const std::string& name) {
    return reader.read(parse_source("--input", (folder / "two.npz").string() + ":" + name));
  };
  EXPECT_EQ(std::get<Array>(read("good")).size(), 1u);
  EXPECT_EQ(kind_of<DataError>([&] { read("bad"); }), "malformed_file");
}

TEST(Sources, TheOnlyNameNeedNotBeGiven) {
  std::vector<DataSource> sources{parse_source("--input", "x.npy")};
  bind_names(sources, {"retina"}, "input");
  EXPECT_EQ(sources[0].name, "retina");
  sources = {parse_source("--input", "x.npy"), parse_source("--input", "retna=y.npy")};
  const auto problems = test::problems_of<UsageError>([&] { bind_names(sources, {"retina", "ear"}, "input"); });
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[1].expected, "retina");
}

TEST(Preparations, OptionsReplaceWhatIsStored) {
  Arguments arguments = arguments_of("scale", {"0.5"});
  arguments.add("encode", "linear_latency,max_time=18,min_time=2");
  InputPreparation stored;
  stored.population = "in";
  stored.scale = 2.0;
  const auto result = preparations(arguments, {stored}, {"in"});
  ASSERT_EQ(result.size(), 1u);
  EXPECT_EQ(result[0].scale, 0.5);
  const auto& code = std::get<LinearLatency>(result[0].encode);
  EXPECT_EQ(code.max_time, 18);
  EXPECT_EQ(code.min_time, 2);
  EXPECT_EQ(code.max_value, LinearLatency{}.max_value);
  EXPECT_EQ(from_note(to_note(result), "file"), result);
  EXPECT_EQ(to_string(result[0]),
            "scaled by 0.5, then linear_latency(max_time 18, min_time 2, threshold 1, max_value 255)");
  EXPECT_EQ(kind_of<DataError>([] { from_note("[{\"population\": 3}]", "file"); }), "malformed_file");
  EXPECT_EQ(kind_of<DataError>([] { from_note("{", "file"); }), "malformed_file");
}

TEST(Preparations, RecordingsAreStoredAsTexts) {
  const InputPreparation stored{.population = "in", .events = "nmnist,downsample=2"};
  EXPECT_EQ(preparations({}, {stored}, {"in"}), std::vector{stored});
  EXPECT_EQ(from_note(to_note({stored}), "file"), std::vector{stored});
  EXPECT_EQ(to_string(stored), "recordings, nmnist,downsample=2");
  const auto given = [&](const std::string& text) {
    return preparations(arguments_of("events", {text}), {stored}, {"in"}).at(0).events;
  };
  EXPECT_EQ(given("in=aedat,once_per=1"), "aedat,once_per=1") << "the command line wins, and nothing is merged";
  EXPECT_EQ(given("none"), "");
  EXPECT_EQ(kind_of<UsageError>([&] { given("none,unit=us"); }), "unknown_name");
  EXPECT_EQ(kind_of<DataError>([] { from_note("[{\"population\": \"in\", \"events\": \"nmist\"}]", "file"); }),
            "malformed_file");
}

TEST(Preparations, NamesOfInputsAndCodes) {
  const auto result =
      preparations(arguments_of("encode", {"a=log_latency,tau_eff=5", "b=linear_latency"}), {}, {"a", "b"});
  ASSERT_EQ(result.size(), 2u);
  EXPECT_EQ(std::get<LogLatency>(result[0].encode).tau_eff, 5);
  EXPECT_EQ(result[1].population, "b");
  EXPECT_EQ(kind_of<UsageError>([] {
              preparations(arguments_of("encode", {"log_latency"}), {}, {"a", "b"});
            }),
            "invalid_option");
}

TEST(Preparations, NothingIsSaidTwice) {
  for (const auto& given : std::vector<std::pair<std::string, std::vector<std::string>>>{
           {"scale", {"1", "2"}},
           {"encode", {"linear_latency", "a=log_latency"}},
           {"encode", {"linear_latency,max_time=1,max_time=2"}}}) {
    EXPECT_EQ(kind_of<UsageError>([&] { preparations(arguments_of(given.first, given.second), {}, {"a"}); }),
              "invalid_option");
  }
}

TEST(Preparations, DataAreWhatPopulationsTake) {
  const Array bytes(Tensor<std::uint8_t>({1, 2}, {100, 0}));
  const Array floats(Tensor<float>({1, 2}, {1.5f, 0}));
  InputPreparation scaled;
  scaled.scale = 0.01;
  InputPreparation encoded;
  encoded.encode = LinearLatency{.max_time = 10};
  EXPECT_EQ(std::get<Tensor<float>>(prepare_input(bytes, &scaled, false, "x")), Tensor<float>({1, 2}, {1, 0}));
  EXPECT_EQ(std::get<Tensor<float>>(prepare_input(floats, nullptr, false, "x")), Tensor<float>({1, 2}, {1.5f, 0}));
  EXPECT_EQ(std::get<SpikeTrains>(prepare_input(bytes, &encoded, true, "x")),
            encode(Tensor<std::uint8_t>({1, 2}, {100, 0}), LinearLatency{.max_time = 10}));
  const auto refused = [](const RawData& data, const InputPreparation* preparation, bool spikes) {
    return kind_of<DataError>([&] { prepare_input(data, preparation, spikes, "x"); });
  };
  EXPECT_EQ(refused(bytes, nullptr, false), "wrong_data_size");   // integers become currents only on request
  EXPECT_EQ(refused(floats, nullptr, true), "wrong_data_size");   // values for spikes
  EXPECT_EQ(refused(bytes, &encoded, false), "wrong_data_size");  // spikes for values
  EXPECT_EQ(refused(SpikeTrains(2), nullptr, false), "wrong_data_size");
  EXPECT_EQ(refused(SpikeTrains(2), &scaled, true), "wrong_data_size");
  EXPECT_EQ(std::get<Tensor<std::int64_t>>(prepare_labels(bytes, "y")), Tensor<std::int64_t>({1, 2}, {100, 0}));
}

TEST(Recordings, SelectionsArePythons) {
  const auto slice_of = [](const std::string& text) {
    return std::get<Slice>(parse_indices(text, "--record").content());
  };
  EXPECT_EQ(slice_of("2:10").start, 2);
  EXPECT_EQ(slice_of("2:10").stop, 10);
  EXPECT_EQ(slice_of("::3").step, 3);
  EXPECT_EQ(slice_of("-5:").start, -5);
  EXPECT_EQ(slice_of("-5:").stop, std::nullopt);
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(parse_indices("7", "--record").content()),
            std::vector<std::int64_t>{7});
  for (const char* wrong : {"", "a", "1:2:3:4", "1,2", "1.5"})
    EXPECT_EQ(kind_of<UsageError>([&] { parse_indices(wrong, "--record"); }), "invalid_option") << wrong;
}

// ---- Doubtful data

// Runs a population that replays spikes for 100 steps of 1 ms.
class Replay {
 public:
  Replay() {
    place_.write("net.json", R"({"format": "synfire-network", "version": 1,
      "populations": [
        {"name": "i", "shape": 4, "neuron": "spike_input"},
        {"name": "o", "shape": 4, "neuron": {"model": "integrate_fire", "v_thresh": 1e9}, "readout": "var"}],
      "connections": [{"source": "i", "target": "o", "connectivity": {"type": "one_to_one", "weight": 1.0}}],
      "compile": {"timesteps": 100}})");
  }
  test::Ended run(const std::vector<float>& times, const test::Words& more = {}) const {
    SpikeTrains trains(4);
    trains.add_example({0, 1, 2, 3}, times);
    write_spike_trains(place_ / "x.npz", trains);
    return run_on("x.npz", more);
  }
  test::Ended run_on(const std::string& file, const test::Words& more = {}) const {
    test::Words words{"run", "net.json", "--input", file};
    words.insert(words.end(), more.begin(), more.end());
    return place_.synfire(words);
  }
  const test::Workplace& place() const { return place_; }

 private:
  test::Workplace place_;
};

TEST(DoubtfulData, SpikesAfterTheEndAreCounted) {
  using ::testing::HasSubstr;
  const Replay replay;
  EXPECT_EQ(replay.run({1, 20, 50, 99}, {"--quiet"}).messages, "");
  const test::Ended some = replay.run({1, 20, 50, 150}, {"--quiet"});
  EXPECT_EQ(some.exit_code, 0);
  EXPECT_THAT(some.messages,
              HasSubstr("warning: input \"i\": 1 of 4 spikes are after the last step, 99 ms; the last spike is "
                        "at 150 ms"));
  const test::Ended strict = replay.run({1, 20, 50, 150}, {"--strict", "--json"});
  EXPECT_EQ(strict.exit_code, 3);
  EXPECT_EQ(strict.json()["problems"][0]["kind"], "spikes_after_end");
  const test::Ended all = replay.run({1000, 20000, 50000, 99000});
  EXPECT_EQ(all.exit_code, 3);
  EXPECT_THAT(all.messages, HasSubstr("4 of 4 spikes are after the last step, 99 ms; are the times in µs?"));
}

// The message asks for a unit only if in that unit the spikes fill the run.
TEST(DoubtfulData, LateSpikesAreNotAlwaysInMicroseconds) {
  const Replay replay;
  const test::Ended some = replay.run({1, 150, 250, 350}, {"--quiet"});
  EXPECT_THAT(some.messages, ::testing::HasSubstr("the last spike is at 350 ms: use more timesteps"));
  EXPECT_THAT(replay.run({1, 15e3f, 25e3f, 35e3f}, {"--quiet"}).messages, ::testing::HasSubstr("in µs?"));
}

TEST(DoubtfulData, SpikesThatQueueBeyondTheEndAreCounted) {
  using ::testing::HasSubstr;
  const Replay replay;
  const auto run = [&](const std::vector<std::uint32_t>& neurons, const std::vector<float>& times) {
    SpikeTrains trains(4);
    trains.add_example(neurons, times);
    trains.add_example({0}, {99});  // another example with its own steps
    write_spike_trains(replay.place() / "x.npz", trains);
    return replay.run_on("x.npz", {"--strict"});
  };
  const test::Ended three = run({2, 2, 2, 1}, {99, 99, 99, 99});
  EXPECT_EQ(three.exit_code, 3);
  EXPECT_THAT(three.messages, HasSubstr("2 of 5 spikes have no free step: a neuron spikes at most once per step"));
  EXPECT_EQ(run({2, 2, 2, 1}, {97, 97, 97, 97}).exit_code, 0) << "they wait, and occur";
}

TEST(DoubtfulData, SpikesInSecondsAreSeen) {
  const Replay replay;
  const test::Ended beyond = replay.run({0.1f, 0.35f, 0.7f, 1.2f}, {"--json"});
  EXPECT_EQ(beyond.json()["warnings"][0]["kind"], "spikes_in_first_steps") << "a run of 1200 ms, read as two steps";
  EXPECT_EQ(replay.run({0, 1, 1, 2}, {"--quiet"}).messages, "") << "whole steps are meant so";
  const test::Ended seconds = replay.run({0.001f, 0.02f, 0.05f, 0.099f}, {"--json"});
  EXPECT_EQ(seconds.exit_code, 0);
  EXPECT_EQ(seconds.json()["warnings"][0]["kind"], "spikes_in_first_steps");
  EXPECT_THAT(seconds.messages, ::testing::HasSubstr("are the times in s?"));
  EXPECT_EQ(replay.run({0, 0, 0, 0}, {"--quiet"}).messages, "");
}

TEST(DoubtfulData, ACodeThatNothingReachesIsAnError) {
  const Replay replay;
  write_npy(replay.place() / "x.npy", Tensor<float>({1, 4}, {0.1f, 0.5f, 0.9f, 0.75f}));
  const test::Ended ended = replay.run_on("x.npy", {"--encode", "linear_latency"});
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_THAT(ended.messages,
              ::testing::HasSubstr("no value exceeds the threshold 1, so nothing spikes; the largest is "
                                   "0.9"));
  write_npy(replay.place() / "zeros.npy", Tensor<float>({1, 4}));
  const test::Ended zeros = replay.run_on("zeros.npy", {"--encode", "linear_latency"});
  EXPECT_EQ(zeros.exit_code, 0);
  EXPECT_THAT(zeros.messages, ::testing::HasSubstr("warning: encode"));
}

TEST(DoubtfulData, MessagesSayWhatToType) {
  using ::testing::AllOf;
  using ::testing::HasSubstr;
  using ::testing::Not;
  const Replay replay;
  SpikeTrains trains(4);
  trains.add_example({0}, {1});
  Arrays prefixed;
  for (const auto& [name, array] : to_arrays(trains)) prefixed.emplace("left." + name, array);
  write_npz(replay.place() / "prefixed.npz", prefixed);
  EXPECT_THAT(
      replay.run_on("prefixed.npz").messages,
      AllOf(HasSubstr("4 arrays"), HasSubstr("name the spike trains: prefixed.npz:left"), Not(HasSubstr("did you"))));
  EXPECT_EQ(replay.run_on("prefixed.npz:left").exit_code, 0);
  const Tensor<std::int64_t> numbers({2}, {1, 2});
  write_npz(replay.place() / "events.npz", {{"x", numbers}, {"t", numbers}, {"p", numbers}});
  EXPECT_THAT(replay.run_on("events.npz").messages, AllOf(HasSubstr("looks like events"), HasSubstr("numpy.savez")));
  const std::string header = "{'descr': [('x', '<i2')], 'fortran_order': False, 'shape': (0,)}";
  const std::string begin{'\x93', 'N', 'U', 'M', 'P', 'Y', '\1', '\0', static_cast<char>(header.size()), '\0'};
  replay.place().write("structured.npy", begin + header);
  EXPECT_THAT(replay.run_on("structured.npy").messages, AllOf(HasSubstr("structured"), HasSubstr("('x', '<i2')")));
  write_npy(replay.place() / "raster.npy", Tensor<float>({1, 100, 4}));
  EXPECT_THAT(replay.run_on("raster.npy").messages, HasSubstr("binary_spike_input with input_frames"));
  replay.place().write("data.h5", "\x89HDF\r\n\x1a\n and more");
  EXPECT_THAT(replay.run_on("data.h5").messages, HasSubstr("HDF5"));
  EXPECT_THAT(replay.place().synfire({"run", "data.h5"}).messages,
              AllOf(HasSubstr("an HDF5 file"), HasSubstr(".json")));
}

}  // namespace
}  // namespace synfire::command_line
