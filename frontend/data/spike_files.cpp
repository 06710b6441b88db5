// SPDX-License-Identifier: Apache-2.0
// Spike trains from lists, and as arrays of a .npz file.
#include <algorithm>
#include <string>

#include "data/named_arrays.hpp"
#include "synfire/base/zip.hpp"
#include "synfire/data.hpp"
#include "synfire/error.hpp"

namespace synfire {
namespace {

std::size_t find_population_size(const NamedArrays& arrays, std::optional<std::size_t> given) {
  if (!arrays.has("population_size")) {
    if (given) return *given;
    malformed("population_size", "the number of neurons is neither in the file nor given", "an integer scalar", "");
  }
  const std::size_t stored = arrays.list<std::uint64_t>("population_size", 0).at(0);
  if (given && *given != stored) {
    throw DataError({.kind = ProblemKind::wrong_data_size,
                     .path = arrays.path_of("population_size"),
                     .message = "the spike trains have a different number of neurons",
                     .expected = std::to_string(*given),
                     .given = std::to_string(stored)});
  }
  return stored;
}

// The first wrong offset; empty if all are right.
std::string wrong_offset(const std::vector<std::size_t>& offsets, std::size_t spikes) {
  if (offsets.empty()) return "none";
  if (offsets.front() != 0) return std::to_string(offsets.front()) + " at the beginning";
  for (std::size_t i = 1; i < offsets.size(); ++i) {
    if (offsets[i] >= offsets[i - 1]) continue;
    return std::to_string(offsets[i]) + " after " + std::to_string(offsets[i - 1]) + ", at index " + std::to_string(i);
  }
  return offsets.back() == spikes ? std::string{} : std::to_string(offsets.back()) + " at the end";
}

// `path`: of the offsets.
void check_offsets(const std::vector<std::size_t>& offsets, std::size_t spikes, const std::string& path) {
  const std::string wrong = wrong_offset(offsets, spikes);
  if (wrong.empty()) return;
  malformed(path, "the offsets do not divide the spikes into examples",
            "ascending from 0 to " + std::to_string(spikes) + ", the number of spikes", wrong);
}

// Problems name `place` instead of the position of the example in `trains`.
void add_example(SpikeTrains& trains, const Array& neurons, const Array& times, const std::string& place) {
  const std::string position = "spike trains, example " + std::to_string(trains.examples());
  try {
    trains.add_example(neurons.as<std::uint32_t>().values(), times.as_float().values());
  } catch (const DataError& error) {
    std::vector<Problem> problems = error.problems();
    for (Problem& problem : problems) {
      if (problem.path.starts_with(position)) problem.path.replace(0, position.size(), place);
    }
    throw DataError(std::move(problems));
  }
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
    malformed("times", "the numbers of times and neurons differ", std::to_string(spikes),
              std::to_string(spike_times.size()));
  }
  check_offsets(offsets, spikes, "offsets");
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
  const NamedArrays named(arrays, "neurons, times and offsets");
  const auto stored = named.list<std::uint64_t>("offsets");
  const std::vector<std::size_t> offsets(stored.begin(), stored.end());
  const auto neurons = named.list<std::uint32_t>("neurons");
  const auto times = named.list<float>("times");
  if (times.size() == neurons.size()) check_offsets(offsets, neurons.size(), named.path_of("offsets"));
  return make_spike_trains(find_population_size(named, population_size), neurons, times, offsets);
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

SpikesOnDisk::SpikesOnDisk(const std::filesystem::path& path, const std::string& prefix,
                           std::optional<std::size_t> population_size)
    : origin_(path.string() + (prefix.empty() ? "" : ": " + prefix.substr(0, prefix.find_last_not_of('.') + 1))),
      neurons_(open_npz(path, prefix + "neurons")),
      times_(open_npz(path, prefix + "times")) {
  base::ZipReader zip(path);
  Arrays small;
  for (std::size_t i = 0; i < zip.entries().size(); ++i) {
    for (const char* name : {"offsets", "population_size"}) {
      if (zip.entries()[i].name == prefix + name + ".npy")
        small.emplace(name, read_npy(zip.read(i), path.string() + ": " + prefix + name));
    }
  }
  for (const ArrayFile* each : {&neurons_, &times_}) {
    const bool is_right = is_floating(each->type()) == (each == &times_);
    if (each->shape().size() == 1 && is_right) continue;
    malformed(each->origin(), "the array does not list spikes",
              each == &times_ ? "one axis of floating-point numbers" : "one axis of integers",
              std::string(to_string(each->type())) + ", " + to_string(each->shape()));
  }
  const NamedArrays named(small, "neurons, times and offsets");
  const auto offsets = named.list<std::uint64_t>("offsets");
  offsets_.assign(offsets.begin(), offsets.end());
  if (times_.rows() != neurons_.rows()) {
    malformed(times_.origin(), "the numbers of times and neurons differ", std::to_string(neurons_.rows()),
              std::to_string(times_.rows()));
  }
  check_offsets(offsets_, neurons_.rows(), named.path_of("offsets"));
  population_size_ = find_population_size(named, population_size);
}

SpikeTrains SpikesOnDisk::read(std::span<const std::uint32_t> examples) const {
  require_examples(examples, this->examples(), origin_);
  SpikeTrains trains(population_size_);
  const auto count = [&](std::uint32_t example) { return offsets_[example + 1] - offsets_[example]; };
  for (const std::uint32_t example : examples) {
    neurons_.will_need(offsets_[example], count(example));
    times_.will_need(offsets_[example], count(example));
  }
  for (const std::uint32_t example : examples) {
    Array neurons = neurons_.read(offsets_[example], count(example));
    Array times = times_.read(offsets_[example], count(example));
    const std::string place = ", example " + std::to_string(example);
    neurons.set_origin(neurons_.origin() + place);
    times.set_origin(times_.origin() + place);
    add_example(trains, neurons, times, origin_ + place);
  }
  return trains;
}

SpikesOnDisk SpikesOnDisk::first(std::size_t count) const {
  SpikesOnDisk part = *this;
  part.offsets_.resize(std::min(count, examples()) + 1);
  return part;
}

void write_spike_trains(const std::filesystem::path& path, const SpikeTrains& trains) {
  write_npz(path, to_arrays(trains));
}

}  // namespace synfire
