// SPDX-License-Identifier: Apache-2.0
// Images: their channels are first in files, (C, H, W), and last in networks, H × W × C. Sequences: (C, L) and L × C.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "synfire/nir.hpp"

namespace synfire::nir {

// By neuron, the element of the node that it is. Empty: neuron k is element k.
using Order = std::vector<std::uint32_t>;

// The shape in networks of an image as in files, and the other way round.
Extents channels_last(const Extents& image);
Extents channels_first(const Extents& image);
// Of an image as in files.
Order order_of(const Extents& image);

// Values of neurons from those of elements, and the other way round.
std::vector<double> by_neuron(const std::vector<double>& elements, const Order& order);
std::vector<double> by_element(const std::vector<double>& neurons, const Order& order);

// c × b × a from a × b × c: kernels are filters × channels × pixels in files, pixels × channels × filters in networks.
std::vector<double> axes_reversed(const std::vector<double>& values, std::size_t a, std::size_t b, std::size_t c);

}  // namespace synfire::nir
