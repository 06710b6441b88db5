// SPDX-License-Identifier: Apache-2.0
// Recordings of event cameras on the command line: data info, --events, from simulated saccades to a trained network.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "command_line/program.hpp"
#include "data/event_source.hpp"
#include "files/python.hpp"
#include "synfire/data.hpp"

namespace synfire::command_line {
namespace {

using test::Ended;
using test::kind_of;
using test::Words;
using test::Workplace;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string recording(const std::string& name) { return SYNFIRE_SOURCE_FOLDER "/tests/data/files/" + name; }

TEST(EventOptionTexts, AreParsed) {
  const EventSettings settings = parse_events(
      "npy,sensor=128x64,unit=ms,crop=30x20+2+1,downsample=2,polarity=merged,origin=first,offset=-1.5,window=0.5:100,"
      "once_per=1");
  EXPECT_EQ(settings.format, EventFormat::npy);
  EXPECT_EQ(settings.options, (EventOptions{.unit = TimeUnit::ms,
                                            .sensor = SensorSize{128, 64},
                                            .crop = EventCrop{.x = 2, .y = 1, .width = 30, .height = 20},
                                            .downsample = 2,
                                            .polarity = EventPolarity::merged,
                                            .origin = EventOrigin::first,
                                            .offset = -1.5,
                                            .window = EventWindow{0.5, 100},
                                            .once_per = 1}));
  EXPECT_EQ(parse_events("shd,channels=64").format, EventFormat::shd);
  EXPECT_EQ(parse_events("shd,channels=64").options, (EventOptions{.channels = 64}));
  EXPECT_EQ(parse_events("auto").format, std::nullopt);
  for (const char* wrong : {"nmnist,sensor=34", "nmnist,sensor=0x1", "nmnist,sensor=axb", "nmnist,crop=1x2",
                            "nmnist,crop=1x2+3", "nmnist,downsample=0", "nmnist,downsample=1.5", "shd,channels=0",
                            "nmnist,offset=x", "nmnist,window=1", "nmnist,window=2:1", "nmnist,once_per=-1",
                            "nmnist,downsample", "nmnist,downsample=1,downsample=1", "nmnist,sensor=99999999999x1"})
    EXPECT_THAT(kind_of<UsageError>([&] { parse_events(wrong); }), ::testing::AnyOf("invalid_option", "invalid_value"))
        << wrong;
  for (const char* wrong : {"nmist", "nmnist,polarity=up", "nmnist,unit=h", "nmnist,sensors=1x1"})
    EXPECT_EQ(kind_of<UsageError>([&] { parse_events(wrong); }), "unknown_name") << wrong;
}

TEST(DataInfo, TellsWhatRecordingsHave) {
  const Workplace place;
  const Ended ended = place.synfire({"data", "info", recording("nmnist.bin")});
  EXPECT_EQ(ended.exit_code, 0) << ended.messages;
  EXPECT_THAT(ended.output,
              AllOf(HasSubstr("format\trecordings (nmnist)\n"), HasSubstr("events\t4,325\n"), HasSubstr("on\t2,145\n"),
                    HasSubstr("times\t654 to 311175 µs\n"), HasSubstr("x\t0 to 33\n"),
                    HasSubstr("neurons (y, x, polarity)\t34×34×2\n"), HasSubstr("unit in the file\tus\n")));
  const auto document = place.synfire({"data", "info", recording("square.aedat"), "--json"}).json();
  EXPECT_EQ(document["format"], "recordings (aedat)");
  EXPECT_EQ(document["examples"], 2);
  EXPECT_EQ(document["labels"], nlohmann::json({1, 10}));
  EXPECT_EQ(document["events_per_example"], nlohmann::json({44, 76}));
  EXPECT_EQ(document["sensor"], nlohmann::json({128, 128}));
  EXPECT_THAT(place.synfire({"data", "info", recording("square.npy")}).output, HasSubstr("give it with sensor=WxH"));
  const auto crop = place
                        .synfire({"data", "info", recording("square.npz"), "--events",
                                  "npz,sensor=34x34,crop=16x16+8+8,downsample=4,polarity=on", "--json"})
                        .json();
  EXPECT_EQ(crop["shape"], nlohmann::json({4, 4, 1}));
  EXPECT_EQ(crop["spikes"], 57);
  EXPECT_EQ(crop["unit"], "us");
  EXPECT_EQ(crop["events"], 120);
}

TEST(DataInfo, TellsWhatOtherFilesHave) {
  const Workplace place;
  SpikeTrains trains(5);
  trains.add_example({0, 2, 2}, {1, 2.25f, 2.5f});
  trains.add_example({}, {});
  write_spike_trains(place / "spikes.npz", trains);
  const auto spikes = place.synfire({"data", "info", "spikes.npz", "--json"}).json();
  EXPECT_EQ(spikes["format"], "spike trains");
  EXPECT_EQ(spikes["examples"], 2);
  EXPECT_EQ(spikes["spikes"], 3);
  EXPECT_EQ(spikes["neurons"], 5);
  EXPECT_EQ(spikes["times_ms"], nlohmann::json({1.0, 2.5}));
  EXPECT_EQ(spikes["within_1_ms"], 1);
  EXPECT_NEAR(spikes["rate"].get<double>(), 2000, 1e-6);
  write_npy(place / "values.npy", Tensor<float>({2, 2}, {1, NAN, -3, 2}));
  EXPECT_THAT(place.synfire({"data", "info", "values.npy"}).output,
              AllOf(HasSubstr("shape\t2×2\n"), HasSubstr("values\t-3 to 2\n"), HasSubstr("not finite\t1\n")));
  write_npz(place / "two.npz", {{"x", Tensor<std::uint8_t>({3}, {4, 5, 6})}, {"y", Tensor<float>({1})}});
  EXPECT_THAT(place.synfire({"data", "info", "two.npz"}).output,
              HasSubstr("x\tshape 3, element type u1, values 4 to 6"));
  EXPECT_THAT(place.synfire({"data", "info", "two.npz:x"}).output, HasSubstr("values\t4 to 6\n"));
  place.write("labels.idx", std::string("\0\0\x08\1\0\0\0\2\7\x9", 10));
  EXPECT_THAT(place.synfire({"data", "info", "labels.idx"}).output, HasSubstr("values\t7 to 9\n"));
}

TEST(DataInfo, HasOneErrorForAFileThatCannotBeRead) {
  const Workplace place;
  place.write("cut.bin", place.read(recording("nmnist.bin")).substr(0, 7));
  place.write("old.aedat", "#!AER-DAT2.0\r\n#\r\n");
  const auto messages = [&](const Words& words, int exit_code = 3) {
    const Ended ended = place.synfire(words);
    EXPECT_EQ(ended.exit_code, exit_code) << ended.messages;
    return ended.messages;
  };
  EXPECT_THAT(messages({"data", "info", "cut.bin", "--events", "nmnist"}), HasSubstr("whole events"));
  EXPECT_THAT(messages({"data", "info", "cut.bin"}), HasSubstr("--events nmnist"));
  EXPECT_THAT(messages({"data", "info", "old.aedat"}), HasSubstr("this version of AEDAT"));
  EXPECT_THAT(messages({"data", "info", "nothing"}), HasSubstr("nothing"));
  EXPECT_THAT(messages({"data", "info", "."}), HasSubstr("does not seem to have events"));
  EXPECT_THAT(messages({"data", "inf", "cut.bin"}, 2), HasSubstr("unknown action"));
}

// Two classes: a vertical and a horizontal bar, each somewhere else.
void write_bars(const Workplace& place, const std::string& prefix, int count) {
  std::string images("\0\0\x08\3\0\0\0\0\0\0\0\x1c\0\0\0\x1c", 16), labels("\0\0\x08\1\0\0\0\0", 8);
  images[7] = labels[7] = static_cast<char>(count);
  for (int i = 0; i < count; ++i) {
    std::string image(28 * 28, '\0');
    for (int along = 4; along < 24; ++along) {
      for (int across = 10 + i % 5; across < 13 + i % 5; ++across)
        image[static_cast<std::size_t>(i % 2 == 0 ? 28 * along + across : 28 * across + along)] = '\xf0';
    }
    images += image;
    labels += static_cast<char>(i % 2);
  }
  place.write(prefix + "-images-idx3-ubyte", images);
  place.write(prefix + "-labels-idx1-ubyte", labels);
}

constexpr const char* bars_json = R"({
  "format": "synfire-network", "version": 1,
  "populations": [
    {"name": "in", "shape": [17, 17, 1], "neuron": "spike_input"},
    {"name": "out", "shape": 2, "neuron": {"model": "leaky_integrate", "scale_i": true}, "readout": "avg_var"}
  ],
  "connections": [
    {"source": "in", "target": "out", "synapse": {"model": "exponential", "scale_i": true},
     "connectivity": {"type": "dense", "weight": {"type": "normal", "sd": 0.01}}}
  ],
  "compile": {"compiler": "event_prop", "timesteps": 110, "batch_size": 8, "seed": 2, "allow_arrival_only": true,
              "optimizer": {"type": "adam", "learning_rate": 0.01}}
}
)";

