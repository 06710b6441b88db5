// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "synfire/codegen/gradcheck.hpp"

namespace synfire::codegen {
namespace {

constexpr double program_allowed = 1e-4;

bool holds(const CheckedEntry& entry) { return entry.kink || (std::isfinite(entry.derived) && entry.error <= 1); }
bool holds(const CheckedTensor& tensor) { return !tensor.program_error || *tensor.program_error <= program_allowed; }

bool entries_hold(const GradientCheck& check) {
  return std::all_of(check.entries.begin(), check.entries.end(),
                     [](const CheckedEntry& each) { return holds(each); }) &&
         20 * check.kinks() <= check.entries.size();
}

const char* verdict(bool holds) { return holds ? "holds" : "FAILS"; }

template <class... Arguments>
std::string formatted(const char* format, Arguments... arguments) {
  char line[512];
  std::snprintf(line, sizeof line, format, arguments...);
  return line;
}

std::string lines_of_entries(const GradientCheck& check, int width) {
  std::string text = formatted("%-*s %6s %15s %15s %8s %15s %15s\n", width, "tensor", "entry", "derived", "difference",
                               "error", "grid", "program");
  for (const CheckedEntry& each : check.entries) {
    text += formatted("%-*s %6zu %15.8e %15.8e ", width, each.tensor.c_str(), each.index, each.derived,
                      each.finite_difference);
    text += each.kink ? "    kink" : formatted("%7.2f%s", each.error, each.error <= 1 ? " " : "!");
    text += formatted(" %15.8e", each.grid);
    if (each.program) text += formatted(" %15.8e", *each.program);
    text += "\n";
  }
  return text;
}

std::string lines_of_tensors(const GradientCheck& check, int width) {
  const double floor = 1e-6 * std::max(1.0, std::abs(check.grid_loss));
  std::string text;
  for (const CheckedTensor& each : check.tensors) {
    if (!each.program_error) continue;
    text += formatted("%-*s program to grid %.2e of its norm (at most %.0e, or %.1e absolute): %s\n", width,
                      each.name.c_str(), *each.program_error, program_allowed, floor, verdict(holds(each)));
  }
  return text;
}

std::string line_of_moved(const char* name, const char* what, const MovedCheck& moved, int width) {
  if (moved.moved == 0) return formatted("%-*s nothing to move: not judged\n", width, name);
  return formatted("%-*s %zu %s: off by %.2g %% rms (at most %.2g %%): %s\n", width, name, moved.moved, what,
                   100 * moved.error, 100 * moved.allowed, verdict(moved.passed()));
}

// The distance answers a different question and is not an error.
std::string lines_of_distance(const GradientCheck& check, int width) {
  const char* name = "continuous time";
  if (!check.not_exact.empty()) return formatted("%-*s %s: not judged\n", width, name, check.not_exact.c_str());
  std::string text = formatted("%-*s spike times are rounded to dt: %zu spikes here, %zu in continuous time\n", width,
                               name, check.grid_spikes, check.spikes);
  for (const CheckedTensor& each : check.tensors)
    text += formatted("%-*s grid to exact %.2e of its norm: not judged\n", width, each.name.c_str(), each.to_exact);
  return text;
}

std::string vacuous(const GradientCheck& check) {
  if (check.tensors.empty() && check.entries.empty()) return "nothing is trained, so nothing was checked";
  return "only derivatives that are 0 were compared, so nothing was checked";
}

}  // namespace

std::size_t GradientCheck::kinks() const {
  return static_cast<std::size_t>(
      std::count_if(entries.begin(), entries.end(), [](const CheckedEntry& each) { return each.kink; }));
}

bool GradientCheck::is_vacuous() const {
  const bool differenced = std::any_of(entries.begin(), entries.end(), [](const CheckedEntry& each) {
    return !each.kink && (each.derived != 0 || each.finite_difference != 0);
  });
  const bool moved = shift.moved + slope.moved > 0;
  const bool compared = std::any_of(tensors.begin(), tensors.end(), [&](const CheckedTensor& each) {
    return each.norm > 0 && (moved || each.program_error.has_value());
  });
  return !differenced && !compared;
}

bool GradientCheck::passed() const {
  const bool programs_hold =
      std::all_of(tensors.begin(), tensors.end(), [](const CheckedTensor& each) { return holds(each); });
  return entries_hold(*this) && programs_hold && shift.passed() && slope.passed() && !is_silent() && !is_vacuous();
}

std::string to_string(const GradientCheck& check) {
  std::size_t longest = 17;
  for (const CheckedTensor& each : check.tensors) longest = std::max(longest, each.name.size());
  const int width = static_cast<int>(std::min<std::size_t>(longest, 100));
  std::string text;
  if (check.not_exact.empty()) {
    text += lines_of_entries(check, width);
    text += formatted("%-*s %zu entries compared with differences, %zu at kinks (at most 5 %%): %s\n", width,
                      "exact spike times", check.entries.size(), check.kinks(), verdict(entries_hold(check)));
  }
  if (check.on_grid) {
    text += lines_of_tensors(check, width);
    text += line_of_moved("shift test", "arrivals at outputs moved one step later, the loss against the adjoint",
                          check.shift, width);
    text += line_of_moved("slope test", "states moved at spikes, the spike time against its derivative", check.slope,
                          width);
    text += lines_of_distance(check, width);
  }
  text += formatted("loss %.8g, on the grid %.8g; %zu spikes, %zu triggered by a jump, %zu near-tangent%s\n",
                    check.loss, check.grid_loss, check.on_grid ? check.grid_spikes : check.spikes,
                    check.on_grid ? check.grid_triggered : check.triggered,
                    check.on_grid ? check.grid_near_tangent : check.near_tangent,
                    check.ties ? "; two neurons spike at the same time" : "");
  if (check.is_silent())
    text += "no neuron spiked, so no spike was checked: FAILS\n";
  else if (check.is_vacuous())
    text += vacuous(check) + ": FAILS\n";
  text += formatted("%s: %zu entries, %zu at kinks, in %.1f s\n", check.passed() ? "passed" : "FAILED",
                    check.entries.size(), check.kinks(), check.seconds);
  return text;
}

}  // namespace synfire::codegen
