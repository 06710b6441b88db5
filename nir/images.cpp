// SPDX-License-Identifier: Apache-2.0
#include "images.hpp"

#include <algorithm>

namespace synfire::nir {

Extents channels_last(const Extents& image) {
  Extents shape = image;
  if (!shape.empty()) std::rotate(shape.begin(), shape.begin() + 1, shape.end());
  return shape;
}

Extents channels_first(const Extents& image) {
  Extents shape = image;
  if (!shape.empty()) std::rotate(shape.begin(), shape.end() - 1, shape.end());
  return shape;
}

Order order_of(const Extents& image) {
  if (image.empty()) return {};
  const std::size_t channels = image.front(), pixels = element_count(image) / channels;
  if (channels == 1 || pixels == 1) return {};
  Order order;
  order.reserve(channels * pixels);
  for (std::size_t p = 0; p < pixels; ++p) {
    for (std::size_t c = 0; c < channels; ++c) order.push_back(static_cast<std::uint32_t>(c * pixels + p));
  }
  return order;
}

std::vector<double> by_neuron(const std::vector<double>& elements, const Order& order) {
  if (order.empty()) return elements;
  std::vector<double> neurons(order.size());
  for (std::size_t k = 0; k < order.size(); ++k) neurons[k] = elements[order[k]];
  return neurons;
}

std::vector<double> by_element(const std::vector<double>& neurons, const Order& order) {
  if (order.empty()) return neurons;
  std::vector<double> elements(order.size());
  for (std::size_t k = 0; k < order.size(); ++k) elements[order[k]] = neurons[k];
  return elements;
}

std::vector<double> axes_reversed(const std::vector<double>& values, std::size_t a, std::size_t b, std::size_t c) {
  std::vector<double> result(values.size());
  for (std::size_t i = 0; i < a; ++i) {
    for (std::size_t j = 0; j < b; ++j) {
      for (std::size_t k = 0; k < c; ++k) result[(k * b + j) * a + i] = values[(i * b + j) * c + k];
    }
  }
  return result;
}

}  // namespace synfire::nir
