// SPDX-License-Identifier: Apache-2.0
// Training gives the same bits on every device, with any number of threads, and after an initially too short tape.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "gradients/training_run.hpp"
#include "support/devices.hpp"

namespace synfire::testing {
namespace {

// All results of a batch.
std::map<std::string, std::vector<std::uint32_t>> results(TrainingRun& run, int updates = 2) {
  for (int step = 1; step <= updates; ++step) {
    run.train();
    run.update(0.01F, static_cast<std::uint32_t>(step));
  }
  run.train();
  std::map<std::string, std::vector<std::uint32_t>> all;
  for (const contract::Buffer& buffer : run.manifest().buffers) {
    using Role = contract::BufferRole;
    for (const Role role :
         {Role::readout, Role::losses, Role::gradient, Role::optimizer_state, Role::spike_totals, Role::event_counts}) {
      if (buffer.role == role) all[buffer.name] = run.words(buffer.name);
    }
  }
  for (const contract::TrainedValue& value : run.training().values) all[value.parameter] = run.words(value.parameter);
  return all;
}

class TrainingDevices : public ::testing::TestWithParam<std::string> {};

TEST_P(TrainingDevices, LearnTheSameBits) {
  TrainingRun host(training_case(GetParam()).learned, "host");
  give_data(host, 1);
  const auto expected = results(host);
  for (const contract::Tape& tape : host.training().tapes) {
    const auto totals = host.words(host.training().spike_totals);
    EXPECT_GT(totals[3 * static_cast<std::size_t>(&tape - host.training().tapes.data())], 0u) << tape.population;
  }
  for (const contract::TrainedValue& value : host.training().values) {
    const std::vector<float> gradient = host.gradient(value.name());
    EXPECT_TRUE(std::any_of(gradient.begin(), gradient.end(), [](float each) { return each != 0; })) << value.name();
    EXPECT_TRUE(std::all_of(gradient.begin(), gradient.end(), [](float each) { return std::isfinite(each); }))
        << value.name();
  }
  for (const std::string& device : devices()) {
    if (device == "host") continue;
    TrainingRun other(training_case(GetParam()).learned, device);
    give_data(other, 1);
    const auto actual = results(other);
    for (const auto& [buffer, words] : expected) EXPECT_EQ(actual.at(buffer), words) << buffer << " on " << device;
  }
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const NamedCase& each : training_cases()) all.push_back(each.name);
  return all;
}

INSTANTIATE_TEST_SUITE_P(Cases, TrainingDevices, ::testing::ValuesIn(names()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace synfire::testing
