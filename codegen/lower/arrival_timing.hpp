// SPDX-License-Identifier: Apache-2.0
// How the loss falls when what arrives in a step arrives later: by connection, for a unit of weight and each ms.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "adjoint/reverse.hpp"
#include "lower/traced_step.hpp"

namespace synfire::codegen {

class ArrivalTiming {
 public:
  // `triggered`: η of the spike that the arrivals of the step set off, for a unit of weight. Values are read of `trace`;
  // statements go to `out`.
  ArrivalTiming(TracedStep& traced, const LearningRequest& request, std::optional<ArrayId> triggered, Trace& trace,
                Body& out)
      : traced_(traced), request_(request), triggered_(triggered), trace_(trace), out_(out) {}

  // `flow` has gone back through the step; λ is what it started from.
  void lower(const Reverse& flow, const Values& lambda, const Values& readout_lambda);

 private:
  // Extrema that what arrives makes: their values are ones at a time that moves. Of several arrivals each has its share.
  std::vector<Expr> timing_of_extrema(const Reverse& flow, const Values& readout_lambda);
  // One at the start of the step, as the flow turns or a jump goes against it.
  void add_timing_of_turn(std::size_t m, const Expr& lambda, std::vector<Expr>& timing);
  // One at the end of the step, that a jump has made and the flow leaves. Where the neuron spikes, that event has it.
  void add_timing_of_peak(std::size_t m, const Expr& lambda, std::vector<Expr>& timing);
  // By how much a unit of weight over each connection, and all that arrives, brings an extremum forward at once.
  std::pair<Values, Expr> rises_by_jumps(std::size_t m, const Extremum& here);
  void share_among_jumps(const Expr& condition, const Expr& pull, const Values& rises, const Expr& rise,
                         std::vector<Expr>& timing) const;
  // In the direction of the extremum: of a minimum, the negative.
  Expr towards(std::size_t m, const Expr& value) const;
  // λ·F b at the start of the step, b what a unit of weight adds to the states of the synapse.
  Expr timing_of_states(std::size_t c, const Reverse& flow);
  // The same where f bends within the jump: (λ·f after it − λ·f before it) / arriving, each with the λ of its side.
  Expr secant_of_states(std::size_t c, const Reverse& flow);
  // The same for what jumps in the neuron itself, at the end of the step; λ is that before extrema are read.
  Expr timing_of_jump(std::size_t c, const Values& lambda, const Values& readout_lambda);

  TracedStep& traced_;
  const LearningRequest& request_;
  std::optional<ArrayId> triggered_;
  Trace& trace_;
  Body& out_;
};

}  // namespace synfire::codegen
