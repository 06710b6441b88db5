// SPDX-License-Identifier: Apache-2.0
// Losses as users meet them: those of descriptions train, prove their gradients, and are written back; the built-in
// ones give the bits that they always gave.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <numeric>

#include "base/scratch_folder.hpp"
#include "error/problems.hpp"
#include "support/devices.hpp"
#include "synfire/synfire.hpp"

namespace synfire {
namespace {

using test::problem_at;
using test::problems_of;
using ::testing::ElementsAre;

constexpr std::size_t examples = 24, neurons = 3;

// A network whose output spikes or not, with a loss; `more`: other members of the description.
std::string described(const std::string& losses, const std::string& readout, bool spikes, const std::string& more = "",
                      const std::string& hidden_readout = "") {
  const std::string neuron = spikes ? R"({"model": "leaky_integrate_fire", "v_thresh": 0.6})" : R"("leaky_integrate")";
  return R"({"format": "synfire-network", "version": 1, "defaults": "event_prop", )" + more + R"(
    "populations": [
      {"name": "in", "shape": 12, "neuron": "spike_input"},
      {"name": "hid", "shape": 20, "neuron": "leaky_integrate_fire")" +
         (hidden_readout.empty() ? "" : ", \"readout\": \"" + hidden_readout + '"') + R"(},
      {"name": "out", "shape": 3, "neuron": )" +
         neuron + R"(, "readout": ")" + readout + R"("}],
    "connections": [
      {"name": "ih", "source": "in", "target": "hid", "synapse": "exponential",
       "connectivity": {"type": "dense", "weight": {"type": "normal", "mean": 1.5, "sd": 0.8}}},
      {"name": "ho", "source": "hid", "target": "out", "synapse": "exponential",
       "connectivity": {"type": "dense", "weight": {"type": "normal", "mean": 0.6, "sd": 0.6}}}],
    "compile": {"compiler": "event_prop", "timesteps": 30, "batch_size": 8, "seed": 3, "losses": )" +
         losses + R"(, "optimizer": {"type": "adam", "learning_rate": 0.01}, "gradient_slots": 4}})";
}

SpikeTrains inputs() {
  Tensor<float> values({examples, 12});
  for (std::size_t e = 0; e < examples; ++e) {
    for (std::size_t i = 0; i < 12; ++i) values[e * 12 + i] = static_cast<float>((e * 7 + i * 5) % 24 + 4) / 32;
  }
  return encode(values, LinearLatency{.max_time = 25, .min_time = 1, .threshold = 0.1, .max_value = 1});
}

Tensor<std::int64_t> labels() {
  Tensor<std::int64_t> result({examples});
  for (std::size_t e = 0; e < examples; ++e) result[e] = static_cast<std::int64_t>(e % 3);
  return result;
}

Tensor<float> targets(const std::string& kind) {
  const std::size_t rows = kind == "steps" ? 30 : 1;
  Tensor<float> result(rows == 1 ? Extents{examples, neurons} : Extents{examples, rows, neurons});
  for (std::size_t e = 0; e < examples; ++e) {
    for (std::size_t t = 0; t < rows; ++t) {
      for (std::size_t k = 0; k < neurons; ++k) {
        const float value = kind == "values"   ? static_cast<float>((e * 3 + k * 5) % 8) / 8
                            : kind == "steps"  ? static_cast<float>((e + 3 * t + k) % 8) / 8
                            : (e + k) % 3 == 0 ? 0.5F
                                               : 0.25F;
        result[(e * rows + t) * neurons + k] = value;
      }
    }
  }
  return result;
}

EventPropCompiler compiler_of(const Description& description, const std::string& device = "host") {
  EventPropCompiler compiler = EventPropCompiler::from(description.compile, description.network);
  compiler.device = device;
  return compiler;
}

struct Known {
  std::string loss, readout, target;
  bool spikes;
  std::vector<double> losses;  // of four epochs
};

const std::vector<Known>& known() {
  static const std::vector<Known> all{
      {"\"sparse_categorical_crossentropy\"",
       "avg_var",
       "labels",
       false,
       {1.1544778123497963, 1.136167215804259, 1.1252539828419685, 1.1068027392029762}},
      {"\"categorical_crossentropy\"",
       "avg_var",
       "shares",
       false,
       {1.1577123900254567, 1.1319857090711594, 1.1169268141190212, 1.1035119891166687}},
      {"\"mean_square_error\"",
       "avg_var",
       "values",
       false,
       {2.1680516079068184, 1.80900643269221, 1.5091803322235744, 1.2501962631940842}},
      {R"({"type": "mean_square_error", "per_step": true})",
       "avg_var",
       "steps",
       false,
       {7.516025245189667, 6.48465742667516, 5.566167573134105, 4.765021512905757}},
      {R"({"type": "mean_square_error", "per_step": true})",
       "avg_var",
       "steps",
       true,
       {0.3220730858544509, 0.31548750524719554, 0.3120601922273636, 0.30733643968900043}},
      {"\"relative_mean_square_error\"",
       "first_spike_time",
       "labels",
       true,
       {1.8333333333333333, 1.5416666666666667, 1.4791666666666667, 1.4791666666666667}},
      {"\"time_to_first_spike_crossentropy\"",
       "first_spike_time",
       "labels",
       true,
       {1.177196141332388, 1.2151282156507175, 1.1963231538732846, 1.2132599006096523}}};
  return all;
}

History train(TrainingNetwork& model, const std::string& target, std::uint32_t epochs) {
  const SpikeTrains spikes = inputs();
  if (target == "labels") return model.train({{"in", spikes}}, {{"out", labels()}}, {.epochs = epochs});
  const Tensor<float> values = targets(target);
  return model.train({{"in", spikes}}, {{"out", values}}, {.epochs = epochs});
}

TEST(Losses, BuiltInOnesKeepTheirBits) {
  for (const Known& each : known()) {
    SCOPED_TRACE(each.loss + (each.spikes ? ", spiking" : ""));
    const Description description = parse_description(described(each.loss, each.readout, each.spikes), {}, "net.json");
    TrainingNetwork model = compiler_of(description).compile(description.network);
    const History history = train(model, each.target, 4);
    for (std::size_t e = 0; e < 4; ++e) EXPECT_EQ(history.epochs[e].training[0].loss, each.losses[e]) << e;
  }
}

const std::string margin_model = R"json("models": [{"kind": "loss", "name": "margin",
  "parameters": [{"name": "gap", "value": 0.5, "min": 0}], "targets": "label",
  "loss": "sum(max(0, gap + v - at(v, label)) if k != label else 0)"}],)json";

