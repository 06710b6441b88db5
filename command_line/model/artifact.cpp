// SPDX-License-Identifier: Apache-2.0
#include "model/artifact.hpp"

#include <string>
#include <utility>

#include "data/preparation.hpp"

namespace synfire::command_line {
namespace {

std::string carry_over_note(const CarryOver& carry_over) {
  std::string note;
  if (carry_over.neurons) note += "neurons,";
  if (carry_over.synapses) note += "synapses,";
  if (carry_over.spikes) note += "spikes,";
  return note;
}

}  // namespace

void add_preparations(ArtifactFile& file, const Network& network, const InferenceCompiler& compiler,
                      std::vector<InputPreparation> inputs) {
  if (!inputs.empty()) file.notes["inputs"] = to_note(inputs);
  const std::string carried = carry_over_note(compiler.carry_over);
  if (!carried.empty()) file.notes["carry_over"] = carried;
  DescriptionText text =
      to_text({.network = network, .compile = compiler.settings(network), .inputs = std::move(inputs)});
  file.description = std::move(text.json);
  file.tensors = std::move(text.tensors);
}

}  // namespace synfire::command_line
