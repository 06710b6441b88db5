// SPDX-License-Identifier: Apache-2.0
// Sample files, small graphs, and runs of imported networks.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "synfire/nir.hpp"
#include "synfire/synfire.hpp"

namespace synfire::nir::test {

std::filesystem::path sample(const std::string& name);  // "paper/lif_norse.nir"

// ---- Graphs

Numbers array(std::vector<double> values);
Numbers array(Extents shape, std::vector<double> values);
Numbers whole(std::vector<double> values);  // integers
Node node(const std::string& name, const std::string& type, Parameters parameters = {});
Node input(std::vector<double> shape, const std::string& name = "input");
Node output(const std::string& name = "output");
Node lif(const std::string& name, std::size_t count, double tau = 0.001, double v_threshold = 1, double v_leak = 0);
// A LIF with R = tau/dt, so that weights are not scaled, for dt = 1e-4.
Node fast_lif(const std::string& name, std::size_t count, double tau = 0.001);
Node linear(const std::string& name, std::size_t outputs, std::size_t inputs, std::vector<double> weights);
Graph graph(std::vector<Node> nodes, std::vector<Edge> edges);  // checked
Graph chain(std::vector<Node> nodes);                           // each leads to the next

// The text of the first problem that `work` throws; empty if it does not throw an Error.
std::string refusal(const auto& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

// ---- Runs, in the order of the elements of nodes

// What a population did: rows of steps of the network.
struct Done {
  std::vector<std::vector<float>> v;
  std::vector<std::vector<std::uint32_t>> spikes;  // of each neuron, the steps

  std::size_t count() const;
  std::uint32_t neurons() const { return static_cast<std::uint32_t>(spikes.size()); }
};

// Input spikes: pairs of element and step. Runs on the processor, and returns all populations but inputs.
using Events = std::vector<std::pair<std::uint32_t, std::uint32_t>>;
std::map<std::string, Done> run(const Imported& imported, const std::map<std::string, Events>& inputs,
                                std::uint32_t steps);
// Numbers: steps × neurons for the only input, which takes them.
std::map<std::string, Done> run_values(const Imported& imported, const Tensor<float>& frames, std::uint32_t steps);

}  // namespace synfire::nir::test
