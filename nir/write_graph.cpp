// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "parameters.hpp"
#include "synfire/base/text.hpp"
#include "synfire/hdf5/file.hpp"
#include "synfire/nir.hpp"

namespace synfire::nir {
namespace {

// The release whose layout is written.
constexpr const char* release = "1.0.7";

void write_numbers(hdf5::Writer& file, const std::string& place, const Numbers& numbers) {
  switch (numbers.stored) {
    case Stored::integers:
      return file.integers(place, numbers.shape,
                           std::vector<std::int64_t>(numbers.values.begin(), numbers.values.end()));
    case Stored::singles: {
      std::vector<float> singles(numbers.values.size());
      std::transform(numbers.values.begin(), numbers.values.end(), singles.begin(),
                     [](double value) { return static_cast<float>(value); });
      return file.singles(place, numbers.shape, singles);
    }
    case Stored::doubles: return file.doubles(place, numbers.shape, numbers.values);
  }
}

void write_parameters(hdf5::Writer& file, const std::string& place, const Parameters& parameters) {
  for (const auto& [name, value] : parameters) {
    const std::string at = place + "/" + name;
    if (const auto* numbers = std::get_if<Numbers>(&value))
      write_numbers(file, at, *numbers);
    else if (const auto* text = std::get_if<std::string>(&value))
      file.text(at, *text);
    else if (const auto& texts = std::get<std::vector<std::string>>(value); !texts.empty())
      file.texts(at, {texts.size()}, texts);
  }
}

// Metadata may be nested.
void write_metadata(hdf5::Writer& file, const std::string& place, const Parameters& metadata) {
  if (metadata.empty()) return;
  file.group(place + "/metadata");
  std::vector<std::string> groups;
  for (const auto& [name, value] : metadata) {
    for (std::size_t end = name.find('/'); end != std::string::npos; end = name.find('/', end + 1)) {
      if (std::find(groups.begin(), groups.end(), name.substr(0, end)) != groups.end()) continue;
      groups.push_back(name.substr(0, end));
      file.group(place + "/metadata/" + groups.back());
    }
  }
  write_parameters(file, place + "/metadata", metadata);
}

void require_name(const Graph& graph, const Node& node) {
  if (!node.name.empty() && node.name != "." && node.name.find('/') == std::string::npos &&
      base::one_line(node.name) == node.name)
    return;
  throw DataError(Problem{.kind = ProblemKind::invalid_name,
                          .path = path_of(graph, node),
                          .message = "the name of the node cannot be written",
                          .hint = "use a name without \"/\" and control characters"});
}

}  // namespace

void write_graph(const std::filesystem::path& path, const Graph& graph) {
  for (const Node& node : graph.nodes) require_name(graph, node);
  hdf5::Writer file(path);
  file.text("/version", release);
  file.group("/node");
  file.text("/node/type", "NIRGraph");
  write_metadata(file, "/node", graph.metadata);
  std::vector<std::string> edges;
  for (const Edge& edge : graph.edges) edges.insert(edges.end(), {edge.source, edge.target});
  if (!edges.empty()) file.texts("/node/edges", {graph.edges.size(), 2}, edges);
  file.group("/node/nodes");
  for (const Node& node : graph.nodes) {
    const std::string place = "/node/nodes/" + node.name;
    file.group(place);
    file.text(place + "/type", node.type);
    write_parameters(file, place, node.parameters);
    write_metadata(file, place, node.metadata);
  }
  file.commit();
}

}  // namespace synfire::nir
