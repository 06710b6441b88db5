// SPDX-License-Identifier: Apache-2.0
#include "synfire/codegen/losses.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace synfire::codegen {
namespace {

bool is_silent(double value) { return value < silent_below; }

struct Softmax {
  std::vector<double> share;  // 0 for silent neurons
  std::vector<double> log_share;
};

Softmax softmax(std::span<const double> values, double temperature) {
  double largest = -std::numeric_limits<double>::infinity();
  for (const double v : values) {
    if (!is_silent(v)) largest = std::max(largest, v);
  }
  double total = 0;
  for (const double v : values) {
    if (!is_silent(v)) total += std::exp((v - largest) / temperature);
  }
  Softmax result;
  for (const double v : values) {
    const double log_share =
        is_silent(v) ? std::log(std::numeric_limits<double>::min()) : (v - largest) / temperature - std::log(total);
    result.log_share.push_back(log_share);
    result.share.push_back(is_silent(v) ? 0 : std::exp(log_share));
  }
  return result;
}

// −Σ y_k ln softmax_k
LossValue crossentropy(std::span<const double> values, std::span<const double> weights, double temperature) {
  const Softmax p = softmax(values, temperature);
  LossValue result{0, std::vector<double>(values.size(), 0.0)};
  double spread = 0;  // total weight of the neurons that are not silent
  for (std::size_t k = 0; k < values.size(); ++k) {
    if (weights[k] != 0) result.value -= weights[k] * p.log_share[k];
    if (!is_silent(values[k])) spread += weights[k];
  }
  for (std::size_t k = 0; k < values.size(); ++k) {
    if (!is_silent(values[k])) result.derivative[k] = (spread * p.share[k] - weights[k]) / temperature;
  }
  return result;
}

LossValue sparse_crossentropy(std::span<const double> values, std::uint32_t label, double temperature) {
  std::vector<double> one_hot(values.size(), 0.0);
  one_hot[label] = 1;
  return crossentropy(values, one_hot, temperature);
}

LossValue first_spike_crossentropy(const Loss& loss, std::span<const double> values, std::uint32_t label,
                                   double duration) {
  LossValue result = sparse_crossentropy(values, label, loss.temperature);
  const bool silent = is_silent(values[label]);
  const double margin = 1.01 * duration - (silent ? duration : -values[label]);
  result.value += loss.alpha / margin;
  if (!silent) result.derivative[label] -= loss.alpha / (margin * margin);
  return result;
}

LossValue square_error(std::span<const double> values, std::span<const double> targets) {
  LossValue result{0, {}};
  for (std::size_t k = 0; k < values.size(); ++k) {
    const double difference = values[k] - targets[k];
    result.value += 0.5 * difference * difference;
    result.derivative.push_back(difference);
  }
  return result;
}

// In times t = −v. Pairs with a silent neuron do not count.
LossValue relative_square_error(std::span<const double> values, std::uint32_t label, double delta) {
  LossValue result{0, std::vector<double>(values.size(), 0.0)};
  if (is_silent(values[label])) return result;
  for (std::size_t k = 0; k < values.size(); ++k) {
    if (k == label || is_silent(values[k])) continue;
    const double difference = values[label] - values[k] - delta;  // t_k − t_c − δ
    result.value += 0.5 * difference * difference;
    result.derivative[label] += difference;
    result.derivative[k] -= difference;
  }
  return result;
}

}  // namespace

std::string_view to_string(LossKind kind) {
  switch (kind) {
    case LossKind::sparse_categorical_crossentropy: return "sparse_categorical_crossentropy";
    case LossKind::categorical_crossentropy: return "categorical_crossentropy";
    case LossKind::mean_square_error: return "mean_square_error";
    case LossKind::relative_mean_square_error: return "relative_mean_square_error";
    case LossKind::time_to_first_spike_crossentropy: return "time_to_first_spike_crossentropy";
  }
  return "";
}

bool takes_label(const Loss& loss) {
  return loss.kind != LossKind::categorical_crossentropy && loss.kind != LossKind::mean_square_error;
}

bool takes_spike_times(const Loss& loss) {
  return loss.kind == LossKind::relative_mean_square_error || loss.kind == LossKind::time_to_first_spike_crossentropy;
}

bool is_running(const Loss& loss) { return loss.kind == LossKind::mean_square_error && loss.per_step; }

LossValue evaluate(const Loss& loss, std::span<const double> values, const LossTarget& target, double duration) {
  switch (loss.kind) {
    case LossKind::sparse_categorical_crossentropy: return sparse_crossentropy(values, target.label, loss.temperature);
    case LossKind::categorical_crossentropy: return crossentropy(values, target.values, loss.temperature);
    case LossKind::mean_square_error: return square_error(values, target.values);
    case LossKind::relative_mean_square_error: return relative_square_error(values, target.label, loss.delta);
    case LossKind::time_to_first_spike_crossentropy:
      return first_spike_crossentropy(loss, values, target.label, duration);
  }
  return {};
}

}  // namespace synfire::codegen
