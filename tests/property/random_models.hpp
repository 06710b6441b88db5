// SPDX-License-Identifier: Apache-2.0
// Random neurons, synapses and readouts: built-in ones with all their options, and unusual texts of the model language.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "execution/networks.hpp"
#include "synfire/synfire.hpp"

namespace synfire::testing::property {

// Choices from a seed, the same on every machine.
class Choices {
 public:
  explicit Choices(std::uint32_t seed) : random_(seed) {}

  float uniform(float low, float high) { return random_.uniform(low, high); }
  // In [low, high], with few decimals, like hand-written numbers.
  double round_number(double low, double high);
  std::uint32_t below(std::uint32_t count) { return random_.below(count); }
  // In [low, high].
  std::uint32_t between(std::uint32_t low, std::uint32_t high) { return low + below(high - low + 1); }
  bool chance(double probability) { return uniform(0, 1) < static_cast<float>(probability); }
  Tensor<float> tensor(Extents shape, float low, float high) { return random_.tensor(std::move(shape), low, high); }
  template <class T>
  T pick(std::initializer_list<T> options) {
    return *(options.begin() + below(static_cast<std::uint32_t>(options.size())));
  }
  // A number, one number per neuron, or an initializer.
  Value per_neuron(std::uint32_t count, float low, float high);

 private:
  Random random_;
};

struct RandomNeuron {
  NeuronModel model;
  bool is_input = false, replays_spikes = false, spikes = true, has_output = true, is_graded = false;
  std::uint32_t frames = 1;
  bool sends() const { return spikes || is_graded; }
};

RandomNeuron random_input(Choices& choices, std::uint32_t count);
// A neuron that spikes and reads the current; all have a state v.
RandomNeuron random_hidden(Choices& choices, std::uint32_t count);
// A neuron that reads the current; seldom spikes.
RandomNeuron random_output(Choices& choices, std::uint32_t count);
SynapseModel random_synapse(Choices& choices, std::uint32_t target_count);
ReadoutModel random_readout(Choices& choices, const RandomNeuron& neuron, std::uint32_t count);

// The model with a struct's members substituted.
template <class T>
NeuronModel neuron_of(const T& model) {
  return T::text().with(set_members(model));
}
template <class T>
SynapseModel synapse_of(const T& model) {
  return T::text().with(set_members(model));
}

}  // namespace synfire::testing::property
