// SPDX-License-Identifier: Apache-2.0
// What Reader::lists() fills in.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "global_heap.hpp"
#include "number_type.hpp"
#include "synfire/hdf5/number_lists.hpp"

namespace synfire::hdf5 {

struct NumberLists::State {
  std::string path;  // of the file and in it
  NumberType number;
  std::vector<HeapReference> references;
  std::mutex mutex = {};
  GlobalHeap heap;
};

}  // namespace synfire::hdf5
