// SPDX-License-Identifier: Apache-2.0
// Convolutions and pools between two populations as connectivity, with weights that stay shared.
#pragma once

#include <optional>

#include "linear_forms.hpp"
#include "synfire/connectivity.hpp"

namespace synfire::nir {

struct Kernel {
  Connectivity connectivity;  // without delay
  Extents source, target;     // images, as in files
};

// Of a form's term that has kernels. Nothing if connectivity cannot express them: a convolution after a pool whose
// windows overlap or have padding, or padding as large as the kernel (synfire/patches.hpp).
std::optional<Kernel> kernel_of(const Graph& graph, const Kernels& kernels);

// Whether all of its weights are 0 in single precision.
bool is_zero(const Graph& graph, const Kernels& kernels);

}  // namespace synfire::nir
