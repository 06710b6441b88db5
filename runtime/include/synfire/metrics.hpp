// SPDX-License-Identifier: Apache-2.0
// Metrics: how well readouts agree with targets. Sums are in double, in example order.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "synfire/reference.hpp"
#include "synfire/tensor.hpp"

namespace synfire {

// What a metric compares readouts with.
enum class TargetKind { labels, values };

// Examples with several equal largest readouts: all 0, or first spike times without any spike (silent), and others
// (ties). The first of equals counts, as in NumPy; `right`: how many of both were counted as right.
struct Ambiguity {
  std::size_t ties = 0, silent = 0, right = 0;
  bool any() const { return ties + silent != 0; }
};

class Metric {
 public:
  virtual ~Metric() = default;
  virtual TargetKind target_kind() const = 0;
  // Called once, before the first example: the number of neurons of the output. Throws ModelError if they are too many.
  virtual void set_neurons(std::size_t /*neurons*/) {}
  // Adds one example: its readout and either its class label or its target values.
  virtual void add(std::span<const float> readout, std::size_t label, std::span<const float> target) = 0;
  // The value over all examples added since the last reset; NaN if there were none.
  virtual double value() const = 0;
  // For a metric with more than one number, of which value() is a summary.
  virtual std::optional<Tensor<double>> table() const { return std::nullopt; }
  // For a metric that looks for the largest readout.
  virtual Ambiguity ambiguity() const { return {}; }
  virtual void reset() = 0;

  // Whether larger values are better, for early stopping.
  virtual bool larger_is_better() const { return true; }
  // What has been added so far, as a checkpoint in the middle of an epoch keeps it; nothing: the metric cannot be used
  // with checkpoints.
  virtual std::optional<std::vector<double>> state() const { return std::nullopt; }
  // The reverse. Returns false, and changes nothing, for numbers that state() does not return.
  virtual bool restore(std::span<const double> /*state*/) { return false; }
};

// `sparse_categorical_accuracy`: the share of examples whose largest readout (the first of equals) has the label's
// index.
// `categorical_accuracy`: the same with the index of the largest target as the label.
// `top_5_accuracy`, or another number: the share of examples whose label is among the 5 largest readouts (the first of
// equals before the others).
// `confusion_matrix`: the same value as sparse_categorical_accuracy; its table, neurons × neurons, has the number of
// examples of each label (row) whose largest readout has each index (column). At most 4,096 neurons
// (ModelError). An example whose readout has NaN is wrong, and in no column.
// `mean_square_error`: the mean over examples and neurons of (readout − target)².
// Throws ModelError (unknown_name) with the nearest known name.
std::unique_ptr<Metric> make_metric(const std::string& name);

// That of outputs for which none is chosen, unless they are trained.
inline constexpr const char* default_metric = "sparse_categorical_accuracy";

// As a name: no metric.
inline constexpr const char* no_metric = "none";

// A metric by name, for one output or for all.
struct MetricChoice {
  MetricChoice(const char* metric) : name(metric) {}             // NOLINT(google-explicit-constructor)
  MetricChoice(std::string metric) : name(std::move(metric)) {}  // NOLINT(google-explicit-constructor)
  // A metric of the user's that is not registered: by what name it is reported, and what makes one.
  MetricChoice(std::string metric, std::function<std::unique_ptr<Metric>()> make)
      : name(std::move(metric)), create(std::move(make)) {}
  std::string name;
  std::function<std::unique_ptr<Metric>()> create = {};  // empty: make_metric(name)
};

// The metric of one output.
struct OutputMetric {
  PopulationReference output;
  MetricChoice metric;
};

// One metric for all outputs, or a list of outputs with their metrics; other outputs have the default of what takes
// this.
class Metrics {
 public:
  Metrics() = default;
  template <class T>
  requires std::convertible_to<T, MetricChoice> Metrics(T&& metric)  // NOLINT(*-explicit-*,*-overload)
      : for_all_(MetricChoice(std::forward<T>(metric))) {}
  Metrics(std::initializer_list<OutputMetric> list) : list_(list) {}
  Metrics(std::vector<OutputMetric> list) : list_(std::move(list)) {}  // NOLINT(google-explicit-constructor)

  const std::optional<MetricChoice>& for_all() const { return for_all_; }
  const std::vector<OutputMetric>& list() const { return list_; }

 private:
  std::optional<MetricChoice> for_all_;
  std::vector<OutputMetric> list_;
};

// Adds a metric. Throws ModelError (duplicate_name).
void register_metric(const std::string& name, std::unique_ptr<Metric> (*create)());
std::vector<std::string> metric_names();
// Whether make_metric() knows the name.
bool is_metric(const std::string& name);

}  // namespace synfire
