// SPDX-License-Identifier: Apache-2.0
// Graphs become networks: times, composed matrices, choices, and what is refused.
#include <algorithm>
#include <random>

#include "nir/support.hpp"

namespace synfire::nir::test {
namespace {

std::string choices(const Imported& imported) {
  std::string all;
  for (const std::string& each : imported.choices) all += each + "\n";
  return all;
}

const ir::Connection& connection(const Imported& imported, const std::string& name) {
  const auto& all = imported.network.description().connections;
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const ir::Connection& each) { return each.name == name; });
  if (found == all.end()) throw std::out_of_range("no connection " + name);
  return *found;
}

// ---- Times

TEST(NirImport, EdgesTakeNoTime) {
  const Imported imported = import_network(chain({input({1}), linear("w1", 1, 1, {2}), fast_lif("a", 1),
                                                  linear("w2", 1, 1, {2}), fast_lif("b", 1), output()}),
                                           {.dt = 1e-4});
  for (const ir::Connection& each : imported.network.description().connections) EXPECT_EQ(each.latency, 0u);
  const auto done = run(imported, {{"input", {{0, 3}, {0, 7}}}}, 12);
  EXPECT_EQ(done.at("a").spikes[0], (std::vector<std::uint32_t>{3, 7}));
  EXPECT_EQ(done.at("b").spikes[0], (std::vector<std::uint32_t>{3, 7}));
}

TEST(NirImport, AShortcutArrivesWithTheLongWay) {
  const Imported imported = import_network(
      graph(
          {input({1}), linear("w1", 1, 1, {2}), fast_lif("a", 1), linear("w2", 1, 1, {0.6}),
           linear("skip", 1, 1, {0.6}), fast_lif("b", 1), output()},
          {{"input", "w1"}, {"w1", "a"}, {"a", "w2"}, {"w2", "b"}, {"input", "skip"}, {"skip", "b"}, {"b", "output"}}),
      {.dt = 1e-4});
  EXPECT_EQ(run(imported, {{"input", {{0, 3}}}}, 12).at("b").spikes[0], std::vector<std::uint32_t>{3});
}

TEST(NirImport, AFeedbackToItselfTakesTheStepOfItsConnection) {
  const Imported imported = import_network(graph({input({1}), fast_lif("a", 1), linear("back", 1, 1, {2}), output()},
                                                 {{"input", "a"}, {"a", "back"}, {"back", "a"}, {"a", "output"}}),
                                           {.dt = 1e-4, .if_rule = IfRule::automatic});
  // A spike of weight 1 does not pass 1; two in a row do, and then the neuron drives itself.
  const auto done = run(imported, {{"input", {{0, 1}, {0, 2}}}}, 8);
  EXPECT_EQ(done.at("a").spikes[0], (std::vector<std::uint32_t>{2, 3, 4, 5, 6, 7}));
}

TEST(NirImport, ACycleOfSeveralNeuronsIsRefusedWithoutADelay) {
  const auto cycle = [](double delay) {
    return graph({input({1}), fast_lif("a", 1), fast_lif("b", 1), linear("w", 1, 1, {2}), linear("back", 1, 1, {2}),
                  node("wait", "Delay", {{"delay", array({delay})}}), linear("w0", 1, 1, {2}), output()},
                 {{"input", "w0"},
                  {"w0", "a"},
                  {"a", "w"},
                  {"w", "b"},
                  {"b", "wait"},
                  {"wait", "back"},
                  {"back", "a"},
                  {"b", "output"}});
  };
  const std::string text = refusal([&] { import_network(cycle(0), {.dt = 1e-4}); });
  EXPECT_NE(text.find("cycle that takes no time: "), std::string::npos) << text;
  EXPECT_TRUE(text.find("\"a\" -> \"b\" -> \"a\"") != std::string::npos ||
              text.find("\"b\" -> \"a\" -> \"b\"") != std::string::npos)
      << text;
  for (const std::uint32_t steps : {1u, 3u}) {
    const auto done = run(import_network(cycle(steps * 1e-4), {.dt = 1e-4}), {{"input", {{0, 0}}}}, 2 * steps + 1);
    EXPECT_EQ(done.at("a").spikes[0], (std::vector<std::uint32_t>{0, steps, 2 * steps}));
    EXPECT_EQ(done.at("b").spikes[0], (std::vector<std::uint32_t>{0, steps, 2 * steps}));
  }
}

