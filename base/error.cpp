// SPDX-License-Identifier: Apache-2.0
#include "synfire/error.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "synfire/base/text.hpp"

namespace synfire {
namespace {

// What a message shows of a long list of names.
constexpr std::size_t most_names_shown = 50;
// Limits on the names compared to find a typo.
constexpr std::size_t most_names_compared = 1000;
constexpr std::size_t longest_name_compared = 100;

std::string join(const std::vector<Problem>& problems) {
  std::string text;
  for (std::size_t i = 0; i < problems.size() && i < base::most_problems_shown; ++i) {
    if (i > 0) text += '\n';
    text += to_string(problems[i]);
  }
  if (problems.size() > base::most_problems_shown)
    text += "\nand " + std::to_string(problems.size() - base::most_problems_shown) + " more problems";
  return text;
}

// Insertions, deletions, substitutions and swaps of adjacent letters (the usual typos), each counted once.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> last(b.size() + 1), before_last;
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::vector<std::size_t> row(b.size() + 1, i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last = std::exchange(last, std::move(row));
  }
  return last[b.size()];
}

}  // namespace

std::string_view to_string(ProblemKind kind) {
  switch (kind) {
    case ProblemKind::unknown_name: return "unknown_name";
    case ProblemKind::duplicate_name: return "duplicate_name";
    case ProblemKind::invalid_name: return "invalid_name";
    case ProblemKind::shape_mismatch: return "shape_mismatch";
    case ProblemKind::missing_shape: return "missing_shape";
    case ProblemKind::invalid_value: return "invalid_value";
    case ProblemKind::invalid_option: return "invalid_option";
    case ProblemKind::model_text: return "model_text";
    case ProblemKind::missing_variable: return "missing_variable";
    case ProblemKind::foreign_id: return "foreign_id";
    case ProblemKind::missing_data: return "missing_data";
    case ProblemKind::foreign_checkpoint: return "foreign_checkpoint";
    case ProblemKind::surplus_data: return "surplus_data";
    case ProblemKind::wrong_data_size: return "wrong_data_size";
    case ProblemKind::non_finite_data: return "non_finite_data";
    case ProblemKind::label_out_of_range: return "label_out_of_range";
    case ProblemKind::malformed_file: return "malformed_file";
    case ProblemKind::file_access: return "file_access";
    case ProblemKind::unsupported: return "unsupported";
    case ProblemKind::out_of_memory: return "out_of_memory";
    case ProblemKind::no_device: return "no_device";
    case ProblemKind::build_failed: return "build_failed";
    case ProblemKind::run_failed: return "run_failed";
    case ProblemKind::time_scale: return "time_scale";
    case ProblemKind::frames_beyond_end: return "frames_beyond_end";
    case ProblemKind::spikes_after_end: return "spikes_after_end";
    case ProblemKind::spikes_in_first_steps: return "spikes_in_first_steps";
    case ProblemKind::nothing_encoded: return "nothing_encoded";
    case ProblemKind::slow_step_callbacks: return "slow_step_callbacks";
    case ProblemKind::unnamed_callback: return "unnamed_callback";
    case ProblemKind::unordered_indices: return "unordered_indices";
    case ProblemKind::enlarged_tape: return "enlarged_tape";
    case ProblemKind::training_without_effect: return "training_without_effect";
    case ProblemKind::silent_population: return "silent_population";
    case ProblemKind::nearly_silent_population: return "nearly_silent_population";
    case ProblemKind::silent_neurons: return "silent_neurons";
    case ProblemKind::saturated_neurons: return "saturated_neurons";
    case ProblemKind::zero_gradient: return "zero_gradient";
    case ProblemKind::exploding_gradient: return "exploding_gradient";
    case ProblemKind::rising_loss: return "rising_loss";
    case ProblemKind::empty_validation: return "empty_validation";
    case ProblemKind::shared_weight: return "shared_weight";
    case ProblemKind::unread_population: return "unread_population";
    case ProblemKind::triggered_spikes: return "triggered_spikes";
    case ProblemKind::near_tangent_spikes: return "near_tangent_spikes";
    case ProblemKind::spikes_rounded_away: return "spikes_rounded_away";
    case ProblemKind::program_not_checked: return "program_not_checked";
    case ProblemKind::unusable_device: return "unusable_device";
    case ProblemKind::no_step_graphs: return "no_step_graphs";
    case ProblemKind::checkpoint_not_written: return "checkpoint_not_written";
    case ProblemKind::weights_not_taken: return "weights_not_taken";
    case ProblemKind::repaired_graph: return "repaired_graph";
  }
  return "unknown";
}

