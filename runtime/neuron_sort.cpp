// SPDX-License-Identifier: Apache-2.0
#include "neuron_sort.hpp"

#include <algorithm>
#include <bit>

namespace synfire::runtime {
namespace {

constexpr std::size_t bits = 64;

// Reading a word of the mask costs about half a comparison of a sort, so a mask pays off only for lists that are long
// relative to the population.
constexpr std::size_t least_marked = 8;
constexpr std::size_t words_for_each = 4;

}  // namespace

bool NeuronSorter::sort(std::span<std::uint32_t> list, std::size_t neurons) {
  const std::size_t words = (neurons + bits - 1) / bits;
  if (list.size() >= least_marked && words <= words_for_each * list.size()) {
    if (marks_.size() < words) marks_.resize(words);
    return sort_by_marks(list);
  }
  std::sort(list.begin(), list.end());
  return std::adjacent_find(list.begin(), list.end()) == list.end();
}

bool NeuronSorter::sort_by_marks(std::span<std::uint32_t> list) {
  std::size_t first = marks_.size(), last = 0;
  std::uint64_t twice = 0;
  for (const std::uint32_t neuron : list) {
    const std::size_t word = neuron / bits;
    const std::uint64_t mark = std::uint64_t{1} << (neuron % bits);
    twice |= marks_[word] & mark;
    marks_[word] |= mark;
    first = std::min(first, word);
    last = std::max(last, word);
  }
  std::size_t position = 0;
  for (std::size_t word = first; word <= last; ++word) {
    for (std::uint64_t marks = marks_[word]; marks != 0; marks &= marks - 1)
      list[position++] = static_cast<std::uint32_t>(word * bits + static_cast<std::size_t>(std::countr_zero(marks)));
    marks_[word] = 0;
  }
  return twice == 0;
}

}  // namespace synfire::runtime
