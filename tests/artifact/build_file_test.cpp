// SPDX-License-Identifier: Apache-2.0
// Compiling for other machines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "artifact/networks.hpp"
#include "base/scratch_folder.hpp"
#include "synfire/codegen/compile.hpp"

namespace synfire {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const InferenceCompiler compiler{.timesteps = 20, .device = "host", .cache_folder = testing::cache_folder()};

std::vector<std::string> architectures_of(const contract::Artifact& program) {
  std::vector<std::string> names;
  for (const contract::Binary& binary : program.binaries) names.push_back(binary.architecture);
  return names;
}

bool begins(const contract::Binary& binary, std::string_view mark) {
  return std::string_view(reinterpret_cast<const char*>(binary.bytes.data()), binary.bytes.size()).starts_with(mark);
}

// Runs `action` with another value of an environment variable.
template <class Action>
auto with_environment(const char* name, const char* value, Action action) {
  const char* before = std::getenv(name);
  const std::string kept = before != nullptr ? before : "";
  setenv(name, value, 1);
  auto result = action();
  before != nullptr ? setenv(name, kept.c_str(), 1) : unsetenv(name);
  return result;
}

#if defined(__x86_64__)
TEST(BuildFile, UsuallyForAllLevelsOfThisKindOfMachine) {
  const ArtifactFile file = compiler.build_file(testing::leaky_cells());
  ASSERT_EQ(file.programs.size(), 1u);
  EXPECT_THAT(architectures_of(file.programs[0]), ElementsAre("x86-64-v2", "x86-64-v3", "x86-64-v4"));
  for (const contract::Binary& binary : file.programs[0].binaries)
    EXPECT_TRUE(begins(binary,
                       "\x7f"
                       "ELF"));
}
#endif

TEST(BuildFile, RefusesNative) {
  const auto problems = test::problems_of<BuildError>([] {
    compiler.build_file(testing::leaky_cells(), {{"host", {"x86-64-v3", "native"}}});
  });
  EXPECT_EQ(problems.front().kind, ProblemKind::invalid_option);
  EXPECT_EQ(problems.front().given, "native");
}

TEST(BuildFile, SaysWhichArchitecturesThereAre) {
  const auto problems = test::problems_of<BuildError>([] {
    compiler.build_file(testing::leaky_cells(), {{"host", {"x86-64-v33"}}});
  });
  EXPECT_EQ(problems.front().kind, ProblemKind::build_failed);
  EXPECT_EQ(problems.front().given, "x86-64-v33");
  EXPECT_THAT(problems.front().hint, HasSubstr("did you mean \"x86-64-v3\"?"));
  EXPECT_THAT(problems.front().hint, HasSubstr("aarch64"));
}

TEST(BuildFile, RefusesADeviceThatThereIsNoCompilerFor) {
  EXPECT_EQ(test::kind_of<DeviceError>([] { compiler.build_file(testing::leaky_cells(), {{"abacus"}}); }), "no_device");
}

#if defined(__x86_64__)
TEST(BuildFile, SaysWhichCrossCompilerIsMissing) {
  const Problem problem = with_environment("SYNFIRE_CXX_AARCH64", "/nowhere/g++", [] {
    return test::problems_of<BuildError>([] {
             compiler.build_file(testing::leaky_cells(), {{"host", {"aarch64"}}});
           })
        .front();
  });
  EXPECT_EQ(problem.kind, ProblemKind::build_failed);
  EXPECT_EQ(problem.path, "host compiler");
  EXPECT_EQ(problem.given, "aarch64");
  EXPECT_THAT(problem.message, HasSubstr("/nowhere/g++"));
  EXPECT_THAT(problem.hint, HasSubstr("SYNFIRE_CXX_AARCH64"));
}

TEST(BuildFile, ForAnotherKindOfMachine) {
  if (std::system("aarch64-linux-gnu-g++ --version > /dev/null 2>&1") != 0)
    GTEST_SKIP() << "aarch64-linux-gnu-g++ is not installed";
  for (const char* schedule : {"trial", "step"}) {
    InferenceCompiler both = compiler;
    both.schedule = schedule;
    both.threads = 2;
    const ArtifactFile file = both.build_file(testing::sparse_cells(), {{"host", {"aarch64", "x86-64-v2"}}});
    EXPECT_THAT(architectures_of(file.programs[0]), ElementsAre("aarch64", "x86-64-v2"));
    const contract::Binary& binary = file.programs[0].binaries[0];
    ASSERT_TRUE(begins(binary,
                       "\x7f"
                       "ELF"));
    EXPECT_EQ(std::to_integer<int>(binary.bytes[18]), 183);  // e_machine: EM_AARCH64
  }
}
#endif

TEST(BuildFile, MachineCodeForGpusAndPtxForNewerOnes) {
  try {
    const ArtifactFile file = compiler.build_file(testing::leaky_cells(), {{"cuda", {"sm_80", "sm_90"}}, {"host"}});
    ASSERT_EQ(file.programs.size(), 2u);
    EXPECT_THAT(architectures_of(file.programs[0]), ElementsAre("sm_80", "sm_90", "compute_90"));
    EXPECT_TRUE(begins(file.programs[0].binaries[1],
                       "\x7f"
                       "ELF"));
    EXPECT_THAT(std::string(reinterpret_cast<const char*>(file.programs[0].binaries[2].bytes.data())),
                HasSubstr(".target sm_90"));
    EXPECT_NE(file.programs[0].manifest.entry.threads, 0u);
    EXPECT_EQ(file.programs[1].binaries[0].target, "host");
  } catch (const BuildError& error) {
    if (error.problems().front().path != "nvrtc") throw;
    GTEST_SKIP() << error.what();
  }
}

TEST(ShippingArchitectures, AddPtxOfTheNewest) {
  using codegen::shipping_architectures;
  EXPECT_THAT(shipping_architectures("cuda", {}), ElementsAre("sm_90", "compute_90"));
  EXPECT_THAT(shipping_architectures("cuda", {"sm_100", "sm_90"}), ElementsAre("sm_100", "sm_90", "compute_100"));
  EXPECT_THAT(shipping_architectures("cuda", {"sm_90", "compute_90"}), ElementsAre("sm_90", "compute_90"));
  EXPECT_THAT(shipping_architectures("host", {"aarch64", "aarch64"}), ElementsAre("aarch64"));
}

}  // namespace
}  // namespace synfire
