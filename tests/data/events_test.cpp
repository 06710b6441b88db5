// SPDX-License-Identifier: Apache-2.0
// Recordings of event cameras: each format gives the same events, damaged and doubtful files are one clear error.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <random>
#include <set>

#include "base/scratch_folder.hpp"
#include "synfire/base/files.hpp"
#include "synfire/events.hpp"
#include "synfire/npz.hpp"

namespace synfire {
namespace {

using test::bytes_of;
using test::kind_of;
using test::problems_of;
using test::ScratchFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::filesystem::path sample(const std::string& name) { return std::filesystem::path(SYNFIRE_TEST_FILES) / name; }

const Events& square() {
  static const Events events = read_events(sample("square.npy"), EventFormat::npy);
  return events;
}

std::size_t on_events(const Events& events) {
  return static_cast<std::size_t>(std::count(events.polarity.begin(), events.polarity.end(), 1));
}

// A list of events, one pixel and time each.
struct Simple {
  std::int64_t time;
  std::uint16_t x, y;
  std::uint8_t polarity;
};
Events events_of(const std::vector<Simple>& list, SensorSize sensor) {
  Events events{.sensor = sensor};
  for (const Simple& each : list) {
    events.times.push_back(each.time);
    events.x.push_back(each.x);
    events.y.push_back(each.y);
    events.polarity.push_back(each.polarity);
  }
  return events;
}

using Bytes = std::vector<std::byte>;

Bytes bytes_from(std::initializer_list<int> values) {
  Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

template <class T>
void append_little(Bytes& bytes, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i)
    bytes.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * i)));
}

// ---- N-MNIST

TEST(NMnist, TheSampleHasItsCounts) {
  const Events events = read_events(sample("nmnist.bin"), EventFormat::nmnist);
  EXPECT_EQ(events.size(), 4325u);
  EXPECT_EQ(on_events(events), 2145u);
  EXPECT_EQ(events.times.front(), 654);
  EXPECT_EQ(events.times.back(), 311'175);
  EXPECT_EQ(*std::max_element(events.x.begin(), events.x.end()), 33);
  EXPECT_EQ(*std::max_element(events.y.begin(), events.y.end()), 33);
  EXPECT_EQ(events.sensor, (SensorSize{34, 34}));
  EXPECT_TRUE(std::is_sorted(events.times.begin(), events.times.end()));
  EXPECT_EQ(format_of_events(sample("nmnist.bin")), EventFormat::nmnist);
}

TEST(NMnist, MarkersMoveAllLaterTimes) {
  const Bytes bytes = bytes_from({1,  2,   0x80, 0,    5,     // on, 5 µs
                                  0,  240, 0,    0,    0,     // the clock overflowed
                                  3,  4,   0x7f, 0xff, 0xff,  // off, 2^23 - 1
                                  0,  240, 0xff, 0xff, 0xff,  // again
                                  33, 33,  0,    0,    9});   // back, and earlier than the one before
  const Events events = read_events(bytes, EventFormat::nmnist);
  EXPECT_THAT(events.times, ElementsAre(5, 2 * 8192 + 9, 8192 + (1 << 23) - 1));
  EXPECT_THAT(events.x, ElementsAre(1, 33, 3));
  EXPECT_THAT(events.polarity, ElementsAre(1, 0, 0));
  EXPECT_EQ(events.out_of_order, 1u);
}

TEST(NMnist, CutOffFilesAreErrors) {
  Bytes bytes = base::read_file(sample("nmnist.bin"));
  bytes.pop_back();
  const auto problems = problems_of<DataError>([&] { read_events(bytes, EventFormat::nmnist, {}, "a.bin"); });
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].kind, ProblemKind::malformed_file);
  EXPECT_EQ(problems[0].path, "a.bin");
  EXPECT_THAT(problems[0].message, HasSubstr("whole events"));
  EXPECT_EQ(kind_of<DataError>([] { read_events(Bytes{}, EventFormat::nmnist); }), "malformed_file");
  EXPECT_EQ(kind_of<DataError>([] { read_events("nothing.bin", EventFormat::nmnist); }), "file_access");
}

