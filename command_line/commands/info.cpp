// SPDX-License-Identifier: Apache-2.0
// synfire info: shows a summary of a model: populations, shapes, parameters, memory.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "commands/tables.hpp"
#include "data/preparation.hpp"
#include "model/summary.hpp"
#include "model/training.hpp"
#include "synfire/base/pipes.hpp"
#include "synfire/base/text.hpp"

namespace synfire::command_line {
namespace {

std::string parameter_text(const ParameterCounts& counts, const std::string& name) {
  const auto found = counts.find(name);
  return found == counts.end() ? "?" : grouped(found->second.all);
}

const char* input_text(contract::InputKind kind) {
  switch (kind) {
    case contract::InputKind::none: return "-";
    case contract::InputKind::values: return "values";
    case contract::InputKind::spikes: return "spikes";
  }
  return "-";
}

// Text from a file, as part of one line.
std::string shown(const std::string& text) {
  constexpr std::size_t longest = 1000;
  return base::one_line(text, longest);
}

std::string population_table(const ModelSummary& model, const ParameterCounts& counts) {
  std::vector<std::vector<std::string>> rows{
      {"Population", "Model", "Shape", "Neurons", "Input", "Readout", "Parameters"}};
  for (const contract::PopulationInfo& population : model.manifest().populations) {
    rows.push_back({population.name, population.model, synfire::to_string(population.shape),
                    grouped(element_count(population.shape)), input_text(population.input),
                    population.readout.empty() ? "-" : population.readout, parameter_text(counts, population.name)});
  }
  return table(rows, {false, false, false, true, false, false, true});
}

std::string connection_table(const ModelSummary& model, const ParameterCounts& counts) {
  std::vector<std::vector<std::string>> rows{
      {"Connection", "From", "To", "Synapse", "Connectivity", "Delay", "Storage", "Synapses", "Parameters"}};
  for (const contract::ConnectionInfo& connection : model.manifest().connections) {
    rows.push_back({connection.name, connection.source, connection.target, connection.synapse, connection.connectivity,
                    delay_text(connection, model.manifest().dt), connection.storage.empty() ? "-" : connection.storage,
                    grouped(connection.synapses), parameter_text(counts, connection.name)});
  }
  return table(rows, {false, false, false, false, false, false, false, true, true});
}

std::string memory_text(const ModelSummary& model) {
  std::string text;
  for (std::size_t i = 0; i < model.manifests.size(); ++i) {
    const contract::Manifest& manifest = model.manifests[i];
    text += "Memory of a batch of " + grouped(manifest.batch_size) + " on " + model.targets[i] + ": ";
    std::size_t total = 0;
    std::string parts;
    for (const auto& [purpose, bytes] : memory_of(manifest)) {
      total += bytes;
      if (bytes > 0) parts += (parts.empty() ? "" : ", ") + purpose + " " + readable_bytes(bytes);
    }
    text += readable_bytes(total) + (parts.empty() ? "" : " (" + parts + ")") + "\n";
  }
  return text;
}

std::string total_text(const ModelSummary& model) {
  const ModelTotals totals = totals_of(model);
  std::string text = "Neurons: " + grouped(totals.neurons) + "\nSynapses: " + grouped(totals.synapses) + "\n";
  if (!model.network) return text;
  return text + "Parameters: " + grouped(totals.parameters.all) + " (" +
         readable_bytes(sizeof(float) * totals.parameters.all) + "), trainable " +
         grouped(totals.parameters.trainable) + ", fixed " +
         grouped(totals.parameters.all - totals.parameters.trainable) + "\n";
}

std::string artifact_text(const ArtifactSummary& artifact) {
  std::string text = "Written by Synfire " + shown(artifact.synfire_version) + ", layout " +
                     std::to_string(artifact.version) + ", kernel interface " + std::to_string(artifact.abi) + "\n";
  std::vector<std::vector<std::string>> rows{{"Program", "Architecture", "Schedule", "Bytes"}};
  for (const ArtifactSummary::Program& program : artifact.programs) {
    for (const ArtifactSummary::Binary& binary : program.binaries)
      rows.push_back({binary.target, binary.architecture, program.manifest.schedule, grouped(binary.bytes)});
  }
  return text + "\n" + table(rows, {false, false, false, true});
}

std::string text_of(const ModelSummary& model) {
  const contract::Manifest& manifest = model.manifest();
  std::string text = shown(model.file) + ": " + (model.artifact ? "artifact" : "description") + ", " +
                     readable_bytes(std::filesystem::file_size(base::readable(model.file))) + "\n" +
                     counted(manifest.timesteps, "step") + " of " + decimal(manifest.dt) + " ms, batch size " +
                     grouped(manifest.batch_size) + ", seed " + std::to_string(manifest.seed) + "\n\n";
  text += population_table(model, counts_of_populations(model)) + "\n";
  if (!manifest.connections.empty()) text += connection_table(model, counts_of_connections(model)) + "\n";
  text += total_text(model) + memory_text(model);
  for (const InputPreparation& input : model.inputs)
    text += "Data of " + shown(input.population) + ": " + command_line::to_string(input) + "\n";
  if (model.training) {
    text += "Training: event_prop, " + command_line::to_string(model.training->losses) + ", adam with learning rate " +
            decimal(std::get<Adam>(model.training->optimizer).learning_rate) + "\n";
  }
  return model.artifact ? text + "\n" + artifact_text(*model.artifact) : text;
}

void add_count(Json& entry, const ParameterCounts& counts, const std::string& name) {
  const auto found = counts.find(name);
  if (found == counts.end()) return;
  entry["parameters"] = found->second.all;
  entry["trainable"] = found->second.trainable;
}

Json populations_document(const ModelSummary& model) {
  const ParameterCounts counts = counts_of_populations(model);
  Json list = Json::array();
  for (const contract::PopulationInfo& population : model.manifest().populations) {
    Json entry = {{"name", population.name},
                  {"model", population.model},
                  {"shape", population.shape},
                  {"neurons", element_count(population.shape)},
                  {"input", population.input == contract::InputKind::none ? "" : input_text(population.input)},
                  {"readout", population.readout}};
    add_count(entry, counts, population.name);
    list.push_back(std::move(entry));
  }
  return list;
}

Json connections_document(const ModelSummary& model) {
  const ParameterCounts counts = counts_of_connections(model);
  Json list = Json::array();
  for (const contract::ConnectionInfo& connection : model.manifest().connections) {
    Json entry = {{"name", connection.name},
                  {"source", connection.source},
                  {"target", connection.target},
                  {"synapse", connection.synapse},
                  {"connectivity", connection.connectivity},
                  {"storage", connection.storage},
                  {"synapses", connection.synapses},
                  {"delay_steps", connection.delay_steps},
                  {"longest_delay_steps", connection.longest_delay_steps}};
    add_count(entry, counts, connection.name);
    list.push_back(std::move(entry));
  }
  return list;
}

Json programs_document(const ModelSummary& model) {
  Json list = Json::array();
  for (std::size_t i = 0; i < model.manifests.size(); ++i) {
    Json binaries = Json::array();
    if (model.artifact) {
      for (const ArtifactSummary::Binary& binary : model.artifact->programs[i].binaries)
        binaries.push_back({{"architecture", binary.architecture}, {"bytes", binary.bytes}, {"entry", binary.entry}});
    }
    list.push_back({{"device", model.targets[i]},
                    {"schedule", model.manifests[i].schedule},
                    {"memory", memory_of(model.manifests[i])},
                    {"binaries", std::move(binaries)}});
  }
  return list;
}

Json document_of(const ModelSummary& model) {
  const ModelTotals totals = totals_of(model);
  const contract::Manifest& manifest = model.manifest();
  Json document = {{"file", model.file},
                   {"kind", model.artifact ? "artifact" : "description"},
                   {"dt", manifest.dt},
                   {"timesteps", manifest.timesteps},
                   {"batch_size", manifest.batch_size},
                   {"seed", manifest.seed},
                   {"populations", populations_document(model)},
                   {"connections", connections_document(model)},
                   {"neurons", totals.neurons},
                   {"synapses", totals.synapses},
                   {"programs", programs_document(model)}};
  if (model.network) {
    document["parameters"] = totals.parameters.all;
    document["trainable"] = totals.parameters.trainable;
  }
  document["inputs"] = Json::parse(to_note(model.inputs));
  if (model.training) {
    document["training"] = {{"losses", command_line::to_string(model.training->losses)},
                            {"optimizer", "adam"},
                            {"learning_rate", std::get<Adam>(model.training->optimizer).learning_rate}};
  }
  return document;
}

void info(const Arguments& arguments, Output& output) {
  const ModelSummary model = summarize(arguments.text("MODEL"));
  output.document(document_of(model));
  output.text(text_of(model));
}

}  // namespace

Command info_command() {
  return {
      .name = "info",
      .summary = "show a summary of a model: populations, shapes, parameters, memory",
      .examples = {{"synfire info demo.json", "what a description contains"},
                   {"synfire info demo.synfire", "what an artifact contains"}},
      .text =
          "A number shared by all neurons or synapses counts as one parameter, an array or an initializer as "
          "one per element. Memory is that of the buffers of a batch. Nothing in an artifact is run or loaded.",
      .operands = {{.name = "MODEL", .help = "a description (.json) or an artifact (.synfire)"}},
      .options = {},
      .run = info,
  };
}

}  // namespace synfire::command_line
