// SPDX-License-Identifier: Apache-2.0
#include "model/output_losses.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "model/training.hpp"
#include "synfire/codegen/losses.hpp"

namespace synfire::command_line {

// In double, in the order of the examples.
class OutputLosses::Sum {
 public:
  Sum(codegen::Loss loss, double duration, double dt) : loss_(std::move(loss)), duration_(duration), dt_(dt) {}

  const codegen::Loss& loss() const { return loss_; }
  double mean() const { return sum_ / static_cast<double>(examples_); }

  void add(std::span<const float> readout, std::size_t label, std::span<const float> target) {
    const std::vector<double> values(readout.begin(), readout.end());
    sum_ += codegen::value_of(loss_, values,
                              {.label = static_cast<std::uint32_t>(label), .values = {target.begin(), target.end()}},
                              duration_, dt_);
    ++examples_;
  }
  void reset() {
    sum_ = 0;
    examples_ = 0;
  }

 private:
  codegen::Loss loss_;
  double duration_, dt_;
  double sum_ = 0;
  std::size_t examples_ = 0;
};

// A metric that passes on what it gets to the sum of a loss.
class OutputLosses::WithLoss final : public Metric {
 public:
  WithLoss(std::unique_ptr<Metric> metric, std::shared_ptr<Sum> sum)
      : metric_(std::move(metric)), sum_(std::move(sum)) {}
  TargetKind target_kind() const override { return metric_->target_kind(); }
  void set_neurons(std::size_t neurons) override { metric_->set_neurons(neurons); }
  void add(std::span<const float> readout, std::size_t label, std::span<const float> target) override {
    metric_->add(readout, label, target);
    sum_->add(readout, label, target);
  }
  double value() const override { return metric_->value(); }
  std::optional<Tensor<double>> table() const override { return metric_->table(); }
  Ambiguity ambiguity() const override { return metric_->ambiguity(); }
  bool larger_is_better() const override { return metric_->larger_is_better(); }
  void reset() override {
    metric_->reset();
    sum_->reset();
  }

 private:
  std::unique_ptr<Metric> metric_;
  std::shared_ptr<Sum> sum_;
};

namespace {

// Why the loss cannot be evaluated on readouts; empty: it can.
std::string obstacle(const codegen::Loss& loss, const contract::PopulationInfo& output, double dt) {
  if (loss.per_step) return "it is of every step, and a run that does not train has readouts only";
  if (!loss.readout.empty() && loss.readout != output.readout)
    return "it needs the readout " + loss.readout + ", and the output has " + output.readout;
  try {
    const std::vector<double> zeros(element_count(output.shape), 0.0);
    codegen::value_of(loss, zeros, {.label = 0, .values = zeros}, dt, dt);
  } catch (const ModelError& error) {
    const Problem& problem = error.problems().front();
    return problem.message + ": given " + problem.given + ", expected " + problem.expected;
  }
  return {};
}

}  // namespace

OutputLosses::OutputLosses(const Description& description, const contract::Manifest& manifest) {
  if (!trains(description)) return;
  for (const contract::PopulationInfo& output : manifest.populations) {
    const LossSetting* const setting = loss_of(description.compile.losses, output.name);
    if (output.readout.empty() || setting == nullptr) continue;
    Entry& entry = entries_[output.name];
    if (const std::vector<Problem> problems = problems_of(setting->model, "losses"); !problems.empty()) {
      entry.remark = problems.front().message;
      continue;
    }
    const codegen::Loss loss(setting->model, setting->weight);
    entry.is_of_steps = loss.per_step;
    entry.remark = obstacle(loss, output, manifest.dt);
    if (entry.remark.empty()) entry.sum = std::make_shared<Sum>(loss, manifest.timesteps * manifest.dt, manifest.dt);
  }
}

MetricChoice OutputLosses::with_loss(const std::string& output, const std::string& metric) {
  const auto found = entries_.find(output);
  if (found == entries_.end() || !found->second.sum) return metric;
  Entry& entry = found->second;
  const Targets targets = entry.sum->loss().targets;
  const bool takes_labels = make_metric(metric)->target_kind() == TargetKind::labels;
  if (targets != Targets::none && takes_labels != (targets == Targets::label)) {
    entry = {.remark =
                 takes_labels ? "it takes values, and the metric labels" : "it takes labels, and the metric values"};
    return metric;
  }
  return {metric, [metric, sum = entry.sum] { return std::make_unique<WithLoss>(make_metric(metric), sum); }};
}

void OutputLosses::leave_out(const std::string& output) {
  const auto found = entries_.find(output);
  if (found == entries_.end()) return;
  if (found->second.sum || found->second.is_of_steps) found->second = {.remark = "the output has no metric"};
}

bool OutputLosses::lacks_losses_of_steps() const {
  return std::any_of(entries_.begin(), entries_.end(), [](const auto& each) { return each.second.is_of_steps; });
}

void OutputLosses::set_losses_of_steps(const EvaluationResult& trained) {
  for (auto& [name, entry] : entries_) {
    if (entry.is_of_steps) entry.mean = trained.loss(name);
  }
}

std::vector<std::string> OutputLosses::outputs() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries_) names.push_back(name);
  return names;
}

std::optional<OutputLosses::Mean> OutputLosses::mean(const std::string& output) const {
  const auto found = entries_.find(output);
  if (found == entries_.end()) return std::nullopt;
  const Entry& entry = found->second;
  if (!entry.sum && !entry.mean) return Mean{.remark = entry.remark};
  const double value = entry.mean ? *entry.mean : entry.sum->mean();
  return std::isfinite(value) ? Mean{.value = value} : Mean{.remark = "it is not finite"};
}

}  // namespace synfire::command_line
