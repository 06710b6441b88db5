// SPDX-License-Identifier: Apache-2.0
#include "number_type.hpp"

#include <hdf5.h>

namespace synfire::hdf5 {
namespace {

bool is_big_endian(hid_t type) { return H5Tget_order(type) == H5T_ORDER_BE; }

// Whether it is IEEE 754 binary16, which has no name in HDF5 1.10.
bool is_half(hid_t type) {
  std::size_t sign = 0, exponent = 0, exponent_bits = 0, mantissa = 0, mantissa_bits = 0;
  return H5Tget_size(type) == 2 && H5Tget_precision(type) == 16 && H5Tget_offset(type) == 0 &&
         H5Tget_fields(type, &sign, &exponent, &exponent_bits, &mantissa, &mantissa_bits) >= 0 && sign == 15 &&
         exponent == 10 && exponent_bits == 5 && mantissa == 0 && mantissa_bits == 10 && H5Tget_ebias(type) == 15 &&
         H5Tget_norm(type) == H5T_NORM_IMPLIED;
}

std::optional<DataType> floating_type(hid_t type) {
  if (is_half(type)) return DataType::f16;
  const bool big = is_big_endian(type);
  if (H5Tequal(type, big ? H5T_IEEE_F32BE : H5T_IEEE_F32LE) > 0) return DataType::f32;
  if (H5Tequal(type, big ? H5T_IEEE_F64BE : H5T_IEEE_F64LE) > 0) return DataType::f64;
  return std::nullopt;
}

std::optional<DataType> integer_type(hid_t type) {
  if (H5Tget_precision(type) != 8 * H5Tget_size(type) || H5Tget_offset(type) != 0) return std::nullopt;
  const bool has_sign = H5Tget_sign(type) == H5T_SGN_2;
  switch (H5Tget_size(type)) {
    case 1: return has_sign ? DataType::i8 : DataType::u8;
    case 2: return has_sign ? DataType::i16 : DataType::u16;
    case 4: return has_sign ? DataType::i32 : DataType::u32;
    case 8: return has_sign ? DataType::i64 : DataType::u64;
    default: return std::nullopt;
  }
}

hid_t made_half() {
  const hid_t type = H5Tcopy(H5T_IEEE_F32LE);
  H5Tset_fields(type, 15, 10, 5, 0, 10);
  H5Tset_ebias(type, 15);
  H5Tset_size(type, 2);
  return type;
}

}  // namespace

std::optional<NumberType> number_type(std::int64_t type) {
  std::optional<DataType> found;
  if (H5Tget_class(type) == H5T_FLOAT) found = floating_type(type);
  if (H5Tget_class(type) == H5T_INTEGER) found = integer_type(type);
  if (!found) return std::nullopt;
  return NumberType{*found, is_big_endian(type)};
}

std::int64_t made_type(DataType type) {
  switch (type) {
    case DataType::f16: return made_half();
    case DataType::f32: return H5Tcopy(H5T_IEEE_F32LE);
    case DataType::f64: return H5Tcopy(H5T_IEEE_F64LE);
    case DataType::i8: return H5Tcopy(H5T_STD_I8LE);
    case DataType::i16: return H5Tcopy(H5T_STD_I16LE);
    case DataType::i32: return H5Tcopy(H5T_STD_I32LE);
    case DataType::i64: return H5Tcopy(H5T_STD_I64LE);
    case DataType::u16: return H5Tcopy(H5T_STD_U16LE);
    case DataType::u32: return H5Tcopy(H5T_STD_U32LE);
    case DataType::u64: return H5Tcopy(H5T_STD_U64LE);
    default: return H5Tcopy(H5T_STD_U8LE);
  }
}

}  // namespace synfire::hdf5
