// SPDX-License-Identifier: Apache-2.0
// Networks of models with random texts: each is either refused with a named cause, or its program matches the reference
// simulator, its gradient matches grid mode, and the derived gradient, if it has equations, matches differences.
//
// By hand, thousands of them:
//   SYNFIRE_TEXTS_SEED=1 SYNFIRE_TEXTS_COUNT=5000 synfire_gradients_texts_test --gtest_filter=*ByHand*
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "gradients/derived_gradients.hpp"
#include "gradients/program_gradients.hpp"
#include "gradients/random_texts.hpp"
#include "property/comparison.hpp"
#include "synfire/codegen/adjoint.hpp"
#include "synfire/codegen/training.hpp"
#include "synfire/error.hpp"

namespace synfire::testing {
namespace {

constexpr std::uint32_t first_seed = 1, networks_of_a_batch = 12, batches = 10, networks_a_part = 40, parts = 8;

std::uint32_t settings_of(std::uint32_t number) { return (number - first_seed) / networks_of_a_batch + 1; }
Case network_number(std::uint32_t number) { return random_texts(number, settings_of(number)); }

struct Tally {
  std::size_t networks = 0, refused = 0, endless = 0, without_equations = 0, proved = 0, entries = 0, kinks = 0;
  std::size_t spikes = 0;
  double worst = 0;

