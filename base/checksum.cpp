// SPDX-License-Identifier: Apache-2.0
#include "synfire/base/checksum.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstdint>

namespace synfire::base {

struct Checksum::State {
  XXH3_state_t hash;
};

Checksum::Checksum() : state_(std::make_unique<State>()) { XXH3_128bits_reset(&state_->hash); }
Checksum::~Checksum() = default;
Checksum::Checksum(Checksum&&) noexcept = default;
Checksum& Checksum::operator=(Checksum&&) noexcept = default;

void Checksum::add(std::span<const std::byte> bytes) { XXH3_128bits_update(&state_->hash, bytes.data(), bytes.size()); }

void Checksum::add(std::string_view text) {
  const std::uint64_t size = text.size();
  add(std::as_bytes(std::span(&size, 1)));
  add(std::as_bytes(std::span(text)));
}

std::string Checksum::text() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(&state_->hash);
  std::string text;
  for (const std::uint64_t half : {hash.high64, hash.low64}) {
    for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[(half >> shift) & 15];
  }
  return text;
}

std::string checksum(std::initializer_list<std::span<const std::byte>> pieces) {
  Checksum sum;
  for (const std::span<const std::byte> piece : pieces) sum.add(piece);
  return sum.text();
}

}  // namespace synfire::base
