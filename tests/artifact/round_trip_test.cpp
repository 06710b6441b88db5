// SPDX-License-Identifier: Apache-2.0
// Loading returns what was saved, from a file and from memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <limits>

#include "artifact/archive.hpp"
#include "artifact/sample.hpp"
#include "base/scratch_folder.hpp"
#include "golden/networks.hpp"
#include "synfire/base/files.hpp"

namespace synfire {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

void expect_equal(const contract::Artifact& given, const contract::Artifact& expected) {
  EXPECT_EQ(given.manifest, expected.manifest);
  ASSERT_EQ(given.parameters.size(), expected.parameters.size());
  for (const contract::ParameterValues& values : expected.parameters)
    EXPECT_THAT(given.parameters, ::testing::Contains(values));
  ASSERT_EQ(given.binaries.size(), expected.binaries.size());
  for (std::size_t i = 0; i < given.binaries.size(); ++i) {
    const contract::Binary& binary = given.binaries[i];
    EXPECT_EQ(binary.target, expected.binaries[i].target);
    EXPECT_EQ(binary.architecture, expected.binaries[i].architecture);
    EXPECT_EQ(binary.bytes, expected.binaries[i].bytes);
    EXPECT_EQ(binary.source, expected.binaries[i].source);
    EXPECT_EQ(binary.log, expected.binaries[i].log);
    EXPECT_EQ(binary.cached_path, "");
  }
}

void expect_equal(const ArtifactFile& given, const ArtifactFile& expected) {
  EXPECT_EQ(given.description, expected.description);
  EXPECT_EQ(given.tensors, expected.tensors);
  EXPECT_EQ(given.notes, expected.notes);
  ASSERT_EQ(given.programs.size(), expected.programs.size());
  for (std::size_t i = 0; i < given.programs.size(); ++i) expect_equal(given.programs[i], expected.programs[i]);
}

using Case = std::tuple<std::string, codegen::Schedule>;

class ArtifactRoundTrip : public ::testing::TestWithParam<Case> {
 protected:
  ArtifactFile file = test::sample_file(std::get<0>(GetParam()), std::get<1>(GetParam()));
  test::ScratchFolder folder;
  std::filesystem::path path = folder / "x.synfire";
};

TEST_P(ArtifactRoundTrip, Equal) {
  save_artifact(path, file);
  EXPECT_EQ(folder.files(), 1u);
  expect_equal(load_artifact(path), file);
  expect_equal(load_artifact(base::read_file(path)), file);
}

TEST_P(ArtifactRoundTrip, SavedAgainItHasTheSameBytes) {
  save_artifact(path, file);
  save_artifact(folder / "y.synfire", load_artifact(path));
  EXPECT_EQ(base::read_file(folder / "y.synfire"), base::read_file(path));
}

TEST_P(ArtifactRoundTrip, TheSummaryAgrees) {
  save_artifact(path, file);
  const ArtifactSummary summary = read_artifact_summary(path);
  ASSERT_EQ(summary.programs.size(), file.programs.size());
  for (std::size_t i = 0; i < file.programs.size(); ++i) {
    EXPECT_EQ(summary.programs[i].manifest, file.programs[i].manifest);
    EXPECT_EQ(summary.programs[i].parameter_entries.size(), file.programs[i].parameters.size());
    EXPECT_EQ(summary.programs[i].binaries[1].architecture, file.programs[i].binaries[1].architecture);
    EXPECT_EQ(summary.programs[i].binaries[1].bytes, file.programs[i].binaries[1].bytes.size());
    EXPECT_EQ(summary.programs[i].binaries[1].log, file.programs[i].binaries[1].log);
  }
  EXPECT_EQ(summary.programs[0].target(), "host");
  EXPECT_EQ(summary.description, file.description);
  EXPECT_EQ(summary.notes, file.notes);
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const auto& each : testing::golden_networks()) {
    all.emplace_back(each.name, codegen::Schedule::trial);
    all.emplace_back(each.name, codegen::Schedule::step);
  }
  return all;
}
INSTANTIATE_TEST_SUITE_P(Networks, ArtifactRoundTrip, ::testing::ValuesIn(cases()), [](const auto& test) {
  return std::get<0>(test.param) + "_" + std::string(codegen::to_string(std::get<1>(test.param)));
});

TEST(ArtifactLayout, HasAnEntryForEachThing) {
  EXPECT_THAT(test::Archive(test::sample_file("recurrent_delays")).names(),
              ElementsAre("description.json", "manifest.json", "programs/cuda/compute_90.ptx",
                          "programs/cuda/manifest.json", "programs/cuda/sm_90.cubin", "programs/cuda/sm_90.log",
                          "programs/cuda/source.cu", "programs/host/manifest.json",
                          "programs/host/parameters/recurrence_weight.npy", "programs/host/source.cpp",
                          "programs/host/x86-64-v2.so", "programs/host/x86-64-v3.so", "tensors/weights.npy"));
}

TEST(ArtifactLayout, ParametersAreArraysOfNumPy) {
  const ArtifactFile file = test::sample_file("per_neuron_parameters");
  test::Archive archive(file);
  const test::Json index = archive.json("manifest.json");
  const contract::Artifact& program = file.programs.front();
  for (const contract::ParameterValues& values : program.parameters) {
    const std::string entry = index["programs"][0]["parameters"][values.buffer];
    const Array array = read_npy(archive.entry(entry));
    EXPECT_TRUE(std::equal(array.bytes().begin(), array.bytes().end(), values.bytes.begin(), values.bytes.end()));
  }
}

