// SPDX-License-Identifier: Apache-2.0
// What happened in a run, but not when: as long as this stays the same, the loss is smooth.
#include <algorithm>
#include <utility>

#include "reference/trial.hpp"

namespace synfire::codegen::reference {
namespace {

void mix(std::uint64_t& hash, std::uint64_t value) { hash = (hash ^ value) * 0x9E3779B97F4A7C15ull + (hash >> 29); }

}  // namespace

// How much each arrival of the trigger raised g.
std::vector<double> Trial::rises_of(const Event& event) {
  std::vector<double> rises;
  for (int i = 0; i < event.causes; ++i) {
    const Event& arrival = events_[static_cast<std::size_t>(event.cause) + static_cast<std::size_t>(i)];
    rises.push_back(threshold_at(arrival, arrival.after) - threshold_at(arrival, arrival.before));
  }
  return rises;
}

// The kind of a spike: its trigger, its sign, and the sides that the model's code takes.
std::uint64_t Trial::kind_of(const Event& spike) {
  std::uint64_t hash = 1 + static_cast<std::uint64_t>(spike.trigger);
  mix(hash, spike.sign < 0 ? 0 : 2);
  mix(hash, spike.sides);
  if (spike.trigger == Trigger::arrivals) {
    const std::vector<double> rises = rises_of(spike);
    const auto rising = std::count_if(rises.begin(), rises.end(), [](double rise) { return rise != 0; });
    mix(hash, static_cast<std::uint64_t>(rising));
    outcome_.shared = outcome_.shared || rising > 1;
  }
  return hash;
}

// Arrivals between two other events are combined if their order does not matter.
std::uint64_t Trial::structure_of(const Neuron& neuron) {
  const bool in_any_order = model(neuron).arrivals_commute;
  std::uint64_t hash = 0, together = 0;
  double before = -1;  // time of the previous event if it is an arrival
  for (const int id : neuron.events) {
    const Event& event = events_[static_cast<std::size_t>(id)];
    if (event.kind == Kind::arrival) {
      std::uint64_t arrival = (std::uint64_t{event.connection} << 32) + event.synapse;
      mix(arrival, event.window);
      mix(arrival, event.sides);
      if (in_any_order)
        together += arrival;
      else
        mix(hash, arrival + (event.time == before ? 1 : 0));
      before = event.time;
      continue;
    }
    mix(hash, std::exchange(together, 0));
    before = -1;
    mix(hash, event.kind == Kind::spike ? kind_of(event) : 0);
    mix(hash, event.window);
  }
  mix(hash, together);
  mix(hash, neuron.undecided);
  for (const Extreme& extreme : neuron.extrema) mix(hash, structure_of(neuron, extreme));
  return hash;
}

// Between which events an extremum is, and at which.
std::uint64_t Trial::structure_of(const Neuron& neuron, const Extreme& extreme) const {
  std::uint64_t hash = static_cast<std::uint64_t>(extreme.where);
  mix(hash, extreme.events_before);
  const bool at_next = extreme.where == Extreme::Where::end;
  if (at_next || extreme.where == Extreme::Where::begin) {
    const std::size_t place = extreme.events_before - (at_next ? 0 : 1);
    if (place < neuron.events.size()) {
      const Event& event = events_[static_cast<std::size_t>(neuron.events[place])];
      mix(hash, (std::uint64_t{event.connection} << 32) + event.synapse);
    }
  }
  return hash;
}

Outcome Trial::summary() {
  outcome_.structure = 0;
  for (const Neuron& neuron : neurons_) mix(outcome_.structure, structure_of(neuron));
  Outcome result = outcome_;
  std::vector<double> times;
  for (std::size_t p = 0; p < network_.populations.size(); ++p)
    times.insert(times.end(), outcome_.spike_times[p].begin(), outcome_.spike_times[p].end());
  std::sort(times.begin(), times.end());
  for (std::size_t i = 1; i < times.size(); ++i) result.ties = result.ties || times[i] - times[i - 1] < 1e-9;
  return result;
}

}  // namespace synfire::codegen::reference
