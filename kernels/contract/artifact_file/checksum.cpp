// SPDX-License-Identifier: Apache-2.0
#include "artifact_file/checksum.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstdint>

namespace synfire::artifact {

std::string checksum(std::initializer_list<std::span<const std::byte>> pieces) {
  XXH3_state_t state;
  XXH3_128bits_reset(&state);
  for (const std::span<const std::byte> piece : pieces) XXH3_128bits_update(&state, piece.data(), piece.size());
  const XXH128_hash_t hash = XXH3_128bits_digest(&state);
  std::string text;
  for (const std::uint64_t half : {hash.high64, hash.low64}) {
    for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[(half >> shift) & 15];
  }
  return text;
}

}  // namespace synfire::artifact
