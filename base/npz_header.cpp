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

// More than any recording of events has.
constexpr std::size_t most_fields = 64, most_element_bytes = 4096;

// Parses the dictionary from left to right. `structured`: takes the fields of a structured array; without it, such an
// array is refused.
class Parser {
 public:
  Parser(std::string_view text, const std::string& name, StructuredHeader* structured = nullptr)
      : text_(text), name_(name), structured_(structured) {}

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
    if (!text_.empty() && text_.front() == '[') {
      if (structured_ == nullptr) refuse_fields();
      return read_fields();
    }
    if (structured_ != nullptr) malformed(name_, "a structured array, whose elements have fields", shown());
    const std::string_view word = quoted();
    if (!read_type(word, header)) refuse_type(word);
  }

  // Whether the word is a type; sets `type` and `big_endian`.
  template <class Typed>
  static bool read_type(std::string_view word, Typed& typed) {
    const char order = word.empty() ? '\0' : word.front();
    for (const DataType type : all_types) {
      if (word.size() != 3 || word.substr(1) != to_string(type)) continue;
      if (order != '<' && order != '>' && order != '=' && (order != '|' || element_size(type) != 1)) continue;
      typed.type = type;
      typed.big_endian = order == '>';
      return true;
    }
    return false;
  }

  // [('x', '<i2'), ('', '|V6'), …]
  void read_fields() {
    expect('[');
    while (!accept(']')) {
      expect('(');
      Field field{.name = std::string(quoted()), .offset = structured_->element_bytes};
      expect(',');
      skip_space();
      if (text_.starts_with('[')) refuse_field(field.name, text_.substr(0, 16));
      const std::string_view word = quoted();
      if (!accept(')')) refuse_field(field.name, text_.substr(0, 16));
      std::size_t bytes = 0;
      if (word.starts_with("|V"))
        bytes = padding(word);
      else if (read_type(word, field))
        bytes = element_size(field.type);
      else
        refuse_field(field.name, word);
      structured_->element_bytes += bytes;
      if (!word.starts_with("|V")) structured_->fields.push_back(std::move(field));
      if (structured_->fields.size() > most_fields || structured_->element_bytes > most_element_bytes)
        malformed(name_, "at most 64 fields and 4096 bytes an element");
      if (!accept(',')) {
        expect(']');
        break;
      }
    }
    if (structured_->element_bytes == 0) malformed(name_, "fields of the elements");
  }

  std::size_t padding(std::string_view word) const {
    std::size_t bytes = 0;
    const auto [end, error] = std::from_chars(word.data() + 2, word.data() + word.size(), bytes);
    if (error != std::errc{} || end != word.data() + word.size() || bytes > most_element_bytes)
      malformed(name_, "a number of bytes after |V", std::string(word));
    return bytes;
  }

  [[noreturn]] void refuse_field(const std::string& field, std::string_view type) const {
    throw DataError({.kind = ProblemKind::unsupported,
                     .path = name_,
                     .message = "the field \"" + field + "\" is not a single number",
                     .expected = numbers,
                     .given = std::string(type)});
  }

  [[noreturn]] void refuse_fields() const {
    throw DataError({.kind = ProblemKind::unsupported,
                     .path = name_,
                     .message = "the array is structured: its elements have fields",
                     .hint = "events with the fields t, x, y and p are read by --events npy (docs/events.md); save "
                             "others separately, for example numpy.save(file, array['t'])",
                     .expected = std::string("numeric elements: ") + numbers,
                     .given = "fields " + std::string(text_.substr(0, text_.find(']') + 1))});
  }

  [[noreturn]] void refuse_type(std::string_view word) const {
    throw DataError({.kind = ProblemKind::unsupported,
                     .path = name_,
                     .message = "the element type is not supported",
                     .hint = "save array.astype('float32') or another plain number type",
                     .expected = numbers,
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

  static constexpr const char* numbers = "b1, i1, u1, i2, u2, i4, u4, i8, u8, f2, f4 or f8";

  std::string_view text_;
  const std::string& name_;
  StructuredHeader* structured_;
};

// The dictionary of a header.
struct Dictionary {
  std::string_view text;
  std::size_t end = 0;  // where elements begin
};

Dictionary find_dictionary(std::span<const std::byte> start, std::uint64_t file_bytes, const std::string& name) {
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
  return {.text = text.substr(begin, length), .end = begin + length};
}

void check_bytes(const std::optional<std::size_t>& wanted, const Extents& shape, std::uint64_t there,
                 const std::string& name) {
  if (!wanted) malformed(name, "a shape that fits in memory", to_string(shape));
  if (there == *wanted) return;
  malformed(name, std::to_string(*wanted) + " bytes of elements for shape " + to_string(shape), std::to_string(there));
}

}  // namespace

std::optional<std::size_t> byte_count(DataType type, const Extents& shape) {
  return byte_count(element_size(type), shape);
}

std::optional<std::size_t> byte_count(std::size_t element_bytes, const Extents& shape) {
  if (std::find(shape.begin(), shape.end(), 0u) != shape.end()) return 0;
  std::size_t bytes = element_bytes;
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
  const Dictionary dictionary = find_dictionary(start, file_bytes, name);
  Header header = Parser(dictionary.text, name).parse();
  header.data_begin = dictionary.end;
  check_bytes(byte_count(header.type, header.shape), header.shape, file_bytes - header.data_begin, name);
  return header;
}

bool is_structured(std::span<const std::byte> start) {
  std::string_view text(reinterpret_cast<const char*>(start.data()), start.size());
  if (!text.starts_with(magic)) return false;
  for (const std::string_view part : {"descr", ":"}) {
    const std::size_t at = text.find(part);
    if (at == std::string_view::npos) return false;
    text.remove_prefix(at + part.size());
  }
  const std::size_t value = text.find_first_not_of(' ');
  return value != std::string_view::npos && text[value] == '[';
}

StructuredHeader parse_structured_header(std::span<const std::byte> start, std::uint64_t file_bytes,
                                         const std::string& name) {
  const Dictionary dictionary = find_dictionary(start, file_bytes, name);
  StructuredHeader structured;
  structured.shape = Parser(dictionary.text, name, &structured).parse().shape;
  structured.data_begin = dictionary.end;
  if (structured.shape.size() != 1) malformed(name, "a list of elements, with one axis", to_string(structured.shape));
  check_bytes(byte_count(structured.element_bytes, structured.shape), structured.shape,
              file_bytes - structured.data_begin, name);
  return structured;
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
