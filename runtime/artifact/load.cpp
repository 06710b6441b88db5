// SPDX-License-Identifier: Apache-2.0
// Loads models and networks from artifact files; reads only the program that is going to run.
#include <utility>

#include "artifact/program_choice.hpp"
#include "synfire/compiled_network.hpp"
#include "synfire/runtime_model.hpp"

namespace synfire {
namespace {

using runtime::ProgramChoice;

Model load_model(ArtifactReader reader, const ModelOptions& options) {
  const ProgramChoice choice = runtime::choose_program(
      reader.summary(), options.device, true,
      [&](const std::string& name) { return runtime::open_device(name, {.threads = 1, .ordinal = options.ordinal}); });
  ModelOptions chosen = options;
  chosen.device = choice.device->name();
  return Model(std::make_shared<const contract::Artifact>(reader.program(choice.program)), chosen);
}

CompiledNetwork load_network(ArtifactReader reader, const LoadOptions& options) {
  const ProgramChoice choice =
      runtime::choose_program(reader.summary(), options.device, options.carry_over.any(), [&](const std::string& name) {
        return runtime::open_device(name, {.threads = options.threads, .ordinal = options.ordinal});
      });
  return CompiledNetwork(std::make_shared<const contract::Artifact>(reader.program(choice.program)), choice.device,
                         options.carry_over);
}

}  // namespace

Model Model::load(const std::filesystem::path& path, const ModelOptions& options) {
  return load_model(ArtifactReader(path), options);
}

Model Model::load(std::span<const std::byte> bytes, const ModelOptions& options) {
  return load_model(ArtifactReader(bytes), options);
}

CompiledNetwork CompiledNetwork::load(const std::filesystem::path& path, const LoadOptions& options) {
  return load_network(ArtifactReader(path), options);
}

CompiledNetwork CompiledNetwork::load(std::span<const std::byte> bytes, const LoadOptions& options) {
  return load_network(ArtifactReader(bytes), options);
}

}  // namespace synfire
