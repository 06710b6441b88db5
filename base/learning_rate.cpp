// SPDX-License-Identifier: Apache-2.0
#include "synfire/learning_rate.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "synfire/base/readable.hpp"
#include "synfire/base/single.hpp"
#include "synfire/early_stopping.hpp"

namespace synfire {
namespace {

constexpr const char* per_update = "update";
constexpr const char* per_epoch = "epoch";

double count_of(const std::string& per, const TrainingPosition& position) {
  return static_cast<double>(per == per_update ? position.updates : position.epochs);
}

double scheduled(double rate, const TrainingPosition&) { return rate; }

double scheduled(const StepDecay& decay, const TrainingPosition& position) {
  return decay.from * std::pow(decay.factor, std::floor(count_of(decay.per, position) / decay.every));
}

double scheduled(const ExponentialDecay& decay, const TrainingPosition& position) {
  return decay.from * std::pow(decay.factor, count_of(decay.per, position) / decay.every);
}

double scheduled(const CosineDecay& decay, const TrainingPosition& position) {
  const double whole = static_cast<double>(decay.per == per_update ? position.updates_of_run : position.epochs_of_run);
  const double over = std::max(decay.over != 0 ? decay.over : whole, 1.0);
  const double done = std::min(1.0, count_of(decay.per, position) / over);
  return decay.to + (decay.from - decay.to) * (1 + std::cos(std::numbers::pi * done)) / 2;
}

double scheduled(const ReduceOnPlateau& plateau, const TrainingPosition& position) {
  const double reduced = plateau.from * std::pow(plateau.factor, position.reductions);
  return std::max(reduced, std::min(plateau.least, plateau.from));
}

double warmed(double rate, std::uint32_t warm_up, const TrainingPosition& position) {
  if (position.updates >= warm_up) return rate;
  return rate * static_cast<double>(position.updates + 1) / warm_up;
}

std::string number(double value) { return base::decimal(value); }

class Check {
 public:
  Check(std::string path, std::vector<Problem>& problems) : path_(std::move(path)), problems_(problems) {}

  void operator()(double rate) { not_negative("", rate); }
  void operator()(const StepDecay& decay) { check_decay(decay); }
  void operator()(const ExponentialDecay& decay) { check_decay(decay); }
  void operator()(const CosineDecay& decay) {
    positive(".from", decay.from);
    not_negative(".to", decay.to);
    check_per(decay.per);
  }
  void operator()(const ReduceOnPlateau& plateau) {
    positive(".from", plateau.from);
    check_factor(plateau.factor);
    not_negative(".least", plateau.least);
    const EarlyStopping watch{.monitor = plateau.monitor, .patience = plateau.patience, .min_delta = plateau.min_delta};
    for (Problem& problem : problems_of(watch, path_)) problems_.push_back(std::move(problem));
  }

 private:
  template <class Decay>
  void check_decay(const Decay& decay) {
    positive(".from", decay.from);
    check_factor(decay.factor);
    check_per(decay.per);
    if (decay.every < 1) add(".every", "the number is out of range", "≥ 1", "0");
  }

  void not_negative(const std::string& member, double value) { in_range(member, value, value >= 0, "≥ 0"); }
  void positive(const std::string& member, double value) { in_range(member, value, value > 0, "> 0"); }
  void check_factor(double factor) { in_range(".factor", factor, factor >= 0 && factor <= 1, "0 to 1"); }

  void in_range(const std::string& member, double value, bool is_right, const char* expected) {
    if (is_right && base::is_single(value)) return;
    const bool beyond = is_right && std::isfinite(value);
    add(member, beyond ? "the value does not fit in single precision" : "the value is out of range",
        beyond ? base::single_range : expected, number(value));
  }

  void check_per(const std::string& per) {
    if (per == per_update || per == per_epoch) return;
    problems_.push_back({.kind = ProblemKind::unknown_name,
                         .path = path_ + ".per",
                         .message = "unknown unit",
                         .hint = suggest(per, {per_epoch, per_update}),
                         .expected = nearest_name(per, {per_epoch, per_update}),
                         .given = per});
  }

  void add(const std::string& member, const char* message, const char* expected, const std::string& given) {
    problems_.push_back({.kind = ProblemKind::invalid_value,
                         .path = path_ + member,
                         .message = message,
                         .expected = expected,
                         .given = given});
  }

  std::string path_;
  std::vector<Problem>& problems_;
};

std::string text_of(double rate) { return number(rate); }

template <class Decay>
std::string text_of_decay(const char* name, const Decay& decay) {
  return name + (" from " + number(decay.from)) + ", times " + number(decay.factor) + " per " +
         (decay.every == 1 ? std::string{} : std::to_string(decay.every) + " ") + decay.per +
         (decay.every == 1 ? "" : "s");
}
std::string text_of(const StepDecay& decay) { return text_of_decay("step_decay", decay); }
std::string text_of(const ExponentialDecay& decay) { return text_of_decay("exponential_decay", decay); }
std::string text_of(const CosineDecay& decay) {
  return "cosine_decay from " + number(decay.from) + " to " + number(decay.to);
}
std::string text_of(const ReduceOnPlateau& plateau) {
  return "reduce_on_plateau from " + number(plateau.from) + ", times " + number(plateau.factor) + " if " +
         plateau.monitor + " does not improve for " + std::to_string(plateau.patience) + " epochs";
}

}  // namespace

double initial_rate(const LearningRate& rate) {
  return std::visit(
      [](const auto& setting) {
        if constexpr (requires { setting.from; })
          return setting.from;
        else
          return setting;
      },
      rate.setting);
}

bool depends_on_length(const LearningRate& rate) {
  const auto* const cosine = std::get_if<CosineDecay>(&rate.setting);
  return cosine != nullptr && cosine->over == 0;
}

double rate_at(const LearningRate& rate, const TrainingPosition& position) {
  return std::visit(
      [&](const auto& schedule) {
        const double value = scheduled(schedule, position);
        if constexpr (requires { schedule.warm_up; }) return warmed(value, schedule.warm_up, position);
        return value;
      },
      rate.setting);
}

std::vector<Problem> problems_of(const LearningRate& rate, const std::string& path) {
  std::vector<Problem> problems;
  std::visit(Check(path, problems), rate.setting);
  return problems;
}

std::string to_string(const LearningRate& rate) {
  return std::visit(
      [](const auto& schedule) {
        std::string text = text_of(schedule);
        if constexpr (requires { schedule.warm_up; }) {
          if (schedule.warm_up != 0) text += ", " + std::to_string(schedule.warm_up) + " updates of warm-up";
        }
        return text;
      },
      rate.setting);
}

}  // namespace synfire
