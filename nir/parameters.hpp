// SPDX-License-Identifier: Apache-2.0
// Access to the parameters of a node that check() has accepted.
#pragma once

#include <string>
#include <string_view>

#include "synfire/nir.hpp"

namespace synfire::nir {

// `nodes "fc1" (Affine)`: how problems name a node.
std::string path_of(const Graph& graph, const Node& node);
std::string path_of(const Graph& graph, const Node& node, const std::string& parameter);

// A name of the file in a message.
std::string in_quotes(const std::string& name);

const Numbers* find_numbers(const Parameters& parameters, const std::string& name);
const std::string* find_text(const Parameters& parameters, const std::string& name);
const Numbers& numbers(const Node& node, const std::string& name);

// Element k of an array, or the scalar; `otherwise` if the parameter is missing.
double element(const Node& node, const std::string& name, std::size_t k, double otherwise = 0);
// All elements, a scalar repeated.
std::vector<double> elements(const Node& node, const std::string& name, std::size_t count, double otherwise = 0);

// What a node does with its input.
enum class Role { input, output, linear, neuron, unknown };
Role role_of(std::string_view type);

}  // namespace synfire::nir
