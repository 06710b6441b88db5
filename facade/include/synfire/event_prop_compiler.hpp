// SPDX-License-Identifier: Apache-2.0
// Compiles a network for training with exact gradients (EventProp: Wunderlich & Pehle 2021, derived here for any model).
//
//   Network network{event_prop_defaults};
//   …
//   auto model = EventPropCompiler{.timesteps = 20, .batch_size = 32, .optimizer = Adam{.learning_rate = 1e-2}}
//                    .compile(network);
//   const History history = model.train({{input, spikes}}, {{output, labels}}, {.epochs = 10});
//   const Network trained = model.network();
#pragma once

#include <cstdint>
#include <string>

#include "synfire/inference_compiler.hpp"
#include "synfire/losses.hpp"
#include "synfire/optimizer.hpp"
#include "synfire/training_network.hpp"

namespace synfire {

// What networks that are trained start from, so that their steps are those of the continuous equations: inputs scaled, absolute
// resets, membranes held while refractory. For Network{event_prop_defaults}; what is said in `add` has precedence.
inline const DefaultParameters event_prop_defaults = {
    {"leaky_integrate_fire", {{"relative_reset", false}, {"integrate_during_refrac", false}, {"scale_i", true}}},
    {"leaky_integrate_fire_input", {{"relative_reset", false}, {"integrate_during_refrac", false}, {"scale_i", true}}},
    {"leaky_integrate", {{"scale_i", true}}},
    {"exponential", {{"scale_i", true}}}};

struct EventPropCompiler {
  std::uint32_t timesteps = 100;  // the most steps that an example can have, ≥ 1
  double dt = 1.0;                // ms per step, > 0
  std::uint32_t batch_size = 1;   // examples of one update, ≥ 1
  std::uint64_t seed = 0;         // of initial values drawn now, of the order of examples, and of random spikes
  Losses losses = "sparse_categorical_crossentropy";
  Adam optimizer = {};
  std::string device = {};  // "cuda", "host"; empty: cuda where there is a GPU, else host
  unsigned threads = 0;     // host: worker threads; 0: one per core. Results do not depend on it
  int ordinal = 0;          // cuda: which GPU

  // Gradients are summed in this many partial sums, each over every n-th example of a batch, and as many threads or blocks can
  // share a batch. Rounding depends on it, and nothing else does. At most 32; 0: chosen from the sizes.
  std::uint32_t gradient_slots = 0;
  // Spikes of one population in one example that the tapes have room for at first; where an example has more, the tape grows
  // and its batch runs again. 0: a guess.
  std::uint32_t max_spikes = 0;

  // Goes on although a population can reach its threshold only at arrivals, so that no gradient passes through its spikes.
  bool allow_arrival_only = false;

  double nominal_dt = 0.0;              // ms; the step to which unscaled inputs refer; 0: dt
  std::uint32_t threads_per_block = 0;  // cuda; 0: chosen
  std::string cache_folder = {};        // of compiled programs; empty: the user's cache; "-": none

  // Receives the compiler's warnings, as InferenceCompiler::warn.
  WarningHandler warn = {};

  // The compiler that a description asks for, on the default device, for its network alone. Of settings of another compiler it
  // takes what both have. Throws ModelError with everything that is wrong with the settings, at its lines and columns.
  static EventPropCompiler from(const CompileSettings& settings, const Network& network);
  // The reverse; what belongs to the machine is left out. Throws ModelError for losses that there are not and for those of what
  // is no population.
  CompileSettings settings(const Network& network) const;

  // Throws ModelError with everything that is wrong with the network and that stands in the way of a gradient, BuildError, or
  // DeviceError.
  TrainingNetwork compile(const Network& network, CompilationReport* report = nullptr) const;

  // Throws what compile() would throw, as InferenceCompiler::check.
  void check(const Network& network) const;

  // Compiles without running, as InferenceCompiler::build.
  contract::Artifact build(const Network& network, const std::string& backend, const std::string& architecture = {},
                           CompilationReport* report = nullptr) const;

  using StageReceiver = InferenceCompiler::StageReceiver;
  // As build(), without the binary: no compiler is needed. `receive` is told every stage, in order: the network, the derivation
  // of its gradients (`adjoint`), the program before and after each pass that changed it, the source.
  contract::Artifact generate(const Network& network, const std::string& backend, const StageReceiver& receive = {},
                              CompilationReport* report = nullptr) const;
};

}  // namespace synfire
