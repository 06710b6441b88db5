// SPDX-License-Identifier: Apache-2.0
// Early stopping: ends training when what it monitors no longer improves.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "synfire/error.hpp"

namespace synfire {

// A setting of a description, and an entry of TrainOptions::callbacks:
//
//   model.train(x, y, {.epochs = 50, .validation_split = 0.1,
//                      .callbacks = {EarlyStopping{.monitor = "validation.loss", .patience = 5}}});
struct EarlyStopping {
  // `training` or `validation`, an output (can be omitted if there is one), and `loss` or the output's metric:
  // "validation.loss", "training.output.sparse_categorical_accuracy". Without an output, the loss is the sum over all.
  std::string monitor = "validation.loss";
  std::uint32_t patience = 5;  // epochs in a row without improvement after which training ends, ≥ 1
  double min_delta = 0;        // only changes by more than this are improvements, ≥ 0
  // Whether train() returns with the weights of the best epoch, however it ends, instead of the last ones. The
  // optimizer's state and update count stay those of the last update.
  bool restore_best = true;
  bool operator==(const EarlyStopping&) const = default;
};

// The parts of EarlyStopping::monitor.
struct Monitor {
  bool validation = false;
  std::string output = {};   // may be empty
  std::string measure = {};  // "loss" or a metric
};
// Nothing if the text has another form.
std::optional<Monitor> parse_monitor(const std::string& text);

// Problems of the settings that do not depend on a network. The path of each begins with `path`.
std::vector<Problem> problems_of(const EarlyStopping& settings, const std::string& path);

}  // namespace synfire
