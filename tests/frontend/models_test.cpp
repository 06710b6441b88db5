// SPDX-License-Identifier: Apache-2.0
#include "synfire/models.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "synfire/ir/parsed_model.hpp"
#include "synfire/network.hpp"
#include "synfire/registry.hpp"

namespace synfire {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAreArray;

template <class T>
class ModelStruct : public testing::Test {};

using Structs =
    testing::Types<AdaptiveLeakyIntegrateFire, BinarySpikeInput, IntegrateFire, IntegrateFireInput, LeakyIntegrate,
                   LeakyIntegrateFire, LeakyIntegrateFireInput, PoissonInput, SpikeInput, Delta, Exponential,
                   AvgVarExpWeight, AvgVar, FirstSpikeTime, MaxVar, SpikeCount, SumVar, Var>;
TYPED_TEST_SUITE(ModelStruct, Structs);

// Readouts have neither parameters nor initial values.
template <class T>
std::vector<std::string> names_of_text() {
  std::vector<std::string> names;
  if constexpr (!ReadoutStruct<T>) {
    for (const auto& parameter : T::text().parameters) names.push_back(parameter.name);
    if constexpr (NeuronStruct<T>) {
      for (const auto& variable : T::text().state) names.push_back(variable.name);
    }
  }
  return names;
}

TYPED_TEST(ModelStruct, HasAMemberForEachNameOfItsText) {
  std::vector<std::string> members;
  for (const auto& member : TypeParam::members()) members.emplace_back(member.name);
  EXPECT_THAT(members, UnorderedElementsAreArray(names_of_text<TypeParam>()));
}

TYPED_TEST(ModelStruct, IsUnsetByDefault) { EXPECT_THAT(set_members(TypeParam{}), IsEmpty()); }

TYPED_TEST(ModelStruct, HasATextThatParses) {
  EXPECT_NO_THROW(ir::parse(TypeParam::text()));
  EXPECT_THAT(TypeParam::text().surplus, IsEmpty());
}

TYPED_TEST(ModelStruct, HasDefaultsInItsTextOnly) {
  for (const auto& parameter : TypeParam::text().parameters) EXPECT_TRUE(parameter.value.is_set()) << parameter.name;
}

TEST(Models, AreAllRegistered) {
  EXPECT_THAT(neuron_names(), testing::IsSupersetOf({"adaptive_leaky_integrate_fire", "binary_spike_input",
                                                     "graded_input", "integrate_fire", "integrate_fire_input",
                                                     "leaky_integrate", "leaky_integrate_fire",
                                                     "leaky_integrate_fire_input", "poisson_input", "spike_input"}));
  EXPECT_THAT(synapse_names(), testing::IsSupersetOf({"delta", "exponential"}));
  EXPECT_THAT(readout_names(), testing::IsSupersetOf({"avg_var", "avg_var_exp_weight", "first_spike_time", "max_var",
                                                      "spike_count", "sum_var", "var"}));
  EXPECT_THAT(initializer_names(), testing::IsSupersetOf({"kaiming", "normal", "uniform", "xavier"}));
  EXPECT_EQ(*find_neuron("leaky_integrate_fire"), LeakyIntegrateFire::text());
  EXPECT_EQ(find_neuron("no such neuron"), nullptr);
}

TEST(Models, CanBeRegisteredAgainWithoutMovingTheOldOne) {
  register_neuron({.name = "mine", .state = {{"v", 1.0}}});
  const NeuronModel* first = find_neuron("mine");
  register_neuron({.name = "mine", .state = {{"v", 2.0}}});
  EXPECT_EQ(first->state.at(0).initial, Value(1.0));
  EXPECT_EQ(find_neuron("mine")->state.at(0).initial, Value(2.0));
}

TEST(Models, WithSetsParametersAndInitialValues) {
  const NeuronModel model = LeakyIntegrateFire::text().with({{"tau_mem", 10.0}, {"v", Uniform{0, 1}}, {"tua", 1.0}});
  EXPECT_EQ(model.parameters.at(2).value, Value(10.0));
  EXPECT_EQ(model.state.at(0).initial, Value(Uniform{0, 1}));
  EXPECT_THAT(model.surplus, ElementsAre(Assignment{"tua", 1.0}));
  EXPECT_THAT(model.assigned, ElementsAre("tau_mem", "v"));
}

TEST(Models, InputVariantsDifferInTheirDriveAndFrames) {
  const ir::ParsedNeuron inner = ir::parse(LeakyIntegrateFire::text());
  const ir::ParsedNeuron input = ir::parse(LeakyIntegrateFireInput::text());
  EXPECT_TRUE(inner.uses_current);
  EXPECT_FALSE(inner.uses_input);
  EXPECT_FALSE(input.uses_current);
  EXPECT_TRUE(input.uses_input);
  EXPECT_EQ(to_string(input.dynamics.at(0)),
            "dv/dt = (input - v) / tau_mem if scale_i else -v / tau_mem + per_step(input)");
  EXPECT_EQ(to_string(inner.dynamics.at(0)), "dv/dt = (I - v) / tau_mem if scale_i else -v / tau_mem + per_step(I)");
}

TEST(ParsedModel, TellsHowANeuronSpikes) {
  EXPECT_TRUE(ir::parse(SpikeInput::text()).replays_spikes);
  EXPECT_TRUE(ir::parse(SpikeInput::text()).spikes());
  EXPECT_EQ(ir::parse(SpikeInput::text()).threshold, nullptr);
  EXPECT_FALSE(ir::parse(LeakyIntegrate::text()).spikes());
  EXPECT_EQ(ir::parse(LeakyIntegrate::text()).output, "v");
  EXPECT_EQ(ir::parse(PoissonInput::text()).output, "");
  EXPECT_EQ(to_string(ir::parse(PoissonInput::text()).spike_sign), "input if signed_spikes else 1");
  EXPECT_EQ(ir::parse(IntegrateFire::text()).spike_sign, nullptr);

  NeuronModel entry = IntegrateFire::text();
  entry.threshold = "crosses(v >= v_thresh)";
  EXPECT_TRUE(ir::parse(entry).crosses);
  EXPECT_EQ(to_string(ir::parse(entry).threshold), "v >= v_thresh");
}

TEST(ParsedModel, KeepsRefractoriness) {
  const auto refractory = ir::parse(AdaptiveLeakyIntegrateFire::text()).refractory;
  ASSERT_TRUE(refractory);
  EXPECT_EQ(to_string(refractory->period), "tau_refrac");
  EXPECT_THAT(refractory->hold, ElementsAre("v"));
  EXPECT_EQ(to_string(refractory->hold_if), "not integrate_during_refrac");
}

TEST(ParsedModel, LetsSynapsesReadTheirTarget) {
  const SynapseModel conductance{.name = "conductance",
                                 .parameters = {{"reversal", 2.0}, {"tau", 5.0}},
                                 .state = {{"g", 0.0}},
                                 .dynamics = {"dg/dt = -g / tau"},
                                 .on_spike = {"g += weight"},
                                 .current = "g * (reversal - v)"};
  EXPECT_THAT(ir::parse(conductance, LeakyIntegrate::text()).target_variables, ElementsAre("v"));
  EXPECT_THAT(ir::parse(conductance).target_variables, ElementsAre("v"));
  EXPECT_THROW(ir::parse(conductance, SpikeInput::text()), ModelError);
  EXPECT_THAT(ir::parse(Exponential::text(), LeakyIntegrate::text()).target_variables, IsEmpty());
}

TEST(ParsedModel, TellsWhatAReadoutNeeds) {
  EXPECT_TRUE(ir::parse(MaxVar::text()).reads_output);
  EXPECT_FALSE(ir::parse(MaxVar::text()).needs_spikes());
  EXPECT_FALSE(ir::parse(SpikeCount::text()).reads_output);
  EXPECT_TRUE(ir::parse(FirstSpikeTime::text()).needs_spikes());
}

TEST(ParsedModel, ThrowsAllProblemsOfAModel) {
  NeuronModel model = LeakyIntegrate::text();
  model.dynamics = {"dv/dt = -v / tua", "dw/dt = 1"};
  try {
    ir::parse(model);
    FAIL();
  } catch (const ModelError& error) {
    ASSERT_EQ(error.problems().size(), 2u);
    EXPECT_EQ(error.problems()[0].path, "neuron \"leaky_integrate\", dynamics 1, column 14");
    EXPECT_EQ(error.problems()[1].path, "neuron \"leaky_integrate\", dynamics 2, column 2");
  }
}

}  // namespace
}  // namespace synfire
