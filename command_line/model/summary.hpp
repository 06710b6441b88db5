// SPDX-License-Identifier: Apache-2.0
// What is known about a description or an artifact without running anything.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/parameters.hpp"
#include "synfire/artifact_file.hpp"
#include "synfire/description.hpp"

namespace synfire::command_line {

// An artifact has a manifest per program; for a description, one is made for the host.
struct ModelSummary {
  std::string file;
  std::optional<ir::Network> network;  // resolved; an artifact may have none
  std::vector<contract::Manifest> manifests;
  std::vector<std::string> targets;  // of the manifests
  std::vector<InputPreparation> inputs;
  std::optional<CompileSettings> training;  // of a description for training
  std::optional<ArtifactSummary> artifact;

  const contract::Manifest& manifest() const { return manifests.front(); }
};

// Throws DataError and ModelError.
ModelSummary summarize(const std::string& file);

using ParameterCounts = std::map<std::string, ParameterCount>;  // by name; empty if the network is unknown
ParameterCounts counts_of_populations(const ModelSummary& model);
ParameterCounts counts_of_connections(const ModelSummary& model);

struct ModelTotals {
  std::size_t neurons = 0, synapses = 0;
  ParameterCount parameters;
};
ModelTotals totals_of(const ModelSummary& model);

// Bytes of the buffers of a batch, by purpose.
std::map<std::string, std::size_t> memory_of(const contract::Manifest& manifest);

// `1.5 ms`, `1 to 3 ms`.
std::string delay_text(const contract::ConnectionInfo& connection, double dt);

}  // namespace synfire::command_line
