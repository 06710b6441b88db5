// SPDX-License-Identifier: Apache-2.0
// Networks become files: exporting and importing gives equal networks, and built-in neurons spike as before.
#include <random>

#include "base/scratch_folder.hpp"
#include "nir/support.hpp"
#include "support/devices.hpp"
#include "synfire/base/files.hpp"

namespace synfire::nir::test {
namespace {

// The network of an imported graph after an export and an import without options.
Imported round_trip(const Imported& imported, const std::filesystem::path& path) {
  export_network(imported.network, path, {.dt = imported.step()});
  return import_network(read_graph(path));
}

TEST(NirExport, ImportedNetworksComeBackEqual) {
  const synfire::test::ScratchFolder folder;
  const std::vector<ImportOptions> options{
      {.dt = 1e-4},
      {.dt = 1e-4, .integrator = Integration::exact},
      {.dt = 1e-4, .reset = Reset::subtract},
  };
  for (const char* name :
       {"paper/lif_norse.nir", "paper/lif_rockpool.nir", "paper/two_lif_neurons.nir",
        "paper/braille_noDelay_bias_zero.nir", "paper/braille_noDelay_noBias_subtract.nir",
        "layout/integer_parameters.nir", "layout/scalar_parameters.nir", "layout/fan_in_sum.nir",
        "layout/two_inputs_two_outputs.nir", "layout/subgraph_recurrent.nir", "layout/conv1d_same.nir",
        "layout/conv2d_same.nir", "layout/conv2d_rect_groups_wrong_shapes.nir", "layout/node_name_unicode.nir",
        "layout/metadata_nested.nir", "layout/duplicate_edge.nir"}) {
    for (const ImportOptions& each : options) {
      const Imported first = import_network(read_graph(sample(name)), each);
      const Imported second = round_trip(first, folder / "copy.nir");
      EXPECT_TRUE(second.network == first.network) << name << "\n" << first.network << "\n" << second.network;
    }
  }
}

TEST(NirExport, OneToOneIsAMatrixUnlessItWouldBeLarge) {
  const synfire::test::ScratchFolder folder;
  for (const std::size_t count : {std::size_t{3}, std::size_t{1500}}) {
    std::vector<double> scale(count);
    for (std::size_t k = 0; k < count; ++k) scale[k] = 0.25 * static_cast<double>(k + 1);
    const Imported first =
        import_network(chain({input({static_cast<double>(count)}), node("s", "Scale", {{"scale", array(scale)}}),
                              fast_lif("a", count), output()}));
    const Exported exported = export_graph(first.network, {.dt = first.step()});
    const auto made = std::find_if(exported.graph.nodes.begin(), exported.graph.nodes.end(),
                                   [](const Node& each) { return each.name == "s"; });
    ASSERT_NE(made, exported.graph.nodes.end());
    EXPECT_EQ(made->type, count == 3 ? "Linear" : "Scale");
    EXPECT_TRUE(round_trip(first, folder / "copy.nir").network == first.network);
  }
}

TEST(NirExport, InputsOfNumbersAreRemembered) {
  const synfire::test::ScratchFolder folder;
  const Imported first =
      import_network(read_graph(sample("paper/lif_norse.nir")), {.real_inputs = {"input"}, .frames = 7});
  EXPECT_TRUE(round_trip(first, folder / "copy.nir").network == first.network);
}

TEST(NirExport, AnotherRuleOfIntegrateAndFireIsRemembered) {
  const synfire::test::ScratchFolder folder;
  const Graph graph = chain({input({1}), node("if", "IF", {{"r", array({3})}, {"v_threshold", array({2})}}), output()});
  for (const IfRule rule : {IfRule::per_step, IfRule::continuous}) {
    const Imported first = import_network(graph, {.if_rule = rule});
    EXPECT_TRUE(round_trip(first, folder / "copy.nir").network == first.network);
  }
}

TEST(NirExport, TheSameNetworkGivesTheSameBytes) {
  const synfire::test::ScratchFolder folder;
  const Imported imported = import_network(read_graph(sample("paper/braille_noDelay_bias_zero.nir")));
  std::vector<std::vector<std::byte>> written;
  for (const char* name : {"a.nir", "b.nir"}) {
    export_network(imported.network, folder / name, {.dt = imported.step()});
    written.push_back(base::read_file(folder / name));
  }
  EXPECT_TRUE(written[0] == written[1]);
}

// ---- Networks that were not imported

// The spikes of a population of a network that has one input, `input`.
std::vector<std::pair<std::uint32_t, std::uint32_t>> spikes_of(const Network& network, const std::string& population,
                                                               const SpikeTrains& trains, std::uint32_t steps,
                                                               double dt) {
  InferenceCompiler compiler{.timesteps = steps,
                             .dt = dt,
                             .record = {{population, "spikes"}},
                             .device = "host",
                             .cache_folder = synfire::testing::cache_folder()};
  const Predictions predictions = compiler.compile(network).predict({{"input", trains}});
  std::vector<std::pair<std::uint32_t, std::uint32_t>> all;
  for (const RecordedSpike& spike : predictions.spikes(population)[0]) all.emplace_back(spike.step, spike.neuron);
  return all;
}

SpikeTrains random_trains(std::size_t neurons, std::uint32_t steps, double dt, std::mt19937& random) {
  SpikeTrains trains(neurons);
  std::vector<std::uint32_t> who;
  std::vector<float> when;
  for (std::uint32_t n = 0; n < steps; ++n) {
    for (std::uint32_t k = 0; k < neurons; ++k) {
      if (random() % 8 != 0) continue;
      who.push_back(k);
      when.push_back(static_cast<float>(std::max(0.0, n - 0.25) * dt));
    }
  }
  trains.add_example(who, when);
  return trains;
}

Tensor<float> random_weights(std::size_t rows, std::size_t columns, float low, float high, std::mt19937& random) {
  Tensor<float> weights({rows, columns});
  for (float& each : std::span(weights.data(), weights.size()))
    each = low + (high - low) * static_cast<float>(random() % 1000) / 1000.0f;
  return weights;
}

// input -> hidden (also to itself) -> output, of built-in neurons.
Network built_in(const Neuron& hidden, const Synapse& synapse, double delay, std::mt19937& random) {
  Network network;
  const auto in = network.add(SpikeInput{}, 12, {.name = "input"});
  const auto mid = network.add(hidden, 9, {.readout = "spike_count", .name = "hidden"});
  const auto out = network.add(hidden, 5, {.readout = "spike_count", .name = "last"});
  network.connect(in, mid, Dense{random_weights(12, 9, -0.4f, 1, random)}, {.synapse = synapse, .name = "first"});
  network.connect(mid, mid, Dense{random_weights(9, 9, -0.4f, 0.2f, random)}, {.synapse = synapse, .name = "again"});
  network.connect(mid, out, Dense{random_weights(9, 5, -0.3f, 1, random), delay},
                  {.synapse = synapse, .name = "second"});
  network.connect(in, out, Dense{random_weights(12, 5, -0.1f, 0.2f, random)}, {.synapse = synapse, .name = "skip"});
  return network;
}

TEST(NirExport, BuiltInNeuronsSpikeAsBefore) {
  const synfire::test::ScratchFolder folder;
  const std::vector<std::tuple<std::string, Neuron, Synapse>> all{
      {"leaky", LeakyIntegrateFire{}, "delta"},
      {"leaky_to_value", LeakyIntegrateFire{.v_reset = -0.2, .relative_reset = false}, "delta"},
      {"leaky_scaled", LeakyIntegrateFire{.v_thresh = 0.05, .scale_i = true}, "delta"},
      {"leaky_exponential", LeakyIntegrateFire{.tau_mem = 12.0}, Exponential{.tau = 3.0}},
      {"leaky_exponential_scaled", LeakyIntegrateFire{.v_thresh = 0.1, .scale_i = true},
       Exponential{.tau = 4.0, .scale_i = true}},
      {"integrate_fire", IntegrateFire{.v_thresh = 2.0, .v_reset = 0.1}, "delta"},
  };
  constexpr std::uint32_t seed = 3, steps = 120;
  for (const auto& [name, neuron, synapse] : all) {
    for (const double delay : {0.0, 3.0}) {
      SCOPED_TRACE(name + ", delay " + std::to_string(delay) + ", seed " + std::to_string(seed));
      std::mt19937 random(seed);
      const Network network = built_in(neuron, synapse, delay, random);
      const SpikeTrains trains = random_trains(12, steps, 1, random);
      const Exported exported = export_graph(network);
      write_graph(folder / "net.nir", exported.graph);
      const Imported imported = import_network(read_graph(folder / "net.nir"));
      EXPECT_EQ(imported.step(), 1);
      for (const char* population : {"hidden", "last"}) {
        // Step n + exported level there is step n here.
        auto expected = spikes_of(network, population, trains, steps, 1);
        auto given = spikes_of(imported.network, population, trains, steps, 1);
        for (auto& spike : expected) spike.first += 100 - exported.levels.at(population);
        for (auto& spike : given) spike.first += 100;
        const std::uint32_t end = steps + 90;
        std::erase_if(expected, [&](const auto& spike) { return spike.first >= end; });
        std::erase_if(given, [&](const auto& spike) { return spike.first >= end; });
        EXPECT_GT(expected.size(), 20u) << population;
        EXPECT_EQ(given, expected) << population;
      }
    }
  }
}

TEST(NirExport, NeuronsThatFeedOneAnotherGetDelays) {
  Network network;
  const LeakyIntegrateFire cells{.relative_reset = false};
  const auto in = network.add(SpikeInput{}, 2, {.name = "input"});
  const auto a = network.add(cells, 2, {.readout = "spike_count", .name = "a"});
  const auto b = network.add(cells, 2, {.readout = "spike_count", .name = "b"});
  network.connect(in, a, OneToOne{2.0}, {.name = "in"});
  network.connect(a, b, OneToOne{2.0}, {.name = "ab"});
  network.connect(b, a, OneToOne{2.0}, {.name = "ba"});
  const Exported exported = export_graph(network);
  const auto delays = std::count_if(exported.graph.nodes.begin(), exported.graph.nodes.end(),
                                    [](const Node& node) { return node.type == "Delay"; });
  EXPECT_EQ(delays, 2);
  const Imported imported = import_network(exported.graph);
  const auto done = run(imported, {{"input", {{0, 0}}}}, 7);
  EXPECT_EQ(done.at("a").spikes[0], (std::vector<std::uint32_t>{0, 2, 4, 6}));
  EXPECT_EQ(done.at("b").spikes[0], (std::vector<std::uint32_t>{1, 3, 5}));
}

TEST(NirExport, WhatNirCannotExpressIsRefusedByName) {
  const auto refused = [](const std::function<void(Network&)>& build, const std::string& name,
                          const std::string& part) {
    Network network;
    network.add(SpikeInput{}, 2, {.name = "input"});
    build(network);
    const std::string text = refusal([&] { export_graph(network); });
    EXPECT_NE(text.find("\"" + name + "\""), std::string::npos) << text;
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  refused([](Network& n) { n.add(LeakyIntegrateFire{.tau_refrac = 2.0}, 2, {.name = "a"}); }, "a", "refractory");
  refused([](Network& n) { n.add(AdaptiveLeakyIntegrateFire{}, 2, {.name = "a"}); }, "a", "does not have");
  refused([](Network& n) { n.add("poisson_input", 2, {.name = "a"}); }, "a", "does not have");
  refused([](Network& n) { n.add(LeakyIntegrateFire{.v = 0.5}, 2, {.name = "a"}); }, "a", "state other than 0");
  refused([](Network& n) { n.add(LeakyIntegrateFire{.v_thresh = Normal{1, 0.1}}, 2, {.name = "a"}); }, "a", "drawn");
  const auto connected = [](const Connectivity& connectivity, const ConnectionOptions& options) {
    return [=](Network& n) {
      n.add(LeakyIntegrateFire{}, 2, {.name = "a"});
      n.connect("input", "a", connectivity, options);
    };
  };
  refused(connected(Dense{Normal{0, 1}}, {.name = "w"}), "w", "drawn");
  refused(connected(FixedProbability{0.5, 1.0}, {.name = "w"}), "w", "drawn");
  refused(connected(Dense{1.0, Value{{1, 2}, {2, 1}}}, {.name = "w"}), "w", "delays of its own");
  refused(
      [](Network& n) {
        n.add(LeakyIntegrateFire{}, 2, {.name = "a"});
        n.connect("input", "a", Dense{1.0}, {.name = "fast"});
        n.connect("input", "a", Dense{1.0}, {.synapse = "exponential", .name = "slow"});
      },
      "a", "synapses of different kinds");
}

}  // namespace
}  // namespace synfire::nir::test
