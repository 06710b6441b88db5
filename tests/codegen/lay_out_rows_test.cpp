// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstring>

#include "lower/pattern.hpp"
#include "synfire/codegen/passes.hpp"

namespace synfire::codegen {
namespace {

// Two sources, 100 targets.
Program program_with(Synapses synapses, std::optional<std::vector<float>> weights) {
  Program program;
  program.connections.push_back(
      {.name = "c", .source = "a", .target = "b", .synapse = "delta", .connectivity = "sparse"});
  DeliverPhase phase;
  phase.pattern = Pattern::rows;
  phase.sources = 2;
  phase.targets = 100;
  phase.ring_depth = 4;
  Array ring;
  ring.name = "c_arriving";
  ring.extent = 400;
  phase.arriving = program.add(ring);
  if (weights) {
    Array array;
    array.name = "c_weight";
    array.extent = weights->size();
    array.values = std::make_shared<const std::vector<float>>(*weights);
    phase.weights = program.add(array);
  }
  phase.rows.synapses = std::make_shared<Synapses>(std::move(synapses));
  program.step.emplace_back(phase);
  return program;
}

const DeliverPhase& delivery(const Program& program) { return std::get<DeliverPhase>(program.step.front()); }

template <class T>
std::vector<T> contents(const Array& array) {
  std::vector<T> values(array.contents->size() / sizeof(T));
  std::memcpy(values.data(), array.contents->data(), array.contents->size());
  return values;
}

Synapses laid_out_example() {
  return {.offsets = {0, 4, 6},
          .targets = {1, 33, 64, 64, 2, 99},
          .weights = {},
          .delays = {0, 1, 2, 3, 0, 1},
          .weight = 0,
          .delay = 0,
          .longest_delay = 3};
}

TEST(LayOutRows, OneTileKeepsTheOrder) {
  Program program = program_with(laid_out_example(), std::nullopt);
  lay_out_rows(program, [](std::uint32_t) { return one_tile(); });
  const Rows& rows = delivery(program).rows;
  EXPECT_EQ(rows.synapses, nullptr);
  EXPECT_EQ(*program.arrays[rows.offsets].counts, (std::vector<std::uint32_t>{0, 4, 6}));
  EXPECT_EQ(contents<std::uint16_t>(program.arrays[rows.targets]), (std::vector<std::uint16_t>{1, 33, 64, 64, 2, 99}));
  EXPECT_EQ(program.arrays[rows.targets].element_type, contract::ElementType::u16);
  EXPECT_EQ(contents<std::uint8_t>(program.arrays[*rows.delays]), (std::vector<std::uint8_t>{0, 1, 2, 3, 0, 1}));
  EXPECT_EQ(program.connections[0].target_buffer, "c_arriving_targets");
}

TEST(LayOutRows, WarpsGetTheTargetsOfTheirThreads) {
  // With two warps, targets 0 … 31 and 64 … 95 belong to the first, the others to the second.
  Program program = program_with(laid_out_example(), std::vector<float>{10, 20, 30, 40, 50, 60});
  lay_out_rows(program, [](std::uint32_t) { return warp_tiles(2); });
  const DeliverPhase& phase = delivery(program);
  EXPECT_EQ(phase.rows.tiles, 2u);
  EXPECT_EQ(*program.arrays[phase.rows.offsets].counts, (std::vector<std::uint32_t>{0, 3, 4, 5, 6}));
  EXPECT_EQ(contents<std::uint16_t>(program.arrays[phase.rows.targets]),
            (std::vector<std::uint16_t>{1, 64, 64, 33, 2, 99}));
  EXPECT_EQ(contents<std::uint8_t>(program.arrays[*phase.rows.delays]), (std::vector<std::uint8_t>{0, 2, 3, 1, 0, 1}));
  EXPECT_EQ(*program.arrays[*phase.weights].values, (std::vector<float>{10, 30, 40, 20, 50, 60}));
}

TEST(LayOutRows, RangesOnlyGetBorders) {
  Program program = program_with(laid_out_example(), std::vector<float>{10, 20, 30, 40, 50, 60});
  lay_out_rows(program, [](std::uint32_t) { return range_tiles(4, 32); });
  const DeliverPhase& phase = delivery(program);
  EXPECT_EQ(*program.arrays[phase.rows.offsets].counts, (std::vector<std::uint32_t>{0, 1, 2, 4, 4, 5, 5, 5, 6}));
  EXPECT_EQ(contents<std::uint16_t>(program.arrays[phase.rows.targets]),
            (std::vector<std::uint16_t>{1, 33, 64, 64, 2, 99}));
  EXPECT_EQ(*program.arrays[*phase.weights].values, (std::vector<float>{10, 20, 30, 40, 50, 60}));
}

}  // namespace
}  // namespace synfire::codegen
