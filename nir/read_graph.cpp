// SPDX-License-Identifier: Apache-2.0
// The layout of NIR files: groups of nodes, with one dataset for each parameter.
#include <algorithm>
#include <set>
#include <utility>

#include "synfire/base/text.hpp"
#include "synfire/hdf5/file.hpp"
#include "synfire/nir.hpp"

namespace synfire::nir {
namespace {

constexpr int deepest = 32;
constexpr std::size_t most_nodes = 20'000;
constexpr std::size_t longest_name = 1000;
// The numbers of a whole file.
constexpr std::size_t most_numbers = hdf5::most_elements;

// A graph as it is nested in the file.
struct Tree;
struct TreeNode {
  Node node;
  std::vector<Tree> graph;  // one, if the node is a graph
};
struct Tree {
  std::vector<TreeNode> nodes = {};
  std::vector<Edge> edges = {};
  Parameters metadata = {};
};

class FileReader {
 public:
  explicit FileReader(const std::filesystem::path& path) : file_(path) {}

  Graph read() {
    if (!file_.has("/node"))
      file_.fail(
          "/node",
          {.kind = ProblemKind::malformed_file, .message = "is missing", .hint = "a NIR file holds its graph there"});
    Graph graph;
    graph.file = file_.path().string();
    if (file_.has("/version") && file_.info("/version").content == hdf5::Content::texts)
      graph.version = file_.text("/version");
    if (file_.text("/node/type") == "NIRGraph") {
      Tree tree = read_tree("/node", 0);
      graph.metadata = std::move(tree.metadata);
      flatten(std::move(tree), "", graph);
    } else {  // a single node
      graph.nodes.push_back(read_node("/node", "node"));
    }
    return graph;
  }

 private:
  Tree read_tree(const std::string& place, int depth) {
    if (depth >= deepest)
      file_.fail(place, {.kind = ProblemKind::unsupported,
                         .message = "graphs are nested too deeply",
                         .expected = "at most " + std::to_string(deepest) + " levels"});
    Tree tree;
    if (file_.has(place + "/metadata")) read_parameters(place + "/metadata", "", tree.metadata, depth);
    if (!file_.has(place + "/nodes"))
      file_.fail(place + "/nodes", {.kind = ProblemKind::malformed_file, .message = "is missing"});
    read_nodes(place + "/nodes", "", depth, tree);
    tree.edges = read_edges(place + "/edges");
    return tree;
  }

  // A slash in a name makes groups without a type on the way to the node.
  void read_nodes(const std::string& place, const std::string& prefix, int depth, Tree& tree) {
    if (depth >= deepest)
      file_.fail(place, {.kind = ProblemKind::malformed_file, .message = "groups are nested too deeply"});
    for (const std::string& member : file_.members(place)) {
      const std::string at = place + "/" + member, name = prefix + member;
      if (name.size() > longest_name || base::one_line(name) != name)
        file_.fail(at, {.kind = ProblemKind::invalid_name,
                        .message = "the name of a node is too long, not UTF-8, or has control characters"});
      if (++nodes_ > most_nodes)
        file_.fail(place, {.kind = ProblemKind::unsupported,
                           .message = "there are too many nodes",
                           .expected = "at most " + std::to_string(most_nodes)});
      if (!file_.is_group(at)) file_.fail(at, {.kind = ProblemKind::malformed_file, .message = "is not a group"});
      if (!file_.has(at + "/type")) {
        read_nodes(at, name + "/", depth + 1, tree);
      } else if (file_.is_group(at + "/type")) {
        file_.fail(at + "/type", {.kind = ProblemKind::malformed_file, .message = "is not a text"});
      } else if (file_.text(at + "/type") == "NIRGraph") {
        TreeNode node{.node = {.name = name, .type = "NIRGraph"}, .graph = {}};
        node.graph.push_back(read_tree(at, depth + 1));
        tree.nodes.push_back(std::move(node));
      } else {
        tree.nodes.push_back({.node = read_node(at, name), .graph = {}});
      }
    }
  }

