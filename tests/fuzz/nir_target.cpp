// SPDX-License-Identifier: Apache-2.0
// Graphs of NIR, without the files of HDF5 that hold them.
#include <sstream>

#include "fuzz/inputs.hpp"
#include "synfire/nir.hpp"

namespace synfire::fuzz {
namespace {

std::vector<double> numbers_of(std::istringstream& words) {
  std::vector<double> values;
  for (std::string word; words >> word;) {
    char* end = nullptr;
    values.push_back(std::strtod(word.c_str(), &end));
    if (*end != '\0') break;
  }
  return values;
}

// Lines: "node NAME TYPE", which the following lines belong to; "edge NAME NAME"; "text KEY WORD"; "hint KEY NUMBER…"
// and "array KEY RANK EXTENT… NUMBER…", whose numbers are repeated to fill the shape.
nir::Graph graph_of(Bytes input) {
  nir::Graph graph{.file = "fuzzed.nir"};
  std::istringstream lines(std::string(reinterpret_cast<const char*>(input.data()), input.size()));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string what, name, other;
    words >> what >> name;
    if (what == "node") {
      words >> other;
      graph.nodes.push_back({.name = name, .type = other});
    } else if (what == "edge") {
      words >> other;
      graph.edges.push_back({name, other});
    } else if (what == "hint") {
      auto& metadata = graph.nodes.empty() ? graph.metadata : graph.nodes.back().metadata;
      metadata[name] = nir::Numbers{.values = numbers_of(words)};
    } else if (graph.nodes.empty()) {
      continue;
    } else if (what == "text") {
      words >> other;
      graph.nodes.back().parameters[name] = other;
    } else if (what == "array") {
      std::size_t rank = 0, count = 1;
      words >> rank;
      nir::Numbers numbers;
      for (std::size_t extent = 0; numbers.shape.size() < std::min<std::size_t>(rank, 8) && words >> extent;) {
        numbers.shape.push_back(extent);
        // A file cannot announce more elements than it holds; these are as many as a small one may hold.
        count = extent <= 4096 ? count * extent : 4097;
        if (count > 4096) return graph;
      }
      const std::vector<double> values = numbers_of(words);
      for (std::size_t k = 0; k < count; ++k) numbers.values.push_back(values.empty() ? 1 : values[k % values.size()]);
      graph.nodes.back().parameters[name] = std::move(numbers);
    }
  }
  return graph;
}

}  // namespace

void nir_graph(Bytes input) {
  expect_result_or_error([&] {
    nir::Graph graph = graph_of(input);
    nir::check(graph);
    const nir::Imported imported = nir::import_network(graph, {.most_synapses = 1 << 16});
    for (const Problem& problem : imported.network.validate()) {
      if (problem.severity == Severity::error) throw Defect("the imported network is invalid: " + to_string(problem));
    }
    nir::Exported exported;
    try {
      exported = nir::export_graph(imported.network, {.dt = imported.step()});
    } catch (const ModelError&) {
      return;  // not all that can be read can be written
    }
    try {
      nir::import_network(exported.graph);
    } catch (const DataError& error) {
      throw Defect(std::string("the exported graph cannot be imported: ") + error.what());
    }
  });
}

}  // namespace synfire::fuzz