TEST(Losses, OfUsersTrainAndProveTheirGradientsOnEveryDevice) {
  const std::string text = described(R"({"type": "margin", "gap": 1, "weight": 0.7})", "avg_var", false, margin_model);
  const Description description = parse_description(text, {}, "net.json");
  EXPECT_TRUE(description.validate().empty());
  EXPECT_EQ(description.compile.losses.for_all.weight, 0.7);
  std::vector<double> on_host;
  for (const std::string& device : testing::devices()) {
    SCOPED_TRACE(device);
    TrainingNetwork model = compiler_of(description, device).compile(description.network);
    const History history = train(model, "labels", 6);
    std::vector<double> losses;
    for (const EpochRecord& each : history.epochs) losses.push_back(each.training[0].loss);
    EXPECT_LT(losses.back(), losses.front());
    if (on_host.empty()) on_host = losses;
    EXPECT_EQ(losses, on_host);
    const GradientCheck check =
        check_gradients(description.network, compiler_of(description, device), {.examples = 1, .entries = 3});
    EXPECT_TRUE(check.passed) << check.report;
  }
}

TEST(Losses, OfUsersAreWrittenBack) {
  const std::string text = described(R"([{"output": "out", "loss": {"type": "margin", "gap": 1, "weight": 0.7}},
                                         {"output": "hid", "loss": "silent_neurons"}])",
                                     "avg_var", false, margin_model, "max_var");
  const Description first = parse_description(text, {}, "net.json");
  const DescriptionText written = to_text(first);
  EXPECT_THAT(written.json, ::testing::HasSubstr("sum(max(0, gap + v - at(v, label)) if k != label else 0)"));
  const Description second = parse_description(written.json, written.tensors, "written.json");
  EXPECT_TRUE(second == first);
  EXPECT_EQ(to_text(second).json, written.json);
  const EventPropCompiler compiler = EventPropCompiler::from(first.compile, first.network);
  EXPECT_TRUE(compiler.settings(first.network).losses == first.compile.losses);
  const Description changed = parse_description(
      text, {}, "net.json", {{"compile.losses.0.loss.gap", "2"}, {"compile.losses.1.loss.weight", "0"}});
  EXPECT_EQ(changed.compile.losses.list[0].loss.model.parameters[0].value, Value(2.0));
  EXPECT_EQ(changed.compile.losses.list[1].loss.weight, 0);
}

