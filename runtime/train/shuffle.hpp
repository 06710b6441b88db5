// SPDX-License-Identifier: Apache-2.0
// The order of the examples in an epoch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace synfire::runtime {

// A permutation of [0, examples) that depends only on the three numbers: the same on every machine. All permutations
// are equally likely to within 2⁻³² · examples, by the method of R. A. Fisher and F. Yates (as in R. Durstenfeld, CACM
// 7, 1964) with 64-bit fractions of Philox 4x32-10.
std::vector<std::uint32_t> shuffled(std::size_t examples, std::uint64_t seed, std::uint32_t epoch);

// 0, 1, …, in the order of the data.
std::vector<std::uint32_t> in_order(std::size_t examples);

// The seed of the random draws of one epoch: noise differs between epochs, and is the same whenever an epoch runs
// again.
std::uint64_t epoch_seed(std::uint64_t seed, std::uint32_t epoch);

}  // namespace synfire::runtime
