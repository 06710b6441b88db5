// SPDX-License-Identifier: Apache-2.0
#include "nir/support.hpp"

#include <algorithm>
#include <utility>

#include "support/devices.hpp"

namespace synfire::nir::test {
namespace {

std::size_t element_of(const ImportedNode& node, std::size_t neuron) {
  return node.elements.empty() ? neuron : node.elements[neuron];
}

const ImportedNode& node_of(const Imported& imported, const std::string& population) {
  const auto found = std::find_if(imported.nodes.begin(), imported.nodes.end(),
                                  [&](const ImportedNode& each) { return each.population == population; });
  return found == imported.nodes.end() ? throw std::out_of_range("no population " + population) : *found;
}

std::map<std::string, Done> run_on(const Imported& imported, const std::vector<NamedData>& data, std::uint32_t steps) {
  InferenceCompiler compiler{
      .timesteps = steps, .dt = imported.step(), .device = "host", .cache_folder = synfire::testing::cache_folder()};
  std::vector<const ImportedNode*> nodes;
  const auto& populations = imported.network.description().populations;
  for (const ImportedNode& each : imported.nodes) {
    if (populations[imported.network.index_of(each.population)].neuron.state.empty()) continue;
    nodes.push_back(&each);
    compiler.record.push_back({each.population, "v"});
    if (each.variable == "spikes") compiler.record.push_back({each.population, "spikes"});
  }
  const Predictions predictions = compiler.compile(imported.network).predict(data);
  std::map<std::string, Done> all;
  for (const ImportedNode* each : nodes) {
    Done& done = all[each->population];
    const Tensor<float>& v = predictions.recorded(each->population, "v");
    const std::size_t neurons = v.size() / steps;
    done.spikes.resize(neurons);
    done.v.assign(steps, std::vector<float>(neurons));
    for (std::size_t n = 0; n < steps; ++n) {
      for (std::size_t k = 0; k < neurons; ++k) done.v[n][element_of(*each, k)] = v[n * neurons + k];
    }
    if (each->variable != "spikes") continue;
    for (const RecordedSpike& spike : predictions.spikes(each->population)[0])
      done.spikes[element_of(*each, spike.neuron)].push_back(spike.step);
  }
  return all;
}

}  // namespace

std::filesystem::path sample(const std::string& name) {
  return std::filesystem::path(SYNFIRE_SOURCE_FOLDER) / "tests" / "nir" / "files" / name;
}

Numbers array(std::vector<double> values) { return array({values.size()}, values); }
Numbers array(Extents shape, std::vector<double> values) {
  return {.shape = std::move(shape), .values = std::move(values), .stored = Stored::singles};
}
Numbers whole(std::vector<double> values) {
  const std::size_t count = values.size();
  return {.shape = {count}, .values = std::move(values), .stored = Stored::integers};
}

Node node(const std::string& name, const std::string& type, Parameters parameters) {
  return {.name = name, .type = type, .parameters = std::move(parameters)};
}
Node input(std::vector<double> shape, const std::string& name) {
  return node(name, "Input", {{"shape", whole(std::move(shape))}});
}
Node output(const std::string& name) { return node(name, "Output"); }
Node lif(const std::string& name, std::size_t count, double tau, double v_threshold, double v_leak) {
  const auto all = [&](double value) { return array(std::vector<double>(count, value)); };
  return node(name, "LIF",
              {{"tau", all(tau)}, {"r", all(1)}, {"v_leak", all(v_leak)}, {"v_threshold", all(v_threshold)}});
}
Node fast_lif(const std::string& name, std::size_t count, double tau) {
  Node made = lif(name, count, tau);
  made.parameters["r"] = array(std::vector<double>(count, tau / 1e-4));
  return made;
}
Node linear(const std::string& name, std::size_t outputs, std::size_t inputs, std::vector<double> weights) {
  return node(name, "Linear", {{"weight", array({outputs, inputs}, std::move(weights))}});
}

Graph graph(std::vector<Node> nodes, std::vector<Edge> edges) {
  Graph made{.nodes = std::move(nodes), .edges = std::move(edges)};
  check(made);
  return made;
}
Graph chain(std::vector<Node> nodes) {
  std::vector<Edge> edges;
  for (std::size_t k = 1; k < nodes.size(); ++k) edges.push_back({nodes[k - 1].name, nodes[k].name});
  return graph(std::move(nodes), std::move(edges));
}

std::size_t Done::count() const {
  std::size_t total = 0;
  for (const auto& each : spikes) total += each.size();
  return total;
}

std::map<std::string, Done> run(const Imported& imported, const std::map<std::string, Events>& inputs,
                                std::uint32_t steps) {
  std::map<std::string, SpikeTrains> trains;
  std::vector<NamedData> data;
  for (const ir::Population& population : imported.network.description().populations) {
    const auto events = inputs.find(population.name);
    if (events == inputs.end()) continue;
    std::vector<std::uint32_t> neurons;
    std::vector<float> times;
    std::vector<std::uint32_t> places(population.neurons());  // by element
    for (std::uint32_t k = 0; k < places.size(); ++k) places[element_of(node_of(imported, population.name), k)] = k;
    for (const auto& [element, step] : events->second) {
      neurons.push_back(places.at(element));
      times.push_back(static_cast<float>(std::max(0.0, step - 0.25) * imported.step()));
    }
    SpikeTrains& train = trains[population.name] = SpikeTrains(population.neurons());
    train.add_example(neurons, times);
  }
  for (const auto& [name, train] : trains) data.push_back({name, train});
  return run_on(imported, data, steps);
}

std::map<std::string, Done> run_values(const Imported& imported, const Tensor<float>& frames, std::uint32_t steps) {
  const ir::Population& population = imported.network.description().populations.front();
  Extents shape{1};
  if (frames.shape()[0] > 1) shape.push_back(frames.shape()[0]);
  for (const std::size_t extent : population.shape.extents()) shape.push_back(extent);
  const Tensor<float> values(shape, frames.values());
  return run_on(imported, {{population.name, values}}, steps);
}

}  // namespace synfire::nir::test
