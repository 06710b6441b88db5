// SPDX-License-Identifier: Apache-2.0
// Parts of the gradient check.
#pragma once

#include "reference/grid.hpp"

namespace synfire::codegen::reference {

// Differences and the changes that they are judged by, summed up.
class MovedSum {
 public:
  void add(double found, double predicted) {
    ++count_;
    errors_ += (found - predicted) * (found - predicted);
    sizes_ += found * found;
  }
  // `least`: changes that are smaller are none.
  MovedCheck result(double allowed, double least) const;

 private:
  std::size_t count_ = 0;
  double errors_ = 0, sizes_ = 0;
};

struct MovedSums {
  MovedSum shift, slope;
};

// Runs one example with its spikes as they are in `trains`; adds what was moved, at most `most` of either kind.
void move_in_grid(const GridNetwork& network, const Example& example,
                  const std::vector<std::vector<GivenSpike>>& trains, std::uint64_t seed, std::size_t most,
                  MovedSums& sums);

}  // namespace synfire::codegen::reference
