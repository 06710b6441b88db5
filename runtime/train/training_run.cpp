// SPDX-License-Identifier: Apache-2.0
#include "train/training_run.hpp"

#include <algorithm>
#include <cmath>

#include "stopwatch.hpp"
#include "train/activity_warnings.hpp"
#include "train/shuffle.hpp"

namespace synfire::runtime {
namespace {

std::size_t batches_of(std::size_t examples, std::uint32_t batch_size) {
  return (examples + batch_size - 1) / batch_size;
}

CallbackList make_callbacks(const TrainOptions& options) {
  std::vector<Problem> warnings;
  CallbackList callbacks(options.callbacks, false, warnings);
  deliver(warnings, options.warn);
  return callbacks;
}

std::vector<ChosenMetric> metrics_for(const TrainingContext& context, const TrainOptions& options) {
  return choose_training_metrics(context.manifest, context.index,
                                 {.by_default = options.metric, .insisted = true, .chosen = options.metrics});
}

// On a device with its own memory, holding the data pays off even for one epoch.
ExampleFeed::Options feed_options(const TrainingContext& context, const TrainOptions& options) {
  const bool has_own_memory = context.device != nullptr && !context.device->shares_host_memory();
  return {.again = options.epochs > 1 || has_own_memory, .device = context.device};
}

// In the order in which populations first have activity.
void add_activity(std::vector<PopulationActivity>& to, const std::vector<PopulationActivity>& from) {
  for (const PopulationActivity& each : from) {
    auto found = std::find_if(to.begin(), to.end(),
                              [&](const PopulationActivity& own) { return own.population == each.population; });
    if (found == to.end()) found = to.insert(to.end(), {.population = each.population});
    found->spikes += each.spikes;
    found->triggered += each.triggered;
    found->near_tangent += each.near_tangent;
  }
}

}  // namespace

void test_in_order(ExampleFeed& feed, const contract::Manifest& manifest, const TestPlan& plan,
                   const CallbackList& callbacks, const std::function<MetricValues()>& values,
                   const TestedBatch& ended) {
  const std::uint32_t batch_size = std::max(manifest.batch_size, 1u);
  std::vector<std::uint32_t> order = in_order(plan.examples.count);
  for (std::uint32_t& example : order) example += static_cast<std::uint32_t>(plan.examples.first);
  callbacks.test_begins({.examples = order.size(),
                         .batches = batches_of(order.size(), batch_size),
                         .batch_size = batch_size,
                         .timesteps = manifest.timesteps,
                         .dt = manifest.dt});
  feed.run(
      {.order = order, .seed = plan.seed}, [&](std::size_t batch) { callbacks.batch_begins(batch); },
      [&](std::size_t number, const BatchOutcome& outcome, const TrainingBatch& batch) {
        ended(outcome, batch);
        if (!callbacks.empty()) callbacks.batch_ends(number, values());
      });
  callbacks.test_ends(values());
}

TrainingRun::TrainingRun(TrainingContext context, ExampleSet training, ExampleSet validation,
                         const TrainOptions& options)
    : context_(context),
      training_(training),
      validation_(validation),
      options_(options),
      callbacks_(make_callbacks(options)),
      batch_size_(std::max(context.manifest.batch_size, 1u)),
      feed_(context.trainer, context.manifest, *training.data, callbacks_, feed_options(context, options)),
      scores_(context.index, metrics_for(context, options)),
      validation_scores_(context.index, metrics_for(context, options)) {
  if (validation.data == nullptr || validation.data == training.data) return;
  validation_feed_.emplace(context.trainer, context.manifest, *validation.data, callbacks_,
                           feed_options(context, options));
}

History TrainingRun::run() {
  callbacks_.train_begins({.first_epoch = options_.start_epoch,
                           .epochs = options_.epochs,
                           .examples = training_.count,
                           .batches = batches_of(training_.count, batch_size_),
                           .validation_examples = validation_.count,
                           .batch_size = batch_size_,
                           .timesteps = context_.manifest.timesteps,
                           .dt = context_.manifest.dt});
  History history;
  for (std::uint32_t n = 0; n < options_.epochs; ++n) {
    history.epochs.push_back(run_epoch(options_.start_epoch + n));
    if (!callbacks_.epoch_ends(history.epochs.back())) break;
  }
  callbacks_.train_ends();
  history.callback_data = callbacks_.data();
  return history;
}

EpochRecord TrainingRun::run_epoch(std::uint32_t epoch) {
  take_schedule(epoch);
  callbacks_.epoch_begins(epoch);
  EpochRecord record{.epoch = epoch, .learning_rate = context_.learning_rate, .examples = training_.count};
  scores_.reset();
  const Stopwatch watch;
  std::vector<std::uint32_t> order =
      options_.shuffle ? shuffled(training_.count, seed(), epoch) : in_order(training_.count);
  for (std::uint32_t& example : order) example += static_cast<std::uint32_t>(training_.first);
  feed_.run(
      {.order = order, .seed = epoch_seed(seed(), epoch), .learning_rate = &context_.learning_rate},
      [&](std::size_t batch) { callbacks_.batch_begins(batch); },
      [&](std::size_t number, const BatchOutcome& outcome, const TrainingBatch& batch) {
        account(number, outcome, batch, record);
      });
  record.seconds = watch.seconds();
  record.training = scores_.scores();
  warn_of_activity(record);
  if (validation_.data != nullptr) validate(record);
  return record;
}

void TrainingRun::account(std::size_t number, const BatchOutcome& outcome, const TrainingBatch& batch,
                          EpochRecord& record) {
  ++record.batches;
  scores_.add(outcome, batch, context_.trainer);
  add_activity(record.activity, outcome.activity);
  record.replays += outcome.replays;
  report(outcome.warnings);
  if (callbacks_.empty()) return;
  callbacks_.batch_trained({.epoch = record.epoch,
                            .batch = number,
                            .examples = batch.examples.size(),
                            .losses = scores_.losses_of(outcome, batch.examples.size())});
  callbacks_.batch_ends(number, scores_.values());
}

// Warns of activity that prevents learning, once per population.
void TrainingRun::warn_of_activity(const EpochRecord& record) {
  for (const PopulationActivity& activity : record.activity) {
    std::uint64_t neurons = 1;
    for (const contract::PopulationInfo& each : context_.manifest.populations) {
      if (each.name == activity.population) neurons = element_count(each.shape);
    }
    for (const Problem& warning : activity_warnings(activity, record.epoch, neurons, record.examples)) {
      if (warned_.emplace(activity.population, warning.kind).second) deliver(warning, options_.warn);
    }
  }
}

void TrainingRun::validate(EpochRecord& record) {
  const Stopwatch watch;
  validation_scores_.reset();
  test_in_order(
      validation_feed_ ? *validation_feed_ : feed_, context_.manifest, {.examples = validation_, .seed = seed()},
      callbacks_, [&] { return validation_scores_.values(); },
      [&](const BatchOutcome& outcome, const TrainingBatch& batch) {
        validation_scores_.add(outcome, batch, context_.trainer);
      });
  record.validation = validation_scores_.scores();
  record.validation_seconds = watch.seconds();
}

void TrainingRun::take_schedule(std::uint32_t epoch) {
  if (!options_.learning_rate) return;
  const double rate = options_.learning_rate(epoch, context_.learning_rate);
  // A rate that decays below single precision is 0.
  if (!std::isfinite(static_cast<float>(rate)) || rate < 0) {
    throw ModelError({.kind = ProblemKind::invalid_value,
                      .path = "learning_rate of epoch " + std::to_string(epoch),
                      .message = "the schedule returned an invalid learning rate",
                      .expected = "≥ 0, and finite in single precision",
                      .given = std::to_string(rate)});
  }
  context_.learning_rate = rate;
}

void TrainingRun::report(const std::vector<Problem>& warnings) {
  if (warnings.empty() || reported_) return;
  reported_ = true;
  deliver({warnings.front()}, options_.warn);
}

}  // namespace synfire::runtime