TEST(NirImport, DelaysAreSteps) {
  const Graph delayed = chain({input({2}), node("wait", "Delay", {{"delay", array({2e-4, 5e-4})}}),
                               linear("w", 1, 2, {2, 2}), fast_lif("a", 1), output()});
  const Imported imported = import_network(delayed, {.dt = 1e-4});
  const auto done = run(imported, {{"input", {{0, 0}, {1, 1}}}}, 12);
  EXPECT_EQ(done.at("a").spikes[0], (std::vector<std::uint32_t>{2, 6}));
  // 0.2 ms are 0.667 steps of 0.3 ms.
  const Imported rounded = import_network(delayed, {.dt = 3e-4});
  EXPECT_TRUE(std::any_of(rounded.warnings.begin(), rounded.warnings.end(), [](const Problem& each) {
    return each.kind == ProblemKind::time_scale && each.path.find("wait") != std::string::npos;
  }));
}

TEST(NirImport, ABiasActsFromTheFirstStepOn) {
  Node affine = linear("w2", 1, 1, {1});
  affine.type = "Affine";
  affine.parameters["bias"] = array({0.4});
  const Imported imported = import_network(
      chain({input({1}), linear("w1", 1, 1, {2}), fast_lif("a", 1), affine, fast_lif("b", 1, 0.1), output()}),
      {.dt = 1e-4});
  const Done b = run(imported, {{"input", {}}}, 10).at("b");
  EXPECT_NEAR(b.v[0][0], 0.4, 1e-6);
  EXPECT_EQ(b.spikes[0], (std::vector<std::uint32_t>{2, 5, 8}));
}

// ---- Linear nodes

TEST(NirImport, LinearNodesBetweenNeuronsAreOneConnection) {
  Node affine = linear("w2", 2, 3, {1, 2, 3, 4, 5, 6});
  affine.type = "Affine";
  affine.parameters["bias"] = array({10, 20});
  const Imported imported =
      import_network(chain({input({2}), linear("w1", 3, 2, {1, 0, 0, 1, 1, 1}), affine,
                            node("s", "Scale", {{"scale", array({2, 3})}}), fast_lif("a", 2), output()}),
                     {.dt = 1e-4});
  ASSERT_EQ(imported.network.connections(), 1u);
  const auto& dense = std::get<Dense>(connection(imported, "input_a").connectivity);
  // Rows are sources: 2·(1 + 3), 3·(4 + 6); 2·(2 + 3), 3·(5 + 6).
  EXPECT_EQ(dense.weight.array(), Tensor<float>({2, 2}, {8, 30, 10, 33}));
  const auto& neuron = imported.network.description().populations[1].neuron;
  const auto bias = std::find_if(neuron.parameters.begin(), neuron.parameters.end(),
                                 [](const auto& each) { return each.name == "bias"; });
  EXPECT_EQ(bias->value.array(), Tensor<float>({2}, {20, 60}));
}

TEST(NirImport, ParallelNodesAreAddedUp) {
  const Graph parallel = read_graph(sample("layout/fan_in_sum.nir"));
  const Imported imported = import_network(parallel);
  ASSERT_EQ(imported.network.connections(), 1u);
  const Tensor<float>& weight =
      std::get<Dense>(imported.network.description().connections[0].connectivity).weight.array();
  EXPECT_FLOAT_EQ(weight[0], -1.6437974f - 0.24580307f);
}

TEST(NirImport, AMatrixWithFewWeightsIsAList) {
  std::vector<double> weights(64, 0.0);
  weights[3] = 0.5;   // target 0, source 3
  weights[8] = -0.5;  // target 1, source 0
  const Imported imported =
      import_network(chain({input({8}), linear("w", 8, 8, weights), fast_lif("a", 8), output()}), {.dt = 1e-4});
  const auto& list = std::get<Sparse>(connection(imported, "w").connectivity);
  EXPECT_EQ(list.sources, (std::vector<std::uint32_t>{0, 3}));
  EXPECT_EQ(list.targets, (std::vector<std::uint32_t>{1, 0}));
  EXPECT_EQ(list.weight.array(), Tensor<float>({2}, {-0.5f, 0.5f}));
}

struct Geometry {
  std::string name;
  long channels_in, height, width, channels_out, rows, columns, groups;
  long stride_y, stride_x, padding_y, padding_x, dilation_y, dilation_x;
  bool same = false;
};

