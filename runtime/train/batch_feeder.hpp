// SPDX-License-Identifier: Apache-2.0
// Batches of any examples of bound data, in any order, without a copy of the data set.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "binned_spikes.hpp"
#include "evaluate/data_binding.hpp"
#include "train/batch_trainer.hpp"

namespace synfire::runtime {

// Which part of the data there is, and how the program calls it.
struct BatchPlace {
  std::span<const std::uint32_t> examples;  // of the data, in the order of the batch
  std::uint32_t first = 0;                  // what the program calls the first of them: its random draws go by it
  std::uint64_t seed = 0;
};

class BatchFeeder {
 public:
  // `data` has targets as contract::Training::outputs, or none; it must outlive the feeder. `again`: examples will be taken more
  // than once, so that spikes are worth sorting beforehand, on the host threads of `device` if there is one.
  BatchFeeder(const contract::Manifest& manifest, const BoundData& data, bool again = false, Device* device = nullptr);

  // Valid until the next call, as long as the list of examples is.
  const TrainingBatch& batch(const BatchPlace& place);
  // The same without inputs.
  const TrainingBatch& targets(const BatchPlace& place);

 private:
  struct Rows {
    const float* data = nullptr;
    std::size_t size = 0;  // values of one example
    std::vector<float> gathered = {};
  };

  static std::span<const float> take(Rows& rows, std::span<const std::uint32_t> examples);

  const BoundData& data_;
  TrainingBatch batch_;
  std::vector<std::optional<BinnedSpikes>> binned_;  // as the data's inputs
  std::vector<Rows> inputs_, targets_;               // as the data's
  std::vector<std::vector<std::uint32_t>> labels_;   // as the data's targets
  std::vector<std::uint32_t> steps_;
};

}  // namespace synfire::runtime
