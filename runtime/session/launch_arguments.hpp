// SPDX-License-Identifier: Apache-2.0
// The arguments of a launch as programs read them: a header, and an address for each buffer of the manifest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "synfire/contract/trial_arguments.hpp"

namespace synfire::runtime {

class LaunchArguments {
 public:
  explicit LaunchArguments(std::size_t buffers) : bytes_(sizeof(contract::TrialHeader) + buffers * sizeof(void*)) {}

  void set(const contract::TrialHeader& header) noexcept { std::memcpy(bytes_.data(), &header, sizeof header); }
  void bind(std::size_t buffer, const void* address) noexcept {
    static_assert(sizeof address == sizeof(std::uint64_t));
    std::memcpy(bytes_.data() + sizeof(contract::TrialHeader) + buffer * sizeof address, &address, sizeof address);
  }
  std::span<const std::byte> bytes() const noexcept { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace synfire::runtime
