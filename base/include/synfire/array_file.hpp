// SPDX-License-Identifier: Apache-2.0
// Arrays that stay in their files and are read in pieces, so that they can be larger than memory.
//
//   const ArrayFile images = open_npy("images.npy");
//   const Array some = images.read(1000, 32);  // rows 1000 to 1031
//
// Files are not trusted: the sizes that they claim are compared with those of the file when it is opened. Elements are
// read by system calls, never through mapped memory, so a file that is cut off later is an error and not a signal.
// Everything here throws DataError: file_access; malformed_file; unsupported for what cannot be read in pieces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "synfire/npz.hpp"

namespace synfire {

// The checksum (CRC-32) that a .npz has of an array, and that of the header before its elements.
struct ArrayChecksum {
  std::uint32_t all = 0, header = 0;
};

// Where the elements of an array are in a file.
struct ElementsInFile {
  std::filesystem::path file;
  std::string origin;  // for messages: `train.npz: images`
  DataType type = DataType::f32;
  Extents shape = {};       // row-major
  bool big_endian = false;  // each element
  std::uint64_t begin = 0;  // offset of the first element, in bytes
  std::optional<ArrayChecksum> checksum = std::nullopt;
};

// Rows are along the first axis. Copies share one open file; any number of threads may read. If the file has a checksum
// of the array, it is compared once all rows have been read: in any order if a row has at least 64 bytes, else from the
// first to the last.
class ArrayFile {
 public:
  // Throws malformed_file if the elements are not all in the file.
  explicit ArrayFile(ElementsInFile elements);
  ~ArrayFile() = default;
  // Moving copies, so that what was moved from can still be read.
  ArrayFile(const ArrayFile&) = default;
  ArrayFile& operator=(const ArrayFile&) = default;

  DataType type() const noexcept { return elements_.type; }
  const Extents& shape() const noexcept { return elements_.shape; }
  const std::string& origin() const noexcept { return elements_.origin; }
  // Whether the bytes of the file are floats as in memory.
  bool has_floats() const noexcept { return type() == DataType::f32 && !elements_.big_endian; }
  std::size_t rows() const noexcept { return shape().empty() ? 0 : shape().front(); }
  std::size_t row_bytes() const noexcept { return row_bytes_; }

  // Rows [first, first + count), and those of a list, in its order: an array of as many rows. Throw file_access;
  // malformed_file if the file has become too short, or with the last row if the checksum is another; wrong_data_size
  // for rows that do not exist.
  Array read(std::size_t first, std::size_t count) const;
  Array read(std::span<const std::uint32_t> rows) const;
  // The same into memory for all of them, little-endian.
  void read(std::span<const std::uint32_t> rows, std::span<std::byte> into) const;

  // Has the system read these rows in the background.
  void will_need(std::size_t first, std::size_t count) const noexcept;

  // Only the first `rows` rows; all if there are fewer.
  ArrayFile first(std::size_t rows) const;

 private:
  class Descriptor;
  class Check;

  void read(std::size_t first, std::span<std::byte> into) const;
  Extents shape_of(std::size_t rows) const;

  ElementsInFile elements_;
  std::size_t row_bytes_ = 0;
  std::shared_ptr<const Descriptor> file_;
  std::shared_ptr<Check> check_;  // null: the file has no checksum
};

// An array that can only be read as a whole.
struct PackedArray {
  std::string origin;
  DataType type = DataType::f32;
  Extents shape = {};
  std::string reason = {}, hint = {};  // why, and what to do about it
};

// A .npy file. Throws unsupported (for column-major elements of several axes, too).
ArrayFile open_npy(const std::filesystem::path& path);
// An array of a .npz file, without the ".npy" suffix of its entry. It must be stored, not compressed, as numpy.savez
// does. Throws missing_data if there is none, unsupported if it is compressed.
ArrayFile open_npz(const std::filesystem::path& path, const std::string& name);

// The same, but without an error for what cannot be read in pieces.
using ArrayInFile = std::variant<ArrayFile, PackedArray>;
ArrayInFile find_npy(const std::filesystem::path& path);
ArrayInFile find_npz(const std::filesystem::path& path, const std::string& name);
// The file; throws unsupported for a packed array.
ArrayFile in_pieces(ArrayInFile array);

}  // namespace synfire
