// SPDX-License-Identifier: Apache-2.0
// Parts of the gradient check.
#pragma once

#include "reference/grid.hpp"

namespace synfire::codegen::reference {

// Accumulates differences and the changes that they are relative to.
class MovedSum {
 public:
  void add(double found, double predicted) {
    ++count_;
    errors_ += (found - predicted) * (found - predicted);
    sizes_ += found * found;
  }
  // `least`: lower bound of the rms change that the error is relative to.
  MovedCheck result(double allowed, double least) const;

 private:
  std::size_t count_ = 0;
  double errors_ = 0, sizes_ = 0;
};

struct MovedSums {
  MovedSum shift, slope;
};

// Runs one example with the spikes of `trains` fixed; adds the results of at most `most` moves of either kind.
void move_in_grid(const GridNetwork& network, const Example& example,
                  const std::vector<std::vector<GivenSpike>>& trains, std::uint64_t seed, std::size_t most,
                  MovedSums& sums);

}  // namespace synfire::codegen::reference
