// SPDX-License-Identifier: Apache-2.0
// Values that the forward pass keeps for the backward pass: per spike on the tape, or per step.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "adjoint/trace.hpp"
#include "lower/lowered_step.hpp"

namespace synfire::codegen {

class KeptValues {
 public:
  explicit KeptValues(LoweredStep& step) : step_(step) {}

  // The value of a forward definition at the current spike of the backward pass, which comes from this tape.
  Expr on_tape(std::uint32_t number, const Trace::Definition& definition);
  // The same in step `step`.
  Expr history(const Trace::Definition& definition, const Expr& step);
  // Call once all are known: adds the stores to the step's body.
  void insert();

 private:
  ArrayId history_of(const Trace::Definition& definition);
  void add(std::size_t statement, Store store);

  LoweredStep& step_;
  std::vector<std::pair<std::size_t, Store>> stores_;
  std::map<std::string, ArrayId> histories_;
};

}  // namespace synfire::codegen
