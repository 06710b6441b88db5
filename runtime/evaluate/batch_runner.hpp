// SPDX-License-Identifier: Apache-2.0
// Runs checked data batch by batch: cuts them, chooses seeds and steps, carries state over.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "evaluate/data_binding.hpp"
#include "evaluate/population_index.hpp"
#include "synfire/compiled_network.hpp"
#include "synfire/runtime/executor.hpp"

namespace synfire::runtime {

class BatchRunner {
 public:
  // Loads the artifact on the device for batches of the manifest's size. Throws ModelError (invalid_option)
  // where state is to be carried and the program cannot, and what Executor throws.
  BatchRunner(const std::shared_ptr<const contract::Artifact>& artifact, std::shared_ptr<Device> device,
              CarryOver carry_over);

  // A batch that has run: its first example, how many there are, and their steps (as in Batch).
  struct Done {
    std::size_t first_example;
    std::size_t examples;
    std::span<const std::uint32_t> steps;
  };
  // Runs all examples in order. `receive` reads the results of each batch off the executor and says whether
  // to go on.
  void run(const BoundData& data, const RunOptions& options, const std::function<bool(const Done&)>& receive);
  // Forgets carried-over state.
  void reset() { executor_.forget_state(); }

  const Executor& executor() const { return executor_; }

 private:
  const contract::Manifest& manifest() const { return executor_.manifest(); }
  Batch make_batch(const BoundData& data, std::size_t first, std::uint32_t examples);
  BatchInput silent_input(std::size_t population, std::uint32_t examples);
  void carry_state(Batch& batch);

  CarryOver carry_over_;
  Executor executor_;
  // What silent inputs are given: a batch of zeros, and of no spikes.
  std::vector<float> zeros_;
  std::vector<std::unique_ptr<SpikeTrains>> no_spikes_;  // by population
};

}  // namespace synfire::runtime
