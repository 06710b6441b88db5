// SPDX-License-Identifier: Apache-2.0
#include "parameters.hpp"

#include <algorithm>
#include <array>

#include "synfire/base/text.hpp"

namespace synfire::nir {

std::string path_of(const Graph& graph, const Node& node) {
  const std::string file = graph.file.empty() ? "" : graph.file + ": ";
  return file + "/node/nodes/" + base::one_line(node.name, 300) + " (" + base::one_line(node.type, 60) + ")";
}

std::string path_of(const Graph& graph, const Node& node, const std::string& parameter) {
  return path_of(graph, node) + "." + parameter;
}

std::string in_quotes(const std::string& name) { return "\"" + base::one_line(name, 200) + "\""; }

const Numbers* find_numbers(const Parameters& parameters, const std::string& name) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? nullptr : std::get_if<Numbers>(&found->second);
}

const std::string* find_text(const Parameters& parameters, const std::string& name) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? nullptr : std::get_if<std::string>(&found->second);
}

const Numbers& numbers(const Node& node, const std::string& name) {
  return std::get<Numbers>(node.parameters.at(name));
}

double element(const Node& node, const std::string& name, std::size_t k, double otherwise) {
  const Numbers* found = find_numbers(node.parameters, name);
  if (found == nullptr) return otherwise;
  return found->values.size() == 1 ? found->values[0] : found->values.at(k);
}

std::vector<double> elements(const Node& node, const std::string& name, std::size_t count, double otherwise) {
  std::vector<double> all(count);
  for (std::size_t k = 0; k < count; ++k) all[k] = element(node, name, k, otherwise);
  return all;
}

Role role_of(std::string_view type) {
  static constexpr std::array linear{"Affine",    "Linear",    "Scale",   "Conv1d", "Conv2d",
                                     "SumPool2d", "AvgPool2d", "Flatten", "Delay"};
  static constexpr std::array neurons{"I", "LI", "IF", "LIF", "CubaLI", "CubaLIF", "Threshold"};
  if (type == "Input") return Role::input;
  if (type == "Output") return Role::output;
  if (std::find(linear.begin(), linear.end(), type) != linear.end()) return Role::linear;
  if (std::find(neurons.begin(), neurons.end(), type) != neurons.end()) return Role::neuron;
  return Role::unknown;
}

}  // namespace synfire::nir