// A hidden population that stays below its threshold is drawn towards it, without any data for it.
TEST(Losses, OfSilentNeuronsTakeNoData) {
  Network network{event_prop_defaults};
  const auto in = network.add(SpikeInput{}, 12, {.name = "in"});
  const auto hidden = network.add(LeakyIntegrateFire{}, 20, {.readout = "max_var", .name = "hidden"});
  const auto out = network.add(LeakyIntegrate{}, 3, {.readout = "avg_var", .name = "out"});
  network.connect(in, hidden, Dense{Normal{0.1, 0.05}}, {.synapse = Exponential{}});
  network.connect(hidden, out, Dense{Normal{0.6, 0.6}}, {.synapse = Exponential{}});
  EventPropCompiler compiler{.timesteps = 30,
                             .batch_size = 8,
                             .losses = {{out, "sparse_categorical_crossentropy"},
                                        {hidden, SilentNeurons{.strength = 0.1, .threshold = 1.05}, 0.5}},
                             .optimizer = Adam{.learning_rate = 0.02},
                             .device = "host"};
  TrainingNetwork model = compiler.compile(network);
  const SpikeTrains spikes = inputs();
  const History history = model.train({{in, spikes}}, {{out, labels()}},
                                      {.epochs = 20, .validation_split = 0.25, .warn = [](const auto&) {}});
  const auto score = [](const EpochRecord& epoch, const std::string& name) {
    return *std::find_if(epoch.training.begin(), epoch.training.end(),
                         [&](const OutputScore& each) { return each.output == name; });
  };
  const OutputScore before = score(history.epochs.front(), "hidden"), after = score(history.epochs.back(), "hidden");
  EXPECT_TRUE(before.metric.empty());
  EXPECT_GT(before.loss, 0.5);
  EXPECT_LT(after.loss, 0.5 * before.loss);
  const EvaluationResult result = model.evaluate({{in, spikes}}, {{out, labels()}});
  EXPECT_GT(result.loss(hidden), 0);

  EventPropCompiler alone = compiler;
  alone.losses = {{hidden, "silent_neurons"}};
  TrainingNetwork without = alone.compile(network);
  EXPECT_EQ(without.train({{in, spikes}}, {}, {.epochs = 2, .warn = [](const auto&) {}}).epochs.size(), 2u);
}

TEST(Losses, HaveAWeight) {
  const auto loss_with = [&](double weight) {
    const Description description =
        parse_description(described("\"mean_square_error\"", "avg_var", false), {}, "net.json");
    EventPropCompiler compiler = compiler_of(description);
    compiler.losses = {{"out", MeanSquareError{}, weight}};
    const Tensor<float> values = targets("values");
    const SpikeTrains spikes = inputs();
    return compiler.compile(description.network).evaluate({{"in", spikes}}, {{"out", values}}).loss("out");
  };
  EXPECT_EQ(loss_with(0.25), 0.25 * loss_with(1));
  EXPECT_EQ(loss_with(0), 0);
  EXPECT_THROW(loss_with(-1), ModelError);
  EXPECT_THROW(loss_with(std::numeric_limits<double>::infinity()), ModelError);
}

