// SPDX-License-Identifier: Apache-2.0
#include "synfire/patches.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>
#include <vector>

#include "ir/shapes.hpp"

namespace synfire {
namespace {

// Images and kernels have at most this many pixels along an axis, so sums of a few of them fit 32 bits.
constexpr std::uint32_t most_pixels = 1u << 24;

// The problem with a connection, thrown within this file only.
struct Refused {
  Problem problem;
};

[[noreturn]] void refuse(ProblemKind kind, std::string member, std::string message, std::string expected,
                         std::string given, std::string hint = {}) {
  throw Refused{{.kind = kind,
                 .path = std::move(member),
                 .message = std::move(message),
                 .hint = std::move(hint),
                 .expected = std::move(expected),
                 .given = std::move(given)}};
}

std::string in_words(Size2D size) { return std::to_string(size.height) + " × " + std::to_string(size.width); }

void check_range(std::uint32_t value, const std::string& member, const std::string& message) {
  if (value >= 1 && value <= most_pixels) return;
  refuse(ProblemKind::invalid_value, member, message, "≥ 1 and ≤ " + std::to_string(most_pixels),
         std::to_string(value));
}

void check_size(Size2D size, const std::string& member, const std::string& message) {
  check_range(size.height, member, message);
  check_range(size.width, member, message);
}

// ---- Padding

struct Sides {
  std::uint32_t before = 0, after = 0;
};

// The number of pixels of a dilated kernel.
std::uint64_t extent_of(const PatchAxis& axis) { return std::uint64_t{axis.kernel - 1} * axis.dilation + 1; }

// The given pixels on both ends of axis `number` of `axes`.
Sides given_sides(const Padding& padding, std::size_t number, std::size_t axes) {
  const std::vector<std::uint32_t>& pixels = padding.pixels;
  const std::size_t each_side = 2 * axes;
  if (pixels.size() == 1) return {pixels[0], pixels[0]};
  if (pixels.size() == each_side) return {pixels[2 * number], pixels[2 * number + 1]};
  if (axes == 2 && pixels.size() == 2) return {pixels[number], pixels[number]};
  refuse(ProblemKind::invalid_value, ".padding", "the padding has the wrong number of sides",
         axes == 2 ? "1, 2 or 4 numbers" : "1 or 2 numbers", std::to_string(pixels.size()));
}

Sides sides_of(const Padding& padding, const PatchAxis& axis, std::size_t number, std::size_t axes) {
  if (padding.mode.empty()) {
    const Sides sides = given_sides(padding, number, axes);
    if (std::max(sides.before, sides.after) >= extent_of(axis))
      refuse(ProblemKind::invalid_value, ".padding", "the padding is as large as the kernel",
             "less than " + std::to_string(extent_of(axis)) + " pixels",
             std::to_string(std::max(sides.before, sides.after)));
    return sides;
  }
  if (!padding.pixels.empty())
    refuse(ProblemKind::invalid_option, ".padding", "the padding has both a name and numbers",
           "\"valid\", \"same\" or numbers of pixels", padding.mode);
  if (padding.mode == "valid") return {};
  if (padding.mode != "same")
    refuse(ProblemKind::unknown_name, ".padding", "unknown padding \"" + padding.mode + '"',
           "\"valid\", \"same\" or numbers of pixels", padding.mode, suggest(padding.mode, {"valid", "same"}));
  // The smallest padding with which ⌈source / stride⌉ pixels have a whole kernel; the odd pixel is at the end.
  const std::uint64_t target = axis.transposed ? axis.source : (axis.pooled + axis.stride - 1) / axis.stride;
  const std::uint64_t needed = (target - 1) * axis.stride + extent_of(axis);
  const std::uint64_t present = axis.transposed ? std::uint64_t{axis.source} * axis.stride : axis.pooled;
  const auto total = static_cast<std::uint32_t>(needed > present ? needed - present : 0);
  return {total / 2, total - total / 2};
}

// ---- Axes

// Sets `padding` and `target` of an axis whose other members are set.
void settle(PatchAxis& axis, const Padding& padding, std::size_t number, std::size_t axes, const std::string& kernel) {
  if (extent_of(axis) > most_pixels)
    refuse(ProblemKind::invalid_value, ".dilation", "the dilated kernel is too large",
           "at most 16777216 pixels along an axis", std::to_string(extent_of(axis)));
  const Sides sides = sides_of(padding, axis, number, axes);
  axis.padding = sides.before;
  const std::uint64_t around = std::uint64_t{sides.before} + sides.after;
  const std::uint64_t extent = extent_of(axis);
  std::uint64_t target = 0;
  if (axis.transposed) {
    const std::uint64_t whole = padding.mode.empty() ? (std::uint64_t{axis.source} - 1) * axis.stride + extent
                                                     : std::uint64_t{axis.source} * axis.stride +
                                                           (extent > axis.stride ? extent - axis.stride : 0);
    if (whole <= around)
      refuse(ProblemKind::invalid_value, ".padding", "the padding leaves no pixel of the result",
             "less than " + std::to_string(whole) + " on both sides together", std::to_string(around));
    target = whole - around;
  } else {
    const std::uint64_t present = axis.pooled + around;
    if (present < extent)
      refuse(ProblemKind::shape_mismatch, kernel, "the image is smaller than the kernel",
             "at most " + std::to_string(present) + " pixels", std::to_string(extent),
             "use a smaller kernel, or more padding");
    target = (present - extent) / axis.stride + 1;
  }
  if (target > ir::most_neurons)
    refuse(ProblemKind::invalid_value, "", "the result is too large", "at most 2147483647 neurons",
           std::to_string(target) + " pixels along an axis");
  axis.target = static_cast<std::uint32_t>(target);
}

// A pool before the kernel, with windows that do not overlap.
void fuse(PatchAxis& axis, std::uint32_t pool, std::uint32_t stride) {
  if (pool > axis.source)
    refuse(ProblemKind::shape_mismatch, ".pool", "the image is smaller than the pool",
           "at most " + std::to_string(axis.source) + " pixels", std::to_string(pool));
  axis.pool = pool;
  axis.pool_stride = stride;
  axis.pooled = (axis.source - pool) / stride + 1;
}

// ---- Kinds

class Finder {
 public:
  Finder(const Extents& source, std::optional<std::size_t> targets) : source_(source), targets_(targets) {}

