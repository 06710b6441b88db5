// SPDX-License-Identifier: Apache-2.0
// Sorts the neurons that spike in one step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace synfire::runtime {

class NeuronSorter {
 public:
  // Sorts `list`, whose entries are less than `neurons`, in ascending order. Returns false if a neuron is in it twice;
  // the order is then undefined. Takes time linear in the length of the list, unless that is small compared to the
  // population.
  bool sort(std::span<std::uint32_t> list, std::size_t neurons);

 private:
  bool sort_by_marks(std::span<std::uint32_t> list);

  std::vector<std::uint64_t> marks_;  // a bit for each neuron; all 0 between calls
};

}  // namespace synfire::runtime
