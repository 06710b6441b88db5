// SPDX-License-Identifier: Apache-2.0
// synfire info: shows a summary of a model: populations, shapes, parameters, memory.
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "commands/tables.hpp"
#include "data/preparation.hpp"
#include "model/model_file.hpp"
#include "model/summary.hpp"
#include "model/training.hpp"
#include "synfire/base/pipes.hpp"
#include "synfire/base/text.hpp"

namespace synfire::command_line {
namespace {

// Text from a file, as part of one line.
std::string shown(const std::string& text) {
  constexpr std::size_t longest = 1000;
  return base::one_line(text, longest);
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

const char* kind_name(const ModelSummary& model) {
  if (model.artifact) return "artifact";
  return model.checkpoint ? "checkpoint" : "description";
}

std::string checkpoint_text(const CheckpointInfo& checkpoint) {
  std::string text = "Checkpoint of Synfire " + shown(checkpoint.synfire_version) + ": " + grouped(checkpoint.updates) +
                     " updates, learning rate " + decimal(checkpoint.learning_rate);
  const auto epochs = checkpoint.notes.find("epochs");
  if (checkpoint.epoch && epochs != checkpoint.notes.end() && epochs->second == std::to_string(*checkpoint.epoch))
    text += ", complete: epoch " + epochs->second + " would be the next";
  else if (checkpoint.epoch)
    text += ", continues in epoch " + std::to_string(*checkpoint.epoch);
  return text + "\n";
}

// ` by fast_sigmoid,slope=25, resets detached`, or nothing for exact gradients.
std::string gradients_of(const CompileSettings& training) {
  if (training.compiler != "surrogate") return {};
  return " by " + command_line::to_string(training.surrogate) + (training.detach_reset ? ", resets detached" : "");
}

std::string text_of(const ModelSummary& model) {
  std::vector<SummarizedProgram> programs;
  for (std::size_t i = 0; i < model.manifests.size(); ++i) programs.push_back({model.targets[i], &model.manifests[i]});
  const auto parameters = parameters_of(model);
  std::string text = shown(model.file) + ": " + kind_name(model) + ", " +
                     readable_bytes(std::filesystem::file_size(base::readable(model.file))) + "\n" +
                     summary_of(programs, parameters ? &*parameters : nullptr);
  for (const InputPreparation& input : model.inputs)
    text += "Data of " + shown(input.population) + ": " + command_line::to_string(input) + "\n";
  if (model.training) {
    text += "Training: " + model.training->compiler + gradients_of(*model.training) + ", " +
            command_line::to_string(model.training->losses) + ", " + model.training->optimizer.model().name +
            " with learning rate " + synfire::to_string(model.training->optimizer.rate()) + "\n";
  }
  if (model.checkpoint) text += checkpoint_text(*model.checkpoint);
  return model.artifact ? text + "\n" + artifact_text(*model.artifact) : text;
}

void add_count(Json& entry, const std::map<std::string, ParameterCount>& counts, const std::string& name) {
  const auto found = counts.find(name);
  if (found == counts.end()) return;
  entry["parameters"] = found->second.all;
  entry["trainable"] = found->second.trainable;
}

Json populations_document(const ModelSummary& model, const NetworkParameters& parameters) {
  Json list = Json::array();
  for (const contract::PopulationInfo& population : model.manifest().populations) {
    Json entry = {{"name", population.name},
                  {"model", population.model},
                  {"shape", population.shape},
                  {"neurons", element_count(population.shape)},
                  {"input", population.input == contract::InputKind::none ? "" : input_text(population.input)},
                  {"readout", population.readout}};
    add_count(entry, parameters.populations, population.name);
    list.push_back(std::move(entry));
  }
  return list;
}

Json connections_document(const ModelSummary& model, const NetworkParameters& parameters) {
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
                  {"longest_delay_steps", connection.longest_delay_steps},
                  {"latency_steps", connection.latency_steps}};
    add_count(entry, parameters.connections, connection.name);
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
  const NetworkParameters parameters = parameters_of(model).value_or(NetworkParameters{});
  const NetworkTotals totals = totals_of(model.manifest(), &parameters);
  const contract::Manifest& manifest = model.manifest();
  Json document = {{"file", model.file},
                   {"kind", kind_name(model)},
                   {"dt", manifest.dt},
                   {"timesteps", manifest.timesteps},
                   {"batch_size", manifest.batch_size},
                   {"seed", manifest.seed},
                   {"populations", populations_document(model, parameters)},
                   {"connections", connections_document(model, parameters)},
                   {"neurons", totals.neurons},
                   {"synapses", totals.synapses},
                   {"programs", programs_document(model)}};
  if (model.network) {
    document["parameters"] = totals.parameters.all;
    document["trainable"] = totals.parameters.trainable;
  }
  document["inputs"] = Json::parse(to_note(model.inputs));
  if (model.training) {
    document["training"] = {{"compiler", model.training->compiler},
                            {"losses", command_line::to_string(model.training->losses)},
                            {"optimizer", model.training->optimizer.model().name},
                            {"learning_rate", initial_rate(model.training->optimizer.rate())}};
    if (model.training->compiler == "surrogate") {
      document["training"]["surrogate"] = command_line::to_string(model.training->surrogate);
      document["training"]["detach_reset"] = model.training->detach_reset;
    }
    if (model.training->optimizer.rate().is_schedule())
      document["training"]["schedule"] = synfire::to_string(model.training->optimizer.rate());
  }
  if (model.checkpoint) {
    const CheckpointInfo& checkpoint = *model.checkpoint;
    document["checkpoint"] = {{"synfire_version", checkpoint.synfire_version},
                              {"updates", checkpoint.updates},
                              {"learning_rate", checkpoint.learning_rate},
                              {"epoch", checkpoint.epoch ? Json(*checkpoint.epoch) : Json()},
                              {"notes", checkpoint.notes}};
  }
  return document;
}

void info(const Arguments& arguments, Output& output) {
  const std::string file = arguments.text("MODEL");
  if (kind_of(file, true) != ModelFileKind::description) refuse_overrides(arguments, file);
  const ModelSummary model = summarize(file, overrides_of(arguments));
  output.document(document_of(model));
  output.text(text_of(model));
}

}  // namespace

Command info_command() {
  return {
      .name = "info",
      .summary = "show a summary of a model or a checkpoint: populations, shapes, parameters, memory",
      .examples = {{"synfire info demo.json", "what a description contains"},
                   {"synfire info demo.synfire", "what an artifact contains"},
                   {"synfire info run.ckpt", "how far a run has come, and what it trains"},
                   {"synfire info demo.json --set hidden.shape=256", "the same network with more neurons"}},
      .text =
          "A number shared by all neurons or synapses counts as one parameter, an array or an initializer as "
          "one per element. Memory is that of the buffers of a batch. Nothing in an artifact is run or loaded.",
      .operands = {{.name = "MODEL", .help = "a description (.json), an artifact (.synfire) or a checkpoint"}},
      .options = {override_option()},
      .run = info,
  };
}

}  // namespace synfire::command_line
