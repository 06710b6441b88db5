// SPDX-License-Identifier: Apache-2.0
// Each mistake in the text of a model gives its own problem, with the place in the text.
#include "error/problems.hpp"
#include "synfire/models.hpp"
#include "synfire/network.hpp"

namespace synfire {
namespace {

using test::problem_at;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;
using testing::SizeIs;

// A valid neuron, to introduce one mistake into.
NeuronModel cell() {
  return {.name = "cell",
          .parameters = {{"tau", 20.0}, {"frozen_v", true}},
          .state = {{"v", 0.0}, {"w", 0.0}},
          .dynamics = {"dv/dt = -v / tau + per_step(I)"},
          .threshold = "v > 1",
          .reset = {"v = 0"},
          .refractory = Refractory{.period = "tau", .hold = {"v"}, .hold_if = "frozen_v"}};
}

SynapseModel synapse() {
  return {.name = "syn",
          .parameters = {{"tau", 5.0}},
          .state = {{"x", 0.0}, {"y", 0.0}},
          .dynamics = {"dx/dt = -x / tau"},
          .on_spike = {"x += weight"},
          .current = "x"};
}

std::vector<Problem> with(NeuronModel model) {
  Network network;
  network.add(std::move(model), 1, {.name = "p"});
  return network.validate();
}

std::vector<Problem> with(SynapseModel model) {
  Network network;
  const auto a = network.add("spike_input", 1, {.name = "a"});
  const auto b = network.add(cell(), 1, {.name = "b"});
  network.connect(a, b, Dense{1.0}, {.synapse = std::move(model)});
  return network.validate();
}

std::vector<Problem> with(ReadoutModel model) {
  Network network;
  network.add(cell(), 1, {.readout = std::move(model), .name = "p"});
  return network.validate();
}

auto text_problem(const std::string& where) {
  return problem_at(ProblemKind::model_text, "populations[0] \"p\".neuron \"cell\", " + where);
}
auto synapse_problem(const std::string& where) {
  return problem_at(ProblemKind::model_text, "connections[0] \"a_b\".synapse \"syn\", " + where);
}

TEST(ModelTextErrors, TheModelsOfTheseTestsAreRight) {
  EXPECT_THAT(with(cell()), IsEmpty());
  EXPECT_THAT(with(synapse()), IsEmpty());
}

TEST(ModelTextErrors, PointAtTheWordAndSuggestAnother) {
  Network network;
  NeuronModel model = cell();
  model.dynamics = {"dv/dt = -v / tua"};
  const int line = __LINE__ + 1;
  network.add(model, 1, {.name = "p"});
  const auto problems = network.validate();
  ASSERT_THAT(problems, ElementsAre(text_problem("dynamics 1, column 14")));
  EXPECT_EQ(problems[0].message, "unknown name \"tua\"");
  EXPECT_EQ(problems[0].hint, "did you mean \"tau\"?\ndv/dt = -v / tua\n             ^");
  EXPECT_EQ(problems[0].place.line, line);
}

TEST(ModelTextErrors, GiveTheLineOfATextWithSeveral) {
  NeuronModel model = cell();
  model.update = {"w = 1\nw = 2 +"};
  EXPECT_THAT(with(model), ElementsAre(text_problem("update 1, line 2, column 8")));
}

TEST(ModelTextErrors, Dynamics) {
  const auto dynamics = [](std::vector<std::string> texts) {
    NeuronModel model = cell();
    model.dynamics = std::move(texts);
    return with(model);
  };
  EXPECT_THAT(dynamics({"v = 1"}), ElementsAre(text_problem("dynamics 1, column 1")));
  EXPECT_THAT(dynamics({"dq/dt = 1"}), ElementsAre(text_problem("dynamics 1, column 2")));
  EXPECT_THAT(dynamics({"dtau/dt = 1"}), ElementsAre(text_problem("dynamics 1, column 2")));
  EXPECT_THAT(dynamics({"dv/dt = 1", "dw/dt = 1", "dv/dt = 2"}), ElementsAre(text_problem("dynamics 3, column 1")));
  EXPECT_THAT(dynamics({"dv/dt = 2 * per_step(I)"}), ElementsAre(text_problem("dynamics 1, column 13")));
  EXPECT_THAT(dynamics({"dv/dt = per_step(per_step(I))"}), ElementsAre(text_problem("dynamics 1, column 18")));
  EXPECT_THAT(dynamics({"dv/dt = 1 if per_step(I) > 0 else 2"}), ElementsAre(text_problem("dynamics 1, column 14")));
  EXPECT_THAT(dynamics({"dv/dt = -(v + per_step(I)) if frozen_v else per_step(I) - v"}), IsEmpty());
  EXPECT_THAT(dynamics({"dv/dt = step_mean(v)"}), ElementsAre(text_problem("dynamics 1, column 9")));
  EXPECT_THAT(dynamics({"dv/dt = weight"}), ElementsAre(text_problem("dynamics 1, column 9")));
}

TEST(ModelTextErrors, Types) {
  const auto update = [](const std::string& text) {
    NeuronModel model = cell();
    model.update = {text};
    return with(model);
  };
  EXPECT_THAT(update("w = v > 1"), ElementsAre(text_problem("update 1, column 5")));
  EXPECT_THAT(update("w = 2 * (v > 1)"), ElementsAre(text_problem("update 1, column 10")));
  EXPECT_THAT(update("w = 1 if v else 2"), ElementsAre(text_problem("update 1, column 10")));
  EXPECT_THAT(update("w = 1 if v > 0 else true"), ElementsAre(text_problem("update 1, column 7")));
  EXPECT_THAT(update("w = 1 if frozen_v == 1 else 0"), ElementsAre(text_problem("update 1, column 19")));
  EXPECT_THAT(update("w = frozen_v"), ElementsAre(text_problem("update 1, column 5")));
  EXPECT_THAT(update("w = 1 if not v else 0"), ElementsAre(text_problem("update 1, column 14")));
  EXPECT_THAT(update("if v { w = 1 }"), ElementsAre(text_problem("update 1, column 4")));
  EXPECT_THAT(update("if frozen_v == (v > 1) { w = uniform() }"), IsEmpty());
}

TEST(ModelTextErrors, NamesAndFunctions) {
  const auto update = [](const std::string& text) {
    NeuronModel model = cell();
    model.update = {text};
    return with(model);
  };
  EXPECT_THAT(update("w = expo(v)"), ElementsAre(text_problem("update 1, column 5")));
  EXPECT_THAT(update("w = exp(v, w)"), ElementsAre(text_problem("update 1, column 5")));
  EXPECT_THAT(update("w = per_step(I)"), ElementsAre(text_problem("update 1, column 5")));
  EXPECT_THAT(update("w = step_mean(v)"), ElementsAre(text_problem("update 1, column 5")));
  EXPECT_THAT(update("tau = 1"), ElementsAre(text_problem("update 1, column 1")));
  EXPECT_THAT(update("I = 1"), ElementsAre(text_problem("update 1, column 1")));
  EXPECT_THAT(update("if true { if false { q = q } }"),
              ElementsAre(text_problem("update 1, column 22"), text_problem("update 1, column 26")));
}

TEST(ModelTextErrors, Thresholds) {
  const auto threshold = [](const std::string& text) {
    NeuronModel model = cell();
    model.threshold = text;
    return with(model);
  };
  EXPECT_THAT(threshold("v"), ElementsAre(text_problem("threshold, column 1")));
  EXPECT_THAT(threshold("v >"), ElementsAre(text_problem("threshold, column 4")));
  EXPECT_THAT(threshold("v > 1 and input_spike"), ElementsAre(text_problem("threshold, column 11")));
  EXPECT_THAT(threshold("v > 1 and crosses(w > 1)"), ElementsAre(text_problem("threshold, column 11")));
  EXPECT_THAT(threshold("crosses(v)"), ElementsAre(text_problem("threshold, column 9")));
  EXPECT_THAT(threshold("crosses(v > 1)"), IsEmpty());
  EXPECT_THAT(threshold(""), ElementsAre(problem_at(ProblemKind::model_text, "populations[0] \"p\".neuron \"cell\"")));
}

TEST(ModelTextErrors, Refractoriness) {
  NeuronModel model = cell();
  model.refractory = Refractory{.period = "v", .hold = {"u"}, .hold_if = "tau > 1"};
  EXPECT_THAT(with(model), ElementsAre(text_problem("refractory hold"), text_problem("refractory period, column 1"),
                                       text_problem("refractory hold_if, column 1")));
}

TEST(ModelTextErrors, SignAndOutput) {
  NeuronModel model = cell();
  model.spike_sign = "v > 0";
  model.output = "tau";
  EXPECT_THAT(with(model), ElementsAre(text_problem("spike_sign, column 1"), text_problem("output")));
}

TEST(ModelTextErrors, GradedNeuronsDoNotSpike) {
  const auto graded = [](const std::string& text) {
    return NeuronModel{.name = "cell", .parameters = {{"gain", 2.0}}, .graded = text};
  };
  EXPECT_THAT(with(graded("gain * input + t / dt")), IsEmpty());
  for (const char* wrong : {"I", "v", "normal()", "input > 0", "gain *"})
    EXPECT_THAT(with(graded(wrong)), ElementsAre(AllOf(testing::Field(&Problem::kind, ProblemKind::model_text),
                                                       testing::Field(&Problem::path, testing::HasSubstr("graded")))))
        << wrong;
  NeuronModel both = cell();
  both.graded = "1";
  const auto problems = with(both);
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_EQ(problems.at(0).given, "threshold, reset, refractory");
  NeuronModel stateless = graded("1");
  stateless.output = "u";
  const auto others = with(stateless);
  ASSERT_THAT(others, SizeIs(1));
  EXPECT_EQ(others.at(0).given, "output");
}

TEST(ModelTextErrors, NamesOfParametersAndState) {
  const std::string path = "populations[0] \"p\".neuron \"cell\"";
  for (const char* name : {"I", "input", "dt", "t", "weight", "exp", "if", "2a", "", "a-b"}) {
    NeuronModel model = cell();
    model.parameters.push_back({name, 1.0});
    EXPECT_THAT(with(model),
                ElementsAre(AllOf(problem_at(ProblemKind::invalid_name, path), testing::Field(&Problem::given, name))));
  }
  NeuronModel twice = cell();
  twice.state.push_back({"tau", 1.0});
  EXPECT_THAT(with(twice), ElementsAre(problem_at(ProblemKind::duplicate_name, path)));
}

TEST(ModelTextErrors, AValueThatIsNeverGiven) {
  NeuronModel model = cell();
  model.parameters.push_back({"needed", {}});
  EXPECT_THAT(with(model),
              ElementsAre(problem_at(ProblemKind::invalid_value, "populations[0] \"p\".neuron \"cell\".needed")));
  EXPECT_THAT(with(model.with({{"needed", 1.0}})), IsEmpty());
}

TEST(ModelTextErrors, OnSpikeMustBeProportionalToWeight) {
  const auto on_spike = [](std::vector<std::string> texts) {
    SynapseModel model = synapse();
    model.on_spike = std::move(texts);
    return with(model);
  };
  EXPECT_THAT(on_spike({"x += 1"}), ElementsAre(synapse_problem("on_spike 1, column 1")));
  EXPECT_THAT(on_spike({"x = weight"}), ElementsAre(synapse_problem("on_spike 1, column 1")));
  EXPECT_THAT(on_spike({"x += weight * weight"}), ElementsAre(synapse_problem("on_spike 1, column 1")));
  EXPECT_THAT(on_spike({"x += weight + 1"}), ElementsAre(synapse_problem("on_spike 1, column 1")));
  EXPECT_THAT(on_spike({"x += abs(weight)"}), ElementsAre(synapse_problem("on_spike 1, column 1")));
  EXPECT_THAT(on_spike({"x *= weight"}), ElementsAre(synapse_problem("on_spike 1, column 1")));
  EXPECT_THAT(on_spike({"x += weight if weight > 0 else 0"}), ElementsAre(synapse_problem("on_spike 1, column 1")));
  EXPECT_THAT(on_spike({"x += weight", "y += x"}), ElementsAre(synapse_problem("on_spike 2, column 1")));
  EXPECT_THAT(on_spike({"if weight > 0 { x += weight }"}), ElementsAre(synapse_problem("on_spike 1, column 1")));
  EXPECT_THAT(on_spike({"x = -weight / tau + x", "x += weight * (1 - y)", "y -= exp(-tau) * weight"}), IsEmpty());
  EXPECT_THAT(on_spike({"x += weight * 2 if t > 1 else 0", "if y > 0 { y += weight }"}), IsEmpty());
}

TEST(ModelTextErrors, Synapses) {
  SynapseModel model = synapse();
  model.current = "x * (q - v)";
  EXPECT_THAT(with(model), ElementsAre(synapse_problem("current, column 6")));
  model.current = "";
  EXPECT_THAT(with(model), ElementsAre(problem_at(ProblemKind::model_text, "connections[0] \"a_b\".synapse \"syn\"")));
  model.current = "arriving * step_mean(x) * v";
  EXPECT_THAT(with(model), IsEmpty());
  model.update = {"x = arriving"};
  EXPECT_THAT(with(model), ElementsAre(synapse_problem("update 1, column 5")));
}

TEST(ModelTextErrors, Readouts) {
  const std::string path = "populations[0] \"p\".readout \"r\"";
  EXPECT_THAT(with(ReadoutModel{.name = "r", .value = "x + q"}),
              ElementsAre(problem_at(ProblemKind::model_text, path + ", value, column 5")));
  EXPECT_THAT(with(ReadoutModel{.name = "r", .state = {{"s", 0.0}}}),
              ElementsAre(problem_at(ProblemKind::model_text, path)));
  EXPECT_THAT(with(ReadoutModel{.name = "r", .state = {{"x", 0.0}}, .value = "x"}),
              ElementsAre(problem_at(ProblemKind::invalid_name, path)));
  EXPECT_THAT(with(ReadoutModel{.name = "r", .value = "x / duration * dt + t"}), IsEmpty());
}

}  // namespace
}  // namespace synfire
