// SPDX-License-Identifier: Apache-2.0
// HDF5 files. The only code that includes HDF5's headers; it prints nothing, and every failure is a DataError with the
// path of the file and the place in it.
//
// What a file claims is checked before memory is allocated: the number of elements, and their bytes against those of
// the file. Links to other files, data in other files and virtual data are refused. HDF5's C library is not
// thread-safe: use one reader or writer at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "synfire/base/files.hpp"
#include "synfire/error.hpp"
#include "synfire/hdf5/number_lists.hpp"
#include "synfire/tensor.hpp"

namespace synfire::hdf5 {

// Most elements of a dataset, texts or lists of a dataset, and bytes of a text of fixed length.
inline constexpr std::size_t most_elements = std::size_t{1} << 28;
inline constexpr std::size_t most_texts = std::size_t{1} << 21;
inline constexpr std::size_t longest_text = std::size_t{1} << 16;

class GlobalHeap;
struct HeapReference;

// An identifier of HDF5, closed at the end of its life.
class Handle {
 public:
  using Close = int (*)(std::int64_t);
  Handle() = default;
  Handle(std::int64_t id, Close close) : id_(id), close_(close) {}
  Handle(Handle&& other) noexcept;
  Handle& operator=(Handle&& other) noexcept;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { reset(); }

  void reset() noexcept;
  std::int64_t id() const noexcept { return id_; }
  bool valid() const noexcept { return id_ >= 0; }

 private:
  std::int64_t id_ = -1;
  Close close_ = nullptr;
};

enum class Content { integers, singles, doubles, texts, other };

struct DatasetInfo {
  Extents shape = {};  // of a scalar: none
  Content content = Content::other;
  std::size_t elements() const { return element_count(shape); }
};

// Places are written like paths: "/node/nodes/fc1/weight". `place` of a member that does not exist is an error.
class Reader {
 public:
  // Throws DataError: file_access, or malformed_file for what is not a whole HDF5 file.
  explicit Reader(std::filesystem::path path);

  const std::filesystem::path& path() const { return path_; }
  // Names of the members of a group, in the order of bytes.
  std::vector<std::string> members(const std::string& group) const;
  bool has(const std::string& place) const;
  bool is_group(const std::string& place) const;
  DatasetInfo info(const std::string& dataset) const;
  // All elements, converted from any type of numbers; enumerations, such as booleans, are numbers too.
  std::vector<double> numbers(const std::string& dataset) const;
  std::vector<std::int64_t> integers(const std::string& dataset) const;
  // Texts of variable and of fixed length.
  std::vector<std::string> texts(const std::string& dataset) const;
  // Lists of numbers of variable length, of a dataset of one dimension; of the file as it is now.
  NumberLists lists(const std::string& dataset) const;
  // The only text of a dataset.
  std::string text(const std::string& dataset) const;

  [[noreturn]] void fail(const std::string& place, Problem problem) const;

 private:
  struct Dataset;
  Dataset open(const std::string& place) const;
  Handle open_object(const std::string& place) const;
  bool leads_elsewhere(const std::string& place) const;
  void require_readable(const Dataset& dataset, const std::string& place) const;
  template <class T>
  std::vector<T> read_numbers(const std::string& place, std::int64_t type) const;
  // Where the addresses of the file begin; nothing unless they and lengths have 8 bytes.
  std::optional<std::uint64_t> heap_base() const;
  GlobalHeap heap_of_lists(const Dataset& dataset, const std::string& place) const;
  std::vector<HeapReference> references_of(const Dataset& dataset, GlobalHeap& heap, const std::string& place) const;
  void fill(std::span<HeapReference> into, GlobalHeap& heap, std::uint64_t offset, const std::string& place) const;
  std::vector<std::string> read_variable(const Dataset& dataset, const std::string& place) const;
  std::vector<std::string> read_fixed(const Dataset& dataset, const std::string& place) const;

  std::filesystem::path path_;
  std::uintmax_t bytes_ = 0;
  Handle file_;
};

// Writes a file, which appears under its name with commit(). Groups come before their members.
class Writer {
 public:
  explicit Writer(const std::filesystem::path& path);

  void group(const std::string& place);
  void singles(const std::string& place, const Extents& shape, std::span<const float> values);
  void doubles(const std::string& place, const Extents& shape, std::span<const double> values);
  void integers(const std::string& place, const Extents& shape, std::span<const std::int64_t> values);
  // UTF-8, of variable length. No shape: a scalar.
  void texts(const std::string& place, const Extents& shape, const std::vector<std::string>& values);
  void text(const std::string& place, const std::string& value) { texts(place, {}, {value}); }
  // Of variable length: f16, f32 and f64, and integers of any type.
  void lists(const std::string& place, DataType type, const std::vector<std::vector<double>>& values);
  void commit();

 private:
  // `type`: in the file; `in_memory`: of `values`, if it is another one.
  void write(const std::string& place, std::int64_t type, const Extents& shape, const void* values,
             std::int64_t in_memory = -1);
  [[noreturn]] void fail(const std::string& place) const;

  base::PendingFile pending_;
  Handle file_;
};

}  // namespace synfire::hdf5
