// SPDX-License-Identifier: Apache-2.0
#include "device/messages.hpp"

#include <array>
#include <cstdio>

namespace synfire::runtime {

std::string readable_bytes(std::size_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " bytes";
  static constexpr std::array units = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double amount = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (amount >= 1024 && unit + 1 < units.size()) {
    amount /= 1024;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f %s", amount, units[unit]);
  return text.data();
}

std::string device_path(const std::string& device) { return "device \"" + device + "\""; }

Problem out_of_memory(const std::string& device, const std::string& what, std::size_t bytes, std::size_t free) {
  return {.kind = ProblemKind::out_of_memory,
          .path = device_path(device),
          .message =
              what + " needs " + readable_bytes(bytes) + " of memory, but only " + readable_bytes(free) + " are free",
          .hint = "a smaller batch needs less memory",
          .expected = "at most " + std::to_string(free) + " bytes",
          .given = std::to_string(bytes) + " bytes"};
}

Problem unsupported(const std::string& device, const std::string& message) {
  return {.kind = ProblemKind::unsupported, .path = device_path(device), .message = message};
}

}  // namespace synfire::runtime