// Output of compilers and other programs, and equations with a mark below, have several lines. Everything else has one.
bool has_lines(ProblemKind kind) {
  return kind == ProblemKind::build_failed || kind == ProblemKind::run_failed || kind == ProblemKind::model_text;
}

// Names and values that were given, and names of files, are untrusted text: they must not control the terminal, start a
// line of their own, or fill the screen.
std::string to_string(const Problem& problem) {
  constexpr std::size_t longest_path = 1000, longest_given = 300, longest_expected = 2000, longest_hint = 8000,
                        longest_message = 4000, longest_text = std::size_t{1} << 16;
  std::string text;
  if (!problem.place.file.empty()) {
    text += base::one_line(problem.place.file, longest_path);
    if (problem.place.line > 0) text += ':' + std::to_string(problem.place.line);
    if (problem.place.column > 0) text += ':' + std::to_string(problem.place.column);
    text += ": ";
  }
  if (problem.severity == Severity::warning) text += "warning: ";
  if (!problem.path.empty()) text += base::one_line(problem.path, longest_path) + ": ";
  const bool lines = has_lines(problem.kind);
  text += lines ? base::printable(problem.message, longest_text) : base::one_line(problem.message, longest_message);
  if (!problem.expected.empty() || !problem.given.empty()) {
    text += " (";
    if (!problem.expected.empty()) text += "expected " + base::one_line(problem.expected, longest_expected);
    if (!problem.expected.empty() && !problem.given.empty()) text += ", ";
    if (!problem.given.empty()) text += "given " + base::one_line(problem.given, longest_given);
    text += ')';
  }
  if (!problem.hint.empty())
    text += "; " + (lines ? base::printable(problem.hint, longest_hint) : base::one_line(problem.hint, longest_hint));
  return text;
}

Error::Error(std::vector<Problem> problems) : std::runtime_error(join(problems)), problems_(std::move(problems)) {}

Error::Error(Problem problem) : Error(std::vector<Problem>{std::move(problem)}) {}

std::string nearest_name(std::string_view name, const std::vector<std::string>& known) {
  if (name.empty()) return {};
  std::size_t best = std::numeric_limits<std::size_t>::max();
  std::string nearest;
  if (name.size() > longest_name_compared) return {};
  for (std::size_t i = 0; i < std::min(known.size(), most_names_compared); ++i) {
    const std::string& candidate = known[i];
    const std::size_t longest = std::max(name.size(), candidate.size());
    if (longest > longest_name_compared || longest - std::min(name.size(), candidate.size()) >= best) continue;
    const std::size_t distance = edit_distance(name, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  // More than a third of the word away: a different word, not a typo.
  const std::size_t tolerated = std::max<std::size_t>(1, std::max(name.size(), nearest.size()) / 3);
  return best <= std::max<std::size_t>(tolerated, name.size() <= 4 ? 2 : 1) ? nearest : std::string{};
}

std::string suggest(std::string_view name, const std::vector<std::string>& known) {
  std::string hint;
  const std::string nearest = nearest_name(name, known);
  constexpr std::size_t longest_name = 100;
  if (!nearest.empty()) hint = "did you mean \"" + base::one_line(nearest, longest_name) + "\"? ";
  if (known.empty()) return hint + "no names are known";
  hint += "known: ";
  for (std::size_t i = 0; i < std::min(known.size(), most_names_shown); ++i)
    hint += (i ? ", " : "") + base::one_line(known[i], longest_name);
  if (known.size() > most_names_shown) hint += " and " + std::to_string(known.size() - most_names_shown) + " more";
  return hint;
}

}  // namespace synfire
