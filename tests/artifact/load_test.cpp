// SPDX-License-Identifier: Apache-2.0
// Models and networks from files and from memory: program selection, and messages if no program fits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "artifact/networks.hpp"
#include "base/scratch_folder.hpp"
#include "synfire/base/files.hpp"

namespace synfire {
namespace {

using ::testing::HasSubstr;

const InferenceCompiler plain_compiler{.timesteps = 20, .device = "host", .cache_folder = testing::cache_folder()};

class LoadedArtifact : public ::testing::Test {
 protected:
  // A file of a streaming program.
  static const ArtifactFile& streaming() {
    static const ArtifactFile file = [] {
      InferenceCompiler streams = plain_compiler;
      streams.streaming = true;
      return streams.build_file(testing::leaky_cells());
    }();
    return file;
  }
  // A file of a program without streaming.
  static const ArtifactFile& plain() {
    static const ArtifactFile file = plain_compiler.build_file(testing::leaky_cells());
    return file;
  }
  std::filesystem::path save(const ArtifactFile& file) const {
    save_artifact(folder / "x.synfire", file);
    return folder / "x.synfire";
  }

  test::ScratchFolder folder;
};

std::vector<float> outputs(const Model& model) {
  Session session = model.session();
  Session::Input input = session.input("input");
  const std::vector<float> rates(input.neurons(), 0.3f);
  EXPECT_EQ(input.set(rates), Status::ok);
  const Session::Output output = session.output("cells");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(session.advance(5), Status::ok);
  return {output.readout().begin(), output.readout().end()};
}

TEST_F(LoadedArtifact, ReadersThatWereMovedFromThrow) {
  ArtifactReader reader(save(plain()));
  ArtifactReader moved = std::move(reader);
  EXPECT_THROW(reader.summary(), ModelError);  // NOLINT(bugprone-use-after-move)
  EXPECT_THROW(reader.program(0), ModelError);
  EXPECT_THROW(reader.tensors(), ModelError);
  EXPECT_EQ(moved.summary().programs.size(), 1u);
}

TEST_F(LoadedArtifact, StreamsAsTheModelThatWasCompiledHere) {
  const std::vector<float> expected = outputs(plain_compiler.model(testing::leaky_cells()));
  EXPECT_THAT(expected, ::testing::Contains(::testing::Gt(0.0f)));
  const auto path = save(streaming());
  EXPECT_EQ(outputs(Model::load(path)), expected);
  EXPECT_EQ(outputs(Model::load(path, {.device = "host"})), expected);
}

TEST_F(LoadedArtifact, FromMemoryThatIsGone) {
  const auto expected = outputs(Model::load(save(streaming())));
  auto bytes = base::read_file(save(streaming()));
  const Model model = Model::load(bytes);
  std::fill(bytes.begin(), bytes.end(), std::byte{});
  EXPECT_EQ(outputs(model), expected);
}

TEST_F(LoadedArtifact, ASessionTakesTheProgramThatWasCompiledForIt) {
  ArtifactFile both = plain();
  both.programs.push_back(streaming().programs.front());
  EXPECT_TRUE(Model::load(save(both)).manifest().resumable);
  EXPECT_FALSE(CompiledNetwork::load(save(both)).manifest().resumable);
  EXPECT_TRUE(CompiledNetwork::load(save(both), {.carry_over = {.neurons = true}}).manifest().resumable);
}

TEST_F(LoadedArtifact, AFileThatWasNotCompiledForStreamingSaysSo) {
  const Model model = Model::load(save(plain()));
  EXPECT_EQ(test::kind_of<ModelError>([&] { (void)model.session(); }), "invalid_option");
  EXPECT_EQ(test::kind_of<ModelError>([&] { CompiledNetwork::load(save(plain()), {.carry_over = {.neurons = true}}); }),
            "invalid_option");
}

TEST_F(LoadedArtifact, GoesByNames) {
  CompiledNetwork network = CompiledNetwork::load(save(plain()));
  const std::size_t neurons = 50;
  const Tensor<float> rates({2, neurons}, std::vector<float>(2 * neurons, 0.2f));
  EXPECT_EQ(network.predict({{"input", rates}})["cells"].shape(), (Extents{2, 37}));
  const auto problems = test::problems_of<DataError>([&] { network.predict({{"imput", rates}}); });
  EXPECT_EQ(problems.front().kind, ProblemKind::unknown_name);
  EXPECT_EQ(problems.front().expected, "input");
  EXPECT_FALSE(network.source().empty());
}

TEST_F(LoadedArtifact, IsNotSavedAgain) {
  const CompiledNetwork network = CompiledNetwork::load(save(plain()));
  EXPECT_EQ(test::kind_of<ModelError>([&] { network.save(folder / "y.synfire"); }), "unsupported");
  EXPECT_EQ(folder.files(), 1u);
}

TEST_F(LoadedArtifact, NoBinaryForThisProcessor) {
  ArtifactFile file = plain();
  file.programs[0].binaries.resize(1);
  file.programs[0].binaries[0].architecture = "riscv64";
  const auto path = save(file);
  for (const std::string device : {"", "host"}) {
    const auto problems = test::problems_of<DeviceError>([&] { CompiledNetwork::load(path, {.device = device}); });
    EXPECT_EQ(problems.front().kind, ProblemKind::unsupported);
    EXPECT_EQ(problems.front().given, "host riscv64");
    EXPECT_THAT(problems.front().hint, HasSubstr("compile the network for this device"));
  }
}

TEST_F(LoadedArtifact, NoProgramForTheDevice) {
  ArtifactFile file = plain();
  for (contract::Binary& binary : file.programs[0].binaries) binary.target = "abacus";
  const auto problems = test::problems_of<DeviceError>([&] { Model::load(save(file)); });
  EXPECT_EQ(problems.front().kind, ProblemKind::unsupported);
  EXPECT_THAT(problems.front().given, HasSubstr("abacus"));
  EXPECT_EQ(test::kind_of<DeviceError>([&] { Model::load(save(plain()), {.device = "abacus"}); }), "unknown_name");
}

TEST_F(LoadedArtifact, ABinaryThatIsNone) {
  ArtifactFile file = plain();
  for (contract::Binary& binary : file.programs[0].binaries) binary.bytes = test::bytes_of("no shared object");
  EXPECT_EQ(test::kind_of<BuildError>([&] { Model::load(save(file)); }), "build_failed");
  EXPECT_NO_THROW(load_artifact(save(file)));  // loading runs nothing
}

// The recipe of docs/artifacts.md.
TEST_F(LoadedArtifact, IsReadByPython) {
  if (std::system("/usr/bin/python3 -c 'import numpy' 2> /dev/null") != 0) GTEST_SKIP() << "NumPy is not installed";
  save(plain());
  std::ifstream document(std::string(SYNFIRE_SOURCE_FOLDER) + "/docs/artifacts.md");
  std::string script;
  bool inside = false;
  for (std::string line; std::getline(document, line);) {
    if (line.starts_with("```")) {
      inside = !inside && line == "```python";
    } else if (inside) {
      script += line + "\n";
    }
  }
  ASSERT_THAT(script, HasSubstr("fmnist.synfire"));
  std::filesystem::rename(folder / "x.synfire", folder / "fmnist.synfire");
  for (const contract::ParameterValues& values : plain().programs[0].parameters) {
    script += "assert weights['" + values.buffer + "'].nbytes == " + std::to_string(values.bytes.size()) + "\n";
  }
  script += "assert archive.testzip() is None\n";
  std::ofstream(folder / "script.py") << script;
  EXPECT_EQ(std::system(("cd '" + folder.path().string() + "' && /usr/bin/python3 script.py").c_str()), 0);
}

// The description is that of the compiled network.
TEST_F(LoadedArtifact, HasTheDescriptionOfItsNetwork) {
  const ArtifactFile file = load_artifact(save(streaming()));
  const Description description = parse_description(file.description, file.tensors, "x.synfire");
  EXPECT_EQ(description.network, testing::leaky_cells());
  EXPECT_TRUE(description.compile.streaming);
  InferenceCompiler again = InferenceCompiler::from(description.compile, description.network);
  again.device = "host";
  again.cache_folder = testing::cache_folder();
  const ArtifactFile rebuilt = again.build_file(description.network);
  save_artifact(folder / "y.synfire", rebuilt);
  EXPECT_EQ(base::read_file(folder / "y.synfire"), base::read_file(folder / "x.synfire"));
}

TEST_F(LoadedArtifact, AFileThatIsNotThere) {
  EXPECT_EQ(test::kind_of<DataError>([&] { Model::load(folder / "nothing.synfire"); }), "file_access");
  EXPECT_EQ(test::kind_of<DataError>([&] { CompiledNetwork::load(test::bytes_of("nothing")); }), "malformed_file");
}

}  // namespace
}  // namespace synfire
