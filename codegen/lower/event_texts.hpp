// SPDX-License-Identifier: Apache-2.0
// Lowers the event code of the models (threshold, reset, on_spike and value of the readout) at any state.
#pragma once

#include <optional>
#include <vector>

#include "lower/lowered_step.hpp"

namespace synfire::codegen {

// A state of the neuron, and the other values that event code reads.
struct Place {
  std::vector<Expr> neuron, readout;  // by state
  Expr time;                          // ms
  Expr current = nullptr;             // `I`, if it is read
};

class EventTexts {
 public:
  // Throws ModelError if the threshold is not a comparison of two numbers.
  explicit EventTexts(LoweredStep& step);

  static bool mention_current(const ir::ParsedNeuron& neuron);
  // Whether the threshold or the reset reads `I`, and it is not constant.
  bool read_current() const { return read_current_; }

  // g, in a local of the given name: the neuron spikes when it reaches 0.
  Expr threshold(const Place& place, const std::string& name, Body& body);
  // The states of the neuron after a spike, and those of the readout.
  std::vector<Expr> reset(const Place& place, Body& body);
  std::vector<Expr> read_spike(const Place& place, Body& body);
  // The readout value at the end. `x`: the neuron's output; null if it has none.
  Expr readout_value(const std::vector<Expr>& readout, const Expr& x, Body& body);

 private:
  void find_threshold();
  void bind(const Place& place);

  LoweredStep& step_;
  std::optional<ir::ParsedReadout> readout_;
  language::Expression threshold_;
  bool read_current_ = false;
};

}  // namespace synfire::codegen
