// SPDX-License-Identifier: Apache-2.0
#include "synfire/inference_compiler.hpp"

#include <chrono>

#include "synfire/codegen/compile.hpp"

namespace synfire {
namespace {

codegen::CompileOptions options_for(const InferenceCompiler& compiler, const Network& network) {
  codegen::CompileOptions options;
  options.dt = compiler.dt;
  options.nominal_dt = compiler.nominal_dt;
  options.timesteps = compiler.timesteps;
  options.batch_size = compiler.batch_size;
  options.seed = compiler.seed;
  options.resumable = compiler.carry_over.any();
  options.threads_per_block = compiler.threads_per_block;
  for (const Recording& recording : compiler.record)
    options.records.push_back({static_cast<std::uint32_t>(network.index_of(recording.population)), recording.variable});
  return options;
}

}  // namespace

contract::Artifact InferenceCompiler::build(const Network& network, const std::string& backend,
                                            const std::string& architecture, CompilationReport* report) const {
  const ir::Network resolved = network.resolve();
  const auto start = std::chrono::steady_clock::now();
  std::vector<Problem> warnings;
  contract::Artifact artifact = codegen::compile(resolved, options_for(*this, network), backend,
                                                 {.architecture = architecture, .cache_folder = cache_folder},
                                                 codegen::stages_from_environment(), &warnings);
  if (report) {
    report->warnings = std::move(warnings);
    report->milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    report->compiler_milliseconds = artifact.binaries.front().compile_milliseconds;
    report->from_cache = artifact.binaries.front().from_cache;
  }
  return artifact;
}

CompiledNetwork InferenceCompiler::compile(const Network& network, CompilationReport* report) const {
  const std::string chosen = device.empty() ? runtime::default_device() : device;
  std::shared_ptr<runtime::Device> opened = runtime::open_device(chosen, {.threads = threads, .ordinal = ordinal});
  const std::vector<std::string> architectures = opened->architectures();
  auto artifact = std::make_shared<contract::Artifact>(
      build(network, chosen, architectures.empty() ? std::string{} : architectures.front(), report));
  return CompiledNetwork(std::move(artifact), std::move(opened), carry_over, network.identity());
}

}  // namespace synfire
