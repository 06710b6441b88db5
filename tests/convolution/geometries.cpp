// SPDX-License-Identifier: Apache-2.0
#include "convolution/geometries.hpp"

#include "gradients/covering_array.hpp"

namespace synfire::testing {
namespace {

enum Feature { kind, kernel, strides, padding, dilation, groups, channels, image, delay };
enum Kind { conv, transposed, sequence, avg_pool, pool_conv, pool_dense };

const std::vector<Factor>& features() {
  static const std::vector<Factor> all{
      {"kind", {"conv_2d", "conv_2d_transpose", "conv_1d", "avg_pool_2d", "avg_pool_conv_2d", "avg_pool_dense_2d"}},
      {"kernel", {"3×3", "2×4", "1×1", "4×2"}},
      {"strides", {"1×1", "2×2", "1×2", "3×2"}},
      {"padding", {"valid", "same", "1,0,0,1"}},
      {"dilation", {"1", "2"}},
      {"groups", {"1", "2"}},
      {"channels", {"1 to 1", "2 to 8", "4 to 6", "2 to 34", "6 to 20"}},
      {"image", {"6×7", "8×5"}},
      {"delay", {"0", "2"}},
  };
  return all;
}

bool is_compatible(std::size_t f, std::size_t a, std::size_t g, std::size_t b) {
  const auto level = [&](Feature of) -> int {
    return f == of ? static_cast<int>(a) : g == of ? static_cast<int>(b) : -1;
  };
  const auto both = [&](Feature x, Feature y) { return (f == x && g == y) || (f == y && g == x); };
  if (both(groups, channels)) return level(groups) == 0 || level(channels) != 0;
  if (both(padding, kernel))
    return level(padding) != 2 || (level(kernel) == 0 || level(kernel) == 1 || level(kernel) == 3);
  // What pools and fully connected layers do not have.
  const bool pools = level(kind) == avg_pool, dense = level(kind) == pool_dense;
  if (both(kind, dilation) && (pools || dense)) return level(dilation) == 0;
  if (both(kind, groups) && (pools || dense)) return level(groups) == 0;
  if (both(kind, padding) && dense) return level(padding) == 0;
  if (both(kind, kernel) && dense) return level(kernel) == 0;
  return true;
}

Geometry geometry_of(const Combination& levels, bool trains) {
  constexpr Size2D kernels[] = {{3, 3}, {2, 4}, {1, 1}, {4, 2}};
  constexpr Size2D all_strides[] = {{1, 1}, {2, 2}, {1, 2}, {3, 2}};
  const Padding paddings[] = {"valid", "same", {1, 0, 0, 1}};
  constexpr std::uint32_t sources[] = {1, 2, 4, 2, 6}, filters[] = {1, 8, 6, 34, 20};
  constexpr Size2D images[] = {{6, 7}, {8, 5}};
  const Size2D size = kernels[levels[kernel]], stride = all_strides[levels[strides]], shape = images[levels[image]];
  const std::uint32_t dilated = static_cast<std::uint32_t>(levels[dilation]) + 1;
  const std::uint32_t number = filters[levels[channels]], parts = static_cast<std::uint32_t>(levels[groups]) + 1;
  const Padding around = paddings[levels[padding]];
  const Value weight = trains ? Value(Normal{.mean = 0.2, .sd = 0.5}) : frozen(Normal{.mean = 0.2, .sd = 0.5});
  const double latency = levels[delay] == 0 ? 0.0 : 2.0;
  Geometry result;
  for (std::size_t f = 0; f < levels.size(); ++f)
    result.name += (f == 0 ? "" : ", ") + (f == kind ? "" : features()[f].name + " ") + features()[f].levels[levels[f]];
  result.source = {static_cast<long long>(shape.height), static_cast<long long>(shape.width),
                   static_cast<long long>(sources[levels[channels]])};
  switch (static_cast<Kind>(levels[kind])) {
    case conv: result.connectivity = Conv2D{number, size, stride, around, dilated, parts, weight, latency}; break;
    case transposed:
      result.connectivity = Conv2DTranspose{number, size, stride, around, dilated, parts, weight, latency};
      break;
    case sequence:
      result.source = {static_cast<long long>(shape.height) * 2, static_cast<long long>(sources[levels[channels]])};
      result.connectivity = Conv1D{number,  size.height, stride.height, levels[padding] == 2 ? Padding{1, 0} : around,
                                   dilated, parts,       weight,        latency};
      break;
    case avg_pool: result.connectivity = AvgPool2D{size, stride, around, frozen(2.0), latency}; break;
    case pool_conv:
      result.connectivity = AvgPoolConv2D{.pool = {2, 1},
                                          .pool_strides = {2, 2},
                                          .filters = number,
                                          .kernel = size,
                                          .strides = stride,
                                          .padding = around,
                                          .dilation = {1, dilated},
                                          .groups = parts,
                                          .weight = weight,
                                          .delay = latency};
      break;
    case pool_dense:
      result.connectivity = AvgPoolDense2D{.pool = {3, 2}, .strides = {3, 3}, .weight = weight, .delay = latency};
      result.targets = number + 2;
      break;
  }
  return result;
}

}  // namespace

std::vector<Geometry> geometries(bool trains) {
  static const std::vector<Combination> all = cover_pairs(features(), is_compatible);
  std::vector<Geometry> made;
  for (const Combination& each : all) made.push_back(geometry_of(each, trains));
  return made;
}

std::vector<std::vector<Geometry>> geometries_by_network(bool trains, std::size_t most) {
  std::vector<std::vector<Geometry>> networks;
  for (Geometry& each : geometries(trains)) {
    if (networks.empty() || networks.back().size() == most) networks.emplace_back();
    networks.back().push_back(std::move(each));
  }
  return networks;
}

}  // namespace synfire::testing
