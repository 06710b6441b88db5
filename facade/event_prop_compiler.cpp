// SPDX-License-Identifier: Apache-2.0
#include "synfire/event_prop_compiler.hpp"

#include "synfire/training_compiler.hpp"

namespace synfire {

CompileSettings EventPropCompiler::settings(const Network& network) const {
  return TrainingCompiler(*this).settings(network);
}

TrainingNetwork EventPropCompiler::compile(const Network& network, CompilationReport* report) const {
  return TrainingCompiler(*this).compile(network, report);
}

void EventPropCompiler::check(const Network& network) const { TrainingCompiler(*this).check(network); }

contract::Artifact EventPropCompiler::build(const Network& network, const std::string& backend,
                                            const std::string& architecture, CompilationReport* report) const {
  return TrainingCompiler(*this).build(network, backend, architecture, report);
}

contract::Artifact EventPropCompiler::generate(const Network& network, const std::string& backend,
                                               const StageReceiver& receive, CompilationReport* report) const {
  return TrainingCompiler(*this).generate(network, backend, receive, report);
}

}  // namespace synfire
