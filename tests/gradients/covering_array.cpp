// SPDX-License-Identifier: Apache-2.0
#include "gradients/covering_array.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <random>
#include <stdexcept>

namespace synfire::testing {
namespace {

constexpr int candidates = 40;
constexpr std::size_t open = static_cast<std::size_t>(-1);

class Cover {
 public:
  Cover(const std::vector<Factor>& factors, const Compatible& compatible) : factors_(factors) {
    for (const Factor& factor : factors_) {
      first_.push_back(levels_);
      levels_ += factor.levels.size();
    }
    compatible_.assign(levels_ * levels_, 0);
    missing_ = compatible_;
    for (std::size_t f = 0; f < factors_.size(); ++f) {
      for (std::size_t g = 0; g < factors_.size(); ++g) {
        if (f != g) compare(f, g, compatible);
      }
    }
  }

  std::vector<Combination> run() {
    std::vector<Combination> all;
    while (std::count(missing_.begin(), missing_.end(), 1) > 0) {
      Combination best;
      std::size_t most = 0;
      for (int i = 0; i < candidates; ++i) {
        Combination candidate = grow();
        const std::size_t covered = newly_covered(candidate);
        if (covered > most) best = std::move(candidate);
        most = std::max(most, covered);
      }
      for (std::size_t f = 0; f < best.size(); ++f) {
        for (std::size_t g = 0; g < best.size(); ++g) missing_[pair(f, best[f], g, best[g])] = 0;
      }
      all.push_back(std::move(best));
    }
    return all;
  }

 private:
  std::size_t pair(std::size_t f, std::size_t a, std::size_t g, std::size_t b) const {
    return (first_[f] + a) * levels_ + first_[g] + b;
  }

  void compare(std::size_t f, std::size_t g, const Compatible& compatible) {
    for (std::size_t a = 0; a < factors_[f].levels.size(); ++a) {
      for (std::size_t b = 0; b < factors_[g].levels.size(); ++b)
        compatible_[pair(f, a, g, b)] = missing_[pair(f, a, g, b)] = compatible(f, a, g, b) ? 1 : 0;
    }
  }

  std::size_t newly_covered(const Combination& row) const {
    std::size_t count = 0;
    for (std::size_t f = 0; f < row.size(); ++f) {
      for (std::size_t g = 0; g < f; ++g) count += static_cast<std::size_t>(missing_[pair(f, row[f], g, row[g])]);
    }
    return count;
  }

  // A missing pair, then the other factors in a drawn order, each with the level that covers most.
  Combination grow() {
    Combination row(factors_.size(), open);
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < missing_.size(); ++i) {
      if (missing_[i] != 0) left.push_back(i);
    }
    const std::size_t seed = left[random_() % left.size()];
    for (const std::size_t level : {seed / levels_, seed % levels_}) {
      const std::size_t f = factor_of(level);
      row[f] = level - first_[f];
    }
    std::vector<std::size_t> order(factors_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random_() % i]);
    for (const std::size_t f : order) {
      if (row[f] == open) row[f] = choose(row, f);
    }
    return row;
  }

  std::size_t factor_of(std::size_t level) const {
    return static_cast<std::size_t>(std::upper_bound(first_.begin(), first_.end(), level) - first_.begin()) - 1;
  }

  std::size_t choose(const Combination& row, std::size_t f) {
    std::optional<std::size_t> best;
    std::size_t most = 0;
    const std::size_t count = factors_[f].levels.size(), begin = random_() % count;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t a = (begin + i) % count;
      std::size_t covered = 0;
      bool fits = true;
      for (std::size_t g = 0; g < row.size(); ++g) {
        if (row[g] == open || g == f) continue;
        fits = fits && compatible_[pair(f, a, g, row[g])] != 0;
        covered += static_cast<std::size_t>(missing_[pair(f, a, g, row[g])]);
      }
      if (!fits || (best && covered <= most)) continue;
      best = a;
      most = covered;
    }
    if (!best) throw std::logic_error("no level of " + factors_[f].name + " is compatible with the others");
    return *best;
  }

  const std::vector<Factor>& factors_;
  std::vector<std::size_t> first_;
  std::size_t levels_ = 0;
  std::vector<char> compatible_, missing_;
  std::mt19937 random_{1};
};

}  // namespace

std::vector<Combination> cover_pairs(const std::vector<Factor>& factors, const Compatible& compatible) {
  return Cover(factors, compatible).run();
}

}  // namespace synfire::testing
