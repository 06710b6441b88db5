// SPDX-License-Identifier: Apache-2.0
// What the forward pass keeps for the backward one: on the tape of spikes, or in each step.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adjoint/trace.hpp"
#include "lower/lowered_step.hpp"

namespace synfire::codegen {

class KeptValues {
 public:
  // `tape`: that of the population's spikes, if it has one.
  KeptValues(LoweredStep& step, std::optional<std::uint32_t> tape) : step_(step), tape_(tape) {}

  // The value that a definition of the forward pass has at the spike that the backward pass is at.
  Expr on_tape(const Trace::Definition& definition);
  // The same in a step.
  Expr history(const Trace::Definition& definition, const Expr& step);
  // Once all are known: has the step's body keep them.
  void insert();

 private:
  ArrayId history_of(const Trace::Definition& definition);
  void add(std::size_t statement, Store store);

  LoweredStep& step_;
  std::optional<std::uint32_t> tape_;
  std::vector<std::pair<std::size_t, Store>> stores_;
  std::map<std::string, ArrayId> histories_;
};

}  // namespace synfire::codegen
