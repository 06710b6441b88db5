// SPDX-License-Identifier: Apache-2.0
// What training adds to the gradients of the losses (docs/training.md#regularization-and-constraints).
//
//   .regularizers = {L2{1e-5}, FiringRate{hidden, {.lower = 2, .upper = 20, .strength = 1e-3}}}
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "synfire/error.hpp"
#include "synfire/reference.hpp"

namespace synfire {

// strength · Σ |w| over the trained weights; exact, and 0 at w = 0. A number that synapses share counts once. A
// connection can have its own strength: Trainable::l1.
struct L1 {
  double strength = 0;  // ≥ 0
  bool operator==(const L1&) const = default;
};

// strength / 2 · Σ w²; otherwise as L1. Its own strength: Trainable::l2.
struct L2 {
  double strength = 0;  // ≥ 0
  bool operator==(const L2&) const = default;
};

// Spikes of each neuron in an example, and how strongly they are drawn there.
struct RateBand {
  std::optional<double> lower = std::nullopt, upper = std::nullopt;  // ≥ 0; unset: no limit
  double strength = 0;                                               // ≥ 0
  bool operator==(const RateBand&) const = default;
};

// A heuristic, not the derivative of a loss (as in Nowotny, Turner & Knight 2025): for a neuron with n spikes in an
// example, strength · (n − upper) or strength · (n − lower), if n is outside, is added to the derivative with respect
// to the threshold's variable at each of its spikes. A neuron that never spikes is not drawn: the loss
// `silent_neurons` is for those. With a surrogate gradient it is added to the derivative with respect to the spike of
// every neuron in the support, as that of strength / 2 · (n − limit)².
struct FiringRate {
  PopulationReference population;  // one that spikes, and has trained weights upstream
  RateBand band = {};
};

using Regularizer = std::variant<L1, L2, FiringRate>;

// The same in a description, with the name of the population.
struct FiringRateSetting {
  std::string population = {};
  std::optional<double> lower = std::nullopt, upper = std::nullopt;
  double strength = 0;
  Place place = {};  // ignored in comparisons
  RateBand band() const { return {lower, upper, strength}; }
  bool operator==(const FiringRateSetting& other) const {
    return population == other.population && band() == other.band();
  }
};

using RegularizerSetting = std::variant<L1, L2, FiringRateSetting>;

// What is wrong with the numbers of a regularizer. `path`: of the regularizer in messages.
std::vector<Problem> problems_of(const L1& regularizer, const std::string& path);
std::vector<Problem> problems_of(const L2& regularizer, const std::string& path);
std::vector<Problem> problems_of(const RateBand& band, const std::string& path);

}  // namespace synfire
