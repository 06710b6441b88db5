// SPDX-License-Identifier: Apache-2.0
// NVRTC compiles generated kernels for every architecture without spilling; and its messages if it cannot.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "golden/networks.hpp"
#include "synfire/codegen/compile.hpp"
#include "synfire/codegen/resource_usage.hpp"
#include "synfire/error.hpp"

namespace synfire::testing {
namespace {

using namespace codegen;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Why NVRTC is unavailable; empty if it is available.
const std::string& reason_without_nvrtc() {
  static const std::string reason = [] {
    try {
      find_backend("cuda").build("extern \"C\" __global__ void synfire_trial() {}",
                                 {.architecture = {}, .cache_folder = "-"});
    } catch (const BuildError& error) {
      if (error.problems().front().path == "nvrtc") return std::string(error.what());
    }
    return std::string{};
  }();
  return reason;
}

#define SYNFIRE_NEEDS_NVRTC() \
  if (!reason_without_nvrtc().empty()) GTEST_SKIP() << reason_without_nvrtc()

// No cache: this tests the compiler.
contract::Binary build(const std::string& source, const std::string& architecture) {
  return find_backend("cuda").build(source, {.architecture = architecture, .cache_folder = "-"});
}

struct Case {
  CompilableNetwork network;
  std::string architecture;
};

void PrintTo(const Case& each, std::ostream* out) { *out << each.network.name << " for " << each.architecture; }

// The networks of the benchmarks and examples for every architecture, the other goldens for one.
std::vector<Case> cases() {
  std::vector<Case> all;
  for (const CompilableNetwork& network : {demo_network(), recurrent_network(), golden_network("signed_poisson")}) {
    for (const char* architecture : {"sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120"})
      all.push_back({network, architecture});
  }
  for (const CompilableNetwork& network : golden_networks()) {
    if (network.name != "signed_poisson") all.push_back({network, "sm_90"});
  }
  return all;
}

void print_row(const std::string& name, const contract::Binary& binary, const ResourceUsage& usage) {
  std::printf("%-24s %-7s %3zu registers %6zu B shared %2zu B stack %2zu B spilled %6zu B cubin %4.0f ms\n",
              name.c_str(), binary.architecture.c_str(), usage.registers, usage.shared_bytes, usage.stack_bytes,
              usage.spill_store_bytes + usage.spill_load_bytes, binary.bytes.size(), binary.compile_milliseconds);
}

class Nvrtc : public ::testing::TestWithParam<Case> {};

TEST_P(Nvrtc, CompilesWithoutSpilling) {
  SYNFIRE_NEEDS_NVRTC();
  const auto& [network, architecture] = GetParam();
  const contract::Artifact artifact = generate(network.network.resolve(), network.options, "cuda");
  const contract::Binary binary = build(artifact.binaries.front().source, architecture);
  EXPECT_EQ(binary.architecture, architecture);
  EXPECT_FALSE(binary.bytes.empty());
  EXPECT_FALSE(binary.from_cache);
  EXPECT_GT(binary.compile_milliseconds, 0);
  const auto usage = resource_usage(binary.log);
  ASSERT_TRUE(usage) << binary.log;
  print_row(network.name, binary, *usage);
  EXPECT_EQ(usage->spill_store_bytes, 0u) << binary.log;
  EXPECT_EQ(usage->spill_load_bytes, 0u) << binary.log;
  EXPECT_EQ(usage->stack_bytes, 0u) << binary.log;
  EXPECT_LE(usage->registers * artifact.manifest.entry.threads, 64u * 1024) << "a block does not fit";
  // The GPU reserves some shared memory and aligns the rest; unread data is omitted.
  EXPECT_LE(usage->shared_bytes, artifact.manifest.entry.shared_bytes + 1024 + 128);
}

INSTANTIATE_TEST_SUITE_P(Kernels, Nvrtc, ::testing::ValuesIn(cases()),
                         [](const auto& test) { return test.param.network.name + "_" + test.param.architecture; });

const std::string empty_kernel = "extern \"C\" __global__ void synfire_trial() {}\n";

Problem problem_of(const std::string& source, const std::string& architecture) {
  try {
    build(source, architecture);
  } catch (const BuildError& error) {
    EXPECT_EQ(error.problems().size(), 1u);
    return error.problems().front();
  }
  ADD_FAILURE() << "no BuildError";
  return {};
}

TEST(NvrtcArchitectures, NoneAskedForMeansADefault) {
  SYNFIRE_NEEDS_NVRTC();
  EXPECT_THAT(build(empty_kernel, "").architecture, StartsWith("sm_"));
}

TEST(NvrtcArchitectures, NewerThanItKnowsBecomesPtx) {
  SYNFIRE_NEEDS_NVRTC();
  const contract::Binary binary = build(empty_kernel, "sm_990");
  EXPECT_THAT(binary.architecture, StartsWith("compute_"));
  const std::string text(reinterpret_cast<const char*>(binary.bytes.data()), binary.bytes.size());
  EXPECT_THAT(text, HasSubstr(".entry synfire_trial"));
  EXPECT_FALSE(resource_usage(binary.log));
}

TEST(NvrtcArchitectures, BetweenTwoThatItKnowsBecomesPtxOfTheOlder) {
  SYNFIRE_NEEDS_NVRTC();
  EXPECT_EQ(build(empty_kernel, "sm_91").architecture, "compute_90");
}

TEST(NvrtcArchitectures, OlderThanItKnowsIsRefused) {
  SYNFIRE_NEEDS_NVRTC();
  for (const char* architecture : {"sm_20", "sm_", "pentium", "x86-64"}) {
    const Problem problem = problem_of(empty_kernel, architecture);
    EXPECT_EQ(problem.kind, ProblemKind::build_failed);
    EXPECT_EQ(problem.path, "architecture");
    EXPECT_EQ(problem.given, architecture);
    EXPECT_THAT(problem.expected, StartsWith("sm_"));
  }
}

TEST(NvrtcErrors, NameTheOffendingLine) {
  SYNFIRE_NEEDS_NVRTC();
  const Problem problem =
      problem_of("// first line\nextern \"C\" __global__ void synfire_trial() {\n  wrong(1);\n}\n", "sm_90");
  EXPECT_EQ(problem.kind, ProblemKind::build_failed);
  EXPECT_EQ(problem.path, "cuda program");
  EXPECT_THAT(problem.message, HasSubstr("wrong"));
  EXPECT_THAT(problem.message, HasSubstr("trial.cu:3\n"));
  EXPECT_THAT(problem.message, HasSubstr(">   wrong(1);\n"));
}

TEST(NvrtcErrors, HeadersOfTheSystemAreNotThere) {
  SYNFIRE_NEEDS_NVRTC();
  const Problem problem = problem_of("#include <cuda_fp16.h_not_there>\n" + empty_kernel, "sm_90");
  EXPECT_EQ(problem.kind, ProblemKind::build_failed);
  EXPECT_EQ(problem.path, "cuda program");
}

TEST(Nvrtc, TheSameSourceGivesTheSameBinary) {
  SYNFIRE_NEEDS_NVRTC();
  const CompilableNetwork& network = golden_network("refractory");
  const std::string source = generate(network.network.resolve(), network.options, "cuda").binaries.front().source;
  EXPECT_EQ(build(source, "sm_90").bytes, build(source, "sm_90").bytes);
}

// The state of many neurons per thread uses no registers.
TEST(Nvrtc, LargePopulationsDoNotSpillEither) {
  SYNFIRE_NEEDS_NVRTC();
  Network network;
  const auto input = network.add("spike_input", 2000, {.name = "input"});
  const auto cells = network.add(izhikevich_model(), 5000, {.readout = "spike_count", .name = "cells"});
  const auto middle = network.add("leaky_integrate_fire", 4000, {.name = "middle"});
  network.connect(input, middle, Dense{0.5}, {.synapse = alpha_model()});
  network.connect(middle, cells, Dense{0.5}, {.synapse = alpha_model()});
  network.connect(cells, cells, OneToOne{0.5, 2.0});
  for (const std::uint32_t threads : {0u, 128u, 1024u}) {
    const CompileOptions options{.timesteps = 10, .threads_per_block = threads};
    const contract::Artifact artifact = generate(network.resolve(), options, "cuda");
    const contract::Binary binary = build(artifact.binaries.front().source, "sm_90");
    const auto usage = resource_usage(binary.log);
    ASSERT_TRUE(usage) << binary.log;
    print_row("large, " + std::to_string(artifact.manifest.entry.threads) + " threads", binary, *usage);
    EXPECT_EQ(usage->spill_store_bytes + usage->spill_load_bytes + usage->stack_bytes, 0u) << threads << binary.log;
  }
}

}  // namespace
}  // namespace synfire::testing
