// SPDX-License-Identifier: Apache-2.0
// A population as a hybrid system, at any state: ẋ = f(x), threshold, jumps. The equations are those of the models' texts, in
// continuous time: per_step(x) is the rate x / dt₀, the mean over a step of what flows is what it is now.
#pragma once

#include <optional>
#include <vector>

#include "lower/lowered_step.hpp"

namespace synfire::codegen {

class ContinuousEquations {
 public:
  // `nominal_dt`: dt₀, ms. Throws ModelError where a text has no continuous meaning.
  ContinuousEquations(LoweredStep& step, double nominal_dt);

  // Whether spikes of incoming connection `c` act on the neuron at once, past the synapse's own states.
  bool is_direct(std::size_t c) const { return direct_[c] != nullptr; }
  bool has_direct_arrivals() const;
  // Whether f is affine in the states of the synapse: then a jump of any size changes it by its derivative.
  bool is_affine(std::size_t c) const;

  // The state at which everything below is taken: those of the neuron, those of each synapse, and the time.
  void bind(const std::vector<Expr>& neuron, const std::vector<std::vector<Expr>>& synapses, const Expr& time);

  // f of all states, those of the neuron first, then those of the synapses, then those of the readout; null is 0.
  std::vector<Expr> rates(Body& body);
  // g: the neuron spikes when it reaches 0.
  Expr threshold(Body& body);
  // The neuron's states after a spike.
  std::vector<Expr> reset(Body& body);
  // Those of the readout, given what they are before.
  std::vector<Expr> read_spike(const std::vector<Expr>& readout, Body& body);
  // Whether a state of the readout is the largest or smallest value that something takes.
  bool is_extremum(std::size_t readout_state) const { return extremum(readout_state) != nullptr; }
  bool is_maximum(std::size_t readout_state) const { return extremum(readout_state)->function == "max"; }
  // That something, at the place that was bound last.
  Expr extremum_of(std::size_t readout_state, Body& body);
  // `x`: the neuron's output; null where there is none.
  Expr readout_value(const std::vector<Expr>& readout, const Expr& x, Body& body);
  // c₁: what a unit of arriving weight adds to `I` in its step.
  Expr current_of_arriving(std::size_t c, Body& body);

 private:
  const language::Call* extremum(std::size_t readout_state) const;
  language::Expression continuous(const Scope& scope, const language::Expression& expression) const;
  void split_current(const LoweredSynapse& synapse);
  void find_threshold();
  Expr rate(Scope& scope, const std::vector<language::Equation>& dynamics, const std::string& variable, Body& body);
  void bind_current(Body& body);
  void bind_readout();
  Expr readout_rate(const std::string& variable, Body& body);
  Expr output() const;

  LoweredStep& step_;
  double nominal_dt_;
  std::optional<ir::ParsedReadout> readout_;
  std::vector<language::Expression> current_, direct_;  // by incoming connection: c₀, c₁ (null: 0)
  language::Expression threshold_;
  Expr time_;
};

}  // namespace synfire::codegen
