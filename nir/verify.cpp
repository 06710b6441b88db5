// SPDX-License-Identifier: Apache-2.0
// Runs imported networks beside the reference interpreter, on the same random input.
#include <algorithm>
#include <cmath>
#include <limits>
#include <list>
#include <random>

#include "reference.hpp"
#include "synfire/base/readable.hpp"
#include "synfire/inference_compiler.hpp"
#include "synfire/nir.hpp"

namespace synfire::nir {
namespace {

// Largest deviation of a voltage, relative to the largest voltage of its population: single precision over many steps.
constexpr double tolerance = 1e-4;

// What is shown to the Inputs: by node, one row of values for each step, in the order of the node.
using Stimulus = std::map<std::string, std::vector<std::vector<double>>>;

Stimulus random_stimulus(const Graph& graph, const Imported& imported, const VerifyOptions& options) {
  std::mt19937_64 random(options.seed);
  const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  Stimulus stimulus;
  for (const ImportedNode& each : imported.nodes) {
    const auto node = std::find_if(graph.nodes.begin(), graph.nodes.end(),
                                   [&](const Node& other) { return other.name == each.node; });
    if (node->type != "Input") continue;
    auto& rows = stimulus[node->name];
    for (std::uint32_t n = 0; n < options.steps; ++n) {
      std::vector<double> row(element_count(node->output_shape));
      for (double& value : row) {
        if (each.variable == "values")
          value = static_cast<double>(static_cast<float>(2 * uniform() - 1));
        else
          value = uniform() < options.rate ? 1 : 0;
      }
      rows.push_back(std::move(row));
    }
  }
  return stimulus;
}

std::size_t element_of(const std::vector<std::uint32_t>& elements, std::size_t neuron) {
  return elements.empty() ? neuron : elements[neuron];
}

// A population's run: rows of steps, in the order of the node.
struct Trace {
  std::vector<std::vector<bool>> spikes = {};
  Tensor<float> v = {};
  std::size_t neurons = 0;
};

class Run {
 public:
  Run(const Imported& imported, const Stimulus& stimulus, std::uint32_t steps) : imported_(imported) {
    InferenceCompiler compiler{.timesteps = steps, .dt = imported.step(), .device = "host"};
    for (const ImportedNode& each : imported.nodes) {
      if (stimulus.contains(each.node)) continue;
      compiler.record.push_back({each.population, "v"});
      if (each.variable == "spikes") compiler.record.push_back({each.population, "spikes"});
    }
    CompiledNetwork compiled = compiler.compile(imported.network);
    keep(compiled.predict(data(stimulus)), stimulus, steps);
  }

  const Trace& of(const std::string& population) const { return traces_.at(population); }

 private:
  std::vector<NamedData> data(const Stimulus& stimulus) {
    std::vector<NamedData> all;
    for (const ImportedNode& each : imported_.nodes) {
      const auto shown = stimulus.find(each.node);
      if (shown == stimulus.end()) continue;
      if (each.variable == "values") {
        values_.push_back(frames(shown->second, each));
        all.push_back({each.population, values_.back()});
      } else {
        trains_.push_back(trains(shown->second, each));
        all.push_back({each.population, trains_.back()});
      }
    }
    return all;
  }

  SpikeTrains trains(const std::vector<std::vector<double>>& rows, const ImportedNode& node) const {
    SpikeTrains result(rows.empty() ? 0 : rows[0].size());
    std::vector<std::uint32_t> neurons;
    std::vector<float> times;
    for (std::size_t n = 0; n < rows.size(); ++n) {
      for (std::size_t k = 0; k < rows[n].size(); ++k) {
        if (rows[n][element_of(node.elements, k)] == 0) continue;
        neurons.push_back(static_cast<std::uint32_t>(k));
        // Within the step before, so that rounding cannot move it.
        times.push_back(static_cast<float>(std::max(0.0, static_cast<double>(n) - 0.25) * imported_.step()));
      }
    }
    result.add_example(neurons, times);
    return result;
  }

  // 1 × frames × shape.
  Tensor<float> frames(const std::vector<std::vector<double>>& rows, const ImportedNode& node) const {
    Extents shape{1, rows.size()};
    const auto& description = imported_.network.description();
    for (const std::size_t extent :
         description.populations[imported_.network.index_of(node.population)].shape.extents())
      shape.push_back(extent);
    if (rows.size() == 1) shape.erase(shape.begin() + 1);
    std::vector<float> values;
    for (const auto& row : rows) {
      for (std::size_t k = 0; k < row.size(); ++k)
        values.push_back(static_cast<float>(row[element_of(node.elements, k)]));
    }
    return {shape, std::move(values)};
  }

  void keep(const Predictions& predictions, const Stimulus& stimulus, std::uint32_t steps) {
    for (const ImportedNode& each : imported_.nodes) {
      if (stimulus.contains(each.node)) continue;
      Trace& trace = traces_[each.population];
      const Tensor<float>& v = predictions.recorded(each.population, "v");
      trace.v = v;
      trace.neurons = v.size() / steps;
      for (std::size_t k = 0; k < v.size(); ++k) {
        const std::size_t row = k / trace.neurons * trace.neurons;
        trace.v[row + element_of(each.elements, k - row)] = v[k];
      }
      trace.spikes.assign(steps, std::vector<bool>(trace.neurons, false));
      if (each.variable != "spikes") continue;
      for (const RecordedSpike& spike : predictions.spikes(each.population)[0])
        trace.spikes[spike.step][element_of(each.elements, spike.neuron)] = true;
    }
  }

