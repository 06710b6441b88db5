// SPDX-License-Identifier: Apache-2.0
// .npy and .npz files.
#include "synfire/npz.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "synfire/base/files.hpp"
#include "synfire/base/live.hpp"
#include "synfire/base/npz_header.hpp"
#include "synfire/base/zip.hpp"
#include "synfire/error.hpp"

namespace synfire {
namespace {

constexpr std::string_view entry_ending = ".npy";

void swap_bytes(std::vector<std::byte>& bytes, std::size_t element) {
  for (std::size_t begin = 0; begin + element <= bytes.size(); begin += element) {
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                 bytes.begin() + static_cast<std::ptrdiff_t>(begin + element));
  }
}

// Converts elements stored with the first axis fastest to row-major order.
std::vector<std::byte> row_major(const std::vector<std::byte>& bytes, const Extents& shape, std::size_t element) {
  std::vector<std::byte> result(bytes.size());
  std::vector<std::size_t> index(shape.size());
  std::vector<std::size_t> stride(shape.size());  // of the stored elements
  for (std::size_t axis = 0, step = 1; axis < shape.size(); step *= shape[axis++]) stride[axis] = step;
  for (std::size_t i = 0, from = 0; i < bytes.size() / element; ++i) {
    std::memcpy(result.data() + i * element, bytes.data() + from * element, element);
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      from += stride[axis];
      if (++index[axis] < shape[axis]) break;
      from -= stride[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return result;
}

Arrays from_entries(std::vector<base::ZipEntry> entries, const std::string& archive) {
  Arrays arrays;
  for (base::ZipEntry& entry : entries) {
    const std::string path = archive + ": ";
    if (!entry.name.ends_with(entry_ending)) {
      throw DataError({.kind = ProblemKind::malformed_file,
                       .path = path + entry.name,
                       .message = "the entry is not an array",
                       .expected = "a name that ends in .npy"});
    }
    const std::string name = entry.name.substr(0, entry.name.size() - entry_ending.size());
    arrays.emplace(name, read_npy(entry.bytes, path + name));
    std::vector<std::byte>().swap(entry.bytes);
  }
  return arrays;
}

}  // namespace

Array read_npy(std::span<const std::byte> bytes, const std::string& name) {
  const npy::Header header = npy::parse_header(bytes, name);
  const std::span<const std::byte> elements = bytes.subspan(header.data_begin);
  std::vector<std::byte> values(elements.begin(), elements.end());
  const std::size_t element = element_size(header.type);
  if (header.big_endian) swap_bytes(values, element);
  if (header.fortran_order && header.shape.size() > 1) values = row_major(values, header.shape, element);
  Array array(header.type, header.shape, std::move(values));
  array.set_origin(name);
  return array;
}

Array read_npy(const std::filesystem::path& path) { return read_npy(base::read_file(path), path.string()); }

Arrays read_npz(const std::filesystem::path& path) { return from_entries(base::read_zip(path), path.string()); }

Arrays read_npz(std::span<const std::byte> bytes, const std::string& name) {
  return from_entries(base::read_zip(bytes, name), name);
}

std::vector<std::byte> npy_bytes(const Array& array) {
  const std::string header = npy::format_header(array.type(), array.shape());
  std::vector<std::byte> bytes(header.size() + array.bytes().size());
  std::memcpy(bytes.data(), header.data(), header.size());
  std::copy(array.bytes().begin(), array.bytes().end(), bytes.begin() + static_cast<std::ptrdiff_t>(header.size()));
  return bytes;
}

void write_npy(const std::filesystem::path& path, const Array& array) { base::write_file(path, npy_bytes(array)); }

void write_npz(const std::filesystem::path& path, const Arrays& arrays, bool compressed) {
  NpzWriter writer(path, compressed);
  for (const auto& [name, array] : arrays) writer.add(name, array);
  writer.finish();
}

struct NpzWriter::State {
  base::ZipWriter zip;
  base::Compression compression;
  std::string path;
  // The array being written:
  std::string name = {};
  std::size_t expected = 0, appended = 0;  // bytes of elements
};

NpzWriter::NpzWriter(const std::filesystem::path& path, bool compressed)
    : state_(new State{.zip = base::ZipWriter(path),
                       .compression = compressed ? base::Compression::deflated : base::Compression::stored,
                       .path = path.string()}) {}

NpzWriter::~NpzWriter() = default;
NpzWriter::NpzWriter(NpzWriter&&) noexcept = default;
NpzWriter& NpzWriter::operator=(NpzWriter&&) noexcept = default;

NpzWriter::State& NpzWriter::state() const { return base::live(state_, "NpzWriter"); }

void NpzWriter::add(const std::string& name, const Array& array) {
  begin(name, array.type(), array.shape());
  append(array.bytes());
  end();
}

void NpzWriter::begin(const std::string& name, DataType type, const Extents& shape) {
  const std::string header = npy::format_header(type, shape);
  state().name = name;
  state().expected = element_size(type) * element_count(shape);
  state().appended = 0;
  state().zip.begin(name + std::string(entry_ending), header.size() + state().expected, state().compression);
  state().zip.append(std::as_bytes(std::span(header)));
}

void NpzWriter::append(std::span<const std::byte> elements) {
  state().appended += elements.size();
  state().zip.append(elements);
}

void NpzWriter::end() {
  state().zip.end();
  if (state().appended == state().expected) return;
  throw DataError({.kind = ProblemKind::wrong_data_size,
                   .path = state().path + ": " + state().name,
                   .message = "the number of elements does not match the shape",
                   .expected = std::to_string(state().expected) + " bytes",
                   .given = std::to_string(state().appended) + " bytes"});
}

void NpzWriter::finish() { state().zip.finish(); }

}  // namespace synfire
