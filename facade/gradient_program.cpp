// SPDX-License-Identifier: Apache-2.0
#include "gradient_program.hpp"

#include <deque>
#include <utility>

namespace synfire {
namespace {

using codegen::ExampleData;

bool can_spike(const ir::Population& population) { return !population.neuron.threshold.empty(); }

SpikeTrains trains_of(const std::vector<ExampleData>& examples, std::size_t population, std::size_t neurons,
                      double dt) {
  SpikeTrains trains(neurons);
  for (const ExampleData& example : examples) {
    std::vector<std::uint32_t> which;
    std::vector<float> times;
    for (const codegen::GivenSpike& spike : example.spikes[population]) {
      which.push_back(spike.neuron);
      times.push_back(static_cast<float>(spike.step * dt));
    }
    trains.add_example(which, times);
  }
  return trains;
}

// Stacks values of the examples along a first axis; `shape` is that of one example.
Tensor<float> stacked(const std::vector<ExampleData>& examples, Extents shape, const auto& values_of) {
  std::vector<float> values;
  for (const ExampleData& example : examples) {
    const std::vector<double>& each = values_of(example);
    values.insert(values.end(), each.begin(), each.end());
  }
  shape.insert(shape.begin(), examples.size());
  return {std::move(shape), std::move(values)};
}

// Data in the form that runs expect, and views of it.
struct Bound {
  std::deque<SpikeTrains> trains;
  std::deque<Tensor<float>> values;
  std::deque<Tensor<std::int64_t>> labels;
  std::vector<NamedData> inputs, targets;
};

void bind_inputs(Bound& bound, const contract::Manifest& manifest, const std::vector<ExampleData>& examples) {
  for (std::size_t p = 0; p < manifest.populations.size(); ++p) {
    const contract::PopulationInfo& population = manifest.populations[p];
    const std::size_t neurons = element_count(population.shape);
    if (population.input == contract::InputKind::spikes)
      bound.inputs.push_back(
          {population.name, bound.trains.emplace_back(trains_of(examples, p, neurons, manifest.dt))});
    if (population.input != contract::InputKind::values) continue;
    const std::size_t frames = examples.front().input[p].size() / neurons;
    const Extents shape = frames > 1 ? Extents{frames, neurons} : Extents{neurons};
    const auto given = [p](const ExampleData& example) -> const std::vector<double>& { return example.input[p]; };
    bound.inputs.push_back({population.name, bound.values.emplace_back(stacked(examples, shape, given))});
  }
}

void bind_targets(Bound& bound, const contract::Manifest& manifest, const std::vector<codegen::OutputLoss>& losses,
                  const std::vector<ExampleData>& examples) {
  for (std::size_t i = 0; i < losses.size(); ++i) {
    const contract::PopulationInfo& output = manifest.populations[losses[i].population];
    if (!codegen::takes_label(losses[i].loss) && !codegen::takes_values(losses[i].loss)) continue;
    if (codegen::takes_label(losses[i].loss)) {
      Tensor<std::int64_t> labels({examples.size()});
      for (std::size_t e = 0; e < examples.size(); ++e) labels[e] = examples[e].targets[i].label;
      bound.targets.push_back({output.name, bound.labels.emplace_back(std::move(labels))});
      continue;
    }
    const std::size_t neurons = element_count(output.shape);
    const bool running = codegen::is_running(losses[i].loss);
    const Extents shape = running ? Extents{manifest.timesteps, neurons} : Extents{neurons};
    const auto given = [i](const ExampleData& example) -> const std::vector<double>& {
      return example.targets[i].values;
    };
    bound.targets.push_back({output.name, bound.values.emplace_back(stacked(examples, shape, given))});
  }
}

}  // namespace

GradientProgram::GradientProgram(const TrainingCompiler& compiler, const ir::Network& network,
                                 const codegen::TrainingOptions& training, std::size_t examples)
    : network_(network),
      losses_(training.losses),
      timesteps_(compiler.timesteps),
      device_(compiler.device.empty() ? runtime::default_device() : compiler.device) {
  std::shared_ptr<runtime::Device> opened =
      runtime::open_device(device_, {.threads = compiler.threads, .ordinal = compiler.ordinal});
  codegen::CompileOptions options = compile_options(compiler);
  options.batch_size = static_cast<std::uint32_t>(examples);
  for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
    if (can_spike(network.populations[p])) options.records.push_back({p, "spikes"});
  }
  codegen::TrainingOptions exact = training;
  exact.rates.clear();
  const std::vector<std::string> architectures = opened->architectures();
  auto artifact = std::make_shared<contract::Artifact>(
      codegen::compile_training(network, options, exact, device_,
                                {.architecture = architectures.empty() ? std::string{} : architectures.front(),
                                 .cache_folder = compiler.cache_folder},
                                codegen::stages_from_environment()));
  trainer_ = std::make_unique<runtime::Trainer>(std::move(artifact), std::move(opened), runtime::TrainerOptions{});
}

std::vector<std::vector<float>> GradientProgram::gradients(const std::vector<ExampleData>& examples) {
  Bound bound;
  bind_inputs(bound, trainer_->artifact().manifest, examples);
  bind_targets(bound, trainer_->artifact().manifest, losses_, examples);
  return trainer_->gradients(bound.inputs, bound.targets, {});
}

// Recordings hold −1, 0 or 1 for each example, step and neuron.
std::vector<codegen::GivenSpike> GradientProgram::spikes_of(std::size_t population, std::size_t example) const {
  std::vector<codegen::GivenSpike> spikes;
  if (!can_spike(network_.populations[population])) return spikes;
  const std::vector<std::int8_t> recorded = trainer_->recorded_spikes(population);
  const auto neurons = static_cast<std::uint32_t>(network_.populations[population].neurons());
  for (std::uint32_t step = 0; step < timesteps_; ++step) {
    for (std::uint32_t i = 0; i < neurons; ++i) {
      const std::int8_t sign = recorded[(example * timesteps_ + step) * neurons + i];
      if (sign != 0) spikes.push_back({step, i, sign});
    }
  }
  return spikes;
}

void GradientProgram::take_drawn_spikes(std::vector<ExampleData>& examples) {
  std::vector<std::size_t> drawn;
  for (std::size_t p = 0; p < network_.populations.size(); ++p) {
    if (network_.populations[p].neuron.state.empty() && can_spike(network_.populations[p])) drawn.push_back(p);
  }
  if (drawn.empty()) return;
  gradients(examples);
  for (const std::size_t p : drawn) {
    for (std::size_t e = 0; e < examples.size(); ++e) examples[e].spikes[p] = spikes_of(p, e);
  }
}

codegen::ProgramGradients GradientProgram::run(const std::vector<ExampleData>& examples) {
  codegen::ProgramGradients result;
  const std::vector<std::vector<float>> found = gradients(examples);
  for (std::size_t e = 0; e < examples.size(); ++e) {
    auto& by_population = result.spikes.emplace_back();
    for (std::size_t p = 0; p < network_.populations.size(); ++p) by_population.push_back(spikes_of(p, e));
  }
  const std::vector<contract::TrainedValue>& values = trainer_->artifact().manifest.training->values;
  for (std::size_t i = 0; i < values.size(); ++i)
    result.gradients[values[i].name()] = {found[i].begin(), found[i].end()};
  return result;
}

}  // namespace synfire
