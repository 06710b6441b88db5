// SPDX-License-Identifier: Apache-2.0
#include "property/comparison.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <exception>
#include <sstream>
#include <tuple>

namespace synfire::testing::property {
namespace {

bool same_bits(float a, float b) {
  return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b) || (std::isnan(a) && std::isnan(b));
}

// A difference of two runs. The earliest in time counts; spikes before states.
struct Difference {
  std::size_t example = 0;
  std::uint32_t step = 0;
  std::size_t rank = 0;
  std::string where, actual, expected;
  auto place() const { return std::tuple(example, step, rank); }
};

std::string exactly(float value) {
  std::ostringstream text;
  text.precision(9);
  text << value << " (" << std::hexfloat << value << ')';
  return text.str();
}

class Comparison {
 public:
  Comparison(const Case& given, const Predictions& actual, const std::vector<reference::ExampleResult>& expected)
      : given_(given), actual_(actual), expected_(expected) {}

  std::optional<std::string> run() {
    for (std::size_t p = 0; p < given_.populations.size(); ++p) {
      const RandomNeuron& neuron = given_.populations[p].neuron;
      if (neuron.spikes) compare_spikes(p);
      if (given_.records_states) {
        for (const StateVariable& state : neuron.model.state) {
          compare_states(name(p), state.name, 2 * p + 2, given_.populations[p].count,
                         [&](const reference::ExampleResult& result) -> const std::vector<float>& {
                           return result.neuron_states.at({p, state.name});
                         });
        }
      }
      if (given_.populations[p].readout) compare_readouts(p);
    }
    if (given_.records_states) compare_synapses();
    if (!first_) return std::nullopt;
    std::ostringstream text;
    text << "example " << first_->example << ", step " << first_->step << ", " << first_->where << ": "
         << first_->actual << ", but the reference has " << first_->expected;
    return text.str();
  }

 private:
  const std::string& name(std::size_t population) const { return given_.populations[population].name; }
  std::uint32_t steps(std::size_t example) const {
    return given_.example_timesteps.empty() ? given_.timesteps : given_.example_timesteps[example];
  }

  void note(Difference found) {
    if (!first_ || found.place() < first_->place()) first_ = std::move(found);
  }

  std::string where(std::size_t population, std::size_t neuron, const std::string& variable) const {
    return "population \"" + given_.populations[population].name + "\" (" +
           given_.populations[population].neuron.model.name + "), neuron " + std::to_string(neuron) + ", " + variable;
  }

  void compare_spikes(std::size_t p) {
    const auto show = [](bool spikes, bool negative) {
      return spikes ? std::string(negative ? "a negative spike" : "a spike") : "no spike";
    };
    for (std::size_t e = 0; e < expected_.size(); ++e) {
      const std::vector<RecordedSpike>& actual = actual_.spikes(name(p)).at(e);
      const std::vector<reference::Spike>& expected = expected_[e].spikes[p];
      for (std::size_t k = 0; k < std::max(actual.size(), expected.size()); ++k) {
        const auto place_of = [k](const auto& spikes) {
          return k < spikes.size() ? std::pair(spikes[k].step, spikes[k].neuron) : std::pair(~0U, ~0U);
        };
        const auto at = std::min(place_of(actual), place_of(expected));
        const bool in_actual = place_of(actual) == at, in_expected = place_of(expected) == at;
        const bool negative = in_actual && actual[k].sign < 0, expected_negative = in_expected && expected[k].negative;
        if (in_actual && in_expected && negative == expected_negative) continue;
        note({e, at.first, 2 * p + 1, where(p, at.second, "spikes"), show(in_actual, negative),
              show(in_expected, expected_negative)});
        break;
      }
    }
  }

  // A recorded variable of a population or connection: one value for each of `count` neurons.
  void compare_states(const std::string& object, const std::string& variable, std::size_t rank, std::uint32_t count,
                      const std::function<const std::vector<float>&(const reference::ExampleResult&)>& of) {
    const Tensor<float>& recorded = actual_.recorded(object, variable);
    for (std::size_t e = 0; e < expected_.size(); ++e) {
      const std::vector<float>& values = of(expected_[e]);
      for (std::size_t k = 0; k < std::size_t{given_.timesteps} * count; ++k) {
        const auto step = static_cast<std::uint32_t>(k / count);
        const float actual = recorded[e * given_.timesteps * count + k];
        const float expected = step < steps(e) ? values[k] : std::nanf("");
        if (same_bits(actual, expected)) continue;
        note({e, step, rank, '"' + object + "\", neuron " + std::to_string(k % count) + ", " + variable,
              exactly(actual), exactly(expected)});
        break;
      }
    }
  }

  // Synapses of a step come before its neurons.
  void compare_synapses() {
    for (std::size_t c = 0; c < given_.connections.size(); ++c) {
      const ConnectionCase& connection = given_.connections[c];
      for (const StateVariable& state : connection.synapse.state) {
        compare_states(connection.name, state.name, 0, given_.populations[connection.target].count,
                       [&](const reference::ExampleResult& result) -> const std::vector<float>& {
                         return result.synapse_states.at({c, state.name});
                       });
      }
    }
  }

