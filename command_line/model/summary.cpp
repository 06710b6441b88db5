// SPDX-License-Identifier: Apache-2.0
#include "model/summary.hpp"

#include "model/model_file.hpp"
#include "model/stages.hpp"
#include "model/training.hpp"
#include "output.hpp"

namespace synfire::command_line {
namespace {

ModelSummary read_description_model(const std::string& file) {
  const Description description = read_description(file);
  const InferenceCompiler compiler = InferenceCompiler::from(description.compile, description.network);
  GeneratedProgram program = generate(compiler, description.network, "host");
  return {.file = file,
          .network = description.network.resolve(),
          .manifests = {std::move(program.artifact.manifest)},
          .targets = {"host"},
          .inputs = description.inputs,
          .training = trains(description) ? std::optional(description.compile) : std::nullopt,
          .artifact = {}};
}

ModelSummary read_artifact_model(const std::string& file) {
  ArtifactReader reader(file);
  ModelSummary model{.file = file,
                     .network = {},
                     .manifests = {},
                     .targets = {},
                     .inputs = {},
                     .training = {},
                     .artifact = reader.summary()};
  for (const ArtifactSummary::Program& program : model.artifact->programs) {
    model.manifests.push_back(program.manifest);
    model.targets.push_back(program.target());
  }
  if (!model.artifact->description.empty()) {
    Description description = parse_description(model.artifact->description, reader.tensors(), file);
    model.network = description.network.resolve();
    model.inputs = std::move(description.inputs);
  }
  return model;
}

}  // namespace

ModelSummary summarize(const std::string& file) {
  return kind_of(file) == ModelFileKind::artifact ? read_artifact_model(file) : read_description_model(file);
}

ParameterCounts counts_of_populations(const ModelSummary& model) {
  ParameterCounts counts;
  if (!model.network) return counts;
  for (const ir::Population& population : model.network->populations)
    counts[population.name] = parameters_of(population);
  return counts;
}

ParameterCounts counts_of_connections(const ModelSummary& model) {
  ParameterCounts counts;
  if (!model.network) return counts;
  for (std::size_t i = 0; i < model.network->connections.size(); ++i) {
    const ir::Connection& connection = model.network->connections[i];
    const std::size_t targets = model.network->populations[connection.target].neurons();
    counts[connection.name] = parameters_of(connection, model.manifest().connections[i].synapses, targets);
  }
  return counts;
}

ModelTotals totals_of(const ModelSummary& model) {
  ModelTotals totals;
  for (const auto& population : model.manifest().populations) totals.neurons += element_count(population.shape);
  for (const auto& connection : model.manifest().connections) totals.synapses += connection.synapses;
  for (const ParameterCounts& counts : {counts_of_populations(model), counts_of_connections(model)}) {
    for (const auto& [name, count] : counts) {
      totals.parameters.all += count.all;
      totals.parameters.trainable += count.trainable;
    }
  }
  return totals;
}

std::map<std::string, std::size_t> memory_of(const contract::Manifest& manifest) {
  std::map<std::string, std::size_t> memory;
  for (const contract::Buffer& buffer : manifest.buffers)
    memory[contract::to_string(buffer.role)] += buffer_bytes(buffer, manifest.batch_size);
  return memory;
}

std::string delay_text(const contract::ConnectionInfo& connection, double dt) {
  const std::string shortest = decimal(static_cast<double>(connection.delay_steps) * dt);
  if (connection.longest_delay_steps <= connection.delay_steps) return shortest + " ms";
  return shortest + " to " + decimal(static_cast<double>(connection.longest_delay_steps) * dt) + " ms";
}

}  // namespace synfire::command_line
