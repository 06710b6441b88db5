// SPDX-License-Identifier: Apache-2.0
// An unnamed file, for data on their way to another file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace synfire::runtime {

// In the folder of `beside`; deleted when it is closed, however the program ends. All members throw DataError
// (file_access) at the path of `beside`.
class Spool {
 public:
  explicit Spool(const std::filesystem::path& beside);
  ~Spool();
  Spool(Spool&& other) noexcept;
  Spool& operator=(Spool&&) = delete;

  std::uint64_t bytes() const noexcept { return bytes_; }
  void append(std::span<const std::byte> data) { write(bytes_, data); }
  // Gaps read as zeros.
  void write(std::uint64_t offset, std::span<const std::byte> data);
  void read(std::uint64_t offset, std::span<std::byte> data) const;

 private:
  [[noreturn]] void fail(const std::string& message, int reason) const;

  std::string path_;
  int file_ = -1;
  std::uint64_t bytes_ = 0;
};

}  // namespace synfire::runtime
