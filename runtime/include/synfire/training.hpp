// SPDX-License-Identifier: Apache-2.0
// Training options and results.
#pragma once

#include <any>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "synfire/callbacks.hpp"
#include "synfire/compiled_network.hpp"
#include "synfire/input_noise.hpp"
#include "synfire/loss_weights.hpp"

namespace synfire {

// The scores of an output.
struct OutputScore {
  std::string output = {};
  double loss = std::numeric_limits<double>::quiet_NaN();  // with its weights, mean over the examples
  std::string metric = {};
  double value = std::numeric_limits<double>::quiet_NaN();  // of the metric; NaN if there is none
  Ambiguity ambiguity = {};                                 // examples without a single largest readout
};

// Spike statistics of a population, summed over the examples of an epoch.
struct PopulationActivity {
  std::string population = {};
  std::uint64_t spikes = 0;
  // Of these: spikes triggered by an arriving jump, a reset that left the neuron above its threshold, or the end of a
  // refractory period. Their times do not depend on weights, so no gradient passes through them (docs/training.md).
  std::uint64_t triggered = 0;
  // Of these: spikes at which the neuron barely crossed its threshold, so the derivative of their time is practically
  // infinite. It is ignored.
  std::uint64_t near_tangent = 0;
};

// A warning of training (docs/warnings.md), as its handler received it.
struct TrainingWarning {
  std::string kind = {};  // for example "silent_population"
  std::string path = {}, message = {}, hint = {};
  bool operator==(const TrainingWarning&) const = default;
};

struct EpochRecord {
  std::uint32_t epoch = 0;
  double learning_rate = 0;
  std::size_t examples = 0, batches = 0;
  std::vector<OutputScore> training = {};    // in the order of the network; of each batch before its update
  std::vector<OutputScore> validation = {};  // after the epoch's last update; empty without validation data
  std::vector<PopulationActivity> activity = {};
  std::vector<TrainingWarning> warnings = {};  // of this epoch, each once in a run; of the first, also of compiling
  std::size_t replays = 0;                     // batches run again because the tape was too short; it has grown since
  double seconds = 0;                          // of training
  double validation_seconds = 0;
};

// How training ended.
enum class TrainingEnd {
  completed,       // after the last epoch
  early_stopping,  // as EarlyStopping asked
  callback,        // a callback returned false
  stopped,         // TrainOptions::stop returned true
};
// "completed", …
std::string_view to_string(TrainingEnd end);

// What train() returns.
struct History {
  std::vector<EpochRecord> epochs = {};  // that ended; of a resumed run also those before
  TrainingEnd end = TrainingEnd::completed;
  std::optional<std::uint32_t> best_epoch = std::nullopt;  // by EarlyStopping: its number
  std::map<std::string, std::any> callback_data = {};      // data of callbacks, by key

  bool empty() const { return epochs.empty(); }
  // Of the last epoch. Throw ModelError (unknown_name, missing_data). The name of the output can be omitted if there is
  // only one.
  const OutputScore& training(const std::string& output = {}) const;
  const OutputScore& validation(const std::string& output = {}) const;

  // One line per epoch below a header line: epoch, learning_rate, examples, seconds, …, `output.loss`,
  // `output.<metric>`, `validation.output.loss`, …, `population.spikes`, …. Missing values are left empty. Replaces the
  // file or leaves it unchanged; throws DataError (file_access).
  void save_csv(const std::filesystem::path& path) const;
  // All of it but callback_data, as JSON: `epochs` with the members of EpochRecord, `end`, `best_epoch`. Missing values
  // are null. save_json throws as save_csv does.
  std::string json() const;
  void save_json(const std::filesystem::path& path) const;
  // Scalars for TensorBoard, in an existing folder: losses and metrics under `training/` and `validation/`, the
  // learning rate, spikes per example; steps are epochs, times are seconds of training. Replaces only the file of this
  // name.
  static constexpr const char* tensorboard_file = "events.out.tfevents.0.synfire";
  void save_tensorboard(const std::filesystem::path& folder) const;
};

struct TrainOptions {
  std::uint32_t epochs = 1;       // of a resumed run with those before
  std::uint32_t start_epoch = 0;  // the number of the first; it determines order and noise of an epoch
  bool shuffle = true;            // a new order of the examples in each epoch, from the seed and the epoch number

  // Validation data after each epoch, in order and without learning: the last part of the data, a fraction in [0, 1),
  // or separate data.
  double validation_split = 0;
  std::vector<NamedData> validation_inputs = {}, validation_targets = {};

  // Factors ≥ 0 of losses: {examples}; {neurons} of an output whose loss takes labels, by the label; {timesteps} or
  // {examples, timesteps} for a loss of every step. The loss of an example, or of each of its steps, and its derivative
  // are multiplied by all that apply to it; nothing is divided by their sum. Given for all outputs, they are for those
  // whose loss takes data, takes labels, is one of every step. Validation has no class weights; the others, for
  // validation_split, are the last rows of these.
  LossWeights sample_weights = {}, class_weights = {}, step_weights = {};
  LossWeights validation_sample_weights = {}, validation_step_weights = {};  // of validation_inputs

  Metrics metrics = {};  // one or a list; default: the one that matches the loss of the output

  // Applied in order; an input may have several. Data of inputs with noise are not held on a GPU.
  std::vector<InputNoise> input_noise = {};

  // The learning rate of each epoch, from its number and the previous rate; it stays in force afterward.
  std::function<double(std::uint32_t epoch, double current)> learning_rate = {};
  std::optional<std::uint64_t> seed = std::nullopt;  // of order and noise; default: the compiler's

  std::vector<std::uint32_t> example_timesteps = {};     // per example of the data; empty: the compiled number for all
  std::vector<std::uint32_t> validation_timesteps = {};  // of validation_inputs
  // Continues the run of this checkpoint, whatever was learned since; begins a run if the file does not exist. The
  // network, how it is compiled, the data and the options that affect results must be those of the run, else train()
  // throws DataError (foreign_checkpoint). The state of other callbacks is not in the file.
  std::filesystem::path resume = {};
  // Asked after each batch, on the thread that trains; once it returns true, training ends as if it were over. Without
  // callbacks that watch batches, a GPU may run up to 32 batches before.
  std::function<bool()> stop = {};

  // Bytes of memory for data that come from sources (example_source.hpp): inputs, targets and those of validation are
  // taken in this order, and read into memory before training while all of them fit; the others are read batch by
  // batch, with the same results to the bit. Default: a quarter of the memory that is available.
  std::optional<std::size_t> data_memory = std::nullopt;

  std::vector<CallbackReference> callbacks = {};
  std::function<void(const Problem&)> warn = {};  // receives warnings; default: set_warning_handler's (warning.hpp)
};

// The data of one epoch. What the views see must stay until the function is called again, or training has ended.
struct EpochData {
  std::vector<NamedData> inputs, targets;
  std::vector<std::uint32_t> example_timesteps = {};   // as TrainOptions::example_timesteps
  LossWeights sample_weights = {}, step_weights = {};  // as those of TrainOptions
};
// Gives the data of an epoch, by its number: for augmentation. Every epoch must have as many examples. It should depend
// on nothing but the number, so that a run can be resumed: it is then called for start_epoch, whose data must be those
// of the run, and from the epoch on in which the run continues.
using EpochGenerator = std::function<EpochData(std::uint32_t epoch)>;

}  // namespace synfire
