// SPDX-License-Identifier: Apache-2.0
#include "lower/pattern.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "pattern.cuh"

namespace synfire::codegen {
namespace {

struct Entry {
  std::uint32_t source = 0, target = 0, delay = 0;
  float weight = 0;
  bool operator==(const Entry&) const = default;
};

std::vector<Entry> entries_of(const Synapses& synapses) {
  std::vector<Entry> entries;
  for (std::uint32_t source = 0; source + 1 < synapses.offsets.size(); ++source) {
    for (std::uint32_t k = synapses.offsets[source]; k < synapses.offsets[source + 1]; ++k) {
      entries.push_back({source, synapses.targets[k], synapses.delays.empty() ? synapses.delay : synapses.delays[k],
                         synapses.weights.empty() ? synapses.weight : synapses.weights[k]});
    }
  }
  return entries;
}

PatternContext context_of(std::uint32_t sources, std::uint32_t targets, bool recurrent = false) {
  return {.seed = 7, .connection = "a_b", .sources = sources, .targets = targets, .recurrent = recurrent};
}

std::vector<Entry> drawn(const Connectivity& connectivity, const PatternContext& context) {
  return entries_of(draw_synapses(connectivity, context));
}

// The guarantees of the header for every connection.
void expect_well_formed(const Synapses& synapses, const PatternContext& context) {
  ASSERT_EQ(synapses.offsets.size(), context.sources + 1);
  EXPECT_EQ(synapses.offsets.front(), 0u);
  EXPECT_EQ(synapses.offsets.back(), synapses.targets.size());
  EXPECT_TRUE(std::is_sorted(synapses.offsets.begin(), synapses.offsets.end()));
  EXPECT_TRUE(synapses.weights.empty() || synapses.weights.size() == synapses.targets.size());
  EXPECT_TRUE(synapses.delays.empty() || synapses.delays.size() == synapses.targets.size());
  const std::vector<Entry> entries = entries_of(synapses);
  std::uint32_t longest = synapses.delay;
  for (std::size_t k = 0; k < entries.size(); ++k) {
    EXPECT_LT(entries[k].target, context.targets);
    longest = std::max(longest, entries[k].delay);
    if (k == 0) continue;
    const auto order = [](const Entry& entry) { return std::tuple(entry.source, entry.target, entry.delay); };
    ASSERT_LT(order(entries[k - 1]), order(entries[k])) << k;
  }
  if (!entries.empty()) {
    EXPECT_EQ(synapses.longest_delay, longest);
  }
}

std::vector<std::size_t> counts_by(const std::vector<Entry>& entries, std::uint32_t Entry::*which,
                                   std::size_t neurons) {
  std::vector<std::size_t> counts(neurons, 0);
  for (const Entry& entry : entries) ++counts[entry.*which];
  return counts;
}

// The difference in standard deviations.
double deviation(double observed, double mean, double variance) {
  return std::abs(observed - mean) / std::sqrt(variance);
}

const std::vector<Connectivity>& every_kind() {
  static const std::vector<Connectivity> kinds = {
      Dense{.weight = Normal{}, .delay = Uniform{0, 5}},
      OneToOne{.weight = Uniform{1, 2}, .delay = Normal{.mean = 3, .sd = 1, .max = 6}},
      FixedProbability{.p = 0.1, .weight = Normal{}, .delay = Uniform{0, 5}},
      FixedInputs{.number = 9, .weight = Normal{}, .delay = Uniform{0, 5}},
      FixedInputs{.number = 90, .weight = 0.5, .allow_repeats = true},
      FixedOutputs{.number = 9, .weight = 2.0, .delay = Uniform{0, 5}},
      FixedOutputs{.number = 80, .weight = Normal{}, .allow_self_connections = true, .allow_repeats = true},
      Sparse{{5, 0, 5, 5, 0}, {3, 3, 1, 3, 0}, Normal{}, Uniform{0, 2}},
  };
  return kinds;
}

// ---- FixedProbability

TEST(FixedProbabilityPattern, HasTheRightNumberOfSynapses) {
  // From blocks of 256 targets to blocks of 4096; rare synapses are not limited by the 31 bits of a draw.
  for (const double p : {1e-7, 1e-5, 1e-3, 0.02, 0.1, 0.5, 0.97}) {
    const std::uint32_t side = p < 1e-4 ? 20000 : p < 0.01 ? 5000 : 1000;
    const PatternContext context = context_of(side, side);
    const Synapses synapses = draw_synapses(FixedProbability{.p = p, .weight = 1.0}, context);
    const double pairs = static_cast<double>(side) * side;
    EXPECT_LT(deviation(static_cast<double>(synapses.targets.size()), p * pairs, pairs * p * (1 - p)), 4)
        << "p = " << p;
    EXPECT_EQ(expected_synapses(FixedProbability{.p = p, .weight = 1.0}, side, side, false), p * pairs);
  }
}

TEST(FixedProbabilityPattern, NumbersPerNeuronAreBinomial) {
  constexpr std::uint32_t side = 2000;
  constexpr double p = 0.05;
  const std::vector<Entry> entries = drawn(FixedProbability{.p = p, .weight = 1.0}, context_of(side, side));
  for (std::uint32_t Entry::*end : {&Entry::source, &Entry::target}) {
    double variance = 0;
    for (const std::size_t count : counts_by(entries, end, side))
      variance += std::pow(static_cast<double>(count) - p * side, 2) / side;
    // The variance of a variance of 2000 nearly normal numbers is 2 σ⁴ / 2000.
    EXPECT_NEAR(variance, side * p * (1 - p), 5 * side * p * (1 - p) * std::sqrt(2.0 / side));
  }
}

// Also at block boundaries and in an incomplete last block.
TEST(FixedProbabilityPattern, IsUniformOverTargets) {
  constexpr std::uint32_t sources = 20000, targets = 600;
  constexpr double p = 0.1;
  ASSERT_EQ(pattern_block_width(p), 256u);
  const std::vector<std::size_t> counts =
      counts_by(drawn(FixedProbability{.p = p, .weight = 1.0}, context_of(sources, targets)), &Entry::target, targets);
  double chi_squared = 0;
  for (std::uint32_t target = 0; target < targets; ++target) {
    const auto count = static_cast<double>(counts[target]);
    chi_squared += std::pow(deviation(count, sources * p, sources * p * (1 - p)), 2);
    EXPECT_LT(deviation(count, sources * p, sources * p * (1 - p)), 4.5) << "target " << target;
  }
  EXPECT_LT(deviation(chi_squared, targets, 2.0 * targets), 4);
}

TEST(FixedProbabilityPattern, NeighborsAreIndependent) {
  constexpr std::uint32_t side = 1000;
  constexpr double p = 0.2;
  std::set<std::pair<std::uint32_t, std::uint32_t>> pairs;
  for (const Entry& entry : drawn(FixedProbability{.p = p, .weight = 1.0}, context_of(side, side)))
    pairs.emplace(entry.source, entry.target);
  double beside = 0, below = 0;
  for (const auto& [source, target] : pairs) {
    beside += static_cast<double>(pairs.contains({source, target + 1}));
    below += static_cast<double>(pairs.contains({source + 1, target}));
  }
  const double number = side * (side - 1.0);
  EXPECT_LT(deviation(beside, number * p * p, number * p * p), 5);
  EXPECT_LT(deviation(below, number * p * p, number * p * p), 5);
}

TEST(FixedProbabilityPattern, AllAndNone) {
  for (const bool recurrent : {false, true}) {
    const PatternContext context = context_of(300, 300, recurrent);
    EXPECT_TRUE(drawn(FixedProbability{.p = 0, .weight = 1.0}, context).empty());
    EXPECT_EQ(drawn(FixedProbability{.p = 1, .weight = 1.0}, context).size(), 300u * (recurrent ? 299u : 300u));
  }
}

TEST(FixedProbabilityPattern, BlockWidths) {
  EXPECT_EQ(pattern_block_width(1.0), 256u);
  EXPECT_EQ(pattern_block_width(1.0 / 16), 256u);
  EXPECT_EQ(pattern_block_width(0.06), 512u);
  EXPECT_EQ(pattern_block_width(0.02), 1024u);
  EXPECT_EQ(pattern_block_width(1e-3), 4096u);
  EXPECT_EQ(pattern_block_width(0.0), 4096u);
}

TEST(FixedProbabilityPattern, RareSynapsesHaveFinelyDrawnGaps) {
  // 2⁻³¹ is 0.47 of 10⁻⁹: k of them skip 0.47 k candidates.
  const float rare = inverse_log(1e-9);
  for (const auto& [k, gap] : {std::pair(0u, 0u), {2u, 0u}, {3u, 1u}, {5u, 2u}, {1000u, 465u}})
    EXPECT_EQ(device::detail::passed_over(2 * k, rare), gap) << k;
  EXPECT_GT(device::detail::passed_over(0xffffffff, rare), 0x7ffffff0u);
  EXPECT_EQ(device::detail::passed_over(0xffffffff, inverse_log(0.5)), 0x7fffffffu);  // log(0) saturates
}

// As in generated code: any block of any row by itself, by the device's text.
TEST(FixedProbabilityPattern, CanBeDrawnAgainPieceByPiece) {
  const Connectivity connectivity =
      FixedProbability{.p = 0.03, .weight = Normal{.mean = 2, .sd = 0.5, .min = 1.5}, .delay = Uniform{1, 9}};
  PatternContext context = context_of(70, 3000, false);
  context.dt = 0.5;
  const Synapses synapses = draw_synapses(connectivity, context);
  const std::uint32_t width = pattern_block_width(0.03);
  const ValueDistribution weight = weight_distribution(connectivity, context);
  const ValueDistribution delay = delay_distribution(connectivity, context);
  std::vector<Entry> again;
  for (std::uint32_t block = (context.targets + width - 1) / width; block-- > 0;) {
    for (std::uint32_t source = context.sources; source-- > 0;) {
      device::for_each_target(
          pattern_key(context), source, block, block * width, std::min((block + 1) * width, context.targets),
          inverse_log(0.03), [&](std::uint32_t target) {
            const std::uint64_t index = std::uint64_t{source} * context.targets + target;
            again.push_back({source, target,
                             device::whole_steps(
                                 device::synapse_uniform(delay_key(context), index, 0, delay.base, delay.spread), 1000),
                             device::synapse_normal(weight_key(context), index, 0, weight.base, weight.spread,
                                                    weight.min, weight.max)});
          });
    }
  }
  std::sort(again.begin(), again.end(), [](const Entry& a, const Entry& b) {
    return std::tuple(a.source, a.target) < std::tuple(b.source, b.target);
  });
  EXPECT_GT(again.size(), 6000u);
  EXPECT_EQ(again, entries_of(synapses));
}

TEST(FixedProbabilityPattern, WeightsAreThoseOfTheDenseMatrix) {
  const PatternContext context = context_of(40, 50);
  const std::vector<float> matrix = elements_of(Normal{}, 2000, {7, "connection a_b.weight", 1, 1});
  const auto expect_in_matrix = [&](const Connectivity& connectivity) {
    for (const Entry& entry : drawn(connectivity, context))
      EXPECT_EQ(entry.weight, matrix[entry.source * 50 + entry.target]);
  };
  expect_in_matrix(FixedProbability{.p = 0.3, .weight = Normal{}});
  expect_in_matrix(FixedInputs{.number = 5, .weight = Normal{}});
  expect_in_matrix(FixedOutputs{.number = 5, .weight = Normal{}});
  expect_in_matrix(Sparse{{3, 4}, {49, 0}, Normal{}});
  const Synapses dense = draw_synapses(Dense{Normal{}}, context);
  EXPECT_EQ(dense.weights, matrix);
}

// ---- FixedInputs, FixedOutputs

TEST(FixedNumberPattern, IsExactAndDistinct) {
  for (const std::uint32_t number : {0u, 1u, 7u, 149u, 150u}) {
    for (const bool recurrent : {false, true}) {
      if (recurrent && number == 150) continue;
      const PatternContext context = context_of(150, 150, recurrent);
      const Synapses inputs = draw_synapses(FixedInputs{.number = number, .weight = 1.0}, context);
      const Synapses outputs = draw_synapses(FixedOutputs{.number = number, .weight = 1.0}, context);
      expect_well_formed(inputs, context);  // strictly ascending targets: no duplicates
      expect_well_formed(outputs, context);
      EXPECT_EQ(counts_by(entries_of(inputs), &Entry::target, 150), std::vector<std::size_t>(150, number));
      EXPECT_EQ(counts_by(entries_of(outputs), &Entry::source, 150), std::vector<std::size_t>(150, number));
    }
  }
}

TEST(FixedNumberPattern, IsUniform) {
  constexpr std::uint32_t many = 30000, few = 50, number = 10;
  constexpr double p = static_cast<double>(number) / few;
  const auto inputs =
      counts_by(drawn(FixedInputs{.number = number, .weight = 1.0}, context_of(few, many)), &Entry::source, few);
  const auto outputs =
      counts_by(drawn(FixedOutputs{.number = number, .weight = 1.0}, context_of(many, few)), &Entry::target, few);
  for (std::uint32_t neuron = 0; neuron < few; ++neuron) {
    EXPECT_LT(deviation(static_cast<double>(inputs[neuron]), many * p, many * p * (1 - p)), 4.5) << neuron;
    EXPECT_LT(deviation(static_cast<double>(outputs[neuron]), many * p, many * p * (1 - p)), 4.5) << neuron;
  }
}

// All subsets, not only all neurons, are equally likely.
TEST(FixedNumberPattern, AllSubsetsAreEquallyLikely) {
  constexpr std::uint32_t sources = 60000;
  std::map<std::set<std::uint32_t>, double> seen;
  const Synapses synapses = draw_synapses(FixedOutputs{.number = 3, .weight = 1.0}, context_of(sources, 6));
  for (std::uint32_t source = 0; source < sources; ++source) {
    const auto* row = &synapses.targets[synapses.offsets[source]];
    ++seen[{row[0], row[1], row[2]}];
  }
  ASSERT_EQ(seen.size(), 20u);
  for (const auto& [subset, count] : seen) EXPECT_LT(deviation(count, sources / 20.0, sources / 20.0), 4.5);
}

TEST(FixedNumberPattern, RepeatsAddUp) {
  const PatternContext context = context_of(20, 10);
  const Synapses synapses = draw_synapses(FixedOutputs{.number = 1000, .weight = 0.25, .allow_repeats = true}, context);
  expect_well_formed(synapses, context);
  EXPECT_EQ(synapses.targets.size(), 200u);  // 1000 draws from 10 cover all
  EXPECT_TRUE(synapses.delays.empty());
  const float total = std::accumulate(synapses.weights.begin(), synapses.weights.end(), 0.0F);
  EXPECT_EQ(total, 20 * 1000 * 0.25F);

  // Multiple synapses of a pair each have their own weight and delay.
  const Synapses varied =
      draw_synapses(FixedInputs{.number = 30, .weight = Uniform{1, 2}, .delay = Uniform{0, 50}, .allow_repeats = true},
                    context_of(1, 3));
  const std::vector<Entry> entries = entries_of(varied);
  std::set<std::uint32_t> delays;
  std::set<float> weights;
  for (const Entry& entry : entries) delays.insert(entry.delay), weights.insert(entry.weight);
  EXPECT_GT(entries.size(), 50u);
  EXPECT_GT(delays.size(), 25u);
  EXPECT_EQ(weights.size(), entries.size());
}

TEST(FixedNumberPattern, NeuronsAreIndependentOfTheRest) {
  const auto row = [](std::uint32_t sources) {
    const Synapses synapses = draw_synapses(FixedOutputs{.number = 12, .weight = 1.0}, context_of(sources, 100));
    return std::vector<std::uint32_t>(synapses.targets.begin(), synapses.targets.begin() + 24);
  };
  EXPECT_EQ(row(2), row(1000));
}

// ---- Self-connections

TEST(SelfConnections, AreLeftOutUnlessAllowed) {
  const PatternContext recurrent = context_of(200, 200, true);
  const PatternContext apart = context_of(200, 200, false);
  const auto self_connections = [](const Connectivity& connectivity, const PatternContext& context) {
    const std::vector<Entry> entries = drawn(connectivity, context);
    return std::count_if(entries.begin(), entries.end(), [](const Entry& each) { return each.source == each.target; });
  };
  const auto check = [&](auto kind) {
    kind.weight = 1.0;
    EXPECT_EQ(self_connections(kind, recurrent), 0) << name_of(kind);
    EXPECT_GT(self_connections(kind, apart), 20) << name_of(kind);
    kind.allow_self_connections = true;
    EXPECT_GT(self_connections(kind, recurrent), 20) << name_of(kind);
  };
  check(FixedProbability{.p = 0.3});
  check(FixedInputs{.number = 60});
  check(FixedOutputs{.number = 60});
  EXPECT_EQ(self_connections(Dense{1.0}, recurrent), 200);
  EXPECT_EQ(self_connections(Sparse{{4}, {4}, 1.0}, recurrent), 1);
}

TEST(SelfConnections, LeaveTheOtherSynapsesAsTheyAre) {
  const auto with =
      drawn(FixedProbability{.p = 0.3, .weight = Normal{}, .allow_self_connections = true}, context_of(100, 100, true));
  auto without = drawn(FixedProbability{.p = 0.3, .weight = Normal{}}, context_of(100, 100, true));
  for (const Entry& entry : with) {
    if (entry.source == entry.target) without.push_back(entry);
  }
  EXPECT_TRUE(std::is_permutation(with.begin(), with.end(), without.begin(), without.end()));
}

// ---- Dense, OneToOne, Sparse

TEST(ListedPattern, ArraysGoWithTheirSynapses) {
  EXPECT_EQ(drawn(Sparse{{2, 0, 2, 0}, {1, 2, 0, 0}, std::vector<float>{1, 2, 3, 4}, std::vector<float>{0, 1, 2, 3}},
                  context_of(3, 3)),
            (std::vector<Entry>{{0, 0, 3, 4}, {0, 2, 1, 2}, {2, 0, 2, 3}, {2, 1, 0, 1}}));
  EXPECT_EQ(drawn(Dense{Tensor<float>({2, 2}, {1, 2, 3, 4}), Tensor<float>({2, 2}, {0, 1, 2, 3})}, context_of(2, 2)),
            (std::vector<Entry>{{0, 0, 0, 1}, {0, 1, 1, 2}, {1, 0, 2, 3}, {1, 1, 3, 4}}));
  EXPECT_EQ(drawn(OneToOne{std::vector<float>{5, 6}, std::vector<float>{2, 1}}, context_of(2, 2)),
            (std::vector<Entry>{{0, 0, 2, 5}, {1, 1, 1, 6}}));
  EXPECT_TRUE(drawn(Sparse{{}, {}, 1.0}, context_of(3, 3)).empty());
}

TEST(ListedPattern, OneToOneDrawsByNeuron) {
  const std::vector<float> by_neuron = elements_of(Normal{}, 30, {7, "connection a_b.weight", 1, 1});
  EXPECT_EQ(draw_synapses(OneToOne{Normal{}}, context_of(30, 30)).weights, by_neuron);
}

TEST(ListedPattern, EqualSynapsesBecomeOne) {
  // In single precision, in list order: 1 is lost after 2²⁵ but not before.
  constexpr float large = 0x1p25F;
  EXPECT_EQ(drawn(Sparse{{0, 0, 0, 0}, {0, 0, 0, 0}, std::vector<float>{large, 1, 1, -large}}, context_of(1, 1)),
            (std::vector<Entry>{{0, 0, 0, 0}}));
  EXPECT_EQ(drawn(Sparse{{0, 0, 0, 0}, {0, 0, 0, 0}, std::vector<float>{large, -large, 1, 1}}, context_of(1, 1)),
            (std::vector<Entry>{{0, 0, 0, 2}}));
  // Synapses with other delays stay separate.
  EXPECT_EQ(drawn(Sparse{{0, 0, 0, 1}, {2, 2, 2, 2}, 0.5, std::vector<float>{3, 1, 3, 3}}, context_of(2, 3)),
            (std::vector<Entry>{{0, 2, 1, 0.5F}, {0, 2, 3, 1}, {1, 2, 3, 0.5F}}));
  EXPECT_EQ(expected_synapses(Sparse{{0, 0, 0, 1}, {2, 2, 2, 2}, 0.5}, 2, 3, false), 4);
}

TEST(ListedPattern, OrderOfTheListHasNoPartInIt) {
  const Sparse forwards{{0, 0, 1, 1, 1}, {0, 1, 0, 1, 2}, Normal{}, Uniform{0, 9}};
  Sparse backwards = forwards;
  std::reverse(backwards.sources.begin(), backwards.sources.end());
  std::reverse(backwards.targets.begin(), backwards.targets.end());
  EXPECT_EQ(drawn(forwards, context_of(2, 3)), drawn(backwards, context_of(2, 3)));
}

// ---- All kinds

TEST(EveryPattern, IsWellFormed) {
  const PatternContext context = context_of(60, 60);
  for (const Connectivity& kind : every_kind()) {
    SCOPED_TRACE(name_of(kind));
    const Synapses synapses = draw_synapses(kind, context);
    expect_well_formed(synapses, context);
    EXPECT_FALSE(synapses.targets.empty());
    if (!std::holds_alternative<FixedProbability>(kind)) {
      EXPECT_LE(synapses.targets.size(), expected_synapses(kind, 60, 60, false));
    }
  }
}

TEST(EveryPattern, DoesNotDependOnTheNumberOfThreads) {
  const Dense full{.weight = Normal{}, .delay = Uniform{0, 5}};
  // Large enough for several threads.
  const std::vector<Connectivity> kinds = {
      FixedProbability{.p = 0.1, .weight = Normal{}, .delay = Uniform{0, 5}},
      FixedInputs{.number = 120, .weight = Normal{}},
      FixedInputs{.number = 200, .weight = Uniform{0, 1}, .delay = Uniform{0, 5}, .allow_repeats = true},
      FixedOutputs{.number = 120, .weight = 1.0, .delay = Uniform{0, 5}},
      full,
  };
  for (const Connectivity& kind : kinds) {
    PatternContext context = context_of(1100, 1000);
    context.threads = 1;
    const std::vector<Entry> one = drawn(kind, context);
    for (const std::uint32_t threads : {2u, 3u, 16u}) {
      context.threads = threads;
      EXPECT_EQ(drawn(kind, context), one) << name_of(kind) << ", " << threads << " threads";
    }
  }
}

TEST(EveryPattern, DependsOnSeedAndNameAlone) {
  for (const Connectivity& kind : every_kind()) {
    const PatternContext context = context_of(60, 60);
    PatternContext other_seed = context, other_name = context;
    other_seed.seed = 8;
    other_name.connection = "b_c";
    EXPECT_EQ(drawn(kind, context), drawn(kind, context)) << name_of(kind);
    EXPECT_NE(drawn(kind, context), drawn(kind, other_seed)) << name_of(kind);
    EXPECT_NE(drawn(kind, context), drawn(kind, other_name)) << name_of(kind);
  }
  EXPECT_NE(pattern_key(context_of(1, 1)), weight_key(context_of(1, 1)));
  EXPECT_NE(delay_key(context_of(1, 1)), weight_key(context_of(1, 1)));
}

// Patterns must not change between versions.
TEST(EveryPattern, IsStable) {
  const auto targets = [](const Connectivity& connectivity) {
    return draw_synapses(connectivity, context_of(2, 12)).targets;
  };
  using Targets = std::vector<std::uint32_t>;
  EXPECT_EQ(targets(FixedProbability{.p = 0.3, .weight = 1.0}), (Targets{2, 8, 9, 2, 4, 7, 10}));
  EXPECT_EQ(targets(FixedInputs{.number = 1, .weight = 1.0}), (Targets{3, 6, 7, 0, 1, 2, 4, 5, 8, 9, 10, 11}));
  EXPECT_EQ(targets(FixedOutputs{.number = 3, .weight = 1.0}), (Targets{0, 6, 11, 5, 6, 10}));
  EXPECT_EQ(targets(FixedOutputs{.number = 4, .weight = 1.0, .allow_repeats = true}), (Targets{0, 4, 7, 5, 7}));
  const std::vector<float> weights = draw_synapses(Dense{Uniform{0, 1}}, context_of(1, 3)).weights;
  EXPECT_EQ(weights, (std::vector<float>{0x1.e70e58p-3F, 0x1.55959p-1F, 0x1.0d67bap-1F}));
  EXPECT_EQ(draw_synapses(Dense{1.0, Uniform{0, 100}}, context_of(1, 3)).delays,
            (std::vector<std::uint16_t>{57, 3, 31}));
}

TEST(EveryPattern, FansAreTheMeanNumbers) {
  const auto fans = [](const Connectivity& connectivity, bool recurrent = false) {
    const DrawContext context = weight_context(connectivity, context_of(100, 50, recurrent));
    return std::pair(context.fan_in, context.fan_out);
  };
  EXPECT_EQ(fans(Dense{Xavier{}}), std::pair(100.0, 50.0));
  EXPECT_EQ(fans(FixedProbability{.p = 0.5, .weight = Xavier{}}), std::pair(50.0, 25.0));
  EXPECT_EQ(fans(FixedInputs{.number = 10, .weight = Xavier{}}), std::pair(10.0, 5.0));
  EXPECT_EQ(fans(FixedOutputs{.number = 10, .weight = Xavier{}}), std::pair(20.0, 10.0));
  EXPECT_EQ(fans(Sparse{{1}, {1}, Xavier{}}), std::pair(1.0, 1.0));
  const double self = expected_synapses(FixedProbability{.p = 0.5, .weight = 1.0}, 100, 100, true);
  EXPECT_EQ(self, 0.5 * (100 * 100 - 100));
}

// ---- Delays

TEST(Delays, AreRoundedToTheNearestStepTiesUp) {
  EXPECT_EQ(delay_steps(0, 1), 0u);
  EXPECT_EQ(delay_steps(1.49, 1), 1u);
  EXPECT_EQ(delay_steps(1.5, 1), 2u);
  EXPECT_EQ(delay_steps(2.5, 1), 3u);
  EXPECT_EQ(delay_steps(0.4999, 1), 0u);
  // Ties and whole numbers in decimal that are not so in binary.
  for (const double dt : {0.1, 0.3, 0.7, 0.01}) {
    for (std::uint32_t steps = 0; steps < 3000; ++steps) {
      SCOPED_TRACE(std::to_string(steps) + " steps of " + std::to_string(dt));
      const double milliseconds = steps * dt;
      const double tie = (steps + 0.5) * dt;
      ASSERT_EQ(delay_steps(milliseconds, dt), steps);
      ASSERT_EQ(delay_steps(static_cast<float>(milliseconds), dt), steps);
      ASSERT_EQ(delay_steps(tie, dt), steps + 1);
      ASSERT_EQ(delay_steps(static_cast<float>(tie), dt), steps + 1);
      ASSERT_EQ(delay_steps(tie - 0.001 * dt, dt), steps);
    }
  }
  EXPECT_EQ(delay_steps(6553.5, 0.1), 65535u);
}

TEST(Delays, AreAtMostTheMaximum) {
  EXPECT_EQ(delay_steps(1.06, 0.1, 1.06), 10u);  // 11 steps would be longer than 1.06 ms
  EXPECT_EQ(delay_steps(5, 0.1, 0.3), 3u);
  EXPECT_EQ(delay_steps(5, 1, std::nullopt), 5u);
}

TEST(Delays, DrawnOnesAreRoundedAndClipped) {
  PatternContext context = context_of(300, 300);
  context.dt = 0.5;
  context.max_delay = 4.2;
  const Dense dense{.weight = 1.0, .delay = Normal{.mean = 2, .sd = 1.5}};
  const std::vector<Entry> entries = drawn(dense, context);
  std::vector<double> shares(9, 0.0);
  for (const Entry& entry : entries) {
    ASSERT_LE(entry.delay, 8u);
    shares[entry.delay] += 1.0 / static_cast<double>(entries.size());
  }
  const auto below = [](double steps) { return 0.5 * std::erfc(-(steps * 0.5 - 2) / 1.5 / std::sqrt(2)); };
  for (std::uint32_t steps = 0; steps <= 8; ++steps) {
    const double least = steps == 0 ? 0.0 : below(steps - 0.5);
    const double most = steps == 8 ? 1.0 : below(steps + 0.5);
    EXPECT_NEAR(shares[steps], most - least, 0.006) << steps;
  }
}

TEST(Delays, OneThatAllShareTakesNoMemory) {
  const PatternContext context = context_of(20, 20);
  for (const Value& delay :
       {Value(3.0), Value(Uniform{3, 3}), Value(Uniform{2.6, 3.4}), Value(Normal{.mean = 3, .sd = 0}),
        Value(Normal{.mean = 0, .sd = 1, .min = 3, .max = 3}), Value(std::vector<float>(400, 3.0F))}) {
    const Synapses synapses = draw_synapses(Dense{.weight = 1.0, .delay = delay}, context);
    EXPECT_TRUE(synapses.delays.empty()) << to_string(delay);
    EXPECT_EQ(synapses.delay, 3u) << to_string(delay);
    EXPECT_EQ(synapses.longest_delay, 3u) << to_string(delay);
    EXPECT_EQ(has_one_delay(Dense{.weight = 1.0, .delay = delay}), delay.is_number());
  }
}

TEST(Delays, HaveABoundBeforeTheyAreDrawn) {
  const auto bound = [](Value delay, std::optional<double> max_delay = std::nullopt, double dt = 1) {
    return longest_delay_steps(Dense{.weight = 1.0, .delay = std::move(delay)}, dt, max_delay);
  };
  EXPECT_EQ(bound(3.0), 3);
  EXPECT_EQ(bound(0.35, std::nullopt, 0.1), 4);
  EXPECT_EQ(bound(Uniform{0, 5}), 5);
  EXPECT_EQ(bound(Uniform{0, 5.2}, 5.9), 5);
  EXPECT_EQ(bound(Normal{.max = 7}), 7);
  EXPECT_EQ(bound(Normal{}, 4.0), 4);
  EXPECT_EQ(bound(Normal{}), std::numeric_limits<double>::infinity());
  EXPECT_EQ(bound(std::vector<float>{1, 9, 2}), 9);
  EXPECT_EQ(bound(1e6), 1e6);
  EXPECT_NEAR(bound(1e9, std::nullopt, 0.1), 1e10, 1e4);
  for (const Connectivity& kind : every_kind()) {
    for (const double dt : {0.1, 0.3, 1.0}) {
      if (delay_of(kind).is_number()) continue;
      PatternContext context = context_of(60, 60);
      context.dt = dt;
      EXPECT_LE(draw_synapses(kind, context).longest_delay, longest_delay_steps(kind, dt, std::nullopt));
    }
  }
}

}  // namespace
}  // namespace synfire::codegen
