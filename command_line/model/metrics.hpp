// SPDX-License-Identifier: Apache-2.0
// The metrics that --metric chooses, for training and for evaluations.
#pragma once

#include <string>
#include <vector>

#include "options.hpp"
#include "synfire/description.hpp"
#include "synfire/metrics.hpp"

namespace synfire::command_line {

// --metric. `of_table`: what the help says of that of confusion_matrix; `of_none`: how the help ends.
Option metric_option(const std::string& of_table, const std::string& of_none);

// Overrides the metrics of the description. Its compile settings must be those of the options. Throws UsageError.
void apply_metrics(const Arguments& arguments, const Description& description, TrainSettings& settings);

// The names of the outputs.
std::vector<std::string> outputs_in(const Network& network);

// The metrics of an evaluation of these outputs: those of --metric, then one for each other output. `unscored`: outputs
// without one by default; afterward, all without one. Throws UsageError.
std::vector<OutputMetric> evaluation_metrics(const Arguments& arguments, const std::vector<std::string>& outputs,
                                             std::vector<std::string>& unscored);

}  // namespace synfire::command_line
