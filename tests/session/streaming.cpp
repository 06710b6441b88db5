// SPDX-License-Identifier: Apache-2.0
#include "session/streaming.hpp"

#include <algorithm>
#include <bit>

namespace synfire::testing {
namespace {

std::string name_of(const Network& network, const PopulationReference& population) {
  return network.description().populations[network.index_of(population)].name;
}

std::size_t elements_per_example(const Tensor<float>& values) { return values.size() / values.shape().front(); }

}  // namespace

Predictions whole_run(InferenceCompiler options, const Network& network, const std::vector<NamedData>& inputs) {
  options.device = "host";
  return options.compile(network).predict(inputs);
}

std::vector<Spike> spikes_of(const SpikeTrains& trains, std::size_t example) {
  std::vector<Spike> spikes;
  for (std::size_t i = trains.offsets()[example]; i < trains.offsets()[example + 1]; ++i) {
    spikes.push_back({trains.spike_neurons()[i], static_cast<std::uint32_t>(trains.spike_times()[i])});
  }
  return spikes;
}

Feeder::Feeder(Session& session, const Network& network, const std::vector<NamedData>& inputs, std::size_t example,
               std::uint32_t seed)
    : session_(session), engine_(seed) {
  for (const NamedData& data : inputs) {
    Session::Input input = session.input(name_of(network, data.population));
    if (const auto* trains = std::get_if<const SpikeTrains*>(&data.data.content())) {
      streams_.push_back({input, spikes_of(**trains, example)});
      std::shuffle(streams_.back().waiting.begin(), streams_.back().waiting.end(), engine_);
    } else {
      const auto* values = std::get<const Tensor<float>*>(data.data.content());
      EXPECT_EQ(input.set(row(*values, example)), Status::ok);
    }
  }
}

void Feeder::feed(std::uint32_t steps) {
  const std::uint32_t end = session_.step() + steps;
  for (Stream& stream : streams_) {
    const auto later = std::partition(stream.waiting.begin(), stream.waiting.end(), [&](const Spike& spike) {
      return spike.step < end || (spike.step < session_.step() + session_.horizon() && engine_() % 8 == 0);
    });
    const std::span<const Spike> due(stream.waiting.begin(), later);
    EXPECT_EQ(stream.input.push(due), Status::ok);
    stream.waiting.erase(stream.waiting.begin(), later);
  }
}

Recorder::Recorder(Session& session, const Network& network, const std::vector<Recording>& record) {
  for (const Recording& recording : record) {
    const std::string name = name_of(network, recording.object.as_population());
    if (recording.variable == "spikes") {
      spikes_.push_back({recording.object.as_population(), session.spikes(name)});
    } else {
      variables_.push_back({recording, session.recording(name, recording.variable)});
    }
  }
}

void Recorder::collect() {
  for (Spikes& spikes : spikes_) {
    const auto read = spikes.handle.read();
    spikes.read.insert(spikes.read.end(), read.begin(), read.end());
  }
  for (Variable& variable : variables_) {
    const auto read = variable.handle.read();
    variable.read.insert(variable.read.end(), read.begin(), read.end());
  }
}

void Recorder::expect_prefix_of(const Predictions& whole, std::size_t example, std::uint32_t steps) const {
  for (const Spikes& spikes : spikes_) {
    std::vector<RecordedSpike> expected = whole.spikes(spikes.population)[example];
    std::erase_if(expected, [&](const RecordedSpike& spike) { return spike.step >= steps; });
    EXPECT_EQ(spikes.read, expected) << "spikes";
  }
  for (const Variable& variable : variables_) {
    const auto& all = whole.recorded(variable.recording.object, variable.recording.variable);
    const std::span<const float> expected = row(all, example).first(steps * variable.handle.elements());
    expect_same_bits(variable.read, expected, variable.recording.variable);
  }
}

void expect_same_bits(std::span<const float> actual, std::span<const float> expected, const std::string& what) {
  ASSERT_EQ(actual.size(), expected.size()) << what;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const bool same = std::bit_cast<std::uint32_t>(actual[i]) == std::bit_cast<std::uint32_t>(expected[i]);
    if (same || (actual[i] != actual[i] && expected[i] != expected[i])) continue;
    ADD_FAILURE() << what << "[" << i << "] is " << actual[i] << " instead of " << expected[i];
    return;
  }
}

std::span<const float> row(const Tensor<float>& values, std::size_t example) {
  const std::size_t elements = elements_per_example(values);
  return std::span(values.values()).subspan(example * elements, elements);
}

}  // namespace synfire::testing
