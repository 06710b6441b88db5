// SPDX-License-Identifier: Apache-2.0
#include "artifact_file/names.hpp"

#include <algorithm>

namespace synfire::artifact {
namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

}  // namespace

std::string as_path(std::string_view name) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string path;
  for (const char c : name) {
    if (is_plain(c) && (c != '.' || !path.empty())) {
      path += c;
    } else {
      const auto code = static_cast<unsigned char>(c);
      path += {'%', digits[code >> 4], digits[code & 15]};
    }
  }
  return path;
}

bool is_safe_path(std::string_view path) {
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    if (part.empty() || part.front() == '.' || part.find_first_of("\\:") != std::string_view::npos) return false;
    begin = end + 1;
  }
  return path.find('\0') == std::string_view::npos;
}

std::string binary_file(const std::string& target, const std::string& architecture) {
  const bool portable = architecture.starts_with("compute_");
  return as_path(architecture) + (target != "cuda" ? ".so" : portable ? ".ptx" : ".cubin");
}

std::string source_file(const std::string& target) { return target == "cuda" ? "source.cu" : "source.cpp"; }

DataType data_type(contract::ElementType type) {
  switch (type) {
    case contract::ElementType::f32: return DataType::f32;
    case contract::ElementType::i32: return DataType::i32;
    case contract::ElementType::u32: return DataType::u32;
    case contract::ElementType::u16: return DataType::u16;
    case contract::ElementType::u8: return DataType::u8;
    case contract::ElementType::i8: return DataType::i8;
  }
  return DataType::u8;
}

}  // namespace synfire::artifact
