// SPDX-License-Identifier: Apache-2.0
#include "train/shuffle.hpp"

#include <numeric>
#include <utility>

#include "philox.cuh"

namespace synfire::runtime {
namespace {

// The third word of a counter, so that no two uses share numbers.
enum Purpose : std::uint32_t { shuffling = 0x73687566u, seeding = 0x73656564u };

class Words {
 public:
  Words(std::uint64_t seed, std::uint32_t epoch, Purpose purpose) : seed_(seed), epoch_(epoch), purpose_(purpose) {}

  // The `index`-th 64 bits.
  std::uint64_t operator()(std::uint32_t index) const {
    const device::U32x4 words = device::philox({index, epoch_, purpose_, 0}, static_cast<std::uint32_t>(seed_),
                                               static_cast<std::uint32_t>(seed_ >> 32));
    return std::uint64_t{words.x} << 32 | words.y;
  }

  // In [0, bound): the 64-bit fraction times the bound.
  std::uint32_t below(std::uint32_t bound, std::uint32_t index) const {
    const std::uint64_t word = (*this)(index);
    const std::uint64_t high = word >> 32, low = word & 0xFFFFFFFFu;
    return static_cast<std::uint32_t>((high * bound + (low * bound >> 32)) >> 32);
  }

 private:
  std::uint64_t seed_;
  std::uint32_t epoch_;
  Purpose purpose_;
};

}  // namespace

std::vector<std::uint32_t> in_order(std::size_t examples) {
  std::vector<std::uint32_t> order(examples);
  std::iota(order.begin(), order.end(), 0u);
  return order;
}

std::vector<std::uint32_t> shuffled(std::size_t examples, std::uint64_t seed, std::uint32_t epoch) {
  const Words words(seed, epoch, shuffling);
  std::vector<std::uint32_t> order = in_order(examples);
  for (auto last = static_cast<std::uint32_t>(examples); last > 1; --last)
    std::swap(order[last - 1], order[words.below(last, last)]);
  return order;
}

std::uint64_t epoch_seed(std::uint64_t seed, std::uint32_t epoch) { return Words(seed, epoch, seeding)(0); }

}  // namespace synfire::runtime