  void compare_readouts(std::size_t p) {
    const Tensor<float>& readouts = actual_[name(p)];
    const std::uint32_t count = given_.populations[p].count;
    for (std::size_t e = 0; e < expected_.size(); ++e) {
      for (std::uint32_t i = 0; i < count; ++i) {
        const float actual = readouts[e * count + i], expected = expected_[e].readouts[p][i];
        if (same_bits(actual, expected)) continue;
        note({e, steps(e), 2 * p + 2, where(p, i, "readout " + given_.populations[p].readout->name), exactly(actual),
              exactly(expected)});
        break;
      }
    }
  }

  const Case& given_;
  const Predictions& actual_;
  const std::vector<reference::ExampleResult>& expected_;
  std::optional<Difference> first_;
};

Predictions run_compiled(const Case& given, const Setting& setting) {
  InferenceCompiler compiler{.timesteps = given.timesteps,
                             .dt = given.dt,
                             .batch_size = given.batch_size,
                             .seed = given.seed,
                             .carry_over = given.carry_over,
                             .device = setting.device,
                             .threads = given.threads,
                             .nominal_dt = given.nominal_dt,
                             .cache_folder = cache_folder(),
                             .schedule = setting.schedule,
                             .recording_memory = given.recording_memory};
  std::vector<NamedData> inputs;
  for (const PopulationCase& population : given.populations) {
    if (population.neuron.spikes) compiler.record.push_back({population.name, "spikes"});
    if (given.records_states) {
      for (const StateVariable& state : population.neuron.model.state)
        compiler.record.push_back({population.name, state.name});
    }
    if (!population.neuron.is_input) continue;
    if (population.neuron.replays_spikes) {
      inputs.push_back({population.name, population.trains});
    } else {
      inputs.push_back({population.name, population.values});
    }
  }
  for (const ConnectionCase& connection : given.connections) {
    if (!given.records_states) break;
    for (const StateVariable& state : connection.synapse.state)
      compiler.record.push_back({connection.name, state.name});
  }
  const RunOptions options{.example_timesteps = given.example_timesteps,
                           .seed = given.run_seed,
                           .warn = [](const Problem&) {},
                           .allow_non_finite = true};
  CompiledNetwork compiled = compiler.compile(build(given));
  return inputs.empty() ? compiled.predict(given.examples, options) : compiled.predict(inputs, options);
}

}  // namespace

std::vector<reference::ExampleResult> run_reference(const Case& given) {
  std::vector<reference::Input> inputs;
  for (std::size_t p = 0; p < given.populations.size(); ++p) {
    const PopulationCase& population = given.populations[p];
    if (!population.neuron.is_input) continue;
    if (population.neuron.replays_spikes) {
      inputs.push_back({.population = p, .spikes = &population.trains});
    } else {
      inputs.push_back({.population = p, .values = &population.values});
    }
  }
  return reference::simulate(build(given).resolve(), inputs,
                             {.dt = given.dt,
                              .nominal_dt = given.nominal_dt,
                              .timesteps = given.timesteps,
                              .example_timesteps = given.example_timesteps,
                              .examples = given.examples,
                              .seed = given.seed,
                              .run_seed = given.run_seed.value_or(given.seed),
                              .batch_size = given.carry_over.any() ? 1 : given.batch_size,
                              .carry_neurons = given.carry_over.neurons,
                              .carry_synapses = given.carry_over.synapses,
                              .carry_spikes = given.carry_over.spikes});
}

std::optional<std::string> first_difference(const Case& given, const Setting& setting,
                                            const std::vector<reference::ExampleResult>& expected) {
  return Comparison(given, run_compiled(given, setting), expected).run();
}

std::optional<std::string> difference(const Case& given, const Setting& setting) {
  try {
    return first_difference(given, setting, run_reference(given));
  } catch (const std::exception& error) {
    return std::string("fails: ") + error.what();
  }
}

std::optional<std::string> report(const Case& given, const Setting& setting) {
  const std::optional<std::string> found = difference(given, setting);
  if (!found) return std::nullopt;
  const Case smaller = shrink(given, [&](const Case& candidate) { return difference(candidate, setting).has_value(); });
  return "on " + setting.device + ", schedule " + setting.schedule + ", " + *difference(smaller, setting) +
         "\nsmallest failing network: " + to_string(smaller) + "(as drawn, " +
         std::to_string(given.populations.size()) + " populations and " + std::to_string(given.connections.size()) +
         " connections: " + *found + ")\nto reproduce: SYNFIRE_PROPERTY_SEED=" + std::to_string(given.number) +
         " SYNFIRE_PROPERTY_COUNT=1 synfire_property_test --gtest_filter=*ByHand*";
}

}  // namespace synfire::testing::property