TEST(Losses, AreKnownByName) {
  const LossModel own{.name = "furthest", .targets = Targets::none, .loss = "max(v) - mean(v)"};
  register_loss(own);
  EXPECT_EQ(*find_loss("furthest"), own);
  EXPECT_THAT(loss_names(), ::testing::IsSupersetOf({"furthest", "mean_square_error", "silent_neurons"}));
  EXPECT_EQ(model_of("furthest"), own);
  EXPECT_EQ(model_of(own.with({})).name, "furthest");
}

// Each mistake with its column, all together.
TEST(Losses, MistakesAreReportedTogether) {
  const auto mistakes = [](const LossModel& loss) { return problems_of(loss, "compiler.losses"); };
  const auto column = [&](const std::string& text, Targets targets = Targets::label) {
    const std::vector<Problem> found = mistakes({.name = "own", .targets = targets, .loss = text});
    EXPECT_EQ(found.size(), 1u) << text;
    const std::string at = "compiler.losses.loss \"own\", loss, column ";
    if (found.empty() || found[0].kind != ProblemKind::model_text || !found[0].path.starts_with(at)) return 0;
    return std::stoi(found[0].path.substr(at.size()));
  };
  EXPECT_EQ(column("sum(w)"), 5);
  EXPECT_EQ(column("v**2"), 1);
  EXPECT_EQ(column("sum(v) + k"), 10);
  EXPECT_EQ(column("sum(v - y)"), 9);
  EXPECT_EQ(column("at(v, label)", Targets::none), 7);
  EXPECT_EQ(column("at(v, k)"), 7);
  EXPECT_EQ(column("log_softmax(v)"), 1);
  EXPECT_EQ(column("sum(v) > 1"), 1);
  EXPECT_EQ(column("sum(y)", Targets::values), 1);
  EXPECT_EQ(column("sum(v, 2)"), 1);
  EXPECT_EQ(column("max(v, 1, 2)"), 1);
  EXPECT_EQ(column("smu(v)"), 1);
  EXPECT_EQ(column("sum(v"), 6);
  EXPECT_EQ(mistakes({.name = "own", .targets = Targets::none, .loss = ""})[0].kind, ProblemKind::model_text);
  EXPECT_EQ(mistakes({.name = "own", .loss = "sum(w) + k + y + at(v, v)"}).size(), 4u);
  EXPECT_EQ(mistakes({.name = "own", .parameters = {{"type", 1.0}, {"v", 1.0}}, .loss = "sum(v)"}).size(), 2u);
  EXPECT_EQ(mistakes(model_of(MeanSquareError{.per_step = 2.0})).size(), 1u);
  EXPECT_EQ(mistakes(model_of("mean_square_eror"))[0].expected, "mean_square_error");
}

TEST(Losses, MistakesInDescriptionsHaveTheirPlace) {
  const Description description =
      parse_description(described("\"own\"", "avg_var", false, R"json("models": [{"kind": "loss", "name": "own",
  "loss": "sum(w)"}],)json"),
                        {}, "net.json");
  const std::vector<Problem> problems = description.validate();
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].path, "compile.losses.loss \"own\", loss, column 5");
  EXPECT_EQ(problems[0].place.line, 2);
  const auto refused = [&](const std::string& loss) {
    return test::problems_of<DataError>([&] { parse_description(described(loss, "avg_var", false), {}, "net.json"); });
  };
  EXPECT_THAT(refused("\"margn\""),
              ::testing::ElementsAre(test::problem_at(ProblemKind::unknown_name, "compile.losses")));
  EXPECT_THAT(refused(R"({"type": "mean_square_error", "per_step": 1, "weight": -1, "gap": 2})"),
              ::testing::UnorderedElementsAre(test::problem_at(ProblemKind::malformed_file, "compile.losses.per_step"),
                                              test::problem_at(ProblemKind::invalid_value, "compile.losses.weight"),
                                              test::problem_at(ProblemKind::unknown_name, "compile.losses")));
}

