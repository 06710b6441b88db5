// SPDX-License-Identifier: Apache-2.0
// Guarantees of lowering that the golden programs do not cover.
#include "synfire/codegen/lower.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "synfire/codegen/compile.hpp"
#include "synfire/codegen/passes.hpp"
#include "synfire/models.hpp"

namespace synfire::codegen {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

Program lowered(const Network& network, const CompileOptions& options = {.timesteps = 10}) {
  Program program = lower(network.resolve(), options);
  EXPECT_THAT(check(program), ::testing::IsEmpty());
  return program;
}

const Array* array_of(const Program& program, const std::string& name) {
  const auto found =
      std::find_if(program.arrays.begin(), program.arrays.end(), [&](const Array& each) { return each.name == name; });
  return found == program.arrays.end() ? nullptr : &*found;
}

void expect_both_compile(const Network& network, const CompileOptions& options = {.timesteps = 10}) {
  for (const char* backend : {"host", "cuda"}) {
    try {
      compile(network.resolve(), options, backend, {.cache_folder = "-"});
    } catch (const BuildError& error) {
      // Without a CUDA toolkit there is no compiler.
      EXPECT_EQ(error.problems().front().path, "nvrtc") << backend << ": " << error.what();
    }
  }
}

// A model whose state names are all used by printed code.
NeuronModel awkward(const std::vector<std::string>& names) {
  NeuronModel model{.name = "awkward", .state = {}, .threshold = names.front() + " >= 1"};
  for (const std::string& name : names) {
    model.state.push_back({name, 0.25});
    model.dynamics.push_back("d" + name + "/dt = -" + name + " / 10");
    model.reset.push_back(name + " = " + name + " / 2");
  }
  // Functions whose names are also names of states.
  model.dynamics.front() += " + I + sqrt(abs(" + names.back() + "))";
  model.reset.front() += " + floor(exp(-" + names.back() + ")) + sign(" + names.back() + ")";
  return model;
}

TEST(Lower, TakesAnyNameForAState) {
  const std::vector<std::string> names{"fires",       "fires_negative", "spiked",        "thread",   "trial",
                                       "step",        "count",          "square_root",   "i",        "k",
                                       "float",       "draw_normal",    "number",        "absolute", "last",
                                       "exponential", "a_mask",         "a_v",           "sum",      "from",
                                       "slot",        "arguments",      "floor_of",      "sign_of",  "u32",
                                       "warp_ballot", "block_barrier",  "publish_spike", "as_float"};
  Network network;
  network.add(awkward(names), 40, {.readout = "spike_count", .name = "a"});
  network.add("integrate_fire", 40, {.name = "b"});
  network.connect("a", "b", Dense{1.0});
  network.connect("a", "a", OneToOne{1.0, 1.0});
  expect_both_compile(network);
}

TEST(Lower, TakesAnyNameForAPopulation) {
  Network network;
  for (const char* name : {"a", "float", "a.b", "a-b", "a_b", "2nd", "_x", "this", "example", "a_spikes", "threads"}) {
    network.add("integrate_fire_input", 8, {.name = name});
  }
  NeuronModel clash = IntegrateFire::text();
  clash.state.push_back({"mask", 1.0});
  clash.state.push_back({"spikes", 1.0});
  clash.state.push_back({"spike_count", 1.0});
  clash.state.push_back({"spiked", 1.0});
  network.add(clash, 8, {.name = "target"});
  for (const auto& population : network.description().populations) {
    if (population.name != "target") network.connect(population.name, "target", Dense{1.0});
  }
  network.connect("target", "target", Dense{1.0});
  network.connect("target", "target", OneToOne{1.0});
  const Program program = lowered(network);
  std::set<std::string> taken;
  for (const Array& array : program.arrays) taken.insert(array.name);
  for (const Queue& queue : program.queues) {
    for (const std::string_view suffix : queue_suffixes())
      EXPECT_THAT(taken, Not(Contains(queue.name + std::string(suffix))));
  }
  expect_both_compile(network);
}

TEST(Lower, RecordsGivenSpikesThatNobodyReads) {
  Network network;
  network.add("spike_input", 8, {.name = "a"});
  const Program program = lowered(network, {.timesteps = 10, .records = {{0, "spikes"}}});
  const auto replays = std::count_if(program.step.begin(), program.step.end(),
                                     [](const Phase& phase) { return std::holds_alternative<ReplayPhase>(phase); });
  EXPECT_EQ(replays, 1);
  expect_both_compile(network, {.timesteps = 10, .records = {{0, "spikes"}}});
}

TEST(Lower, GivesUnreadInputsTheirBuffers) {
  Network network;
  network.add("spike_input", 8, {.name = "a"});
  const Program program = lowered(network);
  EXPECT_NE(array_of(program, "a_input_offsets"), nullptr);
  EXPECT_NE(array_of(program, "a_input_neurons"), nullptr);
}

TEST(Lower, OneQueueServesAllConnectionsOfAPopulation) {
  Network network;
  network.add("integrate_fire_input", 8, {.name = "a"});
  network.add("integrate_fire", 8, {.name = "b"});
  network.connect("a", "b", Dense{1.0, 3.0}, {.name = "late"});
  network.connect("a", "b", OneToOne{1.0, 1.0}, {.name = "early"});
  const Program program = lowered(network);
  ASSERT_EQ(program.queues.size(), 1u);
  EXPECT_EQ(program.queues[0].oldest, 4u);
  EXPECT_EQ(program.queues[0].list_depth(), 4u);
  EXPECT_EQ(program.queues[0].mask_depth(), 5u);
  EXPECT_TRUE(program.queues[0].list_read && program.queues[0].mask_read);
}

TEST(Lower, EqualWeightsNeedNoMemory) {
  Network network;
  network.add("integrate_fire_input", 8, {.name = "a"});
  network.add("integrate_fire", 8, {.name = "b"});
  network.connect("a", "b", Dense{0.5}, {.name = "equal"});
  network.connect("a", "b", Dense{Uniform{0, 1}}, {.name = "drawn"});
  const Program program = lowered(network);
  EXPECT_EQ(array_of(program, "equal_weight"), nullptr);
  ASSERT_NE(array_of(program, "drawn_weight"), nullptr);
  EXPECT_EQ(array_of(program, "drawn_weight")->shape, (Extents{8, 8}));
}

TEST(Lower, FoldsNumbersAndKeepsValuesOfEachNeuron) {
  Network network;
  network.add(LeakyIntegrateFireInput{.tau_mem = 10.0}, 4, {.name = "same"});
  network.add(LeakyIntegrateFireInput{.tau_mem = std::vector<float>{1, 2, 3, 4}}, 4, {.name = "different"});
  const Program program = lowered(network);
  EXPECT_EQ(array_of(program, "same_coefficient"), nullptr);
  const Array* coefficient = array_of(program, "different_coefficient");
  ASSERT_NE(coefficient, nullptr);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_EQ((*coefficient->values)[i], static_cast<float>(std::exp(-1.0 / static_cast<double>(i + 1))));
}

TEST(Lower, RefractoryPeriodsAreStepsRoundedUp) {
  const std::vector<float> periods{0.0F, 0.4F, 0.5F, 0.7F, 1.0F, 2.0F};
  Network network;
  network.add(LeakyIntegrateFireInput{.tau_refrac = periods}, 6, {.name = "a"});
  const Program program = lowered(network, {.dt = 0.5, .timesteps = 10});
  const Array* steps = array_of(program, "a_refractory_steps");
  ASSERT_NE(steps, nullptr);
  EXPECT_EQ(*steps->counts, (std::vector<std::uint32_t>{0, 1, 1, 2, 2, 4}));
}

TEST(Lower, NothingIsRefractoryWithoutAPeriod) {
  Network network;
  network.add("leaky_integrate_fire_input", 4, {.name = "a"});
  EXPECT_EQ(array_of(lowered(network), "a_refractory"), nullptr);
}

TEST(Lower, ReportsIntegrators) {
  Network network;
  network.add("leaky_integrate_fire_input", 4, {.name = "a"});
  EXPECT_THAT(lowered(network).notes, Contains(HasSubstr("populations[0] \"a\".neuron: v: exact")));
}

TEST(Lower, BiasOfALeakyIntegratorIsThere) {
  const auto listing = [](double bias) {
    Network network;
    network.add(LeakyIntegrate{.bias = bias}, 4, {.readout = "var", .name = "a"});
    return to_string(lowered(network));
  };
  EXPECT_THAT(listing(0.75), HasSubstr("0.75f"));
  EXPECT_THAT(listing(0.0), Not(HasSubstr("0.75f")));
}

// This mistake only shows once all numbers are substituted.
TEST(Lower, RefusesParametersThatMakeACoefficientInfinite) {
  const auto kind_of = [](const std::string& derivative, const Value& tau) {
    Network network;
    network.add(
        NeuronModel{
            .name = "user", .parameters = {{"tau", tau}}, .state = {{"v", 1.0}}, .dynamics = {"dv/dt = " + derivative}},
        2);
    try {
      lower(network.resolve(), {.timesteps = 10});
    } catch (const ModelError& error) {
      return std::string(to_string(error.problems().front().kind));
    }
    return std::string("none");
  };
  const Value zero(std::vector<float>{20, 0});
  EXPECT_EQ(kind_of("-v / tau", 0.0), "invalid_value");
  EXPECT_EQ(kind_of("(1 - v) / tau", zero), "invalid_value");
  EXPECT_EQ(kind_of("per_step(1 / tau)", 0.0), "invalid_value");
  EXPECT_EQ(kind_of("v * v / tau", 0.0), "invalid_value");
  EXPECT_EQ(kind_of("(1 - v) / tau", 20.0), "none");
}

TEST(Lower, IsByteStable) {
  const auto build = [] {
    Network network;
    network.add("poisson_input", 30, {.name = "z"});
    network.add(LeakyIntegrateFire{.v_thresh = Uniform{1, 2}, .tau_mem = Uniform{5, 9}}, 30, {.name = "a"});
    network.connect("z", "a", Dense{Normal{}}, {.synapse = Exponential{.tau = 3.0}});
    return to_string(lowered(network));
  };
  const std::string first = build();
  std::vector<std::unique_ptr<std::string>> hold;
  hold.reserve(500);
  for (int i = 0; i < 500; ++i) hold.push_back(std::make_unique<std::string>(static_cast<std::size_t>(i % 97), 'x'));
  for (std::size_t i = 0; i < hold.size(); i += 2) hold[i].reset();
  EXPECT_EQ(build(), first);
}

}  // namespace
}  // namespace synfire::codegen
