// SPDX-License-Identifier: Apache-2.0
// synfire import, export and nir-verify, as users run them; and what they say in a program without NIR.
#include <gtest/gtest.h>

#include <filesystem>

#include "command_line/program.hpp"

namespace synfire::test {
namespace {

std::string nir_sample(const std::string& name) {
  return (std::filesystem::path(SYNFIRE_SOURCE_FOLDER) / "tests" / "nir" / "files" / name).string();
}

#if SYNFIRE_HAS_HDF5

TEST(NirCommands, AnImportedFileRuns) {
  const Workplace place;
  const Ended imported =
      place.synfire({"import", nir_sample("paper/braille_noDelay_bias_zero.nir"), "-o", "net.json", "--json"});
  ASSERT_EQ(imported.exit_code, 0) << imported.messages;
  const auto document = imported.json();
  EXPECT_EQ(document["dt"], 1e-4);
  EXPECT_EQ(document["outputs"][0]["population"], "lif2");
  EXPECT_GT(document["choices"].size(), 4u);
  EXPECT_EQ(place.files(), (Words{"net.json", "net.npz"}));
  const Ended valid = place.synfire({"validate", "net.json", "--strict"});
  EXPECT_EQ(valid.exit_code, 0) << valid.messages;
  EXPECT_EQ(place.synfire({"compile", "net.json", "-o", "net.synfire"}).exit_code, 0);
}

TEST(NirCommands, AnExportedFileImportsToTheSameDescription) {
  const Workplace place;
  ASSERT_EQ(
      place.synfire({"import", nir_sample("paper/lif_norse.nir"), "-o", "a.json", "--reset", "subtract"}).exit_code, 0);
  const Ended exported = place.synfire({"export", "a.json", "-o", "b.nir"});
  ASSERT_EQ(exported.exit_code, 0) << exported.messages;
  ASSERT_EQ(place.synfire({"import", "b.nir", "-o", "b.json"}).exit_code, 0);
  EXPECT_EQ(place.read("a.json"), place.read("b.json"));
}

TEST(NirCommands, VerificationComparesAllPopulations) {
  const Workplace place;
  const Ended verified = place.synfire({"nir-verify", nir_sample("paper/lif_norse.nir"), "--rate", "0.3", "--json"});
  ASSERT_EQ(verified.exit_code, 0) << verified.messages;
  const auto document = verified.json();
  EXPECT_EQ(document["seed"], 1);
  EXPECT_EQ(document["same_network"], true);
  ASSERT_EQ(document["comparisons"].size(), 2u);
  for (const auto& each : document["comparisons"]) {
    EXPECT_GT(each["spikes"], 5);
    EXPECT_EQ(each["differing"], 0);
  }
  EXPECT_TRUE(place.files().empty());
}

TEST(NirCommands, RepairsAreWarningsOfTheirKind) {
  const Workplace place;
  const Words import{"import", nir_sample("paper/lif_rockpool.nir"), "-o", "net.json"};
  EXPECT_NE(place.synfire(import).messages.find("warning: "), std::string::npos);
  Words silent = import;
  silent.insert(silent.end(), {"--no-warn", "repaired_graph"});
  const Ended ended = place.synfire(silent);
  EXPECT_EQ(ended.exit_code, 0) << ended.messages;
  EXPECT_EQ(ended.messages.find("warning: "), std::string::npos) << ended.messages;
}

TEST(NirCommands, MistakesAreNamed) {
  const Workplace place;
  const Ended broken = place.synfire({"import", nir_sample("paper/braille_noDelay_bias_zero_subgraph.nir")});
  EXPECT_EQ(broken.exit_code, 3);
  EXPECT_NE(broken.messages.find("lif1"), std::string::npos) << broken.messages;
  const Ended option = place.synfire({"import", nir_sample("paper/lif_norse.nir"), "--reset", "subtrakt"});
  EXPECT_EQ(option.exit_code, 2);
  EXPECT_NE(option.messages.find("subtract"), std::string::npos) << option.messages;
  const Ended slow = place.synfire({"import", nir_sample("paper/lif_norse.nir"), "--dt", "1"});
  EXPECT_EQ(slow.exit_code, 3);
  EXPECT_NE(slow.messages.find("--integrator exact"), std::string::npos) << slow.messages;
  write_three(place);
  const Ended exported = place.synfire({"export", "three.json"});
  EXPECT_EQ(exported.exit_code, 3);
  EXPECT_NE(exported.messages.find("population"), std::string::npos) << exported.messages;
  EXPECT_FALSE(place.has("three.nir"));
}

#else

TEST(NirCommands, AProgramWithoutNirSaysSo) {
  const Workplace place;
  for (const char* command : {"import", "nir-verify", "export"}) {
    const Ended ended = place.synfire({command, nir_sample("paper/lif_norse.nir")});
    EXPECT_EQ(ended.exit_code, 3);
    EXPECT_NE(ended.messages.find("built without NIR"), std::string::npos) << ended.messages;
  }
}

#endif

}  // namespace
}  // namespace synfire::test
