// SPDX-License-Identifier: Apache-2.0
// Array: element types known at run time, and their conversions.
#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <optional>
#include <type_traits>
#include <utility>

#include "synfire/base/npz_header.hpp"
#include "synfire/error.hpp"
#include "synfire/npz.hpp"

namespace synfire {
namespace {

static_assert(std::endian::native == std::endian::little);

// IEEE 754 binary16, as NumPy's float16.
struct Half {
  std::uint16_t bits;
  explicit operator float() const {
    const unsigned exponent = (bits >> 10) & 31u;
    const auto mantissa = static_cast<float>(bits & 1023u);
    const float sign = (bits & 0x8000u) != 0 ? -1.0f : 1.0f;
    if (exponent == 0) return sign * std::ldexp(mantissa, -24);
    if (exponent < 31) return sign * std::ldexp(1024.0f + mantissa, static_cast<int>(exponent) - 25);
    return mantissa == 0 ? sign * INFINITY : NAN;
  }
};

template <class T>
constexpr DataType data_type() {
  if constexpr (std::is_same_v<T, std::int8_t>) return DataType::i8;
  if constexpr (std::is_same_v<T, std::uint8_t>) return DataType::u8;
  if constexpr (std::is_same_v<T, std::int16_t>) return DataType::i16;
  if constexpr (std::is_same_v<T, std::uint16_t>) return DataType::u16;
  if constexpr (std::is_same_v<T, std::int32_t>) return DataType::i32;
  if constexpr (std::is_same_v<T, std::uint32_t>) return DataType::u32;
  if constexpr (std::is_same_v<T, std::int64_t>) return DataType::i64;
  if constexpr (std::is_same_v<T, std::uint64_t>) return DataType::u64;
  if constexpr (std::is_same_v<T, float>) return DataType::f32;
  return DataType::f64;
}

// Calls visit(index, element) for all elements, each as the C++ type that holds it exactly.
template <class T, class Visitor>
void visit_as(std::span<const std::byte> bytes, Visitor visit) {
  for (std::size_t i = 0; i < bytes.size() / sizeof(T); ++i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    if constexpr (std::is_same_v<T, Half>) {
      visit(i, static_cast<float>(value));
    } else {
      visit(i, value);
    }
  }
}

template <class Visitor>
void visit_elements(const Array& array, Visitor visit) {
  const std::span<const std::byte> bytes = array.bytes();
  switch (array.type()) {
    case DataType::boolean:
    case DataType::u8: return visit_as<std::uint8_t>(bytes, visit);
    case DataType::i8: return visit_as<std::int8_t>(bytes, visit);
    case DataType::i16: return visit_as<std::int16_t>(bytes, visit);
    case DataType::u16: return visit_as<std::uint16_t>(bytes, visit);
    case DataType::i32: return visit_as<std::int32_t>(bytes, visit);
    case DataType::u32: return visit_as<std::uint32_t>(bytes, visit);
    case DataType::i64: return visit_as<std::int64_t>(bytes, visit);
    case DataType::u64: return visit_as<std::uint64_t>(bytes, visit);
    case DataType::f16: return visit_as<Half>(bytes, visit);
    case DataType::f32: return visit_as<float>(bytes, visit);
    case DataType::f64: return visit_as<double>(bytes, visit);
  }
}

template <class To, class From>
bool fits(From value) {
  if constexpr (std::is_integral_v<To> && std::is_integral_v<From>) {
    return std::in_range<To>(value);
  } else if constexpr (std::is_floating_point_v<To> && std::is_floating_point_v<From>) {
    return !std::isfinite(value) || std::isfinite(static_cast<To>(value));
  } else {
    return false;
  }
}

std::string origin_or(const std::string& origin) { return origin.empty() ? "array" : origin; }

[[noreturn]] void wrong_type(const Array& array, DataType wanted) {
  const bool to_floating = is_floating(wanted);
  throw DataError({.kind = ProblemKind::wrong_data_size,
                   .path = origin_or(array.origin()),
                   .message = to_floating ? "integers are not converted to floating point implicitly"
                                          : "floating-point numbers are not converted to integers implicitly",
                   .hint = to_floating ? "use to_float(factor), for example to_float(1.0 / 255)" : "",
                   .expected = std::string("elements of type ") + (to_floating ? "f2, f4 or f8" : "b1, i or u"),
                   .given = to_string(array.type())});
}

}  // namespace

std::size_t element_size(DataType type) {
  switch (type) {
    case DataType::boolean:
    case DataType::i8:
    case DataType::u8: return 1;
    case DataType::i16:
    case DataType::u16:
    case DataType::f16: return 2;
    case DataType::i32:
    case DataType::u32:
    case DataType::f32: return 4;
    case DataType::i64:
    case DataType::u64:
    case DataType::f64: return 8;
  }
  return 0;
}

bool is_floating(DataType type) { return type == DataType::f16 || type == DataType::f32 || type == DataType::f64; }

const char* to_string(DataType type) {
  switch (type) {
    case DataType::boolean: return "b1";
    case DataType::i8: return "i1";
    case DataType::u8: return "u1";
    case DataType::i16: return "i2";
    case DataType::u16: return "u2";
    case DataType::i32: return "i4";
    case DataType::u32: return "u4";
    case DataType::i64: return "i8";
    case DataType::u64: return "u8";
    case DataType::f16: return "f2";
    case DataType::f32: return "f4";
    case DataType::f64: return "f8";
  }
  return "unknown";
}

Array::Array(DataType type, Extents shape, std::vector<std::byte> bytes)
    : type_(type), shape_(std::move(shape)), bytes_(std::move(bytes)) {
  const std::optional<std::size_t> wanted = npy::byte_count(type_, shape_);
  if (bytes_.size() == wanted) return;
  throw DataError({.kind = ProblemKind::wrong_data_size,
                   .path = "array",
                   .message = "the number of bytes does not match the shape " + to_string(shape_),
                   .expected = wanted ? std::to_string(*wanted) + " bytes" : "a shape that fits in memory",
                   .given = std::to_string(bytes_.size())});
}

template <class T>
Array::Array(const Tensor<T>& tensor)
    : type_(data_type<T>()), shape_(tensor.shape()), bytes_(tensor.size() * sizeof(T)) {
  if (!bytes_.empty()) std::memcpy(bytes_.data(), tensor.data(), bytes_.size());
}

namespace {

// Not all the digits of 1e300.
template <class T>
std::string number_text(T value) {
  if constexpr (std::is_integral_v<T>) return std::to_string(value);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.9g", static_cast<double>(value));
  return text.data();
}

}  // namespace

template <class T>
Tensor<T> Array::as() const {
  if (is_floating(type_) != std::is_floating_point_v<T>) wrong_type(*this, data_type<T>());
  Tensor<T> tensor(shape_);
  visit_elements(*this, [&](std::size_t i, auto value) {
    if (!fits<T>(value)) {
      throw DataError({.kind = ProblemKind::invalid_value,
                       .path = origin_or(origin_) + ", element " + std::to_string(i),
                       .message = "the value does not fit the target type",
                       .expected = to_string(data_type<T>()),
                       .given = number_text(value)});
    }
    tensor[i] = static_cast<T>(value);  // NOLINT(bugprone-signed-char-misuse)
  });
  return tensor;
}

Tensor<float> Array::as_float() const { return as<float>(); }

Tensor<float> Array::to_float(double factor) const {
  Tensor<float> tensor(shape_);
  visit_elements(
      *this, [&](std::size_t i, auto value) { tensor[i] = static_cast<float>(static_cast<double>(value) * factor); });
  return tensor;
}

#define SYNFIRE_ARRAY_OF(T)                \
  template Array::Array(const Tensor<T>&); \
  template Tensor<T> Array::as<T>() const;
SYNFIRE_ARRAY_OF(float)
SYNFIRE_ARRAY_OF(double)
SYNFIRE_ARRAY_OF(std::int8_t)
SYNFIRE_ARRAY_OF(std::uint8_t)
SYNFIRE_ARRAY_OF(std::int16_t)
SYNFIRE_ARRAY_OF(std::uint16_t)
SYNFIRE_ARRAY_OF(std::int32_t)
SYNFIRE_ARRAY_OF(std::uint32_t)
SYNFIRE_ARRAY_OF(std::int64_t)
SYNFIRE_ARRAY_OF(std::uint64_t)
#undef SYNFIRE_ARRAY_OF

}  // namespace synfire
