// SPDX-License-Identifier: Apache-2.0
#include "synfire/inference_compiler.hpp"

#include <chrono>

#include "declare_recordings.hpp"
#include "synfire/codegen/compile.hpp"
#include "synfire/runtime/executor.hpp"

namespace synfire {
namespace {

codegen::Schedule schedule_called(const std::string& name) {
  using codegen::Schedule;
  if (name.empty()) return Schedule::automatic;
  for (const Schedule each : {Schedule::automatic, Schedule::trial, Schedule::step}) {
    if (name == codegen::to_string(each)) return each;
  }
  throw ModelError({.kind = ProblemKind::invalid_option,
                    .path = "compiler.schedule",
                    .message = "there is no schedule \"" + name + "\"",
                    .hint = suggest(name, {"automatic", "trial", "step"}),
                    .given = name});
}

codegen::CompileOptions options_for(const InferenceCompiler& compiler) {
  codegen::CompileOptions options;
  options.dt = compiler.dt;
  options.nominal_dt = compiler.nominal_dt;
  options.timesteps = compiler.timesteps;
  options.batch_size = compiler.batch_size;
  options.seed = compiler.seed;
  options.resumable = compiler.streaming || compiler.carry_over.any();
  options.threads_per_block = compiler.threads_per_block;
  options.schedule = schedule_called(compiler.schedule);
  options.parts = compiler.streaming ? 1 : compiler.threads;  // a session runs on its caller's thread
  options.memory_bytes = compiler.synapse_memory;
  return options;
}

std::string best_architecture(const runtime::Device& device) {
  const std::vector<std::string> architectures = device.architectures();
  return architectures.empty() ? std::string{} : architectures.front();
}

}  // namespace

contract::Artifact InferenceCompiler::build(const Network& network, const std::string& backend,
                                            const std::string& architecture, CompilationReport* report) const {
  const ir::Network resolved = network.resolve();
  const auto start = std::chrono::steady_clock::now();
  std::vector<Problem> warnings;
  codegen::CompileOptions options = options_for(*this);
  const DeclaredRecordings declared = declare_recordings(*this, network, resolved);
  apply(declared, options);
  contract::Artifact artifact =
      codegen::compile(resolved, options, backend, {.architecture = architecture, .cache_folder = cache_folder},
                       codegen::stages_from_environment(), &warnings);
  add_static_recordings(declared, artifact.manifest);
  if (report) {
    report->warnings = std::move(warnings);
    report->recording_steps = artifact.manifest.recording_steps;
    report->notes = artifact.manifest.notes;
    report->milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    report->compiler_milliseconds = artifact.binaries.front().compile_milliseconds;
    report->from_cache = artifact.binaries.front().from_cache;
  }
  return artifact;
}

contract::Artifact InferenceCompiler::generate(
    const Network& network, const std::string& backend,
    const std::function<void(const std::string& stage, const std::string& text)>& receive,
    CompilationReport* report) const {
  const ir::Network resolved = network.resolve();
  codegen::CompileOptions options = options_for(*this);
  const DeclaredRecordings declared = declare_recordings(*this, network, resolved);
  apply(declared, options);
  std::vector<Problem> warnings;
  contract::Artifact artifact = codegen::generate(resolved, options, backend, receive, &warnings);
  add_static_recordings(declared, artifact.manifest);
  if (report) {
    report->warnings = std::move(warnings);
    report->recording_steps = artifact.manifest.recording_steps;
    report->notes = artifact.manifest.notes;
  }
  return artifact;
}

CompiledNetwork InferenceCompiler::compile(const Network& network, CompilationReport* report) const {
  const std::string chosen = device.empty() ? runtime::default_device() : device;
  std::shared_ptr<runtime::Device> opened = runtime::open_device(chosen, {.threads = threads, .ordinal = ordinal});
  auto artifact = std::make_shared<contract::Artifact>(build(network, chosen, best_architecture(*opened), report));
  const std::string memory = runtime::memory_plan(artifact->manifest, *opened, artifact->manifest.batch_size);
  if (report) report->memory = memory;
  if (const auto print = codegen::stages_from_environment()) print("memory", memory);
  return CompiledNetwork(std::move(artifact), std::move(opened), carry_over, network.identity());
}

Model InferenceCompiler::model(const Network& network, CompilationReport* report) const {
  InferenceCompiler compiler = *this;
  compiler.streaming = true;
  compiler.batch_size = 1;  // a session is one example
  const std::string chosen = device.empty() ? runtime::default_device() : device;
  const auto opened = runtime::open_device(chosen, {.threads = 1, .ordinal = ordinal});
  auto artifact =
      std::make_shared<contract::Artifact>(compiler.build(network, chosen, best_architecture(*opened), report));
  return Model(std::move(artifact), {.device = chosen, .ordinal = ordinal});
}

}  // namespace synfire
