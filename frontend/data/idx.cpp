// SPDX-License-Identifier: Apache-2.0
// IDX: two zero bytes, a type, the number of axes, each extent (32 bits, big-endian), the elements
// (big-endian).
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <memory>
#include <span>
#include <system_error>

#include "synfire/base/pipes.hpp"
#include "synfire/data.hpp"
#include "synfire/error.hpp"

namespace synfire {
namespace {

using Bytes = std::vector<std::byte>;

[[noreturn]] void malformed_idx(const std::string& path, const std::string& expected, const std::string& given) {
  throw DataError({.kind = ProblemKind::malformed_file,
                   .path = path,
                   .message = "not an IDX file",
                   .expected = expected,
                   .given = given});
}

[[noreturn]] void wrong_size(const std::string& path, const std::string& message, const std::string& expected,
                             const std::string& given) {
  throw DataError(
      {.kind = ProblemKind::wrong_data_size, .path = path, .message = message, .expected = expected, .given = given});
}

// A file that may be compressed. Memory grows with what is read, never with what a header claims.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& path)
      : path_(path.string()), file_(gzopen(base::readable(path).c_str(), "rb"), &gzclose) {
    if (!file_) access_failed(std::generic_category().message(errno));
  }

  const std::string& path() const { return path_; }
  bool is_compressed() const { return gzdirect(file_.get()) == 0; }

  // Up to `count` bytes; fewer at the end of the file.
  Bytes read(std::size_t count) {
    Bytes bytes;
    while (bytes.size() < count) {
      const std::size_t used = bytes.size();
      const std::size_t wanted = std::min(count - used, std::clamp<std::size_t>(used, 1 << 16, 1 << 26));
      bytes.resize(used + wanted);
      const int got = gzread(file_.get(), bytes.data() + used, static_cast<unsigned>(wanted));
      bytes.resize(used + static_cast<std::size_t>(std::max(got, 0)));
      check();
      if (static_cast<std::size_t>(got) < wanted) break;
    }
    return bytes;
  }

 private:
  void check() {
    int code = Z_OK;
    const std::string message = gzerror(file_.get(), &code);
    if (code == Z_ERRNO) access_failed(std::generic_category().message(errno));
    if (code != Z_OK) malformed_idx(path_, "an intact gzip stream", message);
  }
  [[noreturn]] void access_failed(const std::string& reason) const {
    throw DataError({.kind = ProblemKind::file_access, .path = path_, .message = "the file cannot be read: " + reason});
  }

  std::string path_;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
};

struct ElementCode {
  unsigned code;
  DataType type;
};
constexpr std::array<ElementCode, 6> element_codes{{{0x08, DataType::u8},
                                                    {0x09, DataType::i8},
                                                    {0x0b, DataType::i16},
                                                    {0x0c, DataType::i32},
                                                    {0x0d, DataType::f32},
                                                    {0x0e, DataType::f64}}};

DataType read_type(const Bytes& mark, const std::string& path) {
  const unsigned code = mark.size() == 4 ? std::to_integer<unsigned>(mark[2]) : 0;
  const bool zeros = mark.size() == 4 && mark[0] == std::byte{0} && mark[1] == std::byte{0};
  for (const ElementCode& known : element_codes) {
    if (zeros && known.code == code) return known.type;
  }
  malformed_idx(path, "two zero bytes and an element type of 8, 9, 11, 12, 13 or 14",
                mark.size() < 4 ? "the end of the file" : "element type " + std::to_string(code));
}

Extents read_shape(Reader& reader, std::size_t axes) {
  const Bytes bytes = reader.read(4 * axes);
  if (bytes.size() != 4 * axes) malformed_idx(reader.path(), std::to_string(axes) + " extents", "the end of the file");
  Extents shape(axes);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    shape[i / 4] = (shape[i / 4] << 8) | std::to_integer<std::size_t>(bytes[i]);
  }
  return shape;
}

std::size_t byte_count(const Extents& shape, DataType type, const std::string& path) {
  if (std::find(shape.begin(), shape.end(), 0u) != shape.end()) return 0;
  std::size_t count = element_size(type);
  for (const std::size_t extent : shape) {
    if (count > std::numeric_limits<std::size_t>::max() / extent)
      malformed_idx(path, "a size that fits into 64 bits", to_string(shape));
    count *= extent;
  }
  return count;
}

struct Header {
  DataType type;
  Extents shape;
};

Header read_header(Reader& reader) {
  const Bytes mark = reader.read(4);
  const DataType type = read_type(mark, reader.path());
  return {type, read_shape(reader, std::to_integer<std::size_t>(mark[3]))};
}

}  // namespace

Array read_idx_array(const std::filesystem::path& path) {
  Reader reader(path);
  const auto [type, shape] = read_header(reader);
  const std::size_t count = byte_count(shape, type, reader.path());
  Bytes elements = reader.read(count);
  if (elements.size() != count || !reader.read(1).empty()) {
    malformed_idx(reader.path(), std::to_string(count) + " bytes of elements for shape " + to_string(shape),
                  elements.size() != count ? std::to_string(elements.size()) : "more");
  }
  const auto size = static_cast<std::ptrdiff_t>(element_size(type));
  for (auto element = elements.begin(); element != elements.end() && size > 1; element += size) {
    std::reverse(element, element + size);
  }
  Array array(type, shape, std::move(elements));
  array.set_origin(reader.path());
  return array;
}

ArrayInFile find_idx(const std::filesystem::path& path) {
  Reader reader(path);
  const auto [type, shape] = read_header(reader);
  const std::size_t begin = 4 + 4 * shape.size(), count = byte_count(shape, type, reader.path());
  if (reader.is_compressed()) {
    return PackedArray{.origin = reader.path(),
                       .type = type,
                       .shape = shape,
                       .reason = "the file is compressed",
                       .hint = "unpack it with gunzip"};
  }
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(path, error);
  if (!error && bytes != begin + count)
    malformed_idx(reader.path(), std::to_string(count) + " bytes of elements for shape " + to_string(shape),
                  std::to_string(bytes - begin));
  return ArrayFile({.file = path,
                    .origin = reader.path(),
                    .type = type,
                    .shape = shape,
                    .big_endian = element_size(type) > 1,
                    .begin = begin});
}

ArrayFile open_idx(const std::filesystem::path& path) { return in_pieces(find_idx(path)); }

Tensor<std::uint8_t> read_idx(const std::filesystem::path& path) {
  const Array array = read_idx_array(path);
  if (array.type() != DataType::u8) {
    wrong_size(path.string(), "the elements are not bytes; use read_idx_array", "u1", to_string(array.type()));
  }
  return array.as<std::uint8_t>();
}

LabeledImages read_idx(const std::filesystem::path& images, const std::filesystem::path& labels) {
  LabeledImages data{read_idx(images), read_idx(labels)};
  const Extents& shape = data.images.shape();
  if (shape.size() != 3) {
    wrong_size(images.string(), "the file does not contain images", "examples × height × width", to_string(shape));
  }
  if (data.labels.shape().size() != 1) {
    wrong_size(labels.string(), "the file does not contain labels", "one axis", to_string(data.labels.shape()));
  }
  if (data.labels.size() != shape[0]) {
    wrong_size(labels.string(), "the number of labels differs from that of images in " + images.string(),
               std::to_string(shape[0]), std::to_string(data.labels.size()));
  }
  return data;
}

}  // namespace synfire