TEST(Saccades, FromImagesToATrainedNetwork) {
  if (!test::python_has("numpy")) GTEST_SKIP() << "/usr/bin/python3 with numpy is not installed";
  const Workplace place;
  write_bars(place, "train", 24);
  write_bars(place, "t10k", 10);
  place.write("net.json", bars_json);
  const std::string script = "-B '" SYNFIRE_SOURCE_FOLDER "/scripts/make_saccades.py' --images . --train 24 --test 10";
  ASSERT_EQ(test::run_python(place.folder().path(), script + " --output events > out.txt 2> messages.txt"), 0)
      << place.read("messages.txt");
  ASSERT_EQ(test::run_python(place.folder().path(), script + " --output again > out2.txt 2> messages.txt"), 0);
  EXPECT_EQ(place.read("events/Train/1/00001.bin"), place.read("again/Train/1/00001.bin")) << "the seed is the same";

  const auto info = place.synfire({"data", "info", "events/Train", "--json"}).json();
  EXPECT_EQ(info["format"], "recordings (nmnist)");
  EXPECT_EQ(info["examples"], 24);
  EXPECT_EQ(info["labels"], nlohmann::json({0, 1}));
  EXPECT_EQ(info["out_of_order"], 0);
  EXPECT_LE(info["times_us"][1], 305'000);
  EXPECT_GT(info["events_per_example"][0], 300);
  EXPECT_GT(info["on"], 100);
  EXPECT_GT(info["off"], 100);

  const std::string events = "nmnist,downsample=2,polarity=merged,window=5:110,once_per=1";
  const auto train = [&](const std::string& output, const Words& more) {
    Words words{"train", "net.json", "--input", "events/Train", "--labels", "events/Train", "--events",
                events,  "--epochs", "6",       "--output",     output,     "--quiet",      "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return place.synfire(words);
  };
  const Ended trained = train("trained.json", {});
  ASSERT_EQ(trained.exit_code, 0) << trained.messages;
  EXPECT_THAT(trained.messages, Not(HasSubstr("free step"))) << "at most one spike of a neuron in each step";
  const Ended streamed = train("streamed.json", {"--data-memory", "0"});
  ASSERT_EQ(streamed.exit_code, 0) << streamed.messages;
  EXPECT_EQ(place.read("trained.npz"), place.read("streamed.npz")) << "the same to the bit, read batch by batch";

  const Ended tested = place.synfire({"evaluate", "trained.json", "--input", "events/Test", "--labels", "events/Test"});
  ASSERT_EQ(tested.exit_code, 0) << tested.messages;
  EXPECT_THAT(tested.output, HasSubstr("sparse_categorical_accuracy\t1\n"));
}

// Options in the description make those of the command needless.
TEST(EventInputs, OptionsAreStored) {
  const Workplace place;
  const std::string options = "nmnist,downsample=2,polarity=merged,window=0:100", nmnist = recording("nmnist.bin");
  auto description = nlohmann::json::parse(bars_json);
  place.write("plain.json", description.dump());
  description["inputs"] = {{{"population", "in"}, {"events", options}}};
  place.write("net.json", description.dump());
  const auto run = [&](const std::string& model, const Words& more) {
    Words words{"run", model, "--input", nmnist, "--output", "out.npz", "--quiet"};
    words.insert(words.end(), more.begin(), more.end());
    const Ended ended = place.synfire(words);
    EXPECT_EQ(ended.exit_code, 0) << ended.messages;
    return place.read("out.npz");
  };
  const std::string expected = run("plain.json", {"--events", options});
  EXPECT_EQ(run("net.json", {}), expected);
  const std::string later = "nmnist,downsample=2,polarity=merged,window=100:200";
  EXPECT_NE(run("net.json", {"--events", later}), expected) << "the command line wins";
  EXPECT_EQ(run("net.json", {"--events", later}), run("plain.json", {"--events", later}));

  ASSERT_EQ(place.synfire({"compile", "net.json", "--host-arch", "x86-64-v2", "--output", "net.synfire"}).exit_code, 0);
  EXPECT_EQ(run("net.synfire", {}), expected);
  EXPECT_THAT(place.synfire({"info", "net.synfire"}).output, HasSubstr("recordings, " + options));
  ASSERT_EQ(place
                .synfire({"compile", "plain.json", "--events", options, "--host-arch", "x86-64-v2", "--output",
                          "given.synfire"})
                .exit_code,
            0);
  EXPECT_EQ(run("given.synfire", {}), expected);

  SpikeTrains trains(17 * 17);
  trains.add_example({0}, {1});
  write_spike_trains(place / "spikes.npz", trains);
  EXPECT_EQ(place.synfire({"run", "net.json", "--input", "spikes.npz"}).exit_code, 3);
  EXPECT_EQ(place.synfire({"run", "net.json", "--input", "spikes.npz", "--events", "none"}).exit_code, 0);

  write_npy(place / "values.npy", Tensor<float>({1, 17 * 17}, std::vector<float>(17 * 17, 0.5F)));
  EXPECT_EQ(place.synfire({"run", "net.json", "--input", "values.npy"}).exit_code, 3);
  const Words encoded{"run",        "net.json", "--input",
                      "values.npy", "--encode", "linear_latency,max_time=9,max_value=1,threshold=0.1"};
  EXPECT_EQ(place.synfire(encoded).exit_code, 0) << "instead of the events that are stored";
}

TEST(EventInputs, MistakesSayWhatToType) {
  const Workplace place;
  place.write("net.json", bars_json);
  const auto run = [&](const Words& more, int exit_code) {
    Words words{"run", "net.json", "--input"};
    words.insert(words.end(), more.begin(), more.end());
    const Ended ended = place.synfire(words);
    EXPECT_EQ(ended.exit_code, exit_code) << ended.messages;
    return ended.messages;
  };
  const std::string nmnist = recording("nmnist.bin");
  const std::string right = "nmnist,downsample=2,polarity=merged,window=0:100";
  EXPECT_THAT(run({nmnist, "--events", right}, 0), HasSubstr("1/1"));
  EXPECT_THAT(run({nmnist, "--events", "in=" + right}, 0), HasSubstr("1/1"));
  EXPECT_THAT(run({nmnist}, 3), HasSubstr("--events nmnist"));
  EXPECT_THAT(run({"."}, 3), HasSubstr("in a folder need --events"));
  EXPECT_THAT(run({recording("square.npz")}, 3), HasSubstr("--events npz"));
  EXPECT_THAT(run({recording("square.npy")}, 3), HasSubstr("--events npy"));
  EXPECT_THAT(run({recording("square.npy"), "--events", "npy"}, 3), HasSubstr("sensor=128x128"));
  EXPECT_THAT(run({nmnist, "--events", "nmnist,sensor=30x30,polarity=on"}, 3), HasSubstr("of 4325 events are outside"));
  EXPECT_THAT(run({nmnist, "--events", "nmnist"}, 3), HasSubstr("expected 17×17×1, given 34×34×2"));
  auto first = nlohmann::json::parse(bars_json);
  first["populations"][0]["shape"] = {1, 17, 17};
  place.write("first.json", first.dump());
  EXPECT_THAT(place.synfire({"run", "first.json", "--input", nmnist, "--events", right}).messages,
              HasSubstr("expected 1×17×17, given 17×17×1"))
      << "as many neurons in another order";
  EXPECT_THAT(run({nmnist, "--events", right, "--events", right}, 2), HasSubstr("twice"));
  EXPECT_THAT(run({nmnist, "--events", right, "--scale", "2"}, 3), HasSubstr("cannot be scaled"));
  EXPECT_THAT(run({nmnist, "--events", "other=" + right}, 2), HasSubstr("other"));
  const Ended labels = place.synfire({"evaluate", "net.json", "--input", nmnist, "--events", right, "--labels", "."});
  EXPECT_EQ(labels.exit_code, 2);
  EXPECT_THAT(labels.messages, HasSubstr("the same folder"));
}

#if SYNFIRE_HAS_HDF5

std::string spoken(const std::string& name) { return SYNFIRE_SOURCE_FOLDER "/tests/shd/files/" + name; }

// Reads the mean of v of the neuron that all channels excite.
constexpr const char* channels_json = R"({
  "format": "synfire-network", "version": 1, "defaults": "event_prop",
  "populations": [
    {"name": "in", "shape": [350], "neuron": "spike_input"},
    {"name": "out", "shape": [20], "neuron": "leaky_integrate", "readout": "avg_var"}],
  "connections": [{"source": "in", "target": "out", "synapse": "exponential",
                   "connectivity": {"type": "dense", "weight": {"type": "normal", "mean": 0.1, "sd": 0.02}}}],
  "compile": {"compiler": "event_prop", "timesteps": 1300, "batch_size": 2, "seed": 1,
              "losses": "sparse_categorical_crossentropy", "optimizer": "adam"}
})";

