// SPDX-License-Identifier: Apache-2.0
// Targets that read HDF5.
#include <algorithm>

#include "fuzz/hdf5_recipe.hpp"
#include "synfire/nir.hpp"
#include "synfire/shd.hpp"

namespace synfire::fuzz {
namespace {

void read_shd(const std::filesystem::path& path) {
  expect_result_or_error([&] {
    const EventFiles files(open_shd(path), {.unit = TimeUnit::s, .window = EventWindow{-1e9, 1e9}});
    if (files.has_labels() && files.labels().size() != files.examples()) throw Defect("examples without labels");
    if (read_all(files).spikes() > files.most_spikes()) throw Defect("more spikes than were announced");
  });
}

void require_valid(const Network& network) {
  for (const Problem& problem : network.validate()) {
    if (problem.severity == Severity::error) throw Defect("the imported network is wrong: " + to_string(problem));
  }
}

// Spikes into all Inputs, or numbers.
nir::ImportOptions import_options(const nir::Graph& graph, bool real) {
  nir::ImportOptions options{.most_synapses = 10'000};
  for (const nir::Node& node : graph.nodes) {
    if (real && node.type == "Input") options.real_inputs.push_back(node.name);
  }
  return options;
}

}  // namespace

void nir(Bytes input) {
  const RecipeFile file(input);
  expect_result_or_error([&] {
    const nir::Graph graph = nir::read_graph(file.path());
    const bool real = input.size() % 8 == 0;
    const nir::Imported imported = nir::import_network(graph, import_options(graph, real));
    require_valid(imported.network);
    if (!real) nir::import_network(nir::export_graph(imported.network, {.dt = imported.step()}).graph);
  });
}

void shd(Bytes input) {
  const RecipeFile file(input);
  read_shd(file.path());
}

void shd_bytes(Bytes input) {
  const MemoryFile file(input);
  read_shd(file.path());
}

}  // namespace synfire::fuzz
