// SPDX-License-Identifier: Apache-2.0
// Printers: turn a program in which every decision has been made into the source text of one backend.
#pragma once

#include <string>

#include "synfire/codegen/program.hpp"

namespace synfire::codegen {

// CUDA source of a program after block_passes: schedule `trial`, one example per block.
std::string print_cuda(const Program& program);
// Host C++ source of a program after host_passes: schedule `trial`, one example after the other.
std::string print_host(const Program& program);

// The same after grid_passes and host_step_passes: schedule `step`.
std::string print_cuda_steps(const Program& program);
std::string print_host_steps(const Program& program);

// The same for training programs: schedule `trial`, the examples of a gradient slot one after the other.
std::string print_cuda_training(const Program& program);
std::string print_host_training(const Program& program);

// Arrays that are buffers of the artifact, in kernel-argument order.
std::vector<ArrayId> buffer_order(const Program& program);

}  // namespace synfire::codegen
