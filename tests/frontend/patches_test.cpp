// SPDX-License-Identifier: Apache-2.0
// The geometry of convolutions and pools: by hand, and against an enumeration of all pixels.
#include "synfire/patches.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace synfire {
namespace {

PatchGeometry geometry_of(const Connectivity& connectivity, const Shape& source, const Shape& target = {}) {
  const PatchResult found = find_patches(connectivity, source, target);
  EXPECT_FALSE(found.problem) << to_string(*found.problem);
  return found.geometry.value_or(PatchGeometry{});
}

Extents result(const Connectivity& connectivity, const Shape& source) {
  return geometry_of(connectivity, source).target_shape;
}

TEST(Patches, OfConvolutions) {
  const PatchGeometry plain = geometry_of(Conv2D{.filters = 32, .kernel = 5}, {28, 28, 1});
  EXPECT_EQ(plain.target_shape, (Extents{24, 24, 32}));
  EXPECT_EQ(plain.kernel_shape, (Extents{5, 5, 1, 32}));
  EXPECT_EQ(plain.kernel_elements(), 800u);
  EXPECT_EQ(plain.synapses(), 24 * 24 * 25 * 32);
  EXPECT_EQ(plain.divisor, 1);
  EXPECT_TRUE(plain.has_kernel);
  EXPECT_EQ(result(Conv2D{.filters = 1, .kernel = 5}, {28, 28}), (Extents{24, 24, 1}));
  EXPECT_EQ(result(Conv2D{.filters = 2, .kernel = {3, 5}}, {9, 9, 4}), (Extents{7, 5, 2}));
  EXPECT_EQ(result(Conv2D{.filters = 2, .kernel = 3, .strides = {2, 3}}, {8, 9}), (Extents{3, 3, 2}));
  EXPECT_EQ(result(Conv2D{.filters = 2, .kernel = 3, .dilation = 2}, {28, 28}), (Extents{24, 24, 2}));

  const PatchGeometry grouped = geometry_of(Conv2D{.filters = 6, .kernel = 3, .groups = 2}, {8, 8, 4});
  EXPECT_EQ(grouped.kernel_shape, (Extents{3, 3, 2, 6}));
  EXPECT_EQ(grouped.filters_per_group(), 3u);
  EXPECT_EQ(grouped.synapses(), 6 * 6 * 9 * 4 * 3);
}

TEST(Patches, OfPaddedImages) {
  const auto vertical = [](std::uint32_t kernel, std::uint32_t stride, std::uint32_t size, Padding padding) {
    const PatchAxis axis =
        geometry_of(Conv2D{.filters = 1, .kernel = {kernel, 1}, .strides = {stride, 1}, .padding = std::move(padding)},
                    {static_cast<long long>(size), 1})
            .vertical;
    return std::pair(axis.padding, axis.target);
  };
  using Both = std::pair<std::uint32_t, std::uint32_t>;
  EXPECT_EQ(vertical(3, 1, 28, "same"), (Both{1, 28}));
  EXPECT_EQ(vertical(3, 2, 28, "same"), (Both{0, 14}));  // one pixel, at the end
  EXPECT_EQ(vertical(4, 1, 7, "same"), (Both{1, 7}));    // one before, two after
  EXPECT_EQ(vertical(1, 3, 7, "same"), (Both{0, 3}));    // none: the last stride begins within the image
  EXPECT_EQ(vertical(5, 2, 7, "same"), (Both{2, 4}));
  EXPECT_EQ(vertical(5, 2, 7, "valid"), (Both{0, 2}));

  const auto padded = [](Padding padding) {
    const PatchGeometry geometry =
        geometry_of(Conv2D{.filters = 1, .kernel = 3, .padding = std::move(padding)}, {28, 28});
    return std::tuple(geometry.vertical.padding, geometry.horizontal.padding, geometry.target_shape);
  };
  EXPECT_EQ(padded(1), std::tuple(1u, 1u, (Extents{28, 28, 1})));
  EXPECT_EQ(padded({2, 1}), std::tuple(2u, 1u, (Extents{30, 28, 1})));
  EXPECT_EQ(padded({1, 0, 2, 1}), std::tuple(1u, 2u, (Extents{27, 29, 1})));
}

TEST(Patches, OfSequences) {
  const PatchGeometry geometry = geometry_of(Conv1D{.filters = 4, .kernel = 5, .stride = 2}, {100, 2});
  EXPECT_EQ(geometry.target_shape, (Extents{48, 4}));
  EXPECT_EQ(geometry.kernel_shape, (Extents{5, 2, 4}));
  EXPECT_EQ(geometry.synapses(), 48 * 5 * 2 * 4);
  EXPECT_EQ(result(Conv1D{.filters = 4, .kernel = 5}, 100), (Extents{96, 4}));
  EXPECT_EQ(result(Conv1D{.filters = 4, .kernel = 5, .padding = {4, 1}}, 100), (Extents{101, 4}));
  EXPECT_EQ(result(Conv1D{.filters = 4, .kernel = 5, .padding = "same", .dilation = 3}, 100), (Extents{100, 4}));
}

TEST(Patches, OfTransposedConvolutions) {
  const auto size = [](std::uint32_t kernel, std::uint32_t stride, Padding padding) {
    const Conv2DTranspose kind{.filters = 2, .kernel = kernel, .strides = stride, .padding = std::move(padding)};
    return geometry_of(kind, {7, 7, 3}).target_shape;
  };
  EXPECT_EQ(size(3, 2, "valid"), (Extents{15, 15, 2}));
  EXPECT_EQ(size(2, 3, "valid"), (Extents{21, 21, 2}));
  EXPECT_EQ(size(3, 2, "same"), (Extents{14, 14, 2}));
  EXPECT_EQ(size(3, 2, 1), (Extents{13, 13, 2}));
  EXPECT_EQ(size(3, 2, 0), (Extents{15, 15, 2}));
  EXPECT_EQ(size(2, 3, 0), (Extents{20, 20, 2}));  // explicit padding: nothing beyond the last kernel
}

TEST(Patches, OfPools) {
  const PatchGeometry mean = geometry_of(AvgPool2D{.pool = 2}, {28, 28, 32});
  EXPECT_EQ(mean.target_shape, (Extents{14, 14, 32}));
  EXPECT_EQ(mean.divisor, 4);
  EXPECT_EQ(mean.synapses(), 28 * 28 * 32);
  EXPECT_FALSE(mean.has_kernel);
  EXPECT_EQ(result(AvgPool2D{.pool = 2}, {7, 9, 1}), (Extents{3, 4, 1}));  // what is left over is in no window
  // Padding counts.
  const PatchGeometry padded = geometry_of(AvgPool2D{.pool = {3, 2}, .strides = 2, .padding = {1, 0}}, {28, 28});
  EXPECT_EQ(padded.target_shape, (Extents{14, 14, 1}));
  EXPECT_EQ(padded.divisor, 6);

  const PatchGeometry highest = geometry_of(MaxPool2D{.pool = 3, .strides = 1}, {5, 5, 2});
  EXPECT_EQ(highest.target_shape, (Extents{3, 3, 2}));
  EXPECT_EQ(highest.divisor, 1);
}

TEST(Patches, OfFusedPools) {
  const PatchGeometry kernel = geometry_of(AvgPoolConv2D{.pool = 2, .filters = 8, .kernel = 3}, {12, 12, 4});
  EXPECT_EQ(kernel.target_shape, (Extents{4, 4, 8}));
  EXPECT_EQ(kernel.kernel_shape, (Extents{3, 3, 4, 8}));
  EXPECT_EQ(kernel.divisor, 4);
  EXPECT_EQ(kernel.synapses(), (4 * 3 * 2) * (4 * 3 * 2) * 4 * 8);

  const PatchGeometry dense = geometry_of(AvgPoolDense2D{.pool = 2}, {7, 7, 2}, 10);
  EXPECT_EQ(dense.kernel_shape, (Extents{18, 10}));
  EXPECT_EQ(dense.synapses(), 6 * 6 * 2 * 10);
  EXPECT_EQ(result(AvgPoolDense2D{.pool = 2, .weight = Tensor<float>({18, 5})}, {7, 7, 2}), Extents{5});
}

TEST(Patches, NeedTheShapeOfTheSource) {
  const PatchResult found = find_patches(Conv2D{.filters = 1, .kernel = 1}, {}, {4, 4});
  EXPECT_FALSE(found.geometry);
  EXPECT_FALSE(found.problem);
}

// ---- Against an enumeration

// One axis of a random kind, with the padding as given.
struct Axis {
  std::uint32_t source = 1, kernel = 1, stride = 1, dilation = 1, pool = 1, pool_stride = 1;
  std::string mode = "valid";  // or `same`; empty: the stated pixels
  std::uint32_t before = 0, after = 0;
  bool transposed = false;

