// SPDX-License-Identifier: Apache-2.0
#include "synfire/array_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <numeric>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "synfire/base/npz_header.hpp"
#include "synfire/error.hpp"
#include "synfire/example_source.hpp"
#include "zip_directory.hpp"

namespace synfire {
namespace {

// More than any header that NumPy writes.
constexpr std::uint64_t longest_header = std::uint64_t{1} << 20;

std::uint32_t checksum_of(std::span<const std::byte> bytes, std::uint32_t before = 0) {
  return static_cast<std::uint32_t>(crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

// The part that bytes with this checksum have in that of all, if `behind` bytes follow them.
std::uint32_t share_of(std::uint32_t checksum, std::uint64_t behind) {
  return static_cast<std::uint32_t>(crc32_combine(checksum, 0, static_cast<z_off_t>(behind)));
}

[[noreturn]] void malformed_elements(const std::string& origin, const std::string& expected, const std::string& given) {
  throw DataError({.kind = ProblemKind::malformed_file,
                   .path = origin,
                   .message = "the file is too short for its array",
                   .expected = expected,
                   .given = given});
}

// Calls visit(first, count, position in the list) for each run of neighboring rows.
template <class Visitor>
void for_runs(std::span<const std::uint32_t> rows, const Visitor& visit) {
  for (std::size_t begin = 0; begin < rows.size();) {
    std::size_t end = begin + 1;
    while (end < rows.size() && rows[end] == rows[end - 1] + 1) ++end;
    visit(std::size_t{rows[begin]}, end - begin, begin);
    begin = end;
  }
}

void swap_elements(std::span<std::byte> bytes, std::size_t element) {
  for (std::size_t begin = 0; begin + element <= bytes.size(); begin += element)
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                 bytes.begin() + static_cast<std::ptrdiff_t>(begin + element));
}

// The array whose .npy file is the part of `path` that begins at `begin` and has `bytes` bytes, and maybe a checksum.
ArrayInFile open_part(const base::zip::Source& source, const std::filesystem::path& path, const std::string& origin,
                      std::uint64_t begin, std::uint64_t bytes,
                      const std::optional<std::uint32_t>& checksum = std::nullopt) {
  const std::vector<std::byte> start = source.read(begin, std::min(bytes, longest_header));
  npy::Header header = npy::parse_header(start, bytes, origin);
  const auto long_axes = std::count_if(header.shape.begin(), header.shape.end(), [](std::size_t n) { return n > 1; });
  if (header.fortran_order && long_axes > 1) {
    return PackedArray{.origin = origin,
                       .type = header.type,
                       .shape = std::move(header.shape),
                       .reason = "the elements are in column-major order",
                       .hint = "save numpy.ascontiguousarray(array)"};
  }
  ElementsInFile elements{.file = path,
                          .origin = origin,
                          .type = header.type,
                          .shape = std::move(header.shape),
                          .big_endian = header.big_endian,
                          .begin = begin + header.data_begin};
  if (checksum) {
    elements.checksum = {.all = *checksum, .header = checksum_of(std::span(start).first(header.data_begin))};
  }
  return ArrayFile(std::move(elements));
}

// An array of a compressed entry, whose header is unpacked.
PackedArray packed_entry(const base::zip::Source& source, const base::zip::DirectoryEntry& entry,
                         const std::string& origin) {
  const std::vector<std::byte> start = base::zip::read_start(source, entry, longest_header);
  npy::Header header = npy::parse_header(start, entry.bytes, origin);
  return {.origin = origin,
          .type = header.type,
          .shape = std::move(header.shape),
          .reason = "the array is compressed",
          .hint = "store it uncompressed: numpy.savez instead of numpy.savez_compressed"};
}

}  // namespace

// An open file.
class ArrayFile::Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, std::string origin)
      : origin_(std::move(origin)), file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    struct stat state {};
    if (file_ < 0) fail(errno);
    if (::fstat(file_, &state) != 0 || !S_ISREG(state.st_mode)) {
      const int reason = S_ISDIR(state.st_mode) ? EISDIR : EINVAL;
      ::close(file_);
      fail(reason);
    }
    size_ = static_cast<std::uint64_t>(state.st_size);
  }
  ~Descriptor() { ::close(file_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  std::uint64_t size() const { return size_; }

  void read(std::uint64_t offset, std::span<std::byte> bytes) const {
    while (!bytes.empty()) {
      const ssize_t count = ::pread(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail(errno);
      if (count == 0) fail_cut_off();
      bytes = bytes.subspan(static_cast<std::size_t>(count));
      offset += static_cast<std::uint64_t>(count);
    }
  }

  void will_need(std::uint64_t offset, std::uint64_t bytes) const noexcept {
    if (bytes == 0) return;  // which would mean: to the end of the file
    ::posix_fadvise(file_, static_cast<off_t>(offset), static_cast<off_t>(bytes), POSIX_FADV_WILLNEED);
  }

 private:
  [[noreturn]] void fail(int reason) const {
    throw DataError({.kind = ProblemKind::file_access,
                     .path = origin_,
                     .message = "the file cannot be read: " + std::generic_category().message(reason)});
  }

  [[noreturn]] void fail_cut_off() const {
    struct stat state {};
    const bool known = ::fstat(file_, &state) == 0;
    throw DataError({.kind = ProblemKind::malformed_file,
                     .path = origin_,
                     .message = "the file has become shorter since it was opened",
                     .expected = std::to_string(size_) + " bytes",
                     .given = known ? std::to_string(state.st_size) : std::string{}});
  }

  std::string origin_;
  int file_;
  std::uint64_t size_ = 0;
};

// Adds up the checksum of an array from the rows that are read: each counts once.
class ArrayFile::Check {
 public:
  Check(const ArrayChecksum& checksum, std::size_t rows, std::size_t row_bytes, std::string origin)
      : origin_(std::move(origin)),
        expected_(checksum.all),
        rows_(rows),
        row_bytes_(row_bytes),
        in_any_order_(row_bytes >= wide),
        sum_(in_any_order_ ? share_of(checksum.header, std::uint64_t{rows} * row_bytes) : checksum.header),
        left_(rows) {
    if (in_any_order_) seen_.resize(rows);
  }

  // Rows as they are in the file, from `first` on.
  void add(std::size_t first, std::span<const std::byte> bytes) {
    if (is_right_ || bytes.empty()) return;
    const std::lock_guard lock(mutex_);
    if (in_any_order_)
      add_new(first, bytes);
    else
      add_next(first, bytes);
    if (left_ != 0) return;
    is_right_ = sum_ == expected_;
    if (is_right_) return;
    throw DataError({.kind = ProblemKind::malformed_file,
                     .path = origin_,
                     .message = "the array is damaged: it does not have the checksum that the file has of it",
                     .expected = std::to_string(expected_),
                     .given = std::to_string(sum_)});
  }

 private:
  static constexpr std::size_t wide = 64;  // bytes of a row, beside which a bit for each is nothing

  void add_new(std::size_t first, std::span<const std::byte> bytes) {
    const std::size_t end = first + bytes.size() / row_bytes_;
    for (std::size_t row = first; row < end; ++row) {
      const std::size_t begin = row;
      for (; row < end && !seen_[row]; ++row) seen_[row] = true;
      if (row == begin) continue;
      const auto part = bytes.subspan((begin - first) * row_bytes_, (row - begin) * row_bytes_);
      sum_ ^= share_of(checksum_of(part), std::uint64_t{rows_ - row} * row_bytes_);
      left_ -= row - begin;
    }
  }

  void add_next(std::size_t first, std::span<const std::byte> bytes) {
    const std::size_t next = rows_ - left_, end = first + bytes.size() / row_bytes_;
    if (first > next || end <= next) return;
    sum_ = checksum_of(bytes.subspan((next - first) * row_bytes_), sum_);
    left_ = rows_ - end;
  }

  std::string origin_;
  std::uint32_t expected_;
  std::size_t rows_, row_bytes_;
  bool in_any_order_;
  std::mutex mutex_;
  std::vector<bool> seen_;  // by row
  std::uint32_t sum_;
  std::size_t left_;  // rows
  std::atomic<bool> is_right_ = false;
};

ArrayFile::ArrayFile(ElementsInFile elements)
    : elements_(std::move(elements)), file_(std::make_shared<const Descriptor>(elements_.file, origin())) {
  const std::optional<std::size_t> bytes = npy::byte_count(type(), shape());
  const std::uint64_t there = file_->size() - std::min(file_->size(), elements_.begin);
  if (!bytes || *bytes > there) {
    malformed_elements(origin(), bytes ? std::to_string(*bytes) + " bytes of elements" : "a size that fits in a file",
                       bytes ? std::to_string(there) : to_string(shape()));
  }
  row_bytes_ = rows() == 0 ? 0 : *bytes / rows();
  if (elements_.checksum && row_bytes_ != 0)
    check_ = std::make_shared<Check>(*elements_.checksum, rows(), row_bytes_, origin());
}

Extents ArrayFile::shape_of(std::size_t rows) const {
  Extents extents = shape();
  if (!extents.empty()) extents.front() = rows;
  return extents;
}

void ArrayFile::read(std::size_t first, std::span<std::byte> into) const {
  file_->read(elements_.begin + std::uint64_t{first} * row_bytes_, into);
  if (check_) check_->add(first, into);
  if (elements_.big_endian) swap_elements(into, element_size(type()));
}

Array ArrayFile::read(std::size_t first, std::size_t count) const {
  if (first > rows() || count > rows() - first) {
    throw DataError({.kind = ProblemKind::wrong_data_size,
                     .path = origin(),
                     .message = "the array has fewer rows",
                     .expected = "less than " + std::to_string(rows()),
                     .given = std::to_string(first) + " to " + std::to_string(first + count)});
  }
  std::vector<std::byte> bytes(count * row_bytes_);
  read(first, bytes);
  Array array(type(), shape_of(count), std::move(bytes));
  array.set_origin(origin());
  return array;
}

Array ArrayFile::read(std::span<const std::uint32_t> rows) const {
  std::vector<std::byte> bytes(rows.size() * row_bytes_);
  read(rows, bytes);
  Array array(type(), shape_of(rows.size()), std::move(bytes));
  array.set_origin(origin());
  return array;
}

void ArrayFile::read(std::span<const std::uint32_t> rows, std::span<std::byte> into) const {
  require_examples(rows, this->rows(), origin());
  require_room(into.size(), rows.size() * row_bytes_, origin());
  // All are asked for first, so that the disk can order them.
  for_runs(rows, [&](std::size_t first, std::size_t count, std::size_t) {
    if (count < rows.size()) will_need(first, count);
  });
  for_runs(rows, [&](std::size_t first, std::size_t count, std::size_t position) {
    read(first, into.subspan(position * row_bytes_, count * row_bytes_));
  });
}

void ArrayFile::will_need(std::size_t first, std::size_t count) const noexcept {
  file_->will_need(elements_.begin + std::uint64_t{first} * row_bytes_, std::uint64_t{count} * row_bytes_);
}

ArrayFile ArrayFile::first(std::size_t rows) const {
  ArrayFile part = *this;
  if (!part.elements_.shape.empty()) part.elements_.shape.front() = std::min(rows, this->rows());
  return part;
}

ArrayInFile find_npy(const std::filesystem::path& path) {
  const base::zip::Source source(path);
  return open_part(source, path, path.string(), 0, source.size());
}

ArrayInFile find_npz(const std::filesystem::path& path, const std::string& name) {
  const base::zip::Source source(path);
  const std::string origin = path.string() + ": " + name;
  for (const base::zip::DirectoryEntry& entry : base::zip::read_directory(source)) {
    if (entry.name != name + ".npy") continue;
    if (entry.method != base::zip::stored) return packed_entry(source, entry, origin);
    return open_part(source, path, origin, base::zip::data_offset(source, entry), entry.bytes, entry.checksum);
  }
  throw DataError({.kind = ProblemKind::missing_data, .path = origin, .message = "the file has no array of this name"});
}

ArrayFile in_pieces(ArrayInFile array) {
  if (ArrayFile* const file = std::get_if<ArrayFile>(&array)) return std::move(*file);
  const auto& packed = std::get<PackedArray>(array);
  throw DataError({.kind = ProblemKind::unsupported,
                   .path = packed.origin,
                   .message = packed.reason + ", so examples cannot be read one by one",
                   .hint = packed.hint});
}

ArrayFile open_npy(const std::filesystem::path& path) { return in_pieces(find_npy(path)); }
ArrayFile open_npz(const std::filesystem::path& path, const std::string& name) {
  return in_pieces(find_npz(path, name));
}

}  // namespace synfire
