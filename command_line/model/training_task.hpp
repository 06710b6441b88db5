// SPDX-License-Identifier: Apache-2.0
// What `synfire train` is asked to do: by options, by the description, and by a checkpoint.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "options.hpp"
#include "synfire/description.hpp"
#include "synfire/training.hpp"

namespace synfire::command_line {

// The loop over epochs.
struct LoopSettings {
  TrainSettings settings = {};  // of the description, overridden by options
  double decay = 1;             // of the learning rate, per epoch
};

struct TrainingTask {
  Arguments arguments;      // of the command line, and of a checkpoint that is resumed without a MODEL
  Description description;  // with the settings of the options
  std::string stem;         // of the files that are written
  LoopSettings loop = {};
  std::uint32_t gradient_slots = 0;       // of the checkpoint; 0: those of the description
  std::filesystem::path checkpoint = {};  // empty: none
  std::uint64_t checkpoint_every = 0;     // updates; 0: epochs
};

// The options of LoopSettings.
std::vector<Option> loop_options();
// Those of checkpoints, of resuming, and of other data and weights to begin with.
std::vector<Option> run_options_of_training();

// Throws UsageError, and DataError for files that cannot be read.
TrainingTask training_task(const Arguments& given);

// The options of train() without data and callbacks. `inputs`: how data are prepared, which a checkpoint keeps.
TrainOptions train_options(const TrainingTask& task, const std::vector<InputPreparation>& inputs);

// Of a description with the compile settings of the options. Throws UsageError and ModelError.
LoopSettings loop_settings(const Arguments& arguments, const Description& description);
TrainOptions train_options(const LoopSettings& loop);

// `validation.loss,patience=5,min_delta=0.01,restore_best=false`. Throws UsageError.
EarlyStopping parse_early_stopping(const std::string& text);
// In the same form.
std::string to_string(const EarlyStopping& settings);

}  // namespace synfire::command_line
