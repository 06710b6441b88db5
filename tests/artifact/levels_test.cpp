// SPDX-License-Identifier: Apache-2.0
// Binaries for all processor levels give the same bits, and so does a file read back from disk.
#include <gtest/gtest.h>

#include "artifact/networks.hpp"
#include "base/scratch_folder.hpp"

namespace synfire {
namespace {

using testing::NoisyNetwork;
using testing::Outcome;

class Levels : public ::testing::TestWithParam<NoisyNetwork> {};

TEST_P(Levels, GiveTheSameBits) {
  const InferenceCompiler compiler = testing::compiler_for(GetParam());
  CompiledNetwork native = compiler.compile(GetParam().network);
  const Outcome expected = testing::outcome_of(native);
  ASSERT_GT(testing::count(expected.spikes), 50u);  // enough spikes to differ in

  const test::ScratchFolder folder;
  native.save(folder / "x.synfire");
  const ArtifactFile file = load_artifact(folder / "x.synfire");
  const std::shared_ptr<runtime::Device> device = runtime::open_device("host", {.threads = 2});
  std::size_t run = 0;
  for (const contract::Binary& binary : file.programs.front().binaries) {
    const auto runs = device->architectures();
    if (std::find(runs.begin(), runs.end(), binary.architecture) == runs.end()) continue;
    auto artifact = std::make_shared<contract::Artifact>(file.programs.front());
    artifact->binaries = {binary};
    CompiledNetwork network(artifact, device);
    EXPECT_EQ(testing::outcome_of(network), expected) << binary.architecture;
    ++run;
  }
  EXPECT_GE(run, 1u);
  CompiledNetwork loaded = CompiledNetwork::load(folder / "x.synfire");
  EXPECT_EQ(testing::outcome_of(loaded), expected);
}

INSTANTIATE_TEST_SUITE_P(Networks, Levels, ::testing::ValuesIn(testing::noisy_networks()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace synfire
