// SPDX-License-Identifier: Apache-2.0
// A dataset of one dimension whose elements are lists of numbers, of variable length; each is read when it is asked
// for. Only the lengths are in memory, checked against the size of the file. Reading a list does not call HDF5: the
// bytes of the file are read with the checks of global_heap.hpp.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "synfire/npz.hpp"

namespace synfire::hdf5 {

class NumberLists {
 public:
  std::size_t size() const noexcept;
  // How many numbers; throws std::out_of_range like read().
  std::size_t length(std::size_t list) const;
  DataType type() const noexcept;
  // The numbers as they are stored, as an array of one axis, whose origin is the file and the place. Throws DataError
  // (malformed_file). Several threads may call it; one at a time reads.
  Array read(std::size_t list) const;

 private:
  friend class Reader;
  struct State;
  explicit NumberLists(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

}  // namespace synfire::hdf5
