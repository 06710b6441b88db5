// SPDX-License-Identifier: Apache-2.0
// Training programs: the compiler as one call, from a resolved network and its losses to an artifact with forward pass,
// exact adjoint (EventProp; Wunderlich & Pehle 2021, for any model) and optimizer. The schedule is `trial`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "synfire/codegen/compile.hpp"
#include "synfire/codegen/losses.hpp"
#include "synfire/language/expression.hpp"
#include "synfire/optimizers.hpp"
#include "synfire/regularizers.hpp"

namespace synfire::codegen {

// Draws the spike counts of a population's neurons into a band.
struct RateTarget {
  std::uint32_t population = 0;  // index in the network
  RateBand band;
};

// The backward pass through the spikes of a population as a surrogate gradient (Neftci et al. 2019): the transpose of
// the step as computed, in which the derivative of a spike with respect to x, how far the neuron is above its
// threshold, is replaced by a text.
struct SurrogateRule {
  language::Expression derivative = nullptr;     // over `x`; the parameters are numbers
  std::optional<double> support = std::nullopt;  // the derivative is 0 where |x| is not less; unset: nowhere
  bool detach_reset = false;                     // resets do not pass gradients to spikes
};

struct TrainingOptions {
  std::vector<OutputLoss> losses =
      {};  // one for each output that contributes to the loss; other readouts are only read
  // Gradient slots: partial sums of each gradient. 0: chosen for the backend from the sizes of gradients and batch, at
  // most 32. Affects only rounding.
  std::uint32_t slots = 0;
  // Accept populations that can reach their threshold only at arrivals, although their spike times have no weight
  // derivative.
  bool allow_arrival_only = false;
  OptimizerModel optimizer = Adam::text();     // with its values, checked
  double clip_value = 0, clip_norm = 0;        // limits of gradients; 0: none
  double l1 = 0, l2 = 0;                       // strengths of penalties for weights without their own
  std::vector<RateTarget> rates = {};          // at most one for a population
  std::vector<SurrogateRule> surrogates = {};  // one for each population; empty: the gradients are exact
};

// Everything that has an adjoint but is not supported in training programs, by name.
std::vector<Problem> check_training_program(const ir::Network& network, const CompileOptions& options);

// The program, with `slots` gradient slots, of a network without such problems.
Program lower_training(const ir::Network& network, const CompileOptions& options, const TrainingOptions& training,
                       std::uint32_t slots);

// Like `check_program`, `generate` and `compile`. Manifest::training of the result is set.
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
