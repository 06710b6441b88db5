// SPDX-License-Identifier: Apache-2.0
// Spike trains from lists, and as arrays of a .npz file.
#include <algorithm>
#include <string>

#include "synfire/data.hpp"
#include "synfire/error.hpp"

namespace synfire {
namespace {

[[noreturn]] void malformed(const std::string& path, const std::string& message, const std::string& expected,
                            const std::string& given) {
  throw DataError(
      {.kind = ProblemKind::malformed_file, .path = path, .message = message, .expected = expected, .given = given});
}

std::string path_of(const Array& array, const std::string& name) {
  return array.origin().empty() ? name : array.origin();
}

const Array& find(const Arrays& arrays, const std::string& name) {
  const auto found = arrays.find(name);
  if (found != arrays.end()) return found->second;
  std::string names;
  for (const auto& [known, array] : arrays) names += (names.empty() ? "" : ", ") + known;
  malformed(name, "an array is missing", "neurons, times and offsets", names.empty() ? "no arrays" : names);
}

bool is_floating(DataType type) { return type == DataType::f16 || type == DataType::f32 || type == DataType::f64; }

// The values of a list of the given number of axes.
template <class T>
std::vector<T> list(const Arrays& arrays, const std::string& name, std::size_t axes = 1) {
  const Array& array = find(arrays, name);
  if (array.shape().size() != axes) {
    malformed(path_of(array, name), "the array has the wrong number of axes", std::to_string(axes),
              std::to_string(array.shape().size()));
  }
  // numpy.array([]) is of floating point; without elements that does not matter.
  if (array.size() == 0) return {};
  if (is_floating(array.type()) != std::is_floating_point_v<T>) {
    malformed(path_of(array, name), "the array is of the wrong element type",
              std::is_floating_point_v<T> ? "floating point" : "integers", to_string(array.type()));
  }
  return array.as<T>().values();
}

std::size_t find_population_size(const Arrays& arrays, std::optional<std::size_t> given) {
  if (!arrays.contains("population_size")) {
    if (given) return *given;
    malformed("population_size", "the number of neurons is neither in the file nor given", "an integer scalar", "");
  }
  const std::size_t stored = list<std::uint64_t>(arrays, "population_size", 0).at(0);
  if (given && *given != stored) {
    throw DataError({.kind = ProblemKind::wrong_data_size,
                     .path = path_of(arrays.at("population_size"), "population_size"),
                     .message = "the spike trains are of another number of neurons",
                     .expected = std::to_string(*given),
                     .given = std::to_string(stored)});
  }
  return stored;
}

}  // namespace

SpikeTrains make_spike_trains(std::size_t neurons, const std::vector<std::vector<SpikeEvent>>& examples) {
  SpikeTrains trains(neurons);
  for (const std::vector<SpikeEvent>& example : examples) {
    std::vector<std::uint32_t> spike_neurons;
    std::vector<float> spike_times;
    for (const SpikeEvent& event : example) {
      spike_neurons.push_back(event.neuron);
      spike_times.push_back(event.time);
    }
    trains.add_example(spike_neurons, spike_times);
  }
  return trains;
}

SpikeTrains make_spike_trains(std::size_t neurons, const std::vector<std::uint32_t>& spike_neurons,
                              const std::vector<float>& spike_times, const std::vector<std::size_t>& offsets) {
  const std::size_t spikes = spike_neurons.size();
  if (spike_times.size() != spikes) {
    malformed("times", "there are not as many times as neurons", std::to_string(spikes),
              std::to_string(spike_times.size()));
  }
  if (offsets.empty() || offsets.front() != 0 || offsets.back() != spikes ||
      !std::is_sorted(offsets.begin(), offsets.end())) {
    malformed("offsets", "the offsets do not cut the list of spikes into examples",
              "ascending from 0 to " + std::to_string(spikes), offsets.empty() ? "none" : "others");
  }
  SpikeTrains trains(neurons);
  for (std::size_t e = 0; e + 1 < offsets.size(); ++e) {
    const auto begin = static_cast<std::ptrdiff_t>(offsets[e]);
    const auto end = static_cast<std::ptrdiff_t>(offsets[e + 1]);
    trains.add_example({spike_neurons.begin() + begin, spike_neurons.begin() + end},
                       {spike_times.begin() + begin, spike_times.begin() + end});
  }
  return trains;
}

SpikeTrains make_spike_trains(const Arrays& arrays, std::optional<std::size_t> population_size) {
  const auto offsets = list<std::uint64_t>(arrays, "offsets");
  return make_spike_trains(find_population_size(arrays, population_size), list<std::uint32_t>(arrays, "neurons"),
                           list<float>(arrays, "times"), std::vector<std::size_t>(offsets.begin(), offsets.end()));
}

Arrays to_arrays(const SpikeTrains& trains) {
  const std::vector<std::int64_t> offsets(trains.offsets().begin(), trains.offsets().end());
  Arrays arrays;
  arrays["neurons"] = Tensor<std::uint32_t>({trains.spikes()}, trains.spike_neurons());
  arrays["times"] = Tensor<float>({trains.spikes()}, trains.spike_times());
  arrays["offsets"] = Tensor<std::int64_t>({offsets.size()}, offsets);
  arrays["population_size"] = Tensor<std::int64_t>({}, {static_cast<std::int64_t>(trains.neurons())});
  return arrays;
}

SpikeTrains read_spike_trains(const std::filesystem::path& path, std::optional<std::size_t> population_size) {
  return make_spike_trains(read_npz(path), population_size);
}

void write_spike_trains(const std::filesystem::path& path, const SpikeTrains& trains) {
  write_npz(path, to_arrays(trains));
}

}  // namespace synfire
