// SPDX-License-Identifier: Apache-2.0
#include "number_lists.hpp"

#include <algorithm>
#include <cstring>

#include "synfire/error.hpp"

namespace synfire::hdf5 {

std::size_t NumberLists::size() const noexcept { return state_->references.size(); }

std::size_t NumberLists::length(std::size_t list) const {
  return static_cast<std::size_t>(state_->references.at(list).length);
}

DataType NumberLists::type() const noexcept { return state_->number.type; }

Array NumberLists::read(std::size_t list) const {
  const std::size_t count = length(list), size = element_size(type());
  std::vector<std::byte> bytes(count * size);
  if (count != 0) {
    const std::lock_guard lock(state_->mutex);
    const auto stored = state_->heap.object(state_->references[list], bytes.size());
    if (!stored) {
      throw DataError({.kind = ProblemKind::malformed_file,
                       .path = state_->path + ", list " + std::to_string(list),
                       .message = "the numbers are damaged"});
    }
    std::memcpy(bytes.data(), stored->data(), bytes.size());
  }
  if (state_->number.big_endian) {
    for (auto each = bytes.begin(); each != bytes.end(); each += static_cast<std::ptrdiff_t>(size))
      std::reverse(each, each + static_cast<std::ptrdiff_t>(size));
  }
  Array array(type(), {count}, std::move(bytes));
  array.set_origin(state_->path + ", list " + std::to_string(list));
  return array;
}

}  // namespace synfire::hdf5