TEST(NMnist, OtherFilesHaveEventsOutsideTheSensor) {
  const Bytes text = bytes_of("this is not a recording at all, but text of events");
  ASSERT_EQ(text.size() % 5, 0u);
  const Events events = read_events(text, EventFormat::nmnist);
  const auto problems = problems_of<DataError>([&] { to_spike_trains(events, {}, "text.bin"); });
  EXPECT_EQ(problems.at(0).message, "10 of 10 events are outside the sensor");
  EXPECT_EQ(problems.at(0).expected, "34×34");
}

// ---- Other formats

TEST(EventFormats, AllGiveTheSameEvents) {
  EXPECT_EQ(square().size(), 120u);
  EXPECT_EQ(on_events(square()), 57u);
  EXPECT_EQ(square().times.front(), 7726);
  EXPECT_EQ(square().times.back(), 304'999);
  EXPECT_EQ(square().sensor, SensorSize{});
  Events aedat = read_events(sample("square.aedat"), EventFormat::aedat);
  EXPECT_EQ(aedat.sensor, (SensorSize{128, 128}));
  aedat.sensor = {};
  EXPECT_EQ(aedat, square());
  EXPECT_EQ(read_events(sample("square.npz"), EventFormat::npz), square());
}

TEST(EventFormats, AreKnownByContent) {
  EXPECT_EQ(format_of_events(sample("square.npy")), EventFormat::npy);
  EXPECT_EQ(format_of_events(sample("square.npz")), EventFormat::npz);
  EXPECT_EQ(format_of_events(sample("square.aedat")), EventFormat::aedat);
  const ScratchFolder folder;
  write_npy(folder / "plain.npy", Tensor<float>({2}));
  write_npz(folder / "plain.npz", {{"t", Tensor<float>({2})}});
  base::write_file(folder / "wrong.bin", bytes_of("ABCDEFGHIJ"));
  std::filesystem::copy(sample("nmnist.bin"), folder / "nmnist.dat");
  for (const char* name : {"plain.npy", "plain.npz", "wrong.bin", "nmnist.dat"})
    EXPECT_EQ(kind_of<DataError>([&] { format_of_events(folder / name); }), "malformed_file") << name;
  EXPECT_EQ(kind_of<DataError>([&] { format_of_events(folder / "nothing"); }), "file_access");
}

// The bytes of a .npy file with this header.
Bytes npy_of(const std::string& descr, std::size_t count, const Bytes& elements) {
  const std::string header =
      "{'descr': " + descr + ", 'fortran_order': False, 'shape': (" + std::to_string(count) + ",)}\n";
  Bytes bytes = bytes_of(std::string("\x93NUMPY\1\0", 8));
  append_little(bytes, static_cast<std::uint16_t>(header.size()));
  const Bytes text = bytes_of(header);
  bytes.insert(bytes.end(), text.begin(), text.end());
  bytes.insert(bytes.end(), elements.begin(), elements.end());
  return bytes;
}

TEST(StructuredArrays, TakeAnyOrderAndAnyNumbers) {
  Bytes elements;
  for (const int time : {30, 10, 20}) {
    append_little(elements, std::uint8_t{1});                   // p
    append_little(elements, static_cast<std::int16_t>(-7));     // another field
    append_little(elements, static_cast<std::uint32_t>(time));  // y
    append_little(elements, static_cast<std::int64_t>(time));   // t
    append_little(elements, std::uint8_t{9});                   // x
  }
  const std::string descr = "[('p', '|b1'), ('other', '<i2'), ('y', '<u4'), ('t', '<i8'), ('x', '|u1'), ]";
  const Events events = read_events(npy_of(descr, 3, elements), EventFormat::npy);
  EXPECT_THAT(events.times, ElementsAre(10, 20, 30));
  EXPECT_THAT(events.y, ElementsAre(10, 20, 30));
  EXPECT_THAT(events.x, ElementsAre(9, 9, 9));
  EXPECT_EQ(events.out_of_order, 1u);
}

TEST(StructuredArrays, WrongHeadersAreErrors) {
  const auto kind = [](const std::string& descr, std::size_t count, std::size_t bytes) {
    return kind_of<DataError>([&] { read_events(npy_of(descr, count, Bytes(bytes)), EventFormat::npy); });
  };
  const std::string right = "[('t', '<i8'), ('x', '<i2'), ('y', '<i2'), ('p', '|b1')]";
  EXPECT_EQ(kind(right, 2, 25), "malformed_file") << "cut off";
  EXPECT_EQ(kind(right, 2, 27), "malformed_file") << "too long";
  EXPECT_EQ(kind(right, std::size_t{1} << 62, 26), "malformed_file") << "huge";
  EXPECT_EQ(kind("[('t', '<i8'), ('x', '<i2'), ('y', '<i2')]", 1, 12), "malformed_file") << "no p";
  EXPECT_EQ(kind("[('t', '<i8'), ('t', '<i8'), ('x', '|u1'), ('y', '|u1'), ('p', '|b1')]", 1, 19), "malformed_file");
  EXPECT_EQ(kind("[('t', '<i8', (2,)), ('x', '|u1'), ('y', '|u1'), ('p', '|b1')]", 1, 19), "unsupported");
  EXPECT_EQ(kind("[('t', '<M8'), ('x', '|u1'), ('y', '|u1'), ('p', '|b1')]", 1, 11), "unsupported");
  EXPECT_EQ(kind("[('t', [('a', '<i8')]), ('x', '|u1')]", 1, 11), "unsupported");
  EXPECT_EQ(kind("[('', '|V99999')]", 1, 11), "malformed_file");
  EXPECT_EQ(kind("[]", 0, 0), "malformed_file");
  EXPECT_EQ(kind("'<f4'", 1, 4), "malformed_file") << "no fields";
  EXPECT_EQ(kind("[('t', '<i8')", 1, 8), "malformed_file") << "no end";
}

Arrays arrays_of(const std::vector<std::int64_t>& times) {
  const std::size_t count = times.size();
  return {{"t", Tensor<std::int64_t>({count}, times)},
          {"x", Tensor<std::uint8_t>({count})},
          {"y", Tensor<std::uint8_t>({count})},
          {"p", Tensor<std::uint8_t>({count})}};
}

Events read_arrays(const Arrays& arrays, std::optional<TimeUnit> unit = std::nullopt) {
  const ScratchFolder folder;
  write_npz(folder / "x.npz", arrays);
  return read_events(folder / "x.npz", EventFormat::npz, unit);
}

TEST(EventArrays, WrongNumbersAreErrors) {
  const auto kind_with = [](const char* name, const Array& array) {
    Arrays arrays = arrays_of({1, 2});
    arrays[name] = array;
    return kind_of<DataError>([&] { read_arrays(arrays); });
  };
  EXPECT_EQ(kind_with("x", Tensor<std::int32_t>({2}, {0, -1})), "invalid_value");
  EXPECT_EQ(kind_with("y", Tensor<std::int32_t>({2}, {0, 32768})), "invalid_value");
  EXPECT_EQ(kind_with("x", Tensor<float>({2}, {0, 0.5f})), "invalid_value");
  EXPECT_EQ(kind_with("p", Tensor<std::int8_t>({2}, {0, 2})), "invalid_value");
  EXPECT_EQ(kind_with("t", Tensor<double>({2}, {0, NAN})), "invalid_value");
  EXPECT_EQ(kind_with("t", Tensor<double>({2}, {0, 1e300})), "invalid_value");
  EXPECT_EQ(kind_with("t", Tensor<std::uint64_t>({2}, {0, ~std::uint64_t{0}})), "invalid_value");
  EXPECT_EQ(kind_with("p", Tensor<std::int8_t>({3})), "malformed_file");
  EXPECT_EQ(kind_with("y", Tensor<std::int8_t>({2, 1})), "malformed_file");
  Arrays incomplete = arrays_of({1, 2});
  incomplete.erase("p");
  EXPECT_EQ(kind_of<DataError>([&] { read_arrays(incomplete); }), "malformed_file");
  Arrays whole = arrays_of({1, 2});
  whole["x"] = Tensor<double>({2}, {3, 4});
  whole["p"] = Tensor<std::int8_t>({2}, {-1, 1});
  EXPECT_THAT(read_arrays(whole).x, ElementsAre(3, 4));
  EXPECT_THAT(read_arrays(whole).polarity, ElementsAre(0, 1));
}

TEST(EventUnits, AreConvertedToMicroseconds) {
  EXPECT_THAT(read_arrays(arrays_of({1, 2}), TimeUnit::ms).times, ElementsAre(1000, 2000));
  EXPECT_THAT(read_arrays(arrays_of({-1, 2}), TimeUnit::s).times, ElementsAre(-1'000'000, 2'000'000));
  EXPECT_THAT(read_arrays(arrays_of({-1, 999, 1000, 2999}), TimeUnit::ns).times, ElementsAre(-1, 0, 1, 2));
  Arrays floats = arrays_of({1, 2});
  floats["t"] = Tensor<double>({2}, {0.0015, 0.25});
  EXPECT_THAT(read_arrays(floats, TimeUnit::s).times, ElementsAre(1500, 250'000));
  const auto problems = problems_of<DataError>([&] { read_arrays(floats); });
  EXPECT_THAT(problems.at(0).hint, HasSubstr("unit=ms or unit=s"));
  EXPECT_THAT(problems.at(0).path, HasSubstr("t, event 0"));
}

TEST(EventUnits, TimesThatCannotBeMicrosecondsAreErrors) {
  std::vector<std::int64_t> milliseconds, nanoseconds;
  for (std::int64_t i = 0; i < 100; ++i) {
    milliseconds.push_back(3 * i);
    nanoseconds.push_back(i * 1'000'000'000);
  }
  const auto short_ones = problems_of<DataError>([&] { read_arrays(arrays_of(milliseconds)); });
  EXPECT_EQ(short_ones.at(0).kind, ProblemKind::time_scale);
  EXPECT_EQ(short_ones.at(0).message, "100 events within 297 µs: the times seem to be in ms or s, not in µs");
  EXPECT_THAT(short_ones.at(0).hint, HasSubstr("unit=ms"));
  EXPECT_EQ(read_arrays(arrays_of(milliseconds), TimeUnit::ms).times.back(), 297'000);
  EXPECT_EQ(read_arrays(arrays_of(milliseconds), TimeUnit::us).times.back(), 297) << "what is stated is not doubted";
  const auto long_ones = problems_of<DataError>([&] { read_arrays(arrays_of(nanoseconds)); });
  EXPECT_THAT(long_ones.at(0).message, HasSubstr("in ns"));
  EXPECT_EQ(kind_of<DataError>([] { read_events(sample("nmnist.bin"), EventFormat::nmnist, TimeUnit::ms); }),
            "invalid_option");
}

// ---- AEDAT

struct Packet {
  std::int16_t type = 1, source = 1;
  std::int32_t size = 8, offset = 4, overflow = 0, capacity = 0, number = 0;
  Bytes events = {};
};

Bytes aedat_of(const std::vector<Packet>& packets, const std::string& version = "#!AER-DAT3.1",
               const std::string& settings = "#Format: RAW\r\n#Source 1: DAVIS240C\r\n") {
  Bytes bytes = bytes_of(version + "\r\n" + settings + "#!END-HEADER\r\n");
  for (const Packet& packet : packets) {
    append_little(bytes, packet.type);
    append_little(bytes, packet.source);
    for (const std::int32_t each : {packet.size, packet.offset, packet.overflow, packet.capacity, packet.number, 0})
      append_little(bytes, each);
    bytes.insert(bytes.end(), packet.events.begin(), packet.events.end());
  }
  return bytes;
}

Packet polarity_packet(std::int32_t time, std::int32_t overflow = 0, bool valid = true) {
  Packet packet{.overflow = overflow, .capacity = 1, .number = 1};
  append_little(packet.events, static_cast<std::uint32_t>(200u << 17 | 100u << 2 | 1u << 1 | (valid ? 1u : 0u)));
  append_little(packet.events, time);
  return packet;
}

TEST(Aedat, TimesHaveOverflowsAndInvalidEventsAreSkipped) {
  const Events events = read_events(aedat_of({polarity_packet(7), polarity_packet(8, 0, false), polarity_packet(9, 1)}),
                                    EventFormat::aedat, TimeUnit::us);
  EXPECT_THAT(events.times, ElementsAre(7, (std::int64_t{1} << 31) + 9));
  EXPECT_THAT(events.x, ElementsAre(200, 200));
  EXPECT_THAT(events.y, ElementsAre(100, 100));
  EXPECT_THAT(events.polarity, ElementsAre(1, 1));
  EXPECT_EQ(events.sensor, (SensorSize{240, 180}));
}

TEST(Aedat, DamagedFilesAreErrors) {
  const auto kind = [](const Bytes& bytes) {
    return kind_of<DataError>([&] { read_events(bytes, EventFormat::aedat); });
  };
  const auto changed = [&](const auto& change) {
    Packet packet = polarity_packet(1);
    change(packet);
    return kind(aedat_of({packet}));
  };
  EXPECT_EQ(kind(aedat_of({}, "#!AER-DAT2.0")), "unsupported");
  EXPECT_EQ(kind(aedat_of({}, "#!AER-DAT3.1", "#Format: SERIALTS\r\n")), "unsupported");
  EXPECT_EQ(kind(bytes_of("#!AER-DAT3.1\r\n#Format: RAW\r\n")), "malformed_file") << "a header without end";
  EXPECT_EQ(kind(bytes_of("text")), "malformed_file");
  EXPECT_EQ(changed([](Packet& packet) { packet.size = 0; }), "malformed_file");
  EXPECT_EQ(changed([](Packet& packet) { packet.size = 16; }), "malformed_file");
  EXPECT_EQ(changed([](Packet& packet) { packet.offset = 0; }), "malformed_file");
  EXPECT_EQ(changed([](Packet& packet) { packet.number = -1; }), "malformed_file");
  EXPECT_EQ(changed([](Packet& packet) { packet.number = 2; }), "malformed_file");
  EXPECT_EQ(changed([](Packet& packet) { packet.overflow = -1; }), "malformed_file");
  EXPECT_EQ(changed([](Packet& packet) { packet.capacity = packet.number = 0x7fffffff; }), "malformed_file") << "huge";
  EXPECT_EQ(kind(aedat_of({polarity_packet(-1)})), "malformed_file");
  Packet other = polarity_packet(1);
  other.source = 2;
  EXPECT_EQ(kind(aedat_of({polarity_packet(1), other})), "unsupported") << "two cameras";
  const Bytes whole = base::read_file(sample("square.aedat"));
  std::size_t readable = 0;
  for (std::size_t size = whole.size() - 1; size > 0; --size) {
    try {
      read_events(std::span(whole).first(size), EventFormat::aedat);
      ++readable;
    } catch (const DataError& error) {
      EXPECT_EQ(error.problems().size(), 1u);
    }
  }
  EXPECT_EQ(readable, 3u) << "only where a packet ends: after the header, and after two packets";
}

TEST(EventLabels, AreReadAndChecked) {
  EXPECT_THAT(read_event_labels(sample("square_labels.csv")),
              ElementsAre(EventLabel{1, 5000, 105'000}, EventLabel{10, 105'000, 305'000}));
  const std::string head = "class,startTime_usec,endTime_usec\r\n";
  EXPECT_EQ(read_event_labels(bytes_of(head + "2,7,9\r\n1,3,7\r\n"), "x.csv").front().begin, 3);
  for (const char* wrong : {"", "1,2\n", "1,2,3,4\n", "1,2,x\n", "0,2,3\n", "1,3,3\n", "1,-3,3\n", "1,2,5\n1,4,6\n",
                            "1,2,99999999999999999999\n", "1,,3\n"}) {
    const auto problems = problems_of<DataError>([&] { read_event_labels(bytes_of(head + wrong), "x.csv"); });
    EXPECT_EQ(problems.size(), 1u) << wrong;
  }
  EXPECT_EQ(kind_of<DataError>([] { read_event_labels(bytes_of("a,b,c\n1,2,3\n"), "x.csv"); }), "malformed_file");
}

// ---- Spikes

const Events& four() {
  static const Events events =
      events_of({{1000, 0, 0, 0}, {1500, 1, 0, 1}, {2500, 3, 1, 0}, {2600, 2, 1, 0}}, SensorSize{4, 2});
  return events;
}

TEST(EventSpikes, NeuronsAreRowColumnPolarity) {
  const SpikeTrains trains = to_spike_trains(four(), {});
  EXPECT_EQ(trains.neurons(), 16u);
  EXPECT_EQ(event_shape({4, 2}, {}), (Extents{2, 4, 2}));
  EXPECT_THAT(trains.spike_neurons(), ElementsAre(0, 2 + 1, 2 * 7, 2 * 6));
  EXPECT_THAT(trains.spike_times(), ElementsAre(1.0f, 1.5f, 2.5f, 2.6f));
}

TEST(EventSpikes, PolaritiesAreChannels) {
  const auto neurons = [](EventPolarity polarity) {
    const SpikeTrains trains = to_spike_trains(four(), {.polarity = polarity});
    EXPECT_EQ(trains.neurons(), 8u);
    return trains.spike_neurons();
  };
  EXPECT_THAT(neurons(EventPolarity::on), ElementsAre(1));
  EXPECT_THAT(neurons(EventPolarity::off), ElementsAre(0, 7, 6));
  EXPECT_THAT(neurons(EventPolarity::merged), ElementsAre(0, 1, 7, 6));
}

TEST(EventSpikes, CropAndDownsample) {
  const EventCrop right{.x = 2, .y = 0, .width = 2, .height = 2};
  EXPECT_THAT(to_spike_trains(four(), {.crop = right}).spike_neurons(), ElementsAre(6, 4));
  const SpikeTrains coarse = to_spike_trains(four(), {.downsample = 2});
  EXPECT_EQ(coarse.neurons(), 4u);
  EXPECT_THAT(coarse.spike_neurons(), ElementsAre(0, 1, 2, 2)) << "all events of a square are kept";
  const SpikeTrains once = to_spike_trains(four(), {.downsample = 2, .once_per = 1});
  EXPECT_THAT(once.spike_times(), ElementsAre(1.0f, 1.5f, 2.5f)) << "the first in each ms";
  const Events edges = events_of({{0, 0, 0, 0}, {1, 0, 0, 0}, {1000, 0, 0, 0}, {1001, 0, 0, 0}}, SensorSize{1, 1});
  EXPECT_THAT(to_spike_trains(edges, {.once_per = 1}).spike_times(), ElementsAre(0.0f, 0.001f, 1.001f))
      << "a step takes the spikes after the one before it, up to its own time";
  for (const EventOptions& wrong :
       {EventOptions{.crop = EventCrop{.x = 3, .y = 0, .width = 2, .height = 2}}, EventOptions{.downsample = 3},
        EventOptions{.crop = EventCrop{.x = 0xffffffffu, .y = 0, .width = 2, .height = 2}},
        EventOptions{.downsample = 0}, EventOptions{.crop = EventCrop{}}, EventOptions{.sensor = SensorSize{0, 4}},
        EventOptions{.sensor = SensorSize{32769, 1}}, EventOptions{.window = EventWindow{2, 2}},
        EventOptions{.window = EventWindow{0, NAN}}, EventOptions{.offset = INFINITY}, EventOptions{.once_per = -1}})
    EXPECT_EQ(kind_of<DataError>([&] { to_spike_trains(four(), wrong); }), "invalid_value");
}

TEST(EventSpikes, TimesAreCutOnlyByWindows) {
  EXPECT_THAT(to_spike_trains(four(), {.window = EventWindow{1.5, 2.6}}).spike_times(), ElementsAre(0.0f, 1.0f));
  EXPECT_THAT(to_spike_trains(four(), {.origin = EventOrigin::first, .offset = 3}).spike_times(),
              ElementsAre(3.0f, 3.5f, 4.5f, 4.6f));
  const auto problems = problems_of<DataError>([] { to_spike_trains(four(), {.offset = -2}); });
  EXPECT_EQ(problems.at(0).message, "2 of 4 events are before time 0");
  EXPECT_THAT(to_spike_trains(four(), {.offset = -2, .window = EventWindow{0, 100}}).spike_neurons(),
              ElementsAre(14, 12));
}

TEST(EventSpikes, EventsOutsideTheSensorAreCounted) {
  const auto problems = problems_of<DataError>([] { to_spike_trains(four(), {.sensor = SensorSize{2, 2}}); });
  EXPECT_EQ(problems.at(0).kind, ProblemKind::invalid_value);
  EXPECT_EQ(problems.at(0).message, "2 of 4 events are outside the sensor");
  EXPECT_EQ(problems.at(0).given, "x up to 3, y up to 1");
  EXPECT_EQ(kind_of<DataError>([] { to_spike_trains(square(), {}); }), "missing_data") << "no sensor";
}

// Against a description of the options that is as simple as can be.
TEST(EventSpikes, RandomOptionsAreApplied) {
  constexpr std::uint32_t seed = 5;
  std::mt19937 random(seed);
  const auto below = [&](std::uint32_t end) { return static_cast<std::uint32_t>(random() % end); };
  for (int round = 0; round < 200; ++round) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", round " + std::to_string(round));
    const SensorSize sensor{4 + below(8), 4 + below(8)};
    std::vector<Simple> list;
    for (std::int64_t time = 0; list.size() < 50; time += below(2000))
      list.push_back({time, static_cast<std::uint16_t>(below(sensor.width)),
                      static_cast<std::uint16_t>(below(sensor.height)), static_cast<std::uint8_t>(below(2))});
    EventOptions options{.downsample = 1 + below(2), .polarity = static_cast<EventPolarity>(below(4))};
    const std::uint32_t width = options.downsample * (1 + below(2)), height = options.downsample * (1 + below(2));
    options.crop = {
        .x = below(sensor.width - width + 1), .y = below(sensor.height - height + 1), .width = width, .height = height};
    options.window = {static_cast<double>(below(10)), 10.0 + below(30)};
    options.once_per = below(2);
    std::vector<std::pair<float, std::uint32_t>> expected;
    std::set<std::pair<std::uint32_t, int>> taken;
    for (const Simple& event : list) {
      if (options.polarity == EventPolarity::on && event.polarity == 0) continue;
      if (options.polarity == EventPolarity::off && event.polarity == 1) continue;
      if (event.x < options.crop->x || event.x >= options.crop->x + width) continue;
      if (event.y < options.crop->y || event.y >= options.crop->y + height) continue;
      const double time = static_cast<double>(event.time) / 1000 - options.window->begin;
      if (time < 0 || time >= options.window->end - options.window->begin) continue;
      const std::uint32_t columns = width / options.downsample;
      const std::uint32_t pixel =
          (event.y - options.crop->y) / options.downsample * columns + (event.x - options.crop->x) / options.downsample;
      const std::uint32_t neuron = options.polarity == EventPolarity::both ? 2 * pixel + event.polarity : pixel;
      if (options.once_per == 1 && !taken.emplace(neuron, static_cast<int>(std::ceil(static_cast<float>(time)))).second)
        continue;
      expected.emplace_back(static_cast<float>(time), neuron);
    }
    std::sort(expected.begin(), expected.end());
    const SpikeTrains trains = to_spike_trains(events_of(list, sensor), options);
    std::vector<std::pair<float, std::uint32_t>> given;
    for (std::size_t i = 0; i < trains.spikes(); ++i)
      given.emplace_back(trains.spike_times()[i], trains.spike_neurons()[i]);
    EXPECT_EQ(given, expected);
  }
}

// ---- Data sets

void write_recording(const std::filesystem::path& file, std::uint8_t x) {
  std::filesystem::create_directories(file.parent_path());
  base::write_file(file, bytes_from({x, 1, 0x80, 0, 10, x, 2, 0, 0, 20}));
}

TEST(EventDataSets, ClassesAlternate) {
  const ScratchFolder folder;
  for (const char* name : {"0/a.bin", "0/b.bin", "0/c.bin", "2/d.bin", "10/e.bin", "10/f.bin"})
    write_recording(folder / name, static_cast<std::uint8_t>(name[std::strlen(name) - 5] - 'a'));
  base::write_file(folder / "2/notes.txt", bytes_of("none"));
  const EventFiles files(folder.path(), EventFormat::nmnist, {.polarity = EventPolarity::merged});
  EXPECT_EQ(files.examples(), 6u);
  EXPECT_EQ(files.neurons(), 34u * 34u);
  EXPECT_EQ(files.most_spikes(), 12u);
  EXPECT_EQ(files.labels(), Tensor<std::int64_t>({6}, {0, 2, 10, 0, 10, 0}));
  EXPECT_EQ(files.first(2).labels(), Tensor<std::int64_t>({2}, {0, 2}));
  std::vector<std::uint32_t> columns;
  for (std::size_t e = 0; e < 6; ++e) columns.push_back(files.events(e).x.front());
  EXPECT_THAT(columns, ElementsAre(0, 3, 4, 1, 5, 2));
  const SpikeTrains all = read_all(files);
  EXPECT_EQ(all.examples(), 6u);
  EXPECT_EQ(all.spike_neurons().at(2), 34u + 3u);
  EXPECT_EQ(files.read(std::vector<std::uint32_t>{5, 1}).spike_neurons(), (std::vector<std::uint32_t>{36, 70, 37, 71}));
  EXPECT_EQ(kind_of<DataError>([&] { files.read(std::vector<std::uint32_t>{6}); }), "wrong_data_size");
  EXPECT_EQ(format_of_events(folder.path()), EventFormat::nmnist);
}

TEST(EventDataSets, FoldersAreChecked) {
  const ScratchFolder folder;
  const auto kind = [&] { return kind_of<DataError>([&] { EventFiles(folder.path(), EventFormat::nmnist); }); };
  EXPECT_EQ(kind(), "missing_data");
  write_recording(folder / "zero/a.bin", 1);
  EXPECT_EQ(kind(), "malformed_file") << "a class without a number";
  std::filesystem::rename(folder / "zero", folder / "0");
  EXPECT_EQ(EventFiles(folder.path(), EventFormat::nmnist).examples(), 1u);
  write_recording(folder / "00/a.bin", 1);
  EXPECT_EQ(kind(), "malformed_file") << "a class twice";
  std::filesystem::remove_all(folder / "00");
  write_recording(folder / "b.bin", 1);
  EXPECT_EQ(kind(), "malformed_file") << "files beside classes";
  std::filesystem::remove_all(folder / "0");
  write_recording(folder / "c.bin", 40);
  const EventFiles files(folder.path(), EventFormat::nmnist);
  EXPECT_EQ(kind_of<DataError>([&] { files.labels(); }), "missing_data");
  const auto problems = problems_of<DataError>([&] { read_all(files); });
  EXPECT_EQ(problems.at(0).path, (folder / "c.bin").string()) << "the file that is wrong is named";
}

TEST(EventDataSets, LabelsCutAedat) {
  const EventFiles files(sample("square.aedat"), EventFormat::aedat);
  EXPECT_EQ(files.labels(), Tensor<std::int64_t>({2}, {1, 10}));
  const SpikeTrains trains = read_all(files);
  EXPECT_EQ(trains.neurons(), 2u * 128 * 128);
  EXPECT_THAT(trains.offsets(), ElementsAre(0, 44, 120));
  EXPECT_FLOAT_EQ(trains.spike_times().front(), 2.726f) << "times begin where the label does";
  EXPECT_GE(files.most_spikes(), 120u);
  const ScratchFolder folder;
  std::filesystem::copy(sample("square.aedat"), folder / "alone.aedat");
  EXPECT_EQ(EventFiles(folder / "alone.aedat", EventFormat::aedat).examples(), 1u);
  base::write_file(folder / "alone_labels.csv", bytes_of("class\n1\n"));
  EXPECT_EQ(kind_of<DataError>([&] { EventFiles(folder / "alone.aedat", EventFormat::aedat); }), "malformed_file");
}

TEST(EventDataSets, HugeFilesAreRefusedUnread) {
  const ScratchFolder folder;
  base::write_file(folder / "huge.bin", bytes_from({1, 1, 0, 0, 0}));
  std::filesystem::resize_file(folder / "huge.bin", std::uintmax_t{5} << 40);  // sparse
  const auto problems = problems_of<DataError>([&] { read_events(folder / "huge.bin", EventFormat::nmnist); });
  EXPECT_EQ(problems.at(0).message, "the file is too large");
}

}  // namespace
}  // namespace synfire
