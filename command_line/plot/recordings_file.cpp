// SPDX-License-Identifier: Apache-2.0
#include "plot/recordings_file.hpp"

#include <algorithm>

#include "output.hpp"
#include "synfire/base/pipes.hpp"
#include "synfire/base/zip.hpp"

namespace synfire::command_line {
namespace {

[[noreturn]] void malformed(const std::string& path, const std::string& message) {
  throw DataError({.kind = ProblemKind::malformed_file, .path = path, .message = message});
}

template <class T>
std::vector<T> list_of(const Arrays& arrays, const std::string& name, const std::string& path) {
  const auto found = arrays.find(name);
  if (found == arrays.end()) malformed(path, "the array \"" + name + "\" of a recording is missing");
  if (found->second.shape().size() != 1) malformed(path, "the array \"" + name + "\" does not have one axis");
  return found->second.as<T>().values();
}

void read_axes(const Arrays& arrays, const std::string& path, RecordedAxes& axes) {
  axes.examples = list_of<std::int64_t>(arrays, axes.name + ".examples", path);
  axes.steps = list_of<std::uint32_t>(arrays, axes.name + ".steps", path);
  axes.neurons = list_of<std::uint32_t>(arrays, axes.name + ".neurons", path);
}

RecordedSpikes read_spikes(const Arrays& arrays, const std::string& name, const std::string& path) {
  RecordedSpikes spikes;
  spikes.name = name;
  read_axes(arrays, path, spikes);
  spikes.neuron = list_of<std::uint32_t>(arrays, name + ".neuron", path);
  spikes.step = list_of<std::uint32_t>(arrays, name + ".step", path);
  for (const std::uint64_t offset : list_of<std::uint64_t>(arrays, name + ".offsets", path))
    spikes.offsets.push_back(static_cast<std::size_t>(offset));
  const bool fits = spikes.neuron.size() == spikes.step.size() && spikes.offsets.size() == spikes.examples.size() + 1 &&
                    spikes.offsets.front() == 0 && spikes.offsets.back() == spikes.neuron.size() &&
                    std::is_sorted(spikes.offsets.begin(), spikes.offsets.end());
  if (!fits) malformed(path, "the arrays of \"" + name + "\" have inconsistent sizes");
  return spikes;
}

RecordedValues read_values(const Arrays& arrays, const std::string& name, const std::string& path) {
  RecordedValues values;
  values.name = name;
  read_axes(arrays, path, values);
  values.values = arrays.at(name).as_float();
  const Extents& shape = values.values.shape();
  const bool fits = shape.size() >= 3 && shape[0] == values.examples.size() && shape[1] == values.steps.size() &&
                    values.values.size() == shape[0] * shape[1] * values.neurons.size();
  if (!fits) malformed(path, "the arrays of \"" + name + "\" have inconsistent sizes");
  return values;
}

double read_dt(const Arrays& arrays, const std::string& path) {
  const auto dt = arrays.find("dt");
  if (dt == arrays.end() || dt->second.size() != 1 || dt->second.type() != DataType::f64) {
    throw DataError({.kind = ProblemKind::malformed_file,
                     .path = path,
                     .message = "the file has no recordings: \"dt\" is missing",
                     .hint = "use synfire run --record cells.spikes --output FILE to write them"});
  }
  const double value = dt->second.as<double>()[0];
  constexpr double longest = 1e9;  // ms; keeps the times of any recording finite
  if (!(value > 0 && value <= longest)) malformed(path, "\"dt\" is not a time step in ms: " + decimal(value));
  return value;
}

// The names of the arrays in the order they were written, which is that of --record.
std::vector<std::string> names_in_order(const std::filesystem::path& path) {
  std::vector<std::string> names;
  const base::ZipReader archive(path);
  for (const base::ZipReader::Entry& entry : archive.entries()) {
    if (entry.name.ends_with(".npy")) names.push_back(entry.name.substr(0, entry.name.size() - 4));
  }
  return names;
}

}  // namespace

RecordingsFile read_recordings(const std::filesystem::path& path) {
  base::keep_pipe(path);
  const Arrays arrays = read_npz(path);
  RecordingsFile file{.path = path.string(), .dt = read_dt(arrays, path.string()), .spikes = {}, .values = {}};
  for (const std::string& name : names_in_order(path)) {
    if (name.ends_with(".offsets")) {
      file.spikes.push_back(
          read_spikes(arrays, name.substr(0, name.size() - std::string(".offsets").size()), file.path));
    } else if (arrays.contains(name + ".neurons") && arrays.at(name).type() == DataType::f32) {
      file.values.push_back(read_values(arrays, name, file.path));
    }
  }
  return file;
}

std::size_t place_of_example(const RecordedAxes& axes, std::uint64_t example, const std::string& path) {
  const auto found = std::find(axes.examples.begin(), axes.examples.end(), static_cast<std::int64_t>(example));
  if (found != axes.examples.end()) return static_cast<std::size_t>(found - axes.examples.begin());
  throw DataError({.kind = ProblemKind::missing_data,
                   .path = path,
                   .message = "example " + std::to_string(example) + " of " + axes.name + " was not recorded",
                   .expected = counted(axes.examples.size(), "example") +
                               (axes.examples.empty() ? "" : ", the first is " + std::to_string(axes.examples.front())),
                   .given = std::to_string(example)});
}

}  // namespace synfire::command_line
