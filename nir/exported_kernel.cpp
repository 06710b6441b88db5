// SPDX-License-Identifier: Apache-2.0
#include "exported_kernel.hpp"

#include <array>
#include <cmath>

#include "exported_neuron.hpp"
#include "images.hpp"
#include "synfire/patches.hpp"

namespace synfire::nir {
namespace {

using Axes = std::vector<PatchAxis>;

Numbers integer(double value) { return {.values = {value}, .stored = Stored::integers}; }

class KernelExporter {
 public:
  KernelExporter(const ir::Connection& connection, const Extents& source, std::size_t targets)
      : connection_(connection), geometry_(patches_of(connection.connectivity, source, targets)) {
    const std::uint32_t channels = geometry_.source_channels;
    const std::size_t height = geometry_.vertical.source, width = geometry_.horizontal.source;
    const bool is_sequence = std::holds_alternative<Conv1D>(connection.connectivity);
    result_.source = is_sequence ? Extents{channels, height} : Extents{channels, height, width};
    result_.target = channels_first(geometry_.target_shape);
  }

  ExportedKernel run() {
    std::visit([&](const auto& kind) { add(kind); }, connection_.connectivity);
    return std::move(result_);
  }

 private:
  [[noreturn]] void refuse(const std::string& message, const std::string& hint = {},
                           const std::string& given = {}) const {
    throw ModelError(Problem{.kind = ProblemKind::unsupported,
                             .path = "connection \"" + connection_.name + "\"",
                             .message = message,
                             .hint = hint,
                             .given = given.empty() ? name_of(connection_.connectivity) : given,
                             .place = connection_.place});
  }

  void add(const Conv1D& kind) {
    const Axes axes{geometry_.vertical};
    result_.nodes.push_back(convolution("Conv1d", axes, kind.padding));
  }
  void add(const Conv2D& kind) {
    const Axes axes{geometry_.vertical, geometry_.horizontal};
    result_.nodes.push_back(convolution("Conv2d", axes, kind.padding));
  }
  void add(const AvgPool2D& kind) {
    const Axes axes{geometry_.vertical, geometry_.horizontal};
    const double weight = weights(1).front();
    const bool is_sum = weight == geometry_.divisor, is_mean = weight == 1;
    result_.nodes.push_back(pool(is_sum && !is_mean ? "SumPool2d" : "AvgPool2d", sizes(axes, &PatchAxis::kernel),
                                 sizes(axes, &PatchAxis::stride), numbers_of(padding(axes, kind.padding))));
    if (is_sum || is_mean) return;
    const std::size_t count = element_count(result_.target);
    result_.nodes.push_back(
        {.name = ".scale",
         .type = "Scale",
         .parameters = {{"scale", Numbers{.shape = result_.target, .values = std::vector<double>(count, weight)}}}});
  }
  void add(const AvgPoolConv2D& kind) {
    Axes axes{geometry_.vertical, geometry_.horizontal};
    result_.nodes.push_back(
        pool("AvgPool2d", sizes(axes, &PatchAxis::pool), sizes(axes, &PatchAxis::pool_stride), numbers_of({0, 0})));
    result_.nodes.back().name = ".pool";
    for (PatchAxis& axis : axes) axis.source = axis.pooled;
    result_.nodes.push_back(convolution("Conv2d", axes, kind.padding));
  }
  template <class Other>
  void add(const Other&) {
    refuse("is of a kind that NIR does not have",
           "kinds that can be written: conv_2d, conv_1d, avg_pool_2d, avg_pool_conv_2d");
  }

  Node convolution(const std::string& type, const Axes& axes, const Padding& given) const {
    Parameters parameters{{"weight", kernel(axes)},
                          {"bias", Numbers{.shape = {geometry_.target_channels},
                                           .values = std::vector<double>(geometry_.target_channels, 0.0)}},
                          {"input_shape", numbers_of(sizes(axes, &PatchAxis::source))},
                          {"stride", numbers_of(sizes(axes, &PatchAxis::stride))},
                          {"dilation", numbers_of(sizes(axes, &PatchAxis::dilation))},
                          {"groups", integer(geometry_.groups)}};
    if (given.mode == "same" && sizes(axes, &PatchAxis::stride) == std::vector<double>(axes.size(), 1.0))
      parameters["padding"] = std::string("same");
    else
      parameters["padding"] = numbers_of(padding(axes, given));
    return {.name = {}, .type = type, .parameters = std::move(parameters)};
  }

  static Node pool(const std::string& type, const std::vector<double>& window, const std::vector<double>& strides,
                   const Numbers& padding) {
    return {.name = {},
            .type = type,
            .parameters = {{"kernel_size", numbers_of(window)}, {"stride", numbers_of(strides)}, {"padding", padding}}};
  }

  static std::vector<double> sizes(const Axes& axes, std::uint32_t PatchAxis::*member) {
    std::vector<double> all;
    for (const PatchAxis& axis : axes) all.push_back(axis.*member);
    return all;
  }

  // Of a sequence one number.
  static Numbers numbers_of(const std::vector<double>& sizes) {
    if (sizes.size() == 1) return integer(sizes.front());
    return {.shape = {sizes.size()}, .values = sizes, .stored = Stored::integers};
  }

  // Pixels on both sides, where those at the end matter no more than those at the start.
  std::vector<double> padding(const Axes& axes, const Padding& given) const {
    for (const PatchAxis& axis : axes) {
      const std::uint64_t extent = std::uint64_t{axis.kernel - 1} * axis.dilation + 1;
      const std::uint64_t padded = axis.source + 2 * std::uint64_t{axis.padding};
      if (padded < extent || (padded - extent) / axis.stride + 1 != axis.target)
        refuse("has a padding that differs between two sides, and that of NIR does not", {},
               given.mode.empty() ? "numbers for each side" : given.mode);
    }
    return sizes(axes, &PatchAxis::padding);
  }

  std::vector<double> weights(std::size_t count) const {
    const auto all = given_values(weight_of(connection_.connectivity), count);
    if (!all) refuse("has weights that are drawn, and a file holds numbers", "give them as an array, or train them");
    return *all;
  }

  // Filters × channels × pixels.
  Numbers kernel(const Axes& axes) const {
    const std::size_t ins = geometry_.channels_per_group(), filters = geometry_.target_channels;
    const std::size_t pixels = geometry_.kernel_elements() / (ins * filters);
    Numbers weight{.shape = {filters, ins},
                   .values = axes_reversed(weights(pixels * ins * filters), pixels, ins, filters)};
    for (const PatchAxis& axis : axes) weight.shape.push_back(axis.kernel);
    for (double& each : weight.values) each = static_cast<double>(static_cast<float>(each));  // as programs use them
    return weight;
  }

  const ir::Connection& connection_;
  PatchGeometry geometry_;
  ExportedKernel result_;
};

}  // namespace

ExportedKernel exported_kernel(const ir::Connection& connection, const Extents& source, std::size_t targets) {
  return KernelExporter(connection, source, targets).run();
}

}  // namespace synfire::nir
