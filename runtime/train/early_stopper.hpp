// SPDX-License-Identifier: Apache-2.0
// Carries out EarlyStopping: finds the best epoch, and when to end.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "evaluate/metric_choice.hpp"
#include "evaluate/population_index.hpp"
#include "synfire/early_stopping.hpp"
#include "synfire/training.hpp"

namespace synfire::runtime {

class EarlyStopper {
 public:
  // `metrics`: of the outputs; `validates`: whether there are validation data. Throws ModelError, with paths that begin
  // with `path`, for unknown outputs and metrics, for a metric of several outputs, and for validation without data.
  EarlyStopper(EarlyStopping settings, const std::vector<ChosenMetric>& metrics, const PopulationIndex& index,
               bool validates, const std::string& path);

  // Returns whether it is the best epoch so far. The same records in the same order give the same answers.
  bool observe(const EpochRecord& record);
  // Begins to wait anew.
  void wait_again() { waited_ = 0; }
  // Whether training should end.
  bool is_over() const { return waited_ >= settings_.patience; }
  std::optional<std::uint32_t> best_epoch() const { return best_epoch_; }
  bool restores() const { return settings_.restore_best; }

 private:
  double value_in(const EpochRecord& record) const;

  EarlyStopping settings_;
  Monitor monitor_;
  bool larger_is_better_ = false;
  std::optional<std::uint32_t> best_epoch_;
  double best_ = 0;
  std::uint32_t waited_ = 0;  // epochs since the best one
};

}  // namespace synfire::runtime
