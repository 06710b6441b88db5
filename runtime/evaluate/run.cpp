// SPDX-License-Identifier: Apache-2.0
#include "evaluate/run.hpp"

#include <map>
#include <numeric>
#include <utility>

#include "evaluate/finite_check.hpp"
#include "evaluate/streamed_batch.hpp"
#include "synfire/warning.hpp"

namespace synfire::runtime {
namespace {

std::shared_ptr<const RecordingPlan> make_plan(const RunContext& context, const BoundData& data,
                                               const RunOptions& options) {
  std::vector<Problem> warnings;
  auto plan = std::make_shared<const RecordingPlan>(
      plan_recordings(context.artifact->manifest, context.index.network(), options, data.examples, warnings));
  deliver(warnings, options.warn);
  return plan;
}

CallbackList make_callbacks(const RunContext& context, const RunOptions& options) {
  std::vector<Problem> warnings;
  CallbackList callbacks(options.callbacks, context.artifact->manifest.resumable, warnings);
  if (callbacks.wants_steps() && !std::exchange(context.warned_of_steps, true)) {
    warnings.push_back(make_warning(
        {.kind = ProblemKind::slow_step_callbacks,
         .path = "callbacks",
         .message = "a callback asks for every step, so each step is a launch of its own, which is slow"}));
  }
  deliver(warnings, options.warn);
  return callbacks;
}

class RowsView : public StepView {
 public:
  RowsView(const Executor& executor, const ObjectNames& names, const BatchWindow& window)
      : executor_(executor), names_(names), window_(window) {}

  std::size_t first_example() const override { return window_.first_example; }
  std::size_t examples() const override { return window_.examples; }
  bool runs(std::size_t example) const override {
    check(example);
    return window_.end_step <= window_.steps_of(example, executor_.manifest().timesteps);
  }

  std::vector<float> values(const ObjectReference& object, const std::string& variable,
                            std::size_t example) const override {
    const contract::Buffer& buffer = executor_.manifest().buffers[find(object, variable)];
    std::vector<float> values(buffer.type == contract::ElementType::f32 ? elements_of(buffer) : 0);
    if (values.empty()) {
      throw DataError({.kind = ProblemKind::missing_variable,
                       .path = "step.values",
                       .message = "spikes are not values",
                       .hint = "use spikes(population, example)"});
    }
    read(object, variable, example, std::as_writable_bytes(std::span(values)));
    return values;
  }

  std::vector<RecordedSpike> spikes(const ObjectReference& population, std::size_t example) const override {
    std::vector<std::byte> row(elements_of(executor_.manifest().buffers[find(population, "spikes")]));
    read(population, "spikes", example, row);
    std::vector<RecordedSpike> spikes;
    append_spikes(row, window_.end_step - 1, nullptr, spikes);
    return spikes;
  }

 private:
  static std::size_t elements_of(const contract::Buffer& buffer) {
    return element_count(buffer.shape) / buffer.shape.front();
  }

  void check(std::size_t example) const {
    if (example < window_.examples) return;
    throw DataError({.kind = ProblemKind::invalid_value,
                     .path = "step",
                     .message = "the example is out of range",
                     .expected = "0 to " + std::to_string(window_.examples - 1),
                     .given = std::to_string(example)});
  }

  std::size_t find(const ObjectReference& reference, const std::string& variable) const {
    std::vector<Problem> problems;
    const auto object = find_object(reference, names_, "step", problems);
    if (!object) throw DataError(std::move(problems));
    const auto buffer = find_recording(executor_.manifest(), names_, *object, variable);
    if (buffer) return *buffer;
    throw DataError({.kind = ProblemKind::missing_variable,
                     .path = path_of(*object, names_) + "." + variable,
                     .message = "the variable is not recorded in each step",
                     .hint = recorded_hint(executor_.manifest(), names_, *object)});
  }

  void read(const ObjectReference& object, const std::string& variable, std::size_t example,
            std::span<std::byte> row) const {
    check(example);
    executor_.recording(find(object, variable), example, window_.end_step - 1 - window_.first_step, row);
  }

