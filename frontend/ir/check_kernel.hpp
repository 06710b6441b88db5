// SPDX-License-Identifier: Apache-2.0
// Checks of convolutions and pools; parts of validate_connection.
#pragma once

#include "ir/report.hpp"
#include "synfire/ir/parsed_model.hpp"
#include "synfire/network.hpp"

namespace synfire::ir {

// Checks the geometry, the shape of the target, the weight and the delay.
void check_kernel(const Connection& connection, const Shape& source, const Shape& target, const Report& report);

void check_kernel_storage(const Connection& connection, const Report& report);

// MaxPool2D: the source sends positive spikes only.
void check_pooled_source(const Population& source, const ParsedNeuron& neuron, const Report& report);

}  // namespace synfire::ir
