// SPDX-License-Identifier: Apache-2.0
// The host backend: compiling, caching, and its messages for sources that do not compile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "golden/networks.hpp"
#include "jit/process.hpp"
#include "synfire/codegen/compile.hpp"
#include "synfire/error.hpp"

namespace synfire::codegen {
namespace {

using ::testing::HasSubstr;

const std::string sound = "extern \"C\" int synfire_trial() { return 1; }\n";

contract::Binary build(const std::string& source, const std::string& cache = "-") {
  return find_backend("host").build(source, {.architecture = {}, .cache_folder = cache});
}

Problem problem_of(const std::string& source) {
  try {
    build(source);
  } catch (const BuildError& error) {
    EXPECT_EQ(error.problems().size(), 1u);
    return error.problems().front();
  }
  ADD_FAILURE() << "no BuildError";
  return {};
}

class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    setenv(name, value.c_str(), 1);
  }
  ~Environment() {
    if (before_)
      setenv(name_, before_->c_str(), 1);
    else
      unsetenv(name_);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

TEST(HostBackend, NamesTheOffendingLine) {
  const Problem problem = problem_of("// first line\nextern \"C\" int synfire_trial() {\n  return wrong;\n}\n");
  EXPECT_EQ(problem.kind, ProblemKind::build_failed);
  EXPECT_EQ(problem.path, "host program");
  EXPECT_THAT(problem.message, HasSubstr("wrong"));
  EXPECT_THAT(problem.message, HasSubstr("trial.cpp:3\n"));
  EXPECT_THAT(problem.message, HasSubstr(">   return wrong;\n"));
  EXPECT_THAT(problem.hint, HasSubstr("SYNFIRE_PRINT"));
}

TEST(HostBackend, SaysWhichCompilerIsMissing) {
  const Environment compiler("SYNFIRE_CXX", "synfire-no-such-compiler");
  const Problem problem = problem_of(sound);
  EXPECT_EQ(problem.kind, ProblemKind::build_failed);
  EXPECT_EQ(problem.path, "host compiler");
  EXPECT_THAT(problem.message, HasSubstr("synfire-no-such-compiler"));
  EXPECT_THAT(problem.hint, HasSubstr("SYNFIRE_CXX"));
}

TEST(HostBackend, TakesItFromTheCacheTheSecondTime) {
  const jit::TemporaryFolder folder;
  const contract::Binary first = build(sound, folder.path());
  EXPECT_FALSE(first.from_cache);
  EXPECT_GT(first.compile_milliseconds, 0);
  const contract::Binary second = build(sound, folder.path());
  EXPECT_TRUE(second.from_cache);
  EXPECT_EQ(second.compile_milliseconds, 0);
  EXPECT_EQ(second.bytes, first.bytes);
  EXPECT_EQ(second.cached_path, first.cached_path);
  EXPECT_EQ(jit::read_file(first.cached_path.substr(0, first.cached_path.size() - 3) + ".cpp"), sound);
}

TEST(HostBackend, CompilesAgainWhatIsDamaged) {
  const jit::TemporaryFolder folder;
  const contract::Binary first = build(sound, folder.path());
  jit::write_file(first.cached_path, "not a shared object");
  const contract::Binary again = build(sound, folder.path());
  EXPECT_FALSE(again.from_cache);
  EXPECT_TRUE(build(sound, folder.path()).from_cache);
}

TEST(HostBackend, AnotherSourceIsAnotherEntry) {
  const jit::TemporaryFolder folder;
  build(sound, folder.path());
  EXPECT_FALSE(build(sound + "// changed\n", folder.path()).from_cache);
}

TEST(HostBackend, RefusesAnUnknownArchitecture) {
  try {
    find_backend("host").build(sound, {.architecture = "no-such-processor", .cache_folder = "-"});
    FAIL() << "no BuildError";
  } catch (const BuildError& error) {
    EXPECT_EQ(error.problems().front().kind, ProblemKind::build_failed);
    EXPECT_THAT(error.problems().front().message, HasSubstr("no-such-processor"));
  }
}

class HostGolden : public ::testing::TestWithParam<std::string> {};

TEST_P(HostGolden, Compiles) {
  const auto& golden = testing::golden_network(GetParam());
  const auto artifact =
      compile(golden.network.resolve(), golden.options, "host", {.architecture = {}, .cache_folder = "-"});
  EXPECT_FALSE(artifact.binaries.front().bytes.empty());
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const auto& each : testing::golden_networks()) all.push_back(each.name);
  return all;
}
INSTANTIATE_TEST_SUITE_P(Networks, HostGolden, ::testing::ValuesIn(names()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace synfire::codegen
