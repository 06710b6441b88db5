// SPDX-License-Identifier: Apache-2.0
// What a compiled program does with a machine: schedule, launches, registers, memory.
#pragma once

#include <string>

#include "output.hpp"
#include "synfire/contract/artifact.hpp"

namespace synfire::command_line {

// How often a device is told to start something.
struct Launches {
  std::size_t of_a_batch = 0;  // for all steps of the examples of a batch
  std::size_t of_a_step = 0;   // kernels that each step adds; 0: all steps are in one launch
};
Launches launches_of(const contract::Manifest& manifest);

std::string explain(const contract::Artifact& program);
Json explanation_document(const contract::Artifact& program);

}  // namespace synfire::command_line
