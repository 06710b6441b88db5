// SPDX-License-Identifier: Apache-2.0
// Programs that learn: the compiler as one call, from a resolved network and its losses to an artifact with forward pass,
// exact adjoint (EventProp; Wunderlich & Pehle 2021, for any model) and optimizer. The schedule is `trial`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "synfire/codegen/compile.hpp"

namespace synfire::codegen {

// The loss of one output population, of its readout's values v over its neurons, or of x in every step.
struct OutputLoss {
  std::uint32_t population = 0;  // index in the network; it has a readout
  // One of contract::sparse_categorical_crossentropy …:
  //   sparse_categorical_crossentropy  −ln softmax(v / temperature)[label]
  //   categorical_crossentropy         −Σ target[k] ln softmax(v / temperature)[k]
  //   mean_square_error                ½ Σ (v[k] − target[k])²; per_step: the mean of ½ Σ (x[k] − target[step][k])² over steps
  //   relative_mean_square_error       ½ Σ over k ≠ label of (t[k] − t[label] − delta)², t = −v: first spike times
  //   time_to_first_spike_crossentropy −ln softmax(v / temperature)[label] + alpha / (1.01 T − t[label]), T the duration
  // For the last two a neuron without a spike counts as one that spikes at the end of the example, where it has no
  // derivative.
  std::string loss;
  double temperature = 1.0;  // > 0
  double alpha = 0.0;        // ≥ 0, ms
  double delta = 0.0;        // ms
  bool per_step = false;
};

struct TrainingOptions {
  std::vector<OutputLoss> losses = {};  // one for each output that teaches; others with a readout are only read
  // Partial sums of each gradient; 0: chosen for the backend from the size of the gradients and the batch, at most 32. Rounding
  // depends on it, and nothing else does.
  std::uint32_t slots = 0;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;  // of Adam
};

// What can be learned, as check_capabilities says what can be run: everything in the way of a gradient, by name.
std::vector<Problem> check_training(const ir::Network& network, const CompileOptions& options,
                                    const TrainingOptions& training);

// As `generate` and `compile`. Manifest::training of the result is set.
contract::Artifact generate_training(const ir::Network& network, const CompileOptions& options,
                                     const TrainingOptions& training, const std::string& backend,
                                     const StagePrinter& print = {}, std::vector<Problem>* warnings = nullptr);
contract::Artifact compile_training(const ir::Network& network, const CompileOptions& options,
                                    const TrainingOptions& training, const std::string& backend,
                                    const BuildOptions& build, const StagePrinter& print = {},
                                    std::vector<Problem>* warnings = nullptr);

}  // namespace synfire::codegen
