// SPDX-License-Identifier: Apache-2.0
// Numbers that an optimizer needs once per update: functions of the number of the update alone, such as Adam's
// 1 / (1 − beta1^step). The runtime computes them in double precision and passes them to synfire_update.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace synfire::contract {

// A program for a stack: each instruction takes its operands from it, the last one from the top, and leaves its result.
struct StepTerm {
  struct Instruction {
    std::string operation;       // "number", "step", or what apply_in_double() knows
    std::uint32_t operands = 0;  // how many it takes
    double number = 0;           // of "number"
    bool operator==(const Instruction&) const = default;
  };
  std::vector<Instruction> code;
  bool operator==(const StepTerm&) const = default;
};

// The most terms of a program: their place is in UpdateHeader.
inline constexpr std::size_t most_step_terms = 8;

// `step`: the number of the update, from 1.
double evaluate(const StepTerm& term, std::uint64_t step);

// A function or operator of the model language in double precision; conditions are 0 and 1, `if` takes condition, then,
// otherwise. Random and structural functions have no value: throws std::logic_error.
double apply_in_double(std::string_view operation, std::span<const double> operands);
// Whether apply_in_double() knows it.
bool can_apply(std::string_view operation);

}  // namespace synfire::contract
