// SPDX-License-Identifier: Apache-2.0
#include "lower/draw.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cmath>
#include <stdexcept>

#include "philox.cuh"
#include "synfire/registry.hpp"

namespace synfire::codegen {
namespace {

// The first word of element `index`, and for a Gaussian the second.
device::U32x4 words(std::uint64_t key, std::size_t index) {
  const device::U32x4 counter{static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), 0, 0};
  return device::philox(counter, static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32));
}

struct Sampler {
  std::uint64_t key;
  const DrawContext& context;

  double uniform(std::size_t index, double min, double max) const {
    return min + (max - min) * static_cast<double>(device::uniform_from_bits(words(key, index).x));
  }
  double normal(std::size_t index, double mean, double sd) const {
    const device::U32x4 bits = words(key, index);
    return mean + sd * static_cast<double>(device::normal_from_bits(bits.x, bits.y));
  }
  // Zero mean and the given variance.
  double spread(std::size_t index, double variance, Distribution distribution) const {
    if (distribution == Distribution::normal) return normal(index, 0, std::sqrt(variance));
    const double limit = std::sqrt(3 * variance);
    return uniform(index, -limit, limit);
  }

  double operator()(const Constant& c, std::size_t) const { return c.value; }
  double operator()(const Normal& n, std::size_t index) const { return normal(index, n.mean, n.sd); }
  double operator()(const Uniform& u, std::size_t index) const { return uniform(index, u.min, u.max); }
  double operator()(const Xavier& x, std::size_t index) const {
    const double fans = static_cast<double>(context.fan_in + context.fan_out);
    return spread(index, x.gain * x.gain * 2 / fans, x.distribution);
  }
  double operator()(const Kaiming& k, std::size_t index) const {
    return spread(index, k.gain * k.gain / static_cast<double>(context.fan_in), k.distribution);
  }
};

}  // namespace

std::uint64_t stream_of(const std::string& name) { return XXH64(name.data(), name.size(), 0); }

std::vector<float> elements_of(const Value& value, std::size_t count, const DrawContext& context) {
  if (value.is_array()) return value.array().values();
  if (value.is_number()) return std::vector<float>(count, static_cast<float>(value.number()));
  const Initializer* initializer = value.is_name() ? find_initializer(value.name()) : nullptr;
  if (value.is_initializer()) initializer = &value.initializer();
  if (initializer == nullptr) throw std::logic_error("not a value with elements: " + context.stream);
  const Sampler sampler{context.seed ^ stream_of(context.stream), context};
  std::vector<float> elements(count);
  std::visit(
      [&](const auto& distribution) {
        for (std::size_t i = 0; i < count; ++i) elements[i] = static_cast<float>(sampler(distribution, i));
      },
      *initializer);
  return elements;
}

}  // namespace synfire::codegen
