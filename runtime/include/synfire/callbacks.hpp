// SPDX-License-Identifier: Apache-2.0
// Callbacks: hooks into a run.
//
//   class Watch : public Callback {
//    public:
//     void on_batch_end(std::size_t batch, const MetricValues& metrics) override { … }
//   };
//   Watch watch;
//   model.evaluate(inputs, targets, {.callbacks = {ProgressBar{}, &watch}});
#pragma once

#include <any>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "synfire/checkpoint.hpp"
#include "synfire/early_stopping.hpp"
#include "synfire/recording.hpp"
#include "synfire/reference.hpp"

namespace synfire {

// The value of an output's metric over the examples that have run so far.
struct MetricValue {
  std::string output, metric;
  double value = 0;
};
using MetricValues = std::vector<MetricValue>;  // one per output; empty without targets

// A run that is about to begin.
struct RunInfo {
  std::size_t examples = 0, batches = 0;
  std::uint32_t batch_size = 1;
  std::uint32_t timesteps = 0;  // the most steps of an example
  double dt = 1.0;              // ms
};

// Training that is about to begin.
struct TrainInfo {
  std::uint32_t first_epoch = 0, epochs = 0;
  std::size_t examples = 0, batches = 0;  // of each epoch
  std::size_t validation_examples = 0;
  std::uint32_t batch_size = 1;
  std::uint32_t timesteps = 0;  // the most steps of an example
  double dt = 1.0;              // ms
  // Where it begins: later than first_epoch and batch 0 if it is resumed.
  std::uint32_t epoch = 0;
  std::size_t batch = 0;
};

// A batch after its update.
struct TrainedBatch {
  std::uint32_t epoch = 0;
  std::size_t batch = 0;     // of the epoch, from 0
  std::size_t examples = 0;  // the last batch can be short
  MetricValues losses;       // per output the "loss" of this batch only: the mean over its examples
};

struct EpochRecord;  // synfire/training.hpp

// What was recorded in the step that has just ended, for the examples of the batch. Valid during the call.
class StepView {
 public:
  virtual ~StepView() = default;
  virtual std::size_t first_example() const = 0;  // of the batch, in the data
  virtual std::size_t examples() const = 0;
  // Whether the example (from 0 in the batch) has this step: others have ended, and their values are meaningless.
  virtual bool runs(std::size_t example) const = 0;
  // A variable declared to be recorded, whatever the run keeps of it: one value per neuron. Throws DataError
  // (missing_variable, …) if it was not declared.
  virtual std::vector<float> values(const ObjectReference& object, const std::string& variable,
                                    std::size_t example) const = 0;
  virtual std::vector<RecordedSpike> spikes(const ObjectReference& population, std::size_t example) const = 0;
};

// The hooks, which do nothing unless overridden. An exception from a hook ends the run and leaves no files. For every
// hook, callbacks are called in the order of the list.
class Callback {
 public:
  virtual ~Callback() = default;

  // Once around each evaluate, predict or for_each_batch, and in training around each validation. A run that fails does
  // not call on_test_end.
  virtual void on_test_begin(const RunInfo& /*run*/) {}
  virtual void on_test_end(const MetricValues& /*metrics*/) {}

  // Around each train().
  virtual void on_train_begin(const TrainInfo& /*training*/) {}
  virtual void on_train_end() {}
  // Around each epoch, including its validation. Training continues while all callbacks return true.
  virtual void on_epoch_begin(std::uint32_t /*epoch*/) {}
  virtual bool on_epoch_end(const EpochRecord& /*record*/) { return true; }
  // After the update of a batch, before on_batch_end.
  virtual void on_batch_trained(const TrainedBatch& /*batch*/) {}

  // For runs and for training. In training the metrics include the "loss"; they are means over the epoch so far.
  // Batches count from 0.
  virtual void on_batch_begin(std::size_t /*batch*/) {}
  virtual void on_batch_end(std::size_t /*batch*/, const MetricValues& /*metrics*/) {}

  // Whether training must call the hooks of a batch before the next one begins. If not, it calls them with the same
  // values for up to 32 batches at a time, and a GPU need not wait after each: right for callbacks that watch epochs or
  // progress.
  virtual bool wants_batches() const { return true; }

