// SPDX-License-Identifier: Apache-2.0
// Plausible printer mistakes, planted in a generated kernel: the emulator finds each and reports its location.
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "golden/simt_run.hpp"

namespace synfire::testing {
namespace {

using simt::Report;
using simt::ReportKind;

// `text` with the first match of `pattern` replaced; the pattern must occur.
std::string mutated(const std::string& text, const std::string& pattern, const std::string& replacement) {
  const std::regex wanted(pattern);
  EXPECT_TRUE(std::regex_search(text, wanted)) << pattern << "\n" << text;
  return std::regex_replace(text, wanted, replacement, std::regex_constants::format_first_only);
}

std::vector<Report> reports_of(const CompilableNetwork& network, const std::string& source) {
  SimtRun run(network, source);
  EXPECT_THROW(run.run(1), RunError);
  return run.device().reports();
}

bool has(const std::vector<Report>& reports, ReportKind kind, const std::string& view) {
  return std::any_of(reports.begin(), reports.end(),
                     [&](const Report& report) { return report.kind == kind && report.view == view; });
}

class SourceMutation : public ::testing::Test {
 protected:
  const CompilableNetwork& network = golden_network("recurrent_delays");
  const std::string source = cuda_source(network);
};

TEST_F(SourceMutation, ASharedArrayOneElementTooShort) {
  std::smatch extent;
  ASSERT_TRUE(std::regex_search(source, extent, std::regex("cells_mask, ([0-9]+)\\)")));
  const std::string shorter = std::to_string(std::stoi(extent[1]) - 1);
  const auto reports = reports_of(network, mutated(source, "cells_mask, [0-9]+\\)", "cells_mask, " + shorter + ")"));
  EXPECT_TRUE(has(reports, ReportKind::out_of_bounds, "cells_mask"));
}

TEST_F(SourceMutation, ALoopOneNeuronTooLong) {
  const auto reports = reports_of(network, std::regex_replace(source, std::regex("i < 33u"), "i < 34u"));
  EXPECT_TRUE(has(reports, ReportKind::out_of_bounds, "cells_readout"));
}

TEST_F(SourceMutation, AWeightMatrixWithAnotherStride) {
  const auto reports = reports_of(network, mutated(source, "deliver_dense<33u", "deliver_dense<34u"));
  EXPECT_TRUE(has(reports, ReportKind::out_of_bounds, "drive_weight"));
}

TEST_F(SourceMutation, CountsThatNobodyInitializes) {
  const auto reports = reports_of(network, mutated(source, "clear_words<threads>\\(input_spike_count[^;]*;", ";"));
  EXPECT_TRUE(has(reports, ReportKind::unwritten_read, "input_spike_count"));
}

TEST_F(SourceMutation, MasksThatNobodyInitializes) {
  const auto reports = reports_of(network, mutated(source, "clear_words<threads>\\(cells_mask[^;]*;", ";"));
  EXPECT_TRUE(has(reports, ReportKind::unwritten_read, "cells_mask"));
}

TEST_F(SourceMutation, AListWhoseEntriesNobodyWrites) {
  const auto reports = reports_of(
      network, mutated(source, "gather_spikes<[^;]*;", "if (thread == 0u) cells_spike_count(step % 4u) = 1u;"));
  EXPECT_TRUE(has(reports, ReportKind::unwritten_read, "cells_spikes"));
}

TEST_F(SourceMutation, ABarrierThatPartOfTheBlockMisses) {
  const auto reports =
      reports_of(network, mutated(source, "block_barrier\\(\\);", "if (thread < 32u) block_barrier();"));
  EXPECT_TRUE(has(reports, ReportKind::divergent_barrier, ""));
}

TEST_F(SourceMutation, ABallotThatPartOfAWarpMisses) {
  const auto reports =
      reports_of(network, mutated(source, "publish_spike\\(", "if (lane_index() != 3u) publish_spike("));
  EXPECT_TRUE(has(reports, ReportKind::divergent_ballot, ""));
}

TEST_F(SourceMutation, NeuronsOfOtherThreads) {
  const auto reports =
      reports_of(golden_network("resumable"),
                 mutated(cuda_source(golden_network("resumable")), "if \\(thread == 0u\\) (input_spike_count)", "$1"));
  EXPECT_TRUE(has(reports, ReportKind::race, "input_spike_count"));
}

}  // namespace
}  // namespace synfire::testing
