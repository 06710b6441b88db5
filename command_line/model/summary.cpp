// SPDX-License-Identifier: Apache-2.0
#include "model/summary.hpp"

#include "model/model_file.hpp"
#include "model/stages.hpp"
#include "model/training.hpp"
#include "output.hpp"

namespace synfire::command_line {
namespace {

ModelSummary summary_of_description(const std::string& file, const Description& description) {
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

ModelSummary read_checkpoint_model(const std::string& file) {
  CheckpointInfo checkpoint = read_checkpoint(file);
  ModelSummary model =
      summary_of_description(file, parse_description(checkpoint.description, checkpoint.tensors, file));
  model.checkpoint = std::move(checkpoint);
  return model;
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

ModelSummary summarize(const std::string& file, const std::vector<Override>& overrides) {
  switch (kind_of(file, true)) {
    case ModelFileKind::artifact: return read_artifact_model(file);
    case ModelFileKind::checkpoint: return read_checkpoint_model(file);
    case ModelFileKind::description: break;
  }
  return summary_of_description(file, read_description(file, overrides));
}

std::optional<NetworkParameters> parameters_of(const ModelSummary& model) {
  if (!model.network) return std::nullopt;
  return count_parameters(*model.network, model.manifest());
}

}  // namespace synfire::command_line
