// SPDX-License-Identifier: Apache-2.0
// What graded populations send, in double.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "synfire/codegen/gradcheck.hpp"
#include "synfire/network.hpp"

namespace synfire::codegen::reference {

// By step and neuron of a graded population.
std::vector<double> sent_values(const ir::Network& network, std::size_t population, const ExampleData& example,
                                std::uint32_t timesteps, double dt, std::uint64_t seed);

}  // namespace synfire::codegen::reference