  const Imported& imported_;
  std::list<SpikeTrains> trains_ = {};  // that views stay valid
  std::list<Tensor<float>> values_ = {};
  std::map<std::string, Trace> traces_;
};

// What a population of a run is compared with: a node.
struct Pair {
  std::string node, population;
  bool is_spiking = false;
};

std::vector<Comparison> compare(const Graph& graph, const Settings& settings, const Run& run,
                                const std::vector<Pair>& pairs, const Stimulus& stimulus, std::uint32_t steps,
                                const std::string& what) {
  std::map<std::string, std::size_t> index;
  std::vector<Comparison> comparisons;
  std::vector<double> largest(pairs.size(), 0), deviation(pairs.size(), 0);
  for (const Pair& pair : pairs) {
    index[pair.node] = comparisons.size();
    comparisons.push_back({.what = what, .population = pair.population});
  }
  std::uint32_t step = 0;
  // Where rounding decides, the interpreter follows the program.
  const auto decide = [&](const std::string& node, std::size_t element, bool spikes) {
    const auto found = index.find(node);
    if (found == index.end()) return spikes;
    const Pair& pair = pairs[found->second];
    const bool there = run.of(pair.population).spikes[step][element];
    comparisons[found->second].undecided += there != spikes ? 1 : 0;
    return there;
  };
  Reference reference(graph, settings, decide);
  for (; step < steps; ++step) {
    std::map<std::string, std::vector<double>> inputs;
    for (const auto& [node, rows] : stimulus) inputs[node] = rows[step];
    reference.step(inputs);
    for (std::size_t p = 0; p < pairs.size(); ++p) {
      const Trace& trace = run.of(pairs[p].population);
      const std::vector<double>& v = reference.voltage(pairs[p].node);
      const std::vector<double>& y = reference.output(pairs[p].node);
      for (std::size_t k = 0; k < trace.neurons; ++k) {
        const bool spiked = trace.spikes[step][k];
        comparisons[p].spikes += spiked ? 1 : 0;
        comparisons[p].differing += pairs[p].is_spiking && spiked != (y[k] != 0) ? 1 : 0;
        largest[p] = std::max(largest[p], std::abs(v[k]));
        const double difference = std::abs(static_cast<double>(trace.v[step * trace.neurons + k]) - v[k]);
        deviation[p] =
            std::isnan(difference) ? std::numeric_limits<double>::infinity() : std::max(deviation[p], difference);
      }
    }
  }
  for (std::size_t p = 0; p < pairs.size(); ++p)
    comparisons[p].deviation = deviation[p] == 0 ? 0 : deviation[p] / std::max(largest[p], 1e-30);
  return comparisons;
}

// Options take precedence over hints, for the interpreter too.
Graph without_overridden_hints(Graph graph, const ImportOptions& options) {
  if (options.reset) {
    for (Node& node : graph.nodes) node.metadata.erase("reset");
  }
  return graph;
}

std::vector<Pair> pairs_of(const Imported& imported, const Stimulus& stimulus) {
  std::vector<Pair> pairs;
  for (const ImportedNode& each : imported.nodes) {
    if (!stimulus.contains(each.node)) pairs.push_back({each.node, each.population, each.variable == "spikes"});
  }
  return pairs;
}

}  // namespace

bool Verification::passed() const {
  return std::all_of(comparisons.begin(), comparisons.end(),
                     [](const Comparison& each) { return each.differing == 0 && each.deviation <= tolerance; });
}

Verification verify(const Graph& graph, const std::filesystem::path& scratch, const VerifyOptions& options) {
  ImportOptions import = options.import;
  import.frames = options.steps;
  Verification result{.imported = import_network(graph, import)};
  const Imported& first = result.imported;
  const Stimulus stimulus = random_stimulus(graph, first, options);
  const Graph followed = without_overridden_hints(graph, import);
  const std::vector<Pair> pairs = pairs_of(first, stimulus);
  const Run run(first, stimulus, options.steps);
  result.comparisons = compare(followed, first.settings, run, pairs, stimulus, options.steps, "import");

  Exported exported;
  try {
    exported = export_graph(first.network, {.dt = first.step()});
  } catch (const ModelError& error) {
    result.notes.push_back("not exported: " + to_string(error.problems().front()));
    return result;
  }
  write_graph(scratch, exported.graph);
  const Imported second = import_network(read_graph(scratch));
  result.same_network = second.network == first.network;
  Stimulus renamed;
  for (const ImportedNode& each : first.nodes) {
    if (stimulus.contains(each.node)) renamed[each.population] = stimulus.at(each.node);
  }
  const Run second_run(second, renamed, options.steps);
  std::vector<Comparison> more =
      compare(followed, first.settings, second_run, pairs, stimulus, options.steps, "import of the export");
  result.comparisons.insert(result.comparisons.end(), more.begin(), more.end());
  return result;
}

}  // namespace synfire::nir
