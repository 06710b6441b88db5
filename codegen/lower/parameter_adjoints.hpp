// SPDX-License-Identifier: Apache-2.0
// The gradients of trained parameters and initial values. The backward pass sums over an example the derivatives with
// respect to the coefficients that contain trained parameters; at its end the gradients follow from these sums and the
// slopes of the coefficients. Sums have one element per neuron.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adjoint/reverse.hpp"
#include "lower/lowered_step.hpp"

namespace synfire::codegen {

class ParameterAdjoints {
 public:
  explicit ParameterAdjoints(LoweredStep& step);

  // The arrays that a derivation treats as values.
  const std::set<ArrayId>& arrays() const { return step_.context.trained; }

  // Collects derivatives, times `factor` (null: 1), until `store` adds them to the sums. `at_spikes`: in a phase over
  // spikes.
  void add(const Reverse& reverse, const Expr& factor = nullptr);
  void add(const std::map<ArrayId, Expr>& derivatives, const Expr& factor);
  void store(bool at_spikes, Body& out);
  // In place of `store` where the sums begin.
  void begin(Body& out);
  // After the backward pass: adds the gradients to those of the slot. `initial`: the adjoint of a state at the start,
  // of a synapse or of the neuron. Returns the sum of all times 0, which is not 0 if one is not finite; null if there
  // are none.
  using InitialAdjoint = std::function<ArrayId(std::optional<std::size_t> synapse, const std::string& state)>;
  Expr finish(const InitialAdjoint& initial, Body& out, std::vector<LoweredParameter>& parameters);

 private:
  ArrayId sum_of(ArrayId coefficient);
  Expr gradient_of(Scope& scope, const TrainedParameter& parameter, Body& out);
  Expr slope(Scope& scope, const TrainedCoefficient& coefficient, const std::string& parameter);
  void prepare(Scope& scope, const std::string& owner);

  LoweredStep& step_;
  std::map<ArrayId, ArrayId> sums_;  // by coefficient
  std::map<ArrayId, Expr> pending_;
  struct Slope {
    language::Expression formula;
    ArrayId array;
    bool shared;
  };
  std::map<std::string, Slope> slopes_;  // of the scope at hand, by formula
};

}  // namespace synfire::codegen
