// SPDX-License-Identifier: Apache-2.0
// What is known about a description, an artifact or a checkpoint without running anything.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "synfire/artifact_file.hpp"
#include "synfire/checkpoint.hpp"
#include "synfire/description.hpp"
#include "synfire/parameter_counts.hpp"

namespace synfire::command_line {

// An artifact has a manifest per program; for a description, also that of a checkpoint, one is made for the host.
struct ModelSummary {
  std::string file;
  std::optional<ir::Network> network;  // resolved; an artifact may have none
  std::vector<contract::Manifest> manifests;
  std::vector<std::string> targets;  // of the manifests
  std::vector<InputPreparation> inputs;
  std::optional<CompileSettings> training;  // of a description for training
  std::optional<ArtifactSummary> artifact;
  std::optional<CheckpointInfo> checkpoint = std::nullopt;

  const contract::Manifest& manifest() const { return manifests.front(); }
};

// `overrides` are for a description in a file of its own. Throws DataError and ModelError.
ModelSummary summarize(const std::string& file, const std::vector<Override>& overrides = {});

// The parameters of the network; nothing if the network is unknown.
std::optional<NetworkParameters> parameters_of(const ModelSummary& model);

}  // namespace synfire::command_line
