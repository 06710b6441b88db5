// SPDX-License-Identifier: Apache-2.0
// Connections of graded populations. What they send in a step is weighted and added up by each target neuron, over the
// sources in order from 0, and put into a ring: it arrives in the same step as a spike would. If all steps send the
// same, this is done once. Populations with state have steps like any other, after which they send.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lower/input_frames.hpp"
#include "lower/scope.hpp"
#include "synfire/network.hpp"

namespace synfire::codegen {

// A connection from a graded population.
struct GradedConnection {
  std::size_t index = 0;             // in the network
  Pattern pattern = Pattern::dense;  // or one_to_one, kernel
  std::uint32_t sources = 0, targets = 0;
  std::uint32_t age = 1;           // as in DeliverPhase
  std::optional<ArrayId> weights;  // as in DeliverPhase
  float weight = 0;
  std::shared_ptr<const PatchGeometry> patches = {};  // of a kernel
  ArrayId arriving = 0;                               // a ring of `ring_depth()` slots
  // One more than the steps until arrival, so the slot of this step can be read meanwhile.
  std::uint32_t ring_depth() const { return age + 1; }
};

struct GradedPhases {
  std::vector<Phase> before, step, after;
};

class GradedLowering {
 public:
  GradedLowering(LoweringContext& context, const ir::Network& network) : context_(context), network_(network) {}

  // Declares the input of each graded population.
  void declare_inputs();
  // Before the first step, and in each step: before the target's step, or, if the source has state, after its own.
  GradedPhases deliver(const GradedConnection& connection);
  // What a population with state sends after its step, by neuron.
  std::optional<ArrayId> sent_after_step(std::uint32_t population) const;
  // Of the backward pass: adds to the gradient of the weights. `lambda`: the derivative with respect to arrivals, a
  // ring of `depth` slots.
  GradedPhases deliver_back(const GradedConnection& connection, ArrayId gradient, ArrayId lambda, std::uint32_t depth);

 private:
  struct Source {
    std::unique_ptr<Scope> scope;
    std::optional<InputFrames> frames;
    language::Expression value;
    bool is_constant = true;                     // over the steps
    std::optional<ArrayId> sent = std::nullopt;  // by neuron, if it has state: then there is nothing else
  };
  Source& source_of(const GradedConnection& connection);
  // What neuron `element` sends in this step; null: the one with the number of this neuron.
  Expr sent_by(const Expr& element, Source& source, Body& body) const;
  Expr weighted_sum(const GradedConnection& connection, Body& body);
  Expr weighted_patch(const GradedConnection& connection, Body& body);
  // Through a kernel each entry belongs to a thread, which reads `factor_of(target)` of all targets.
  void add_kernel_gradient(const GradedConnection& connection, ArrayId gradient,
                           const std::function<Expr(const Expr& target)>& factor_of, Body& body);
  GradedPhases kernel_back(const GradedConnection& connection, ArrayId gradient, ArrayId lambda, std::uint32_t depth);
  void add_gradient(const GradedConnection& connection, ArrayId gradient, const Expr& factor, Body& body);
  ArrayId array(const std::string& name, const std::string& comment, std::uint32_t extent, bool scattered = false);

  LoweringContext& context_;
  const ir::Network& network_;
  std::map<std::uint32_t, Source> sources_;
};

}  // namespace synfire::codegen