// A Conv2d as a loop over its definition.
std::vector<double> convolved(const Geometry& g, const std::vector<double>& w, const std::vector<double>& bias,
                              const std::vector<double>& x, long top, long left, long out_height, long out_width) {
  const long ins = g.channels_in / g.groups, outs = g.channels_out / g.groups;
  std::vector<double> y;
  for (long o = 0; o < g.channels_out; ++o) {
    for (long p = 0; p < out_height; ++p) {
      for (long q = 0; q < out_width; ++q) {
        double sum = bias[static_cast<std::size_t>(o)];
        for (long c = 0; c < ins; ++c) {
          for (long k = 0; k < g.rows; ++k) {
            for (long l = 0; l < g.columns; ++l) {
              const long r = p * g.stride_y - top + k * g.dilation_y, s = q * g.stride_x - left + l * g.dilation_x;
              if (r < 0 || s < 0 || r >= g.height || s >= g.width) continue;
              sum += w[static_cast<std::size_t>(((o * ins + c) * g.rows + k) * g.columns + l)] *
                     x[static_cast<std::size_t>(((o / outs * ins + c) * g.height + r) * g.width + s)];
            }
          }
        }
        y.push_back(sum);
      }
    }
  }
  return y;
}

TEST(NirImport, ConvolutionsAreThoseOfTheirDefinition) {
  const std::vector<Geometry> all{
      {"plain", 2, 6, 5, 3, 3, 3, 1, 1, 1, 0, 0, 1, 1},
      {"rectangular", 2, 7, 9, 4, 3, 5, 2, 1, 2, 0, 1, 1, 1},
      {"strided", 3, 9, 6, 2, 2, 3, 1, 3, 2, 1, 2, 1, 1},
      {"dilated", 4, 8, 10, 6, 3, 2, 2, 1, 1, 2, 1, 2, 3},
      {"depthwise", 3, 5, 7, 3, 3, 3, 3, 2, 1, 1, 1, 1, 1},
      {"same", 2, 5, 8, 3, 3, 5, 1, 1, 1, 0, 0, 1, 1, true},
      {"same_even", 2, 6, 7, 2, 2, 4, 1, 1, 1, 0, 0, 1, 1, true},
      {"same_dilated", 1, 9, 8, 2, 3, 2, 1, 1, 1, 0, 0, 2, 3, true},
  };
  constexpr std::uint32_t seed = 5;
  std::mt19937 random(seed);
  const auto uniform = [&] { return static_cast<double>(random() % 2001) / 1000.0 - 1; };
  for (const Geometry& g : all) {
    SCOPED_TRACE(g.name + ", seed " + std::to_string(seed));
    const auto size = [](long a, long b, long c, long d) { return static_cast<std::size_t>(a * b * c * d); };
    std::vector<double> w(size(g.channels_out, g.channels_in / g.groups, g.rows, g.columns)), bias, x;
    for (double& each : w) each = uniform();
    for (long k = 0; k < g.channels_out; ++k) bias.push_back(uniform());
    for (long k = 0; k < g.channels_in * g.height * g.width; ++k)
      x.push_back(static_cast<double>(static_cast<float>(uniform())));
    const long reach_y = g.dilation_y * (g.rows - 1), reach_x = g.dilation_x * (g.columns - 1);
    const long top = g.same ? reach_y / 2 : g.padding_y, left = g.same ? reach_x / 2 : g.padding_x;
    const long out_height = g.same ? g.height : (g.height + 2 * top - reach_y - 1) / g.stride_y + 1;
    const long out_width = g.same ? g.width : (g.width + 2 * left - reach_x - 1) / g.stride_x + 1;
    const auto d = [](long value) { return static_cast<double>(value); };
    Node conv = node(
        "conv", "Conv2d",
        {{"weight", array({static_cast<std::size_t>(g.channels_out), static_cast<std::size_t>(g.channels_in / g.groups),
                           static_cast<std::size_t>(g.rows), static_cast<std::size_t>(g.columns)},
                          w)},
         {"bias", array(bias)},
         {"stride", whole({d(g.stride_y), d(g.stride_x)})},
         {"dilation", whole({d(g.dilation_y), d(g.dilation_x)})},
         {"groups", whole({d(g.groups)})}});
    conv.parameters["padding"] =
        g.same ? Parameter(std::string("same")) : Parameter(whole({d(g.padding_y), d(g.padding_x)}));
    const Imported imported = import_network(
        chain({input({d(g.channels_in), d(g.height), d(g.width)}), conv, output()}), {.real_inputs = {"input"}});
    const auto done = run_values(imported, Tensor<float>({1, x.size()}, {x.begin(), x.end()}), 2);
    const std::vector<double> expected = convolved(g, w, bias, x, top, left, out_height, out_width);
    const std::vector<float>& given = done.at("output").v.at(1);
    ASSERT_EQ(given.size(), expected.size());
    for (std::size_t k = 0; k < expected.size(); ++k) ASSERT_NEAR(given[k], expected[k], 1e-5) << k;
  }
}

