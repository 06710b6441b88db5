// SPDX-License-Identifier: Apache-2.0
// Checks the gradients of a network (docs/adjoint.md): those of a compiled program against the gradient of its steps in
// double precision, and that against the effect of small changes to the steps; and those derived from the equations,
// with exact spike times, against finite differences of the loss.
//
//   const GradientCheck check =
//       check_gradients(network, EventPropCompiler{.timesteps = 50, .losses = "mean_square_error"});
//   std::cout << check.report;
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "synfire/training_compiler.hpp"

namespace synfire {

struct GradientCheckOptions {
  std::uint32_t examples = 1;  // with random inputs and targets, drawn from the compiler's seed; ≥ 1
  std::size_t entries = 5;     // of each tensor, sampled from the seed; 0: all
  bool everything = false;     // also parameters, delays, initial states and frozen weights
  bool program = true;         // compile and run a program too, on the compiler's device
  // Reports the progress of a part of the check, such as `differences of the loss`: `done` of `of`.
  std::function<void(const std::string& part, std::size_t done, std::size_t of)> progress = {};
};

// An entry of a tensor and the derivative of the mean loss of the examples with respect to it.
struct CheckedEntry {
  std::string tensor;  // `hidden_output.weight`, `hidden.tau_mem`, `hidden.v(0)`
  std::size_t index = 0;
  double value = 0;
  double derived = 0;            // with exact spike times
  double finite_difference = 0;  // with exact spike times
  double grid = 0;               // derived, on the steps of a program
  std::optional<double> program = std::nullopt;
  // |derived − finite difference| / (1e-6·max(|derived|, |finite difference|) + 1e-9·largest gradient); passes if ≤ 1.
  double error = 0;
  bool kink = false;  // spikes appear, vanish or change their trigger however small the step: not judged
};

struct CheckedTensor {
  std::string name;
  double norm = 0;      // of its gradient on the steps of a program
  double to_exact = 0;  // ‖grid − derived‖ / ‖derived‖, or of ‖grid‖ where that is 0
  // ‖program − grid‖ / max(‖grid‖, 0.01·max(1, |loss|)); passes if ≤ 1e-4, so a distance of 1e-6·max(1, |loss|) always
  // passes.
  std::optional<double> program_error = std::nullopt;
};

// Something is moved a little on the steps of a program, and the resulting change is compared with what the gradient
// predicts.
struct MovedCheck {
  std::size_t moved = 0;  // number of arrivals or states moved
  double error = 0;       // rms of the differences, relative to the rms of the changes
  double allowed = 0;     // passes up to this error
  bool passed = false;
};

struct GradientCheck {
  std::vector<CheckedEntry> entries;
  std::vector<CheckedTensor> tensors;
  double loss = 0;       // with exact spike times
  double grid_loss = 0;  // on the steps of a program
  std::size_t spikes = 0;
  std::size_t triggered = 0;     // of these, triggered by a jump: their times have no weight derivative
  std::size_t near_tangent = 0;  // of these, with a crossing too flat to divide by
  bool ties = false;             // two neurons spiked at the same time
  std::string not_exact = {};    // why there are no results with exact spike times; empty: there are
  std::size_t grid_spikes = 0, grid_triggered = 0, grid_near_tangent = 0;  // on the steps of a program
  MovedCheck shift;                                                        // arrivals moved: change of the loss
  MovedCheck slope;       // states at spikes moved: shift of the spike between two steps
  bool silent = false;    // no neuron spiked on the steps of a program, although some can
  bool vacuous = false;   // no nonzero derivative was compared with anything
  std::size_t kinks = 0;  // entries at kinks
  double seconds = 0;     // duration, without compiling
  bool passed =
      false;  // no entry is off, at most 5 % are at kinks, all else is within bounds, neither silent nor vacuous
  std::string device = {};                     // that a program ran on; empty: none ran
  std::vector<Problem> program_problems = {};  // why no program was compiled, although there are gradients
  std::vector<std::string> left_out = {};      // heuristics of the compiler, which are not derivatives
  std::string report = {};                     // everything as a human-readable table
};

// Examples and entries are drawn from the compiler's seed; its batch size is ignored. The interpreter takes seconds for
// networks of a few hundred neurons: check a small network of the same models. Throws ModelError if the network has no
// gradients or the compiler computes surrogate ones, BuildError, DeviceError, and RunError for non-finite values.
GradientCheck check_gradients(const Network& network, const TrainingCompiler& compiler,
                              const GradientCheckOptions& options = {});

}  // namespace synfire
