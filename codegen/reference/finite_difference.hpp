// SPDX-License-Identifier: Apache-2.0
// Central differences of a loss by exact spike times: what derived gradients are proved against.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "reference/trial.hpp"

namespace synfire::codegen::reference {

struct Difference {
  double value = 0;
  bool kink = false;  // within every step that was tried, spikes appear, vanish or change their trigger
};

// Of the sum of the losses of the examples by one entry, by Richardson's extrapolation of two central differences, accurate
// to about step⁴. The step shrinks where the structure of events changes within it; and where `expected` is given and the
// difference is not within `tolerance` of it.
Difference finite_difference(const CompiledNetwork& network, const std::vector<Example>& examples,
                             const TensorInfo& tensor, std::size_t entry, std::optional<double> expected = std::nullopt,
                             double tolerance = 0);

}  // namespace synfire::codegen::reference