  // Whether the hooks of steps are called. They make every step a launch of its own, which is slow (the run warns), and
  // need a network compiled with InferenceCompiler::step_callbacks.
  virtual bool wants_steps() const { return false; }
  virtual void on_step_begin(std::uint32_t /*step*/) {}
  virtual void on_step_end(std::uint32_t /*step*/, const StepView& /*view*/) {}

  // A callback with a key puts data() into the results under that key; an empty key means the callback's position in
  // the list, with a warning. Duplicate keys are an error.
  virtual std::optional<std::string> key() const { return std::nullopt; }
  virtual std::any data() { return {}; }
};

// A callback in a list: a temporary, a pointer, std::ref, a std::shared_ptr, or a registered name; in training also a
// Checkpoint and an EarlyStopping, which train() itself carries out. Pass a named
// callback object as `&callback` or std::ref(callback): the state of a copy would be lost.
class CallbackReference {
 public:
  template <std::derived_from<Callback> T>
  requires(!std::is_const_v<T>) CallbackReference(T&& callback)  // NOLINT(*-explicit-*,*-overload)
      : callback_(std::make_shared<T>(std::forward<T>(callback))) {}
  template <std::derived_from<Callback> T>
  CallbackReference(T& callback) = delete;  // pass &callback or std::ref(callback)
  CallbackReference(Callback* callback)     // NOLINT(google-explicit-constructor)
      : callback_(callback, [](Callback*) {}) {}
  template <std::derived_from<Callback> T>
  CallbackReference(std::reference_wrapper<T> callback)  // NOLINT(google-explicit-constructor)
      : CallbackReference(static_cast<Callback*>(&callback.get())) {}
  template <std::derived_from<Callback> T>
  CallbackReference(std::shared_ptr<T> callback)  // NOLINT(google-explicit-constructor)
      : callback_(std::move(callback)) {}
  CallbackReference(const char* name) : name_(name) {}             // NOLINT(google-explicit-constructor)
  CallbackReference(std::string name) : name_(std::move(name)) {}  // NOLINT(google-explicit-constructor)

  // Of training only.
  CallbackReference(Checkpoint setting) : setting_(std::move(setting)) {}     // NOLINT(google-explicit-constructor)
  CallbackReference(EarlyStopping setting) : setting_(std::move(setting)) {}  // NOLINT(google-explicit-constructor)

  const std::shared_ptr<Callback>& callback() const { return callback_; }  // null: use the setting or the name
  using Setting = std::variant<std::monostate, Checkpoint, EarlyStopping>;
  const Setting& setting() const { return setting_; }
  const std::string& name() const { return name_; }

 private:
  std::shared_ptr<Callback> callback_;
  std::string name_;
  Setting setting_;
};

// Callbacks by name; "progress_bar" is registered initially, and registering a name again replaces it. Thread-safe.
void register_callback(const std::string& name, std::function<std::shared_ptr<Callback>()> make);
std::vector<std::string> callback_names();
// Throws ModelError (unknown_name) with the nearest names.
std::shared_ptr<Callback> make_callback(const std::string& name);

// Batches done, rate, time left and the first metric: on a terminal as a bar that is redrawn, elsewhere as an
// occasional line. The environment variable NO_COLOR, if set and not empty, turns colors off.
class ProgressBar : public Callback {
 public:
  struct Options {
    std::function<void(const std::string&)> write = {};  // default: standard error
    std::optional<bool> terminal = std::nullopt;         // default: whether standard error is one
    std::function<double()> seconds = {};                // a clock; default: the system clock
    unsigned width = 0;                                  // columns; 0: the terminal's, or 80
  };
  ProgressBar() : ProgressBar(Options()) {}
  explicit ProgressBar(Options options);
  ~ProgressBar() override;

  void on_train_begin(const TrainInfo& training) override;
  void on_train_end() override;
  void on_epoch_begin(std::uint32_t epoch) override;
  void on_test_begin(const RunInfo& run) override;
  void on_test_end(const MetricValues& metrics) override;
  void on_batch_begin(std::size_t batch) override;
  void on_batch_end(std::size_t batch, const MetricValues& metrics) override;
  bool wants_batches() const override { return false; }
  ProgressBar(ProgressBar&& other) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace synfire
