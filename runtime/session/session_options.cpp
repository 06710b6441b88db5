// SPDX-License-Identifier: Apache-2.0
#include "session/session_options.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "synfire/error.hpp"

namespace synfire::runtime {
namespace {

constexpr std::uint32_t usual_most_steps = 16;
constexpr std::uint32_t usual_horizon = 128;
constexpr std::uint32_t longest_horizon = 1u << 20;

using Problems = std::vector<Problem>;

void check_range(const char* name, std::uint32_t given, std::uint32_t least, std::uint32_t most, const char* hint,
                 Problems& problems) {
  if (given >= least && given <= most) return;
  problems.push_back({.kind = ProblemKind::invalid_option,
                      .path = std::string("session.") + name,
                      .message = "the number of steps is out of range",
                      .hint = hint,
                      .expected = std::to_string(least) + " to " + std::to_string(most),
                      .given = std::to_string(given)});
}

void check_program(const contract::Manifest& manifest, Problems& problems) {
  if (manifest.resumable) return;
  problems.push_back(
      {.kind = ProblemKind::invalid_option,
       .path = "session",
       .message = "the network was not compiled for streaming",
       .hint =
           "compile it with synfire compile --streaming, or in C++ with InferenceCompiler::model() or the compiler's "
           "option streaming"});
}

void check_readouts(const SessionOptions& options, const contract::Manifest& manifest, Problems& problems) {
  if (options.trial_steps != 0) return;
  for (const contract::PopulationInfo& population : manifest.populations) {
    if (population.readout.empty() || population.readout_duration != contract::DurationUse::steps) continue;
    problems.push_back({.kind = ProblemKind::invalid_option,
                        .path = "session.trial_steps",
                        .message = "the readout \"" + population.readout + "\" of \"" + population.name +
                                   "\" weights each step by the duration of the trial, which is unknown",
                        .hint = "set trial_steps, or use another readout for the population"});
  }
}

}  // namespace

SessionOptions resolve(SessionOptions options, const contract::Manifest& manifest) {
  Problems problems;
  check_program(manifest, problems);
  const std::uint32_t rows = manifest.recording_steps != 0 ? manifest.recording_steps : manifest.timesteps;
  if (options.most_steps == 0) options.most_steps = std::min(usual_most_steps, rows);
  check_range("most_steps", options.most_steps, 1, rows, "compile the network with more timesteps", problems);
  if (options.horizon == 0) options.horizon = std::max(usual_horizon, options.most_steps);
  check_range("horizon", options.horizon, 1, longest_horizon, "", problems);
  if (options.trial_steps != 0) check_range("trial_steps", options.trial_steps, 1, Session::last_step, "", problems);
  check_readouts(options, manifest, problems);
  if (!problems.empty()) throw ModelError(std::move(problems));
  return options;
}

}  // namespace synfire::runtime
