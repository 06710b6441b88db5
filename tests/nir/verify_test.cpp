// SPDX-License-Identifier: Apache-2.0
// Networks beside the interpreter of their graphs: sample files, and random graphs with every kind of node.
#include <array>
#include <random>

#include "base/scratch_folder.hpp"
#include "nir/support.hpp"

namespace synfire::nir::test {
namespace {

std::string told(const Verification& result) {
  std::string text;
  for (const Comparison& each : result.comparisons)
    text += each.what + ", " + each.population + ": " + std::to_string(each.spikes) + " spikes, " +
            std::to_string(each.differing) + " differ, " + std::to_string(each.undecided) + " undecided, deviation " +
            std::to_string(each.deviation) + "\n";
  for (const std::string& note : result.notes) text += note + "\n";
  return text;
}

void expect_verified(const Graph& graph, const VerifyOptions& options, bool comes_back_equal = true) {
  const synfire::test::ScratchFolder folder;
  const Verification result = verify(graph, folder / "copy.nir", options);
  EXPECT_TRUE(result.passed()) << told(result);
  EXPECT_EQ(result.same_network, comes_back_equal) << told(result);
  EXPECT_GT(result.comparisons.size(), 0u);
}

TEST(NirVerify, SampleFilesDoWhatTheirEquationsSay) {
  for (const char* name :
       {"paper/lif_norse.nir", "paper/lif_rockpool.nir", "paper/two_lif_neurons.nir",
        "paper/braille_noDelay_bias_zero.nir", "paper/braille_noDelay_noBias_subtract.nir",
        "layout/compression_none.nir", "layout/conv1d_same.nir", "layout/conv2d_same.nir",
        "layout/conv2d_rect_groups_wrong_shapes.nir", "layout/metadata_nested.nir", "layout/fan_in_sum.nir",
        "layout/scalar_parameters.nir", "layout/two_inputs_two_outputs.nir", "layout/subgraph_recurrent.nir",
        "layout/node_name_slash.nir", "layout/bare_node.nir", "layout/edges_empty.nir", "layout/self_loop.nir"}) {
    SCOPED_TRACE(name);
    for (const Integration integrator : {Integration::euler, Integration::exact}) {
      expect_verified(read_graph(sample(name)), {.import = {.dt = 1e-4, .integrator = integrator}, .rate = 0.3});
    }
  }
}

TEST(NirVerify, NetworksThatSpikeAreCompared) {
  const synfire::test::ScratchFolder folder;
  const Verification result =
      verify(read_graph(sample("paper/braille_noDelay_bias_zero.nir")), folder / "copy.nir", {});
  for (const Comparison& each : result.comparisons) EXPECT_GT(each.spikes, 20u) << told(result);
}

// The reset of one node may differ from that of the graph; another hint is refused.
TEST(NirVerify, AResetOfOneNodeIsFollowed) {
  const synfire::test::ScratchFolder folder;
  Graph graph = read_graph(sample("paper/braille_noDelay_bias_zero.nir"));
  for (Node& node : graph.nodes) {
    if (node.name == "lif2") node.metadata["reset"] = std::string("subtract");
  }
  EXPECT_TRUE(verify(graph, folder / "copy.nir", {}).passed());
  for (Node& node : graph.nodes) {
    if (node.name == "lif2") node.metadata["reset"] = std::string("none");
  }
  EXPECT_THROW(verify(graph, folder / "copy.nir", {}), DataError);
}

class RandomGraph {
 public:
  explicit RandomGraph(std::uint32_t seed) : random_(seed) {}

  Graph make() {
    nodes_ = {input({2, 4, 3})};
    std::string last = "input";
    Extents shape{2, 4, 3};
    for (std::size_t layer = 0, layers = 2 + random_() % 2; layer < layers; ++layer) {
      last = add_linear(last, shape, layer);
      if (random_() % 3 == 0) last = add_delay(last, shape, layer);
      const std::string neuron = add_neuron(shape, layer, layer + 1 == layers);
      edges_.push_back({last, neuron});
      if (spiking_ && random_() % 2 == 0) feed_back(neuron, shape, layer);
      last = neuron;
    }
    nodes_.push_back(output());
    edges_.push_back({last, "output"});
    return graph(nodes_, edges_);
  }

 private:
  double uniform(double low, double high) { return low + (high - low) * static_cast<double>(random_() % 4096) / 4096; }
  std::vector<double> many(std::size_t count, double low, double high) {
    std::vector<double> all(count);
    for (double& each : all) each = static_cast<double>(static_cast<float>(uniform(low, high)));
    return all;
  }
  std::string join(const std::string& before, Node node) {
    const std::string name = node.name;
    edges_.push_back({before, name});
    nodes_.push_back(std::move(node));
    return name;
  }

