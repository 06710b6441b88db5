// SPDX-License-Identifier: Apache-2.0
// Surrogate gradients of programs against those of scripts/make_surrogate_gradients.py: networks written down as
// arithmetic in double, differentiated by PyTorch. The networks here are those there.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "gradients/program_gradients.hpp"
#include "support/devices.hpp"
#include "synfire/codegen/surrogates.hpp"
#include "synfire/models.hpp"
#include "synfire/surrogates.hpp"

namespace synfire::testing {
namespace {

using codegen::GivenSpike;
using Json = nlohmann::json;

// A network of the file.
struct Expected {
  Json json;

  Tensor<float> weight(const std::string& connection) const {
    const auto rows = json["weights"][connection].get<std::vector<std::vector<float>>>();
    std::vector<float> values;
    for (const std::vector<float>& row : rows) values.insert(values.end(), row.begin(), row.end());
    return {{rows.size(), rows.front().size()}, std::move(values)};
  }
  std::size_t examples() const { return json["inputs"].size(); }
  // In the order of recordings.
  static std::vector<GivenSpike> spikes(const Json& rows) {
    std::vector<GivenSpike> spikes;
    for (std::uint32_t neuron = 0; neuron < rows.size(); ++neuron) {
      const auto row = rows[neuron].get<std::string>();
      for (std::uint32_t step = 0; step < row.size(); ++step) {
        if (row[step] == '|') spikes.push_back({step, neuron});
      }
    }
    std::sort(spikes.begin(), spikes.end(), [](const GivenSpike& a, const GivenSpike& b) {
      return std::pair(a.step, a.neuron) < std::pair(b.step, b.neuron);
    });
    return spikes;
  }
};

codegen::SurrogateRule rule(const Surrogate& surrogate, bool detach_reset = false) {
  return codegen::surrogate_rule(surrogate_model(surrogate), detach_reset, "surrogate");
}

TrainingCase recurrent(const Expected& expected) {
  TrainingCase learned;
  Network& network = learned.network;
  const auto input = network.add(SpikeInput{}, 6, {.name = "input"});
  const auto hidden = network.add(LeakyIntegrateFire{.v_reset = 0.1, .tau_mem = 10.0}, 8, {.name = "hidden"});
  const auto output = network.add(LeakyIntegrate{.tau_mem = 15.0}, 3, {.readout = "avg_var", .name = "output"});
  network.connect(input, hidden, Dense{expected.weight("first")},
                  {.synapse = Exponential{.tau = 5.0}, .name = "first"});
  network.connect(hidden, hidden, Dense{expected.weight("loop"), 2.0},
                  {.synapse = Exponential{.tau = 3.0}, .name = "loop"});
  network.connect(hidden, output, Dense{expected.weight("second")},
                  {.synapse = Exponential{.tau = 5.0}, .name = "second"});
  learned.training.losses = {{2, SparseCategoricalCrossentropy{}}};
  learned.training.surrogates.assign(3, rule(FastSigmoid{}));
  return learned;
}

TrainingCase adaptive(const Expected& expected) {
  const NeuronModel coupled{.name = "coupled",
                            .state = {{"v", 0.0}, {"a", 0.0}},
                            .dynamics = {"dv/dt = -v / 10 - a / 8 + per_step(I)", "da/dt = (v / 4 - a) / 30"},
                            .threshold = "v >= 1 + a",
                            .reset = {"v = -0.2", "a += 0.15"}};
  TrainingCase learned;
  Network& network = learned.network;
  const auto input = network.add(SpikeInput{}, 6, {.name = "input"});
  const auto hidden = network.add(coupled, 8, {.name = "hidden"});
  const auto output = network.add(LeakyIntegrate{.tau_mem = 20.0}, 2, {.readout = "sum_var", .name = "output"});
  network.connect(input, hidden, Dense{expected.weight("first")}, {.synapse = Delta{}, .name = "first"});
  network.connect(hidden, hidden, Dense{expected.weight("loop")}, {.synapse = Exponential{.tau = 4.0}, .name = "loop"});
  network.connect(hidden, output, Dense{expected.weight("second")},
                  {.synapse = Exponential{.tau = 5.0}, .name = "second"});
  learned.training.losses = {{2, SparseCategoricalCrossentropy{.temperature = 50.0}}};
  learned.training.surrogates.assign(3, rule(Triangle{.width = 0.6, .scale = 0.3}, true));
  return learned;
}

TrainingCase refractory(const Expected& expected) {
  const NeuronModel held{.name = "held",
                         .state = {{"v", 0.0}},
                         .dynamics = {"dv/dt = per_step(I)"},
                         .threshold = "v >= 1",
                         .reset = {"v = 0"},
                         .refractory = Refractory{.period = "3", .hold = {"v"}}};
  const NeuronModel flowing{.name = "flowing",
                            .state = {{"v", 0.0}},
                            .dynamics = {"dv/dt = per_step(I)"},
                            .threshold = "v >= 0.8",
                            .reset = {"v -= 0.8"},
                            .refractory = Refractory{.period = "2"}};
  TrainingCase learned;
  Network& network = learned.network;
  const auto input = network.add(SpikeInput{}, 6, {.name = "input"});
  const auto hidden = network.add(held, 8, {.name = "hidden"});
  const auto output = network.add(flowing, 2, {.readout = "spike_count", .name = "output"});
  network.connect(input, hidden, Dense{expected.weight("first")}, {.synapse = Delta{}, .name = "first"});
  network.connect(hidden, output, Dense{expected.weight("second")}, {.synapse = Delta{}, .name = "second"});
  learned.training.losses = {{2, MeanSquareError{}}};
  learned.training.surrogates.assign(3, rule(Atan{}));
  return learned;
}

TrainingCase deep(const Expected& expected) {
  const auto connected = [](const char* name) {
    return ConnectionOptions{.synapse = Exponential{.tau = 5.0, .scale_i = true}, .name = name};
  };
  TrainingCase learned;
  Network& network = learned.network;
  const auto input = network.add(SpikeInput{}, 6, {.name = "input"});
  const auto before = network.add(LeakyIntegrateFire{.relative_reset = false, .scale_i = true}, 8, {.name = "before"});
  const auto after = network.add(LeakyIntegrateFire{.v_thresh = 0.9, .scale_i = true}, 8, {.name = "after"});
  const LeakyIntegrate leaky{.tau_mem = 10.0, .scale_i = true};
  const auto largest = network.add(leaky, 3, {.readout = "max_var", .name = "class"});
  const auto last = network.add(leaky, 2, {.readout = "var", .name = "place"});
  network.connect(input, before, Dense{expected.weight("first")}, connected("first"));
  network.connect(before, after, Dense{expected.weight("second")}, connected("second"));
  network.connect(after, largest, Dense{expected.weight("third")}, connected("third"));
  network.connect(after, last, Dense{expected.weight("fourth")}, connected("fourth"));
  learned.training.losses = {{3, SparseCategoricalCrossentropy{}}, {4, codegen::Loss(MeanSquareError::text(), 0.5)}};
  learned.training.surrogates.assign(5, rule(Gaussian{.sigma = 0.3}));
  learned.training.surrogates[2] = rule(Boxcar{.width = 0.4});
  return learned;
}

TrainingCase coded(const Expected& expected) {
  TrainingCase learned;
  Network& network = learned.network;
  const auto image = network.add(GradedInput{.input_frames = 3, .input_frame_timesteps = 10}, 6, {.name = "image"});
  const auto one = network.add(NeuronModel{.name = "one", .graded = "1"}, 1, {.name = "one"});
  const auto hidden = network.add(LeakyIntegrateFire{.relative_reset = false}, 8, {.name = "hidden"});
  const auto output = network.add(LeakyIntegrate{.tau_mem = 15.0}, 3, {.readout = "avg_var", .name = "output"});
  network.connect(image, hidden, Dense{expected.weight("first")}, {.synapse = Delta{}, .name = "first"});
  network.connect(one, hidden, Dense{expected.weight("shift"), 1.0}, {.synapse = Delta{}, .name = "shift"});
  network.connect(hidden, output, Dense{expected.weight("second")},
                  {.synapse = Exponential{.tau = 5.0}, .name = "second"});
  learned.training.losses = {{3, SparseCategoricalCrossentropy{}}};
  learned.training.surrogates.assign(4, rule(Atan{.alpha = 3}));
  return learned;
}

struct NamedNetwork {
  const char* name;
  TrainingCase (*make)(const Expected& expected);
};

class SurrogateGradients : public ::testing::TestWithParam<NamedNetwork> {};

TEST_P(SurrogateGradients, AreThoseOfAutomaticDifferentiation) {
  std::ifstream file(SYNFIRE_SOURCE_FOLDER "/tests/gradients/surrogate_gradients.json");
  const Json all = Json::parse(file);
  Expected expected;
  for (const Json& each : all["networks"]) {
    if (each["name"] == GetParam().name) expected.json = each;
  }
  ASSERT_FALSE(expected.json.is_null());
  TrainingCase learned = GetParam().make(expected);
  learned.options.timesteps = all["steps"];
  const ir::Network network = learned.network.resolve();

  std::vector<codegen::ExampleData> examples(expected.examples());
  for (std::size_t e = 0; e < examples.size(); ++e) {
    examples[e].spikes.resize(network.populations.size());
    examples[e].input.resize(network.populations.size());
    const Json& input = expected.json["inputs"][e];
    if (input.front().is_string()) {
      examples[e].spikes[0] = Expected::spikes(input);
    } else {
      for (const Json& frame : input) {
        for (const double value : frame) examples[e].input[0].push_back(value);
      }
    }
    for (const codegen::OutputLoss& loss : learned.training.losses) {
      const std::string& name = network.populations[loss.population].name;
      codegen::LossTarget& target = examples[e].targets.emplace_back();
      if (expected.json["labels"].contains(name)) target.label = expected.json["labels"][name][e];
      if (expected.json["targets"].contains(name))
        target.values = expected.json["targets"][name][e].get<std::vector<double>>();
    }
  }

  for (const std::string& device : devices()) {
    SCOPED_TRACE(device);
    double loss = 0;
    const codegen::ProgramGradients program = program_gradients(learned, device, examples, [&](TrainingRun& run) {
      for (const codegen::OutputLoss& each : learned.training.losses)
        loss += run.loss(network.populations[each.population].name);
    });
    for (std::size_t e = 0; e < examples.size(); ++e) {
      for (std::size_t p = 1; p < network.populations.size(); ++p) {
        const std::string& name = network.populations[p].name;
        if (!expected.json["spikes"].contains(name)) continue;
        ASSERT_EQ(program.spikes[e][p], Expected::spikes(expected.json["spikes"][name][e]))
            << name << ", example " << e;
      }
    }
    EXPECT_NEAR(loss, expected.json["loss"].get<double>(), 1e-5 * expected.json["loss"].get<double>());
    for (const auto& [connection, rows] : expected.json["gradients"].items()) {
      const std::vector<double>& computed = program.gradients.at(connection + ".weight");
      double error = 0, norm = 0;
      std::size_t i = 0;
      for (const Json& row : rows) {
        for (const double each : row) {
          error += std::pow(computed.at(i++) - each, 2);
          norm += std::pow(each, 2);
        }
      }
      ASSERT_EQ(i, computed.size()) << connection;
      std::printf("%s: norm %.3g, error %.2g\n", connection.c_str(), std::sqrt(norm), std::sqrt(error / norm));
      EXPECT_LE(std::sqrt(error), 1e-5 * std::sqrt(norm)) << connection;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, SurrogateGradients,
                         ::testing::Values(NamedNetwork{"recurrent", recurrent}, NamedNetwork{"adaptive", adaptive},
                                           NamedNetwork{"refractory", refractory}, NamedNetwork{"deep", deep},
                                           NamedNetwork{"coded", coded}),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace synfire::testing
