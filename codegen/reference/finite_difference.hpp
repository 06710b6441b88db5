// SPDX-License-Identifier: Apache-2.0
// Finite differences of the interpreter's loss, against which derived gradients are checked.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "reference/trial.hpp"

namespace synfire::codegen::reference {

struct Difference {
  double value = 0;
  double error = 0;   // estimated from different steps
  bool kink = false;  // the order of events changes too close by for a valid difference
};

// The required precision of a difference, and the value that it is compared with.
struct Precision {
  double expected = 0;
  double absolute = 0;
  double relative = 1e-6;
  double allowed(double value) const;
};

// Differences of the summed loss of some examples. Steps are halved, and their differences extrapolated, until two
// estimates agree (Ridders 1982); the estimates do not use the expected value.
class Differences {
 public:
  Differences(const CompiledNetwork& network, const std::vector<Example>& examples);

  // With respect to one entry: central, over steps within which the structure of events (Outcome) is constant. If it
  // changes at the entry itself: one-sided differences, whose mean is used if they agree and no arrivals share a spike.
  // A kink is where they disagree, or where steps without a change are too small for the precision, unless the
  // difference clearly contradicts the expected value.
  Difference by(const TensorInfo& tensor, std::size_t index, const Precision& precision);

 private:
  struct Sample {
    double loss = 0;
    std::uint64_t structure = 0;
    bool shared = false;
  };
  struct Entry;
  Sample sample();
  Sample sample(const Entry& entry, double shift);
  std::optional<double> central(const Entry& entry, double step);
  double noise(double step) const;
  Difference central(const Entry& entry, const Precision& precision, double widest_step);
  Difference sided(const Entry& entry, const Precision& precision, double side);

  const CompiledNetwork& network_;
  const std::vector<Example>& examples_;
  Values values_;
  Sample here_;
};

}  // namespace synfire::codegen::reference