  std::string add_linear(const std::string& last, Extents& shape, std::size_t layer) {
    const std::string number = std::to_string(layer);
    if (shape.size() == 3 && random_() % 2 == 0) {
      Node conv = node("conv" + number, "Conv2d",
                       {{"weight", array({2, shape[0], 3, 2}, many(2 * shape[0] * 6, -0.5, 1))},
                        {"bias", array(many(2, -0.2, 0.3))},
                        {"padding", whole({1, 1})}});
      shape = {2, shape[1], shape[2] + 1};
      return join(last, std::move(conv));
    }
    const std::size_t inputs = element_count(shape), outputs = 3 + random_() % 4;
    std::string before = last;
    if (shape.size() > 1) before = join(last, node("flat" + number, "Flatten"));
    shape = {outputs};
    Node made = linear("fc" + number, outputs, inputs, many(outputs * inputs, -0.6, 1));
    if (random_() % 2 == 0) {
      made.type = "Affine";
      made.parameters["bias"] = array(many(outputs, -0.3, 0.5));
    }
    return join(before, std::move(made));
  }

  // Before a bias only; so it is put where there is none.
  std::string add_delay(const std::string& last, const Extents& shape, std::size_t layer) {
    if (nodes_.back().parameters.contains("bias")) return last;
    std::vector<double> delays(element_count(shape));
    for (double& each : delays) each = static_cast<double>(random_() % 4) * 1e-4;
    return join(last, node("wait" + std::to_string(layer), "Delay", {{"delay", array(delays)}}));
  }

  std::string add_neuron(const Extents& shape, std::size_t layer, bool last) {
    const std::size_t count = element_count(shape);
    static const std::vector<std::string> spiking{"IF", "LIF", "CubaLIF", "Threshold"}, silent{"I", "LI", "CubaLI"};
    spiking_ = random_() % (last ? 2 : 4) != 0;
    const std::vector<std::string>& types = spiking_ ? spiking : silent;
    Node made = node("n" + std::to_string(layer), types[random_() % types.size()]);
    const auto put = [&](const std::string& name, double low, double high) {
      std::vector<double> values = many(count, low, high);
      if (random_() % 2 == 0) values.assign(count, values[0]);
      made.parameters[name] = array(shape, values);
    };
    const bool cuba = made.type.starts_with("Cuba"), leaky = made.type.ends_with("LI") || made.type.ends_with("LIF");
    if (made.type == "Threshold") {
      put("threshold", -0.1, 1);
    } else {
      if (leaky && !cuba) put("tau", 2e-4, 2e-3);
      if (cuba) {
        put("tau_mem", 2e-4, 2e-3);
        put("tau_syn", 2e-4, 1e-3);
        put("w_in", 1, 3);
      }
      if (leaky) put("v_leak", -0.2, 0.3);
      if (leaky) put("r", 2, 6);
      if (!leaky) made.parameters["r"] = array(shape, std::vector<double>(count, random_() % 2 == 0 ? 1 : 1e4));
      if (spiking_) put("v_threshold", 0.5, 1.5);
      if (spiking_ && random_() % 2 == 0) put("v_reset", -0.3, 0.2);
    }
    nodes_.push_back(made);
    return made.name;
  }

  void feed_back(const std::string& neuron, const Extents& shape, std::size_t layer) {
    const std::size_t count = element_count(shape);
    const std::string name = "back" + std::to_string(layer);
    std::string before = neuron;
    if (shape.size() > 1) before = join(neuron, node("flat_" + name, "Flatten"));
    join(before, linear(name, count, count, many(count * count, -0.3, 0.2)));
    edges_.push_back({name, neuron});
  }

  std::mt19937 random_;
  std::vector<Node> nodes_ = {};
  std::vector<Edge> edges_ = {};
  bool spiking_ = true;
};

TEST(NirVerify, RandomGraphsDoWhatTheirEquationsSay) {
  std::size_t spikes = 0;
  for (std::uint32_t seed = 1; seed <= 24; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Graph graph = RandomGraph(seed).make();
    const synfire::test::ScratchFolder folder;
    const VerifyOptions options{
        .import = {.dt = 1e-4,
                   .integrator = std::array{Integration::exact, Integration::euler, Integration::decay}[seed % 3],
                   .reset = std::array{Reset::to_value, Reset::subtract, Reset::subtract_next}[seed / 3 % 3],
                   .real_inputs = seed % 5 == 0 ? std::vector<std::string>{"input"} : std::vector<std::string>{}},
        .steps = 60,
        .seed = seed,
        .rate = 0.2};
    const Verification result = verify(graph, folder / "copy.nir", options);
    EXPECT_TRUE(result.passed()) << told(result);
    for (const Comparison& each : result.comparisons) spikes += each.spikes;
  }
  EXPECT_GT(spikes, 5000u);
}

}  // namespace
}  // namespace synfire::nir::test
