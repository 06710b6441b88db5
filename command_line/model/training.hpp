// SPDX-License-Identifier: Apache-2.0
// The compiler of training programs, configured by a description and the options.
#pragma once

#include <string>
#include <vector>

#include "options.hpp"
#include "synfire/description.hpp"
#include "synfire/training_compiler.hpp"

namespace synfire::command_line {

// Whether the description is for training.
bool trains(const Description& description);

// --loss, --timesteps, --dt, --batch-size, --seed, and the device options.
std::vector<Option> training_options();

// Overrides settings of the description with the options. Throws UsageError.
void apply_training_settings(const Arguments& arguments, CompileSettings& settings);

// --surrogate: with surrogate gradients, whatever the compiler of the description is. Throws UsageError.
void apply_surrogate(const Arguments& arguments, CompileSettings& settings);

// Throws UsageError for options of inference (--schedule, --record), and ModelError.
TrainingCompiler training_compiler_for(const Arguments& arguments, const Description& description);

// The loss of an output; null if it has none.
const LossSetting* loss_of(const LossSettings& losses, const std::string& output);
// Whether any of the losses compares its output with data.
bool takes_targets(const LossSettings& losses);

// Throws UsageError if outputs are compared with labels, and --labels gives none.
void require_labels(const Arguments& arguments, const CompileSettings& settings);

// `mean_square_error`, `sparse_categorical_crossentropy,temperature=0.5`.
std::string to_string(const LossSetting& loss);
std::string to_string(const LossSettings& losses);
// `atan,alpha=2`, `hidden=atan,alpha=2, output=boxcar,width=0.5,height=1`.
std::string to_string(const SurrogateSettings& surrogates);

}  // namespace synfire::command_line
