// SPDX-License-Identifier: Apache-2.0
// Checksums of entries: XXH3 of 128 bits in hexadecimal, as `xxhsum -H2` prints it. They show damage, not who wrote it.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>

namespace synfire::artifact {

// Of the pieces one after the other.
std::string checksum(std::initializer_list<std::span<const std::byte>> pieces);

}  // namespace synfire::artifact
