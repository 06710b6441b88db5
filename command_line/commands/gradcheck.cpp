// SPDX-License-Identifier: Apache-2.0
// synfire gradcheck: whether the gradients of a network are the derivatives of its loss.
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
  return {.kind = ProblemKind::run_failed,
          .path = "gradients",
          .message = nothing ? "nothing is trained, so nothing was checked"
                             : "no derivative but 0 was compared with another, so nothing was checked",
          .hint = nothing ? "weights that are frozen are checked with --everything"
                          : "an output that is silent has no derivatives: other inputs: --seed N; longer: --timesteps "
                            "N; larger weights"};
}

// One problem for each check that fails, or for kinks that leave too little to judge.
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
                        .message = "the program's gradient is not that of its steps in double",
                        .expected = "a distance of at most 0.0001 of its norm",
                        .given = decimal(*each.program_error, 3)});
  }
  if (!check.shift.passed)
    problems.push_back(moved_problem(check.shift, "shift test",
                                     "the loss does not change as the gradient says when arrivals come a step later"));
  if (!check.slope.passed)
    problems.push_back(moved_problem(check.slope, "slope test",
                                     "spikes do not move as the gradient says when the state that they begin at does"));
  if (check.silent)
    problems.push_back({.kind = ProblemKind::run_failed,
                        .path = "gradients",
                        .message = "no neuron spiked, so nothing was checked of spikes",
                        .hint = "other inputs: --seed N; longer: --timesteps N; larger weights"});
  if (check.vacuous && !check.silent) problems.push_back(vacuous_problem(check));
  if (!problems.empty()) return problems;
  return {{.kind = ProblemKind::run_failed,
           .path = "gradients",
           .message = "too many entries lie where the loss has a kink",
           .hint = "other inputs have others: --seed N",
           .expected = "at most 5 %",
           .given = std::to_string(check.kinks) + " of " + std::to_string(check.entries.size())}};
}

// Gradients can be derived of more than programs can learn.
void tell_what_was_not_checked(const GradientCheck& check, Output& output) {
  for (Problem problem : check.program_problems) {
    problem.kind = ProblemKind::program_not_checked;
    problem.message = "no program was checked: " + problem.message;
    output.warn(make_warning(problem));
  }
}

// One line of a terminal, written again and again.
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
  const Description description = description_of(arguments.text("MODEL"));
  const EventPropCompiler compiler = training_compiler_for(arguments, description);
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
      .summary = "check the gradients of a network, at its step and in continuous time",
      .examples = {{"synfire gradcheck net.json", "five entries of each trainable tensor"},
                   {"synfire gradcheck net.json --entries 0 --timesteps 40 --examples 2",
                    "every entry, for the mean of two examples of 40 steps"},
                   {"synfire gradcheck net.json --loss mean_square_error --everything --no-program",
                    "another loss; parameters, delays and initial states too"}},
      .text =
          "Draws random inputs and targets and writes a line for each sampled entry: the gradient derived from the "
          "equations with exact spike times, the difference of the loss, their distance (at most 1 is allowed; kink: "
          "spikes appear or vanish at any step, so the entry is not judged), the gradient on the steps of a program, "
          "and that of the program compiled for the device. Below, each with its verdict: how far the program is from "
          "its steps in double, tensor by tensor; whether the loss changes as the gradient says when arrivals come a "
          "step later (shift test), and where spikes are when the state at them is moved (slope test). Then how many "
          "spikes there are in continuous time, to which the steps are an approximation, and how far gradients lie "
          "from it, which is not judged. The exit code is 0 where all holds, some neuron spikes and some derivative is "
          "not 0, and "
          "1 otherwise.\n\n"
          "With exact spike times a network of some hundred neurons takes long: check a small one of the same models. "
          "docs/adjoint.md has the bounds and their reasons.",
      .operands = {{.name = "MODEL",
                    .help = "a description (.json), or an artifact (.synfire), for the description in it"}},
      .options =
          joined({{.name = "entries", .value = "N", .help = "entries of each tensor, sampled; 0: all; without it 5"},
                  {.name = "examples", .value = "N", .help = "examples, of whose losses the mean is taken"},
                  {.name = "everything",
                   .help = "also what is not trained: parameters, delays, initial states, frozen weights"},
                  {.name = "no-program", .help = "compile and run no program"}},
                 training_options()),
      .run = gradcheck,
  };
}

}  // namespace synfire::command_line