  std::uint32_t extent() const { return (kernel - 1) * dilation + 1; }
  // The number of whole kernels along `size` pixels.
  static std::uint32_t places(std::uint32_t size, std::uint32_t extent, std::uint32_t stride) {
    std::uint32_t count = 0;
    while (count * stride + extent <= size) ++count;
    return count;
  }
};

struct Expected {
  std::uint32_t target = 0;  // 0: refused
  double pairs = 0;
};

// Counts pixels one by one.
Expected enumerate(Axis axis) {
  const std::uint32_t pooled = axis.pool > axis.source ? 0 : Axis::places(axis.source, axis.pool, axis.pool_stride);
  if (pooled == 0) return {};
  const std::uint32_t image = axis.transposed ? pooled * axis.stride : pooled;
  if (axis.mode == "same") {
    std::uint32_t wanted = 0, padding = 0;
    while (wanted * axis.stride < image) ++wanted;
    while (Axis::places(image + padding, axis.extent(), axis.stride) < wanted) ++padding;
    axis.before = padding / 2;
    axis.after = padding - axis.before;
  }
  Expected result;
  if (!axis.transposed) {
    result.target = Axis::places(image + axis.before + axis.after, axis.extent(), axis.stride);
  } else if (axis.mode == "same") {
    result.target = image;
  } else {
    const std::uint32_t last = (pooled - 1) * axis.stride + axis.extent();
    const std::uint32_t whole = axis.mode == "valid" ? std::max(last, image) : last;
    result.target = whole > axis.before + axis.after ? whole - axis.before - axis.after : 0;
  }
  for (std::uint32_t y = 0; y < axis.source; ++y) {
    const std::uint32_t window = y / axis.pool_stride;
    if (window >= pooled || y % axis.pool_stride >= axis.pool) continue;
    for (std::uint32_t z = 0; z < result.target; ++z) {
      for (std::uint32_t a = 0; a < axis.kernel; ++a) {
        const std::uint32_t from = axis.transposed ? z : window, to = axis.transposed ? window : z;
        result.pairs += to * axis.stride + a * axis.dilation == from + axis.before;
      }
    }
  }
  return result;
}

class RandomKernel {
 public:
  explicit RandomKernel(std::uint32_t seed) : random_(seed) {
    make(vertical_);
    make(horizontal_);
    horizontal_.mode = vertical_.mode;
    groups_ = 1 + below(3);
    channels_ = groups_ * (1 + below(2));
    filters_ = groups_ * (1 + below(3));
    kind_ = choose();
  }

