// SPDX-License-Identifier: Apache-2.0
// examples/make_reflex writes a file; examples/robot_loop runs it without any compiler.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/scratch_folder.hpp"
#include "jit/process.hpp"
#include "synfire/base/files.hpp"

namespace synfire {
namespace {

using codegen::jit::ProcessResult;
using codegen::jit::run_process;
using ::testing::HasSubstr;

#if defined(SYNFIRE_ROBOT_LOOP)
// Hides the system's compiler, NVRTC and the cache of compiled programs.
ProcessResult run_without_compilers(const std::vector<std::string>& command) {
  std::vector<std::string> arguments{"/usr/bin/env",           "-i",
                                     "PATH=/nowhere",          "SYNFIRE_CXX=/nowhere/c++",
                                     "CUDA_PATH=/nowhere",     "CUDA_HOME=/nowhere",
                                     "SYNFIRE_CACHE=/nowhere", "LD_LIBRARY_PATH=/nowhere"};
  arguments.insert(arguments.end(), command.begin(), command.end());
  return run_process(arguments);
}

TEST(StreamingExample, RunsWhereNoCompilerIs) {
  const test::ScratchFolder folder;
  const std::string file = (folder / "reflex.synfire").string();
  const ProcessResult making = run_process({SYNFIRE_MAKE_REFLEX, file});
  ASSERT_EQ(making.exit_code, 0) << making.output;
  EXPECT_THAT(making.output, ::testing::Not(HasSubstr("arning")));
  const ProcessResult running = run_without_compilers({SYNFIRE_ROBOT_LOOP, file});
  EXPECT_EQ(running.exit_code, 0) << running.output;
  EXPECT_THAT(running.output, HasSubstr("mean error"));
}

TEST(StreamingExample, NeedsACompilerToMakeTheFile) {
  const test::ScratchFolder folder;
  const ProcessResult making = run_without_compilers({SYNFIRE_MAKE_REFLEX, (folder / "reflex.synfire").string()});
  EXPECT_NE(making.exit_code, 0);
  EXPECT_THAT(making.output, HasSubstr("/nowhere/c++"));
  EXPECT_EQ(folder.files(), 0u);
}

TEST(StreamingExample, HasNoCompilerInIt) {
  const auto bytes = base::read_file(SYNFIRE_ROBOT_LOOP);
  const std::string_view program(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  EXPECT_EQ(program.find("nvrtcCompileProgram"), std::string_view::npos);
  EXPECT_EQ(program.find("SYNFIRE_CXX"), std::string_view::npos);
}
#endif

}  // namespace
}  // namespace synfire
