// SPDX-License-Identifier: Apache-2.0
// The target that continues to generated source.
#include <algorithm>
#include <string_view>

#include "fuzz/targets.hpp"
#include "synfire/description.hpp"
#include "synfire/inference_compiler.hpp"
#include "synfire/patches.hpp"

namespace synfire::fuzz {
namespace {

// Large valid inputs take as long as thousands of small ones.
constexpr double most_elements = 10'000;
constexpr std::size_t most_objects = 50;
constexpr std::uint32_t most_substeps = 100;

std::size_t kernel_elements(const ir::Network& network, const ir::Connection& connection) {
  const ir::Population& source = network.populations[connection.source];
  const ir::Population& target = network.populations[connection.target];
  return patches_of(connection.connectivity, source.shape.extents(), target.neurons()).kernel_elements();
}

bool is_small(const ir::Network& network) {
  if (network.populations.size() > most_objects || network.connections.size() > most_objects) return false;
  double elements = 0;
  for (const ir::Population& population : network.populations) {
    if (population.neuron.substeps > most_substeps || population.neuron.state.size() > most_objects) return false;
    double neurons = 1;
    for (const long long extent : population.shape.given()) neurons *= static_cast<double>(extent);
    elements += neurons;
  }
  for (const ir::Connection& connection : network.connections) {
    if (is_kernel(connection.connectivity)) elements += static_cast<double>(kernel_elements(network, connection));
  }
  return elements * elements <= most_elements;
}

void generate_sources(const Description& description) {
  if (!is_small(description.network.resolve())) return;
  const InferenceCompiler compiler = InferenceCompiler::from(description.compile, description.network);
  for (const char* backend : {"host", "cuda"}) {
    if (compiler.generate(description.network, backend).binaries.front().source.empty())
      throw Defect("no source was generated for a network");
  }
}

}  // namespace

void description(Bytes input) {
  try {
    const Description read = parse_description(
        std::string_view(reinterpret_cast<const char*>(input.data()), input.size()), {}, "input.json");
    const std::vector<Problem> problems = read.validate();
    const DescriptionText text = to_text(read);
    if (!(parse_description(text.json, text.tensors, "again.json") == read))
      throw Defect("the description changed in a round trip");
    const bool wrong = std::any_of(problems.begin(), problems.end(),
                                   [](const Problem& problem) { return problem.severity == Severity::error; });
    if (!wrong) generate_sources(read);
  } catch (const Error&) {
    return;
  }
}

}  // namespace synfire::fuzz
