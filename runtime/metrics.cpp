// SPDX-License-Identifier: Apache-2.0
#include "synfire/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>

#include "synfire/error.hpp"

namespace synfire {
namespace {

double quotient(double sum, std::size_t count) {
  return count == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(count);
}

// first_spike_time returns the lowest number if there is no spike.
bool is_silent(float value) { return value == 0 || value == std::numeric_limits<float>::lowest(); }

class SparseCategoricalAccuracy : public Metric {
 public:
  TargetKind target_kind() const override { return TargetKind::labels; }

  // A readout with NaN has no largest element: it is wrong whatever the label.
  void add(std::span<const float> readout, std::size_t label, std::span<const float>) override {
    ++examples_;
    const bool ordered = std::none_of(readout.begin(), readout.end(), [](float x) { return std::isnan(x); });
    const auto largest = static_cast<std::size_t>(std::max_element(readout.begin(), readout.end()) - readout.begin());
    const bool right = ordered && largest == label;
    if (right) ++right_;
    if (ordered && readout.size() > 1) look_for_equals(readout, readout[largest], right);
  }
  double value() const override { return quotient(static_cast<double>(right_), examples_); }
  Ambiguity ambiguity() const override { return ambiguity_; }
  void reset() override {
    examples_ = right_ = 0;
    ambiguity_ = {};
  }

 private:
  void look_for_equals(std::span<const float> readout, float largest, bool right) {
    const auto equal = static_cast<std::size_t>(std::count(readout.begin(), readout.end(), largest));
    if (equal < 2) return;
    const bool silent = std::all_of(readout.begin(), readout.end(), is_silent);
    ++(silent ? ambiguity_.silent : ambiguity_.ties);
    if (right) ++ambiguity_.right;
  }

  Ambiguity ambiguity_;
  std::size_t examples_ = 0;
  std::size_t right_ = 0;
};

class CategoricalAccuracy : public SparseCategoricalAccuracy {
 public:
  TargetKind target_kind() const override { return TargetKind::values; }
  void add(std::span<const float> readout, std::size_t, std::span<const float> target) override {
    const auto largest = std::max_element(target.begin(), target.end()) - target.begin();
    SparseCategoricalAccuracy::add(readout, static_cast<std::size_t>(largest), {});
  }
};

class MeanSquareError : public Metric {
 public:
  TargetKind target_kind() const override { return TargetKind::values; }

  void add(std::span<const float> readout, std::size_t, std::span<const float> target) override {
    for (std::size_t i = 0; i < readout.size(); ++i) {
      const double difference = static_cast<double>(readout[i]) - static_cast<double>(target[i]);
      sum_ += difference * difference;
    }
    count_ += readout.size();
  }
  double value() const override { return quotient(sum_, count_); }
  void reset() override {
    sum_ = 0;
    count_ = 0;
  }

 private:
  double sum_ = 0;
  std::size_t count_ = 0;
};

template <class T>
std::unique_ptr<Metric> create() {
  return std::make_unique<T>();
}

struct Registry {
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<Metric> (*)()> metrics = {
      {"categorical_accuracy", &create<CategoricalAccuracy>},
      {"mean_square_error", &create<MeanSquareError>},
      {"sparse_categorical_accuracy", &create<SparseCategoricalAccuracy>}};
};

Registry& registry() {
  static Registry metrics;
  return metrics;
}

}  // namespace

std::unique_ptr<Metric> make_metric(const std::string& name) {
  {
    const std::lock_guard lock(registry().mutex);
    const auto found = registry().metrics.find(name);
    if (found != registry().metrics.end()) return found->second();
  }
  throw ModelError({.kind = ProblemKind::unknown_name,
                    .path = "metric",
                    .message = "unknown metric \"" + name + "\"",
                    .hint = suggest(name, metric_names()),
                    .expected = nearest_name(name, metric_names()),
                    .given = name});
}

void register_metric(const std::string& name, std::unique_ptr<Metric> (*create_metric)()) {
  const std::lock_guard lock(registry().mutex);
  if (registry().metrics.emplace(name, create_metric).second) return;
  throw ModelError({.kind = ProblemKind::duplicate_name,
                    .path = "metric",
                    .message = "the metric is already registered",
                    .given = name});
}

std::vector<std::string> metric_names() {
  const std::lock_guard lock(registry().mutex);
  std::vector<std::string> names;
  for (const auto& [name, create_metric] : registry().metrics) names.push_back(name);
  return names;
}

}  // namespace synfire
