// SPDX-License-Identifier: Apache-2.0
// What a population reads as `input`: frames of values, each shown for some steps.
#pragma once

#include <cstdint>

#include "lower/scope.hpp"
#include "synfire/network.hpp"

namespace synfire::codegen {

class InputFrames {
 public:
  // Declares the buffer of the data.
  InputFrames(LoweringContext& context, const ir::Population& population);

  // Where the frame of this step begins in the buffer; null: at 0.
  Expr begin(Body& body) const;
  // The value of neuron `element` in the frame that begins there; null `element`: the own.
  Expr value(const Expr& begin, const Expr& element) const;
  // Whether all steps have the same values.
  bool is_constant() const { return frames_ == 1; }

 private:
  std::uint32_t frames_, frame_steps_, neurons_;
  ArrayId array_ = 0;
};

}  // namespace synfire::codegen
