// SPDX-License-Identifier: Apache-2.0
// Losses, which training minimizes. Each is a function of the readout of one output population in one example; training
// uses the mean over the examples of a batch. Losses are texts: nothing here knows one by name.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "synfire/language/expression.hpp"
#include "synfire/losses.hpp"

namespace synfire::codegen {

// A loss with its values and its weight in place.
struct Loss {
  Loss() : Loss(default_loss()) {}
  // Throws ModelError for mistakes in the text.
  Loss(const LossModel& model, double weight = 1.0);  // NOLINT(google-explicit-constructor)
  template <LossStruct T>
  Loss(const T& model) : Loss(model_of(model)) {}  // NOLINT(google-explicit-constructor)

  std::string name;
  Targets targets = Targets::label;
  bool per_step = false;
  std::string readout;        // the one that it needs; empty: any
  language::Expression text;  // over v, y, k, n, label, duration, dt, with reductions
};

// The loss of one output.
struct OutputLoss {
  std::uint32_t population = 0;  // index in the network
  Loss loss;
};

bool takes_label(const Loss& loss);
bool takes_values(const Loss& loss);
bool is_running(const Loss& loss);  // accumulates over the steps
// Its targets are distributions over the neurons.
bool is_categorical(const Loss& loss);
// Whether it is finite, and left alone by them, if some neurons are silent.
bool allows_silence(const Loss& loss);

// A loss per step that adds up neurons: factor · Σ element, of v and y, averaged over the steps.
struct StepText {
  double factor = 1;
  language::Expression element;
};
// Nothing if the loss does not have this form.
std::optional<StepText> step_text(const Loss& loss, std::uint32_t neurons, double dt);
// A loss per step of any other form: its text is evaluated in each step, on the output variables of all neurons.
bool is_joint(const Loss& loss, std::uint32_t neurons, double dt);

// The first-spike-time readout of a silent neuron is below this.
inline constexpr double silent_below = -1e38;
// The logarithm of the share of a silent neuron: that of the smallest normal double.
inline constexpr double silent_log_share = -708.3964;

// The target of a loss: a label, or one value for each neuron.
struct LossTarget {
  std::uint32_t label = 0;
  std::vector<double> values = {};
};

// The loss of one example and its derivative with respect to each readout value, in double and by another method than
// programs use. Silent neurons (v < silent_below) have derivative 0 and are left out of softmaxes, where the logarithm
// of their share is silent_log_share.
struct LossValue {
  double value = 0;
  std::vector<double> derivative;
};
LossValue evaluate(const Loss& loss, std::span<const double> values, const LossTarget& target, double duration,
                   double dt = 1.0);
// The value alone.
double value_of(const Loss& loss, std::span<const double> values, const LossTarget& target, double duration, double dt);
// The mean over the steps; values, the target's values and the derivative: steps × neurons.
LossValue evaluate_steps(const Loss& loss, std::span<const double> values, const LossTarget& target,
                         std::uint32_t neurons, double dt);

}  // namespace synfire::codegen
