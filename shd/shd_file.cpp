// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "synfire/error.hpp"
#include "synfire/hdf5/file.hpp"
#include "synfire/shd.hpp"

namespace synfire {
namespace {

constexpr const char* times_place = "/spikes/times";
constexpr const char* units_place = "/spikes/units";
constexpr const char* labels_place = "/labels";

void require_layout(const hdf5::Reader& reader) {
  for (const char* place : {times_place, units_place}) {
    if (reader.has(place)) continue;
    reader.fail(place, {.kind = ProblemKind::malformed_file,
                        .message = "is missing",
                        .hint = "the layout is that of the Spiking Heidelberg Digits",
                        .expected = "spikes/times and spikes/units"});
  }
}

void require_lengths(const hdf5::Reader& reader, const hdf5::NumberLists& times, const hdf5::NumberLists& units) {
  if (units.size() != times.size())
    reader.fail(units_place, {.kind = ProblemKind::wrong_data_size,
                              .message = "has more or fewer lists than spikes/times",
                              .expected = std::to_string(times.size()),
                              .given = std::to_string(units.size())});
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (units.length(i) == times.length(i)) continue;
    reader.fail(units_place, {.kind = ProblemKind::wrong_data_size,
                              .message = "example " + std::to_string(i) + " has not as many units as times",
                              .expected = std::to_string(times.length(i)),
                              .given = std::to_string(units.length(i))});
  }
}

void require_types(const hdf5::Reader& reader, const hdf5::NumberLists& times, const hdf5::NumberLists& units) {
  if (!is_floating(times.type()))
    reader.fail(times_place, {.kind = ProblemKind::malformed_file,
                              .message = "does not hold times in seconds",
                              .expected = "f2, f4 or f8",
                              .given = to_string(times.type())});
  if (is_floating(units.type()))
    reader.fail(
        units_place,
        {.kind = ProblemKind::malformed_file, .message = "does not hold integers", .given = to_string(units.type())});
}

std::vector<std::int64_t> read_labels(const hdf5::Reader& reader, std::size_t examples) {
  if (!reader.has(labels_place)) return {};
  const Extents shape = reader.info(labels_place).shape;
  if (shape != Extents{examples})
    reader.fail(labels_place, {.kind = ProblemKind::wrong_data_size,
                               .message = "has not one label for each example",
                               .expected = to_string(Extents{examples}),
                               .given = shape.empty() ? "one number" : to_string(shape)});
  std::vector<std::int64_t> labels = reader.integers(labels_place);
  const auto wrong = std::find_if(labels.begin(), labels.end(), [](std::int64_t label) { return label < 0; });
  if (wrong != labels.end())
    reader.fail(labels_place, {.kind = ProblemKind::invalid_value,
                               .message = "example " + std::to_string(wrong - labels.begin()) + " has no class",
                               .expected = "at least 0",
                               .given = std::to_string(*wrong)});
  return labels;
}

class ShdFile final : public ChannelFile {
 public:
  explicit ShdFile(const hdf5::Reader& reader)
      : path_(reader.path()), times_(reader.lists(times_place)), units_(reader.lists(units_place)) {
    require_types(reader, times_, units_);
    require_lengths(reader, times_, units_);
    labels_ = read_labels(reader, times_.size());
  }

  const std::filesystem::path& path() const override { return path_; }
  EventFormat format() const override { return EventFormat::shd; }
  std::size_t examples() const override { return times_.size(); }
  std::size_t spikes(std::size_t example) const override { return times_.length(example); }
  ChannelSpikes read(std::size_t example) const override {
    const Tensor<double> times = times_.read(example).as<double>();
    const Tensor<std::uint32_t> units = units_.read(example).as<std::uint32_t>();
    return {.times = {times.begin(), times.end()}, .channels = {units.begin(), units.end()}};
  }
  std::span<const std::int64_t> labels() const override { return labels_; }

 private:
  std::filesystem::path path_;
  hdf5::NumberLists times_, units_;
  std::vector<std::int64_t> labels_ = {};
};

}  // namespace

std::shared_ptr<const ChannelFile> open_shd(const std::filesystem::path& path) {
  const hdf5::Reader reader(path);
  require_layout(reader);
  return std::make_shared<const ShdFile>(reader);
}

}  // namespace synfire