  PatchGeometry operator()(const Conv2D& kind) { return convolution(kind, false); }
  PatchGeometry operator()(const Conv2DTranspose& kind) { return convolution(kind, true); }
  PatchGeometry operator()(const Conv1D& kind) {
    read_sequence();
    check_range(kind.kernel, ".kernel", "the size of the kernel is out of range");
    check_range(kind.stride, ".stride", "the stride is out of range");
    check_range(kind.dilation, ".dilation", "the dilation is out of range");
    set(geometry_.vertical, kind.kernel, kind.stride, kind.dilation, false);
    settle(geometry_.vertical, kind.padding, 0, 1, ".kernel");
    filter(kind.filters, kind.groups);
    geometry_.kernel_shape = {kind.kernel, geometry_.channels_per_group(), kind.filters};
    return finished({geometry_.vertical.target, geometry_.target_channels});
  }
  PatchGeometry operator()(const AvgPool2D& kind) {
    pool(kind);
    geometry_.divisor = static_cast<double>(kind.pool.height) * kind.pool.width;
    return image();
  }
  PatchGeometry operator()(const MaxPool2D& kind) {
    pool(kind);
    return image();
  }
  PatchGeometry operator()(const AvgPoolConv2D& kind) {
    read_image();
    fuse_pool(kind.pool, kind.pool_strides, ".pool_strides");
    return convolve(kind, false);
  }
  // A kernel of the size of the pooled image has one result for each filter.
  PatchGeometry operator()(const AvgPoolDense2D& kind) {
    read_image();
    fuse_pool(kind.pool, kind.strides, ".strides");
    if (!targets_)
      refuse(ProblemKind::missing_shape, "", "the number of targets is not known", "a shape of the target", "unset",
             "set the shape of the target population, or use an array of weights");
    if (*targets_ > ir::most_neurons) throw std::logic_error("too many targets");
    for (PatchAxis* axis : {&geometry_.vertical, &geometry_.horizontal}) axis->kernel = axis->pooled;
    geometry_.target_channels = static_cast<std::uint32_t>(*targets_);
    geometry_.kernel_shape = {
        std::size_t{geometry_.vertical.pooled} * geometry_.horizontal.pooled * geometry_.source_channels, *targets_};
    return finished({*targets_});
  }
  template <class Other>
  PatchGeometry operator()(const Other&) {
    throw std::logic_error("not a kernel");
  }

