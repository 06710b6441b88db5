// SPDX-License-Identifier: Apache-2.0
// Runs the batches of a program that learns on a device: its buffers, its two launches, tapes that grow.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "executor/program_memory.hpp"
#include "train/batch_trainer.hpp"

namespace synfire::runtime {

class TrainingExecutor final : public BatchTrainer {
 public:
  // Loads the artifact, whose manifest says how it learns, for batches of the manifest's size. Throws as Executor does.
  TrainingExecutor(std::shared_ptr<const contract::Artifact> artifact, std::shared_ptr<Device> device);

  BatchOutcome train(const TrainingBatch& batch, double learning_rate) override;
  BatchOutcome test(const TrainingBatch& batch) override;
  std::vector<float> readout(std::size_t population) const override;

  // The gradients of the mean loss of a batch, as Training::values; the trainable values stay as they are.
  std::vector<std::vector<float>> gradients(const TrainingBatch& batch);
  // As Trainer::recorded_spikes.
  std::vector<std::int8_t> recorded_spikes(std::size_t population) const;
  // Today's trainable value, in the order of its parameter.
  std::vector<float> value(std::size_t index) const;

  const contract::Manifest& manifest() const { return memory_.manifest(); }
  const contract::Training& training() const { return *memory_.manifest().training; }
  std::vector<Executor::MemoryUse> memory_use() const { return memory_.use(); }
  std::uint64_t updates() const { return updates_; }

 private:
  void bind(const TrainingBatch& batch);
  TargetSpan given(const TrainingBatch& batch, std::size_t output) const;
  BatchOutcome run(const TrainingBatch& batch, bool backward);
  void launch(const TrainingBatch& batch, bool backward, bool locate);
  bool grow_tapes(std::vector<Problem>& warnings);
  void grow(std::size_t tape, std::size_t spikes, std::vector<Problem>& warnings);
  void read_losses(BatchOutcome& outcome) const;
  void read_activity(BatchOutcome& outcome) const;
  void update(const contract::UpdateHeader& header);
  void check_finite(const TrainingBatch& batch, const BatchOutcome& outcome, bool backward);
  [[noreturn]] void locate(const TrainingBatch& batch, bool backward);

  std::vector<std::uint32_t> words(std::size_t buffer, std::size_t count) const;

  ProgramMemory memory_;
  contract::Entry update_entry_;
  std::unique_ptr<LoadedProgram> train_, update_;
  std::vector<std::uint32_t> capacities_;  // as Training::tapes
  std::uint64_t updates_ = 0;              // that have been made
  std::uint32_t examples_ = 0;             // of the last batch
  // Places in the manifest of what is read or bound for each batch.
  std::vector<std::size_t> losses_, labels_, targets_, counts_;
  std::size_t totals_ = 0;
  // Where a batch has no targets: zeros.
  std::vector<std::uint32_t> no_labels_;
  std::vector<std::vector<float>> no_targets_;  // as Training::outputs
};

}  // namespace synfire::runtime
