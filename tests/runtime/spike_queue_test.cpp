// SPDX-License-Identifier: Apache-2.0
// Spike queues: memory layout, the delay ring, and full slots.
#include "synfire/runtime/spike_queue.hpp"

#include <gmock/gmock.h>

#include <random>

#include "synfire/error.hpp"

namespace synfire::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Queue {
 public:
  explicit Queue(const SpikeQueueLayout& layout) : words_(layout.words(), 0xdeadbeef), view_(layout, words_) {
    view_.reset();
  }
  SpikeQueueView* operator->() { return &view_; }
  const std::vector<std::uint32_t>& words() const { return words_; }

 private:
  std::vector<std::uint32_t> words_;
  SpikeQueueView view_;
};

TEST(SpikeQueueLayout, HasOneSlotMoreThanTheLongestDelay) {
  EXPECT_EQ(SpikeQueueLayout(10, 0).slots(), 1u);
  EXPECT_EQ(SpikeQueueLayout(10, 7).slots(), 8u);
  EXPECT_EQ(SpikeQueueLayout(10, 7).max_delay(), 7u);
}

TEST(SpikeQueueLayout, SectionsAreAlignedAndDoNotOverlap) {
  const SpikeQueueLayout layout(100, 40);
  EXPECT_LT(SpikeQueueLayout::overflow_word(), layout.count_word(0));
  EXPECT_LT(layout.count_word(40), layout.entries_word(0));
  for (std::uint32_t slot = 0; slot < layout.slots(); ++slot) {
    EXPECT_EQ(layout.entries_word(slot) % SpikeQueueLayout::alignment_words, 0u);
    EXPECT_GE(layout.entries_word(slot + 1), layout.entries_word(slot) + layout.capacity());
  }
  EXPECT_EQ(layout.words(), 32u + 64u + 41u * 128u);
  EXPECT_EQ(layout.bytes(), layout.words() * 4);
}

TEST(SpikeQueueLayout, SlotsWrapAround) {
  const SpikeQueueLayout layout(10, 3);
  EXPECT_EQ(layout.slot_of(0), 0u);
  EXPECT_EQ(layout.slot_of(5), 1u);
  EXPECT_EQ(layout.slot_of(5, 1), 0u);
  EXPECT_EQ(layout.slot_of(5, 3), 2u);
  EXPECT_EQ(layout.slot_of(0, 1), 3u);  // before step 0: an empty slot
  EXPECT_EQ(layout.slot_of(4294967295u, 2), 4294967293u % 4);
}

TEST(SpikeQueueLayout, TheStepBeingWrittenSharesNoSlotWithOneThatIsRead) {
  for (std::uint32_t max_delay = 1; max_delay < 9; ++max_delay) {
    const SpikeQueueLayout layout(1, max_delay);
    for (std::uint32_t step = 0; step < 50; ++step) {
      for (std::uint32_t delay = 1; delay <= max_delay; ++delay) {
        EXPECT_NE(layout.slot_of(step), layout.slot_of(step, delay));
      }
    }
  }
}

TEST(SpikeQueueLayout, HoldsASpikeOfEachNeuronByDefault) {
  EXPECT_EQ(SpikeQueueLayout(77, 1).capacity(), 77u);
  EXPECT_FALSE(SpikeQueueLayout(77, 1).can_overflow());
  EXPECT_TRUE(SpikeQueueLayout(77, 1, 76).can_overflow());
}

TEST(SpikeQueueLayout, RefusesWhatCannotBe) {
  EXPECT_THROW(SpikeQueueLayout(0, 1), ModelError);
  EXPECT_THROW(SpikeQueueLayout(negative_spike + 1, 1), ModelError);
  EXPECT_THROW(SpikeQueueLayout(10, 1, 11), ModelError);
  EXPECT_THROW(SpikeQueueLayout(10, 0xffffffffu), ModelError);
}

TEST(SpikeQueueView, RefusesMemoryOfTheWrongSize) {
  std::vector<std::uint32_t> words(5);
  EXPECT_THROW(SpikeQueueView(SpikeQueueLayout(10, 1), words), DataError);
}

TEST(SpikeQueueView, IsEmptyBeforeTheFirstStep) {
  Queue queue(SpikeQueueLayout(4, 2));
  EXPECT_THAT(queue->read(0, 1), IsEmpty());
  EXPECT_THAT(queue->read(0, 2), IsEmpty());
}

TEST(SpikeQueueView, KeepsOrderAndSigns) {
  Queue queue(SpikeQueueLayout(4, 1));
  queue->clear(0);
  EXPECT_TRUE(queue->push(0, 1));
  EXPECT_TRUE(queue->push(0, 3, true));
  const auto spikes = queue->read(1, 1);
  ASSERT_THAT(spikes, ElementsAre(1, 3 | negative_spike));
  EXPECT_EQ(spike_neuron(spikes[1]), 3u);
  EXPECT_TRUE(is_negative(spikes[1]));
  EXPECT_FALSE(is_negative(spikes[0]));
}

