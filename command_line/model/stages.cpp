// SPDX-License-Identifier: Apache-2.0
#include "model/stages.hpp"

namespace synfire::command_line {
namespace {

template <class Compiler>
GeneratedProgram generate_with(const Compiler& compiler, const Network& network, const std::string& device) {
  GeneratedProgram program;
  program.artifact = compiler.generate(network, device, [&](const std::string& stage, const std::string& text) {
    program.stages.emplace_back(stage, text);
  });
  return program;
}

}  // namespace

GeneratedProgram generate(const InferenceCompiler& compiler, const Network& network, const std::string& device) {
  return generate_with(compiler, network, device);
}

GeneratedProgram generate(const TrainingCompiler& compiler, const Network& network, const std::string& device) {
  return generate_with(compiler, network, device);
}

}  // namespace synfire::command_line
