// SPDX-License-Identifier: Apache-2.0
// The proof of a network's gradients (docs/adjoint.md): what a compiled program finds beside the gradient of its steps in double,
// and that beside what small changes of the steps do; and what was derived from the equations, with exact spike times, beside
// differences of the loss.
//
//   const GradientCheck check = check_gradients(network, EventPropCompiler{.timesteps = 50, .losses = "mean_square_error"});
//   std::cout << check.report;
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "synfire/event_prop_compiler.hpp"

namespace synfire {

struct GradientCheckOptions {
  std::uint32_t examples = 1;  // with random inputs and targets, drawn from the compiler's seed; ≥ 1
  std::size_t entries = 5;     // of each tensor, sampled from the seed; 0: all
  bool everything = false;     // also parameters, delays, initial states and frozen weights
  bool program = true;         // compile and run a program too, on the compiler's device
  // Told how far a part of the check is, such as `differences of the loss`: `done` of `of`.
  std::function<void(const std::string& part, std::size_t done, std::size_t of)> progress = {};
};

// An entry of a tensor, and dL/d of it, L being the mean loss of the examples.
struct CheckedEntry {
  std::string tensor;  // `hidden_output.weight`, `hidden.tau_mem`, `hidden.v(0)`
  std::size_t index = 0;
  double value = 0;
  double derived = 0;            // with exact spike times
  double finite_difference = 0;  // with exact spike times
  double grid = 0;               // derived, on the steps of a program
  std::optional<double> program = std::nullopt;
  // |derived − finite difference| / (1e-6·max(|derived|, |finite difference|) + 1e-9·largest gradient): at most 1 holds.
  double error = 0;
  bool kink = false;  // however small the step, spikes appear, vanish or change what triggers them: not judged
};

struct CheckedTensor {
  std::string name;
  double norm = 0;      // of its gradient on the steps of a program
  double to_exact = 0;  // ‖grid − derived‖ / ‖derived‖, or of ‖grid‖ where that is 0
  // ‖program − grid‖ / max(‖grid‖, 0.01·max(1, |loss|)): at most 1e-4 holds, so that 1e-6·max(1, |loss|) always does.
  std::optional<double> program_error = std::nullopt;
};

// On the steps of a program something is moved a little, and what changes is compared with what the gradient says.
struct MovedCheck {
  std::size_t moved = 0;  // how many arrivals or states
  double error = 0;       // rms of the differences, of the rms of the changes
  double allowed = 0;     // at most so much holds
  bool passed = false;
};

struct GradientCheck {
  std::vector<CheckedEntry> entries;
  std::vector<CheckedTensor> tensors;
  double loss = 0;       // with exact spike times
  double grid_loss = 0;  // on the steps of a program
  std::size_t spikes = 0;
  std::size_t triggered = 0;     // of these, set off by a jump: their times have no weight derivative
  std::size_t near_tangent = 0;  // of these, whose crossing is too flat to divide by
  bool ties = false;             // two neurons spiked at the same time
  std::string not_exact = {};    // why there is nothing with exact spike times; empty: there is
  std::size_t grid_spikes = 0, grid_triggered = 0, grid_near_tangent = 0;  // on the steps of a program
  MovedCheck shift;                                                        // of arrivals: the loss
  MovedCheck slope;       // of states at spikes: where between two steps the spike is
  bool silent = false;    // neurons could have spiked on the steps of a program, and none did
  bool vacuous = false;   // no derivative that is not 0 was compared with anything
  std::size_t kinks = 0;  // of the entries
  double seconds = 0;     // that it took, without compiling
  bool passed =
      false;  // no entry off, at most 5 % of them at kinks, all else within its bounds, neither silent nor vacuous
  std::string device = {};                     // on which a program ran; empty: on none
  std::vector<Problem> program_problems = {};  // why none could be compiled, although there are gradients
  std::string report = {};                     // all of it as a table, to read
};

// Examples and entries are drawn from the compiler's seed; its batch size plays no part. The interpreter takes seconds for
// networks of some hundred neurons: check the small ones, of the same models. Throws ModelError where the network has no
// gradients, BuildError, DeviceError, and RunError for values that are not finite.
GradientCheck check_gradients(const Network& network, const EventPropCompiler& compiler,
                              const GradientCheckOptions& options = {});

}  // namespace synfire
