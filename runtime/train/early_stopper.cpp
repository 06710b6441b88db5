// SPDX-License-Identifier: Apache-2.0
#include "train/early_stopper.hpp"

#include <algorithm>
#include <cmath>

namespace synfire::runtime {
namespace {

constexpr const char* loss_measure = "loss";

class MonitorCheck {
 public:
  MonitorCheck(const std::vector<ChosenMetric>& metrics, const PopulationIndex& index, std::string path)
      : metrics_(metrics), index_(index), path_(std::move(path)) {}

  // The metric that the monitor means; null for a loss.
  const ChosenMetric* find(const Monitor& monitor, const std::string& text) const {
    std::vector<const ChosenMetric*> outputs;
    std::vector<std::string> known;
    for (const ChosenMetric& each : metrics_) {
      known.push_back(name_of(each));
      if (monitor.output.empty() || monitor.output == known.back()) outputs.push_back(&each);
    }
    if (outputs.empty()) unknown("no output \"" + monitor.output + "\" is trained", monitor.output, known);
    if (monitor.measure == loss_measure) return nullptr;
    if (outputs.size() > 1)
      fail({.message = "several outputs are trained",
            .hint = "name one of them: " + (monitor.validation ? std::string("validation.") : "training.") + known[0] +
                    "." + monitor.measure,
            .given = text});
    std::vector<std::string> measures{loss_measure};
    if (!outputs[0]->name.empty()) measures.push_back(outputs[0]->name);
    if (monitor.measure == outputs[0]->name) return outputs[0];
    unknown("the output has no metric \"" + monitor.measure + "\"", monitor.measure, measures);
  }

  [[noreturn]] void fail(Problem problem) const {
    problem.kind = ProblemKind::invalid_option;
    problem.path = path_;
    throw ModelError(std::move(problem));
  }

 private:
  const std::string& name_of(const ChosenMetric& metric) const { return index_[metric.population].name; }

  [[noreturn]] void unknown(const std::string& message, const std::string& given,
                            const std::vector<std::string>& known) const {
    throw ModelError({.kind = ProblemKind::unknown_name,
                      .path = path_,
                      .message = message,
                      .hint = suggest(given, known),
                      .expected = nearest_name(given, known),
                      .given = given});
  }

  const std::vector<ChosenMetric>& metrics_;
  const PopulationIndex& index_;
  std::string path_;
};

}  // namespace

EarlyStopper::EarlyStopper(EarlyStopping settings, const std::vector<ChosenMetric>& metrics,
                           const PopulationIndex& index, bool validates, const std::string& path)
    : settings_(std::move(settings)) {
  std::vector<Problem> problems = problems_of(settings_, path);
  if (!problems.empty()) throw ModelError(std::move(problems));
  monitor_ = *parse_monitor(settings_.monitor);
  const MonitorCheck check(metrics, index, path + ".monitor");
  const ChosenMetric* const metric = check.find(monitor_, settings_.monitor);
  larger_is_better_ = metric != nullptr && metric->metric->larger_is_better();
  if (!monitor_.validation || validates) return;
  check.fail(
      {.message = "the monitor needs validation data",
       .hint = "set a validation split that is at least one example, give validation data, or monitor training." +
               monitor_.measure,
       .given = settings_.monitor});
}

// The loss of several outputs is their sum.
double EarlyStopper::value_in(const EpochRecord& record) const {
  double value = 0;
  for (const OutputScore& score : monitor_.validation ? record.validation : record.training) {
    if (!monitor_.output.empty() && monitor_.output != score.output) continue;
    value += monitor_.measure == loss_measure ? score.loss : score.value;
  }
  return larger_is_better_ ? -value : value;
}

bool EarlyStopper::observe(const EpochRecord& record) {
  const double value = value_in(record);
  ++waited_;
  if (std::isnan(value) || (best_epoch_ && !(value < best_ - settings_.min_delta))) return false;
  best_ = value;
  best_epoch_ = record.epoch;
  waited_ = 0;
  return true;
}

}  // namespace synfire::runtime
