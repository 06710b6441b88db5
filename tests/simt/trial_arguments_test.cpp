// SPDX-License-Identifier: Apache-2.0
// The two declarations of a kernel's argument match.
#include "trial_arguments.cuh"

#include <gtest/gtest.h>

#include <cstddef>
#include <type_traits>

#include "synfire/contract/trial_arguments.hpp"

namespace synfire {
namespace {

using contract::TrialHeader;
using Arguments = device::TrialArguments<5>;

TEST(TrialArguments, FieldsAreWhereTheContractHasThem) {
  EXPECT_EQ(offsetof(Arguments, seed), offsetof(TrialHeader, seed));
  EXPECT_EQ(offsetof(Arguments, first_example), offsetof(TrialHeader, first_example));
  EXPECT_EQ(offsetof(Arguments, examples), offsetof(TrialHeader, examples));
  EXPECT_EQ(offsetof(Arguments, first_step), offsetof(TrialHeader, first_step));
  EXPECT_EQ(offsetof(Arguments, last_step), offsetof(TrialHeader, last_step));
  EXPECT_EQ(offsetof(Arguments, load), offsetof(TrialHeader, load));
  EXPECT_EQ(offsetof(Arguments, save), offsetof(TrialHeader, save));
  EXPECT_EQ(offsetof(Arguments, input_origin), offsetof(TrialHeader, input_origin));
  EXPECT_EQ(offsetof(Arguments, recording_origin), offsetof(TrialHeader, recording_origin));
  EXPECT_EQ(offsetof(Arguments, readout_origin), offsetof(TrialHeader, readout_origin));
}

TEST(TrialArguments, FieldsAreAsLargeAsTheContractHasThem) {
  EXPECT_EQ(sizeof(Arguments::seed), sizeof(TrialHeader::seed));
  EXPECT_EQ(sizeof(Arguments::first_example), sizeof(TrialHeader::first_example));
  EXPECT_EQ(sizeof(Arguments::examples), sizeof(TrialHeader::examples));
  EXPECT_EQ(sizeof(Arguments::first_step), sizeof(TrialHeader::first_step));
  EXPECT_EQ(sizeof(Arguments::last_step), sizeof(TrialHeader::last_step));
  EXPECT_EQ(sizeof(Arguments::load), sizeof(TrialHeader::load));
  EXPECT_EQ(sizeof(Arguments::save), sizeof(TrialHeader::save));
  EXPECT_EQ(sizeof(Arguments::input_origin), sizeof(TrialHeader::input_origin));
  EXPECT_EQ(sizeof(Arguments::recording_origin), sizeof(TrialHeader::recording_origin));
  EXPECT_EQ(sizeof(Arguments::readout_origin), sizeof(TrialHeader::readout_origin));
}

TEST(TrialArguments, BuffersFollowTheHeader) {
  EXPECT_EQ(offsetof(Arguments, buffers), sizeof(TrialHeader));
  EXPECT_EQ(sizeof(Arguments), sizeof(TrialHeader) + 5 * sizeof(void*));
  EXPECT_TRUE(std::is_trivially_copyable_v<Arguments>);
}

TEST(TrialArguments, CarriedStateHasTheSameBits) {
  EXPECT_EQ(device::carry_neurons, static_cast<unsigned>(contract::carry_neurons));
  EXPECT_EQ(device::carry_synapses, static_cast<unsigned>(contract::carry_synapses));
  EXPECT_EQ(device::carry_spikes, static_cast<unsigned>(contract::carry_spikes));
  EXPECT_EQ(device::carry_readouts, static_cast<unsigned>(contract::carry_readouts));
}

}  // namespace
}  // namespace synfire