TEST(ChannelInputs, AreReadFromHdf5) {
  const Workplace place;
  const auto info = place.synfire({"data", "info", spoken("half.h5"), "--json"}).json();
  EXPECT_EQ(info["format"], "recordings (shd)");
  EXPECT_EQ(info["examples"], 3);
  EXPECT_EQ(info["spikes"], 5);
  EXPECT_EQ(info["neurons"], 700);
  EXPECT_EQ(info["unit"], "s");
  EXPECT_EQ(info["times_ms"], nlohmann::json({0.9765625, 1200.1953125}));
  EXPECT_EQ(info["labels"], nlohmann::json({0, 19}));
  EXPECT_EQ(place.synfire({"data", "info", spoken("half.h5"), "--events", "shd,downsample=2,window=0:1000", "--json"})
                .json()["spikes"],
            4);

  place.write("net.json", channels_json);
  const auto train = [&](const std::string& output, const Words& more) {
    Words words{"train",           "net.json", "--input",          spoken("half.h5"), "--labels",
                spoken("half.h5"), "--events", "shd,downsample=2", "--epochs",        "2",
                "--output",        output,     "--quiet"};
    words.insert(words.end(), more.begin(), more.end());
    return place.synfire(words);
  };
  const Ended trained = train("trained.json", {});
  ASSERT_EQ(trained.exit_code, 0) << trained.messages;
  const Ended streamed = train("streamed.json", {"--data-memory", "0"});
  ASSERT_EQ(streamed.exit_code, 0) << streamed.messages;
  EXPECT_EQ(place.read("trained.npz"), place.read("streamed.npz")) << "the same to the bit, read batch by batch";
}

