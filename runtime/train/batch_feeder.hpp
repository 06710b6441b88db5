// SPDX-License-Identifier: Apache-2.0
// Batches of any examples of bound data, in any order, without copying the data set; streamed data are read ahead.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "binned_spikes.hpp"
#include "evaluate/data_binding.hpp"
#include "train/batch_trainer.hpp"
#include "train/read_ahead.hpp"

namespace synfire::runtime {

// The part of the data in a batch, and how the program identifies it.
struct BatchPlace {
  std::span<const std::uint32_t> examples;  // of the data, in the order of the batch
  std::uint32_t first = 0;  // the program's number of the first example, which determines its random draws
  std::uint64_t seed = 0;
  std::span<const std::uint32_t> next = {};  // examples of the batch that comes next, if it is known
};

class BatchFeeder {
 public:
  // `data` has targets in the order of contract::Training::outputs, or none; it must outlive the feeder. `again`:
  // examples are used more than once, so spikes are sorted beforehand, on the host threads of `device` if there is one.
  BatchFeeder(const contract::Manifest& manifest, const BoundData& data, bool again = false, Device* device = nullptr);

  // Valid until the next call, as long as the list of examples is.
  const TrainingBatch& batch(const BatchPlace& place);
  // The same without inputs and weights, of data that are in memory.
  const TrainingBatch& targets(const BatchPlace& place);

 private:
  struct Rows {
    const float* data = nullptr;
    std::size_t size = 0;  // values of one example
    std::vector<float> gathered = {};
  };

  static std::span<const float> take(Rows& rows, std::span<const std::uint32_t> examples);

  const TrainingBatch& fill_targets(const BatchPlace& place, const StreamedBatch* streamed);
  void fill_weights(const BatchPlace& place);

  const BoundData& data_;
  std::optional<ReadAhead> reader_;  // if data are streamed
  TrainingBatch batch_;
  std::vector<std::optional<BinnedSpikes>> binned_;  // in the order of the data's inputs
  std::vector<Rows> inputs_, targets_;               // in the order of the data
  std::vector<std::vector<std::uint32_t>> labels_;   // in the order of the data's targets
  std::vector<std::vector<float>> weights_;          // the same
  std::vector<std::uint32_t> steps_;
};

}  // namespace synfire::runtime
