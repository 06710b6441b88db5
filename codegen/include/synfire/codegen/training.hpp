// SPDX-License-Identifier: Apache-2.0
// Programs that learn: the compiler as one call, from a resolved network and its losses to an artifact with forward pass,
// exact adjoint (EventProp; Wunderlich & Pehle 2021, for any model) and optimizer. The schedule is `trial`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "synfire/codegen/compile.hpp"
#include "synfire/codegen/losses.hpp"

namespace synfire::codegen {

struct TrainingOptions {
  std::vector<OutputLoss> losses = {};  // one for each output that teaches; others with a readout are only read
  // Partial sums of each gradient; 0: chosen for the backend from the size of the gradients and the batch, at most 32. Rounding
  // depends on it, and nothing else does.
  std::uint32_t slots = 0;
  // Go on although a population can reach its threshold only at arrivals, so that its spike times have no weight derivative.
  bool allow_arrival_only = false;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;  // of Adam
};

// What has an adjoint but is not put into programs that learn, by name.
std::vector<Problem> check_training_program(const ir::Network& network, const CompileOptions& options);

// The program, with so many gradient slots, of a network without such problems.
Program lower_training(const ir::Network& network, const CompileOptions& options, const TrainingOptions& training,
                       std::uint32_t slots);

// As `check_program`, `generate` and `compile`. Manifest::training of the result is set.
void check_learning_program(const ir::Network& network, const CompileOptions& options, const TrainingOptions& training,
                            std::vector<Problem>* warnings = nullptr);
contract::Artifact generate_training(const ir::Network& network, const CompileOptions& options,
                                     const TrainingOptions& training, const std::string& backend,
                                     const StagePrinter& print = {}, std::vector<Problem>* warnings = nullptr);
contract::Artifact compile_training(const ir::Network& network, const CompileOptions& options,
                                    const TrainingOptions& training, const std::string& backend,
                                    const BuildOptions& build, const StagePrinter& print = {},
                                    std::vector<Problem>* warnings = nullptr);

}  // namespace synfire::codegen