  void check() const {
    const Extents image =
        is_sequence_ ? Extents{vertical_.source, channels_} : Extents{vertical_.source, horizontal_.source, channels_};
    const PatchResult found = find_patches(kind_, image, dense_targets_ == 0 ? Shape{} : Shape(dense_targets_));
    const Expected down = enumerate(vertical_), across = enumerate(horizontal_);
    is_refused_ = down.target == 0 || across.target == 0;
    ASSERT_EQ(found.problem.has_value(), is_refused_) << (found.problem ? to_string(*found.problem) : "");
    if (is_refused_) return;
    const bool is_pool = std::holds_alternative<AvgPool2D>(kind_) || std::holds_alternative<MaxPool2D>(kind_);
    const std::uint32_t groups = is_pool ? channels_ : groups_, filters = is_pool ? channels_ : filters_;
    Extents result{down.target, across.target, filters};
    if (is_sequence_) result = {down.target, filters};
    if (dense_targets_ != 0) result = {dense_targets_};
    EXPECT_EQ(found.geometry->target_shape, result);
    const std::uint32_t per_channel = dense_targets_ != 0 ? dense_targets_ : filters / groups;
    EXPECT_EQ(found.geometry->synapses(), down.pairs * across.pairs * channels_ * per_channel);
  }
  bool is_refused() const { return is_refused_; }

 private:
  std::uint32_t below(std::uint32_t count) { return static_cast<std::uint32_t>(random_() % count); }

  void make(Axis& axis) {
    axis.source = 1 + below(9);
    axis.kernel = 1 + below(4);
    axis.stride = 1 + below(3);
    axis.dilation = 1 + below(3);
    constexpr const char* modes[] = {"valid", "same", ""};
    axis.mode = modes[below(3)];
  }

