// SPDX-License-Identifier: Apache-2.0
// Reads all sample files: what must load loads, what must be refused is refused by name, what is repaired is told.
#include <algorithm>

#include "nir/support.hpp"

namespace synfire::nir::test {
namespace {

const Node& find(const Graph& graph, const std::string& name) {
  const auto found =
      std::find_if(graph.nodes.begin(), graph.nodes.end(), [&](const Node& node) { return node.name == name; });
  if (found == graph.nodes.end()) throw std::out_of_range("no node " + name);
  return *found;
}

std::string warnings(const Graph& graph) {
  std::string all;
  for (const Problem& each : graph.warnings) all += to_string(each) + "\n";
  return all;
}

TEST(NirReading, OrdinaryFilesLoadWithoutWarnings) {
  for (const char* name : {"paper/lif_norse.nir", "paper/cnn_sinabs.nir", "paper/braille_noDelay_bias_zero.nir",
                           "paper/braille_noDelay_noBias_subtract.nir", "layout/compression_none.nir",
                           "layout/conv1d_same.nir", "layout/conv2d_same.nir", "layout/metadata_nested.nir",
                           "layout/integer_parameters.nir", "layout/scalar_parameters.nir", "layout/fan_in_sum.nir",
                           "layout/self_loop.nir", "layout/two_inputs_two_outputs.nir", "layout/subgraph_recurrent.nir",
                           "layout/node_name_unicode.nir", "layout/node_name_slash.nir"}) {
    const Graph graph = read_graph(sample(name));
    EXPECT_EQ(warnings(graph), "") << name;
    for (const Node& node : graph.nodes) EXPECT_FALSE(node.output_shape.empty()) << name << ", " << node.name;
  }
}

// All but Conv1d, which another file has.
TEST(NirReading, EveryTypeIsRead) {
  const Graph graph = read_graph(sample("layout/all_primitives_gzip.nir"));
  std::set<std::string> types;
  for (const Node& node : graph.nodes) types.insert(node.type);
  EXPECT_EQ(types.size(), 17u);
  EXPECT_EQ(std::get<Numbers>(find(graph, "scale").parameters.at("scale")).values, (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(graph.version, "1.0.7");
}

TEST(NirReading, ShapesAreOfChannelsHeightAndWidth) {
  const Graph graph = read_graph(sample("paper/cnn_sinabs.nir"));
  EXPECT_EQ(find(graph, "0").output_shape, (Extents{16, 16, 16}));
  EXPECT_EQ(find(graph, "4").output_shape, (Extents{16, 8, 8}));
  EXPECT_EQ(find(graph, "8").output_shape, (Extents{128}));
  EXPECT_EQ(find(read_graph(sample("layout/conv2d_same.nir")), "conv2d").output_shape, (Extents{3, 6, 5}));
  EXPECT_EQ(find(read_graph(sample("layout/conv1d_same.nir")), "conv1d").output_shape, (Extents{3, 10}));
}

TEST(NirReading, ShapesThatTheReferenceGetsWrongAreCorrected) {
  const Graph graph = read_graph(sample("layout/conv2d_rect_groups_wrong_shapes.nir"));
  EXPECT_EQ(find(graph, "input").output_shape, (Extents{2, 6, 8}));
  EXPECT_EQ(find(graph, "output").output_shape, (Extents{4, 4, 3}));
  EXPECT_NE(warnings(graph).find("channels of one group"), std::string::npos) << warnings(graph);
  EXPECT_NE(warnings(graph).find("another shape"), std::string::npos) << warnings(graph);
}

TEST(NirReading, ABatchOfOneIsDropped) {
  const Graph graph = read_graph(sample("paper/scnn_mnist_batches.nir"));
  EXPECT_EQ(find(graph, "input").output_shape, (Extents{2, 34, 34}));
  EXPECT_EQ(find(graph, "12").output_shape, (Extents{10}));
  EXPECT_NE(warnings(graph).find("batch of one"), std::string::npos) << warnings(graph);
}

TEST(NirReading, AnOutputOfAnotherShapeIsAWarning) {
  const Graph graph = read_graph(sample("paper/lif_rockpool.nir"));
  EXPECT_NE(warnings(graph).find("another shape"), std::string::npos) << warnings(graph);
  EXPECT_EQ(find(graph, "output").output_shape, (Extents{1}));
}

TEST(NirReading, ABrokenSubgraphIsRefusedByBothNames) {
  for (const char* name :
       {"paper/braille_noDelay_bias_zero_subgraph.nir", "paper/braille_noDelay_noBias_subtract_subgraph.nir"}) {
    const std::string text = refusal([&] { read_graph(sample(name)); });
    EXPECT_NE(text.find("given lif)"), std::string::npos) << text;
    EXPECT_NE(text.find("lif1"), std::string::npos) << text;
    EXPECT_NE(text.find("edges"), std::string::npos) << text;
  }
}

TEST(NirReading, AMissingFilterIsNamedWithTheRemedy) {
  const std::string text = refusal([] { read_graph(sample("layout/compression_lzf.nir")); });
  EXPECT_NE(text.find("lzf"), std::string::npos) << text;
  EXPECT_NE(text.find("gzip"), std::string::npos) << text;
  EXPECT_NE(text.find("/node/nodes/"), std::string::npos) << text;
}

TEST(NirReading, MetadataAreRead) {
  const Graph graph = read_graph(sample("layout/metadata_nested.nir"));
  EXPECT_EQ(std::get<Numbers>(graph.metadata.at("dt")).values, std::vector<double>{1e-4});
  EXPECT_EQ(std::get<std::string>(graph.metadata.at("reset")), "subtract");
  const Parameters& metadata = find(graph, "lif").metadata;
  EXPECT_EQ(std::get<std::string>(metadata.at("nested/k")), "v");
  EXPECT_EQ(std::get<Numbers>(metadata.at("bool")).values, std::vector<double>{1});
  EXPECT_EQ(std::get<std::vector<std::string>>(metadata.at("strings")), (std::vector<std::string>{"a", "b"}));
}

TEST(NirReading, RepeatedEdgesCountOnce) {
  const Graph graph = read_graph(sample("layout/duplicate_edge.nir"));
  EXPECT_EQ(graph.edges.size(), 2u);
  EXPECT_NE(warnings(graph).find("counted once"), std::string::npos) << warnings(graph);
}

TEST(NirReading, InputsAndOutputsAreAddedWhereThereAreNone) {
  const Graph bare = read_graph(sample("layout/bare_node.nir"));
  EXPECT_EQ(bare.nodes.size(), 3u);
  EXPECT_EQ(find(bare, "input_node").output_shape, (Extents{2}));
  const Graph empty = read_graph(sample("layout/edges_empty.nir"));
  EXPECT_EQ(empty.edges, (std::vector<Edge>{{"a", "output_a"}, {"input_a", "a"}}));
}

TEST(NirReading, NestedGraphsBecomePartOfTheGraph) {
  const Graph graph = read_graph(sample("layout/subgraph_recurrent.nir"));
  EXPECT_EQ(graph.edges, (std::vector<Edge>{{"fc1", "rec.lif"},
                                            {"fc2", "li"},
                                            {"input", "fc1"},
                                            {"li", "output"},
                                            {"rec.lif", "fc2"},
                                            {"rec.lif", "rec.w_rec"},
                                            {"rec.w_rec", "rec.lif"}}));
}

TEST(NirReading, NamesAreFreeText) {
  EXPECT_NO_THROW(find(read_graph(sample("layout/node_name_unicode.nir")), "τ neuron"));
  EXPECT_NO_THROW(find(read_graph(sample("layout/node_name_slash.nir")), "a/b"));
}

}  // namespace
}  // namespace synfire::nir::test
