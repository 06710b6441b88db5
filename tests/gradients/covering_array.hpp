// SPDX-License-Identifier: Apache-2.0
// Covering arrays: few combinations of the levels of several factors that contain each pair of levels of two factors.
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

// Whether two levels of different factors are compatible. Symmetric; pairwise compatible levels must be compatible all
// together.
using Compatible =
    std::function<bool(std::size_t factor, std::size_t level, std::size_t other, std::size_t other_level)>;

// Greedy and deterministic (Cohen et al. 1997): each combination is the best of several grown from uncovered pairs.
std::vector<Combination> cover_pairs(const std::vector<Factor>& factors, const Compatible& compatible);

}  // namespace synfire::testing