// Of labels, of values in each step, and of a user's text: all join neurons in every step.
TEST(Losses, PerStepTrainAndProveTheirGradientsOnEveryDevice) {
  const std::string margin_per_step =
      std::string(margin_model).replace(margin_model.find("\"targets\""), 0, "\"per_step\": \"true\", ");
  struct Case {
    const char *loss, *target;
    std::string more, metric;
  };
  for (const Case& each : {Case{R"({"type": "sparse_categorical_crossentropy", "per_step": true, "temperature": 0.5})",
                                "labels", "", "sparse_categorical_accuracy"},
                           Case{R"({"type": "categorical_crossentropy", "per_step": true})", "steps", "", ""},
                           Case{R"({"type": "margin", "gap": 1, "weight": 0.7})", "labels", margin_per_step,
                                "sparse_categorical_accuracy"}}) {
    const Description description =
        parse_description(described(each.loss, "avg_var", false, each.more), {}, "net.json");
    std::vector<double> on_host;
    for (const std::string& device : testing::devices()) {
      SCOPED_TRACE(std::string(each.loss) + " on " + device);
      TrainingNetwork model = compiler_of(description, device).compile(description.network);
      const History history = train(model, each.target, 6);
      EXPECT_EQ(history.training().metric, each.metric);
      std::vector<double> losses;
      for (const EpochRecord& epoch : history.epochs) losses.push_back(epoch.training[0].loss);
      EXPECT_LT(losses.back(), losses.front());
      if (on_host.empty()) on_host = losses;
      EXPECT_EQ(losses, on_host);
      const GradientCheck check =
          check_gradients(description.network, compiler_of(description, device), {.examples = 1, .entries = 3});
      EXPECT_TRUE(check.passed) << check.report;
    }
  }
}

class Examples final : public Metric {
 public:
  TargetKind target_kind() const override { return TargetKind::labels; }
  void add(std::span<const float>, std::size_t, std::span<const float>) override { count_ += 1; }
  double value() const override { return count_; }
  void reset() override { count_ = 0; }

 private:
  double count_ = 0;
};

TEST(Losses, AreReportedBesideMetricsOfUsers) {
  const Description description =
      parse_description(described("\"sparse_categorical_crossentropy\"", "avg_var", false), {}, "net.json");
  TrainingNetwork model = compiler_of(description).compile(description.network);
  const SpikeTrains spikes = inputs();
  const Tensor<std::int64_t> classes = labels();
  const MetricChoice own{"examples", [] { return std::make_unique<Examples>(); }};
  const History history = model.train(
      {{"in", spikes}}, {{"out", classes}},
      {.validation_inputs = {{"in", spikes}}, .validation_targets = {{"out", classes}}, .metrics = {{"out", own}}});
  EXPECT_EQ(history.training().metric, "examples");
  EXPECT_EQ(history.training().value, examples);
  EXPECT_EQ(history.validation().value, examples);
  const EvaluationResult mine = model.evaluate({{"in", spikes}}, {{"out", classes}}, {.metrics = {{"out", own}}});
  EXPECT_EQ(mine.metric("out", "examples"), examples);
  EXPECT_EQ(mine.loss("out"), history.validation().loss);
  const EvaluationResult table =
      model.evaluate({{"in", spikes}}, {{"out", classes}}, {.metrics = {{"out", "confusion_matrix"}}});
  const std::vector<double>& counts = table.table("out").values();
  EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), 0.0), examples);
  EXPECT_EQ(table.metric("out"), (counts[0] + counts[4] + counts[8]) / examples);
}