  const Executor& executor_;
  const ObjectNames& names_;
  const BatchWindow& window_;
};

}  // namespace

Run::Run(RunContext context, const BoundData& data, const std::vector<ChosenMetric>& metrics, const RunOptions& options)
    : context_(std::move(context)),
      data_(data),
      metrics_(metrics),
      options_(options),
      plan_(make_plan(context_, data, options)),
      callbacks_(make_callbacks(context_, options)),
      files_(*plan_, *context_.artifact, options.predictions_to),
      collector_(*plan_, context_.runner.executor()) {}

Results Run::whole() {
  fill(results_.emplace(make_results(0, data_.examples)));
  execute();
  results_->callback_data = callbacks_.data();
  std::map<std::string, const Tensor<float>*> readouts;
  for (const auto& [population, readout] : results_->readouts) readouts[context_.index[population].name] = &readout;
  files_.finish(examples_run_, readouts);
  return std::move(*results_);
}

void Run::batches(const Receive& receive) {
  receive_ = receive;
  execute();
  files_.finish(examples_run_);
}

void Run::execute() {
  const contract::Manifest& manifest = context_.artifact->manifest;
  const std::uint32_t batch_size = context_.runner.executor().batch_size();
  callbacks_.test_begins({.examples = data_.examples,
                          .batches = (data_.examples + batch_size - 1) / batch_size,
                          .batch_size = batch_size,
                          .timesteps = manifest.timesteps,
                          .dt = manifest.dt});
  watch_ = {};
  context_.runner.run(data_, options_, *this);
  callbacks_.test_ends(metric_values());
}

Results Run::make_results(std::size_t first, std::size_t examples) const {
  return {context_.index, context_.artifact, plan_, first, examples};
}

void Run::fill(Results& results) {
  memory_ = results.stores();
  stores_.clear();
  for (std::size_t i = 0; i < memory_.size(); ++i) stores_.push_back(memory_[i] ? memory_[i].get() : files_.store(i));
}

void Run::batch_begins(std::size_t first_example, std::size_t examples) {
  if (receive_) fill(results_.emplace(make_results(first_example, examples)));
  callbacks_.batch_begins(batches_begun_++);
}

void Run::step_ended(const BatchWindow& window) {
  const ObjectNames names = names_of(context_.artifact->manifest, context_.index.network());
  callbacks_.step_ends(window.end_step - 1, RowsView(context_.runner.executor(), names, window));
}

void Run::window_ended(const BatchWindow& window) { collector_.take(window, stores_); }

bool Run::batch_ended(std::size_t first_example, std::size_t examples) {
  results_->store_readouts([&](std::size_t population) { return context_.runner.executor().readout(population); },
                           first_example);
  examples_run_ = first_example + examples;
  if (!options_.allow_non_finite) require_finite(first_example);
  add_to_metrics(first_example, examples_run_);
  callbacks_.batch_ends(batches_begun_ - 1, metric_values());
  report_progress();
  if (!receive_) return true;
  Results results = std::move(*results_);
  results_.reset();
  return receive_(first_example, examples, std::move(results));
}

void Run::require_finite(std::size_t first) const {
  for (std::size_t e = first; e < examples_run_; ++e) {
    for (const auto& [population, values] : results_->readouts) {
      if (auto problem = check_readout(context_.index[population].name, e, results_->readout(population, e)))
        throw RunError(std::move(*problem));
    }
  }
}

void Run::add_to_metrics(std::size_t first, std::size_t end) {
  for (std::size_t m = 0; m < metrics_.size(); ++m) {
    const BoundTarget& target = data_.targets[m];
    const auto readout = [&](std::size_t e) { return results_->readout(target.population, first + e); };
    std::span labels(target.labels);
    std::span<const float> values;
    std::vector<float> streamed;
    if (target.value_source != nullptr) {
      std::vector<std::uint32_t> examples(end - first);
      std::iota(examples.begin(), examples.end(), static_cast<std::uint32_t>(first));
      read_streamed(target, context_.artifact->manifest, examples, streamed);
      values = streamed;
    } else if (target.values == nullptr) {
      labels = labels.subspan(first, end - first);
    } else {
      const std::size_t neurons = target.values->values().size() / data_.examples;
      values = std::span(target.values->values()).subspan(first * neurons);
    }
    add_examples(*metrics_[m].metric, end - first, readout, labels, values);
  }
}

MetricValues Run::metric_values() const {
  MetricValues values;
  for (const ChosenMetric& chosen : metrics_) values.push_back(value_of(chosen, context_.index));
  return values;
}

void Run::report_progress() const {
  if (!options_.progress) return;
  const auto metric = metrics_.empty() ? std::nullopt : std::optional(metrics_.front().metric->value());
  options_.progress({examples_run_, data_.examples, watch_.seconds(), metric});
}

}  // namespace synfire::runtime
