// SPDX-License-Identifier: Apache-2.0
// What a training run warns of.
#include "train/training_watch.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace synfire::runtime {
namespace {

std::vector<ProblemKind> kinds_of(const PopulationActivity& activity) {
  std::vector<ProblemKind> kinds;
  for (const Problem& each : activity_warnings(activity, 3, 10, 8)) {
    EXPECT_EQ(each.severity, Severity::warning);
    EXPECT_EQ(each.path, "population \"hidden\", epoch 3");
    EXPECT_FALSE(each.hint.empty());
    kinds.push_back(each.kind);
  }
  return kinds;
}

TEST(ActivityWarnings, AreThoseOfTheSpikes) {
  using Kinds = std::vector<ProblemKind>;
  EXPECT_EQ(kinds_of({.population = "hidden"}), Kinds{ProblemKind::silent_population});
  EXPECT_EQ(kinds_of({.population = "hidden", .spikes = 19}), Kinds{ProblemKind::nearly_silent_population});
  EXPECT_EQ(kinds_of({.population = "hidden", .spikes = 20}), Kinds{});
  EXPECT_EQ(kinds_of({.population = "hidden", .spikes = 100, .triggered = 50}), Kinds{});
  EXPECT_EQ(kinds_of({.population = "hidden", .spikes = 100, .triggered = 51}), Kinds{ProblemKind::triggered_spikes});
  EXPECT_EQ(kinds_of({.population = "hidden", .spikes = 100, .near_tangent = 11}),
            Kinds{ProblemKind::near_tangent_spikes});
}

TEST(ActivityWarnings, HaveNumbers) {
  const auto found = activity_warnings({.population = "hidden", .spikes = 200, .triggered = 156}, 0, 10, 8);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NE(found[0].message.find("156 of 200 spikes (78 %)"), std::string::npos) << found[0].message;
}

// A run of a population of 8 neurons, with epochs of 40 batches of 2 examples of 10 steps.
class Watch : public testing::Test {
 protected:
  Watch() {
    manifest_.timesteps = 10;
    manifest_.populations.resize(1);
    manifest_.populations[0].name = "hidden";
    manifest_.populations[0].shape = {8};
  }

  // One batch, in which each neuron spikes so often.
  void batch(const std::vector<std::uint64_t>& spikes, std::optional<double> norm = std::nullopt) {
    BatchOutcome outcome{.losses = {1.0}, .gradient_norm = norm};
    outcome.neuron_spikes = {{"hidden", spikes}};
    ++record_.batches;
    take(watch_.after_batch(record_, outcome, 20));
  }
  void epoch(double loss, std::uint64_t spikes = 1000) {
    record_.examples = 80;
    record_.training = {{.output = "output", .loss = loss}};
    record_.activity = {{.population = "hidden", .spikes = spikes}};
    take(watch_.after_epoch(epochs_, record_));
    epochs_.push_back(record_);
    record_ = {.epoch = record_.epoch + 1};
    watch_.begin_epoch();
  }
  void take(const std::vector<Problem>& warnings) {
    for (const Problem& each : warnings) {
      EXPECT_EQ(each.severity, Severity::warning);
      EXPECT_FALSE(each.hint.empty());
      kinds_.push_back(each.kind);
      texts_.push_back(to_string(each));
      record_.warnings.push_back({std::string(to_string(each.kind)), each.path, each.message, each.hint});
    }
  }

  using Kinds = std::vector<ProblemKind>;
  contract::Manifest manifest_;
  TrainingWatch watch_{manifest_};
  std::vector<EpochRecord> epochs_;
  EpochRecord record_;
  Kinds kinds_;
  std::vector<std::string> texts_;
};

TEST_F(Watch, ForNeuronsThatAreSilentInEveryExample) {
  for (int i = 0; i < 32; ++i) batch({0, 0, 1, 1, 1, 1, 1, 1});
  EXPECT_EQ(kinds_, Kinds{});
  batch({0, 0, 1, 1, 1, 1, 1, 1});
  ASSERT_EQ(kinds_, Kinds{ProblemKind::silent_neurons});
  EXPECT_NE(texts_[0].find("2 of 8 neurons spiked in no example of the first 33 batches"), std::string::npos)
      << texts_[0];
  for (int i = 0; i < 40; ++i) batch({0, 0, 0, 0, 1, 1, 1, 1});
  epoch(1.0);
  EXPECT_EQ(kinds_.size(), 1u) << "given once";
}

TEST_F(Watch, NotForFewerNeuronsOrLaterSpikes) {
  batch({0, 0, 1, 1, 1, 1, 1, 1});
  batch({0, 1, 1, 1, 1, 1, 1, 1});
  epoch(1.0);
  EXPECT_EQ(kinds_, Kinds{});
}

TEST_F(Watch, ForNeuronsThatSpikeInEveryStep) {
  batch({20, 20, 1, 1, 1, 1, 1, 1});
  batch({20, 20, 20, 1, 1, 1, 1, 1});
  epoch(1.0);
  EXPECT_EQ(kinds_, Kinds{ProblemKind::saturated_neurons});
}

TEST_F(Watch, ASilentPopulationHasItsOwnWarning) {
  batch({0, 0, 0, 0, 0, 0, 0, 0});
  epoch(1.0, 0);
  EXPECT_EQ(kinds_, Kinds{ProblemKind::silent_population});
}

TEST_F(Watch, ForGradients) {
  const std::vector<std::uint64_t> spikes(8, 1);
  for (int i = 0; i < 8; ++i) batch(spikes, 0.5);
  batch(spikes, 499.0);
  EXPECT_EQ(kinds_, Kinds{});
  batch(spikes, 501.0);
  EXPECT_EQ(kinds_, Kinds{ProblemKind::exploding_gradient});
  epoch(1.0);
  batch(spikes, 0.0);
  batch(spikes, 0.0);
  batch(spikes);
  epoch(1.0);
  EXPECT_EQ(kinds_, (Kinds{ProblemKind::exploding_gradient, ProblemKind::zero_gradient}));
}

TEST_F(Watch, ForGradientsOfShortEpochs) {
  const std::vector<std::uint64_t> spikes(8, 1);
  for (int i = 0; i < 8; ++i) {
    batch(spikes, 0.5);
    epoch(1.0);
  }
  batch(spikes, 501.0);
  EXPECT_EQ(kinds_, Kinds{ProblemKind::exploding_gradient});
}

TEST_F(Watch, ForALossThatRises) {
  for (const double loss : {1.0, 1.1, 1.2, 1.3, 1.25, 1.3, 1.4, 1.5, 1.6}) epoch(loss);
  EXPECT_EQ(kinds_, Kinds{});
  epoch(1.7);
  ASSERT_EQ(kinds_, Kinds{ProblemKind::rising_loss});
  EXPECT_NE(texts_[0].find("from 1.25 to 1.7"), std::string::npos) << texts_[0];
}

TEST_F(Watch, DoesNotRepeatItselfInAResumedRun) {
  batch({0, 0, 1, 1, 1, 1, 1, 1});
  epoch(1.0);
  ASSERT_EQ(kinds_.size(), 1u);
  TrainingWatch resumed(manifest_);
  resumed.resume(epochs_);
  BatchOutcome outcome{.losses = {1.0}};
  outcome.neuron_spikes = {{"hidden", {0, 0, 1, 1, 1, 1, 1, 1}}};
  resumed.after_batch(record_, outcome, 20);
  record_.training = {{.output = "output", .loss = 1.0}};
  EXPECT_TRUE(resumed.after_epoch(epochs_, record_).empty());
}

}  // namespace
}  // namespace synfire::runtime
