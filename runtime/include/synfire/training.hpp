// SPDX-License-Identifier: Apache-2.0
// How a network is trained, and what comes of it.
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
#include <vector>

#include "synfire/callbacks.hpp"
#include "synfire/compiled_network.hpp"

namespace synfire {

// How well an output did.
struct OutputScore {
  std::string output = {};
  double loss = std::numeric_limits<double>::quiet_NaN();  // mean over the examples
  std::string metric = {};
  double value = std::numeric_limits<double>::quiet_NaN();  // of the metric; NaN where it has none
  Ambiguity ambiguity = {};                                 // of examples without a single largest readout
};

// What the spikes of a population were like, summed over the examples of an epoch.
struct PopulationActivity {
  std::string population = {};
  std::uint64_t spikes = 0;
  // Of these: spikes that an arriving jump, a reset that left the neuron above its threshold, or the end of a refractory
  // period triggered. Their times do not depend on weights, so no gradient passes through them (docs/training.md).
  std::uint64_t triggered = 0;
  // Of these: spikes at which the neuron all but touched its threshold, so that the derivative of their time is as good as
  // infinite. It is left out.
  std::uint64_t near_tangent = 0;
};

struct EpochRecord {
  std::uint32_t epoch = 0;
  double learning_rate = 0;
  std::size_t examples = 0, batches = 0;
  std::vector<OutputScore> training = {};    // in the order of the network; of each batch before it was learned from
  std::vector<OutputScore> validation = {};  // after the epoch's last update; empty without validation data
  std::vector<PopulationActivity> activity = {};
  std::size_t replays = 0;  // batches that were run again because the tape was too short; it has grown since
  double seconds = 0;       // of training
  double validation_seconds = 0;
};

// What train() returns.
struct History {
  std::vector<EpochRecord> epochs = {};
  std::map<std::string, std::any> callback_data = {};  // what callbacks have left, by key

  bool empty() const { return epochs.empty(); }
  // Of the last epoch. Throw ModelError (unknown_name, missing_data). An output is named; it can be left out where there is
  // only one.
  const OutputScore& training(const std::string& output = {}) const;
  const OutputScore& validation(const std::string& output = {}) const;

  // One line for each epoch under a line of names: epoch, learning_rate, examples, seconds, …, `output.loss`,
  // `output.<metric>`, `validation.output.loss`, …, `population.spikes`, …. What there is not is left empty. Replaces the
  // file or leaves it as it was; throws DataError (file_access).
  void save_csv(const std::filesystem::path& path) const;
};

struct TrainOptions {
  std::uint32_t epochs = 1;
  std::uint32_t start_epoch = 0;  // what the first of them is called; order and noise of an epoch go by its number
  bool shuffle = true;            // a new order of the examples in each epoch, from the seed and the epoch's number

  // Data to judge by after each epoch, in order and without learning: the last part of the data, a fraction in [0, 1), or
  // data of their own.
  double validation_split = 0;
  std::vector<NamedData> validation_inputs = {}, validation_targets = {};

  std::string metric = {};  // for every output without an entry in `metrics`; empty: what goes with its loss
  std::vector<OutputMetric> metrics = {};

  // The learning rate of each epoch, from its number and the rate before; it stays in force afterwards.
  std::function<double(std::uint32_t epoch, double current)> learning_rate = {};
  std::optional<std::uint64_t> seed = std::nullopt;  // of order and noise; default: the compiler's

  std::vector<std::uint32_t> example_timesteps = {};     // per example of the data; empty: all take the compiled number
  std::vector<std::uint32_t> validation_timesteps = {};  // of validation_inputs
  std::vector<CallbackReference> callbacks = {};
  std::function<void(const Problem&)> warn = {};  // receives warnings; default: they go to standard error
};

}  // namespace synfire
