// SPDX-License-Identifier: Apache-2.0
// Properties of every generated source.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <sstream>

#include "golden/networks.hpp"
#include "synfire/base/embedded_file.hpp"
#include "synfire/codegen/compile.hpp"

namespace synfire::testing {
namespace {

using namespace codegen;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<CompilableNetwork> all_networks() {
  std::vector<CompilableNetwork> all = golden_networks();
  all.push_back(demo_network());
  all.push_back(recurrent_network());
  return all;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> includes_of(const std::string& source) {
  std::vector<std::string> found;
  for (const std::string& line : lines_of(source)) {
    const std::size_t at = line.find("#include");
    if (at != std::string::npos) found.push_back(line.substr(at + 9));
  }
  return found;
}

bool is_kernel_header(const std::string& include) {
  const auto files = base::embedded_kernels();
  return std::any_of(files.begin(), files.end(),
                     [&](const base::EmbeddedFile& file) { return include == "\"" + std::string(file.name) + "\""; });
}

class Properties : public ::testing::TestWithParam<CompilableNetwork> {
 protected:
  contract::Artifact artifact(const std::string& backend) const {
    return generate(GetParam().network.resolve(), GetParam().options, backend);
  }
  std::string source(const std::string& backend) const { return artifact(backend).binaries.front().source; }
};

TEST_P(Properties, NoAtomics) {
  EXPECT_THAT(source("cuda"), Not(HasSubstr("atomic")));
  for (const base::EmbeddedFile& file : base::embedded_kernels()) {
    if (std::string_view(file.name) == "team.cuh") continue;  // host threads only synchronize there
    EXPECT_FALSE(std::regex_search(std::string(file.contents), std::regex("atomic[A-Z_]\\w*\\("))) << file.name;
  }
}

// Procedural synapses are not drawn by the owners of their targets, which needs one more barrier; each turn of
// populations within a step needs its own.
TEST_P(Properties, AtMostTwoBarriersInATurn) {
  const std::vector<std::uint32_t> levels = ir::step_order(GetParam().network.resolve()).levels;
  const std::size_t turns = *std::max_element(levels.begin(), levels.end()) + std::size_t{1};
  const std::size_t most = GetParam().name == "procedural" ? 3 : 2 * turns;
  EXPECT_LE(artifact("cuda").manifest.entry.barriers_per_step, most);
}

TEST_P(Properties, BarriersAreInTheStepLoop) {
  const std::string text = source("cuda");
  const std::size_t begin = text.find("  for (u32 step = ");
  const std::string loop = text.substr(begin, text.find("\n  }\n", begin) - begin);
  std::size_t count = 0;
  for (std::size_t at = loop.find("block_barrier()"); at != std::string::npos;
       at = loop.find("block_barrier()", at + 1))
    ++count;
  EXPECT_EQ(count, artifact("cuda").manifest.entry.barriers_per_step);
}

TEST_P(Properties, NothingIsIncludedFromOutsideTheKernels) {
  for (const char* backend : {"cuda", "host"}) {
    const std::vector<std::string> includes = includes_of(source(backend));
    EXPECT_FALSE(includes.empty());
    for (const std::string& include : includes) EXPECT_TRUE(is_kernel_header(include)) << backend << ": " << include;
  }
}

TEST_P(Properties, NothingOfTheStandardLibrary) {
  for (const char* backend : {"cuda", "host"}) EXPECT_THAT(source(backend), Not(HasSubstr("std::")));
}

TEST_P(Properties, NoPathsOfThisMachine) {
  for (const char* backend : {"cuda", "host"}) {
    const std::string text = source(backend);
    for (const char* path : {SYNFIRE_SOURCE_FOLDER, "/home/", "/tmp/", "/usr/"})
      EXPECT_THAT(text, Not(HasSubstr(path))) << backend;
  }
}

TEST_P(Properties, LinesAreTidy) {
  for (const char* backend : {"cuda", "host"}) {
    for (const std::string& line : lines_of(source(backend))) {
      EXPECT_TRUE(line.empty() || line.back() != ' ') << line;
      EXPECT_EQ(line.find('\t'), std::string::npos) << line;
    }
  }
}

TEST_P(Properties, GeneratingTwiceGivesTheSame) {
  for (const char* backend : {"cuda", "host"}) {
    const std::string first = source(backend);
    // Different addresses the second time: nothing may be ordered by pointers.
    std::vector<std::unique_ptr<int>> hold;
    hold.reserve(1000);
    for (int i = 0; i < 1000; ++i) hold.push_back(std::make_unique<int>(i));
    EXPECT_EQ(source(backend), first);
  }
}

// Rows of synapses are divided among the owners of their targets.
bool is_laid_out(const contract::Manifest& manifest, const std::string& buffer) {
  return std::any_of(manifest.connections.begin(), manifest.connections.end(), [&](const auto& connection) {
    const bool of_rows = buffer == connection.weight_buffer || buffer == connection.offset_buffer ||
                         buffer == connection.target_buffer || buffer == connection.delay_buffer;
    return connection.storage == "rows" && of_rows;
  });
}

TEST_P(Properties, BothBackendsGetTheSameParameters) {
  const contract::Artifact cuda = artifact("cuda");
  const contract::Artifact host = artifact("host");
  ASSERT_EQ(cuda.parameters.size(), host.parameters.size());
  for (std::size_t i = 0; i < cuda.parameters.size(); ++i) {
    EXPECT_EQ(cuda.parameters[i].buffer, host.parameters[i].buffer);
    if (is_laid_out(cuda.manifest, cuda.parameters[i].buffer)) continue;
    EXPECT_EQ(cuda.parameters[i].bytes, host.parameters[i].bytes);
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, Properties, ::testing::ValuesIn(all_networks()),
                         [](const auto& test) { return test.param.name; });

TEST(Properties, ATrialOfTheDemoFitsSharedMemory) {
  const CompilableNetwork demo = demo_network();
  const contract::Artifact artifact = generate(demo.network.resolve(), demo.options, "cuda");
  EXPECT_EQ(artifact.manifest.entry.threads, 224u);
  EXPECT_LE(artifact.manifest.entry.shared_bytes, 8u * 1024);
  for (const contract::Buffer& buffer : artifact.manifest.buffers)
    EXPECT_NE(buffer.role, contract::BufferRole::workspace) << buffer.name;
}

}  // namespace
}  // namespace synfire::testing
