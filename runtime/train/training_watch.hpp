// SPDX-License-Identifier: Apache-2.0
// Watches a training run for what keeps networks from learning. Each warning is given once in a run, for each
// population that it is about.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "synfire/contract/artifact.hpp"
#include "synfire/training.hpp"
#include "synfire/warning.hpp"
#include "train/batch_trainer.hpp"

namespace synfire::runtime {

class TrainingWatch {
 public:
  explicit TrainingWatch(const contract::Manifest& manifest) : manifest_(manifest) {}

  // Does not repeat the warnings of these epochs, which ran before; neurons are watched from the start of a run only.
  void resume(const std::vector<EpochRecord>& epochs);
  bool has_given(ProblemKind kind) const;
  void begin_epoch() { norms_.clear(); }
  // `steps`: of all examples of the batch together.
  std::vector<Problem> after_batch(const EpochRecord& record, const BatchOutcome& outcome, std::uint64_t steps);
  // `earlier`: the epochs before it.
  std::vector<Problem> after_epoch(const std::vector<EpochRecord>& earlier, const EpochRecord& record);

 private:
  using Warnings = std::vector<Problem>;

  void judge_norm(const EpochRecord& record, double norm, Warnings& found);
  void judge_neurons(const EpochRecord& record, Warnings& found);
  void judge_losses(const std::vector<EpochRecord>& earlier, const EpochRecord& record, Warnings& found) const;
  Warnings first_ones(Warnings found);

  const contract::Manifest& manifest_;
  std::vector<double> norms_;          // of this epoch
  std::deque<double> recent_norms_;    // the last ones, of earlier epochs too
  std::vector<NeuronSpikes> neurons_;  // of the first batches
  std::uint64_t steps_ = 0;            // of their examples together
  std::size_t batches_ = 0;            // that were watched
  bool has_judged_neurons_ = false;
  std::set<std::pair<std::string, std::string>> given_;  // kind, and path without the epoch
};

// Of the spikes of an epoch. `neurons`: of the population; `examples`: of the epoch.
std::vector<Problem> activity_warnings(const PopulationActivity& activity, std::uint32_t epoch, std::uint64_t neurons,
                                       std::uint64_t examples, bool is_surrogate = false);

}  // namespace synfire::runtime