 private:
  static std::uint32_t pixels(std::size_t extent) {
    if (extent > most_pixels)
      refuse(ProblemKind::invalid_value, "", "the image is too large", "at most 16777216 pixels along an axis",
             std::to_string(extent));
    return static_cast<std::uint32_t>(extent);
  }

  void read_image() {
    if (source_.size() != 2 && source_.size() != 3)
      refuse(ProblemKind::shape_mismatch, ".source", "the source is not an image", "height × width × channels",
             to_string(Shape(source_)), "give the source population such a shape");
    set_source(geometry_.vertical, source_[0]);
    set_source(geometry_.horizontal, source_[1]);
    if (source_.size() == 3) geometry_.source_channels = pixels(source_[2]);
  }

  void read_sequence() {
    if (source_.size() != 1 && source_.size() != 2)
      refuse(ProblemKind::shape_mismatch, ".source", "the source is not a sequence", "length × channels",
             to_string(Shape(source_)), "give the source population such a shape");
    set_source(geometry_.vertical, source_[0]);
    if (source_.size() == 2) geometry_.source_channels = pixels(source_[1]);
  }

  static void set_source(PatchAxis& axis, std::size_t extent) { axis.source = axis.pooled = pixels(extent); }

  static void set(PatchAxis& axis, std::uint32_t kernel, std::uint32_t stride, std::uint32_t dilation,
                  bool transposed) {
    axis.kernel = kernel;
    axis.stride = stride;
    axis.dilation = dilation;
    axis.transposed = transposed;
  }

  template <class Kind>
  PatchGeometry convolution(const Kind& kind, bool transposed) {
    read_image();
    return convolve(kind, transposed);
  }

  template <class Kind>
  PatchGeometry convolve(const Kind& kind, bool transposed) {
    check_size(kind.kernel, ".kernel", "the size of the kernel is out of range");
    check_size(kind.strides, ".strides", "the strides are out of range");
    check_size(kind.dilation, ".dilation", "the dilation is out of range");
    set(geometry_.vertical, kind.kernel.height, kind.strides.height, kind.dilation.height, transposed);
    set(geometry_.horizontal, kind.kernel.width, kind.strides.width, kind.dilation.width, transposed);
    settle(geometry_.vertical, kind.padding, 0, 2, ".kernel");
    settle(geometry_.horizontal, kind.padding, 1, 2, ".kernel");
    filter(kind.filters, kind.groups);
    geometry_.kernel_shape = {kind.kernel.height, kind.kernel.width, geometry_.channels_per_group(), kind.filters};
    return image();
  }

  void filter(std::uint32_t filters, std::uint32_t groups) {
    check_range(filters, ".filters", "the number of filters is out of range");
    check_range(groups, ".groups", "the number of groups is out of range");
    const std::uint32_t channels = geometry_.source_channels;
    if (channels % groups != 0 || filters % groups != 0)
      refuse(ProblemKind::invalid_value, ".groups", "the groups do not divide the channels and the filters",
             "a divisor of " + std::to_string(channels) + " channels and " + std::to_string(filters) + " filters",
             std::to_string(groups));
    geometry_.groups = groups;
    geometry_.target_channels = filters;
  }

