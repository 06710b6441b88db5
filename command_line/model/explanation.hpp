// SPDX-License-Identifier: Apache-2.0
// How a compiled program uses a machine: schedule, launches, registers, memory.
#pragma once

#include <string>

#include "output.hpp"
#include "synfire/contract/artifact.hpp"

namespace synfire::command_line {

// Numbers of launches on a device.
struct Launches {
  std::size_t of_a_batch = 0;  // for all steps of a batch
  std::size_t of_a_step = 0;   // kernels that each step adds; 0: all steps are in one launch
};
Launches launches_of(const contract::Manifest& manifest);

std::string explain(const contract::Artifact& program);
Json explanation_document(const contract::Artifact& program);

}  // namespace synfire::command_line
