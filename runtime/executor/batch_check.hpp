// SPDX-License-Identifier: Apache-2.0
// Whether a batch fits the program that runs it. Callers check the data of users, with names and places; these checks
// keep a program from reading past its buffers.
#pragma once

#include <cstdint>

#include "synfire/contract/artifact.hpp"
#include "synfire/runtime/executor.hpp"

namespace synfire::runtime {

// Throws DataError with all problems.
void check_batch(const Batch& batch, const contract::Manifest& manifest, std::uint32_t batch_size);

// Whether state is carried only if it exists. Throws RunError.
void check_carried_state(const Batch& batch, const contract::Manifest& manifest, std::uint32_t saved_examples);

// Whether inputs that are used again exist. Throws RunError.
void check_same_inputs(const Batch& batch, std::uint32_t bound_examples);

}  // namespace synfire::runtime
