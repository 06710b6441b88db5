// SPDX-License-Identifier: Apache-2.0
// NumPy files: one array in a .npy file, named arrays in a .npz file.
//
//   const Arrays arrays = read_npz("trained.npz");
//   const Tensor<float> weights = arrays.at("hidden.weight").as_float();
//   write_npz("copy.npz", {{"hidden.weight", weights}});
//
// Files are not trusted: sizes are checked against the file before memory is allocated. Everything here throws
// DataError: file_access; malformed_file; unsupported for an element type that is not listed below.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "synfire/tensor.hpp"

namespace synfire {

enum class DataType { boolean, i8, u8, i16, u16, i32, u32, i64, u64, f16, f32, f64 };

std::size_t element_size(DataType type);
// NumPy's name without the byte order: "f4", "u1", "b1".
const char* to_string(DataType type);
bool is_floating(DataType type);

// An array whose element type is only known at run time. Elements are row-major and little-endian.
class Array {
 public:
  Array() : Array(DataType::f32, {0}, {}) {}
  // Throws DataError (wrong_data_size) unless `bytes` fits the shape.
  Array(DataType type, Extents shape, std::vector<std::byte> bytes);
  template <class T>
  Array(const Tensor<T>& tensor);  // NOLINT(google-explicit-constructor)

  DataType type() const noexcept { return type_; }
  const Extents& shape() const noexcept { return shape_; }
  std::size_t size() const { return element_count(shape_); }
  std::span<const std::byte> bytes() const noexcept { return bytes_; }
  // Where it came from, for messages: `trained.npz: hidden.weight`. Ignored in comparisons.
  const std::string& origin() const noexcept { return origin_; }
  void set_origin(std::string origin) { origin_ = std::move(origin); }

  // The elements as T. Between integers (and from boolean) every value must fit; between floating-point types values
  // are rounded, but a finite value must stay finite; otherwise throws DataError (invalid_value) that names the
  // element. Does not convert integers to floating point or back: throws DataError (wrong_data_size).
  template <class T>
  Tensor<T> as() const;
  // as<float>(): the elements of a floating-point array.
  Tensor<float> as_float() const;
  // The elements of any array times `factor`, computed in double: the explicit conversion from integers to currents or
  // weights.
  Tensor<float> to_float(double factor = 1.0) const;

  bool operator==(const Array& other) const {
    return type_ == other.type_ && shape_ == other.shape_ && bytes_ == other.bytes_;
  }

 private:
  DataType type_;
  Extents shape_;
  std::vector<std::byte> bytes_;
  std::string origin_;
};

using Arrays = std::map<std::string, Array>;

// Format versions 1.0 to 3.0, either byte order, either element order.
Array read_npy(const std::filesystem::path& path);
Array read_npy(std::span<const std::byte> bytes, const std::string& name = "array in memory");
// Arrays by name, without the ".npy" suffix of their entries.
Arrays read_npz(const std::filesystem::path& path);
Arrays read_npz(std::span<const std::byte> bytes, const std::string& name = "archive in memory");

// The bytes of a .npy file: version 1.0, little-endian, row-major.
std::vector<std::byte> npy_bytes(const Array& array);
// Both replace the file, or leave it unchanged.
void write_npy(const std::filesystem::path& path, const Array& array);
void write_npz(const std::filesystem::path& path, const Arrays& arrays, bool compressed = true);

// Writes arrays to a .npz file one by one; without finish(), nothing remains.
class NpzWriter {
 public:
  explicit NpzWriter(const std::filesystem::path& path, bool compressed = true);
  ~NpzWriter();
  NpzWriter(NpzWriter&&) noexcept;
  NpzWriter& operator=(NpzWriter&&) noexcept;

  // Also throws duplicate_name for a name that was added before.
  void add(const std::string& name, const Array& array);
  // The same piece by piece, for arrays that do not fit in memory: begin, then append all elements (little-endian,
  // row-major) in any number of pieces, then end, before anything else. end throws wrong_data_size if their number does
  // not match the shape.
  void begin(const std::string& name, DataType type, const Extents& shape);
  void append(std::span<const std::byte> elements);
  void end();
  void finish();

 private:
  struct State;
  State& state() const;  // throws ModelError if the object was moved from
  std::unique_ptr<State> state_;
};

}  // namespace synfire
