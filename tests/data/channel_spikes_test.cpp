// SPDX-License-Identifier: Apache-2.0
// From spikes of channels to spike trains: options, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/scratch_folder.hpp"
#include "synfire/base/files.hpp"
#include "synfire/events.hpp"

namespace synfire {
namespace {

using test::problems_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Recordings in memory.
class MadeChannels final : public ChannelFile {
 public:
  MadeChannels(std::vector<ChannelSpikes> all, std::vector<std::int64_t> labels)
      : all_(std::move(all)), labels_(std::move(labels)) {}
  const std::filesystem::path& path() const override { return path_; }
  EventFormat format() const override { return EventFormat::shd; }
  std::size_t examples() const override { return all_.size(); }
  std::size_t spikes(std::size_t example) const override { return all_.at(example).times.size(); }
  ChannelSpikes read(std::size_t example) const override { return all_.at(example); }
  std::span<const std::int64_t> labels() const override { return labels_; }

 private:
  std::filesystem::path path_ = "made";
  std::vector<ChannelSpikes> all_;
  std::vector<std::int64_t> labels_;
};

SpikeTrains trains_of(const ChannelSpikes& spikes, const EventOptions& options) {
  SpikeTrains trains(element_count(channel_shape(options)));
  add_channel_spikes(trains, spikes, options);
  return trains;
}

Problem problem_of_channels(const ChannelSpikes& spikes, const EventOptions& options) {
  const auto problems = problems_of<DataError>([&] { trains_of(spikes, options); });
  EXPECT_EQ(problems.size(), 1u);
  return problems.empty() ? Problem{} : problems.front();
}

TEST(ChannelSpikes, SecondsBecomeMillisecondsInOrder) {
  const SpikeTrains trains = trains_of({.times = {0.5, 0.25, 0.25}, .channels = {1, 2, 0}}, {});
  EXPECT_EQ(trains.neurons(), 700u);
  EXPECT_THAT(trains.spike_times(), ElementsAre(250, 250, 500));
  EXPECT_EQ(trains.spike_neurons().back(), 1u);
  const ChannelSpikes one{.times = {3}, .channels = {0}};
  EXPECT_EQ(trains_of(one, {.unit = TimeUnit::s}).spike_times()[0], 3000.0f);
  EXPECT_EQ(trains_of(one, {.unit = TimeUnit::ms}).spike_times()[0], 3.0f);
  EXPECT_EQ(trains_of(one, {.unit = TimeUnit::us}).spike_times()[0], 0.003f);
  EXPECT_EQ(trains_of(one, {.unit = TimeUnit::ns}).spike_times()[0], 0.000003f);
}

TEST(ChannelSpikes, OptionsApplyInTheirOrder) {
  const ChannelSpikes spikes{.times = {0.010, 0.0105, 0.011, 0.020, 0.030}, .channels = {4, 5, 4, 5, 9}};
  const EventOptions options{.channels = 10,
                             .downsample = 2,
                             .origin = EventOrigin::first,
                             .offset = 1,
                             .window = EventWindow{1, 20},
                             .once_per = 5};
  const SpikeTrains trains = trains_of(spikes, options);
  EXPECT_EQ(trains.neurons(), 5u);
  // 0, 0.5, 1, 10 and 20 ms after the first; the window has 20 + 1 not; of those in (0, 5], the first.
  ASSERT_EQ(trains.spikes(), 3u);
  EXPECT_THAT(trains.spike_neurons(), ElementsAre(2, 2, 2));
  EXPECT_FLOAT_EQ(trains.spike_times()[0], 0.0f);
  EXPECT_FLOAT_EQ(trains.spike_times()[1], 0.5f);
  EXPECT_FLOAT_EQ(trains.spike_times()[2], 10.0f);
}

TEST(ChannelSpikes, OptionsOfPixelsAreRefused) {
  const ChannelSpikes none;
  for (const auto& [name, options] : std::vector<std::pair<std::string, EventOptions>>{
           {"sensor", {.sensor = SensorSize{34, 34}}},
           {"crop", {.crop = EventCrop{.x = 0, .y = 0, .width = 1, .height = 1}}},
           {"polarity", {.polarity = EventPolarity::merged}}}) {
    const Problem problem = problem_of_channels(none, options);
    EXPECT_EQ(problem.kind, ProblemKind::invalid_option);
    EXPECT_EQ(problem.path, name);
  }
  EXPECT_EQ(problem_of_channels(none, {.downsample = 3}).path, "downsample");
  EXPECT_EQ(problem_of_channels(none, {.channels = 0}).path, "channels");
  const auto problems = problems_of<DataError>([] { event_shape({34, 34}, {.channels = 10}); });
  EXPECT_EQ(problems.at(0).path, "channels");
}

TEST(ChannelSpikes, DoubtfulUnitsAreErrors) {
  ChannelSpikes spikes;
  for (std::uint32_t i = 0; i < 100; ++i) {
    spikes.times.push_back(1e-6 * i);
    spikes.channels.push_back(i);
  }
  EXPECT_EQ(problem_of_channels(spikes, {}).kind, ProblemKind::time_scale);
  spikes.times.back() = 101;
  EXPECT_EQ(problem_of_channels(spikes, {}).kind, ProblemKind::time_scale);
  spikes.times.back() = 99;
  EXPECT_EQ(trains_of(spikes, {}).spikes(), 100u);
  spikes.times.back() = std::numeric_limits<double>::infinity();
  EXPECT_EQ(problem_of_channels(spikes, {}).kind, ProblemKind::invalid_value);
  spikes.times.pop_back();
  EXPECT_EQ(problem_of_channels(spikes, {}).kind, ProblemKind::wrong_data_size);
}

TEST(ChannelSpikes, AreExamples) {
  const auto made = std::make_shared<const MadeChannels>(
      std::vector<ChannelSpikes>{{{0.1, 0.2}, {1, 2}}, {{}, {}}, {{-1}, {3}}}, std::vector<std::int64_t>{5, 0, 7});
  const EventFiles files(made, {.channels = 4});
  EXPECT_EQ(files.neurons(), 4u);
  EXPECT_EQ(files.most_spikes(), 3u);
  EXPECT_EQ(files.labels(), Tensor<std::int64_t>({3}, {5, 0, 7}));
  EXPECT_EQ(files.first(2).labels(), Tensor<std::int64_t>({2}, {5, 0}));
  EXPECT_EQ(read_all(files.first(2)).spikes(), 2u);
  auto problems = problems_of<DataError>([&] { read_all(files); });
  EXPECT_EQ(problems.at(0).path, "made, example 2");
  problems = problems_of<DataError>([&] { files.events(0); });
  EXPECT_EQ(problems.at(0).kind, ProblemKind::unsupported);
  EXPECT_FALSE(
      EventFiles(std::make_shared<const MadeChannels>(std::vector<ChannelSpikes>(2), std::vector<std::int64_t>{}))
          .has_labels());
}

TEST(ChannelSpikes, Hdf5IsRecognizedAndNotReadHere) {
  const test::ScratchFolder folder;
  base::write_file(folder / "a.h5", test::bytes_of("\x89HDF\r\n\x1a\n and more"));
  EXPECT_EQ(format_of_events(folder / "a.h5"), EventFormat::shd);
  for (const auto& action :
       std::vector<std::function<void()>>{[&] { EventFiles(folder / "a.h5", EventFormat::shd); },
                                          [&] { read_events(folder / "a.h5", EventFormat::shd); }}) {
    const auto problems = problems_of<DataError>(action);
    EXPECT_EQ(problems.at(0).kind, ProblemKind::unsupported);
    EXPECT_THAT(problems.at(0).hint, HasSubstr("open_shd"));
  }
}

}  // namespace
}  // namespace synfire
