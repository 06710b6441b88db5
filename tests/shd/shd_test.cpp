// SPDX-License-Identifier: Apache-2.0
// Files in the layout of SHD: the same spikes from each way to store them, and one clear error for each that is wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <future>
#include <limits>

#include "base/scratch_folder.hpp"
#include "synfire/base/files.hpp"
#include "synfire/hdf5/file.hpp"
#include "synfire/shd.hpp"

namespace synfire {
namespace {

using test::problems_of;
using test::ScratchFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Lists = std::vector<std::vector<double>>;

std::filesystem::path sample(const std::string& name) { return std::filesystem::path(SYNFIRE_TEST_FILES) / name; }

// A file with two examples, unless a test writes other things.
struct Parts {
  Lists times = {{0.1, 0.2}, {0.3}};
  DataType times_type = DataType::f16;
  Lists units = {{1, 2}, {3}};
  DataType units_type = DataType::u16;
  std::vector<std::int64_t> labels = {0, 1};
};

void write(const std::filesystem::path& path, const Parts& parts) {
  hdf5::Writer file(path);
  file.group("/spikes");
  file.lists("/spikes/times", parts.times_type, parts.times);
  file.lists("/spikes/units", parts.units_type, parts.units);
  if (!parts.labels.empty()) file.integers("/labels", {parts.labels.size()}, parts.labels);
  file.commit();
}

SpikeTrains read(const Parts& parts, const EventOptions& options = {}) {
  const ScratchFolder folder;
  write(folder / "made.h5", parts);
  return read_all(EventFiles(open_shd(folder / "made.h5"), options));
}

// The only problem of reading `parts`.
Problem problem_of(const Parts& parts, const EventOptions& options = {}) {
  const auto problems = problems_of<DataError>([&] { read(parts, options); });
  EXPECT_EQ(problems.size(), 1u);
  return problems.empty() ? Problem{} : problems.front();
}

class Samples : public testing::TestWithParam<const char*> {};

TEST_P(Samples, HaveTheirSpikes) {
  const EventFiles files(open_shd(sample(GetParam())));
  EXPECT_EQ(files.format(), EventFormat::shd);
  EXPECT_EQ(files.shape(), (Extents{700}));
  EXPECT_EQ(files.most_spikes(), 5u);
  EXPECT_EQ(files.labels(), Tensor<std::int64_t>({3}, {19, 0, 4}));
  const SpikeTrains trains = read_all(files);
  EXPECT_EQ(trains.neurons(), 700u);
  EXPECT_THAT(trains.offsets(), ElementsAre(0, 3, 3, 5));
  EXPECT_THAT(trains.spike_times(), ElementsAre(0.9765625f, 250.0f, 1200.1953125f, 500.0f, 500.48828125f));
  EXPECT_THAT(trains.spike_neurons(), ElementsAre(699, 3, 0, 7, 7));
  EXPECT_EQ(files.first(1).most_spikes(), 3u);
  EXPECT_THAT(files.read(std::vector<std::uint32_t>{2, 0}).spike_neurons(), ElementsAre(7, 7, 699, 3, 0));
}

INSTANTIATE_TEST_SUITE_P(Stored, Samples, testing::Values("half.h5", "chunked.h5"),
                         [](const auto& tested) { return std::string(tested.param).substr(0, 4); });

TEST(Shd, CompressedListsAreRefusedByName) {
  const auto problems = problems_of<DataError>([] { open_shd(sample("compressed.h5")); });
  EXPECT_EQ(problems.at(0).kind, ProblemKind::unsupported);
  EXPECT_THAT(problems.at(0).path, HasSubstr("compressed.h5: /spikes/times"));
  EXPECT_THAT(problems.at(0).hint, HasSubstr("without compression"));
}

TEST(Shd, EveryHalfIsExact) {
  Parts parts{.times = {{}}, .units = {{}}, .labels = {}};
  for (int bits = 0; bits < 0x7c00; ++bits) {
    const int exponent = bits >> 10, fraction = bits & 0x3ff;
    parts.times[0].push_back(exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25));
    parts.units[0].push_back(bits % 700);
  }
  const SpikeTrains trains = read(parts, {.unit = TimeUnit::s});
  ASSERT_EQ(trains.spikes(), parts.times[0].size());
  for (std::size_t i = 0; i < trains.spikes(); ++i) {
    ASSERT_EQ(static_cast<double>(trains.spike_times()[i]), parts.times[0][i] * 1000) << i;
    ASSERT_EQ(trains.spike_neurons()[i], i % 700);
  }
}

TEST(Shd, AllTypesOfNumbersAreTheSame) {
  const Parts parts{.times = {{0.25, 0.5}, {0.75}}};
  const SpikeTrains expected = read(parts);
  for (const DataType times : {DataType::f16, DataType::f32, DataType::f64}) {
    for (const DataType units :
         {DataType::i8, DataType::u8, DataType::i16, DataType::u32, DataType::i32, DataType::i64, DataType::u64}) {
      Parts typed = parts;
      typed.times_type = times;
      typed.units_type = units;
      EXPECT_EQ(read(typed), expected) << to_string(times) << " " << to_string(units);
    }
  }
}

TEST(Shd, WithoutLabelsThereAreNone) {
  const ScratchFolder folder;
  write(folder / "made.h5", {.labels = {}});
  const EventFiles files(open_shd(folder / "made.h5"));
  EXPECT_FALSE(files.has_labels());
  const auto problems = problems_of<DataError>([&] { files.labels(); });
  EXPECT_EQ(problems.at(0).kind, ProblemKind::missing_data);
  EXPECT_EQ(problems.at(0).expected, "the dataset \"labels\"");
}

TEST(Shd, PartsMustFitEachOther) {
  Problem problem = problem_of({.labels = {0, 1, 2}});
  EXPECT_EQ(problem.kind, ProblemKind::wrong_data_size);
  EXPECT_THAT(problem.path, HasSubstr("/labels"));
  problem = problem_of({.labels = {0, -1}});
  EXPECT_EQ(problem.kind, ProblemKind::invalid_value);
  EXPECT_THAT(problem.message, HasSubstr("example 1"));
  problem = problem_of({.units = {{1, 2}, {3, 4}}});
  EXPECT_EQ(problem.kind, ProblemKind::wrong_data_size);
  EXPECT_EQ(problem.message, "example 1 has not as many units as times");
  problem = problem_of({.units = {{1, 2}, {3}, {}}});
  EXPECT_EQ(problem.kind, ProblemKind::wrong_data_size);
  EXPECT_THAT(problem.message, HasSubstr("more or fewer lists"));
}

TEST(Shd, WrongTypesAreRefused) {
  Problem problem = problem_of({.times_type = DataType::i32});
  EXPECT_EQ(problem.kind, ProblemKind::malformed_file);
  EXPECT_EQ(problem.given, "i4");
  problem = problem_of({.units_type = DataType::f32});
  EXPECT_EQ(problem.kind, ProblemKind::malformed_file);
  EXPECT_THAT(problem.path, HasSubstr("/spikes/units"));

  const auto refused = [](const std::function<void(hdf5::Writer&)>& add) {
    const ScratchFolder folder;
    hdf5::Writer file(folder / "made.h5");
    add(file);
    file.commit();
    const auto problems = problems_of<DataError>([&] { open_shd(folder / "made.h5"); });
    EXPECT_EQ(problems.size(), 1u);
    return problems.at(0).path + ": " + problems.at(0).message;
  };
  EXPECT_THAT(refused([](hdf5::Writer& file) { file.group("/spikes"); }), HasSubstr("/spikes/times: is missing"));
  EXPECT_THAT(refused([](hdf5::Writer& file) {
                file.group("/spikes");
                file.lists("/spikes/times", DataType::f16, {{0.1}});
                file.singles("/spikes/units", {1}, std::vector<float>{1});
              }),
              HasSubstr("/spikes/units: does not hold lists"));
  EXPECT_THAT(refused([](hdf5::Writer& file) {
                file.group("/spikes");
                file.lists("/spikes/times", DataType::f16, {{0.1}});
                file.texts("/spikes/units", {1}, {"one"});
              }),
              HasSubstr("/spikes/units: does not hold lists"));
  EXPECT_THAT(refused([](hdf5::Writer& file) {
                file.group("/spikes");
                file.lists("/spikes/times", DataType::f16, {{0.1}});
                file.lists("/spikes/units", DataType::u16, {{1}});
                file.singles("/labels", {1}, std::vector<float>{1});
              }),
              HasSubstr("/labels: does not hold integers"));
}

TEST(Shd, NumbersOutOfRangeAreRefused) {
  Problem problem = problem_of({.units = {{1, 700}, {3}}});
  EXPECT_EQ(problem.kind, ProblemKind::invalid_value);
  EXPECT_EQ(problem.message, "1 of 2 spikes are of channels that do not exist");
  EXPECT_EQ(read({.units = {{1, 700}, {3}}}, {.channels = 701}).neurons(), 701u);
  problem = problem_of({.units = {{1, -2}, {3}}, .units_type = DataType::i16});
  EXPECT_EQ(problem.kind, ProblemKind::invalid_value);
  EXPECT_THAT(problem.path, HasSubstr("/spikes/units, list 0"));
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  EXPECT_THAT(problem_of({.times = {{0.1, nan}, {0.1}}}).message, HasSubstr("1 of 2 spikes have a time that is NaN"));
  EXPECT_THAT(problem_of({.times = {{-infinity, infinity}, {0.1}}}).message, HasSubstr("2 of 2 spikes"));
  EXPECT_THAT(problem_of({.times = {{-0.1, 0.1}, {0.1}}}).message, HasSubstr("1 of 2 spikes are before time 0"));
}

TEST(Shd, MillisecondsAreNotTakenForSeconds) {
  Parts parts{.times = {{}}, .times_type = DataType::f32, .units = {{}}, .labels = {}};
  for (int i = 0; i < 200; ++i) {
    parts.times[0].push_back(5 * i);  // ms
    parts.units[0].push_back(i);
  }
  const Problem problem = problem_of(parts);
  EXPECT_EQ(problem.kind, ProblemKind::time_scale);
  EXPECT_THAT(problem.message, HasSubstr("200 spikes within 995 s"));
  EXPECT_THAT(problem.hint, HasSubstr("unit=ms"));
  EXPECT_EQ(read(parts, {.unit = TimeUnit::ms}).spike_times().back(), 995.0f);
  EXPECT_EQ(read(parts, {.unit = TimeUnit::s}).spike_times().back(), 995'000.0f);
}

// ---- Hostile files

std::vector<std::byte> damaged(const std::string& name, std::size_t at, const std::vector<int>& values) {
  std::vector<std::byte> bytes = base::read_file(sample(name));
  for (std::size_t i = 0; i < values.size(); ++i) bytes.at(at + i) = static_cast<std::byte>(values[i]);
  return bytes;
}

// Where a number of eight bytes is, after `before` bytes of others.
std::size_t find(const std::vector<std::byte>& bytes, const std::vector<int>& values) {
  const auto same = [](std::byte byte, int value) { return std::to_integer<int>(byte) == value; };
  const auto found = std::search(bytes.begin(), bytes.end(), values.begin(), values.end(), same);
  EXPECT_NE(found, bytes.end());
  return static_cast<std::size_t>(found - bytes.begin());
}

std::string message_of(const std::vector<std::byte>& bytes) {
  const ScratchFolder folder;
  base::write_file(folder / "damaged.h5", bytes);
  const auto problems = problems_of<DataError>([&] { read_all(EventFiles(open_shd(folder / "damaged.h5"))); });
  EXPECT_EQ(problems.size(), 1u);
  return problems.empty() ? "" : problems.front().message;
}

TEST(HostileShd, ListsLongerThanTheFileAreRefusedUnread) {
  // The first list has the length 3; its reference ends with the index 1.
  const auto at = [] {
    const auto bytes = base::read_file(sample("half.h5"));
    for (std::size_t i = 0; i + 16 <= bytes.size(); ++i) {
      const auto value = [&](std::size_t offset) { return std::to_integer<int>(bytes[i + offset]); };
      const bool is_reference = value(0) == 3 && value(1) == 0 && value(2) == 0 && value(3) == 0 && value(12) == 1 &&
                                value(5) != 0 && value(6) == 0 && value(13) == 0;
      if (is_reference) return i;
    }
    ADD_FAILURE() << "no reference found";
    return std::size_t{0};
  }();
  EXPECT_EQ(message_of(damaged("half.h5", at, {255, 255, 255, 255})), "claims more data than the file can hold");
  EXPECT_EQ(message_of(damaged("half.h5", at, {0, 16, 0, 0})), "example 0 has not as many units as times");
  EXPECT_EQ(message_of(damaged("half.h5", at + 4, {1, 2, 3})), "the numbers are damaged") << "another collection";
  EXPECT_EQ(message_of(damaged("half.h5", at + 12, {9})), "the numbers are damaged") << "another object";
}

TEST(HostileShd, AnExtentOf2To40IsRefused) {
  // A dataspace of one dimension: version 1, rank 1, then five bytes, then the extent 3.
  const auto bytes = base::read_file(sample("half.h5"));
  const std::size_t at = find(bytes, {1, 1, 1, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0}) + 8;
  EXPECT_EQ(message_of(damaged("half.h5", at, {0, 0, 0, 0, 0, 1, 0, 0})), "has more elements than are read");
  EXPECT_EQ(message_of(damaged("half.h5", at, {0, 0, 0, 1, 0, 0, 0, 0})), "has more lists than are read");
}

TEST(HostileShd, CutOffFilesAreErrors) {
  const ScratchFolder folder;
  const auto bytes = base::read_file(sample("half.h5"));
  for (std::size_t length = 0; length < bytes.size(); length += 97) {
    base::write_file(folder / "cut.h5", std::vector<std::byte>(bytes.begin(), bytes.begin() + length));
    EXPECT_THROW(open_shd(folder / "cut.h5"), DataError) << length << " bytes";
  }
  EXPECT_THROW(open_shd(folder / "none.h5"), DataError);
  EXPECT_THROW(open_shd(folder.path()), DataError);
}

TEST(HostileShd, AFileThatIsCutOffLaterIsAnError) {
  const ScratchFolder folder;
  const std::vector<double> many(50'000, 0.5);  // too long to share a collection
  write(folder / "cut.h5", {.times = {many, many}, .units = {many, many}});
  const EventFiles files(open_shd(folder / "cut.h5"), {.unit = TimeUnit::s});
  std::filesystem::resize_file(folder / "cut.h5", 100);
  const auto problems = problems_of<DataError>([&] { files.read(std::vector<std::uint32_t>{1}); });
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].message, "the numbers are damaged");
}

// Damaged bytes give spikes or a DataError.
TEST(HostileShd, DamagedFilesGiveSpikesOrAnError) {
  std::size_t refused = 0, all = 0;
  const ScratchFolder folder;
  for (const char* name : {"half.h5", "chunked.h5"}) {
    const auto bytes = base::read_file(sample(name));
    for (std::size_t at = 0; at < bytes.size(); at += 41) {
      auto changed = bytes;
      changed[at] ^= std::byte{0x5a};
      base::write_file(folder / "damaged.h5", changed);
      ++all;
      try {
        read_all(EventFiles(open_shd(folder / "damaged.h5"), {.window = EventWindow{0, 1000}}));
      } catch (const DataError&) {
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 10u);
  EXPECT_LT(refused, all);
}

TEST(Shd, TwoThreadsMayRead) {
  Parts parts{.times = {}, .units = {}, .labels = {}};
  for (int e = 0; e < 200; ++e) {
    parts.times.emplace_back();
    parts.units.emplace_back();
    for (int i = 0; i < e % 7; ++i) {
      parts.times.back().push_back(0.001 * e);
      parts.units.back().push_back(e + i);
    }
  }
  const ScratchFolder folder;
  write(folder / "made.h5", parts);
  const EventFiles files(open_shd(folder / "made.h5"));
  const SpikeTrains expected = read_all(files);
  const auto work = [&] { return read_all(files); };
  auto one = std::async(std::launch::async, work), two = std::async(std::launch::async, work);
  EXPECT_EQ(one.get(), expected);
  EXPECT_EQ(two.get(), expected);
}

}  // namespace
}  // namespace synfire
