// SPDX-License-Identifier: Apache-2.0
// Hand-written programs: barriers where threads share data, and no others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>

#include "synfire/codegen/passes.hpp"

namespace synfire::codegen {
namespace {

using ::testing::ElementsAre;

// Phases by short names; each population p has a queue and one array of state.
class Maker {
 public:
  Program program;

  std::uint32_t queue(std::uint32_t longest_delay, bool list, bool mask) {
    Queue queue;
    queue.name = "queue" + std::to_string(program.queues.size());
    queue.neurons = 64;
    queue.oldest = longest_delay + 1;
    queue.list_read = list;
    queue.mask_read = mask;
    program.queues.push_back(queue);
    return static_cast<std::uint32_t>(program.queues.size() - 1);
  }
  ArrayId array(Storage storage) {
    Array array;
    array.name = "array" + std::to_string(program.arrays.size());
    array.extent = 64;
    array.storage = storage;
    return program.add(array);
  }
  static ElementPhase neurons(std::uint32_t queue) {
    return {"neurons", 64, {Emit{queue, constant(1, Type::boolean), nullptr}}};
  }
  static ElementPhase stores(ArrayId array) { return {"stores", 64, {Store{array, constant(1)}}}; }
  DeliverPhase deliver(std::uint32_t queue, std::uint32_t delay, Pattern pattern,
                       Storage storage = Storage::registers) {
    DeliverPhase phase;
    phase.label = "deliver";
    phase.queue = queue;
    phase.age = 1 + delay;
    phase.pattern = pattern;
    phase.arriving = array(storage);
    return phase;
  }
  void place(std::vector<Phase> step) {
    program.step = std::move(step);
    place_barriers(program);
  }
};

// One letter for each phase: B for a barrier; lower case for those of training.
std::string letters(const std::vector<Phase>& phases) {
  constexpr std::string_view of_kinds = "EDGROSIVBtrcebl";
  static_assert(of_kinds.size() == std::variant_size_v<Phase>);
  std::string text;
  for (const Phase& phase : phases) text += of_kinds.at(phase.index());
  return text;
}

TEST(PlaceBarriers, PlacesNoneWhereNothingIsShared) {
  Maker maker;
  const ArrayId mine = maker.array(Storage::registers);
  const ArrayId own_elements = maker.array(Storage::shared);
  maker.program.before = {Maker::stores(own_elements)};
  maker.program.after = {Maker::stores(own_elements)};
  maker.place({Maker::stores(mine), Maker::stores(own_elements), Maker::stores(own_elements)});
  EXPECT_EQ(letters(maker.program.step), "EEE");
  EXPECT_EQ(letters(maker.program.before), "E");
  EXPECT_EQ(letters(maker.program.after), "E");
}

TEST(PlaceBarriers, SeparatesSpikingGatheringAndDelivery) {
  Maker maker;
  const auto queue = maker.queue(0, true, false);
  maker.program.before = {OpenPhase{"open", queue}};
  maker.place({maker.deliver(queue, 0, Pattern::dense), Maker::neurons(queue), GatherPhase{"gather", queue}});
  EXPECT_EQ(letters(maker.program.step), "BDEBG");
  EXPECT_EQ(letters(maker.program.before), "O");  // the loop begins with one
}

TEST(PlaceBarriers, LetsOneServeSeveralPopulations) {
  Maker maker;
  const auto first = maker.queue(0, true, false);
  const auto second = maker.queue(0, true, false);
  maker.place({Maker::neurons(first), maker.deliver(first, 0, Pattern::dense), Maker::neurons(second),
               maker.deliver(second, 0, Pattern::dense), GatherPhase{"gather", first}, GatherPhase{"gather", second}});
  EXPECT_EQ(letters(maker.program.step), "BEDEDBGG");
  EXPECT_EQ(barriers_per_step(maker.program), 2u);
}

TEST(PlaceBarriers, NeedsOnlyOneForMasks) {
  Maker maker;
  const auto queue = maker.queue(0, false, true);
  maker.program.before = {OpenPhase{"open", queue}};
  maker.place({Maker::neurons(queue), maker.deliver(queue, 0, Pattern::one_to_one)});
  EXPECT_EQ(barriers_per_step(maker.program), 1u);
}

TEST(PlaceBarriers, NeedsNoneBetweenSlotsThatCannotCoincide) {
  // Written in this step, read two steps later from another slot of three; one barrier per step is enough.
  Maker maker;
  const auto queue = maker.queue(1, false, true);
  maker.place({maker.deliver(queue, 1, Pattern::one_to_one), Maker::neurons(queue)});
  EXPECT_EQ(barriers_per_step(maker.program), 1u);
}

// The barrier between delivery and the previous step also separates spiking from gathering: the one placed first for
// these is removed again.
TEST(PlaceBarriers, LeavesOutWhatALaterOneServesToo) {
  Maker maker;
  const auto queue = maker.queue(1, true, true);
  maker.place({Maker::neurons(queue), maker.deliver(queue, 1, Pattern::one_to_one),
               maker.deliver(queue, 0, Pattern::dense), GatherPhase{"gather", queue}});
  EXPECT_EQ(letters(maker.program.step), "EDBDG");
}

TEST(PlaceBarriers, SeparatesTheLoopFromWhatComesBefore) {
  Maker maker;
  const auto masks = maker.queue(0, false, true);
  const auto lists = maker.queue(0, true, false);
  maker.program.before = {OpenPhase{"open", masks}, OpenPhase{"open", lists}};
  // The first barrier of the loop is after the masks are written and read.
  maker.place({Maker::neurons(masks), maker.deliver(masks, 0, Pattern::one_to_one), Maker::neurons(lists),
               maker.deliver(lists, 0, Pattern::dense), GatherPhase{"gather", lists}});
  EXPECT_EQ(letters(maker.program.before) + "|" + letters(maker.program.step), "OOB|EDBEDBG");
}

TEST(PlaceBarriers, SeparatesTheLoopFromWhatComesAfter) {
  Maker maker;
  const auto queue = maker.queue(0, true, false);
  maker.program.after = {SavePhase{"save", queue}};
  maker.place({maker.deliver(queue, 0, Pattern::dense), Maker::neurons(queue), GatherPhase{"gather", queue}});
  EXPECT_EQ(letters(maker.program.after), "BS");
}

TEST(PlaceBarriers, SeparatesReplayedSpikesFromTheirDelivery) {
  Maker maker;
  const auto queue = maker.queue(0, true, false);
  maker.place({maker.deliver(queue, 0, Pattern::dense), ReplayPhase{"replay", queue, 0, 0, std::nullopt}});
  EXPECT_EQ(letters(maker.program.step), "BDBR");
}

TEST(PlaceBarriers, RowsOfARecordingAreThoseOfTheirSteps) {
  Maker maker;
  const auto queue = maker.queue(0, false, false);
  const ArrayId recording = maker.array(Storage::global);
  maker.program.arrays[recording].role = contract::BufferRole::recording;
  maker.place({Maker::stores(recording), ReplayPhase{"replay", queue, 0, 0, recording}});
  EXPECT_EQ(letters(maker.program.step), "EBR");
}

TEST(PlaceBarriers, SharedMemoryOfOwnElementsNeedsNone) {
  Maker maker;
  const auto queue = maker.queue(0, true, false);
  const DeliverPhase delivery = maker.deliver(queue, 0, Pattern::dense, Storage::shared);
  const ElementPhase reads{"reads", 64, {Let{"x", load(delivery.arriving, Type::f32)}}};
  maker.place({delivery, reads});
  EXPECT_EQ(letters(maker.program.step), "DE");
}

}  // namespace
}  // namespace synfire::codegen
