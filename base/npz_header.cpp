// SPDX-License-Identifier: Apache-2.0
#include "synfire/base/npz_header.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string_view>

#include "synfire/error.hpp"

namespace synfire::npy {
namespace {

constexpr std::string_view magic("\x93NUMPY", 6);

constexpr std::array all_types{DataType::boolean, DataType::i8,  DataType::u8,  DataType::i16,
                               DataType::u16,     DataType::i32, DataType::u32, DataType::i64,
                               DataType::u64,     DataType::f16, DataType::f32, DataType::f64};

[[noreturn]] void malformed(const std::string& name, const std::string& expected, const std::string& given = {}) {
  throw DataError({.kind = ProblemKind::malformed_file,
                   .path = name,
                   .message = "the data are not in the format of numpy.save",
                   .expected = expected,
                   .given = given});
}

// Parses the dictionary from left to right.
class Parser {
 public:
  Parser(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  Header parse() {
    Header header;
    bool descr = false;
    bool order = false;
    bool shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string_view key = quoted();
      expect(':');
      if (key == "descr" && !descr) {
        descr = true;
        element_type(header);
      } else if (key == "fortran_order" && !order) {
        order = true;
        header.fortran_order = truth();
      } else if (key == "shape" && !shape) {
        shape = true;
        header.shape = extents();
      } else {
        malformed(name_, "the keys descr, fortran_order and shape, each once", std::string(key));
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (!text_.empty()) malformed(name_, "nothing after the header dictionary");
    if (!descr || !order || !shape) malformed(name_, "the keys descr, fortran_order and shape, each once");
    return header;
  }

 private:
  void skip_space() {
    const std::size_t begin = text_.find_first_not_of(" \t\n\r");
    text_.remove_prefix(begin == std::string_view::npos ? text_.size() : begin);
  }
  bool accept(char character) {
    skip_space();
    if (text_.empty() || text_.front() != character) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char character) {
    if (!accept(character)) malformed(name_, std::string("'") + character + "' in the header", shown());
  }
  std::string shown() const { return text_.empty() ? "the end of the header" : std::string(text_.substr(0, 16)); }

  std::string_view quoted() {
    skip_space();
    const char quote = text_.empty() ? '\0' : text_.front();
    const std::size_t end = quote == '\'' || quote == '"' ? text_.find(quote, 1) : std::string_view::npos;
    if (end == std::string_view::npos) malformed(name_, "a quoted name in the header", shown());
    const std::string_view word = text_.substr(1, end - 1);
    text_.remove_prefix(end + 1);
    return word;
  }

  bool truth() {
    skip_space();
    for (const std::string_view word : {"True", "False"}) {
      if (!text_.starts_with(word)) continue;
      text_.remove_prefix(word.size());
      return word == "True";
    }
    malformed(name_, "True or False for fortran_order", shown());
  }

  void element_type(Header& header) {
    skip_space();
    const bool structured = !text_.empty() && text_.front() == '[';
    const std::string_view word = structured ? text_.substr(0, 16) : quoted();
    const char order = word.empty() ? '\0' : word.front();
    for (const DataType type : all_types) {
      if (structured || word.size() != 3 || word.substr(1) != to_string(type)) continue;
      if (order != '<' && order != '>' && order != '=' && (order != '|' || element_size(type) != 1)) continue;
      header.type = type;
      header.big_endian = order == '>';
      return;
    }
    if (structured) {
      throw DataError({.kind = ProblemKind::unsupported,
                       .path = name_,
                       .message = "the array is structured: its elements have fields",
                       .hint = "save each field separately, for example numpy.save(file, array['t']); save events with "
                               "numpy.savez(file, neurons=…, times=… in ms, offsets=…, population_size=…)",
                       .expected = "numeric elements: b1, i1, u1, i2, u2, i4, u4, i8, u8, f2, f4 or f8",
                       .given = "fields " + std::string(text_.substr(0, text_.find(']') + 1))});
    }
    throw DataError({.kind = ProblemKind::unsupported,
                     .path = name_,
                     .message = "the element type is not supported",
                     .hint = "save array.astype('float32') or another plain number type",
                     .expected = "b1, i1, u1, i2, u2, i4, u4, i8, u8, f2, f4 or f8",
                     .given = std::string(word)});
  }

  Extents extents() {
    Extents shape;
    expect('(');
    while (!accept(')')) {
      skip_space();
      std::size_t extent = 0;
      const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), extent);
      if (error != std::errc{}) malformed(name_, "a size in the shape", shown());
      text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
      if (!text_.empty() && text_.front() == 'L') text_.remove_prefix(1);  // Python 2 wrote 28L
      shape.push_back(extent);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return shape;
  }

  std::string_view text_;
  const std::string& name_;
};

}  // namespace

std::optional<std::size_t> byte_count(DataType type, const Extents& shape) {
  if (std::find(shape.begin(), shape.end(), 0u) != shape.end()) return 0;
  std::size_t bytes = element_size(type);
  for (const std::size_t extent : shape) {
    if (bytes > std::numeric_limits<std::size_t>::max() / extent) return std::nullopt;
    bytes *= extent;
  }
  return bytes;
}

Header parse_header(std::span<const std::byte> file, const std::string& name) {
  return parse_header(file, file.size(), name);
}

Header parse_header(std::span<const std::byte> start, std::uint64_t file_bytes, const std::string& name) {
  const std::string_view text(reinterpret_cast<const char*>(start.data()), start.size());
  if (!text.starts_with(magic) || text.size() < 10) malformed(name, "the mark \\x93NUMPY, a version and a length");
  const unsigned version = std::to_integer<unsigned>(start[6]);
  if (version < 1 || version > 3 || start[7] != std::byte{0}) {
    malformed(name, "version 1.0, 2.0 or 3.0",
              std::to_string(version) + "." + std::to_string(std::to_integer<unsigned>(start[7])));
  }
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  const std::size_t begin = 8 + length_bytes;
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_bytes && 8 + i < start.size(); ++i) {
    length |= std::to_integer<std::size_t>(start[8 + i]) << (8 * i);
  }
  if (begin > start.size() || length > start.size() - begin) {
    malformed(name, "a header of " + std::to_string(length) + " bytes", "a file of " + std::to_string(file_bytes));
  }
  Header header = Parser(text.substr(begin, length), name).parse();
  header.data_begin = begin + length;
  const std::optional<std::size_t> wanted = byte_count(header.type, header.shape);
  if (!wanted) malformed(name, "a shape that fits in memory", to_string(header.shape));
  if (file_bytes - header.data_begin != *wanted) {
    malformed(name, std::to_string(*wanted) + " bytes of elements for shape " + to_string(header.shape),
              std::to_string(file_bytes - header.data_begin));
  }
  return header;
}

std::string format_header(DataType type, const Extents& shape) {
  std::string text = "{'descr': '";
  text += element_size(type) == 1 ? '|' : '<';
  text += std::string(to_string(type)) + "', 'fortran_order': False, 'shape': (";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += (i > 0 ? " " : "") + std::to_string(shape[i]) + (i + 1 < shape.size() || i == 0 ? "," : "");
  }
  text += "), }";
  const bool short_length = text.size() + 75 <= 0xffff;
  const std::size_t begin = short_length ? 10 : 12;
  text += std::string(63 - (begin + text.size()) % 64, ' ') + '\n';
  std::string header(magic);
  header += {short_length ? '\1' : '\2', '\0'};
  for (std::size_t i = 0; i + 8 < begin; ++i) header += static_cast<char>((text.size() >> (8 * i)) & 0xff);
  return header + text;
}

}  // namespace synfire::npy
