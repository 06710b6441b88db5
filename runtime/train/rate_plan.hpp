// SPDX-License-Identifier: Apache-2.0
// The learning rate of each update of a run, from a schedule.
#pragma once

#include <optional>

#include "synfire/learning_rate.hpp"
#include "train/batch_trainer.hpp"
#include "train/early_stopper.hpp"

namespace synfire::runtime {

class RatePlan {
 public:
  // `epochs`: of the run, of `batches` each. Throws as EarlyStopper does, for what a schedule monitors.
  RatePlan(LearningRate schedule, std::uint32_t epochs, std::size_t batches, const std::vector<ChosenMetric>& metrics,
           const PopulationIndex& index, bool validates);

  // Each epoch that ends must be shown, also those before an interruption.
  void observe(const EpochRecord& record);
  // `epoch`, `batch`: counted from 0 within the run and the epoch.
  UpdateRate rate(std::size_t epoch, std::size_t batch) const;
  bool depends_on_length() const { return synfire::depends_on_length(schedule_); }

 private:
  LearningRate schedule_;
  std::uint32_t epochs_;
  std::size_t batches_;
  std::optional<EarlyStopper> plateau_;
  std::uint32_t reductions_ = 0;
};

}  // namespace synfire::runtime