TEST(NirImport, PoolsAddOrAverageTheirWindows) {
  // 1×4×6, windows of 2×3, padding of 1 row: rows −1 and 0, 1 and 2, 3 and 4; columns 0…2, 3…5.
  std::vector<float> x;
  for (int k = 0; k < 24; ++k) x.push_back(static_cast<float>(k));
  for (const std::string type : {"SumPool2d", "AvgPool2d"}) {
    const Imported imported = import_network(
        chain({input({1, 4, 6}),
               node("pool", type,
                    {{"kernel_size", whole({2, 3})}, {"stride", whole({2, 3})}, {"padding", whole({1, 0})}}),
               output()}),
        {.real_inputs = {"input"}});
    const std::vector<float> given =
        run_values(imported, Tensor<float>({1, 24}, std::vector<float>(x)), 2).at("output").v.at(1);
    std::vector<float> expected{3, 12, 60, 78, 57, 66};
    if (type == "AvgPool2d") {
      for (float& each : expected) each /= 6;
    }
    ASSERT_EQ(given.size(), expected.size()) << type;
    for (std::size_t k = 0; k < expected.size(); ++k) EXPECT_NEAR(given[k], expected[k], 1e-5) << type << " " << k;
  }
}

// Numbers do not pass through convolutions, so the first one is expanded.
TEST(NirImport, ExpandedWeightsAreCountedAndLimited) {
  const Graph graph = read_graph(sample("paper/cnn_sinabs.nir"));
  EXPECT_EQ(choices(import_network(graph)).find("Conv2d"), std::string::npos);
  EXPECT_NE(choices(import_network(graph, {.real_inputs = {"input"}})).find("Conv2d \"0\""), std::string::npos);
  const std::string text = refusal([&] { import_network(graph, {.real_inputs = {"input"}, .most_synapses = 10'000}); });
  EXPECT_NE(text.find("too many synapses"), std::string::npos) << text;
  EXPECT_NE(text.find("at most 10,000"), std::string::npos) << text;
}

// ---- Choices

TEST(NirImport, TheStepComesFromTheOptionTheFileOrTheDefault) {
  const Graph hinted = read_graph(sample("layout/metadata_nested.nir"));
  EXPECT_EQ(import_network(hinted).settings.dt, 1e-4);
  EXPECT_EQ(import_network(hinted).settings.reset, Reset::subtract);
  EXPECT_EQ(import_network(hinted, {.dt = 2e-4, .reset = Reset::to_value}).settings.reset, Reset::to_value);
  const Graph silent = read_graph(sample("paper/lif_norse.nir"));
  const Imported imported = import_network(silent);
  EXPECT_EQ(imported.step(), 0.1);
  EXPECT_NE(choices(imported).find("the default, as the file does not say"), std::string::npos);
  EXPECT_NE(choices(imported).find("25 steps"), std::string::npos) << choices(imported);
}

TEST(NirImport, AStepThatIsTooLongForEulerIsRefused) {
  const Graph graph = read_graph(sample("paper/lif_norse.nir"));
  const std::string text = refusal([&] { import_network(graph, {.dt = 0.003}); });
  EXPECT_NE(text.find("/node/nodes/1 (LIF).tau"), std::string::npos) << text;
  EXPECT_NE(text.find("--integrator exact"), std::string::npos) << text;
  EXPECT_EQ(refusal([&] { import_network(graph, {.dt = 0.0025}); }), "");  // a decay of 0 is used
  EXPECT_EQ(refusal([&] { import_network(graph, {.dt = 0.003, .integrator = Integration::exact}); }), "");
}

Graph with_r(double r) {
  return chain({input({1}),
                node("if", "IF", {{"r", array({r})}, {"v_threshold", array({2.5})}, {"v_reset", array({0.5})}}),
                output()});
}

TEST(NirImport, IntegrateAndFireAddsItsInputInBothConventions) {
  Events all;
  for (std::uint32_t n = 0; n < 8; ++n) all.emplace_back(0, n);
  for (const double r : {1.0, 1e4}) {
    const Imported imported = import_network(with_r(r), {.dt = 1e-4});
    EXPECT_EQ(run(imported, {{"input", all}}, 8).at("if").spikes[0], (std::vector<std::uint32_t>{2, 5})) << r;
  }
  const std::string text = refusal([] { import_network(with_r(3), {.dt = 1e-4}); });
  EXPECT_NE(text.find("--if-rule"), std::string::npos) << text;
  const Imported chosen = import_network(with_r(3), {.dt = 1e-4, .if_rule = IfRule::per_step});
  EXPECT_EQ(run(chosen, {{"input", {{0, 2}}}}, 5).at("if").spikes[0], std::vector<std::uint32_t>{2});
}

TEST(NirImport, TheThresholdIsStrict) {
  const Imported imported =
      import_network(chain({input({1}), linear("w", 1, 1, {2.5}),
                            node("if", "IF", {{"r", array({1})}, {"v_threshold", array({2.5})}}), output()}));
  EXPECT_EQ(run(imported, {{"input", {{0, 0}, {0, 1}}}}, 4).at("if").spikes[0], std::vector<std::uint32_t>{1});
}

TEST(NirImport, ThresholdHasNoMemory) {
  const Imported imported =
      import_network(chain({input({2}), node("t", "Threshold", {{"threshold", array({0.5, 1})}}), output()}));
  const auto done = run(imported, {{"input", {{0, 0}, {1, 0}, {0, 2}}}}, 5);
  EXPECT_EQ(done.at("t").spikes[0], (std::vector<std::uint32_t>{0, 2}));
  EXPECT_TRUE(done.at("t").spikes[1].empty());
}

TEST(NirImport, WhatCannotBeExpressedIsRefusedByName) {
  const auto refused = [](const Graph& graph, const std::string& part) {
    const std::string text = refusal([&] { import_network(graph, {.dt = 1e-4}); });
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  refused(read_graph(sample("layout/all_primitives_gzip.nir")), "/node/nodes/delay (Delay): delays a bias");
  refused(chain({input({1}), lif("a", 1, std::numeric_limits<double>::infinity()), output()}), "is infinite");
  refused(graph({input({1}), linear("w", 1, 1, {1}), linear("x", 1, 1, {1}), output()},
                {{"input", "w"}, {"w", "x"}, {"x", "w"}, {"x", "output"}}),
          "without a neuron");
  EXPECT_NE(refusal([] {
              import_network(read_graph(sample("paper/lif_norse.nir")), {.real_inputs = {"inputs"}});
            }).find("did you mean \"input\""),
            std::string::npos);
}

TEST(NirImport, NamesBecomeThoseOfPopulations) {
  const Imported imported = import_network(read_graph(sample("layout/node_name_unicode.nir")));
  EXPECT_NO_THROW(imported.network.index_of("_neuron"));
  EXPECT_NE(choices(imported).find("\"_neuron\""), std::string::npos) << choices(imported);
}

TEST(NirImport, ADescriptionRunsTheStepsOfTheFileAndRecordsItsOutputs) {
  const Imported imported = import_network(read_graph(sample("paper/braille_noDelay_bias_zero.nir")));
  const Description description = describe(imported, 50);
  EXPECT_EQ(description.compile.timesteps, 50u);
  EXPECT_EQ(description.compile.dt, 0.1);
  ASSERT_EQ(description.compile.record.size(), 1u);
  EXPECT_EQ(description.compile.record[0].population, "lif2");
  EXPECT_TRUE(description.validate().empty());
}

// Imported networks can be trained further.
TEST(NirImport, ImportedNetworksTrainWithSurrogateGradients) {
  for (const char* name : {"paper/braille_noDelay_bias_zero.nir", "paper/cnn_sinabs.nir"}) {
    const Imported imported = import_network(read_graph(sample(name)));
    EXPECT_NO_THROW((SurrogateCompiler{.timesteps = 20, .dt = imported.step(), .losses = "mean_square_error"}.check(
        imported.network)))
        << name;
  }
}

}  // namespace
}  // namespace synfire::nir::test
