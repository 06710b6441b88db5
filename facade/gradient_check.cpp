// SPDX-License-Identifier: Apache-2.0
#include "synfire/gradient_check.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "gradient_program.hpp"
#include "synfire/codegen/adjoint.hpp"

namespace synfire {
namespace {

void require_gradients(const ir::Network& network, const TrainingCompiler& compiler,
                       const codegen::TrainingOptions& training, bool everything) {
  std::vector<Problem> problems = codegen::check_training(network, {.dt = compiler.dt,
                                                                    .nominal_dt = compiler.nominal_dt,
                                                                    .losses = training.losses,
                                                                    .allow_arrival_only = compiler.allow_arrival_only,
                                                                    .everything = everything});
  std::erase_if(problems, [](const Problem& each) { return each.severity == Severity::warning; });
  if (!problems.empty()) throw ModelError(std::move(problems));
}

void require_exact_gradients(const TrainingCompiler& compiler) {
  if (!compiler.surrogate) return;
  throw ModelError({.kind = ProblemKind::unsupported,
                    .path = "compiler.surrogate",
                    .message = "a surrogate gradient is not the derivative of the loss, so it cannot be checked",
                    .hint =
                        "check the exact gradients of the network: with EventPropCompiler, or in a description with "
                        "the compiler event_prop, without surrogate and detach_reset"});
}

void require_examples(const GradientCheckOptions& options) {
  if (options.examples > 0) return;
  throw ModelError({.kind = ProblemKind::invalid_value,
                    .path = "examples",
                    .message = "the gradient check has no examples",
                    .expected = "at least 1",
                    .given = "0"});
}

codegen::GradientCheckOptions check_options(const TrainingCompiler& compiler, const GradientCheckOptions& options,
                                            const std::vector<codegen::OutputLoss>& losses) {
  codegen::GradientCheckOptions check;
  check.dt = compiler.dt;
  check.nominal_dt = compiler.nominal_dt;
  check.timesteps = compiler.timesteps;
  check.seed = compiler.seed;
  check.losses = losses;
  check.entries_per_tensor = options.entries;
  check.everything = options.everything;
  check.progress = options.progress;
  return check;
}

MovedCheck result_of(const codegen::MovedCheck& moved) {
  return {moved.moved, moved.error, moved.allowed, moved.passed()};
}

GradientCheck result_of(const codegen::GradientCheck& check) {
  GradientCheck result{.entries = {},
                       .tensors = {},
                       .loss = check.loss,
                       .grid_loss = check.grid_loss,
                       .spikes = check.spikes,
                       .triggered = check.triggered,
                       .near_tangent = check.near_tangent,
                       .ties = check.ties,
                       .not_exact = check.not_exact,
                       .grid_spikes = check.grid_spikes,
                       .grid_triggered = check.grid_triggered,
                       .grid_near_tangent = check.grid_near_tangent,
                       .shift = result_of(check.shift),
                       .slope = result_of(check.slope),
                       .silent = check.is_silent(),
                       .vacuous = check.is_vacuous(),
                       .kinks = check.kinks(),
                       .seconds = check.seconds,
                       .passed = check.passed(),
                       .report = to_string(check)};
  for (const codegen::CheckedEntry& each : check.entries) {
    result.entries.push_back({each.tensor, each.index, each.value, each.derived, each.finite_difference, each.grid,
                              each.program, each.error, each.kink});
  }
  for (const codegen::CheckedTensor& each : check.tensors)
    result.tensors.push_back({each.name, each.norm, each.to_exact, each.program_error});
  return result;
}

bool has_penalties(const ir::Network& network, const codegen::TrainingOptions& training) {
  return std::any_of(network.connections.begin(), network.connections.end(), [&](const ir::Connection& each) {
    const Value& weight = weight_of(each.connectivity);
    const Trainable how = weight.training().value_or(Trainable{});
    return !weight.is_frozen() && (how.l1.value_or(training.l1) != 0 || how.l2.value_or(training.l2) != 0);
  });
}

}  // namespace

GradientCheck check_gradients(const Network& network, const TrainingCompiler& compiler,
                              const GradientCheckOptions& options) {
  require_exact_gradients(compiler);
  require_examples(options);
  const ir::Network resolved = network.resolve();
  const codegen::TrainingOptions training = training_options(compiler, network);
  require_gradients(resolved, compiler, training, options.everything);
  codegen::GradientCheckOptions check = check_options(compiler, options, training.losses);
  for (std::uint32_t e = 0; e < options.examples; ++e)
    check.examples.push_back(codegen::draw_example(resolved, check, compiler.seed + e));

  std::optional<GradientProgram> program;
  std::vector<Problem> refused;
  if (options.program) refused = codegen::check_training_program(resolved, compile_options(compiler));
  if (options.program && refused.empty()) {
    program.emplace(compiler, resolved, training, check.examples.size());
    program->take_drawn_spikes(check.examples);
    check.program = [&](const std::vector<codegen::ExampleData>& examples) { return program->run(examples); };
  }
  GradientCheck result = result_of(codegen::check_gradients(resolved, check));
  if (program) result.device = program->device();
  result.program_problems = std::move(refused);
  for (const codegen::RateTarget& each : training.rates)
    result.left_out.push_back("the firing rate of \"" + resolved.populations[each.population].name + '"');
  for (const ir::Connection& each : resolved.connections) {
    const auto& how = weight_of(each.connectivity).training();
    if (how && how->noise != 0) result.left_out.push_back("the noise of \"" + each.name + '"');
  }
  for (const std::string& each : result.left_out) result.report += "left out, as it is a heuristic: " + each + '\n';
  if (has_penalties(resolved, training))
    result.report += "left out, as they are not part of the loss: the penalties L1 and L2\n";
  return result;
}

}  // namespace synfire
