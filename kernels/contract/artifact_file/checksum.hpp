// SPDX-License-Identifier: Apache-2.0
// Checksums of entries: 128-bit XXH3 in hexadecimal, as `xxhsum -H2` prints it. They detect damage, but do not
// authenticate.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>

namespace synfire::artifact {

// Of the concatenated pieces.
std::string checksum(std::initializer_list<std::span<const std::byte>> pieces);

}  // namespace synfire::artifact
