// SPDX-License-Identifier: Apache-2.0
// Which of HDF5's types of numbers an Array can hold as they are stored.
#pragma once

#include <cstdint>
#include <optional>

#include "synfire/npz.hpp"

namespace synfire::hdf5 {

struct NumberType {
  DataType type = DataType::f32;
  bool big_endian = false;
};

// Of a type of HDF5; nothing for numbers that Array does not have.
std::optional<NumberType> number_type(std::int64_t type);
// A new type of HDF5 for these numbers, little-endian; the caller closes it.
std::int64_t made_type(DataType type);

}  // namespace synfire::hdf5
