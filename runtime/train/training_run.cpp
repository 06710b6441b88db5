// SPDX-License-Identifier: Apache-2.0
#include "train/training_run.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <system_error>
#include <type_traits>

#include "stopwatch.hpp"
#include "synfire/base/files.hpp"
#include "train/data_checksum.hpp"
#include "train/shuffle.hpp"

namespace synfire::runtime {
namespace {

void record_warnings(const std::vector<Problem>& warnings, EpochRecord& record) {
  for (const Problem& each : warnings)
    record.warnings.push_back({std::string(to_string(each.kind)), each.path, each.message, each.hint});
}

std::size_t batches_of(std::size_t examples, std::uint32_t batch_size) {
  return (examples + batch_size - 1) / batch_size;
}

CallbackList make_callbacks(const TrainOptions& options) {
  std::vector<Problem> warnings;
  CallbackList callbacks(options.callbacks, false, warnings, CallbackList::Settings::left_out);
  deliver(warnings, options.warn);
  return callbacks;
}

// On a device with its own memory, holding the data pays off even for one epoch.
ExampleFeed::Options feed_options(const TrainingContext& context, const TrainOptions& options, bool again) {
  const bool has_own_memory = context.device != nullptr && !context.device->shares_host_memory();
  return {.again = again || has_own_memory, .device = context.device, .stops = static_cast<bool>(options.stop)};
}

// The setting of this type in the list, and the path of it. Throws ModelError if there are two.
template <class Setting>
std::optional<std::pair<Setting, std::string>> setting_in(const std::vector<CallbackReference>& callbacks,
                                                          const char* what) {
  std::optional<std::pair<Setting, std::string>> found;
  for (std::size_t i = 0; i < callbacks.size(); ++i) {
    const auto* const setting = std::get_if<Setting>(&callbacks[i].setting());
    if (setting == nullptr) continue;
    const std::string path = "callbacks[" + std::to_string(i) + "]";
    if (found) {
      throw ModelError({.kind = ProblemKind::invalid_option,
                        .path = path,
                        .message = std::string("a run has one ") + what,
                        .hint = "remove this or " + found->second});
    }
    found.emplace(*setting, path);
  }
  return found;
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

void throw_about_validation(const DataError& error) {
  std::vector<Problem> problems = error.problems();
  for (Problem& problem : problems) problem.path = "validation_" + problem.path;
  throw DataError(std::move(problems));
}

bool test_in_order(ExampleFeed& feed, const contract::Manifest& manifest, const TestPlan& plan,
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
  const bool all = feed.run(
      {.order = order, .seed = plan.seed, .stop = plan.stop}, [&](std::size_t batch) { callbacks.batch_begins(batch); },
      [&](std::size_t number, const BatchOutcome& outcome, const TrainingBatch& batch) {
        ended(outcome, batch);
        if (!callbacks.empty()) callbacks.batch_ends(number, values());
      });
  if (all) callbacks.test_ends(values());
  return all;
}

TrainingRun::TrainingRun(TrainingContext context, ExampleSet training, ExampleSet validation,
                         const TrainOptions& options, GeneratedEpochs* epochs)
    : context_(context),
      training_(training),
      validation_(validation),
      options_(options),
      callbacks_(make_callbacks(options)),
      batch_size_(std::max(context.manifest.batch_size, 1u)),
      watch_(context.manifest),
      epochs_(epochs),
      noise_(context.index, options.input_noise, seed()),
      scores_(context.index, choose_training_metrics(context.manifest, context.index, options.metrics)),
      validation_scores_(context.index, choose_training_metrics(context.manifest, context.index, options.metrics)) {
  choose_stopper();
  choose_rates();
  check_checkpoint();
  if (epochs_ == nullptr) {
    feed_.emplace(context.trainer, context.manifest, learned_data(), callbacks_,
                  feed_options(context, options, options.epochs > 1));
  }
  // Validation has no noise.
  if (validation.data == nullptr || (validation.data == training.data && noise_.is_empty())) return;
  validation_feed_.emplace(context.trainer, context.manifest, *validation.data, callbacks_,
                           feed_options(context, options, options.epochs > 1));
}

void TrainingRun::choose_stopper() {
  auto stopping = setting_in<EarlyStopping>(options_.callbacks, "early stopping");
  if (!stopping) return;
  stopper_.emplace(std::move(stopping->first), scores_.metrics(), context_.index, validation_.data != nullptr,
                   "early_stopping");
}

void TrainingRun::choose_rates() {
  if (!context_.schedule) return;
  if (options_.learning_rate) {
    throw ModelError({.kind = ProblemKind::invalid_option,
                      .path = "learning_rate",
                      .message = "the optimizer has a schedule already",
                      .hint = "give the optimizer a number, or call set_learning_rate"});
  }
  rates_.emplace(*context_.schedule, options_.epochs, batches_of(training_.count, batch_size_), scores_.metrics(),
                 context_.index, validation_.data != nullptr);
}

void TrainingRun::check_checkpoint() {
  auto checkpoint = setting_in<Checkpoint>(options_.callbacks, "checkpoint");
  if (!checkpoint) return;
  const std::vector<std::string> outputs = scores_.without_state();
  if (!outputs.empty()) {
    throw ModelError({.kind = ProblemKind::unsupported,
                      .path = "metric of \"" + outputs.front() + "\"",
                      .message = "the metric has no state to keep in a checkpoint",
                      .hint = "override Metric::state and Metric::restore"});
  }
  base::require_writable(checkpoint->first.path);
  checkpoint_ = std::move(checkpoint->first);
}

RunRecord TrainingRun::new_run() const {
  RunRecord run{.seed = seed(), .shuffle = options_.shuffle, .start_epoch = options_.start_epoch};
  run.examples = training_.count;
  run.validation_examples = validation_.count;
  run.input_noise = noise_.description();
  if (rates_ && rates_->depends_on_length()) run.scheduled_epochs = options_.epochs;
  for (const ChosenMetric& each : scores_.metrics()) run.metrics.push_back(each.name);
  if (!keeps_run()) return run;
  const bool separate = validation_.data != nullptr && validation_.data != training_.data;
  run.data = data_checksum(*training_.data, separate ? validation_.data : nullptr, context_.manifest);
  return run;
}

TrainInfo TrainingRun::info() const {
  return {.first_epoch = options_.start_epoch,
          .epochs = options_.epochs,
          .examples = training_.count,
          .batches = batches_of(training_.count, batch_size_),
          .validation_examples = validation_.count,
          .batch_size = batch_size_,
          .timesteps = context_.manifest.timesteps,
          .dt = context_.manifest.dt,
          .epoch = options_.start_epoch + static_cast<std::uint32_t>(run_.epochs.size()),
          .batch = run_.current ? run_.current->batches : 0};
}

History TrainingRun::run() {
  run_ = new_run();
  if (keeps_run() && context_.identity) identity_ = context_.identity();
  resume();
  callbacks_.train_begins(info());
  History history;
  history.end = run_epochs();
  // Also if it was stopped before its first batch: there is always something to resume.
  const bool has_not_begun = history.end == TrainingEnd::stopped && run_.epochs.empty() && !run_.current;
  if (checkpoint_ && (unsaved_ || has_not_begun)) write_checkpoint();
  take_best(history);
  callbacks_.train_ends();
  history.epochs = std::move(run_.epochs);
  history.callback_data = callbacks_.data();
  return history;
}

TrainingEnd TrainingRun::run_epochs() {
  for (;;) {
    if (stopper_ && stopper_->is_over()) return TrainingEnd::early_stopping;
    if (!run_.current && run_.epochs.size() >= options_.epochs) return TrainingEnd::completed;
    if ((options_.stop && options_.stop()) || !run_epoch()) return TrainingEnd::stopped;
    if (!end_epoch()) return TrainingEnd::callback;
  }
}

// ---- Continuing a run

void TrainingRun::resume() {
  std::error_code error;
  if (options_.resume.empty() || (!std::filesystem::exists(options_.resume, error) && !error)) return;
  CheckpointContent content = read_checkpoint(options_.resume, context_.manifest, identity_);
  if (!content.run) {
    refuse_checkpoint(options_.resume, "the checkpoint has no run to resume", {}, {},
                      "TrainingNetwork::load takes over what it has");
  }
  require_same_run(*content.run);
  if (content.scheduled != rates_.has_value()) {
    refuse_checkpoint(options_.resume, "the learning rate differs from that of the run",
                      content.scheduled ? "the optimizer's schedule" : "no schedule",
                      rates_ ? "the optimizer's schedule" : "no schedule",
                      "set_learning_rate ends a schedule; call it before as in the run, or not at all");
  }
  if (content.run->current && !scores_.restore(content.run->scores)) {
    throw DataError({.kind = ProblemKind::malformed_file,
                     .path = options_.resume.string() + ": run.scores",
                     .message = "the numbers are not those of the metrics"});
  }
  run_ = std::move(*content.run);
  watch_.resume(run_.epochs);
  if (run_.current) watch_.resume({*run_.current});
  reported_ = watch_.has_given(ProblemKind::enlarged_tape);
  observe_again(std::move(content.best));
  context_.trainer.restore(content.trained);
  context_.learning_rate = content.learning_rate;
}

void TrainingRun::require_same_run(const RunRecord& run) const {
  const auto same = [&](const char* what, const auto& own, const auto& its) {
    if (own == its) return;
    if constexpr (std::is_arithmetic_v<std::decay_t<decltype(own)>>)
      refuse_checkpoint(options_.resume, std::string(what) + " differs from that of the run", std::to_string(its),
                        std::to_string(own));
    refuse_checkpoint(options_.resume, std::string(what) + " are not those of the run");
  };
  same("the seed", run_.seed, run.seed);
  same("shuffle", run_.shuffle, run.shuffle);
  same("start_epoch", run_.start_epoch, run.start_epoch);
  same("the number of epochs, on which the learning rate depends,", run_.scheduled_epochs, run.scheduled_epochs);
  same("the number of training examples", run_.examples, run.examples);
  same("the number of validation examples", run_.validation_examples, run.validation_examples);
  same("the metrics", run_.metrics, run.metrics);
  same("the data or the weights of their losses", run_.data, run.data);
  same("input_noise", run_.input_noise, run.input_noise);
}

// What stopper and schedule have seen follows from the history; only the weights of the best epoch do not.
void TrainingRun::observe_again(std::optional<BestWeights> best) {
  for (const EpochRecord& record : run_.epochs) {
    if (rates_) rates_->observe(record);
    if (stopper_) stopper_->observe(record);
  }
  if (!stopper_) return;
  if (!stopper_->restores() || !stopper_->best_epoch()) return;
  if (!best || best->epoch != *stopper_->best_epoch()) {
    refuse_checkpoint(options_.resume,
                      "the weights of epoch " + std::to_string(*stopper_->best_epoch()) +
                          ", which is the best by early stopping, are not in the checkpoint",
                      {}, {}, "monitor what the run monitored, or set restore_best to false");
  }
  best_ = std::move(best);
}

// ---- Epochs

void TrainingRun::begin_epoch() {
  const auto epoch = options_.start_epoch + static_cast<std::uint32_t>(run_.epochs.size());
  take_schedule(epoch);
  scores_.reset();
  run_.current = EpochRecord{.epoch = epoch, .learning_rate = context_.learning_rate, .examples = training_.count};
  if (!run_.epochs.empty()) return;
  record_warnings(context_.warnings, *run_.current);
  warn_of_empty_split();
}

void TrainingRun::warn_of_empty_split() {
  if (options_.validation_split == 0 || validation_.data != nullptr) return;
  warn({make_warning({.kind = ProblemKind::empty_validation,
                      .path = "validation_split",
                      .message = "the validation split of " + std::to_string(training_.count) +
                                 (training_.count == 1 ? " example" : " examples") +
                                 " is less than one, so nothing is validated",
                      .given = std::to_string(options_.validation_split)})},
       *run_.current);
}

bool TrainingRun::run_epoch() {
  if (!run_.current) begin_epoch();
  EpochRecord& record = *run_.current;
  watch_.begin_epoch();
  noise_.begin_epoch(record.epoch);
  if (epochs_ != nullptr) take_data(record.epoch);
  callbacks_.epoch_begins(record.epoch);
  unsaved_ = true;
  if (!learn(record)) return false;
  record.training = scores_.scores();
  warn(watch_.after_epoch(run_.epochs, record), record);
  if (validation_.data == nullptr) return true;
  return !(options_.stop && options_.stop()) && validate(record);
}

void TrainingRun::take_data(std::uint32_t epoch) {
  feed_.reset();
  training_.data = &epochs_->data(epoch);
  feed_.emplace(context_.trainer, context_.manifest, learned_data(), callbacks_,
                feed_options(context_, options_, false));
}

bool TrainingRun::learn(EpochRecord& record) {
  std::vector<std::uint32_t> order =
      options_.shuffle ? shuffled(training_.count, seed(), record.epoch) : in_order(training_.count);
  for (std::uint32_t& example : order) example += static_cast<std::uint32_t>(training_.first);
  const Stopwatch watch;
  const double before = record.seconds;
  const auto reached = [&] {
    record.seconds = before + watch.seconds();
    unsaved_ = true;
    if (batches_until_checkpoint() == 0) write_checkpoint();
  };
  return feed_->run(
      {.order = order,
       .seed = epoch_seed(seed(), record.epoch),
       .rate =
           [&](std::size_t batch) {
             return rates_ ? rates_->rate(run_.epochs.size(), batch) : UpdateRate{context_.learning_rate};
           },
       .first = record.batches,
       .longest =
           [&] {
             const std::size_t left = batches_until_checkpoint();
             const std::size_t saved = left != 0 ? left : checkpoint_->every_updates;
             return std::min<std::size_t>(saved, batches_until_measured(context_.trainer.updates()));
           },
       .reached = reached,
       .stop = &options_.stop},
      [&](std::size_t batch) { callbacks_.batch_begins(batch); },
      [&](std::size_t number, const BatchOutcome& outcome, const TrainingBatch& batch) {
        account(number, outcome, batch, record);
      });
}

bool TrainingRun::end_epoch() {
  run_.epochs.push_back(std::move(*run_.current));
  run_.current.reset();
  const EpochRecord& record = run_.epochs.back();
  if (rates_) rates_->observe(record);
  if (stopper_ && stopper_->observe(record) && stopper_->restores())
    best_ = BestWeights{.epoch = record.epoch, .values = context_.trainer.values()};
  const bool go_on = callbacks_.epoch_ends(record);
  if (checkpoint_ && checkpoint_->every_updates == 0) write_checkpoint();
  return go_on;
}

// ---- Checkpoints

// 0: one is due now. They are where they would be in any run of the same network.
std::size_t TrainingRun::batches_until_checkpoint() const {
  if (!checkpoint_ || checkpoint_->every_updates == 0) return std::numeric_limits<std::size_t>::max();
  const std::uint64_t every = checkpoint_->every_updates, since = context_.trainer.updates() % every;
  return since == 0 ? 0 : every - since;
}

void TrainingRun::write_checkpoint() {
  CheckpointContent content{.identity = identity_,
                            .notes = checkpoint_->notes,
                            .learning_rate = context_.learning_rate,
                            .scheduled = rates_.has_value(),
                            .trained = context_.trainer.state(),
                            .run = run_,
                            .best = best_};
  if (run_.current) content.run->scores = scores_.state();
  try {
    runtime::write_checkpoint(checkpoint_->path, content, *context_.manifest.training);
    unsaved_ = false;
  } catch (const DataError& error) {
    Problem problem = error.problems().front();
    problem.kind = ProblemKind::checkpoint_not_written;
    deliver(make_warning(std::move(problem)), options_.warn);
  }
}

void TrainingRun::take_best(History& history) {
  if (stopper_) history.best_epoch = stopper_->best_epoch();
  if (best_) context_.trainer.set_values(best_->values);
}

// ---- The parts of an epoch

void TrainingRun::account(std::size_t number, const BatchOutcome& outcome, const TrainingBatch& batch,
                          EpochRecord& record) {
  ++record.batches;
  scores_.add(outcome, batch, context_.trainer);
  add_activity(record.activity, outcome.activity);
  record.replays += outcome.replays;
  report(outcome.warnings, record);
  warn(watch_.after_batch(record, outcome, steps_of(batch)), record);
  if (callbacks_.empty()) return;
  callbacks_.batch_trained({.epoch = record.epoch,
                            .batch = number,
                            .examples = batch.examples.size(),
                            .losses = scores_.losses_of(outcome, batch.examples.size())});
  callbacks_.batch_ends(number, scores_.values());
}

void TrainingRun::warn(const std::vector<Problem>& warnings, EpochRecord& record) const {
  record_warnings(warnings, record);
  deliver(warnings, options_.warn);
}

// Of all examples of the batch together.
std::uint64_t TrainingRun::steps_of(const TrainingBatch& batch) const {
  const std::span<const std::uint32_t> steps = training_.data->steps;
  if (steps.empty()) return std::uint64_t{context_.manifest.timesteps} * batch.examples.size();
  std::uint64_t total = 0;
  for (const std::uint32_t example : batch.examples) total += steps[example];
  return total;
}

bool TrainingRun::test_validation_data() {
  return test_in_order(
      validation_feed_ ? *validation_feed_ : *feed_, context_.manifest,
      {.examples = validation_, .seed = seed(), .stop = &options_.stop}, callbacks_,
      [&] { return validation_scores_.values(); },
      [&](const BatchOutcome& outcome, const TrainingBatch& batch) {
        validation_scores_.add(outcome, batch, context_.trainer);
      });
}

bool TrainingRun::validate(EpochRecord& record) {
  const Stopwatch watch;
  validation_scores_.reset();
  try {
    if (!test_validation_data()) return false;
  } catch (const DataError& error) {
    // Errors of streamed data name a population, or a file.
    const std::string& path = error.problems().front().path;
    const bool is_of_data = path.starts_with("input \"") || path.starts_with("target \"");
    if (validation_.data == training_.data || !is_of_data) throw;
    throw_about_validation(error);
  }
  record.validation = validation_scores_.scores();
  record.validation_seconds = watch.seconds();
  return true;
}

void TrainingRun::take_schedule(std::uint32_t epoch) {
  if (rates_) context_.learning_rate = rates_->rate(run_.epochs.size(), 0).learning_rate;
  if (!options_.learning_rate) return;
  const double rate = options_.learning_rate(epoch, context_.learning_rate);
  // A rate that decays below single precision is 0.
  if (!std::isfinite(static_cast<float>(rate)) || rate < 0) {
    throw ModelError({.kind = ProblemKind::invalid_value,
                      .path = "learning_rate of epoch " + std::to_string(epoch),
                      .message = "the function returned an invalid learning rate",
                      .expected = "≥ 0, and finite in single precision",
                      .given = std::to_string(rate)});
  }
  context_.learning_rate = rate;
}

void TrainingRun::report(const std::vector<Problem>& warnings, EpochRecord& record) {
  if (warnings.empty() || reported_) return;
  reported_ = true;
  warn({warnings.front()}, record);
}

}  // namespace synfire::runtime
