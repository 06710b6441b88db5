// SPDX-License-Identifier: Apache-2.0
#include "train/rate_plan.hpp"

#include <utility>

namespace synfire::runtime {

RatePlan::RatePlan(LearningRate schedule, std::uint32_t epochs, std::size_t batches,
                   const std::vector<ChosenMetric>& metrics, const PopulationIndex& index, bool validates)
    : schedule_(std::move(schedule)), epochs_(epochs), batches_(batches) {
  const auto* const plateau = std::get_if<ReduceOnPlateau>(&schedule_.setting);
  if (plateau == nullptr) return;
  plateau_.emplace(EarlyStopping{.monitor = plateau->monitor,
                                 .patience = plateau->patience,
                                 .min_delta = plateau->min_delta,
                                 .restore_best = false},
                   metrics, index, validates, "learning_rate");
}

void RatePlan::observe(const EpochRecord& record) {
  if (!plateau_) return;
  plateau_->observe(record);
  if (!plateau_->is_over()) return;
  ++reductions_;
  plateau_->wait_again();
}

UpdateRate RatePlan::rate(std::size_t epoch, std::size_t batch) const {
  const double now = rate_at(schedule_, {.updates = epoch * batches_ + batch,
                                         .updates_of_run = std::uint64_t{epochs_} * batches_,
                                         .epochs = static_cast<std::uint32_t>(epoch),
                                         .epochs_of_run = epochs_,
                                         .reductions = reductions_});
  const double first = initial_rate(schedule_);
  return {.learning_rate = now, .factor = first > 0 ? now / first : 1};
}

}  // namespace synfire::runtime
