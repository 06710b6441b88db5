// SPDX-License-Identifier: Apache-2.0
// Losses, which training minimizes. Each is a function of the readout of one output population in one example; training
// uses the mean over the examples of a batch.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace synfire::codegen {

// With v the readout of the output's neurons, c the label, y the targets, T the duration of the example in ms, and
// t = −v where the readout is the first spike time.
enum class LossKind {
  sparse_categorical_crossentropy,  // −ln softmax(v / temperature)_c
  categorical_crossentropy,         // −Σ y_k ln softmax(v / temperature)_k; one-hot or soft targets
  mean_square_error,  // ½ Σ (v_k − y_k)²; per_step: ½ mean over steps of Σ (x_k − y_k)², x the output variable
  relative_mean_square_error,  // ½ Σ_{k≠c} (t_k − t_c − delta)², over neurons that spike (Mostafa 2017)
  time_to_first_spike_crossentropy,  // −ln softmax(−t/temperature)_c + alpha / (1.01·T − t_c) (Wunderlich & Pehle 2021)
};

struct Loss {
  LossKind kind = LossKind::sparse_categorical_crossentropy;
  double temperature = 1.0;  // > 0
  double alpha = 0.01;       // ≥ 0
  double delta = 1.0;        // ms
  bool per_step = false;     // mean_square_error only
  bool operator==(const Loss&) const = default;
};

// The loss of one output.
struct OutputLoss {
  std::uint32_t population = 0;  // index in the network
  Loss loss;
};

std::string_view to_string(LossKind kind);

bool takes_label(const Loss& loss);        // else targets
bool takes_spike_times(const Loss& loss);  // the readout must be a first spike time
bool is_running(const Loss& loss);         // accumulates over the steps

// The first-spike-time readout of a silent neuron is below this.
inline constexpr double silent_below = -1e38;

// The target of a loss: a label, or one value for each neuron.
struct LossTarget {
  std::uint32_t label = 0;
  std::vector<double> values = {};
};

// The loss of one example and its derivative with respect to each readout value. Silent neurons (v < silent_below) have
// derivative 0 and are left out of softmaxes. A silent correct neuron counts: its softmax is taken as the smallest
// normal double, and its alpha term as if it spiked at the end of the example.
struct LossValue {
  double value = 0;
  std::vector<double> derivative;
};
LossValue evaluate(const Loss& loss, std::span<const double> values, const LossTarget& target, double duration);

}  // namespace synfire::codegen
