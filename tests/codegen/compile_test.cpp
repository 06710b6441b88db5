// SPDX-License-Identifier: Apache-2.0
// The compiler as a whole: stages, manifests, and the registry of backends.
#include "synfire/codegen/compile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "golden/networks.hpp"
#include "synfire/models.hpp"

namespace synfire::codegen {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::StartsWith;

const testing::CompilableNetwork& example() { return testing::golden_network("refractory"); }

TEST(Stages, ComeInOrder) {
  std::vector<std::string> stages;
  generate(example().network.resolve(), example().options, "cuda",
           [&](const std::string& stage, const std::string& text) {
             stages.push_back(stage);
             EXPECT_FALSE(text.empty()) << stage;
           });
  EXPECT_THAT(stages,
              ElementsAre("network", "memory", "schedule", "lowering", "place_in_block", "place_barriers", "source"));
}

// The output of SYNFIRE_PRINT=`wanted` for two stages.
std::string printed(const char* wanted) {
  setenv("SYNFIRE_PRINT", wanted, 1);
  ::testing::internal::CaptureStderr();
  if (const StagePrinter print = stages_from_environment()) {
    print("lowering", "the program");
    print("source", "the source");
  }
  unsetenv("SYNFIRE_PRINT");
  return ::testing::internal::GetCapturedStderr();
}

TEST(Stages, ArePrintedOnRequest) {
  EXPECT_EQ(printed("source"), "==== source\nthe source\n");
  EXPECT_EQ(printed("network,lowering"), "==== lowering\nthe program\n");
  EXPECT_EQ(printed("all"), "==== lowering\nthe program\n==== source\nthe source\n");
  EXPECT_THAT(printed("sour"),
              StartsWith("SYNFIRE_PRINT: unknown stage \"sour\"; did you mean \"source\"? Stages: network, "));
  EXPECT_EQ(printed("sour"), "");
  EXPECT_EQ(printed(""), "");
}

TEST(Stages, ArePrintedOnlyOnRequest) {
  unsetenv("SYNFIRE_PRINT");
  EXPECT_FALSE(stages_from_environment());
}

TEST(Stages, ChangeNothing) {
  const auto quiet = generate(example().network.resolve(), example().options, "cuda");
  const auto loud =
      generate(example().network.resolve(), example().options, "cuda", [](const std::string&, const std::string&) {});
  EXPECT_EQ(loud.binaries.front().source, quiet.binaries.front().source);
}

TEST(Stages, TellOfTheBinary) {
  std::string text;
  compile(example().network.resolve(), example().options, "host", {.architecture = {}, .cache_folder = "-"},
          [&](const std::string& stage, const std::string& each) {
            if (stage == "binary") text = each;
          });
  EXPECT_THAT(text, HasSubstr("host native, "));
  EXPECT_THAT(text, HasSubstr("compiled in "));
}

TEST(Backends, AreKnownByName) {
  EXPECT_THAT(backend_names(), IsSupersetOf({"cuda", "host"}));
  EXPECT_EQ(find_backend("cuda").name(), "cuda");
}

TEST(Backends, UnknownOnesAreRefused) {
  try {
    find_backend("cdua");
    FAIL() << "nothing was thrown";
  } catch (const DeviceError& error) {
    EXPECT_EQ(error.problems().front().kind, ProblemKind::no_device);
    EXPECT_EQ(error.problems().front().given, "cdua");
    EXPECT_THAT(error.problems().front().hint, HasSubstr("\"cuda\""));
  }
}

class Renamed : public Backend {
 public:
  std::string name() const override { return "test of the registry"; }
  std::vector<Pass> passes(const PassOptions&) const override { return {}; }
  std::string print(const Program&) const override { return "printed"; }
  contract::Binary build(const std::string&, const BuildOptions&) const override { return {}; }
};

TEST(Backends, CanBeAdded) {
  register_backend(std::make_unique<Renamed>());
  const Backend& first = find_backend("test of the registry");
  EXPECT_EQ(generate(example().network.resolve(), example().options, first.name()).binaries.front().source, "printed");
  register_backend(std::make_unique<Renamed>());
  EXPECT_NE(&find_backend("test of the registry"), &first);
  EXPECT_EQ(first.name(), "test of the registry");  // the replaced one stays valid
}

TEST(Manifest, DescribesTheNetwork) {
  const auto& golden = testing::golden_network("per_neuron_parameters");
  const contract::Manifest manifest = generate(golden.network.resolve(), golden.options, "cuda").manifest;
  ASSERT_EQ(manifest.populations.size(), 3u);
  EXPECT_EQ(manifest.populations[0].input, contract::InputKind::values);
  EXPECT_EQ(manifest.populations[0].frames, 3u);
  EXPECT_EQ(manifest.populations[0].frame_timesteps, 4u);
  EXPECT_EQ(manifest.populations[2].readout, "avg_var");
  ASSERT_EQ(manifest.connections.size(), 2u);
  EXPECT_EQ(manifest.connections[0].connectivity, "one_to_one");
  EXPECT_EQ(manifest.connections[1].synapses, 12u);
  EXPECT_EQ(manifest.timesteps, 12u);
  EXPECT_EQ(manifest.entry.threads % 32, 0u);
}

TEST(Manifest, GivesEveryParameterItsValues) {
  for (const auto& golden : testing::golden_networks()) {
    const auto artifact = generate(golden.network.resolve(), golden.options, "host");
    std::size_t parameters = 0;
    for (const contract::Buffer& buffer : artifact.manifest.buffers) {
      if (buffer.role != contract::BufferRole::parameter) continue;
      ASSERT_LT(parameters, artifact.parameters.size());
      EXPECT_EQ(artifact.parameters[parameters].buffer, buffer.name);
      EXPECT_EQ(artifact.parameters[parameters].bytes.size(), contract::buffer_bytes(buffer, 1)) << buffer.name;
      ++parameters;
    }
    EXPECT_EQ(parameters, artifact.parameters.size());
  }
}

TEST(Manifest, BackendsDifferOnlyInWorkspaces) {
  for (const auto& golden : testing::golden_networks()) {
    const auto names = [&](const std::string& backend) {
      std::vector<std::string> all;
      for (const auto& buffer : generate(golden.network.resolve(), golden.options, backend).manifest.buffers) {
        if (buffer.role != contract::BufferRole::workspace) all.push_back(buffer.name);
      }
      return all;
    };
    EXPECT_EQ(names("cuda"), names("host")) << golden.name;
  }
}

TEST(Manifest, OnlyAResumableNetworkHasSavedState) {
  for (const auto& golden : testing::golden_networks()) {
    const auto manifest = generate(golden.network.resolve(), golden.options, "cuda").manifest;
    std::vector<contract::BufferRole> roles;
    for (const auto& buffer : manifest.buffers) roles.push_back(buffer.role);
    EXPECT_EQ(manifest.resumable, golden.options.resumable);
    const bool saves = std::count(roles.begin(), roles.end(), contract::BufferRole::trial_state) != 0;
    EXPECT_EQ(saves, manifest.resumable) << golden.name;
  }
}

}  // namespace
}  // namespace synfire::codegen
