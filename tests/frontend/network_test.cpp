// SPDX-License-Identifier: Apache-2.0
#include "synfire/network.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "synfire/models.hpp"
#include "synfire/registry.hpp"

namespace synfire {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const Value& value_of(const std::vector<Parameter>& parameters, const std::string& name) {
  for (const Parameter& parameter : parameters) {
    if (parameter.name == name) return parameter.value;
  }
  throw std::out_of_range(name);
}

// The examples of the page "Building networks".

TEST(BuildingNetworks, FirstExample) {
  Network network;
  const auto a = network.add("poisson_input", 100);
  const auto b = network.add("integrate_fire", 100, {.readout = "spike_count"});
  network.connect(a, b, Dense{1.0});
  EXPECT_THAT(network.validate(), IsEmpty());
  const ir::Network resolved = network.resolve();
  EXPECT_EQ(resolved.populations.at(0).neuron, PoissonInput::text());
  EXPECT_EQ(resolved.populations.at(1).readout, SpikeCount::text());
  EXPECT_EQ(resolved.connections.at(0).synapse, Delta::text());
}

TEST(BuildingNetworks, SecondExample) {
  Network network;
  const auto a = network.add(PoissonInput{.signed_spikes = true}, 100);
  const auto b = network.add(IntegrateFire{.v_thresh = 2.0}, 100, {.readout = "spike_count"});
  network.connect(a, b, Dense{1.0}, {.synapse = Exponential{.tau = 5.0}});
  const ir::Network resolved = network.resolve();
  EXPECT_EQ(value_of(resolved.populations.at(0).neuron.parameters, "signed_spikes"), Value(true));
  EXPECT_EQ(value_of(resolved.populations.at(1).neuron.parameters, "v_thresh"), Value(2.0));
  EXPECT_EQ(resolved.connections.at(0).synapse, Exponential::text());
}

TEST(BuildingNetworks, ThirdExample) {
  SequentialNetwork network;
  const auto a = network.input("poisson_input", 100);
  const auto b = network.layer(Dense{1.0}, "integrate_fire", 100, {.readout = "spike_count"});
  EXPECT_THAT(network.validate(), IsEmpty());
  EXPECT_EQ(network.index_of(b), 1u);
  EXPECT_EQ(network.index_of(ConnectionId(b)), 0u);
  EXPECT_EQ(network.layers().front().population, PopulationId(a));

  Network spelled_out;
  spelled_out.add("poisson_input", 100);
  spelled_out.add("integrate_fire", 100, {.readout = "spike_count"});
  spelled_out.connect("poisson_input", "integrate_fire", Dense{1.0});
  EXPECT_EQ(static_cast<const Network&>(network), spelled_out);

  const auto c = network.layer(Dense{0.5}, LeakyIntegrate{}, 10,
                               {.readout = "avg_var", .synapse = Exponential{.tau = 4.0}, .name = "out"});
  spelled_out.add(LeakyIntegrate{}, 10, {.readout = "avg_var", .name = "out"});
  spelled_out.connect("integrate_fire", "out", Dense{0.5}, {.synapse = Exponential{.tau = 4.0}});
  EXPECT_EQ(static_cast<const Network&>(network), spelled_out);
  EXPECT_EQ(network.name_of(c), "out");
}

TEST(Network, TrainsOnLatencyCodedImages) {  // the sketch of api.md, up to its compiler
  Network network;
  const auto input = network.add(SpikeInput{}, 784, {.name = "input"});
  const auto hidden =
      network.add(LeakyIntegrateFire{.v_thresh = 1, .tau_mem = trainable(20.0, {.min = 2})}, 128, {.name = "hidden"});
  const auto output = network.add(LeakyIntegrate{.tau_mem = 20.0}, 10, {.readout = "avg_var", .name = "output"});
  network.connect(input, hidden, Dense{Normal{.mean = 0.078, .sd = 0.045}}, {.synapse = Exponential{.tau = 5.0}});
  network.connect(
      hidden, output,
      Dense{.weight = Normal{.mean = 0.2, .sd = 0.37}, .delay = trainable(Uniform{0, 5}, {.learning_rate = 0.1})},
      {.synapse = Exponential{.tau = 5.0}, .max_delay = 5});
  EXPECT_THAT(network.validate(), IsEmpty());
}

const NeuronModel izhikevich{
    .name = "izhikevich",
    .parameters = {{"a", 0.02}, {"b", 0.2}, {"c", -65.0}, {"d", 8.0}},
    .state = {{"v", -65.0}, {"u", -13.0}},
    .dynamics = {"dv/dt = 0.04*v*v + 5*v + 140 - u + I", "du/dt = a*(b*v - u)"},
    .threshold = "v >= 30",
    .reset = {"v = c", "u = u + d"},
    .integrator = Integrator::rk4,
};
const SynapseModel alpha{
    .name = "alpha",
    .parameters = {{"tau", 5.0}},
    .state = {{"x", 0.0}, {"g", 0.0}},
    .dynamics = {"dx/dt = -x / tau", "dg/dt = (x - g) / tau"},
    .on_spike = {"x += weight"},
    .current = "g",
};

TEST(Network, TakesUsersModels) {
  Network network;
  const auto input = network.add("poisson_input", 100, {.name = "input"});
  const auto cells = network.add(izhikevich.with({{"a", Uniform{0.02, 0.1}}, {"d", 2.0}}), 800, {.name = "cells"});
  network.connect(input, cells, Dense{.weight = 0.5}, {.synapse = alpha.with({{"tau", 2.0}})});
  network.connect(cells, cells, Dense{.weight = 0.5, .delay = 1.0}, {.synapse = alpha});
  EXPECT_THAT(network.validate(), IsEmpty());
  const ir::Network resolved = network.resolve();
  EXPECT_EQ(value_of(resolved.populations.at(1).neuron.parameters, "d"), Value(2.0));
  EXPECT_EQ(value_of(resolved.connections.at(1).synapse.parameters, "tau"), Value(5.0));
}

// A user's model struct, like the built-in ones.
struct Adder {
  Value gain = {};
  static NeuronModel text() {
    return {.name = "adder",
            .parameters = {{"gain", 2.0}},
            .state = {{"v", 0.0}},
            .dynamics = {"dv/dt = per_step(gain * I)"}};
  }
  static std::vector<Member<Adder>> members() { return {{"gain", &Adder::gain}}; }
};

TEST(Network, TakesTheSameModelInAnyForm) {
  register_neuron(Adder::text());
  Network network;
  network.add("adder", 1, {.name = "p"});
  const ir::Population by_name = network.description().populations.front();
  const auto as = [](Neuron neuron) {
    Network other;
    other.add(std::move(neuron), 1, {.name = "p"});
    return other.description().populations.front();
  };
  EXPECT_EQ(as(Adder{}), by_name);
  EXPECT_EQ(as(Adder::text()), by_name);
  EXPECT_EQ(as(Adder{.gain = 2.0}), by_name);
  EXPECT_EQ(as(Adder::text().with({{"gain", 2.0}})), by_name);
  EXPECT_FALSE(as(Adder{.gain = 3.0}) == by_name);
}

TEST(Network, RanksExplicitOverDefaultOverText) {
  Network network({{"leaky_integrate_fire", {{"tau_mem", 10.0}, {"scale_i", true}}}, {"exponential", {{"tau", 7.0}}}});
  network.add("leaky_integrate_fire", 1);
  network.add(LeakyIntegrateFire{.tau_mem = 5.0}, 1);
  network.add(LeakyIntegrateFire::text().with({{"tau_mem", 20.0}}), 1);
  network.connect("leaky_integrate_fire", "leaky_integrate_fire_2", Dense{1.0}, {.synapse = "exponential"});
  const auto& populations = network.description().populations;
  EXPECT_EQ(value_of(populations[0].neuron.parameters, "tau_mem"), Value(10.0));
  EXPECT_EQ(value_of(populations[1].neuron.parameters, "tau_mem"), Value(5.0));
  EXPECT_EQ(value_of(populations[2].neuron.parameters, "tau_mem"), Value(20.0));
  EXPECT_EQ(value_of(populations[2].neuron.parameters, "scale_i"), Value(true));
  EXPECT_EQ(value_of(populations[2].neuron.parameters, "v_thresh"), Value(1.0));
  EXPECT_EQ(value_of(network.description().connections[0].synapse.parameters, "tau"), Value(7.0));
  EXPECT_THAT(network.validate(), IsEmpty());
}

TEST(Network, NamesWhatIsNotNamed) {
  Network network;
  const auto a = network.add("poisson_input", 1);
  const auto b = network.add("integrate_fire", 1);
  const auto c = network.add("integrate_fire", 1);
  network.connect(a, b, Dense{1.0});
  network.connect(a, b, Dense{1.0});
  network.connect(b, b, Dense{1.0});
  network.connect(b, c, Dense{1.0}, {.name = "forward"});
  EXPECT_EQ(network.name_of(c), "integrate_fire_2");
  std::vector<std::string> names;
  for (const auto& connection : network.description().connections) names.push_back(connection.name);
  EXPECT_THAT(names, ElementsAre("poisson_input_integrate_fire", "poisson_input_integrate_fire_2",
                                 "integrate_fire_integrate_fire", "forward"));
  EXPECT_THAT(network.validate(), IsEmpty());
}

TEST(Network, TakesTheFirstNameThatIsFree) {
  Network network;
  network.add("integrate_fire", 1);
  network.add("integrate_fire", 1, {.name = "integrate_fire_3"});
  network.add("integrate_fire", 1, {.name = "integrate_fire_04"});
  EXPECT_EQ(network.name_of(network.add("integrate_fire", 1)), "integrate_fire_2");
  EXPECT_EQ(network.name_of(network.add("integrate_fire", 1)), "integrate_fire_4");
}

// Texts are parsed once for all models that share them, but their meaning depends on the names.
TEST(Network, TellsModelsOfEqualTextsApart) {
  NeuronModel model{.name = "m", .parameters = {{"p", 1.0}}, .state = {{"v", 0.0}}, .dynamics = {"dv/dt = I * p"}};
  const auto problems_of = [](const NeuronModel& neuron) {
    Network network;
    network.add(neuron, 1);
    return network.validate();
  };
  EXPECT_THAT(problems_of(model), IsEmpty());
  model.parameters[0].value = true;
  EXPECT_THAT(problems_of(model), testing::Not(IsEmpty()));
  model.parameters[0].value = 2.0;
  EXPECT_THAT(problems_of(model), IsEmpty());
  model.parameters[0].name = "q";
  EXPECT_THAT(problems_of(model), testing::Not(IsEmpty()));
}

TEST(Network, InfersShapes) {
  Network network;
  const auto a = network.add("spike_input");
  const auto b = network.add("integrate_fire");
  const auto c = network.add("integrate_fire", {2, 2});
  const auto d = network.add("integrate_fire");
  // Inferred only once the following population is known.
  network.connect(a, b, OneToOne{1.0});
  network.connect(b, d, Dense{{{1, 2}, {3, 4}, {5, 6}}});
  network.connect(c, b, Dense{1.0});
  const ir::Network resolved = network.resolve();
  EXPECT_EQ(resolved.populations[0].shape, Shape(3));
  EXPECT_EQ(resolved.populations[1].shape, Shape(3));
  EXPECT_EQ(resolved.populations[3].shape, Shape(2));
  EXPECT_FALSE(network.description().populations[0].shape.is_set());
  EXPECT_EQ(network.index_of(d), 3u);
}

// Layers of convolutions and pools need no shape; the last one is flat.
TEST(SequentialNetworks, InferImages) {
  SequentialNetwork network;
  network.input("spike_input", {28, 28});
  network.layer(Conv2D{.filters = 8, .kernel = 5, .weight = Kaiming{}}, LeakyIntegrateFire{});
  network.layer(AvgPool2D{.pool = 2}, IntegrateFire{});
  network.layer(Conv2D{.filters = 4, .kernel = 3, .padding = "same", .groups = 4, .weight = 0.5}, IntegrateFire{});
  network.layer(MaxPool2D{.pool = 3, .strides = 1}, IntegrateFire{});
  network.layer(Conv2DTranspose{.filters = 2, .kernel = 2, .strides = 2, .weight = 1.0}, IntegrateFire{});
  network.layer(AvgPoolConv2D{.pool = 4, .filters = 3, .kernel = 2, .weight = 1.0}, IntegrateFire{});
  network.layer(AvgPoolDense2D{.pool = 2, .weight = Tensor<float>({12, 6})}, IntegrateFire{});
  network.layer(Conv1D{.filters = 2, .kernel = 3, .weight = 1.0}, IntegrateFire{}, 8);
  network.layer(Dense{1.0}, LeakyIntegrate{}, 10, {.readout = "avg_var"});
  EXPECT_THAT(network.validate(), IsEmpty());
  std::vector<Shape> shapes;
  for (const ir::Population& population : network.resolve().populations) shapes.push_back(population.shape);
  EXPECT_EQ(shapes,
            (std::vector<Shape>{
                {28, 28}, {24, 24, 8}, {12, 12, 8}, {12, 12, 4}, {10, 10, 4}, {20, 20, 2}, {4, 4, 3}, 6, 8, 10}));
}

TEST(Network, BringsKernelsIntoOneForm) {
  Network network;
  network.add("spike_input", {8, 8, 2}, {.name = "a"});
  for (const char* name : {"b", "c"}) network.add("integrate_fire", {}, {.name = name});
  network.add("integrate_fire", 5, {.name = "d"});
  network.connect("a", "b", Conv2D{.filters = 3, .kernel = 5, .weight = std::vector<float>(150)});
  network.connect("a", "c", AvgPool2D{.pool = 2, .weight = 4.0});
  network.connect("a", "d", AvgPoolDense2D{.pool = 4, .weight = std::vector<float>(40)});
  const ir::Network resolved = network.resolve();
  const auto weight = [&](std::size_t index) { return weight_of(resolved.connections[index].connectivity); };
  EXPECT_EQ(weight(0).array().shape(), (Extents{5, 5, 2, 3}));
  EXPECT_EQ(weight(1), frozen(4.0));
  EXPECT_EQ(weight(2).array().shape(), (Extents{8, 5}));
}

TEST(Network, BringsArraysIntoOneForm) {
  Network network;
  const auto a = network.add("spike_input", {2, 1});
  const auto b = network.add(IntegrateFire{.v = Tensor<float>({1, 3}, {1, 2, 3})}, {1, 3});
  network.connect(a, b, Dense{std::vector<float>{1, 2, 3, 4, 5, 6}});
  network.connect(a, b, Dense{.weight = Tensor<float>({2, 1, 1, 3}), .delay = Tensor<float>({2, 3})});
  network.connect(b, b, OneToOne{Tensor<float>({1, 3})});
  const ir::Network resolved = network.resolve();
  EXPECT_EQ(resolved.populations[1].neuron.state[0].initial.array().shape(), Extents{3});
  EXPECT_EQ(weight_of(resolved.connections[0].connectivity).array().shape(), (Extents{2, 3}));
  EXPECT_EQ(weight_of(resolved.connections[1].connectivity).array().shape(), (Extents{2, 3}));
  EXPECT_EQ(weight_of(resolved.connections[2].connectivity).array().shape(), Extents{3});
}

TEST(Network, ResolvesInitializersByName) {
  register_initializer("tiny", Uniform{0, 0.001});
  Network network;
  const auto a = network.add(LeakyIntegrateFire{.v = "uniform"}, 2);
  network.connect(a, a, Dense{frozen("tiny")});
  EXPECT_EQ(network.description().populations[0].neuron.state[0].initial, Value(Uniform{}));
  EXPECT_EQ(weight_of(network.description().connections[0].connectivity), frozen(Uniform{0, 0.001}));
}

TEST(Network, IsAValueWhoseIdsOutliveIt) {
  Network network;
  const auto a = network.add("integrate_fire", 1, {.name = "a"});
  const Network copy = network;
  EXPECT_EQ(copy, network);
  network.add("integrate_fire", 1, {.name = "b"});
  EXPECT_FALSE(copy == network);
  EXPECT_EQ(copy.name_of(a), "a");
  const Network moved = std::move(network);
  EXPECT_EQ(moved.name_of(a), "a");
  EXPECT_EQ(moved.index_of("b"), 1u);
}

TEST(Network, EqualityIgnoresWhereThingsWereWritten) {
  Network first, second;
  first.add("integrate_fire", 1);
  second.add("integrate_fire", 1);
  EXPECT_EQ(first, second);
  EXPECT_NE(first.description().populations[0].place.line, second.description().populations[0].place.line);
}

TEST(Network, PrintsItself) {
  Network network;
  const auto a = network.add("spike_input", {28, 28, 1}, {.name = "a"});
  const auto b = network.add(LeakyIntegrate{.bias = Normal{}}, 10, {.readout = "sum_var", .name = "b"});
  network.connect(a, b, Dense{.weight = 0.5, .delay = 2}, {.synapse = "exponential", .max_delay = 4});
  EXPECT_EQ(ir::to_string(network.resolve()), R"(network: 2 populations, 1 connection
population 0 "a" (28×28×1): spike_input
population 1 "b" (10): leaky_integrate, readout sum_var
  neuron: bias = normal(mean 0, sd 1), tau_mem = 20 ms, scale_i = false, v(0) = 0
  readout: s(0) = 0
connection 0 "a_b": "a" -> "b", dense, exponential
  weight: 0.5
  delay: 2 ms
  max_delay: 4 ms
  synapse: tau = 5 ms, scale_i = false, x(0) = 0
neuron "spike_input", integrator automatic
  threshold: input_spike
neuron "leaky_integrate", integrator automatic
  dynamics: dv/dt = ((I - v) / tau_mem if scale_i else -v / tau_mem + per_step(I)) + per_step(bias)
synapse "exponential", integrator automatic
  on_spike: x += weight
  current: step_mean(x) if scale_i else x
  dynamics: dx/dt = -x / tau
readout "sum_var"
  on_step: s += x
  value: s
)");
}

TEST(Network, PrintsPatternsAndTheirOptions) {
  Network network;
  network.add("spike_input", 5, {.name = "a"});
  network.add("integrate_fire", 5, {.name = "b"});
  network.connect("a", "b", FixedProbability{.p = 0.1, .weight = Normal{.min = 0}, .delay = Uniform{1, 2}},
                  {.storage = SynapseStorage::procedural});
  network.connect("b", "b", FixedInputs{.number = 1, .weight = 1.0, .delay = 1.26, .allow_self_connections = true},
                  {.round_delays = true});
  network.connect("b", "b", FixedOutputs{.number = 3, .weight = 1.0, .allow_repeats = true});
  network.connect("b", "b", Sparse{{0, 1}, {1, 0}, std::vector<float>{1, 2}}, {.storage = SynapseStorage::rows});
  const std::string text = ir::to_string(network.resolve());
  const auto begin = text.find("connection 0");
  EXPECT_EQ(text.substr(begin, text.find("neuron \"spike_input\"") - begin),
            R"(connection 0 "a_b": "a" -> "b", fixed_probability, delta
  pattern: p = 0.1
  weight: normal(mean 0, sd 1, min 0)
  delay: uniform(min 1, max 2) ms
  storage: procedural
connection 1 "b_b": "b" -> "b", fixed_inputs, delta
  pattern: 1 input of each target neuron, self-connections allowed
  weight: 1
  delay: 1.26 ms, rounded to steps
connection 2 "b_b_2": "b" -> "b", fixed_outputs, delta
  pattern: 3 outputs of each source neuron, repeats allowed
  weight: 1
  delay: 0 ms
connection 3 "b_b_3": "b" -> "b", sparse, delta
  pattern: 2 entries
  weight: array 2
  delay: 0 ms
  storage: rows
)");
}

TEST(Network, PrintsKernels) {
  const auto pattern = [](Connectivity connectivity, Shape source = {28, 28, 2}, Shape target = {}) {
    Network network;
    network.add("spike_input", std::move(source));
    network.add("integrate_fire", std::move(target));
    network.connect("spike_input", "integrate_fire", std::move(connectivity));
    const std::string text = ir::to_string(network.resolve());
    const auto begin = text.find("  pattern: ") + 11;
    return text.substr(begin, text.find('\n', begin) - begin);
  };
  EXPECT_EQ(pattern(Conv2D{.filters = 32, .kernel = 5, .weight = 1.0}), "5×5, 32 filters");
  EXPECT_EQ(pattern(Conv2D{.filters = 32, .kernel = {5, 3}, .strides = 2, .padding = "same", .weight = 1.0}),
            "5×3, 32 filters, strides 2×2, same");
  EXPECT_EQ(pattern(Conv2DTranspose{
                .filters = 1, .kernel = 5, .padding = {1, 2}, .dilation = {1, 2}, .groups = 1, .weight = 1.0}),
            "5×5, 1 filter, padding 1 2, dilation 1×2");
  EXPECT_EQ(pattern(Conv1D{.filters = 4, .kernel = 3, .stride = 2, .padding = 0, .groups = 2, .weight = 1.0}, {9, 2}),
            "3, 4 filters, stride 2, padding 0, 2 groups");
  EXPECT_EQ(pattern(AvgPool2D{.pool = 2}), "2×2");
  EXPECT_EQ(pattern(MaxPool2D{.pool = 3, .strides = 2, .padding = 1}), "3×3, strides 2×2, padding 1");
  EXPECT_EQ(pattern(MaxPool2D{.pool = 3, .first_spike = true}), "3×3, first spike");
  EXPECT_EQ(pattern(AvgPoolDense2D{.pool = 2, .weight = 1.0}, {28, 28, 2}, 10), "2×2");
  EXPECT_EQ(pattern(AvgPoolConv2D{.pool = 2, .pool_strides = 3, .filters = 4, .kernel = 5, .weight = 1.0}),
            "pool 2×2, strides 3×3, kernel 5×5, 4 filters");
}

TEST(Network, EqualityKnowsStorageAndRounding) {
  const auto network = [](ConnectionOptions options) {
    Network result;
    result.add("integrate_fire", 2, {.name = "a"});
    result.connect("a", "a", Dense{1.0}, std::move(options));
    return result;
  };
  EXPECT_EQ(network({}), network({}));
  EXPECT_FALSE(network({}) == network({.storage = SynapseStorage::rows}));
  EXPECT_FALSE(network({}) == network({.round_delays = true}));
  EXPECT_FALSE(network({}) == network({.latency = 0}));
}

TEST(Network, ConnectionsOfLatencyZeroFormNoCycle) {
  Network network;
  const auto a = network.add("integrate_fire", 2, {.name = "a"});
  const auto b = network.add("integrate_fire", 2, {.name = "b"});
  const auto c = network.add("integrate_fire", 2, {.name = "c"});
  const auto d = network.add("integrate_fire", 2, {.name = "d"});
  network.connect(d, a, Dense{1.0}, {.latency = 0});
  network.connect(a, b, Dense{1.0}, {.latency = 0});
  network.connect(b, c, Dense{1.0}, {.latency = 0});
  network.connect(c, a, Dense{1.0});
  network.connect(b, b, Dense{1.0});
  EXPECT_THAT(network.validate(), IsEmpty());
  EXPECT_THAT(ir::step_order(network.resolve()).populations, ElementsAre(3, 0, 1, 2));
  EXPECT_THAT(ir::step_order(network.resolve()).levels, ElementsAre(1, 2, 3, 0));
  network.connect(c, a, Dense{1.0}, {.name = "back", .latency = 0});
  network.connect(c, d, Dense{1.0}, {.name = "long", .latency = 2});
  const std::vector<Problem> problems = network.validate();
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].path, "connections[6] \"long\".latency");
  EXPECT_EQ(problems[0].given, "2");
  EXPECT_EQ(problems[1].kind, ProblemKind::invalid_option);
  EXPECT_THAT(problems[1].given, AllOf(HasSubstr("\"a_b\""), HasSubstr("\"b_c\""), HasSubstr("\"back\"")));
  EXPECT_THAT(problems[1].given, Not(HasSubstr("d_a"))) << "which only leads to the cycle";
  Network self;
  const auto alone = self.add("integrate_fire", 2, {.name = "alone"});
  self.connect(alone, alone, Dense{1.0}, {.latency = 0});
  EXPECT_EQ(self.validate().at(0).path, "connections[0] \"alone_alone\".latency");
}

TEST(Network, ResolvesInitializersOfPatternsByName) {
  Network network;
  const auto a = network.add("integrate_fire", 4, {.name = "a"});
  network.connect(a, a, FixedProbability{.p = 0.5, .weight = "normal", .delay = "uniform"});
  const ir::Network resolved = network.resolve();
  EXPECT_EQ(weight_of(resolved.connections[0].connectivity), Value(Normal{}));
  EXPECT_EQ(delay_of(resolved.connections[0].connectivity), Value(Uniform{}));
}

}  // namespace
}  // namespace synfire
