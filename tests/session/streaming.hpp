// SPDX-License-Identifier: Apache-2.0
// Shared by the session tests: feeding a session with the data of an example, and collecting its results.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "execution/networks.hpp"
#include "synfire/runtime.hpp"

namespace synfire::testing {

// A batched run on the host, which sessions on every device must match bit by bit.
Predictions whole_run(InferenceCompiler options, const Network& network, const std::vector<NamedData>& inputs);

// Whole milliseconds are steps: dt is 1 in these tests.
std::vector<Spike> spikes_of(const SpikeTrains& trains, std::size_t example);

// Feeds one example of data to a session: values immediately, spikes in random order, each before its step.
class Feeder {
 public:
  Feeder(Session& session, const Network& network, const std::vector<NamedData>& inputs, std::size_t example,
         std::uint32_t seed);

  // Pushes all spikes due in the next `steps` steps, and some of the later ones.
  void feed(std::uint32_t steps);

 private:
  struct Stream {
    Session::Input input;
    std::vector<Spike> waiting;
  };
  Session& session_;
  std::vector<Stream> streams_;
  std::mt19937 engine_;
};

// A session's recordings, advance by advance.
class Recorder {
 public:
  Recorder(Session& session, const Network& network, const std::vector<Recording>& record);
  void collect();
  // Expects the recordings of example `example` of a whole run, up to the session's step.
  void expect_prefix_of(const Predictions& whole, std::size_t example, std::uint32_t steps) const;

 private:
  struct Spikes {
    PopulationReference population;
    Session::Spikes handle;
    std::vector<RecordedSpike> read = {};
  };
  struct Variable {
    Recording recording;
    Session::Variable handle;
    std::vector<float> read = {};
  };
  std::vector<Spikes> spikes_;
  std::vector<Variable> variables_;
};

// Equal bit by bit (NaN equals NaN).
void expect_same_bits(std::span<const float> actual, std::span<const float> expected, const std::string& what);

// The row of one example.
std::span<const float> row(const Tensor<float>& values, std::size_t example);

}  // namespace synfire::testing
