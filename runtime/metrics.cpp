// SPDX-License-Identifier: Apache-2.0
#include "synfire/metrics.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <string_view>

#include "synfire/error.hpp"

namespace synfire {
namespace {

double quotient(double sum, std::size_t count) {
  return count == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(count);
}

// Counts in the state of a metric; nothing if one of the numbers is none.
template <std::size_t n>
std::optional<std::array<std::size_t, n>> counts_in(std::span<const double> state) {
  std::array<std::size_t, n> counts{};
  if (state.size() != n) return std::nullopt;
  for (std::size_t i = 0; i < n; ++i) {
    if (!(state[i] >= 0) || state[i] > 0x1p53 || state[i] != std::floor(state[i])) return std::nullopt;
    counts[i] = static_cast<std::size_t>(state[i]);
  }
  return counts;
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
  std::optional<std::vector<double>> state() const override {
    std::vector<double> state;
    for (const std::size_t count : {examples_, right_, ambiguity_.ties, ambiguity_.silent, ambiguity_.right})
      state.push_back(static_cast<double>(count));
    return state;
  }
  bool restore(std::span<const double> state) override {
    const auto counts = counts_in<5>(state);
    if (!counts) return false;
    examples_ = (*counts)[0];
    right_ = (*counts)[1];
    ambiguity_ = {.ties = (*counts)[2], .silent = (*counts)[3], .right = (*counts)[4]};
    return true;
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

// Of equal readouts the first ranks highest.
class TopAccuracy : public Metric {
 public:
  explicit TopAccuracy(std::size_t k) : k_(k) {}
  TargetKind target_kind() const override { return TargetKind::labels; }

  void add(std::span<const float> readout, std::size_t label, std::span<const float>) override {
    ++examples_;
    if (label >= readout.size()) return;
    if (std::any_of(readout.begin(), readout.end(), [](float x) { return std::isnan(x); })) return;
    std::size_t rank = 0;
    for (std::size_t i = 0; i < readout.size(); ++i)
      rank += readout[i] > readout[label] || (readout[i] == readout[label] && i < label) ? 1 : 0;
    if (rank < k_) ++right_;
  }
  double value() const override { return quotient(static_cast<double>(right_), examples_); }
  void reset() override { examples_ = right_ = 0; }
  std::optional<std::vector<double>> state() const override {
    return std::vector<double>{static_cast<double>(examples_), static_cast<double>(right_)};
  }
  bool restore(std::span<const double> state) override {
    const auto counts = counts_in<2>(state);
    if (!counts) return false;
    examples_ = (*counts)[0];
    right_ = (*counts)[1];
    return true;
  }

 private:
  std::size_t k_, examples_ = 0, right_ = 0;
};

// k of `top_k_accuracy`; 0 for any other name.
std::size_t top_of(std::string_view name) {
  constexpr std::string_view before = "top_", after = "_accuracy";
  if (!name.starts_with(before) || !name.ends_with(after) || name.size() <= before.size() + after.size()) return 0;
  name.remove_prefix(before.size());
  name.remove_suffix(after.size());
  std::uint32_t k = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), k);
  return error == std::errc{} && end == name.data() + name.size() && name.front() != '0' ? k : 0;
}

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
  bool larger_is_better() const override { return false; }
  std::optional<std::vector<double>> state() const override {
    return std::vector<double>{sum_, static_cast<double>(count_)};
  }
  bool restore(std::span<const double> state) override {
    if (state.size() != 2 || !(state[0] >= 0) || !std::isfinite(state[0])) return false;
    const auto counts = counts_in<1>(state.subspan(1));
    if (!counts) return false;
    sum_ = state[0];
    count_ = counts->front();
    return true;
  }

 private:
  double sum_ = 0;
  std::size_t count_ = 0;
};

class ConfusionMatrix : public SparseCategoricalAccuracy {
 public:
  void set_neurons(std::size_t neurons) override {
    if (neurons == classes_) return;
    if (neurons > most_classes) {
      throw ModelError({.kind = ProblemKind::unsupported,
                        .path = "metric",
                        .message = "the output has too many neurons for a confusion matrix",
                        .hint = "use sparse_categorical_accuracy",
                        .expected = "at most " + std::to_string(most_classes),
                        .given = std::to_string(neurons)});
    }
    classes_ = neurons;
    counts_.assign(neurons * neurons, 0.0);
  }
  void add(std::span<const float> readout, std::size_t label, std::span<const float> target) override {
    set_neurons(readout.size());
    SparseCategoricalAccuracy::add(readout, label, target);
    if (label >= classes_ || std::any_of(readout.begin(), readout.end(), [](float x) { return std::isnan(x); })) return;
    const auto largest = static_cast<std::size_t>(std::max_element(readout.begin(), readout.end()) - readout.begin());
    counts_[label * classes_ + largest] += 1;
  }
  std::optional<Tensor<double>> table() const override { return Tensor<double>({classes_, classes_}, counts_); }
  void reset() override {
    SparseCategoricalAccuracy::reset();
    std::fill(counts_.begin(), counts_.end(), 0.0);
  }
  std::optional<std::vector<double>> state() const override {
    std::vector<double> state = *SparseCategoricalAccuracy::state();
    state.insert(state.end(), counts_.begin(), counts_.end());
    return state;
  }
  bool restore(std::span<const double> state) override {
    if (state.size() < of_accuracy) return false;
    const std::span<const double> counts = state.subspan(of_accuracy);
    const auto classes = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(counts.size()))));
    if (classes > most_classes || classes * classes != counts.size()) return false;
    if (classes_ != 0 && classes != classes_) return false;
    if (!std::all_of(counts.begin(), counts.end(), [](double count) { return counts_in<1>({&count, 1}); }))
      return false;
    if (!SparseCategoricalAccuracy::restore(state.first(of_accuracy))) return false;
    classes_ = classes;
    counts_.assign(counts.begin(), counts.end());
    return true;
  }

 private:
  static constexpr std::size_t of_accuracy = 5, most_classes = 4096;

  std::size_t classes_ = 0;     // 0: not known yet
  std::vector<double> counts_;  // label × largest
};

template <class T>
std::unique_ptr<Metric> create() {
  return std::make_unique<T>();
}

struct Registry {
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<Metric> (*)()> metrics = {
      {"categorical_accuracy", &create<CategoricalAccuracy>},
      {"confusion_matrix", &create<ConfusionMatrix>},
      {"mean_square_error", &create<MeanSquareError>},
      {"sparse_categorical_accuracy", &create<SparseCategoricalAccuracy>},
      {"top_5_accuracy", []() -> std::unique_ptr<Metric> { return std::make_unique<TopAccuracy>(5); }}};
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
  if (const std::size_t k = top_of(name)) return std::make_unique<TopAccuracy>(k);
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

bool is_metric(const std::string& name) {
  const std::vector<std::string> names = metric_names();
  return top_of(name) != 0 || std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace synfire