  Node read_node(const std::string& place, const std::string& name) {
    Node node{.name = name, .type = file_.text(place + "/type")};
    read_parameters(place, "", node.parameters, 0);
    node.parameters.erase("type");
    for (auto entry = node.parameters.begin(); entry != node.parameters.end();) {
      const std::string prefix = "metadata/";
      if (!entry->first.starts_with(prefix)) {
        ++entry;
        continue;
      }
      node.metadata[entry->first.substr(prefix.size())] = std::move(entry->second);
      entry = node.parameters.erase(entry);
    }
    return node;
  }

  void read_parameters(const std::string& place, const std::string& prefix, Parameters& parameters, int depth) {
    if (depth >= deepest)
      file_.fail(place, {.kind = ProblemKind::malformed_file, .message = "groups are nested too deeply"});
    for (const std::string& member : file_.members(place)) {
      const std::string at = place + "/" + member;
      if (file_.is_group(at))
        read_parameters(at, prefix + member + "/", parameters, depth + 1);
      else
        parameters[prefix + member] = read_parameter(at);
    }
  }

  Parameter read_parameter(const std::string& place) {
    const hdf5::DatasetInfo info = file_.info(place);
    if (info.content == hdf5::Content::texts) {
      std::vector<std::string> texts = file_.texts(place);
      if (info.shape.empty() && texts.size() == 1) return std::move(texts.front());
      return texts;
    }
    if (info.elements() > most_numbers - std::min(numbers_, most_numbers))
      file_.fail(place, {.kind = ProblemKind::unsupported,
                         .message = "the file has more numbers than are read",
                         .expected = "at most " + std::to_string(most_numbers)});
    numbers_ += info.elements();
    const Stored stored = info.content == hdf5::Content::integers  ? Stored::integers
                          : info.content == hdf5::Content::singles ? Stored::singles
                                                                   : Stored::doubles;
    return Numbers{.shape = info.shape, .values = file_.numbers(place), .stored = stored};
  }

  std::vector<Edge> read_edges(const std::string& place) {
    if (!file_.has(place)) return {};
    const hdf5::DatasetInfo info = file_.info(place);
    if (info.elements() == 0) return {};  // an empty list is one of numbers
    if (info.shape.size() != 2 || info.shape[1] != 2)
      file_.fail(
          place,
          {.kind = ProblemKind::malformed_file, .message = "is not a list of pairs", .given = to_string(info.shape)});
    const std::vector<std::string> texts = file_.texts(place);
    std::vector<Edge> edges;
    for (std::size_t k = 0; k < texts.size(); k += 2) edges.push_back({texts[k], texts[k + 1]});
    return edges;
  }

  // The nodes of a nested graph that its edges enter and leave by.
  struct Ends {
    std::vector<std::string> inputs, outputs;
  };

  // Moves the nodes of the tree to `graph`, with `prefix` before their names. Inputs and Outputs of nested graphs are
  // resolved: their edges are joined.
  Ends flatten(Tree tree, const std::string& prefix, Graph& graph) {
    Ends ends;
    std::map<std::string, Ends> nested;
    std::vector<std::string> names;
    for (TreeNode& each : tree.nodes) {
      names.push_back(each.node.name);
      if (!each.graph.empty()) {
        nested[each.node.name] = flatten(std::move(each.graph.front()), prefix + each.node.name + ".", graph);
        continue;
      }
      if (each.node.type == "Input") ends.inputs.push_back(prefix + each.node.name);
      if (each.node.type == "Output") ends.outputs.push_back(prefix + each.node.name);
      each.node.name = prefix + each.node.name;
      graph.nodes.push_back(std::move(each.node));
    }
    const std::set<std::string> known(names.begin(), names.end());
    for (const Edge& edge : tree.edges) {
      for (const std::string& end : {edge.source, edge.target}) require_known(end, known, nested, names, prefix);
      graph.edges.push_back(
          {end_of(edge.source, nested, &Ends::outputs, prefix), end_of(edge.target, nested, &Ends::inputs, prefix)});
    }
    for (const auto& [name, inner] : nested) {
      for (const std::string& node : inner.inputs) pass_through(node, graph);
      for (const std::string& node : inner.outputs) pass_through(node, graph);
    }
    return ends;
  }

