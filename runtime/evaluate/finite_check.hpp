// SPDX-License-Identifier: Apache-2.0
// Finds where a state stopped being finite.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "synfire/error.hpp"
#include "synfire/runtime/executor.hpp"

namespace synfire::runtime {

// Runs the first `steps` steps of the batch again and returns what is not finite afterward.
using RunAgain = std::function<std::optional<Executor::NonFinite>(std::uint32_t steps)>;

// Hints for a run, and for a session.
extern const char* const finite_hint_of_runs;
extern const char* const finite_hint_of_sessions;

// `found` is in example `first_example` + found.example and began in a step before `end`. If `again` can run the steps
// before, searches for the step; else reports the steps [begin, end).
Problem describe_non_finite(Executor::NonFinite found, std::size_t first_example, std::uint32_t begin,
                            std::uint32_t end, const RunAgain& again, const char* hint = finite_hint_of_runs);

// A readout that is not finite although all states are; `values` are those of one example.
std::optional<Problem> check_readout(const std::string& population, std::size_t example, std::span<const float> values);

}  // namespace synfire::runtime
