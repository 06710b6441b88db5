// SPDX-License-Identifier: Apache-2.0
// Differences of the interpreter's loss: what derived gradients are proved by.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "reference/trial.hpp"

namespace synfire::codegen::reference {

struct Difference {
  double value = 0;
  double error = 0;   // as estimated from values of different steps
  bool kink = false;  // what happens changes too close by for a difference to tell
};

// How near a difference should come, with what it is compared to.
struct Precision {
  double expected = 0;
  double absolute = 0;
  double relative = 1e-6;
  double allowed(double value) const;
};

// Of the summed loss of some examples. Steps shrink by halves, and their differences are extrapolated, until two estimates
// agree (Ridders 1982); none of it knows the value that is expected.
class Differences {
 public:
  Differences(const CompiledNetwork& network, const std::vector<Example>& examples);

  // By one entry: central, over steps in which the structure of events stays (Outcome). Where it changes at the entry itself,
  // one from either side, of which the mean is taken where they agree, unless arrivals share a spike. A kink is where they do not, or where steps without a
  // change are too small for the precision; but never where the difference contradicts what is expected all the same.
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
