// SPDX-License-Identifier: Apache-2.0
#include "synfire/inference_compiler.hpp"

#include <algorithm>
#include <chrono>
#include <span>

#include "declare_recordings.hpp"
#include "synfire/codegen/compile.hpp"
#include "synfire/parameter_counts.hpp"
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
                    .message = "unknown schedule \"" + name + "\"",
                    .hint = suggest(name, {"automatic", "trial", "step"}),
                    .given = name});
}

codegen::CompileOptions options_for(const InferenceCompiler& compiler) {
  codegen::CompileOptions options;
  options.dt = compiler.dt;
  options.nominal_dt = compiler.nominal_dt;
  options.timesteps = compiler.timesteps;
  options.batch_size = compiler.carry_over.any() ? std::min(compiler.batch_size, 1u) : compiler.batch_size;
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

namespace {

// The compilation of one network.
class Compilation {
 public:
  Compilation(const InferenceCompiler& compiler, const Network& network)
      : resolved_(network.resolve()),
        options_(options_for(compiler)),
        declared_(declare_recordings(compiler, network, resolved_)),
        warn_(compiler.warn) {
    apply(declared_, options_);
  }

  void check() {
    codegen::check_program(resolved_, options_, &warnings_);
    deliver(warnings_, warn_);
  }

  // Everything but the binary.
  contract::Artifact generate(const std::string& backend,
                              const codegen::StagePrinter& print = codegen::stages_from_environment()) {
    warnings_.clear();
    contract::Artifact artifact = codegen::generate(resolved_, options_, backend, print, &warnings_);
    add_static_recordings(declared_, artifact.manifest);
    return artifact;
  }
  contract::Artifact compile(const std::string& backend, const codegen::BuildOptions& build) {
    warnings_.clear();
    contract::Artifact artifact =
        codegen::compile(resolved_, options_, backend, build, codegen::stages_from_environment(), &warnings_);
    add_static_recordings(declared_, artifact.manifest);
    return artifact;
  }

  // Fills in the report on the programs; fields that they share come from the first.
  void report(CompilationReport* report, std::span<const contract::Artifact> programs) {
    deliver(warnings_, warn_);
    if (report == nullptr) return;
    report->warnings = std::move(warnings_);
    report->recording_steps = programs.front().manifest.recording_steps;
    report->notes = programs.front().manifest.notes;
    report->milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_).count();
    report->compiler_milliseconds = 0;
    report->from_cache = true;
    for (const contract::Artifact& program : programs) {
      for (const contract::Binary& binary : program.binaries) {
        report->compiler_milliseconds += binary.compile_milliseconds;
        report->from_cache = report->from_cache && binary.from_cache;
      }
    }
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  ir::Network resolved_;
  codegen::CompileOptions options_;
  DeclaredRecordings declared_;
  WarningHandler warn_;
  std::vector<Problem> warnings_;
};

}  // namespace

contract::Artifact InferenceCompiler::build(const Network& network, const std::string& backend,
                                            const std::string& architecture, CompilationReport* report) const {
  Compilation compilation(*this, network);
  contract::Artifact artifact =
      compilation.compile(backend, {.architecture = architecture, .cache_folder = cache_folder});
  compilation.report(report, std::span(&artifact, 1));
  return artifact;
}

void InferenceCompiler::check(const Network& network) const { Compilation(*this, network).check(); }

contract::Artifact InferenceCompiler::generate(const Network& network, const std::string& backend,
                                               const StageReceiver& receive, CompilationReport* report) const {
  Compilation compilation(*this, network);
  contract::Artifact artifact = compilation.generate(backend, receive);
  compilation.report(report, std::span(&artifact, 1));
  return artifact;
}

ArtifactFile InferenceCompiler::build_file(const Network& network, const std::vector<BuildTarget>& targets,
                                           CompilationReport* report) const {
  std::vector<BuildTarget> wanted = targets;
  if (wanted.empty() && device == "cuda") wanted.push_back({.device = "cuda"});
  if (wanted.empty() || (targets.empty() && device == "cuda")) wanted.push_back({.device = "host"});
  Compilation compilation(*this, network);
  ArtifactFile file;
  for (const BuildTarget& target : wanted) {
    const auto architectures = codegen::shipping_architectures(target.device, target.architectures);
    contract::Artifact& program = file.programs.emplace_back(compilation.generate(target.device));
    codegen::build_each(program, target.device, architectures, cache_folder);
  }
  DescriptionText text = to_text({.network = network, .compile = settings(network)});
  file.description = std::move(text.json);
  file.tensors = std::move(text.tensors);
  compilation.report(report, file.programs);
  return file;
}

CompiledNetwork InferenceCompiler::compile(const Network& network, CompilationReport* report) const {
  const std::string chosen = device.empty() ? runtime::default_device() : device;
  std::shared_ptr<runtime::Device> opened = runtime::open_device(chosen, {.threads = threads, .ordinal = ordinal});
  const std::string architecture = best_architecture(*opened);
  auto artifact = std::make_shared<contract::Artifact>(build(network, chosen, architecture, report));
  const auto memory = [&] { return runtime::memory_plan(artifact->manifest, *opened, artifact->manifest.batch_size); };
  if (report) report->memory = memory();
  if (const auto print = codegen::stages_from_environment()) print("memory", memory());
  // A file is for other machines: for all processor levels, and for the GPU of this machine.
  std::vector<BuildTarget> targets{{.device = "host"}};
  if (chosen == "cuda") targets.insert(targets.begin(), {.device = "cuda", .architectures = {architecture}});
  InferenceCompiler again = *this;
  again.warn = [](const Problem&) {};  // already reported
  auto parameters = std::make_shared<const NetworkParameters>(count_parameters(network.resolve(), artifact->manifest));
  return CompiledNetwork(
      std::move(artifact), std::move(opened), carry_over, network.identity(),
      [again, network, targets] { return again.build_file(network, targets); }, std::move(parameters));
}

Model InferenceCompiler::model(const Network& network, CompilationReport* report) const {
  InferenceCompiler compiler = *this;
  compiler.streaming = true;
  compiler.batch_size = 1;  // a session is one example
  const std::string chosen = device.empty() ? runtime::default_device() : device;
  const auto opened = runtime::open_device(chosen, {.threads = 1, .ordinal = ordinal});
  auto artifact =
      std::make_shared<contract::Artifact>(compiler.build(network, chosen, best_architecture(*opened), report));
  auto parameters = std::make_shared<const NetworkParameters>(count_parameters(network.resolve(), artifact->manifest));
  return Model(std::move(artifact), {.device = chosen, .ordinal = ordinal}, std::move(parameters));
}

}  // namespace synfire