TEST(ChannelInputs, MistakesSayWhatToType) {
  const Workplace place;
  place.write("net.json", channels_json);
  const auto messages = [&](const Words& more) {
    Words words{"run", "net.json", "--input"};
    words.insert(words.end(), more.begin(), more.end());
    const Ended ended = place.synfire(words);
    EXPECT_EQ(ended.exit_code, 3) << ended.messages;
    return ended.messages;
  };
  const std::string half = spoken("half.h5");
  EXPECT_THAT(messages({half}), HasSubstr("--events shd"));
  EXPECT_THAT(messages({half, "--events", "shd"}), HasSubstr("700")) << "the population is smaller";
  EXPECT_THAT(messages({half, "--events", "shd,polarity=on"}), HasSubstr("no pixels"));
  EXPECT_THAT(messages({half, "--events", "shd,channels=350"}), HasSubstr("are of channels that do not exist"));
  EXPECT_THAT(messages({recording("nmnist.bin"), "--events", "shd"}), HasSubstr("is not a whole HDF5 file"));
  EXPECT_THAT(messages({half, "--events", "nmnist"}), HasSubstr("whole events"));
}

#else

TEST(ChannelInputs, WithoutHdf5TheReasonIsTold) {
  const Workplace place;
  place.write("a.h5", "\x89HDF\r\n\x1a\n and more");
  const Ended ended = place.synfire({"data", "info", "a.h5"});
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_THAT(ended.messages, HasSubstr("was built without HDF5"));
}

#endif

}  // namespace
}  // namespace synfire::command_line
