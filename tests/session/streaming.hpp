// SPDX-License-Identifier: Apache-2.0
// What the session tests share: feeding a session with the data of an example, and collecting what comes out.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "execution/networks.hpp"
#include "synfire/runtime.hpp"

namespace synfire::testing {

// A run in batches on the host, with which sessions on every device must agree bit by bit.
Predictions whole_run(InferenceCompiler options, const Network& network, const std::vector<NamedData>& inputs);

// Whole milliseconds are steps: dt is 1 in these tests.
std::vector<Spike> spikes_of(const SpikeTrains& trains, std::size_t example);

// One example of data, fed to a session: values at once, spikes in random order, at the latest before their step.
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

// What a session recorded, advance by advance.
class Recorder {
 public:
  Recorder(Session& session, const Network& network, const std::vector<Recording>& record);
  void collect();
  // Expects what example `example` of a run over all steps recorded up to the session's step.
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
