// SPDX-License-Identifier: Apache-2.0
// Gradient checks. At the time step of programs: a program's gradient against the same gradient in double (grid mode),
// and that against small changes of the steps. In continuous time: the derived adjoint, evaluated with exact spike
// times by an event-driven interpreter in double, against central differences of the loss.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "synfire/codegen/losses.hpp"
#include "synfire/network.hpp"

namespace synfire::codegen {

struct GivenSpike {
  std::uint32_t step = 0;
  std::uint32_t neuron = 0;
  int sign = 1;
  bool operator==(const GivenSpike&) const = default;
};

// The data of one example, by population in network order.
struct ExampleData {
  std::vector<std::vector<GivenSpike>> spikes;  // given spikes of populations without an adjoint
  std::vector<std::vector<double>> input;       // frames × neurons, for those that read `input` in their flow
  std::vector<LossTarget> targets;              // by loss; for a loss per step, `values` are steps × neurons
  std::uint32_t timesteps = 0;                  // 0: as in the options
};

// A program's results for the same examples: spikes of all populations, and gradients by tensor name.
struct ProgramGradients {
  std::vector<std::vector<std::vector<GivenSpike>>> spikes;  // by example, by population
  std::map<std::string, std::vector<double>> gradients;      // mean over the examples
};

struct GradientCheckOptions {
  double dt = 1.0;          // ms
  double nominal_dt = 0.0;  // ms; 0: dt
  std::uint32_t timesteps = 0;
  std::uint64_t seed = 0;
  std::vector<OutputLoss> losses = {};
  std::vector<ExampleData> examples = {};  // empty: one, drawn from the seed
  std::size_t entries_per_tensor = 8;      // sampled from the seed; 0: all
  std::size_t entries_in_all = 0;          // of these, sampled again; 0: all
  bool everything = false;                 // all parameters, delays and initial states, trainable or not
  bool on_grid = true;
  // Gradients of a program, to compare with the grid mode on its spikes.
  std::function<ProgramGradients(const std::vector<ExampleData>&)> program = {};
  // Receives the progress of a part of the check, such as `differences of the loss`.
  std::function<void(const std::string& part, std::size_t done, std::size_t of)> progress = {};
};

struct CheckedEntry {
  std::string tensor;  // `hidden_output.weight`, `hidden.tau_mem`, `hidden.v(0)`
  std::size_t index = 0;
  double value = 0;
  double derived = 0;            // with exact spike times
  double finite_difference = 0;  // with exact spike times
  double grid = 0;
  std::optional<double> program = std::nullopt;
  // |derived − finite difference| / (1e-6·max(|derived|, |finite difference|) + 1e-9·largest gradient): at most 1
  // passes.
  double error = 0;
  bool kink = false;  // the order of events changes too close by for a valid difference (docs/adjoint.md)
};

// A whole tensor, on the grid.
struct CheckedTensor {
  std::string name;
  double norm = 0;      // of the grid mode's gradient
  double to_exact = 0;  // ‖grid − derived‖ / ‖derived‖, or / ‖grid‖ if that is 0
  // ‖program − grid‖ / max(‖grid‖, 0.01·max(1, |loss|)): at most 1e-4 passes, so a distance of 1e-6·max(1, |loss|)
  // always does.
  std::optional<double> program_error = std::nullopt;
};

// Something is moved slightly, and the resulting change is compared with the gradient.
struct MovedCheck {
  std::size_t moved = 0;  // how many
  double error = 0;       // rms of the differences, relative to the rms of the changes
  double allowed = 0;
  bool passed() const { return !(error > allowed) && error == error; }
};

struct GradientCheck {
  std::vector<CheckedEntry> entries;
  std::vector<CheckedTensor> tensors;
  double loss = 0;       // mean over the examples, with exact spike times
  double grid_loss = 0;  // on the grid
  std::size_t spikes = 0;
  std::size_t triggered = 0;     // of these, triggered by a jump: their times have no weight derivative
  std::size_t near_tangent = 0;  // of these, with a crossing too flat to divide by
  bool ties = false;             // two neurons spiked at the same time
  std::string not_exact = {};    // why there is no check in continuous time; empty: there is one

  bool on_grid = false;
  bool can_spike = false;  // whether any neuron that is not an input has a threshold
  std::size_t grid_spikes = 0, grid_triggered = 0, grid_near_tangent = 0;
  MovedCheck shift;  // 1e-3 of an arrival comes one step later, spikes fixed: the change of the loss
  MovedCheck slope;  // the state before the reset is moved: the change of the spike's position between two steps
  double seconds = 0;

  std::size_t kinks() const;
  bool is_silent() const { return on_grid && can_spike && grid_spikes == 0; }
  // No nonzero derivative was compared with anything.
  bool is_vacuous() const;
  // No entry is off, at most 5 % of them are at kinks, programs are within their bounds, both moved checks pass, and
  // the check is neither silent nor vacuous.
  bool passed() const;
};

// Throws RunError if a neuron spikes without end.
GradientCheck check_gradients(const ir::Network& network, const GradientCheckOptions& options);

// The result as a table.
std::string to_string(const GradientCheck& check);

// Random input spikes, values and targets of one example.
ExampleData draw_example(const ir::Network& network, const GradientCheckOptions& options, std::uint64_t seed);

}  // namespace synfire::codegen
