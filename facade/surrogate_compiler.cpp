// SPDX-License-Identifier: Apache-2.0
#include "synfire/surrogate_compiler.hpp"

#include "synfire/training_compiler.hpp"

namespace synfire {

CompileSettings SurrogateCompiler::settings(const Network& network) const {
  return TrainingCompiler(*this).settings(network);
}

TrainingNetwork SurrogateCompiler::compile(const Network& network, CompilationReport* report) const {
  return TrainingCompiler(*this).compile(network, report);
}

void SurrogateCompiler::check(const Network& network) const { TrainingCompiler(*this).check(network); }

contract::Artifact SurrogateCompiler::build(const Network& network, const std::string& backend,
                                            const std::string& architecture, CompilationReport* report) const {
  return TrainingCompiler(*this).build(network, backend, architecture, report);
}

contract::Artifact SurrogateCompiler::generate(const Network& network, const std::string& backend,
                                               const StageReceiver& receive, CompilationReport* report) const {
  return TrainingCompiler(*this).generate(network, backend, receive, report);
}

}  // namespace synfire