  // Each channel is a group of its own with one filter.
  template <class Kind>
  void pool(const Kind& kind) {
    read_image();
    check_size(kind.pool, ".pool", "the size of the pool is out of range");
    const Size2D strides = kind.strides == Size2D{} ? kind.pool : kind.strides;
    check_size(strides, ".strides", "the strides are out of range");
    set(geometry_.vertical, kind.pool.height, strides.height, 1, false);
    set(geometry_.horizontal, kind.pool.width, strides.width, 1, false);
    settle(geometry_.vertical, kind.padding, 0, 2, ".pool");
    settle(geometry_.horizontal, kind.padding, 1, 2, ".pool");
    geometry_.groups = geometry_.target_channels = geometry_.source_channels;
    geometry_.has_kernel = false;
  }

  void fuse_pool(Size2D pool, Size2D given, const std::string& member) {
    check_size(pool, ".pool", "the size of the pool is out of range");
    const Size2D strides = given == Size2D{} ? pool : given;
    if (strides.height < pool.height || strides.width < pool.width)
      refuse(ProblemKind::invalid_value, member, "the windows of the pool overlap", "at least " + in_words(pool),
             in_words(strides), "use AvgPool2D into a population of its own, then the other connection");
    check_size(strides, member, "the strides are out of range");
    fuse(geometry_.vertical, pool.height, strides.height);
    fuse(geometry_.horizontal, pool.width, strides.width);
    geometry_.divisor = static_cast<double>(pool.height) * pool.width;
  }

  PatchGeometry image() {
    return finished({geometry_.vertical.target, geometry_.horizontal.target, geometry_.target_channels});
  }

  PatchGeometry finished(Extents target) {
    geometry_.target_shape = std::move(target);
    if (!ir::size_of(geometry_.target_shape))
      refuse(ProblemKind::invalid_value, "", "the result is too large", "at most 2147483647 neurons",
             to_string(Shape(geometry_.target_shape)));
    if (geometry_.has_kernel && !ir::size_of(geometry_.kernel_shape))
      refuse(ProblemKind::invalid_value, "", "the kernel is too large", "at most 2147483647 weights",
             to_string(Shape(geometry_.kernel_shape)));
    return std::move(geometry_);
  }

  const Extents& source_;
  std::optional<std::size_t> targets_;
  PatchGeometry geometry_;
};

// Pairs of a source and a target pixel.
double pairs_of(const PatchAxis& axis) {
  double pairs = 0;
  for (std::uint64_t a = 0; a < axis.kernel; ++a) {
    const std::uint64_t from = axis.transposed ? axis.pooled : axis.target,
                        to = axis.transposed ? axis.target : axis.pooled;
    // z in [0, from) with padding ≤ z·stride + a·dilation < padding + to.
    const std::uint64_t offset = a * axis.dilation;
    const std::uint64_t first = offset >= axis.padding ? 0 : (axis.padding - offset + axis.stride - 1) / axis.stride;
    const std::uint64_t limit = std::uint64_t{axis.padding} + to;
    const std::uint64_t end = offset >= limit ? 0 : std::min(from, (limit - offset + axis.stride - 1) / axis.stride);
    pairs += end > first ? static_cast<double>(end - first) : 0;
  }
  return pairs * axis.pool;
}

}  // namespace

double PatchGeometry::synapses() const {
  return pairs_of(vertical) * pairs_of(horizontal) * source_channels * filters_per_group();
}

PatchResult find_patches(const Connectivity& connectivity, const Shape& source, const Shape& target) {
  if (!ir::size_of(source)) return {};
  try {
    const Extents extents = source.extents();
    std::optional<std::size_t> targets = ir::size_of(target);
    const auto* dense = std::get_if<AvgPoolDense2D>(&connectivity);
    if (!targets && dense != nullptr && dense->weight.is_array() && dense->weight.array().shape().size() == 2)
      targets = ir::size_of(Extents{dense->weight.array().shape()[1]});
    return {std::visit(Finder(extents, targets), connectivity), std::nullopt};
  } catch (Refused& refused) {
    return {std::nullopt, std::move(refused.problem)};
  }
}

PatchGeometry patches_of(const Connectivity& connectivity, const Extents& source, std::size_t targets) {
  const PatchResult found = find_patches(connectivity, source, Extents{targets});
  if (!found.geometry) throw std::logic_error("the connection is not valid: " + found.problem->message);
  return *found.geometry;
}

}  // namespace synfire
