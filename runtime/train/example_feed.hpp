// SPDX-License-Identifier: Apache-2.0
// Runs examples of a data set through a trainer: in stretches if the device can hold the data, else batch by batch.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "evaluate/callback_list.hpp"
#include "train/batch_feeder.hpp"
#include "train/batch_trainer.hpp"
#include "train/held_examples.hpp"

namespace synfire::runtime {

class ExampleFeed {
 public:
  struct Options {
    bool again = false;        // whether examples are used more than once, so sorting and holding them pays off
    Device* device = nullptr;  // whose host threads sort spikes; null: only the caller's
    bool stops = false;        // whether parts have a `stop`, which limits stretches
  };
  // All must outlive the feed. Callbacks that need every batch limit stretches to one batch.
  ExampleFeed(BatchTrainer& trainer, const contract::Manifest& manifest, const BoundData& data,
              const CallbackList& callbacks, const Options& options);

  // The examples in order, and whether to learn from them: the learning rate of each batch.
  struct Part {
    std::span<const std::uint32_t> order;
    std::uint64_t seed = 0;
    std::function<UpdateRate(std::size_t batch)> rate = {};  // asked before each stretch; empty: only tests
    std::size_t first = 0;                                   // the batch to begin with
    std::function<std::size_t()> longest = {};               // most batches of the next stretch, ≥ 1; empty: no limit
    std::function<void()> reached = {};                      // called after each stretch
    const std::function<bool()>* stop = nullptr;             // asked after each batch: true ends the part
  };
  // Calls begins(batch) for each batch of a stretch before it runs, and ended(batch, outcome, data) afterward, when the
  // trainer has its readouts. Returns whether all batches ran.
  using Begins = std::function<void(std::size_t batch)>;
  using Ended = std::function<void(std::size_t batch, const BatchOutcome& outcome, const TrainingBatch& data)>;
  bool run(const Part& part, const Begins& begins, const Ended& ended);

 private:
  // The number of batches that ran.
  std::size_t run_held(const Part& part, std::size_t first, std::size_t batches, const Ended& ended);
  std::size_t run_fed(const Part& part, std::size_t batch, const Ended& ended);
  BatchPlace place(const Part& part, std::size_t batch) const;

  BatchTrainer& trainer_;
  std::uint32_t batch_size_;
  std::size_t longest_;  // in batches
  std::unique_ptr<HeldExamples> held_;
  BatchFeeder feeder_;
};

}  // namespace synfire::runtime