  // "SUB.NODE" may name a node of a nested graph.
  static bool is_inner(const std::string& name, const std::map<std::string, Ends>& nested, const std::string& prefix) {
    return std::any_of(nested.begin(), nested.end(), [&](const auto& each) {
      const auto has = [&](const std::vector<std::string>& of) {
        return std::find(of.begin(), of.end(), prefix + name) != of.end();
      };
      return has(each.second.inputs) || has(each.second.outputs);
    });
  }

  void require_known(const std::string& name, const std::set<std::string>& known,
                     const std::map<std::string, Ends>& nested, const std::vector<std::string>& names,
                     const std::string& prefix) const {
    if (known.contains(name) || is_inner(name, nested, prefix)) return;
    const std::string graph = prefix.empty() ? "" : "nodes/" + prefix.substr(0, prefix.size() - 1) + "/";
    file_.fail("/node/" + graph + "edges", {.kind = ProblemKind::unknown_name,
                                            .message = "names a node that the graph does not have",
                                            .hint = suggest(base::one_line(name, 200), names),
                                            .given = base::one_line(name, 200)});
  }

  std::string end_of(const std::string& name, const std::map<std::string, Ends>& nested,
                     std::vector<std::string> Ends::*side, const std::string& prefix) const {
    const auto found = nested.find(name);
    if (found == nested.end()) return prefix + name;
    const std::vector<std::string>& ends = found->second.*side;
    if (ends.size() != 1)
      file_.fail("/node/edges",
                 {.kind = ProblemKind::unsupported,
                  .message = "an edge of a nested graph needs one Input, or Output, of that graph",
                  .hint = "name the one that is meant, as in \"" + base::one_line(name, 100) + ".input\"",
                  .given = std::to_string(ends.size()) + " in " + base::one_line(name, 200)});
    return ends.front();
  }

  // Removes a node that only passes on what it receives.
  void pass_through(const std::string& name, Graph& graph) const {
    std::vector<std::string> sources, targets;
    std::set<Edge> kept;
    std::vector<Edge> edges;
    for (Edge& edge : graph.edges) {
      if (edge.target == name) sources.push_back(edge.source);
      if (edge.source == name) targets.push_back(edge.target);
      if (edge.target != name && edge.source != name) {
        kept.insert(edge);
        edges.push_back(std::move(edge));
      }
    }
    const auto distinct = [](std::vector<std::string>& of) {
      std::sort(of.begin(), of.end());
      of.erase(std::unique(of.begin(), of.end()), of.end());
    };
    distinct(sources);
    distinct(targets);
    if (sources.size() * targets.size() > most_nodes)
      file_.fail("/node/edges", {.kind = ProblemKind::unsupported, .message = "nested graphs join too many nodes"});
    for (const std::string& source : sources) {
      for (const std::string& target : targets) {
        if (!kept.insert({source, target}).second)
          file_.fail("/node/edges", {.kind = ProblemKind::unsupported,
                                     .message = "two edges join the same nodes, one of them through a nested graph",
                                     .given = base::one_line(source + " -> " + target, 300)});
        edges.push_back({source, target});
      }
    }
    graph.edges = std::move(edges);
    std::erase_if(graph.nodes, [&](const Node& node) { return node.name == name; });
  }

  hdf5::Reader file_;
  std::size_t nodes_ = 0, numbers_ = 0;
};

}  // namespace

Graph read_graph(const std::filesystem::path& path) {
  Graph graph = FileReader(path).read();
  check(graph);
  return graph;
}

}  // namespace synfire::nir
