// SPDX-License-Identifier: Apache-2.0
// Covering arrays: few combinations of the levels of several factors in which each pair of levels of two factors occurs.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace synfire::testing {

struct Factor {
  std::string name;
  std::vector<std::string> levels;
};

// One level of each factor, by index.
using Combination = std::vector<std::size_t>;

// Whether two levels of different factors can be together. Symmetric; levels that can be together in pairs must
// do so all together.
using Compatible =
    std::function<bool(std::size_t factor, std::size_t level, std::size_t other, std::size_t other_level)>;

// Greedy and the same at each call (Cohen et al. 1997): each combination is the best of several, grown from pairs that are
// not covered yet.
std::vector<Combination> cover_pairs(const std::vector<Factor>& factors, const Compatible& compatible);

}  // namespace synfire::testing
