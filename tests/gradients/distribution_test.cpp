// SPDX-License-Identifier: Apache-2.0
// Gradients of programs against those with exact spike times, over random networks, as the step gets shorter. Run by
// hand: SYNFIRE_GRADIENT_NETWORKS sets the number of networks, SYNFIRE_GRADIENT_SEED selects them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "gradients/covering_networks.hpp"
#include "gradients/derived_gradients.hpp"
#include "gradients/program_gradients.hpp"

namespace synfire::testing {
namespace {

constexpr double coarsest = 0.08;         // ms
constexpr std::uint32_t steps = 300;      // of the coarsest length
constexpr std::size_t per_structure = 5;  // networks of one structure: they share their programs

// Inputs that spike in every step change with shorter steps. The interpreter does not handle all crossings. One example
// each: of several, a single one with another number of spikes makes the comparison meaningless.
bool is_left_out(const std::string& level) {
  return level == "signed frames" || level == "crossing" || level == "3 in 2 slots" || level == "5 in 4 slots";
}

Combination draw_combination(std::mt19937& random) {
  const std::vector<Factor>& factors = network_factors();
  for (;;) {
    Combination drawn;
    for (const Factor& factor : factors) drawn.push_back(random() % factor.levels.size());
    bool fits = true;
    for (std::size_t f = 0; f < factors.size(); ++f) {
      for (std::size_t g = 0; g < f; ++g) fits = fits && are_compatible(f, drawn[f], g, drawn[g]);
      fits = fits && !is_left_out(factors[f].levels[drawn[f]]);
    }
    if (fits) return drawn;
  }
}

// The same example in steps `factor` times shorter. Targets of every step are constant: where targets jump, so does the
// gradient of a spike.
codegen::ExampleData refined(codegen::ExampleData example, const TrainingCase& learned, std::uint32_t factor) {
  example.timesteps *= factor;
  for (auto& spikes : example.spikes) {
    for (codegen::GivenSpike& spike : spikes) spike.step *= factor;
  }
  for (std::size_t o = 0; o < example.targets.size(); ++o) {
    if (!is_running(learned.training.losses[o].loss)) continue;
    std::vector<double>& values = example.targets[o].values;
    const std::size_t neurons = values.size() / steps;
    values.resize(neurons * steps * factor);
    for (std::size_t i = neurons; i < values.size(); ++i) values[i] = values[i - neurons];
  }
  return example;
}

std::vector<std::vector<std::uint32_t>> spike_counts(const codegen::ProgramGradients& program,
                                                     std::vector<std::vector<std::uint32_t>> like) {
  for (std::size_t p = 0; p < like.size(); ++p) {
    std::fill(like[p].begin(), like[p].end(), 0u);
    for (const auto& example : program.spikes) {
      for (const codegen::GivenSpike& spike : example[p]) {
        if (!like[p].empty()) ++like[p][spike.neuron];
      }
    }
  }
  return like;
}

// ‖program − exact‖ / ‖exact‖ over all weights; empty if the numbers of spikes differ.
std::optional<double> error_of(const CoveringCase& each, const DerivedGradients& exact) {
  const codegen::ProgramGradients program = program_gradients(each.learned, "host", each.examples);
  if (spike_counts(program, exact.spikes) != exact.spikes) return std::nullopt;
  std::vector<double> derived, computed;
  for (const auto& [tensor, values] : exact.tensors) {
    const std::vector<double>& found = program.gradients.at(tensor);
    derived.insert(derived.end(), values.begin(), values.end());
    computed.insert(computed.end(), found.begin(), found.end());
  }
  return distance(computed, derived) / norm(derived);
}

double quantile(const std::vector<double>& sorted, double share) {
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

TEST(GradientDistribution, FallsWithTheStep) {
  const char* const wanted = std::getenv("SYNFIRE_GRADIENT_NETWORKS");
  if (wanted == nullptr) GTEST_SKIP() << "run by hand with SYNFIRE_GRADIENT_NETWORKS=200";
  const std::size_t networks = std::strtoul(wanted, nullptr, 10);
  const std::vector<std::uint32_t> factors{1, 2, 4, 8};
  std::vector<std::vector<double>> errors(factors.size());
  std::vector<std::size_t> differing(factors.size(), 0);
  const char* const given_seed = std::getenv("SYNFIRE_GRADIENT_SEED");
  const std::uint32_t drawn_from =
      given_seed == nullptr ? 1 : static_cast<std::uint32_t>(std::strtoul(given_seed, nullptr, 10));
  std::printf("drawn from SYNFIRE_GRADIENT_SEED=%u\n", drawn_from);
  std::mt19937 random(drawn_from);
  for (std::size_t n = 0; n < networks;) {
    const Combination combination = draw_combination(random);
    const TimeStep coarse{coarsest, 1.0, steps};
    std::uint64_t seed = 1;
    for (std::size_t i = 0; i < per_structure && n < networks; ++i, ++n) {
      Liveliness lively;
      try {
        lively = find_lively(combination, coarse, seed);
      } catch (const std::logic_error&) {
        break;
      }
      seed = lively.seed + 1;
      const CoveringCase first = covering_case(combination, coarse, lively.gain, lively.seed);
      std::printf("%3zu %s, seed %llu:", n, to_string(combination).c_str(),
                  static_cast<unsigned long long>(lively.seed));
      for (std::size_t f = 0; f < factors.size(); ++f) {
        const TimeStep time{coarsest / factors[f], 1.0, steps * factors[f]};
        CoveringCase each = covering_case(combination, time, lively.gain, lively.seed);
        each.examples.clear();
        for (const codegen::ExampleData& example : first.examples)
          each.examples.push_back(refined(example, first.learned, factors[f]));
        // Depends on the step: spikes take one step to arrive.
        const DerivedGradients exact = exact_gradients(each.learned, each.examples);
        const std::optional<double> error = error_of(each, exact);
        std::printf(error ? " %.2e" : " -", error.value_or(0));
        error ? errors[f].push_back(*error) : static_cast<void>(++differing[f]);
      }
      std::printf("\n");
      std::fflush(stdout);
    }
  }
  std::printf("%8s %9s %9s %9s %9s %9s %9s %10s\n", "dt, ms", "networks", "10 %", "25 %", "median", "75 %", "90 %",
              "excluded");
  for (std::size_t f = 0; f < factors.size(); ++f) {
    std::sort(errors[f].begin(), errors[f].end());
    std::printf("%8.3g %9zu", coarsest / factors[f], errors[f].size());
    for (const double share : {0.1, 0.25, 0.5, 0.75, 0.9}) std::printf(" %9.2e", quantile(errors[f], share));
    std::printf(" %10zu\n", differing[f]);
  }
  if (networks < 200) return;  // too few for statistics
  EXPECT_LT(quantile(errors.back(), 0.5), 1e-2);
  EXPECT_GT(quantile(errors.front(), 0.5), 5 * quantile(errors.back(), 0.5));
}

}  // namespace
}  // namespace synfire::testing
