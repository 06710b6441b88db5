// SPDX-License-Identifier: Apache-2.0
#include "lower/draw.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "lower/draw_vectors.hpp"
#include "pattern.cuh"
#include "synfire/registry.hpp"

namespace synfire::codegen {
namespace {

struct MakeDistribution {
  const DrawContext& context;
  double scale;

  float single(double number) const { return static_cast<float>(number * scale); }

  // Zero mean and the given variance.
  ValueDistribution spread(double variance, Distribution distribution) const {
    if (distribution == Distribution::normal) return (*this)(Normal{.mean = 0.0, .sd = std::sqrt(variance)});
    const double limit = std::sqrt(3 * variance);
    return (*this)(Uniform{-limit, limit});
  }

  ValueDistribution operator()(const Constant& c) const { return {.base = single(c.value)}; }
  ValueDistribution operator()(const Normal& n) const {
    return {.kind = ValueDistribution::Kind::normal,
            .base = single(n.mean),
            .spread = single(n.sd),
            .min = single(n.min),
            .max = single(n.max)};
  }
  ValueDistribution operator()(const Uniform& u) const {
    return {.kind = ValueDistribution::Kind::uniform, .base = single(u.min), .spread = single(u.max - u.min)};
  }
  ValueDistribution operator()(const Xavier& x) const {
    return spread(x.gain * x.gain * 2 / (context.fan_in + context.fan_out), x.distribution);
  }
  ValueDistribution operator()(const Kaiming& k) const {
    return spread(k.gain * k.gain / context.fan_in, k.distribution);
  }
};

}  // namespace

std::uint64_t stream_of(const std::string& name) { return XXH64(name.data(), name.size(), 0); }

ValueDistribution distribution_of(const Value& value, const DrawContext& context, double scale) {
  if (value.is_number()) return MakeDistribution{context, scale}(Constant{value.number()});
  const Initializer* initializer = value.is_name() ? find_initializer(value.name()) : nullptr;
  if (value.is_initializer()) initializer = &value.initializer();
  if (initializer == nullptr) throw std::logic_error("not a value to draw from: " + context.stream);
  const ValueDistribution distribution = std::visit(MakeDistribution{context, scale}, *initializer);
  const bool varies = distribution.spread != 0.0F && distribution.min != distribution.max;
  return varies ? distribution
                : ValueDistribution{.base = std::clamp(distribution.base, distribution.min, distribution.max)};
}

float drawn_value(const ValueDistribution& distribution, std::uint64_t key, std::uint64_t index,
                  std::uint32_t occurrence) {
  switch (distribution.kind) {
    case ValueDistribution::Kind::constant: return distribution.base;
    case ValueDistribution::Kind::uniform:
      return device::synapse_uniform(key, index, occurrence, distribution.base, distribution.spread);
    case ValueDistribution::Kind::normal:
      return device::synapse_normal(key, index, occurrence, distribution.base, distribution.spread, distribution.min,
                                    distribution.max);
  }
  throw std::logic_error("unknown distribution");
}

std::vector<float> elements_of(const Value& value, std::size_t count, const DrawContext& context) {
  if (value.is_array()) return value.array().values();
  const ValueDistribution distribution = distribution_of(value, context);
  std::vector<float> elements(count, distribution.base);
  if (distribution.kind == ValueDistribution::Kind::constant) return elements;
  const std::uint64_t key = context.key();
  if (draw_vectors(distribution, key, elements.data(), count)) return elements;
  for (std::size_t i = 0; i < count; ++i) elements[i] = drawn_value(distribution, key, i);
  return elements;
}

}  // namespace synfire::codegen
