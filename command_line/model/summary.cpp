// SPDX-License-Identifier: Apache-2.0
#include "model/summary.hpp"

#include "model/model_file.hpp"
#include "model/stages.hpp"
#include "model/training.hpp"
#include "output.hpp"

namespace synfire::command_line {
namespace {

ModelSummary read_description_model(const std::string& file, const std::vector<Override>& overrides) {
  const Description description = read_description(file, overrides);
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

ModelSummary summarize(const std::string& file, const std::vector<Override>& overrides) {
  if (kind_of(file) == ModelFileKind::artifact) return read_artifact_model(file);
  return read_description_model(file, overrides);
}

std::optional<NetworkParameters> parameters_of(const ModelSummary& model) {
  if (!model.network) return std::nullopt;
  return count_parameters(*model.network, model.manifest());
}

}  // namespace synfire::command_line