// If output neurons spike, a text must be a constant times one sum.
TEST(Losses, PerStepAreRefusedByName) {
  const Description description =
      parse_description(described("\"mean_square_error\"", "avg_var", true), {}, "net.json");
  EventPropCompiler compiler = compiler_of(description);
  compiler.losses =
      LossModel{.name = "spread", .targets = Targets::none, .per_step = "true", .loss = "sum((v - mean(v))**2)"};
  const std::vector<Problem> problems = test::thrown_by([&] { compiler.compile(description.network); });
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(problems[0].message, ::testing::HasSubstr("spread cannot be per step"));
}

// ---- Metrics of a description

Description with_metrics(const std::string& metrics) {
  return parse_description(R"({"format": "synfire-network", "version": 1, "populations": [
    {"name": "a", "shape": 2, "neuron": "leaky_integrate", "readout": "avg_var"},
    {"name": "b", "shape": 2, "neuron": "leaky_integrate"}], "connections": [],
    "train": {"metrics": )" + metrics +
                               "}}",
                           {}, "net.json");
}

TEST(Metrics, MayBeInADescription) {
  for (const char* const text : {R"("top_5_accuracy")", R"("none")", R"([{"output": "a", "metric": "top_3_accuracy"}])",
                                 R"([{"output": "a", "metric": "none"}])"}) {
    const Description description = with_metrics(text);
    EXPECT_THAT(description.validate(), ElementsAre());
    const DescriptionText written = to_text(description);
    const auto json = nlohmann::json::parse(written.json)["train"]["metrics"];
    EXPECT_EQ(json, nlohmann::json::parse(text));
    EXPECT_TRUE(parse_description(written.json, written.tensors, "written.json") == description);
    const Metrics metrics = train_options(*description.train).metrics;
    EXPECT_EQ(metrics.for_all() ? metrics.for_all()->name : metrics.list().at(0).metric.name,
              json.is_string() ? json : json[0]["metric"]);
  }
  EXPECT_FALSE(train_options(TrainSettings{}).metrics.for_all());
}

TEST(Metrics, OfADescriptionThatCannotBeAreErrors) {
  const Description description = with_metrics(R"([{"output": "a", "metric": "top_5_accuracy"},
    {"output": "a", "metric": "none"}, {"output": "b", "metric": "none"}, {"output": "aa", "metric": "acuracy"}])");
  EXPECT_THAT(description.validate(), ElementsAre(problem_at(ProblemKind::duplicate_name, "train.metrics[1]"),
                                                  problem_at(ProblemKind::missing_variable, "train.metrics[2].output"),
                                                  problem_at(ProblemKind::unknown_name, "train.metrics[3].output")));
  const auto unknown = [](const std::string& text) {
    return problems_of<ModelError>([&] { train_options(*with_metrics(text).train); }).at(0);
  };
  Problem problem = unknown(R"([{"output": "a", "metric": "top_5_acuracy"}])");
  EXPECT_EQ(problem.kind, ProblemKind::unknown_name);
  EXPECT_EQ(problem.path, "train.metrics[0].metric");
  EXPECT_EQ(problem.expected, "top_5_accuracy");
  EXPECT_EQ(problem.place.line, 4u);
  problem = unknown(R"("confusion")");
  EXPECT_EQ(problem.path, "train.metrics");
  EXPECT_EQ(problem.place.file, "net.json");
  const auto refused = [](const std::string& text) {
    const std::vector<Problem> problems = problems_of<DataError>([&] { with_metrics(text); });
    return problems.empty() ? "" : problems.front().path;
  };
  for (const char* const text : {"[]", "1", "\"\"", "{}", "null"}) EXPECT_EQ(refused(text), "train.metrics") << text;
  EXPECT_EQ(refused("[\"top_5_accuracy\"]"), "train.metrics[0]");
  EXPECT_EQ(refused("[{\"output\": \"a\"}]"), "train.metrics[0]");
}

}  // namespace
}  // namespace synfire
