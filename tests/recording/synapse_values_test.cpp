// SPDX-License-Identifier: Apache-2.0
// Weights and delays read from an artifact, for each synapse storage.
#include "recording/synapse_values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "base/scratch_folder.hpp"

namespace synfire::runtime {
namespace {

using testing::ElementsAre;

template <class T>
void add(contract::Artifact& artifact, const std::string& name, contract::ElementType type,
         const std::vector<T>& values) {
  artifact.manifest.buffers.push_back({.name = name,
                                       .type = type,
                                       .shape = {values.size()},
                                       .role = contract::BufferRole::parameter,
                                       .population = "",
                                       .variable = ""});
  contract::ParameterValues parameter{name, std::vector<std::byte>(values.size() * sizeof(T))};
  std::memcpy(parameter.bytes.data(), values.data(), parameter.bytes.size());
  artifact.parameters.push_back(std::move(parameter));
}

contract::Artifact artifact_of(const std::string& storage) {
  contract::Artifact artifact;
  artifact.manifest.dt = 0.1;
  artifact.manifest.connections = {
      {.name = "c", .source = "a", .target = "b", .synapse = "delta", .connectivity = "any"}};
  artifact.manifest.connections[0].storage = storage;
  artifact.manifest.connections[0].delay_steps = 3;
  return artifact;
}

// All of 2 sources and 4 targets.
PlannedRecording all(const std::string& variable) {
  PlannedRecording recording;
  recording.kind = RecordingKind::synapses;
  recording.object = {ObjectKind::connection, 0};
  recording.variable = variable;
  recording.elements = 4;
  recording.sources = {0, 1};
  recording.neurons = {0, 1, 2, 3};
  recording.examples = {0};
  recording.steps = {0, 1};
  return recording;
}

// Two tiles, of even and odd targets; two synapses 1 → 3 with different delays.
contract::Artifact rows() {
  contract::Artifact artifact = artifact_of("rows");
  contract::ConnectionInfo& info = artifact.manifest.connections[0];
  info.tiles = 2;
  info.offset_buffer = "offsets";
  info.target_buffer = "targets";
  info.weight_buffer = "weights";
  info.delay_buffer = "delays";
  add<std::uint32_t>(artifact, "offsets", contract::ElementType::u32, {0, 2, 3, 3, 6});
  add<std::uint16_t>(artifact, "targets", contract::ElementType::u16, {0, 2, 1, 1, 3, 3});
  add<float>(artifact, "weights", contract::ElementType::f32, {10, 12, 11, 21, 23, 24});
  add<std::uint8_t>(artifact, "delays", contract::ElementType::u8, {0, 1, 2, 3, 9, 4});
  return artifact;
}

TEST(SynapseValues, RowsComeBySourceTargetAndDelay) {
  const SynapseRecording weights = read_synapses(rows(), all("weight"));
  EXPECT_THAT(weights.sources, ElementsAre(0, 0, 0, 1, 1, 1));
  EXPECT_THAT(weights.targets, ElementsAre(0, 1, 2, 1, 3, 3));
  EXPECT_THAT(weights.values, ElementsAre(10, 11, 12, 21, 24, 23));
  EXPECT_EQ(weights.steps, 2u);
  const SynapseRecording delays = read_synapses(rows(), all("delay"));
  const std::vector<int> steps{3, 5, 4, 6, 7, 12};
  for (std::size_t s = 0; s < steps.size(); ++s) EXPECT_FLOAT_EQ(delays.values[s], 0.1f * static_cast<float>(steps[s]));
  EXPECT_EQ(test::kind_of<DataError>([&] { (void)weights.matrix(); }), "unsupported");
}

TEST(SynapseValues, OnlyThoseOfKeptNeurons) {
  PlannedRecording some = all("weight");
  some.sources = {1, 0};
  some.neurons = {2, 1};
  const SynapseRecording weights = read_synapses(rows(), some);
  EXPECT_THAT(weights.sources, ElementsAre(0, 0, 1));
  EXPECT_THAT(weights.values, ElementsAre(11, 12, 21));
  const Tensor<float> matrix = weights.matrix();
  ASSERT_EQ(matrix.shape(), (Extents{2, 2}));
  EXPECT_TRUE(std::isnan(matrix[0]));  // 1 → 2: no synapse
  EXPECT_EQ(matrix[1], 21);
  EXPECT_EQ(matrix[2], 12);
  EXPECT_EQ(matrix[3], 11);
}

TEST(SynapseValues, RowsWithOneWeightAndDelay) {
  contract::Artifact artifact = rows();
  contract::ConnectionInfo& info = artifact.manifest.connections[0];
  info.weight_buffer = info.delay_buffer = "";
  info.weight = 0.25f;
  EXPECT_EQ(read_synapses(artifact, all("weight")).values, std::vector<float>(6, 0.25f));
  EXPECT_EQ(read_synapses(artifact, all("delay")).values, std::vector<float>(6, static_cast<float>(3 * 0.1)));
}

TEST(SynapseValues, OneToOne) {
  contract::Artifact artifact = artifact_of("one_to_one");
  artifact.manifest.connections[0].weight_buffer = "weights";
  add<float>(artifact, "weights", contract::ElementType::f32, {7, 8, 9});
  PlannedRecording some = all("weight");
  some.elements = 3;
  some.sources = {0, 2};
  some.neurons = {1, 2};
  const SynapseRecording weights = read_synapses(artifact, some);
  EXPECT_THAT(weights.sources, ElementsAre(2));
  EXPECT_THAT(weights.targets, ElementsAre(2));
  EXPECT_THAT(weights.values, ElementsAre(9));
}

TEST(SynapseValues, WhatIsDrawnAnewOrDamagedIsRefused) {
  EXPECT_EQ(test::kind_of<DataError>([] { (void)read_synapses(artifact_of("procedural"), all("weight")); }),
            "unsupported");
  contract::Artifact missing = artifact_of("dense");
  missing.manifest.connections[0].weight_buffer = "gone";
  EXPECT_EQ(test::kind_of<DataError>([&] { (void)read_synapses(missing, all("weight")); }), "malformed_file");
  contract::Artifact damaged = rows();
  damaged.parameters[0].bytes.resize(8);
  EXPECT_EQ(test::kind_of<DataError>([&] { (void)read_synapses(damaged, all("weight")); }), "malformed_file");
}

}  // namespace
}  // namespace synfire::runtime
