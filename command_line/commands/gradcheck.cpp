// SPDX-License-Identifier: Apache-2.0
// synfire gradcheck: checks that the gradients of a network are the derivatives of its loss.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "commands/tables.hpp"
#include "model/model_file.hpp"
#include "model/training.hpp"
#include "synfire/gradient_check.hpp"
#include "synfire/warning.hpp"

namespace synfire::command_line {
namespace {

Json entries_document(const GradientCheck& check) {
  Json entries = Json::array();
  for (const CheckedEntry& each : check.entries) {
    Json entry = {{"tensor", each.tensor},
                  {"index", each.index},
                  {"value", each.value},
                  {"derived", each.derived},
                  {"finite_difference", each.finite_difference},
                  {"error", each.error},
                  {"kink", each.kink},
                  {"grid", each.grid}};
    if (each.program) entry["program"] = *each.program;
    entries.push_back(std::move(entry));
  }
  return entries;
}

Json document_of(const MovedCheck& moved) {
  return {{"moved", moved.moved}, {"error", moved.error}, {"allowed", moved.allowed}, {"passed", moved.passed}};
}

Json document_of(const GradientCheck& check) {
  Json tensors = Json::array();
  for (const CheckedTensor& each : check.tensors) {
    Json tensor = {{"name", each.name}, {"norm", each.norm}, {"to_exact", each.to_exact}};
    if (each.program_error) tensor["program_error"] = *each.program_error;
    tensors.push_back(std::move(tensor));
  }
  return {{"passed", check.passed},
          {"device", check.device},
          {"loss", check.loss},
          {"grid_loss", check.grid_loss},
          {"spikes", check.spikes},
          {"triggered", check.triggered},
          {"near_tangent", check.near_tangent},
          {"ties", check.ties},
          {"not_exact", check.not_exact},
          {"grid_spikes", check.grid_spikes},
          {"grid_triggered", check.grid_triggered},
          {"grid_near_tangent", check.grid_near_tangent},
          {"shift", document_of(check.shift)},
          {"slope", document_of(check.slope)},
          {"silent", check.silent},
          {"vacuous", check.vacuous},
          {"seconds", check.seconds},
          {"kinks", check.kinks},
          {"left_out", check.left_out},
          {"entries", entries_document(check)},
          {"tensors", std::move(tensors)}};
}

Problem moved_problem(const MovedCheck& moved, const std::string& path, const std::string& message) {
  return {.kind = ProblemKind::run_failed,
          .path = path,
          .message = message,
          .expected = "a distance of at most " + decimal(moved.allowed, 3) + " rms",
          .given = decimal(moved.error, 3)};
}

Problem vacuous_problem(const GradientCheck& check) {
  const bool nothing = check.entries.empty() && check.tensors.empty();
  return {
      .kind = ProblemKind::run_failed,
      .path = "gradients",
      .message = nothing ? "nothing is trained, so nothing was checked"
                         : "no nonzero derivative was compared, so nothing was checked",
      .hint = nothing
                  ? "use --everything to check frozen weights"
                  : "a silent output has no derivatives; try other inputs (--seed N), more steps (--timesteps N) or "
                    "larger weights"};
}

// One problem per failed check, or one for too many entries at kinks.
std::vector<Problem> problems_of(const GradientCheck& check) {
  std::vector<Problem> problems;
  for (const CheckedEntry& each : check.entries) {
    if (each.kink || each.error <= 1) continue;
    problems.push_back({.kind = ProblemKind::run_failed,
                        .path = each.tensor + "[" + std::to_string(each.index) + "]",
                        .message = "the derived gradient is not the derivative of the loss",
                        .expected = decimal(each.finite_difference, 9),
                        .given = decimal(each.derived, 9)});
  }
  for (const CheckedTensor& each : check.tensors) {
    if (!each.program_error || *each.program_error <= 1e-4) continue;
    problems.push_back({.kind = ProblemKind::run_failed,
                        .path = each.name,
                        .message = "the program's gradient differs from that of its steps in double precision",
                        .expected = "a distance of at most 0.0001 of its norm",
                        .given = decimal(*each.program_error, 3)});
  }
  if (!check.shift.passed)
    problems.push_back(moved_problem(
        check.shift, "shift test", "the loss does not change as the gradient predicts if arrivals come a step later"));
  if (!check.slope.passed)
    problems.push_back(moved_problem(check.slope, "slope test",
                                     "spikes do not shift as the gradient predicts if the state at them is moved"));
  if (check.silent)
    problems.push_back({.kind = ProblemKind::run_failed,
                        .path = "gradients",
                        .message = "no neuron spiked, so the gradients of spikes were not checked",
                        .hint = "try other inputs (--seed N), more steps (--timesteps N) or larger weights"});
  if (check.vacuous && !check.silent) problems.push_back(vacuous_problem(check));
  if (!problems.empty()) return problems;
  return {{.kind = ProblemKind::run_failed,
           .path = "gradients",
           .message = "too many entries are at kinks of the loss",
           .hint = "try other inputs (--seed N)",
           .expected = "at most 5 %",
           .given = std::to_string(check.kinks) + " of " + std::to_string(check.entries.size())}};
}

// Gradients can be derived for more than training programs support.
void tell_what_was_not_checked(const GradientCheck& check, Output& output) {
  for (Problem problem : check.program_problems) {
    problem.kind = ProblemKind::program_not_checked;
    problem.message = "no program was checked: " + problem.message;
    output.warn(make_warning(problem));
  }
}

// One line of a terminal, overwritten again and again.
class Progress {
 public:
  explicit Progress(bool shows) : shows_(shows && isatty(STDERR_FILENO) != 0) {}
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void operator()(const std::string& part, std::size_t done, std::size_t of) {
    if (shows_) std::fprintf(stderr, "\r\033[K%s: %zu of %zu", part.c_str(), done, of);
  }
  void clear() const {
    if (shows_) std::fputs("\r\033[K", stderr);
  }

