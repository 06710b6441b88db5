// SPDX-License-Identifier: Apache-2.0
#include "evaluate/callback_list.hpp"

#include <algorithm>
#include <mutex>

#include "synfire/warning.hpp"

namespace synfire::runtime {
namespace {

std::string path_of(std::size_t index) { return "callbacks[" + std::to_string(index) + "]"; }

}  // namespace

CallbackList::CallbackList(const std::vector<CallbackReference>& given, bool resumable, std::vector<Problem>& warnings,
                           Settings settings) {
  std::vector<Problem> problems;
  for (std::size_t i = 0; i < given.size(); ++i) add(given[i], settings, path_of(i), problems);
  if (!problems.empty()) throw ModelError(std::move(problems));
  find_keys(problems, warnings);
  for (std::size_t i = 0; i < callbacks_.size(); ++i) {
    if (!callbacks_[i]->wants_steps()) continue;
    step_callbacks_.push_back(callbacks_[i]);
    if (resumable) continue;
    problems.push_back(
        {.kind = ProblemKind::invalid_option,
         .path = path_of(i),
         .message = "the callback asks for every step, but the network was compiled to run all steps at once",
         .hint = "set the option step_callbacks of InferenceCompiler"});
  }
  if (!problems.empty()) throw ModelError(std::move(problems));
}

void CallbackList::add(const CallbackReference& given, Settings settings, const std::string& path,
                       std::vector<Problem>& problems) {
  if (given.setting().index() != 0) {
    if (settings == Settings::left_out) return;
    problems.push_back({.kind = ProblemKind::invalid_option,
                        .path = path,
                        .message = "checkpoints and early stopping are for train() alone"});
    return;
  }
  if (given.callback()) {
    callbacks_.push_back(given.callback());
    return;
  }
  if (given.name().empty()) {
    problems.push_back({.kind = ProblemKind::invalid_option, .path = path, .message = "the callback is null"});
    return;
  }
  try {
    callbacks_.push_back(make_callback(given.name()));
  } catch (const ModelError& error) {
    for (Problem problem : error.problems()) {
      problem.path = path;
      problems.push_back(std::move(problem));
    }
  }
}

void CallbackList::find_keys(std::vector<Problem>& problems, std::vector<Problem>& warnings) {
  for (std::size_t i = 0; i < callbacks_.size(); ++i) {
    const std::optional<std::string> given = callbacks_[i]->key();
    if (!given) continue;
    const std::string key = given->empty() ? std::to_string(i) : *given;
    if (given->empty()) {
      warnings.push_back(
          make_warning({.kind = ProblemKind::unnamed_callback,
                        .path = path_of(i),
                        .message = "the callback has no key, so its data are stored as \"" + key + "\""}));
    }
    if (keys_.emplace(key, callbacks_[i]).second) continue;
    problems.push_back({.kind = ProblemKind::duplicate_name,
                        .path = path_of(i),
                        .message = "two callbacks have the key \"" + key + "\"",
                        .given = key});
  }
}

void CallbackList::test_begins(const RunInfo& run) const {
  for (const auto& callback : callbacks_) callback->on_test_begin(run);
}
void CallbackList::test_ends(const MetricValues& metrics) const {
  for (const auto& callback : callbacks_) callback->on_test_end(metrics);
}
void CallbackList::train_begins(const TrainInfo& training) const {
  for (const auto& callback : callbacks_) callback->on_train_begin(training);
}
void CallbackList::train_ends() const {
  for (const auto& callback : callbacks_) callback->on_train_end();
}
void CallbackList::epoch_begins(std::uint32_t epoch) const {
  for (const auto& callback : callbacks_) callback->on_epoch_begin(epoch);
}
bool CallbackList::epoch_ends(const EpochRecord& record) const {
  bool go_on = true;
  for (const auto& callback : callbacks_) go_on = callback->on_epoch_end(record) && go_on;
  return go_on;
}
void CallbackList::batch_trained(const TrainedBatch& batch) const {
  for (const auto& callback : callbacks_) callback->on_batch_trained(batch);
}
void CallbackList::batch_begins(std::size_t batch) const {
  for (const auto& callback : callbacks_) callback->on_batch_begin(batch);
}
void CallbackList::batch_ends(std::size_t batch, const MetricValues& metrics) const {
  for (const auto& callback : callbacks_) callback->on_batch_end(batch, metrics);
}
bool CallbackList::wants_batches() const {
  return std::any_of(callbacks_.begin(), callbacks_.end(), [](const auto& each) { return each->wants_batches(); });
}
void CallbackList::step_begins(std::uint32_t step) const {
  for (const auto& callback : step_callbacks_) callback->on_step_begin(step);
}
void CallbackList::step_ends(std::uint32_t step, const StepView& view) const {
  for (const auto& callback : step_callbacks_) callback->on_step_end(step, view);
}

std::map<std::string, std::any> CallbackList::data() const {
  std::map<std::string, std::any> data;
  for (const auto& [key, callback] : keys_) data.emplace(key, callback->data());
  return data;
}

}  // namespace synfire::runtime

namespace synfire {
namespace {

using MakeCallback = std::function<std::shared_ptr<Callback>()>;

struct Registry {
  std::mutex mutex;
  std::map<std::string, MakeCallback> callbacks = {{"progress_bar", [] { return std::make_shared<ProgressBar>(); }}};
};

Registry& registry() {
  static Registry registry;
  return registry;
}

}  // namespace

void register_callback(const std::string& name, MakeCallback make) {
  const std::lock_guard lock(registry().mutex);
  registry().callbacks[name] = std::move(make);
}

std::vector<std::string> callback_names() {
  const std::lock_guard lock(registry().mutex);
  std::vector<std::string> names;
  for (const auto& [name, make] : registry().callbacks) names.push_back(name);
  return names;
}

std::shared_ptr<Callback> make_callback(const std::string& name) {
  MakeCallback make;
  {
    const std::lock_guard lock(registry().mutex);
    const auto found = registry().callbacks.find(name);
    if (found != registry().callbacks.end()) make = found->second;
  }
  if (make) return make();
  const std::vector<std::string> known = callback_names();
  throw ModelError({.kind = ProblemKind::unknown_name,
                    .path = "callback",
                    .message = "unknown callback \"" + name + "\"",
                    .hint = suggest(name, known),
                    .expected = nearest_name(name, known),
                    .given = name});
}

}  // namespace synfire
