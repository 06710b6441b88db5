// SPDX-License-Identifier: Apache-2.0
// Runs the batches of a training program on a device: its buffers, its launches, growing tapes.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "executor/program_memory.hpp"
#include "train/batch_trainer.hpp"

namespace synfire::runtime {

class TrainingExecutor final : public BatchTrainer {
 public:
  // Loads the artifact of a training program, for batches of the manifest's size. Throws as Executor does.
  TrainingExecutor(std::shared_ptr<const contract::Artifact> artifact, const std::shared_ptr<Device>& device);

  BatchOutcome train(const TrainingBatch& batch, const UpdateRate& rate) override;
  BatchOutcome test(const TrainingBatch& batch) override;
  std::unique_ptr<HeldExamples> hold(const BoundData& data) override;
  std::size_t longest_stretch() const override;
  std::vector<BatchOutcome> train(const Stretch& stretch, const std::vector<UpdateRate>& rates) override;
  std::vector<BatchOutcome> test(const Stretch& stretch) override;
  void show(std::size_t batch) override { shown_ = batch; }
  std::vector<float> readout(std::size_t population) const override;

  // The gradients of the mean loss of a batch, in the order of Training::values; the trainable values do not change.
  std::vector<std::vector<float>> gradients(const TrainingBatch& batch);
  // As Trainer::recorded_spikes.
  std::vector<std::int8_t> recorded_spikes(std::size_t population) const;
  // The current trainable value, in the order of its parameter. `values` has as many elements.
  std::vector<float> value(std::size_t index) const;
  void set_value(std::size_t index, std::span<const float> values);

  const contract::Manifest& manifest() const { return memory_.manifest(); }
  const contract::Training& training() const { return *memory_.manifest().training; }
  std::vector<Executor::MemoryUse> memory_use() const { return memory_.use(); }
  std::uint64_t updates() const override { return updates_; }
  TrainedState state() const override;
  void restore(const TrainedState& state) override;
  std::vector<std::vector<float>> values() const override;
  void set_values(const std::vector<std::vector<float>>& values) override;

 private:
  // A stretch of batches whose data are bound.
  struct Plan {
    std::span<const std::uint32_t> names;  // indices of the examples in the data, for messages
    const std::uint32_t* order = nullptr;  // memory in which the program reads their rows
    std::uint32_t first = 0;
    std::uint64_t seed = 0;
    bool weighted = false;  // losses have weights
    bool backward = false;
    std::vector<UpdateRate> rates = {};  // of each batch, if it changes the values
    bool keeps_gradients = false;        // instead
    bool measures = false;               // the norm of the last batch's gradients
    const std::function<bool()>* stop = nullptr;
  };

  // A launch around synfire_train, if the program has it.
  struct Stage {
    contract::Entry entry = {};
    std::unique_ptr<LoadedProgram> program = nullptr;  // null: none
    std::uint32_t chunks = 0;
  };

  void bind(const TrainingBatch& batch);
  void bind(const Stretch& stretch, Plan& plan);
  TargetSpan given(const TrainingBatch& batch, std::size_t output) const;
  Plan plan_of(const TrainingBatch& batch) const;
  std::vector<BatchOutcome> run(Plan plan);
  void reserve_results(std::size_t examples);
  void bind_results(std::size_t first);
  std::size_t batches(const Plan& plan) const;
  std::uint32_t examples_of(const Plan& plan, std::size_t batch) const;
  void enqueue(Plan& plan, std::size_t first);
  void launch(const Plan& plan, std::size_t batch, std::uint32_t follows, bool locate);
  contract::UpdateHeader update_header(const Plan& plan, std::size_t batch) const;
  void launch(const Stage& stage, const contract::UpdateHeader& header);
  void update(const Plan& plan, std::size_t batch);
  void prepare();
  void after_values();  // the host has changed some
  void remove_noise(const Plan& plan);
  void clear_gradients();
  void go_on_after_halt(Plan& plan, std::vector<BatchOutcome>& outcomes);
  std::size_t halted_batch() const;
  std::vector<contract::SpikeTotals> totals() const;
  bool grow_tapes(std::vector<Problem>& warnings);
  void enlarge(std::size_t tape, std::size_t capacity);
  void grow(std::size_t tape, std::size_t spikes, std::vector<Problem>& warnings);
  void read_losses(const Plan& plan, std::vector<BatchOutcome>& outcomes);
  bool is_measured(const Plan& plan) const;
  double read_norm() const;
  void read_activity(BatchOutcome& outcome) const;
  [[noreturn]] void locate(const Plan& plan, std::size_t batch);

  std::vector<std::uint32_t> words(std::size_t buffer, std::size_t count) const;

  ProgramMemory memory_;
  std::unique_ptr<LoadedProgram> train_;
  Stage perturb_, norm_, update_, constrain_, prepare_;
  std::vector<std::uint32_t> capacities_;                       // in the order of Training::tapes
  std::uint64_t updates_ = 0;                                   // made so far
  std::uint32_t examples_ = 0;                                  // of the last stretch
  std::size_t shown_ = 0;                                       // batch of the last stretch
  mutable std::map<std::size_t, std::vector<float>> readouts_;  // of the last stretch, by population: read once
  // Positions in the manifest of the buffers that are read or bound for each batch.
  std::vector<std::size_t> losses_, labels_, targets_, weights_, counts_, results_;
  std::size_t totals_ = 0, order_ = 0, halt_ = 0, squares_ = 0;
  std::vector<std::uint32_t> in_order_;  // 0, 1, …: for a single batch
  DeviceBuffer stretch_order_;           // if the device has its own memory
  // Zeros for a batch without targets.
  std::vector<std::uint32_t> no_labels_;
  std::vector<std::vector<float>> no_targets_;  // in the order of Training::outputs
};

}  // namespace synfire::runtime
