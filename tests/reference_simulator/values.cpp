// SPDX-License-Identifier: Apache-2.0
#include "reference_simulator/values.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cmath>
#include <stdexcept>

#include "pattern.cuh"
#include "synfire/registry.hpp"

namespace synfire::testing::reference {
namespace {

float clamped(float value, float low, float high) { return value < low ? low : value > high ? high : value; }

struct Draw {
  std::uint64_t key, index;
  const Fans& fans;

  device::U32x4 words() const { return device::synapse_words(key, index, 0); }

  float operator()(const Constant& constant) const { return static_cast<float>(constant.value); }
  float operator()(const Uniform& uniform) const {
    const float width = static_cast<float>(uniform.max - uniform.min);
    return std::fma(width, device::uniform_from_bits(words().x), static_cast<float>(uniform.min));
  }
  float operator()(const Normal& normal) const {
    const float standard = device::normal_from_bits(words().x, words().y);
    const float value = std::fma(static_cast<float>(normal.sd), standard, static_cast<float>(normal.mean));
    return clamped(value, static_cast<float>(normal.min), static_cast<float>(normal.max));
  }
  float operator()(const Xavier& xavier) const {
    return of_variance(xavier.gain * xavier.gain * 2 / (fans.in + fans.out), xavier.distribution);
  }
  float operator()(const Kaiming& kaiming) const {
    return of_variance(kaiming.gain * kaiming.gain / fans.in, kaiming.distribution);
  }
  float of_variance(double variance, Distribution distribution) const {
    if (distribution == Distribution::normal) return (*this)(Normal{.sd = std::sqrt(variance)});
    const double most = std::sqrt(3 * variance);
    return (*this)(Uniform{-most, most});
  }
};

}  // namespace

std::uint64_t key_of(std::uint64_t seed, const std::string& name) { return seed ^ XXH64(name.data(), name.size(), 0); }

std::vector<float> elements(const Value& value, std::size_t count, std::uint64_t key, const Fans& fans) {
  if (value.is_array()) return value.array().values();
  if (value.is_number()) return std::vector<float>(count, static_cast<float>(value.number()));
  const Initializer* initializer = value.is_initializer() ? &value.initializer() : find_initializer(value.name());
  if (initializer == nullptr) throw std::logic_error("no initializer");
  std::vector<float> result(count);
  for (std::size_t i = 0; i < count; ++i) result[i] = std::visit(Draw{key, i, fans}, *initializer);
  return result;
}

}  // namespace synfire::testing::reference
