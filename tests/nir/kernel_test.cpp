// SPDX-License-Identifier: Apache-2.0
// Convolutions and pools as connectivity: geometries beside the interpreter, and what becomes a matrix instead.
#include <random>

#include "base/scratch_folder.hpp"
#include "nir/support.hpp"

namespace synfire::nir::test {
namespace {

const ir::Connection& only_connection(const Imported& imported) {
  EXPECT_EQ(imported.network.connections(), 1u) << imported.network;
  return imported.network.description().connections.at(0);
}

const ir::Population& population(const Imported& imported, const std::string& name) {
  return imported.network.description().populations[imported.network.index_of(name)];
}

std::vector<double> random_values(std::size_t count, double low, double high, std::mt19937& random) {
  std::vector<double> all(count);
  for (double& each : all)
    each = static_cast<double>(static_cast<float>(low + (high - low) * static_cast<double>(random() % 1024) / 1024));
  return all;
}

Node conv2d(const std::string& name, const Extents& weight, std::mt19937& random, Parameters more = {}) {
  more["weight"] = array(weight, random_values(element_count(weight), -0.5, 1, random));
  more["bias"] = array(random_values(weight[0], -0.05, 0.1, random));
  return node(name, weight.size() == 3 ? "Conv1d" : "Conv2d", std::move(more));
}

Node pool(const std::string& name, const std::string& type, std::vector<double> window, std::vector<double> stride,
          std::vector<double> padding = {0, 0}) {
  return node(name, type,
              {{"kernel_size", whole(std::move(window))},
               {"stride", whole(std::move(stride))},
               {"padding", whole(std::move(padding))}});
}

// Neurons that all differ, so that an order that is wrong shows.
Node cells(const std::string& name, const Extents& shape, std::mt19937& random) {
  const std::size_t count = element_count(shape);
  return node(name, "LIF",
              {{"tau", array(shape, random_values(count, 5e-4, 3e-3, random))},
               {"r", array(shape, random_values(count, 4, 8, random))},
               {"v_leak", array(shape, random_values(count, -0.1, 0.1, random))},
               {"v_threshold", array(shape, random_values(count, 0.6, 1.4, random))},
               {"v_reset", array(shape, random_values(count, -0.2, 0.1, random))}});
}

// The shape of what leads to the last node of a chain.
Extents shape_before(std::vector<Node> nodes) {
  nodes.push_back(output());
  return chain(std::move(nodes)).nodes.back().output_shape;
}

Verification verified(const Graph& graph) {
  const synfire::test::ScratchFolder folder;
  const Verification result = verify(graph, folder / "copy.nir", {.import = {.dt = 1e-4}, .steps = 60, .rate = 0.2});
  std::string told;
  std::size_t spikes = 0;
  for (const Comparison& each : result.comparisons) {
    told += each.what + ", " + each.population + ": " + std::to_string(each.spikes) + " spikes, " +
            std::to_string(each.differing) + " differ, deviation " + std::to_string(each.deviation) + "\n";
    spikes += each.spikes;
  }
  for (const std::string& note : result.notes) told += note + "\n";
  EXPECT_TRUE(result.passed()) << told;
  EXPECT_TRUE(result.same_network) << told << result.imported.network;
  EXPECT_EQ(result.notes.size(), 0u) << told;
  EXPECT_GT(spikes, 20u) << told;
  return result;
}

struct Case {
  std::string name;
  std::vector<double> input;
  std::vector<Node> linear;
  std::string kind;  // of the connectivity
};

// Images that are not square, with another number of channels on each side.
std::vector<Case> cases(std::mt19937& random) {
  return {
      {"plain", {2, 5, 4}, {conv2d("c", {3, 2, 3, 2}, random)}, "conv_2d"},
      {"strides", {2, 7, 6}, {conv2d("c", {3, 2, 3, 2}, random, {{"stride", whole({2, 3})}})}, "conv_2d"},
      {"padding", {3, 4, 6}, {conv2d("c", {2, 3, 3, 4}, random, {{"padding", whole({1, 2})}})}, "conv_2d"},
      {"valid", {2, 5, 4}, {conv2d("c", {3, 2, 2, 3}, random, {{"padding", std::string("valid")}})}, "conv_2d"},
      {"same, even", {2, 4, 5}, {conv2d("c", {3, 2, 4, 2}, random, {{"padding", std::string("same")}})}, "conv_2d"},
      {"dilation", {2, 7, 6}, {conv2d("c", {3, 2, 3, 2}, random, {{"dilation", whole({2, 3})}})}, "conv_2d"},
      {"same, dilated",
       {2, 6, 5},
       {conv2d("c", {3, 2, 2, 3}, random, {{"padding", std::string("same")}, {"dilation", whole({3, 2})}})},
       "conv_2d"},
      {"groups", {4, 5, 3}, {conv2d("c", {6, 2, 2, 2}, random, {{"groups", whole({2})}})}, "conv_2d"},
      {"depthwise",
       {3, 4, 5},
       {conv2d("c", {6, 1, 3, 2}, random,
               {{"groups", whole({3})}, {"stride", whole({1, 2})}, {"padding", whole({1, 1})}})},
       "conv_2d"},
      {"flattened", {2, 5, 4}, {conv2d("c", {3, 2, 3, 2}, random), node("flat", "Flatten")}, "conv_2d"},
      {"a batch of one", {1, 2, 5, 4}, {conv2d("c", {3, 2, 3, 2}, random)}, "conv_2d"},
      {"delayed",
       {2, 4, 3},
       {node("wait", "Delay", {{"delay", array({2, 4, 3}, std::vector<double>(24, 3e-4))}}),
        conv2d("c", {3, 2, 2, 2}, random)},
       "conv_2d"},
      {"sequence", {2, 9}, {conv2d("c", {3, 2, 4}, random, {{"stride", whole({2})}})}, "conv_1d"},
      {"sequence, padding", {3, 8}, {conv2d("c", {2, 3, 3}, random, {{"padding", whole({2})}})}, "conv_1d"},
      {"sequence, same",
       {4, 8},
       {conv2d("c", {6, 2, 4}, random,
               {{"padding", std::string("same")}, {"groups", whole({2})}, {"dilation", whole({2})}})},
       "conv_1d"},
      {"mean", {3, 6, 5}, {pool("p", "AvgPool2d", {2, 3}, {2, 3})}, "avg_pool_2d"},
      {"sum, padding", {2, 5, 6}, {pool("p", "SumPool2d", {3, 2}, {2, 1}, {1, 0})}, "avg_pool_2d"},
      {"scaled mean",
       {2, 4, 6},
       {pool("p", "AvgPool2d", {2, 3}, {2, 3}), node("s", "Scale", {{"scale", array({2, 2, 2}, std::vector(8, 2.5))}})},
       "avg_pool_2d"},
      {"mean, convolution",
       {2, 7, 9},
       {pool("p", "AvgPool2d", {2, 2}, {2, 3}), conv2d("c", {3, 2, 2, 2}, random, {{"padding", whole({1, 0})}})},
       "avg_pool_conv_2d"},
      {"sum, convolution",
       {2, 6, 9},
       {pool("p", "SumPool2d", {2, 3}, {2, 3}), conv2d("c", {3, 2, 2, 2}, random)},
       "avg_pool_conv_2d"},
  };
}

TEST(NirKernels, ConvolutionsAndPoolsKeepSharedWeights) {
  constexpr std::uint32_t seed = 11;
  std::mt19937 random(seed);
  for (const Case& each : cases(random)) {
    SCOPED_TRACE(each.name + ", seed " + std::to_string(seed));
    std::vector<Node> nodes{input(each.input)};
    nodes.insert(nodes.end(), each.linear.begin(), each.linear.end());
    nodes.push_back(cells("n", shape_before(nodes), random));
    nodes.push_back(output());
    const Verification result = verified(chain(nodes));
    EXPECT_EQ(name_of(only_connection(result.imported).connectivity), each.kind);
  }
}

// Matrices from, to and between images are in their order, and so is a feedback.
TEST(NirKernels, MatricesHonorTheOrderOfImages) {
  constexpr std::uint32_t seed = 7;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  Node last = linear("fc", 5, 24, random_values(120, -0.3, 0.6, random));
  last.type = "Affine";
  last.parameters["bias"] = array(random_values(5, 0, 0.2, random));
  const Node back = linear("back", 24, 24, random_values(24 * 24, -0.2, 0.1, random));
  const Node across = linear("across", 24, 36, random_values(24 * 36, -0.2, 0.2, random));
  const Graph made = graph(
      {input({2, 3, 6}), conv2d("conv", {3, 2, 2, 3}, random), cells("a", {3, 2, 4}, random), node("flat", "Flatten"),
       last, cells("b", {5}, random), node("flat_back", "Flatten"), back, node("flat_input", "Flatten"),
       node("wait", "Delay", {{"delay", array(std::vector<double>(36, 2e-4))}}), across, output()},
      {{"input", "conv"},
       {"conv", "a"},
       {"a", "flat"},
       {"flat", "fc"},
       {"fc", "b"},
       {"b", "output"},
       {"a", "flat_back"},
       {"flat_back", "back"},
       {"back", "a"},
       {"input", "flat_input"},
       {"flat_input", "wait"},
       {"wait", "across"},
       {"across", "a"}});
  const Verification result = verified(made);
  EXPECT_EQ(population(result.imported, "input").shape, Shape({3, 6, 2}));
  EXPECT_EQ(population(result.imported, "a").shape, Shape({2, 4, 3}));
  EXPECT_EQ(population(result.imported, "b").shape, Shape(5));
}

TEST(NirKernels, AConvolutionalNetworkIsProved) {
  const synfire::test::ScratchFolder folder;
  const Verification result =
      verify(read_graph(sample("paper/cnn_sinabs.nir")), folder / "copy.nir", {.steps = 12, .rate = 0.2});
  EXPECT_TRUE(result.passed());
  EXPECT_TRUE(result.same_network);
  EXPECT_EQ(result.comparisons.size(), 10u);
  std::vector<std::string> kinds;
  for (const ir::Connection& each : result.imported.network.description().connections)
    kinds.push_back(name_of(each.connectivity));
  EXPECT_EQ(kinds, (std::vector<std::string>{"conv_2d", "conv_2d", "avg_pool_conv_2d", "dense", "dense"}));
}

TEST(NirKernels, AKernelIsTransposed) {
  // 2 filters × 3 channels × 1 × 2 pixels, numbered in the order of the file.
  std::vector<double> weights(12);
  for (std::size_t k = 0; k < weights.size(); ++k) weights[k] = static_cast<double>(k);
  const Imported imported = import_network(
      chain({input({3, 2, 4}), node("c", "Conv2d", {{"weight", array({2, 3, 1, 2}, weights)}}), output()}));
  const auto& conv = std::get<Conv2D>(only_connection(imported).connectivity);
  EXPECT_EQ(conv.weight.array(), Tensor<float>({1, 2, 3, 2}, {0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11}));
  EXPECT_EQ(conv.kernel, (Size2D{1, 2}));
  EXPECT_EQ(population(imported, "output").shape, Shape({2, 3, 2}));
  // Neuron (y, x, c) = (0, 1, 2) is element (2, 0, 1) of 3 × 2 × 4.
  EXPECT_EQ(imported.nodes.at(0).elements.at(5), 17u);
}

// What is not one convolution or pool is a matrix, in the order of the file.
TEST(NirKernels, WhatIsNotOneKernelIsAMatrix) {
  std::mt19937 random(5);
  const auto expect_matrix = [](const Graph& graph, const std::string& name) {
    SCOPED_TRACE(name);
    const Verification result = verified(graph);
    EXPECT_FALSE(is_kernel(only_connection(result.imported).connectivity));
    EXPECT_EQ(population(result.imported, "n").shape, Shape(graph.nodes.at(graph.nodes.size() - 2).output_shape));
  };
  const auto expect_chain = [&](std::vector<double> shape, std::vector<Node> between, const std::string& name) {
    std::vector<Node> nodes{input(std::move(shape))};
    nodes.insert(nodes.end(), between.begin(), between.end());
    nodes.push_back(cells("n", shape_before(nodes), random));
    nodes.push_back(output());
    expect_matrix(chain(nodes), name);
  };
  const Node conv = conv2d("c", {3, 2, 2, 2}, random);
  expect_chain({2, 5, 4}, {conv, conv2d("d", {2, 3, 2, 2}, random)}, "two convolutions");
  expect_chain({2, 6, 5}, {pool("p", "AvgPool2d", {3, 2}, {1, 2}), conv}, "windows that overlap");
  expect_chain({2, 5, 4}, {pool("p", "SumPool2d", {2, 2}, {2, 2}, {1, 0}), conv}, "a pool with padding");
  expect_chain({2, 3, 4}, {conv2d("e", {3, 2, 2, 2}, random, {{"padding", whole({2, 1})}})},
               "padding as large as the kernel");
  std::vector<double> waits(24, 1e-4);
  waits[5] = 3e-4;
  const Graph delayed = chain({input({2, 4, 3}), node("wait", "Delay", {{"delay", array({2, 4, 3}, waits)}}), conv,
                               cells("n", {3, 3, 2}, random), output()});
  const Imported imported = import_network(delayed, {.dt = 1e-4});
  EXPECT_EQ(imported.network.connections(), 2u);
  for (const ir::Connection& each : imported.network.description().connections)
    EXPECT_FALSE(is_kernel(each.connectivity));
  // One edge goes past the convolution.
  expect_matrix(graph({input({2, 4, 3}), conv2d("c", {2, 2, 3, 3}, random, {{"padding", whole({1, 1})}}),
                       cells("n", {2, 4, 3}, random), output()},
                      {{"input", "c"}, {"c", "n"}, {"input", "n"}, {"n", "output"}}),
                "a sum");
}

// One population is one image: a second convolution that sees another one has a matrix.
TEST(NirKernels, APopulationIsOneImage) {
  std::mt19937 random(9);
  const Graph made = graph(
      {input({2, 4, 3}), conv2d("c", {3, 2, 2, 2}, random), conv2d("d", {2, 8, 3}, random, {{"padding", whole({1})}}),
       node("rows", "Flatten", {{"start_dim", whole({0})}, {"end_dim", whole({1})}}), cells("a", {3, 3, 2}, random),
       cells("b", {2, 3}, random), output("x"), output("y")},
      {{"input", "c"}, {"c", "a"}, {"a", "x"}, {"input", "rows"}, {"rows", "d"}, {"d", "b"}, {"b", "y"}});
  const Verification result = verified(made);
  std::size_t kernels = 0;
  for (const ir::Connection& each : result.imported.network.description().connections)
    kernels += is_kernel(each.connectivity) ? 1 : 0;
  EXPECT_EQ(kernels, 1u);
}

TEST(NirKernels, AWeightTooLargeForSinglePrecisionIsRefused) {
  const std::string text = [] {
    return refusal([] {
      import_network(
          chain({input({1, 2, 2}), node("c", "Conv2d", {{"weight", array({1, 1, 1, 1}, {1e39})}}), output()}));
    });
  }();
  EXPECT_NE(text.find("too large for single precision"), std::string::npos) << text;
}

// Weights that are shared do not count: the matrix of this one would have 90 million.
TEST(NirKernels, LargeImagesAreNotExpanded) {
  std::mt19937 random(3);
  const Imported imported = import_network(
      chain({input({16, 128, 128}), conv2d("c", {16, 16, 5, 5}, random), output()}), {.most_synapses = 1'000'000});
  EXPECT_EQ(name_of(only_connection(imported).connectivity), "conv_2d");
}

// A shape in the metadata is a hint, and cannot make an image another.
TEST(NirKernels, AShapeThatDoesNotFitTheImageIsIgnored) {
  std::mt19937 random(3);
  for (const std::vector<double>& shape : {std::vector<double>{2, 4, 3}, {24}, {6, 4}, {4, 3, 2, 1}}) {
    Node from = input({2, 4, 3});
    from.metadata["shape"] = whole(shape);
    const Imported imported = import_network(chain({from, conv2d("c", {3, 2, 2, 2}, random), output()}));
    EXPECT_EQ(population(imported, "input").shape, Shape({4, 3, 2}));
    EXPECT_TRUE(describe(imported).validate().empty());
  }
}

// ---- Networks that were not imported

Network small(const Connectivity& connectivity, const Shape& source, const Shape& target = {}) {
  Network network;
  const auto in = network.add(SpikeInput{}, source, {.name = "input"});
  const auto out = network.add(IntegrateFire{}, target, {.readout = "spike_count", .name = "a"});
  network.connect(in, out, connectivity, {.name = "w"});
  return network;
}

Tensor<float> numbered(const Extents& shape) {
  Tensor<float> values(shape);
  for (std::size_t k = 0; k < values.size(); ++k) values[k] = static_cast<float>(k) / 8 - 1;
  return values;
}

TEST(NirKernels, ConnectivityComesBackEqual) {
  const synfire::test::ScratchFolder folder;
  const std::vector<std::pair<Connectivity, Shape>> all{
      {Conv2D{.filters = 3, .kernel = {3, 2}, .strides = {2, 1}, .padding = {1, 0}, .weight = numbered({3, 2, 2, 3})},
       {5, 4, 2}},
      {Conv2D{.filters = 4,
              .kernel = {2, 3},
              .padding = "same",
              .dilation = {1, 2},
              .groups = 2,
              .weight = numbered({2, 3, 1, 4})},
       {5, 6, 2}},
      {Conv2D{.filters = 2, .kernel = {3, 2}, .weight = numbered({3, 2, 1, 2})}, {5, 4}},
      {Conv1D{.filters = 3, .kernel = 4, .stride = 2, .padding = 1, .weight = numbered({4, 2, 3})}, {9, 2}},
      {AvgPool2D{.pool = {2, 3}, .strides = {2, 3}}, {6, 7, 2}},
      {AvgPool2D{.pool = {2, 3}, .strides = {1, 2}, .padding = {1, 1}, .weight = frozen(6.0)}, {6, 7, 2}},
      {AvgPool2D{.pool = {2, 3}, .strides = {2, 3}, .weight = frozen(2.5)}, {6, 7, 2}},
      {AvgPoolConv2D{.pool = {2, 2},
                     .pool_strides = {2, 2},
                     .filters = 3,
                     .kernel = {2, 1},
                     .padding = "same",
                     .weight = numbered({2, 1, 2, 3})},
       {6, 8, 2}},
  };
  for (const auto& [connectivity, source] : all) {
    const Network network = small(connectivity, source);
    export_network(network, folder / "net.nir");
    const Imported imported = import_network(read_graph(folder / "net.nir"));
    const ir::Connection& connection = only_connection(imported);
    EXPECT_TRUE(connection.connectivity == connectivity) << network << imported.network;
    EXPECT_EQ(connection.name, "w");
    EXPECT_EQ(population(imported, "input").shape, source);
  }
}

// "same" with a stride is as good as numbers where they give the same windows, else NIR lacks it.
TEST(NirKernels, WhatNirCannotExpressIsRefusedByName) {
  const Value weight = 1.0;
  const auto strided = [&](std::uint32_t stride) {
    return Conv2D{.filters = 1, .kernel = 3, .strides = stride, .padding = "same", .weight = weight};
  };
  EXPECT_EQ(refusal([&] { export_graph(small(strided(2), {5, 7, 1})); }), "");
  const std::vector<std::tuple<Connectivity, Shape, std::string>> all{
      {strided(2), {6, 8, 1}, "padding that differs between two sides"},
      {Conv2D{.filters = 1, .kernel = 3, .padding = {1, 0, 0, 0}, .weight = weight}, {6, 8, 1}, "padding that differs"},
      {Conv2D{.filters = 1, .kernel = 3, .weight = Normal{0, 1}}, {6, 8, 1}, "drawn"},
      {MaxPool2D{.pool = 2}, {6, 8, 1}, "max_pool_2d"},
      {Conv2DTranspose{.filters = 1, .kernel = 3, .weight = weight}, {6, 8, 1}, "conv_2d_transpose"},
      {AvgPoolDense2D{.pool = 2, .weight = weight}, {6, 8, 1}, "avg_pool_dense_2d"},
  };
  for (const auto& [connectivity, source, part] : all) {
    const bool dense = std::holds_alternative<AvgPoolDense2D>(connectivity);
    const std::string text =
        refusal([&, &c = connectivity, &s = source] { export_graph(small(c, s, dense ? 3 : Shape{})); });
    EXPECT_NE(text.find("connection \"w\""), std::string::npos) << text;
    EXPECT_NE(text.find(part), std::string::npos) << text;
  }
}

// The result of a convolution may be flat: its neurons are in the order of the image all the same.
TEST(NirKernels, AFlatTargetStaysFlat) {
  const synfire::test::ScratchFolder folder;
  const Network network = small(Conv2D{.filters = 3, .kernel = 2, .weight = numbered({2, 2, 2, 3})}, {4, 3, 2}, 18);
  export_network(network, folder / "net.nir");
  const Imported imported = import_network(read_graph(folder / "net.nir"));
  EXPECT_EQ(population(imported, "a").shape, Shape(18));
  EXPECT_EQ(imported.nodes.back().elements.size(), 18u);
}

}  // namespace
}  // namespace synfire::nir::test
