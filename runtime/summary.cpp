// SPDX-License-Identifier: Apache-2.0
#include "synfire/summary.hpp"

#include "synfire/base/readable.hpp"

namespace synfire {
namespace {

using base::counted;
using base::decimal;
using base::grouped;
using base::readable_bytes;

using Counts = std::map<std::string, ParameterCount>;

std::string count_text(const Counts* counts, const std::string& name) {
  if (counts == nullptr) return "?";
  const auto found = counts->find(name);
  return found == counts->end() ? "?" : grouped(found->second.all);
}

std::string population_table(const contract::Manifest& manifest, const Counts* counts) {
  std::vector<std::vector<std::string>> rows{
      {"Population", "Model", "Shape", "Neurons", "Input", "Readout", "Parameters"}};
  for (const contract::PopulationInfo& population : manifest.populations) {
    rows.push_back({population.name, population.model, to_string(population.shape),
                    grouped(element_count(population.shape)), input_text(population.input),
                    population.readout.empty() ? "-" : population.readout, count_text(counts, population.name)});
  }
  return base::table(rows, {false, false, false, true, false, false, true});
}

std::string connection_table(const contract::Manifest& manifest, const Counts* counts) {
  std::vector<std::vector<std::string>> rows{
      {"Connection", "From", "To", "Synapse", "Connectivity", "Delay", "Storage", "Synapses", "Parameters"}};
  for (const contract::ConnectionInfo& connection : manifest.connections) {
    rows.push_back({connection.name, connection.source, connection.target, connection.synapse, connection.connectivity,
                    delay_text(connection, manifest.dt), connection.storage.empty() ? "-" : connection.storage,
                    grouped(connection.synapses), count_text(counts, connection.name)});
  }
  return base::table(rows, {false, false, false, false, false, false, false, true, true});
}

std::string memory_text(const SummarizedProgram& program) {
  std::size_t total = 0;
  std::string parts;
  for (const auto& [purpose, bytes] : memory_of(*program.manifest)) {
    total += bytes;
    if (bytes > 0) parts += (parts.empty() ? "" : ", ") + purpose + " " + readable_bytes(bytes);
  }
  return "Memory of a batch of " + grouped(program.manifest->batch_size) + " on " + program.device + ": " +
         readable_bytes(total) + (parts.empty() ? "" : " (" + parts + ")") + "\n";
}

std::string total_text(const contract::Manifest& manifest, const NetworkParameters* parameters) {
  const NetworkTotals totals = totals_of(manifest, parameters);
  std::string text = "Neurons: " + grouped(totals.neurons) + "\nSynapses: " + grouped(totals.synapses) + "\n";
  if (parameters == nullptr) return text;
  return text + "Parameters: " + grouped(totals.parameters.all) + " (" +
         readable_bytes(sizeof(float) * totals.parameters.all) + "), trainable " +
         grouped(totals.parameters.trainable) + ", fixed " +
         grouped(totals.parameters.all - totals.parameters.trainable) + "\n";
}

}  // namespace

std::string summary_of(const std::vector<SummarizedProgram>& programs, const NetworkParameters* parameters) {
  const contract::Manifest& manifest = *programs.front().manifest;
  std::string text = counted(manifest.timesteps, "step") + " of " + decimal(manifest.dt) + " ms, batch size " +
                     grouped(manifest.batch_size) + ", seed " + std::to_string(manifest.seed) + "\n\n";
  text += population_table(manifest, parameters != nullptr ? &parameters->populations : nullptr) + "\n";
  if (!manifest.connections.empty())
    text += connection_table(manifest, parameters != nullptr ? &parameters->connections : nullptr) + "\n";
  text += total_text(manifest, parameters);
  for (const SummarizedProgram& program : programs) text += memory_text(program);
  return text;
}

NetworkTotals totals_of(const contract::Manifest& manifest, const NetworkParameters* parameters) {
  NetworkTotals totals;
  for (const auto& population : manifest.populations) totals.neurons += element_count(population.shape);
  for (const auto& connection : manifest.connections) totals.synapses += connection.synapses;
  if (parameters == nullptr) return totals;
  for (const Counts* counts : {&parameters->populations, &parameters->connections}) {
    for (const auto& [name, count] : *counts) {
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
  const std::string latency = connection.latency_steps == 0 ? " ms, latency 0" : " ms";
  if (connection.longest_delay_steps <= connection.delay_steps) return shortest + latency;
  return shortest + " to " + decimal(static_cast<double>(connection.longest_delay_steps) * dt) + latency;
}

std::string input_text(contract::InputKind kind) {
  switch (kind) {
    case contract::InputKind::none: return "-";
    case contract::InputKind::values: return "values";
    case contract::InputKind::spikes: return "spikes";
  }
  return "-";
}

}  // namespace synfire
