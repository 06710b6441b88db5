// SPDX-License-Identifier: Apache-2.0
// What `synfire train` is asked to do: by options, by the description, and by a checkpoint.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "options.hpp"
#include "synfire/description.hpp"
#include "synfire/training.hpp"

namespace synfire::command_line {

struct TrainingTask {
  Arguments arguments;                    // of the command line, and of a checkpoint that is resumed without a MODEL
  Description description;                // with the settings of the options
  std::string stem;                       // of the files that are written
  TrainSettings settings = {};            // of the description, overridden by options
  std::uint32_t gradient_slots = 0;       // of the checkpoint; 0: those of the description
  double decay = 1;                       // of the learning rate, per epoch
  std::filesystem::path checkpoint = {};  // empty: none
  std::uint64_t checkpoint_every = 0;     // updates; 0: epochs
};

// The options of the loop over epochs, of checkpoints and of resuming.
std::vector<Option> loop_options();

// Throws UsageError, and DataError for files that cannot be read.
TrainingTask training_task(const Arguments& given);

// The options of train() without data and callbacks. `inputs`: how data are prepared, which a checkpoint keeps.
TrainOptions train_options(const TrainingTask& task, const std::vector<InputPreparation>& inputs);

// The learning rate of each epoch, which every epoch multiplies by `factor`.
std::function<double(std::uint32_t epoch, double current)> decaying(double factor);

// `validation.loss,patience=5,min_delta=0.01,restore_best=false`. Throws UsageError.
EarlyStopping parse_early_stopping(const std::string& text);
// In the same form.
std::string to_string(const EarlyStopping& settings);

}  // namespace synfire::command_line
