// SPDX-License-Identifier: Apache-2.0
#include "shapes.hpp"

#include <algorithm>
#include <cmath>

#include "parameters.hpp"

namespace synfire::nir {
namespace {

// Beyond any layer; products of two such numbers do not overflow.
constexpr double largest_size = 1 << 24;

std::size_t size(double value, const std::string& parameter, double least) {
  if (!(value >= least) || value > largest_size || value != std::floor(value))
    throw Mismatch{parameter, "is not a size", "an integer of " + std::to_string(static_cast<long>(least)) + " to 2^24",
                   std::to_string(value)};
  return static_cast<std::size_t>(value);
}

// Of `axes` axes: one number for all, or one for each.
std::array<std::size_t, 2> sizes(const Node& node, const std::string& name, std::size_t axes, double least,
                                 std::size_t otherwise) {
  const Numbers* found = find_numbers(node.parameters, name);
  std::array<std::size_t, 2> result{otherwise, otherwise};
  if (found == nullptr) return result;
  if (found->values.size() != 1 && found->values.size() != axes)
    throw Mismatch{name, "has the wrong number of elements", std::to_string(axes), to_string(found->shape)};
  for (std::size_t k = 0; k < axes; ++k)
    result[k] = size(found->values.size() == 1 ? found->values[0] : found->values[k], name, least);
  return result;
}

// Padding before and after an axis that keeps its length; an odd one has the longer part after.
void pad(const Node& node, Window& window, std::size_t axes, std::array<std::size_t, 2>& both) {
  const std::string* text = find_text(node.parameters, "padding");
  if (text == nullptr) {
    window.before = sizes(node, "padding", axes, 0, 0);
    for (std::size_t k = 0; k < axes; ++k) both[k] = 2 * window.before[k];
  } else if (*text == "same") {
    for (std::size_t k = 0; k < axes; ++k) {
      if (window.stride[k] != 1) throw Mismatch{"padding", "\"same\" needs a stride of 1", "1", {}};
      both[k] = window.dilation[k] * (window.kernel[k] - 1);
      window.before[k] = both[k] / 2;
    }
  } else if (*text != "valid") {
    throw Mismatch{"padding", "is unknown", "numbers, \"same\" or \"valid\"", *text};
  }
}

void finish(const Node& node, Window& window, std::size_t axes) {
  std::array<std::size_t, 2> both{0, 0};
  pad(node, window, axes, both);
  for (std::size_t k = 0; k < axes; ++k) {
    const std::size_t covered = window.dilation[k] * (window.kernel[k] - 1) + 1, padded = window.in[k] + both[k];
    if (covered > padded)
      throw Mismatch{"", "the window is larger than its padded input", std::to_string(padded), std::to_string(covered)};
    window.out[k] = (padded - covered) / window.stride[k] + 1;
  }
  if (axes == 1) {  // the length is the width
    for (auto member :
         {&Window::in, &Window::out, &Window::kernel, &Window::stride, &Window::dilation, &Window::before})
      (window.*member)[1] = (window.*member)[0];
    for (auto member : {&Window::in, &Window::out, &Window::kernel, &Window::stride, &Window::dilation})
      (window.*member)[0] = 1;
    window.before[0] = 0;
  }
}

Window convolution(const Node& node, const Extents& input, std::size_t axes) {
  const Extents& weight = numbers(node, "weight").shape;
  if (weight.size() != axes + 2)
    throw Mismatch{"weight", "has the wrong number of axes", std::to_string(axes + 2), to_string(weight)};
  Window window;
  window.groups = sizes(node, "groups", 1, 1, 1)[0];
  window.channels_out = weight[0];
  window.channels_in = weight[1] * window.groups;
  if (window.channels_out == 0 || window.channels_in == 0 || window.channels_out % window.groups != 0)
    throw Mismatch{"groups", "does not divide the channels", {}, to_string(weight)};
  for (std::size_t k = 0; k < axes; ++k) {
    window.kernel[k] = size(static_cast<double>(weight[2 + k]), "weight", 1);
    window.in[k] = input[1 + k];
  }
  window.stride = sizes(node, "stride", axes, 1, 1);
  window.dilation = sizes(node, "dilation", axes, 1, 1);
  finish(node, window, axes);
  return window;
}

Window pooling(const Node& node, const Extents& input) {
  Window window;
  window.channels_in = window.channels_out = window.groups = input[0];
  window.kernel = sizes(node, "kernel_size", 2, 1, 1);
  window.stride = sizes(node, "stride", 2, 1, 1);
  window.in = {input[1], input[2]};
  finish(node, window, 2);
  return window;
}

// The input that a convolution claims, where nothing before it says what it is.
Extents claimed_input(const Node& node, std::size_t axes) {
  const Numbers* shape = find_numbers(node.parameters, "input_shape");
  const Numbers* weight = find_numbers(node.parameters, "weight");
  if (shape == nullptr || shape->values.size() != axes || weight == nullptr || weight->shape.size() != axes + 2)
    return {};
  Extents input{weight->shape[1] * sizes(node, "groups", 1, 1, 1)[0]};
  for (const double extent : shape->values) input.push_back(size(extent, "input_shape", 1));
  return input;
}

// Without ones in front: a batch of one.
Extents without_batch(Extents shape, std::size_t axes) {
  while (shape.size() > axes && shape.front() == 1) shape.erase(shape.begin());
  return shape;
}

Extents window_output(const Node& node, Extents input) {
  const std::size_t axes = node.type == "Conv1d" ? 1 : 2;
  if (input.empty() && node.type.starts_with("Conv")) input = claimed_input(node, axes);
  if (input.empty()) return {};
  const Window window = window_of(node, input);
  if (axes == 1) return {window.channels_out, window.out[1]};
  return {window.channels_out, window.out[0], window.out[1]};
}

Extents matrix_output(const Node& node, const Extents& input) {
  const Extents weight = without_batch(numbers(node, "weight").shape, 2);
  if (weight.size() != 2)
    throw Mismatch{"weight", "is not a matrix of outputs and inputs", "2 axes",
                   to_string(numbers(node, "weight").shape)};
  if (!input.empty() && element_count(input) != weight[1])
    throw Mismatch{"weight", "does not fit the input", std::to_string(element_count(input)) + " inputs",
                   std::to_string(weight[1])};
  const Numbers* bias = find_numbers(node.parameters, "bias");
  if (bias != nullptr && bias->values.size() != 1 && bias->values.size() != weight[0])
    throw Mismatch{"bias", "does not fit the weights", std::to_string(weight[0]), to_string(bias->shape)};
  return {weight[0]};
}

Extents flattened(const Node& node, const Extents& input) {
  if (input.empty()) return {};
  const auto axis = [&](const std::string& name, double otherwise) {
    double value = element(node, name, 0, otherwise);
    if (value < 0) value += static_cast<double>(input.size());
    if (value != std::floor(value) || value < 0) throw Mismatch{name, "is not an axis", {}, std::to_string(value)};
    return static_cast<std::size_t>(std::min(value, static_cast<double>(input.size() - 1)));
  };
  const std::size_t first = axis("start_dim", 0), last = std::max(first, axis("end_dim", -1));
  Extents output(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(first));
  std::size_t joined = 1;
  for (std::size_t k = first; k <= last; ++k) joined *= input[k];
  output.push_back(joined);
  output.insert(output.end(), input.begin() + static_cast<std::ptrdiff_t>(last) + 1, input.end());
  return output;
}

// Of nodes that have one parameter per element.
Extents elementwise(const Node& node, const Extents& input) {
  Extents own;
  for (const auto& [name, value] : node.parameters) {
    const auto* array = std::get_if<Numbers>(&value);
    if (array == nullptr || array->shape.empty()) continue;
    if (!own.empty() && element_count(own) != array->values.size())
      throw Mismatch{name, "has another shape than the other parameters", to_string(own), to_string(array->shape)};
    own = array->shape;
  }
  if (input.empty()) return own;
  if (!own.empty() && element_count(own) != element_count(input))
    throw Mismatch{"", "the parameters do not fit the input", to_string(input), to_string(own)};
  // Shapes of neurons may have a batch of one in front.
  return own.empty() || without_batch(own, input.size()) == input ? input : own;
}

Extents given_shape(const Node& node) {
  Extents shape;
  for (const double extent : numbers(node, "shape").values) shape.push_back(size(extent, "shape", 1));
  if (shape.empty()) shape = {1};
  return shape;
}

}  // namespace

Window window_of(const Node& node, const Extents& given) {
  const std::size_t axes = node.type == "Conv1d" ? 1 : 2;
  const Extents input = without_batch(given, axes + 1);
  if (input.size() != axes + 1)
    throw Mismatch{
        "", "needs an input with the axes " + std::string(axes == 1 ? "channel, length" : "channel, height, width"),
        std::to_string(axes + 1) + " axes", to_string(given)};
  const Window window = node.type.starts_with("Conv") ? convolution(node, input, axes) : pooling(node, input);
  if (window.channels_in != input[0])
    throw Mismatch{"weight", "does not fit the channels of the input", std::to_string(input[0]),
                   std::to_string(window.channels_in)};
  const Numbers* bias = find_numbers(node.parameters, "bias");
  if (bias != nullptr && bias->values.size() != 1 && bias->values.size() != window.channels_out)
    throw Mismatch{"bias", "does not fit the weights", std::to_string(window.channels_out), to_string(bias->shape)};
  return window;
}

Extents output_shape_of(const Node& node, const Extents& input) {
  Extents output;
  if (node.type == "Input")
    output = given_shape(node);
  else if (node.type == "Output")
    output = input;
  else if (node.type == "Affine" || node.type == "Linear")
    output = matrix_output(node, input);
  else if (node.type == "Flatten")
    output = flattened(node, input);
  else if (node.type.starts_with("Conv") || node.type.ends_with("Pool2d"))
    output = window_output(node, input);
  else
    output = elementwise(node, input);
  double elements = 1;
  for (const std::size_t extent : output) elements *= static_cast<double>(extent);
  if (elements > largest_size) throw Mismatch{"", "has too many elements", "at most 2^24", to_string(output)};
  if (elements < 1) throw Mismatch{"", "has no elements", {}, to_string(output)};
  return output;
}

}  // namespace synfire::nir