 private:
  bool shows_;
};

void gradcheck(const Arguments& arguments, Output& output) {
  const Description description = description_of(arguments);
  const TrainingCompiler compiler = training_compiler_for(arguments, description);
  GradientCheckOptions options{.everything = arguments.has("everything"), .program = !arguments.has("no-program")};
  options.entries = arguments.integer("entries", 0).value_or(options.entries);
  options.examples = static_cast<std::uint32_t>(arguments.integer("examples", 1, 1024).value_or(options.examples));
  Progress progress(!output.quiet());
  options.progress = [&](const std::string& part, std::size_t done, std::size_t of) { progress(part, done, of); };
  const GradientCheck check = check_gradients(description.network, compiler, options);
  progress.clear();
  tell_what_was_not_checked(check, output);
  output.text(check.report);
  if (check.passed) return output.document(document_of(check));
  output.attach(document_of(check));
  throw RunError(problems_of(check));
}

}  // namespace

Command gradcheck_command() {
  return {
      .name = "gradcheck",
      .summary = "check the gradients of a network, on its steps and in continuous time",
      .examples = {{"synfire gradcheck net.json", "five entries of each trainable tensor"},
                   {"synfire gradcheck net.json --entries 0 --timesteps 40 --examples 2",
                    "every entry, for the mean loss of two examples of 40 steps"},
                   {"synfire gradcheck net.json --loss mean_square_error --everything --no-program",
                    "another loss; also parameters, delays and initial states"}},
      .text =
          "Draws random inputs and targets and writes a line per sampled entry: the gradient derived from the "
          "equations with exact spike times, the finite difference of the loss, their distance (at most 1 "
          "passes; kink: spikes appear or vanish however small the step, so the entry is not judged), the "
          "gradient on the steps of a program, and that of the program compiled for the device. Then come, each "
          "with a verdict: the distance of the program from its steps in double precision, for each tensor; "
          "whether the loss changes as the gradient predicts if arrivals come a step later (shift test); and "
          "whether spikes shift as it predicts if the state at them is moved (slope test). Last come the number "
          "of spikes in continuous time, which the steps approximate, and the distance of the gradients from "
          "it, which is not judged. Penalties of weights are not part of the loss; heuristics (firing rates, noise of "
          "weights) are left out, and the report names them. The exit code is 0 if everything passes, some neuron "
          "spikes and some derivative is nonzero, and 1 otherwise.\n\nWith exact spike times, a network of a few "
          "hundred "
          "neurons takes long: check a small network of the same models. docs/adjoint.md has the bounds and "
          "their reasons.",
      .operands = {{.name = "MODEL", .help = "a description (.json), or an artifact (.synfire) that contains one"}},
      .options = joined({{.name = "entries", .value = "N", .help = "sampled entries per tensor; 0: all (default: 5)"},
                         {.name = "examples", .value = "N", .help = "examples in the mean loss (default: 1)"},
                         {.name = "everything",
                          .help = "also check what is not trained: parameters, delays, initial states, frozen weights"},
                         {.name = "no-program", .help = "do not compile and run a program"}},
                        training_options()),
      .run = gradcheck,
  };
}

}  // namespace synfire::command_line
