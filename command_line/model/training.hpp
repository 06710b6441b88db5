// SPDX-License-Identifier: Apache-2.0
// The compiler of programs that learn, as a description and the options ask for it.
#pragma once

#include <string>
#include <vector>

#include "options.hpp"
#include "synfire/description.hpp"
#include "synfire/event_prop_compiler.hpp"

namespace synfire::command_line {

// Whether the description says that its network is to be trained.
bool trains(const Description& description);

// --loss, --timesteps, --dt, --batch-size, --seed, and the device's.
std::vector<Option> training_options();

// Replaces settings of the description by what the options say. Throws UsageError.
void apply_training_settings(const Arguments& arguments, CompileSettings& settings);

// Throws UsageError for options that belong to inference alone (--schedule, --record), and ModelError.
EventPropCompiler training_compiler_for(const Arguments& arguments, const Description& description);

// `mean_square_error`, `sparse_categorical_crossentropy,temperature=0.5`. Throws UsageError.
LossSetting parse_loss(const std::string& text);

// For people: the same.
std::string to_string(const LossSetting& loss);
std::string to_string(const LossSettings& losses);

}  // namespace synfire::command_line
