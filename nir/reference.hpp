// SPDX-License-Identifier: Apache-2.0
// An interpreter of graphs in double precision, written from NIR's specification. It shares no code with the import
// beyond the graph that read_graph() gives: it evaluates each node for itself, one step after the other.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "synfire/nir.hpp"

namespace synfire::nir {

class Reference {
 public:
  // Whether a neuron spikes that is about as far from its threshold as rounding: by node, element, and what this
  // interpreter would decide.
  using Decide = std::function<bool(const std::string& node, std::size_t element, bool spikes)>;

  Reference(const Graph& graph, const Settings& settings, Decide decide = {});

  // One step; `inputs` has the values of each Input.
  void step(const std::map<std::string, std::vector<double>>& inputs);

  // Of the last step, for neurons, Inputs and Outputs: what the node gives, and a neuron's voltage after its reset.
  const std::vector<double>& output(const std::string& node) const { return nodes_.at(node).output; }
  const std::vector<double>& voltage(const std::string& node) const { return nodes_.at(node).v; }

 private:
  struct State {
    const Node* node = nullptr;
    std::vector<std::string> sources = {};
    std::vector<double> output = {};                // of neurons, Inputs and Outputs
    std::vector<double> v = {}, i = {};             // voltage and current
    std::vector<double> before = {};                // voltage after the step before
    double largest = 0;                             // |v| so far
    std::vector<std::vector<double>> history = {};  // what a Delay received in each step
    std::size_t evaluated = 0;                      // the last step, from 1, in which a neuron was
  };

  static bool is_neuron(const Node& node);
  std::vector<double> value_of(State& state);
  std::vector<double> input_of(State& state);
  std::vector<double> delayed(State& state);
  std::vector<double> linear(const Node& node, const std::vector<double>& x) const;
  void integrate(State& state, const std::vector<double>& x);
  void fire(State& state);

  Reset reset_of(const Node& node) const;

  Settings settings_;
  Decide decide_;
  std::map<std::string, State> nodes_;
  const std::map<std::string, std::vector<double>>* inputs_ = nullptr;
  std::size_t steps_ = 0;
};

}  // namespace synfire::nir
