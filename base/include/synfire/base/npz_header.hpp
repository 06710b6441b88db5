// SPDX-License-Identifier: Apache-2.0
// The header of a .npy file: magic, version, length, and a Python dictionary with `descr`, `fortran_order`
// and `shape`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "synfire/npz.hpp"

namespace synfire::npy {

struct Header {
  DataType type = DataType::f32;
  bool big_endian = false;
  bool fortran_order = false;
  Extents shape;
  std::size_t data_begin = 0;  // offset of the first element in the file
};

// Throws DataError: malformed_file unless the file is exactly a header and the elements that it announces.
Header parse_header(std::span<const std::byte> file, const std::string& name);
// The same from the beginning of a file of `file_bytes`, which must have the whole header.
Header parse_header(std::span<const std::byte> start, std::uint64_t file_bytes, const std::string& name);

// A field of the elements of a structured array.
struct Field {
  std::string name;
  DataType type = DataType::f32;
  bool big_endian = false;
  std::size_t offset = 0;  // in an element, in bytes
};
struct StructuredHeader {
  std::vector<Field> fields;
  std::size_t element_bytes = 0;
  Extents shape;
  std::size_t data_begin = 0;
};

// Whether a file that begins like this has a structured array.
bool is_structured(std::span<const std::byte> start);
// Of a structured array of one axis. Throws like parse_header, and unsupported for fields that are not single numbers.
StructuredHeader parse_structured_header(std::span<const std::byte> start, std::uint64_t file_bytes,
                                         const std::string& name);

// Bytes of the elements of an array; nothing if they overflow std::size_t.
std::optional<std::size_t> byte_count(DataType type, const Extents& shape);
std::optional<std::size_t> byte_count(std::size_t element_bytes, const Extents& shape);

// The header of a little-endian, row-major array, padded so that elements begin at a multiple of 64 bytes.
std::string format_header(DataType type, const Extents& shape);

}  // namespace synfire::npy
