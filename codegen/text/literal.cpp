// SPDX-License-Identifier: Apache-2.0
#include "text/literal.hpp"

#include <charconv>
#include <cmath>
#include <limits>

namespace synfire::codegen::text {
namespace {

template <class T>
std::string shortest(T value) {
  char buffer[64];
  const auto result = std::to_chars(buffer, buffer + sizeof buffer, value);
  return {buffer, result.ptr};
}

std::string hexadecimal(float value) {
  char buffer[64];
  const auto result = std::to_chars(buffer, buffer + sizeof buffer, std::abs(value), std::chars_format::hex);
  return (std::signbit(value) ? "-0x" : "0x") + std::string(buffer, result.ptr) + "f";
}

}  // namespace

std::string decimal(double value) {
  const auto single = static_cast<float>(value);
  return static_cast<double>(single) == value ? shortest(single) : shortest(value);
}

std::string float_literal(float value) {
  if (std::isnan(value)) return "as_float(0x7fc00000u)";
  if (std::isinf(value)) return value > 0 ? "as_float(0x7f800000u)" : "as_float(0xff800000u)";
  std::string text = shortest(value);
  // The decimal must equal the float exactly, not only round to it, so every compiler agrees.
  double read_back = 0;
  std::from_chars(text.data(), text.data() + text.size(), read_back);
  if (text.size() > 9 || read_back != static_cast<double>(value)) return hexadecimal(value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text + "f";
}

std::string double_literal(double value) {
  if (std::isnan(value)) return "as_double(0x7ff8000000000000ull)";
  if (std::isinf(value)) return value > 0 ? "as_double(0x7ff0000000000000ull)" : "as_double(0xfff0000000000000ull)";
  std::string text = shortest(value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string key_literal(std::uint64_t key) {
  char buffer[24];
  const auto result = std::to_chars(buffer, buffer + sizeof buffer, key, 16);
  return "0x" + std::string(buffer, result.ptr) + "ull";
}

std::string literal(double value, Type type) {
  switch (type) {
    case Type::boolean: return value != 0 ? "true" : "false";
    case Type::u32: return std::to_string(static_cast<std::uint32_t>(value)) + "u";
    case Type::i32: return std::to_string(static_cast<std::int32_t>(value));
    case Type::f32: return float_literal(static_cast<float>(value));
    case Type::f64: return double_literal(value);
  }
  return {};
}

}  // namespace synfire::codegen::text
