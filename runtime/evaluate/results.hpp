// SPDX-License-Identifier: Apache-2.0
// The results of a run, filled batch by batch.
#pragma once

#include <any>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "evaluate/population_index.hpp"
#include "recording/plan.hpp"
#include "recording/store.hpp"
#include "synfire/compiled_network.hpp"
#include "synfire/runtime/executor.hpp"

namespace synfire::runtime {

struct Results {
  // Room for examples [first, first + examples) of all outputs and of the kept parts of recordings.
  Results(const PopulationIndex& populations, std::shared_ptr<const contract::Artifact> of,
          std::shared_ptr<const RecordingPlan> planned, std::size_t first, std::size_t examples);

  // Copies the readouts of a batch, as examples × neurons of each output, to the examples of the data from `first` on.
  void store_readouts(const std::function<std::vector<float>(std::size_t population)>& readout, std::size_t first);
  // Stores for the recordings kept in memory, in plan order; null for the others.
  std::vector<std::unique_ptr<RecordingStore>> stores();

  // The readout of one example of the data.
  std::span<const float> readout(std::size_t population, std::size_t example) const;

  PopulationIndex index;
  std::shared_ptr<const contract::Artifact> artifact;
  std::shared_ptr<const RecordingPlan> plan;
  std::size_t first_example;
  std::map<std::size_t, Tensor<float>> readouts = {};     // by population: examples × shape
  std::vector<RecordedData> recordings = {};              // in plan order
  std::map<std::size_t, SynapseRecording> synapses = {};  // by recording: those that were requested
  std::map<std::string, std::any> callback_data = {};
};

}  // namespace synfire::runtime

namespace synfire {

struct Predictions::Content {
  runtime::Results results;
  std::mutex while_asked = {};  // guards what is made on request
};

}  // namespace synfire
