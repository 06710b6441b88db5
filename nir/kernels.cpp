// SPDX-License-Identifier: Apache-2.0
#include "kernels.hpp"

#include <algorithm>

#include "images.hpp"
#include "parameters.hpp"
#include "shapes.hpp"
#include "synfire/patches.hpp"

namespace synfire::nir {
namespace {

Size2D size(const std::array<std::size_t, 2>& pixels) {
  return {static_cast<std::uint32_t>(pixels[0]), static_cast<std::uint32_t>(pixels[1])};
}

Extents image(const Node& node, std::size_t channels, const std::array<std::size_t, 2>& pixels) {
  if (node.type == "Conv1d") return {channels, pixels[1]};
  return {channels, pixels[0], pixels[1]};
}

Padding padding_of(const Node& node, const Window& window) {
  const std::string* text = find_text(node.parameters, "padding");
  if (text != nullptr && *text == "same") return "same";
  const Size2D before = size(window.before);
  if (before == Size2D{}) return {};
  if (node.type == "Conv1d") return before.width;
  return {before.height, before.width};
}

Tensor<float> weights_of(const Node& node, const Window& window, double factor) {
  const std::size_t ins = window.channels_in / window.groups, pixels = window.kernel[0] * window.kernel[1];
  std::vector<double> weights = axes_reversed(numbers(node, "weight").values, window.channels_out, ins, pixels);
  for (double& each : weights) each *= factor;
  Extents shape{window.kernel[0], window.kernel[1], ins, window.channels_out};
  if (node.type == "Conv1d") shape.erase(shape.begin());
  return {shape, std::vector<float>(weights.begin(), weights.end())};
}

Connectivity convolution(const Node& node, const Window& window) {
  const auto filters = static_cast<std::uint32_t>(window.channels_out);
  const auto groups = static_cast<std::uint32_t>(window.groups);
  const Size2D kernel = size(window.kernel), stride = size(window.stride), dilation = size(window.dilation);
  if (node.type == "Conv1d")
    return Conv1D{.filters = filters,
                  .kernel = kernel.width,
                  .stride = stride.width,
                  .padding = padding_of(node, window),
                  .dilation = dilation.width,
                  .groups = groups,
                  .weight = weights_of(node, window, 1)};
  return Conv2D{.filters = filters,
                .kernel = kernel,
                .strides = stride,
                .padding = padding_of(node, window),
                .dilation = dilation,
                .groups = groups,
                .weight = weights_of(node, window, 1)};
}

// By how much a pool exceeds the mean of its windows.
double gain_of(const Node& node, const Window& window) {
  return node.type == "SumPool2d" ? static_cast<double>(window.kernel[0] * window.kernel[1]) : 1.0;
}

Connectivity pool(const Node& node, const Window& window, double factor) {
  return AvgPool2D{.pool = size(window.kernel),
                   .strides = size(window.stride),
                   .padding = padding_of(node, window),
                   .weight = frozen(static_cast<double>(static_cast<float>(gain_of(node, window) * factor)))};
}

std::optional<Connectivity> fused(const Node& pool, const Window& windows, const Node& node, const Window& window,
                                  double factor) {
  if (image(pool, windows.channels_out, windows.out) != image(node, window.channels_in, window.in) ||
      windows.before != std::array<std::size_t, 2>{0, 0} || padding_of(pool, windows) != Padding{} ||
      windows.stride[0] < windows.kernel[0] || windows.stride[1] < windows.kernel[1])
    return std::nullopt;
  return AvgPoolConv2D{.pool = size(windows.kernel),
                       .pool_strides = size(windows.stride),
                       .filters = static_cast<std::uint32_t>(window.channels_out),
                       .kernel = size(window.kernel),
                       .strides = size(window.stride),
                       .padding = padding_of(node, window),
                       .dilation = size(window.dilation),
                       .groups = static_cast<std::uint32_t>(window.groups),
                       .weight = weights_of(node, window, gain_of(pool, windows) * factor)};
}

}  // namespace

std::optional<Kernel> kernel_of(const Graph& graph, const Kernels& kernels) {
  const Node &first = graph.nodes[kernels.nodes.front()], &last = graph.nodes[kernels.nodes.back()];
  const Window before = window_of(first, first.input_shape), window = window_of(last, last.input_shape);
  std::optional<Connectivity> connectivity;
  if (kernels.nodes.size() == 2)
    connectivity = fused(first, before, last, window, kernels.factor);
  else if (first.type.starts_with("Conv"))
    connectivity = convolution(first, window);
  else
    connectivity = pool(first, window, kernels.factor);
  if (!connectivity) return std::nullopt;
  Kernel kernel{*std::move(connectivity), image(first, before.channels_in, before.in),
                image(last, window.channels_out, window.out)};
  const Extents target = channels_last(kernel.target);
  const PatchResult found = find_patches(kernel.connectivity, channels_last(kernel.source), target);
  if (!found.geometry || found.geometry->target_shape != target) return std::nullopt;
  return kernel;
}

bool is_zero(const Graph& graph, const Kernels& kernels) {
  const auto zero = [&](double each) { return static_cast<float>(each * kernels.factor) == 0; };
  const Numbers* weight = find_numbers(graph.nodes[kernels.nodes.back()].parameters, "weight");
  return weight == nullptr ? zero(1) : std::all_of(weight->values.begin(), weight->values.end(), zero);
}

}  // namespace synfire::nir
