// SPDX-License-Identifier: Apache-2.0
#include "gradients/program_gradients.hpp"

#include <algorithm>
#include <cstring>

namespace synfire::testing {
namespace {

using codegen::ExampleData;
using codegen::GivenSpike;

// Recordings hold −1, 0 or 1 for each step and neuron.
std::vector<GivenSpike> spikes_of(const std::vector<std::int8_t>& recorded, std::size_t example, std::uint32_t steps,
                                  std::uint32_t timesteps, std::uint32_t neurons) {
  std::vector<GivenSpike> spikes;
  for (std::uint32_t step = 0; step < steps; ++step) {
    for (std::uint32_t i = 0; i < neurons; ++i) {
      const std::int8_t sign = recorded[(example * timesteps + step) * neurons + i];
      if (sign != 0) spikes.push_back({step, i, sign > 0 ? 1 : -1});
    }
  }
  return spikes;
}

std::uint32_t steps_of(const ExampleData& example, std::uint32_t timesteps) {
  return example.timesteps != 0 ? example.timesteps : timesteps;
}

void give(TrainingRun& run, const TrainingCase& learned, const std::vector<ExampleData>& examples) {
  std::vector<std::uint32_t> steps;
  steps.reserve(examples.size());
  for (const ExampleData& each : examples) steps.push_back(steps_of(each, learned.options.timesteps));
  run.set_steps(steps);
  const auto& populations = run.manifest().populations;
  for (std::size_t p = 0; p < populations.size(); ++p) {
    if (populations[p].input == contract::InputKind::spikes) {
      std::vector<Spikes> given;
      for (const ExampleData& example : examples) {
        Spikes& spikes = given.emplace_back();
        for (const GivenSpike& spike : example.spikes[p]) spikes.emplace_back(spike.step, spike.neuron);
        std::sort(spikes.begin(), spikes.end());
      }
      run.set_spikes(populations[p].name, given);
    }
    if (populations[p].input != contract::InputKind::values) continue;
    std::vector<float> values;
    for (const ExampleData& example : examples)
      values.insert(values.end(), example.input[p].begin(), example.input[p].end());
    for (const contract::Buffer& buffer : run.manifest().buffers) {
      if (buffer.role == contract::BufferRole::input_values && buffer.population == populations[p].name)
        run.set_values(buffer.name, values);
    }
  }
  for (std::size_t o = 0; o < learned.training.losses.size(); ++o) {
    const std::string& name = populations[learned.training.losses[o].population].name;
    for (const contract::TrainedOutput& output : run.training().outputs) {
      if (output.population != name) continue;
      std::vector<std::uint32_t> labels;
      std::vector<float> targets;
      const std::size_t width = element_count(populations[learned.training.losses[o].population].shape) *
                                (output.per_step ? learned.options.timesteps : 1);
      for (std::size_t e = 0; e < examples.size(); ++e) {
        labels.push_back(examples[e].targets[o].label);
        const auto& values = examples[e].targets[o].values;
        targets.insert(targets.end(), values.begin(), values.end());
        targets.resize(width * (e + 1));
      }
      if (!output.labels.empty()) run.set_words(output.labels, labels);
      if (!output.targets.empty()) run.set_values(output.targets, targets);
    }
  }
}

}  // namespace

codegen::GradientCheckOptions check_options(const TrainingCase& learned) {
  codegen::GradientCheckOptions options;
  options.dt = learned.options.dt;
  options.nominal_dt = learned.options.nominal_dt;
  options.timesteps = learned.options.timesteps;
  options.seed = learned.options.seed;
  options.losses = learned.training.losses;
  return options;
}

codegen::ProgramGradients program_gradients(TrainingCase learned, const std::string& device,
                                            const std::vector<ExampleData>& examples,
                                            const std::function<void(TrainingRun&)>& finished) {
  const ir::Network network = learned.network.resolve();
  learned.options.batch_size = static_cast<std::uint32_t>(examples.size());
  for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
    if (!network.populations[p].neuron.threshold.empty()) learned.options.records.push_back({p, "spikes"});
  }
  TrainingRun run(learned, device);
  give(run, learned, examples);
  run.train();
  codegen::ProgramGradients result;
  for (std::size_t e = 0; e < examples.size(); ++e) {
    auto& by_population = result.spikes.emplace_back(network.populations.size());
    for (const contract::Buffer& buffer : run.manifest().buffers) {
      if (buffer.role != contract::BufferRole::recording || buffer.variable != "spikes") continue;
      for (std::size_t p = 0; p < network.populations.size(); ++p) {
        if (network.populations[p].name != buffer.population) continue;
        by_population[p] = spikes_of(run.flags(buffer.name), e, steps_of(examples[e], learned.options.timesteps),
                                     learned.options.timesteps, static_cast<std::uint32_t>(buffer.shape[1]));
      }
    }
  }
  for (const contract::TrainedValue& value : run.training().values) {
    const std::vector<float> gradient = run.gradient(value.name());
    result.gradients[value.name()] = {gradient.begin(), gradient.end()};
  }
  if (finished) finished(run);
  return result;
}

}  // namespace synfire::testing