// Shared by both programs, and by the description under another shape.
TEST(ArtifactLayout, EqualContentsAreThereOnce) {
  ArtifactFile file = test::sample_file("recurrent_delays");
  const Array weights = file.tensors.at("weights");
  file.tensors.clear();
  file.tensors.emplace("flat",
                       Array(weights.type(), {weights.size()}, {weights.bytes().begin(), weights.bytes().end()}));
  std::size_t arrays = 0;
  for (const std::string& name : test::Archive(file).names()) arrays += name.ends_with(".npy") ? 1 : 0;
  EXPECT_EQ(arrays, file.programs.front().parameters.size());
  expect_equal(load_artifact(test::saved(file)), file);
}

TEST(ArtifactLayout, TwoProgramsForOneKindOfDevice) {
  ArtifactFile file = test::sample_file("resumable");
  file.programs.push_back(test::sample_file("resumable", codegen::Schedule::step).programs.front());
  expect_equal(load_artifact(test::saved(file)), file);
  const std::vector<std::string> names = test::Archive(file).names();
  EXPECT_THAT(names, ::testing::Contains("programs/host-2/manifest.json"));
}

// Names are arbitrary; an entry must not escape the folder it is unpacked into.
TEST(ArtifactLayout, NamesBecomeSafePaths) {
  ArtifactFile file = test::sample_file("resumable");
  const Tensor<float> one({1}, {1.0f}), two({1}, {2.0f}), three({1}, {3.0f});
  file.tensors = {{"../up", one}, {"a/b", two}, {"größe", three}};
  expect_equal(load_artifact(test::saved(file)), file);
  const std::vector<std::string> names = test::Archive(file).names();
  EXPECT_THAT(names,
              ::testing::IsSupersetOf({"tensors/%2e.%2fup.npy", "tensors/a%2fb.npy", "tensors/gr%c3%b6%c3%9fe.npy"}));
}

TEST(ArtifactLayout, NumbersAreExact) {
  ArtifactFile file = test::sample_file("resumable");
  contract::Manifest& manifest = file.programs[0].manifest;
  manifest.dt = 0.1 + 0.2;
  manifest.seed = 0xffffffffffffffff;
  manifest.connections[0].weight = 1.0e-45f;
  manifest.connections[1].weight = -3.4028235e38f;
  manifest.entry.scratch_bytes = (std::size_t{1} << 40) - 1;
  expect_equal(load_artifact(test::saved(file)), file);
}

TEST(ArtifactSaving, RefusesWhatCannotBeLoaded) {
  const test::ScratchFolder folder;
  const ArtifactFile good = test::sample_file("resumable");
  save_artifact(folder / "x.synfire", good);
  const auto before = base::read_file(folder / "x.synfire");
  const auto refused = [&](const std::function<void(contract::Artifact&)>& spoil) {
    ArtifactFile file = good;
    spoil(file.programs[1]);
    const auto problems = test::problems_of<DataError>([&] { save_artifact(folder / "x.synfire", file); });
    EXPECT_EQ(base::read_file(folder / "x.synfire"), before);
    EXPECT_EQ(folder.files(), 1u);
    return problems.empty() ? Problem{} : problems.front();
  };
  EXPECT_THAT(refused([](auto& program) { program.binaries[0].architecture = "native"; }).path,
              HasSubstr("programs[1]: binaries[0].architecture"));
  for (const char* name : {"../../../tmp/x", "x\n\x1b[31m"})
    EXPECT_EQ(refused([&](auto& program) { program.binaries[0].architecture = name; }).message,
              "invalid architecture name");
  EXPECT_THAT(refused([](auto& program) { program.binaries.clear(); }).path, HasSubstr("binaries"));
  EXPECT_THAT(refused([](auto& program) { program.binaries[0].target = "host"; }).path,
              HasSubstr("binaries[1].target"));
  EXPECT_THAT(refused([](auto& program) { program.parameters.clear(); }).message, HasSubstr("missing"));
  EXPECT_THAT(refused([](auto& program) { program.manifest.dt = std::numeric_limits<double>::quiet_NaN(); }).path,
              HasSubstr("dt"));
}

TEST(ArtifactSaving, SaysWhereItCannotWrite) {
  const test::ScratchFolder folder;
  EXPECT_EQ(test::kind_of<DataError>(
                [&] { save_artifact(folder / "no folder" / "x.synfire", test::sample_file("resumable")); }),
            "file_access");
}

// Simulates a full disk.
TEST(ArtifactSaving, LeavesNothingWhereThereIsNoRoom) {
  const test::ScratchFolder folder;
  const ArtifactFile file = test::sample_file("sparse_delays");
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  for (const rlim_t bytes : {0u, 3000u, 20000u}) {
    const rlimit limit{.rlim_cur = bytes, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
    const std::vector<Problem> problems =
        test::problems_of<DataError>([&] { save_artifact(folder / "x.synfire", file); });
    setrlimit(RLIMIT_FSIZE, &before);
    EXPECT_EQ(problems.front().kind, ProblemKind::file_access) << bytes;
    EXPECT_EQ(folder.files(), 0u) << bytes;
  }
  std::signal(SIGXFSZ, handler);
}

}  // namespace
}  // namespace synfire
