// SPDX-License-Identifier: Apache-2.0
// Random networks: compiled networks match the reference simulator on every device.
//
// By hand, thousands of them: SYNFIRE_PROPERTY_SEED=1 SYNFIRE_PROPERTY_COUNT=5000 synfire_property_test
// --gtest_filter=*ByHand*, with SYNFIRE_PROPERTY_DEVICE=simt for another device than host.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <map>
#include <string>

#include "property/comparison.hpp"

namespace synfire::testing::property {
namespace {

// The first networks run in both schedules, on all devices, as users compile them; the others on the host, in one of
// the schedules each, compiled without optimization, which changes no bit and takes a fifth of the time (unless
// SYNFIRE_CXXFLAGS is set).
// Tests are divided into parts of some seeds each, to run in parallel.
constexpr std::uint32_t first_seed = 1, networks = 120, networks_everywhere = 16, networks_a_part = 4;

void expect_agreement(std::uint32_t seed, std::uint32_t count, const Setting& setting) {
  for (std::uint32_t number = seed; number < seed + count; ++number) {
    if (const auto found = report(random_case(number), setting)) ADD_FAILURE() << "seed " << number << ' ' << *found;
  }
}

struct Part {
  Setting setting;
  std::uint32_t first = 0;

  bool is_everywhere() const { return first < first_seed + networks_everywhere; }
  std::string name() const { return setting.device + '_' + setting.schedule + "_from_" + std::to_string(first); }
  friend std::ostream& operator<<(std::ostream& out, const Part& part) { return out << part.name(); }
};

std::vector<Part> parts() {
  constexpr std::array<const char*, 2> schedules{"trial", "step"};
  std::vector<Part> all;
  std::uint32_t first = first_seed;
  for (; first < first_seed + networks_everywhere; first += networks_a_part) {
    for (const std::string& device : devices())
      for (const char* schedule : schedules) all.push_back({{device, schedule}, first});
  }
  for (; first < first_seed + networks; first += networks_a_part)
    all.push_back({{"host", schedules[first / networks_a_part % schedules.size()]}, first});
  return all;
}

class Networks : public ::testing::TestWithParam<Part> {};
TEST_P(Networks, DoWhatTheReferenceDoes) {
  static const bool flags_are_given = std::getenv("SYNFIRE_CXXFLAGS") != nullptr;
  const Part& part = GetParam();
  if (!flags_are_given) {
    part.is_everywhere() ? unsetenv("SYNFIRE_CXXFLAGS") : setenv("SYNFIRE_CXXFLAGS", "-O0", 1);
  }
  expect_agreement(part.first, networks_a_part, part.setting);
}
INSTANTIATE_TEST_SUITE_P(Seeds, Networks, ::testing::ValuesIn(parts()),
                         [](const auto& test) { return test.param.name(); });

std::uint32_t from_environment(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? 0 : static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
}

TEST(RandomNetworks, ByHand) {
  const std::uint32_t count = from_environment("SYNFIRE_PROPERTY_COUNT");
  if (count == 0) GTEST_SKIP() << "SYNFIRE_PROPERTY_COUNT is not set";
  const char* device = std::getenv("SYNFIRE_PROPERTY_DEVICE");
  const std::uint32_t seed = from_environment("SYNFIRE_PROPERTY_SEED");
  ASSERT_FALSE(devices().empty());
  for (std::uint32_t number = seed; number < seed + count; ++number)
    for (const char* schedule : {"trial", "step"})
      expect_agreement(number, 1, {.device = device == nullptr ? "host" : device, .schedule = schedule});
}

// ---- The tests above are meaningful only if networks are active and differ, and if differences are detected.

TEST(RandomNetworks, AreTheSameFromTheSameSeed) {
  EXPECT_EQ(to_string(random_case(3)), to_string(random_case(3)));
  EXPECT_NE(to_string(random_case(3)), to_string(random_case(4)));
}

TEST(RandomNetworks, AreAlive) {
  std::size_t alive = 0, populations = 0;
  for (std::uint32_t number = first_seed; number < first_seed + networks; ++number) {
    const Case given = random_case(number);
    const std::vector<reference::ExampleResult> results = run_reference(given);
    for (std::size_t p = 0; p < given.populations.size(); ++p) {
      if (!given.populations[p].neuron.spikes || given.populations[p].neuron.is_input) continue;
      std::size_t spikes = 0;
      double most = 0;
      for (std::size_t e = 0; e < results.size(); ++e) {
        spikes += results[e].spikes[p].size();
        most += given.populations[p].count *
                (given.example_timesteps.empty() ? given.timesteps : given.example_timesteps[e]);
      }
      const double rate = static_cast<double>(spikes) / most;
      ++populations;
      if (rate > 0.005 && rate < 0.9) ++alive;
    }
  }
  EXPECT_GE(alive, populations * 2 / 3) << "of " << populations;
}

// A weight off by one unit in the last place is detected.
TEST(RandomNetworks, AreComparedToTheLastBit) {
  Case given = random_case(first_seed);
  given.populations.resize(1);
  given.populations[0].name = "input";
  given.connections.clear();
  std::optional<std::string> found = difference(given, {});
  EXPECT_FALSE(found) << *found;

  Case other = given;
  PopulationCase neuron{.name = "neuron", .neuron = {}, .count = given.populations[0].count};
  neuron.neuron.model = neuron_of(LeakyIntegrateFire{});
  other.populations.push_back(neuron);
  const auto with_weight = [&](float weight) {
    Case result = other;
    result.connections = {
        {.name = "c", .source = 0, .target = 1, .connectivity = OneToOne{weight}, .synapse = Delta::text()}};
    return result;
  };
  const auto expected = run_reference(with_weight(0.3F));
  found = first_difference(with_weight(0.3F), {}, expected);
  EXPECT_FALSE(found) << *found;
  EXPECT_TRUE(first_difference(with_weight(std::nextafter(0.3F, 1.0F)), {}, expected));
}

// Every feature is drawn, often enough to count.
TEST(RandomNetworks, HaveEverything) {
  std::string all;
  for (std::uint32_t number = first_seed; number < first_seed + networks; ++number)
    all += to_string(random_case(number));
  const auto count = [&](const std::string& what) {
    std::size_t found = 0;
    for (std::size_t at = all.find(what); at != std::string::npos; at = all.find(what, at + 1)) ++found;
    return found;
  };
  for (const char* what : {"integrate_fire",
                           "leaky_integrate_fire",
                           "adaptive_leaky_integrate_fire",
                           "leaky_integrate",
                           "izhikevich",
                           "gated",
                           "resonator",
                           "free",
                           "spike_input",
                           "poisson_input",
                           "binary_spike_input",
                           "graded_input",
                           "waves",
                           "integrate_fire_input",
                           "leaky_integrate_fire_input",
                           "delta",
                           "exponential",
                           "alpha",
                           "double_exponential",
                           "saturating",
                           "nonlinear",
                           "modulated",
                           "avg_var",
                           "avg_var_exp_weight",
                           "max_var",
                           "sum_var",
                           "spike_count",
                           "first_spike_time",
                           "dense",
                           "one_to_one",
                           "fixed_probability",
                           "fixed_inputs",
                           "fixed_outputs",
                           "sparse",
                           "stored as rows",
                           "stored as dense",
                           "stored as procedural",
                           "carries neurons",
                           "carries synapses",
                           "carries spikes",
                           "steps",
                           "run seed",
                           "normal()",
                           "uniform()",
                           "crosses("}) {
    EXPECT_GE(count(what), 4U) << what;
  }
}

}  // namespace
}  // namespace synfire::testing::property
