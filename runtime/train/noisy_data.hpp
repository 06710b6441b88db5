// SPDX-License-Identifier: Apache-2.0
// Training data with noise: the inputs that have noise become sources, which add it when a batch is read.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "evaluate/data_binding.hpp"
#include "synfire/contract/artifact.hpp"
#include "synfire/input_noise.hpp"

namespace synfire::runtime {

// The noise of one input. Two threads may use it.
struct NoiseStage {
  std::variant<Dropout, GaussianNoise, SpikeJitter> noise;
  std::uint32_t number = 0;  // in the list of all
};
struct NoiseDraws {
  std::uint64_t seed = 0;
  std::atomic<std::uint32_t> epoch = 0;
};

class NoisyData {
 public:
  // Throws ModelError with all problems of the list.
  NoisyData(const PopulationIndex& index, const std::vector<InputNoise>& noise, std::uint64_t seed);

  bool is_empty() const { return stages_.empty(); }
  // What distinguishes it from others, for checkpoints; empty without noise.
  std::string description() const;
  // These data with noise; valid until the next call, as long as the data are. Throws ModelError if an input that has
  // noise is given no data.
  const BoundData& over(const BoundData& data);
  // Before the first batch of an epoch is read.
  void begin_epoch(std::uint32_t epoch) { draws_.epoch = epoch; }

 private:
  struct Stages {
    std::size_t population = 0;
    std::string path = {};
    std::vector<NoiseStage> list = {};
  };

  const PopulationIndex& index_;
  std::vector<Stages> stages_;  // in the order of their first entries
  NoiseDraws draws_;
  BoundData data_;
  std::vector<std::unique_ptr<ValueSource>> values_;
  std::vector<std::unique_ptr<SpikeSource>> spikes_;
};

}  // namespace synfire::runtime