// In each step every delay reads the spikes pushed that many steps before, over many turns of the ring.
TEST(SpikeQueueView, DeliversEachDelayAcrossTheWrapAround) {
  constexpr std::uint32_t max_delay = 4;
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  Queue queue(SpikeQueueLayout(8, max_delay));
  std::vector<std::vector<std::uint32_t>> fired;
  for (std::uint32_t step = 0; step < 100; ++step) {
    queue->clear(step);
    for (std::uint32_t delay = 1; delay <= max_delay; ++delay) {
      const auto expected = step >= delay ? fired[step - delay] : std::vector<std::uint32_t>{};
      ASSERT_THAT(queue->read(step, delay), ::testing::ElementsAreArray(expected)) << step << ", delay " << delay;
    }
    fired.emplace_back();
    for (std::uint32_t neuron = 0; neuron < 8; ++neuron) {
      if (random() % 2 == 0) continue;
      fired.back().push_back(neuron);
      ASSERT_TRUE(queue->push(step, neuron));
    }
    ASSERT_THAT(queue->read(step, 0), ::testing::ElementsAreArray(fired.back()));
  }
  EXPECT_EQ(queue->dropped(), 0u);
}

TEST(SpikeQueueView, AFullSlotDropsCountsAndRemembersTheStep) {
  Queue queue(SpikeQueueLayout(5, 1, 2));
  queue->clear(3);
  EXPECT_TRUE(queue->push(3, 0));
  EXPECT_TRUE(queue->push(3, 1));
  EXPECT_FALSE(queue->push(3, 2));
  EXPECT_FALSE(queue->push(3, 3));
  EXPECT_THAT(queue->read(4, 1), ElementsAre(0, 1));
  EXPECT_EQ(queue->dropped(), 2u);
  EXPECT_EQ(queue.words()[SpikeQueueLayout::overflow_word()], 3u + 1);
}

TEST(SpikeQueueView, OverflowStaysUntilTheReset) {
  Queue queue(SpikeQueueLayout(5, 0, 1));
  queue->push(0, 0);
  queue->push(0, 1);
  for (std::uint32_t step = 1; step < 10; ++step) queue->clear(step);
  EXPECT_EQ(queue->dropped(), 1u);
  EXPECT_EQ(queue.words()[SpikeQueueLayout::overflow_word()], 1u);
  queue->reset();
  EXPECT_EQ(queue->dropped(), 0u);
}

TEST(SpikeQueueView, AFullSlotDoesNotReachIntoTheNextOne) {
  Queue queue(SpikeQueueLayout(64, 1, 32));  // 32 entries: sections follow without a gap
  for (std::uint32_t neuron = 0; neuron < 64; ++neuron) queue->push(0, neuron);
  EXPECT_THAT(queue->read(1, 0), IsEmpty());
  EXPECT_EQ(queue.words()[SpikeQueueLayout(64, 1, 32).entries_word(1)], 0u);
}

class SpikeQueueTest : public ::testing::Test {
 protected:
  std::shared_ptr<Device> device = open_device("host", {.threads = 1});
  SpikeQueueLayout layout{6, 2, 3};
};

TEST_F(SpikeQueueTest, HasAQueuePerExample) {
  SpikeQueue queue(device, "a", layout, 3);
  EXPECT_EQ(queue.bytes(), 3 * layout.bytes());
  auto words = queue.download();
  SpikeQueueView view(layout, std::span(words).subspan(layout.words(), layout.words()));
  view.push(0, 4);
  queue.upload(words);
  EXPECT_EQ(queue.download(), words);
  queue.check();
  queue.reset();
  EXPECT_THAT(queue.download(), ::testing::Each(0u));
}

TEST_F(SpikeQueueTest, AnOverflowEndsTheRunWithAnError) {
  SpikeQueue queue(device, "cells", layout, 3);
  auto words = queue.download();
  SpikeQueueView view(layout, std::span(words).subspan(2 * layout.words(), layout.words()));
  for (std::uint32_t neuron = 0; neuron < 5; ++neuron) view.push(9, neuron);
  queue.upload(words);
  try {
    queue.check();
    FAIL();
  } catch (const RunError& error) {
    const Problem& problem = error.problems().front();
    EXPECT_EQ(problem.kind, ProblemKind::run_failed);
    EXPECT_EQ(problem.path, "population \"cells\"");
    EXPECT_THAT(problem.message, HasSubstr("example 2 of the batch lost 2 spikes from step 9"));
    EXPECT_EQ(problem.expected, "at most 3 spikes in a step");
  }
}

}  // namespace
}  // namespace synfire::runtime