  // Paddings that are less than the kernels; `sides` numbers of them.
  Padding padding(std::uint32_t sides) {
    if (!vertical_.mode.empty()) return vertical_.mode;
    const std::uint32_t least = std::min(vertical_.extent(), is_sequence_ ? 99 : horizontal_.extent());
    Padding given{below(vertical_.extent()), below(vertical_.extent()), below(horizontal_.extent()),
                  below(horizontal_.extent())};
    std::vector<std::uint32_t>& pixels = given.pixels;
    if (sides == 1) pixels.assign(4, below(least));
    if (sides == 2 && !is_sequence_) pixels = {pixels[0], pixels[0], pixels[2], pixels[2]};
    vertical_.before = pixels[0], vertical_.after = pixels[1];
    horizontal_.before = pixels[2], horizontal_.after = pixels[3];
    if (sides == 1) pixels = {pixels[0]};
    if (sides == 2) pixels = is_sequence_ ? std::vector{pixels[0], pixels[1]} : std::vector{pixels[0], pixels[2]};
    return given;
  }

  template <class Kind>
  Kind convolution() {
    Kind kind;
    kind.filters = filters_;
    kind.kernel = {vertical_.kernel, horizontal_.kernel};
    kind.strides = {vertical_.stride, horizontal_.stride};
    kind.dilation = {vertical_.dilation, horizontal_.dilation};
    kind.padding = padding(1u << below(3));
    kind.groups = groups_;
    return kind;
  }

  template <class Kind>
  Kind pool() {
    vertical_.dilation = horizontal_.dilation = 1;
    Kind kind;
    kind.pool = {vertical_.kernel, horizontal_.kernel};
    if (below(2) == 0) {
      vertical_.stride = vertical_.kernel, horizontal_.stride = horizontal_.kernel;
    } else {
      kind.strides = {vertical_.stride, horizontal_.stride};
    }
    kind.padding = padding(1u << below(3));
    return kind;
  }

  void fuse(Axis& axis) {
    axis.pool = 1 + below(3);
    axis.pool_stride = axis.pool + below(2);
  }

  Connectivity choose() {
    switch (below(7)) {
      case 0: return convolution<Conv2D>();
      case 1: return sequence();
      case 2: vertical_.transposed = horizontal_.transposed = true; return convolution<Conv2DTranspose>();
      case 3: return pool<AvgPool2D>();
      case 4: return pool<MaxPool2D>();
      case 5: {
        fuse(vertical_), fuse(horizontal_);
        AvgPoolConv2D kind = convolution<AvgPoolConv2D>();
        kind.pool = {vertical_.pool, horizontal_.pool};
        kind.pool_strides = {vertical_.pool_stride, horizontal_.pool_stride};
        return kind;
      }
      default: return dense();
    }
  }

  Connectivity sequence() {
    is_sequence_ = true;
    horizontal_ = {};
    return Conv1D{.filters = filters_,
                  .kernel = vertical_.kernel,
                  .stride = vertical_.stride,
                  .padding = padding(1u << below(2)),
                  .dilation = vertical_.dilation,
                  .groups = groups_};
  }

  // As a kernel of the size of the pooled image.
  Connectivity dense() {
    for (Axis* axis : {&vertical_, &horizontal_}) {
      fuse(*axis);
      *axis = {.source = axis->source, .pool = axis->pool, .pool_stride = axis->pool_stride};
      axis->kernel = axis->pool > axis->source ? 1 : Axis::places(axis->source, axis->pool, axis->pool_stride);
    }
    dense_targets_ = 1 + below(5);
    return AvgPoolDense2D{.pool = {vertical_.pool, horizontal_.pool},
                          .strides = {vertical_.pool_stride, horizontal_.pool_stride}};
  }

  std::mt19937 random_;
  Axis vertical_, horizontal_;
  std::uint32_t channels_ = 1, filters_ = 1, groups_ = 1, dense_targets_ = 0;
  bool is_sequence_ = false;
  mutable bool is_refused_ = false;
  Connectivity kind_;
};

TEST(Patches, AreThoseOfAnEnumeration) {
  std::uint32_t refused = 0;
  constexpr std::uint32_t count = 5000;
  for (std::uint32_t seed = 0; seed < count; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const RandomKernel kernel(seed);
    kernel.check();
    refused += kernel.is_refused();
    if (HasFailure()) return;
  }
  EXPECT_GT(refused, count / 50);
  EXPECT_LT(refused, count / 2);
}

}  // namespace
}  // namespace synfire
