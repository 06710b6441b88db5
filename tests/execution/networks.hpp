// SPDX-License-Identifier: Apache-2.0
// Shared by the execution tests: a fixture per device, data, probe models, and views of results.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "support/devices.hpp"
#include "synfire/synfire.hpp"

namespace synfire::testing {

// Runs on the device given by the test's parameter.
class OnDevice : public ::testing::TestWithParam<std::string> {
 protected:
  // A compiler for that device; tests set further options.
  static InferenceCompiler compiler(std::uint32_t timesteps) {
    return {.timesteps = timesteps, .device = GetParam(), .cache_folder = cache_folder()};
  }
};

// ---- Data

using Matrix = std::vector<std::vector<float>>;

// examples × neurons.
Tensor<float> tensor(const Matrix& rows);
// examples × frames × neurons.
Tensor<float> tensor(const std::vector<Matrix>& examples);

// The same numbers from the same seed on every machine (the standard's distributions differ between
// libraries).
class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}
  // In [low, high).
  float uniform(float low, float high);
  // 0 … count − 1.
  std::uint32_t below(std::uint32_t count) { return static_cast<std::uint32_t>(engine_() % count); }
  Tensor<float> tensor(Extents shape, float low, float high);
  // Spike trains in which a neuron spikes in a step with the given probability; times are whole ms.
  SpikeTrains spikes(std::size_t examples, std::uint32_t neurons, std::uint32_t steps, float probability);

 private:
  std::mt19937 engine_;
};

// One example: 1 for each neuron.
Tensor<float> ones(std::size_t neurons);
// One example: one neuron spikes at these times (ms).
SpikeTrains spikes_at(const std::vector<float>& times);
// One example: one neuron spikes in every step.
SpikeTrains spikes_in_every_step(std::uint32_t steps);

// ---- Models

// A probe of synapses: its v is the current of this step.
NeuronModel current_probe();
// A probe of inputs: its v is the value of this step, in frames of one step.
NeuronModel value_probe(std::uint32_t frames = 1);
// Sums its current and never spikes.
IntegrateFire accumulator();

// ---- Results

// A recorded variable of one neuron, step by step.
std::vector<float> trace(const Predictions& results, const PopulationReference& population, const std::string& variable,
                         std::size_t example = 0, std::size_t neuron = 0);
// The steps in which a neuron spikes.
std::vector<std::uint32_t> spike_steps(const Predictions& results, const PopulationReference& population,
                                       std::size_t example = 0, std::uint32_t neuron = 0);
// The readouts of one example.
std::vector<float> readout(const Predictions& results, const PopulationReference& output, std::size_t example = 0);

// |actual − expected| ≤ tolerance, element by element.
void expect_near(const std::vector<float>& actual, const std::vector<double>& expected, double tolerance,
                 const std::string& what);
// Equal bit by bit (NaN equals NaN).
void expect_same_bits(const Tensor<float>& actual, const Tensor<float>& expected, const std::string& what);

}  // namespace synfire::testing
