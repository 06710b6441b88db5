// SPDX-License-Identifier: Apache-2.0
// Checksums of entries and data: 128-bit XXH3 in hexadecimal, as `xxhsum -H2` prints it. They detect damage and tell
// things apart, but do not authenticate.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace synfire::base {

// Of everything that is added, in order.
class Checksum {
 public:
  Checksum();
  ~Checksum();
  Checksum(Checksum&&) noexcept;
  Checksum& operator=(Checksum&&) noexcept;

  void add(std::span<const std::byte> bytes);
  // The text and its length, so that neighboring texts cannot be confused.
  void add(std::string_view text);
  std::string text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Of the concatenated pieces.
std::string checksum(std::initializer_list<std::span<const std::byte>> pieces);

}  // namespace synfire::base
