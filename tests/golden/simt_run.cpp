// SPDX-License-Identifier: Apache-2.0
#include "golden/simt_run.hpp"

#include <random>

#include "simt/simt_compile.hpp"
#include "synfire/codegen/compile.hpp"

namespace synfire::testing {
namespace {

contract::Artifact artifact_of(const CompilableNetwork& network) {
  return codegen::generate(network.network.resolve(), network.options, "cuda");
}

std::shared_ptr<contract::Artifact> simt_artifact(const CompilableNetwork& network, const std::string& source) {
  auto artifact = std::make_shared<contract::Artifact>(artifact_of(network));
  contract::Binary& binary = artifact->binaries.front();
  if (!source.empty()) binary.source = source;
  binary.target = "simt";
  binary.architecture = "simt";
  binary.bytes = simt::compile_for_simt(binary.source);
  return artifact;
}

std::vector<float> random_values(std::size_t count, std::mt19937& random) {
  std::uniform_real_distribution<float> value(-1.0F, 1.5F);
  std::vector<float> values(count);
  for (float& each : values) each = value(random);
  return values;
}

SpikeTrains random_spikes(std::size_t neurons, float duration, std::mt19937& random) {
  SpikeTrains trains(neurons);
  for (std::uint32_t e = 0; e < SimtRun::examples; ++e) {
    std::vector<std::uint32_t> ids(4 * neurons);
    std::vector<float> times(ids.size());
    for (auto& id : ids) id = static_cast<std::uint32_t>(random() % neurons);
    for (auto& time : times) time = duration * static_cast<float>(random() % 1000) / 1000;
    trains.add_example(ids, times);
  }
  return trains;
}

}  // namespace

std::string cuda_source(const CompilableNetwork& network) { return artifact_of(network).binaries.front().source; }

SimtRun::SimtRun(const CompilableNetwork& network, const std::string& source)
    : device_(std::make_shared<simt::SimtDevice>()),
      executor_(std::make_unique<runtime::Executor>(simt_artifact(network, source), device_, examples)) {
  make_data();
}

void SimtRun::make_data() {
  std::mt19937 random(1);
  const contract::Manifest& manifest = executor_->manifest();
  const auto duration = static_cast<float>(manifest.dt * manifest.timesteps);
  for (const contract::PopulationInfo& population : manifest.populations) {
    const std::size_t neurons = element_count(population.shape);
    const bool takes_values = population.input == contract::InputKind::values;
    values_.push_back(takes_values ? random_values(examples * population.frames * neurons, random)
                                   : std::vector<float>{});
    spikes_.push_back(random_spikes(neurons, duration, random));
  }
}

runtime::Batch SimtRun::batch() const {
  runtime::Batch batch;
  batch.examples = examples;
  batch.seed = 7;
  const auto& populations = executor_->manifest().populations;
  for (std::size_t i = 0; i < populations.size(); ++i) {
    if (populations[i].input == contract::InputKind::values)
      batch.inputs.push_back({.population = i, .values = values_[i]});
    if (populations[i].input == contract::InputKind::spikes)
      batch.inputs.push_back({.population = i, .spikes = &spikes_[i]});
  }
  return batch;
}

void SimtRun::run(std::uint64_t seed) {
  device_->set_seed(seed);
  runtime::Batch first = batch();
  first.save = executor_->manifest().resumable;
  executor_->run(first);
  if (!first.save) return;
  first.load = contract::carry_neurons | contract::carry_synapses | contract::carry_spikes | contract::carry_readouts;
  executor_->run(first);
}

}  // namespace synfire::testing
