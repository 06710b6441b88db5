// SPDX-License-Identifier: Apache-2.0
// Learning rates: a number, or a schedule that says how it changes in the course of a training run.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "synfire/error.hpp"

namespace synfire {

// Each schedule begins at `from`. A count n is that of the updates or of the epochs (`per`) of the run that are over; a
// run is one call of train(), with all its interruptions. `warm_up`: the number of updates in which the rate first
// rises linearly, to what the schedule says then; they are part of the count.

// from · factor^⌊n / every⌋
struct StepDecay {
  double from = 1e-3;         // > 0
  double factor = 0.1;        // 0 to 1
  std::uint32_t every = 30;   // ≥ 1
  std::string per = "epoch";  // "epoch" or "update"
  std::uint32_t warm_up = 0;
  bool operator==(const StepDecay&) const = default;
};

// from · factor^(n / every)
struct ExponentialDecay {
  double from = 1e-3;         // > 0
  double factor = 0.95;       // 0 to 1
  std::uint32_t every = 1;    // ≥ 1
  std::string per = "epoch";  // "epoch" or "update"
  std::uint32_t warm_up = 0;
  bool operator==(const ExponentialDecay&) const = default;
};

// to + (from − to)·(1 + cos(π·min(1, n / over))) / 2 (Loshchilov & Hutter 2017, without restarts)
struct CosineDecay {
  double from = 1e-3;          // > 0
  double to = 0;               // ≥ 0
  std::uint32_t over = 0;      // 0: the whole run
  std::string per = "update";  // "epoch" or "update"
  std::uint32_t warm_up = 0;
  bool operator==(const CosineDecay&) const = default;
};

// from · factor^k, where k grows by one after each `patience` epochs in a row without improvement of what `monitor`
// names (as in EarlyStopping); never below `least`.
struct ReduceOnPlateau {
  double from = 1e-3;          // > 0
  double factor = 0.1;         // 0 to 1
  std::uint32_t patience = 5;  // ≥ 1
  double min_delta = 0;        // only changes by more than this are improvements, ≥ 0
  double least = 0;            // ≥ 0
  std::string monitor = "validation.loss";
  std::uint32_t warm_up = 0;
  bool operator==(const ReduceOnPlateau&) const = default;
};

using Schedule = std::variant<StepDecay, ExponentialDecay, CosineDecay, ReduceOnPlateau>;

// A number, or a schedule.
struct LearningRate {
  std::variant<double, StepDecay, ExponentialDecay, CosineDecay, ReduceOnPlateau> setting = 0.0;

  LearningRate() = default;
  LearningRate(double rate) : setting(rate) {}  // NOLINT(google-explicit-constructor)
  template <class T>
  requires std::constructible_from<Schedule, T> &&(!std::convertible_to<T, double>)LearningRate(T schedule)
      : setting(std::move(schedule)) {}  // NOLINT(google-explicit-constructor)

  bool operator==(const LearningRate&) const = default;
  bool is_schedule() const { return setting.index() != 0; }
};

// Where a run is.
struct TrainingPosition {
  std::uint64_t updates = 0;         // that are over
  std::uint64_t updates_of_run = 0;  // if all epochs run
  std::uint32_t epochs = 0;          // that are over
  std::uint32_t epochs_of_run = 0;
  std::uint32_t reductions = 0;  // k of ReduceOnPlateau
};

// At the beginning of a run, without a warm-up.
double initial_rate(const LearningRate& rate);
double rate_at(const LearningRate& rate, const TrainingPosition& position);
// Whether it depends on how long the run is.
bool depends_on_length(const LearningRate& rate);

// Problems that do not depend on a network. The path of each begins with `path`.
std::vector<Problem> problems_of(const LearningRate& rate, const std::string& path);

// For people: 0.001, or "cosine_decay from 0.01 to 0.0001".
std::string to_string(const LearningRate& rate);

}  // namespace synfire
