// SPDX-License-Identifier: Apache-2.0
#include "synfire/training_compiler.hpp"

#include <algorithm>
#include <chrono>

#include "synfire/codegen/adjoint.hpp"
#include "synfire/data.hpp"
#include "synfire/parameter_counts.hpp"
#include "synfire/runtime/executor.hpp"
#include "training_options.hpp"
#include "training_parts.hpp"

namespace synfire {
namespace {

template <class Compiler>
void copy_shared(const Compiler& from, TrainingCompiler& to) {
  to.timesteps = from.timesteps;
  to.dt = from.dt;
  to.batch_size = from.batch_size;
  to.seed = from.seed;
  to.losses = from.losses;
  to.optimizer = from.optimizer;
  to.regularizers = from.regularizers;
  to.device = from.device;
  to.threads = from.threads;
  to.ordinal = from.ordinal;
  to.gradient_slots = from.gradient_slots;
  to.max_spikes = from.max_spikes;
  to.nominal_dt = from.nominal_dt;
  to.threads_per_block = from.threads_per_block;
  to.cache_folder = from.cache_folder;
  to.warn = from.warn;
}

void start_tapes(contract::Training& training, std::uint32_t max_spikes) {
  if (max_spikes == 0) return;
  for (contract::Tape& tape : training.tapes) {
    if (!tape.of_support) tape.capacity = std::min<std::size_t>(max_spikes, tape.most_spikes);
  }
}

void warn_of_weights(const TrainingCompiler& compiler, const Network& network, std::vector<Problem>& warnings) {
  const ir::Network resolved = network.resolve();
  if (const auto found = standstill(compiler, resolved, training_options(compiler, network)))
    warnings.push_back(*found);
  for (Problem& each : shared_weights(resolved)) warnings.push_back(std::move(each));
}

void describe(const contract::Artifact& artifact, std::vector<Problem> warnings, const WarningHandler& warn,
              std::chrono::steady_clock::time_point start, CompilationReport* report) {
  deliver(warnings, warn);
  if (report == nullptr) return;
  report->warnings = std::move(warnings);
  report->notes = artifact.manifest.notes;
  report->milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  report->compiler_milliseconds = artifact.binaries.front().compile_milliseconds;
  report->from_cache = artifact.binaries.front().from_cache;
}

}  // namespace

TrainingCompiler::TrainingCompiler(const EventPropCompiler& compiler)
    : allow_arrival_only(compiler.allow_arrival_only) {
  copy_shared(compiler, *this);
}

TrainingCompiler::TrainingCompiler(const SurrogateCompiler& compiler)
    : surrogate(compiler.surrogate), detach_reset(compiler.detach_reset) {
  copy_shared(compiler, *this);
}

contract::Artifact TrainingCompiler::build(const Network& network, const std::string& backend,
                                           const std::string& architecture, CompilationReport* report) const {
  const auto start = std::chrono::steady_clock::now();
  std::vector<Problem> warnings;
  contract::Artifact artifact = codegen::compile_training(
      network.resolve(), compile_options(*this), training_options(*this, network), backend,
      {.architecture = architecture, .cache_folder = cache_folder}, codegen::stages_from_environment(), &warnings);
  start_tapes(*artifact.manifest.training, max_spikes);
  warn_of_weights(*this, network, warnings);
  describe(artifact, std::move(warnings), warn, start, report);
  return artifact;
}

void TrainingCompiler::check(const Network& network) const {
  std::vector<Problem> warnings;
  codegen::check_learning_program(network.resolve(), compile_options(*this), training_options(*this, network),
                                  &warnings);
  warn_of_weights(*this, network, warnings);
  deliver(warnings, warn);
}

contract::Artifact TrainingCompiler::generate(const Network& network, const std::string& backend,
                                              const StageReceiver& receive, CompilationReport* report) const {
  const auto start = std::chrono::steady_clock::now();
  std::vector<Problem> warnings;
  contract::Artifact artifact = codegen::generate_training(
      network.resolve(), compile_options(*this), training_options(*this, network), backend, receive, &warnings);
  start_tapes(*artifact.manifest.training, max_spikes);
  warn_of_weights(*this, network, warnings);
  describe(artifact, std::move(warnings), warn, start, report);
  return artifact;
}

TrainingNetwork TrainingCompiler::compile(const Network& network, CompilationReport* report) const {
  const std::string chosen = device.empty() ? runtime::default_device() : device;
  std::shared_ptr<runtime::Device> opened = runtime::open_device(chosen, {.threads = threads, .ordinal = ordinal});
  const std::vector<std::string> architectures = opened->architectures();
  CompilationReport own;
  CompilationReport& filled = report ? *report : own;
  auto artifact = std::make_shared<contract::Artifact>(
      build(network, chosen, architectures.empty() ? std::string{} : architectures.front(), &filled));
  const auto memory = [&] { return runtime::memory_plan(artifact->manifest, *opened, artifact->manifest.batch_size); };
  if (report) report->memory = memory();
  if (const auto print = codegen::stages_from_environment()) print("memory", memory());
  const auto compiled = std::make_shared<const Network>(network);
  const std::uint32_t slots = artifact->manifest.training->slots;
  const LearningRate rate = optimizer.rate();
  runtime::TrainerOptions options{.learning_rate = initial_rate(rate),
                                  .schedule = rate.is_schedule() ? std::optional(rate) : std::nullopt,
                                  .identity = network.identity(),
                                  .split_point = &split_point,
                                  .warnings = filled.warnings,
                                  .training_identity = [compiled, slots, settings = settings(network)] {
                                    return training_identity(*compiled, settings, slots);
                                  }};
  NetworkParameters parameters = count_parameters(network.resolve(), artifact->manifest);
  return TrainingNetwork({.network = compiled,
                          .seed = seed,
                          .trainer = runtime::Trainer(std::move(artifact), std::move(opened), std::move(options)),
                          .parameters = std::move(parameters)});
}

}  // namespace synfire