  void print(const char* what) const {
    std::printf(
        "%s: %zu networks, %zu refused, %zu with endless spikes, %zu without equations, %zu checked; %zu entries, "
        "%zu at kinks, worst error %.2f of the tolerance, %zu spikes\n",
        what, networks, refused, endless, without_equations, proved, entries, kinks, worst, spikes);
  }
};

// Empty if it can be trained.
std::vector<Problem> refused(const Case& given) {
  std::vector<Problem> problems;
  try {
    const TrainingCase learned = training_case_of(given);
    problems = codegen::check_training(learned.network.resolve(), {.dt = given.dt,
                                                                   .nominal_dt = given.nominal_dt,
                                                                   .losses = learned.training.losses,
                                                                   .allow_arrival_only = true});
  } catch (const ModelError& error) {
    problems = error.problems();
  }
  std::erase_if(problems, [](const Problem& each) { return each.severity == Severity::warning; });
  return problems;
}

void expect_names(const std::vector<Problem>& problems) {
  for (const Problem& each : problems)
    EXPECT_TRUE(!each.path.empty() && !each.message.empty() && !each.hint.empty()) << to_string(each);
}

// ---- The interpreter against differences of its loss

// The first deviation, if any.
std::optional<std::string> off_from_differences(const Case& given, Tally& tally) {
  ++tally.networks;
  if (const auto problems = refused(given); !problems.empty()) {
    ++tally.refused;
    expect_names(problems);
    return std::nullopt;
  }
  const TrainingCase learned = training_case_of(given);
  if (learned.training.losses.empty()) return std::nullopt;
  codegen::GradientCheckOptions options = check_options(learned);
  options.examples = examples_of(given);
  options.entries_in_all = 6;
  options.everything = true;
  options.on_grid = false;
  try {
    const codegen::GradientCheck check = codegen::check_gradients(learned.network.resolve(), options);
    tally.without_equations += check.not_exact.empty() ? 0 : 1;
    tally.proved += check.not_exact.empty() ? 1 : 0;
    tally.entries += check.entries.size();
    tally.kinks += check.kinks();
    tally.spikes += check.spikes;
    for (const codegen::CheckedEntry& each : check.entries) {
      if (each.kink) continue;
      tally.worst = std::max(tally.worst, each.error);
      if (!(each.error <= 1)) return to_string(check);
    }
  } catch (const RunError& error) {
    ++tally.endless;
    expect_names(error.problems());
  }
  return std::nullopt;
}

void expect_derived(std::uint32_t number, Tally& tally) {
  const Case given = network_number(number);
  const auto found = off_from_differences(given, tally);
  if (!found) return;
  Tally ignored;
  const Case smallest = property::shrink(
      given, [&](const Case& candidate) { return off_from_differences(candidate, ignored).has_value(); });
  ADD_FAILURE() << "seed " << number << ", the derived gradient differs from that of the loss\n"
                << *off_from_differences(smallest, ignored) << "of " << to_string(smallest) << "as drawn:\n"
                << *found;
}

class Derived : public ::testing::TestWithParam<std::uint32_t> {};

TEST_P(Derived, GradientsAreThoseOfTheLoss) {
  Tally tally;
  for (std::uint32_t n = 0; n < networks_a_part; ++n)
    expect_derived(first_seed + GetParam() * networks_a_part + n, tally);
  tally.print(("seeds from " + std::to_string(first_seed + GetParam() * networks_a_part)).c_str());
  // Networks are active, and most match.
  EXPECT_GT(tally.proved, networks_a_part / 4);
  EXPECT_LT(10 * tally.kinks, tally.entries);
  EXPECT_GT(tally.spikes, 3 * tally.proved);
}

INSTANTIATE_TEST_SUITE_P(RandomTexts, Derived, ::testing::Range(0U, parts));

// ---- Programs

// Empty if a program can train it.
std::vector<Problem> refused_by_programs(const Case& given) {
  if (auto problems = refused(given); !problems.empty()) return problems;
  const TrainingCase learned = training_case_of(given);
  try {
    codegen::check_learning_program(learned.network.resolve(), learned.options, learned.training, nullptr);
  } catch (const Error& error) {
    return error.problems();
  }
  return {};
}

std::vector<Case> trainable_networks(std::uint32_t first, std::uint32_t count) {
  std::vector<Case> result;
  for (std::uint32_t number = first; number < first + count; ++number) {
    Case given = network_number(number);
    const std::vector<Problem> problems = refused_by_programs(given);
    expect_names(problems);
    if (problems.empty()) result.push_back(std::move(given));
  }
  return result;
}

// The results of `count` populations from `first` on, as of a separate network.
codegen::ProgramGradients part_of(const codegen::ProgramGradients& program, std::size_t first, std::size_t count) {
  codegen::ProgramGradients result;
  result.gradients = program.gradients;
  for (const auto& example : program.spikes)
    result.spikes.emplace_back(example.begin() + static_cast<std::ptrdiff_t>(first),
                               example.begin() + static_cast<std::ptrdiff_t>(first + count));
  return result;
}

struct Farthest {
  double error = 0, norm = 0, floor = 0;  // floor: allowed besides 1e-4 of the norm
};

// The first tensor too far from grid mode, if any.
std::optional<std::string> off_from_grid(const Case& given, const codegen::ProgramGradients& program, Farthest& worst) {
  const DerivedGradients grid = grid_gradients(training_case_of(given), examples_of(given), &program);
  const double floor = 1e-6 * std::max(1.0, std::abs(grid.loss));
  for (const auto& [tensor, derived] : grid.tensors) {
    if (program.gradients.count(tensor) == 0) continue;  // no compared value depends on it
    const std::vector<double>& computed = program.gradients.at(tensor);
    const double off = distance(computed, derived), allowed = 1e-4 * norm(derived) + floor;
    if (off / allowed > worst.error) worst = {off / allowed, norm(derived), floor};
    if (!(off <= allowed))
      return tensor + " is off by " + std::to_string(off) + ", norm " + std::to_string(norm(derived)) + ", loss " +
             std::to_string(grid.loss);
  }
  return std::nullopt;
}

std::optional<std::string> off_alone(const Case& given) {
  Farthest ignored;
  if (!refused_by_programs(given).empty() || training_case_of(given).training.losses.empty()) return std::nullopt;
  try {
    return off_from_grid(given, program_gradients(training_case_of(given), "host", examples_of(given)), ignored);
  } catch (const Error& error) {
    return std::string(error.what());
  }
}

void expect_gradients(const std::vector<Case>& cases) {
  const Case all = side_by_side(cases);
  const codegen::ProgramGradients program = program_gradients(training_case_of(all), "host", examples_of(all));
  Farthest worst;
  std::size_t first = 0;
  for (const Case& each : cases) {
    const std::size_t count = each.populations.size();
    const auto found = off_from_grid(each, part_of(program, first, count), worst);
    first += count;
    if (!found) continue;
    std::printf("seed %u: %s; looking for the smallest such network\n", each.number, found->c_str());
    const Case smallest =
        property::shrink(each, [](const Case& candidate) { return off_alone(candidate).has_value(); });
    ADD_FAILURE() << "seed " << each.number << ": " << *found
                  << "\nsmallest: " << off_alone(smallest).value_or("none alone") << "\nof " << to_string(smallest);
  }
  std::printf("%zu networks, worst %.2f of the tolerance (1e-4 of the norm, %.3g, plus %.1e)\n", cases.size(),
              worst.error, worst.norm, worst.floor);
}

void expect_programs(std::uint32_t first, std::uint32_t count) {
  // Optimization changes no bit and would dominate the run time.
  setenv("SYNFIRE_CXXFLAGS", "-O0", 0);
  const std::vector<Case> cases = trainable_networks(first, count);
  ASSERT_FALSE(cases.empty());
  const Case all = side_by_side(cases);
  if (const auto found = property::first_difference(all, {}, property::run_reference(all))) {
    ADD_FAILURE() << "seeds from " << first << ": " << *found;
    for (const Case& each : cases) {
      if (const auto alone = property::report(each, {})) ADD_FAILURE() << "seed " << each.number << ' ' << *alone;
    }
  }
  expect_gradients(cases);
}

class Programs : public ::testing::TestWithParam<std::uint32_t> {};

TEST_P(Programs, DoWhatTheReferenceDoesAndLearnWhatGridModeDoes) {
  expect_programs(first_seed + GetParam() * networks_of_a_batch, networks_of_a_batch);
}

INSTANTIATE_TEST_SUITE_P(RandomTexts, Programs, ::testing::Range(0U, batches));

// ---- By hand

TEST(RandomTexts, ByHand) {
  const auto from_environment = [](const char* name, std::uint32_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
  };
  const std::uint32_t count = from_environment("SYNFIRE_TEXTS_COUNT", 0);
  if (count == 0) GTEST_SKIP() << "SYNFIRE_TEXTS_COUNT is not set";
  const std::uint32_t seed = from_environment("SYNFIRE_TEXTS_SEED", first_seed);
  Tally tally;
  for (std::uint32_t number = seed; number < seed + count; ++number) expect_derived(number, tally);
  tally.print("by hand");
  if (std::getenv("SYNFIRE_TEXTS_DERIVED_ONLY") != nullptr) return;
  for (std::uint32_t first = seed; first < seed + count;) {
    const std::uint32_t next = first_seed + settings_of(first) * networks_of_a_batch;
    expect_programs(first, std::min(next, seed + count) - first);
    first = next;
  }
}

TEST(RandomTexts, AreTheSameFromTheSameSeed) {
  EXPECT_EQ(to_string(network_number(3)), to_string(network_number(3)));
  EXPECT_NE(to_string(network_number(3)), to_string(network_number(4)));
}

}  // namespace
}  // namespace synfire::testing
