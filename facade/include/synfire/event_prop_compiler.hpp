// SPDX-License-Identifier: Apache-2.0
// Compiles a network for training with exact gradients (EventProp: Wunderlich & Pehle 2021, derived here for any
// model).
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
#include <vector>

#include "synfire/event_prop_defaults.hpp"
#include "synfire/inference_compiler.hpp"
#include "synfire/losses.hpp"
#include "synfire/optimizers.hpp"
#include "synfire/regularizers.hpp"
#include "synfire/training_network.hpp"

namespace synfire {

struct EventPropCompiler {
  std::uint32_t timesteps = 100;  // maximum number of steps per example, ≥ 1
  double dt = 1.0;                // ms per step, > 0
  std::uint32_t batch_size = 1;   // examples per update, ≥ 1
  std::uint64_t seed = 0;         // for initial values drawn at compile time, the order of examples, and random spikes
  Losses losses = "sparse_categorical_crossentropy";
  Optimizer optimizer = "adam";                // a name, a struct such as Adam{.learning_rate = 1e-2}, or a text
  std::vector<Regularizer> regularizers = {};  // at most one of each, and one for each population
  std::string device = {};                     // "cuda", "host"; empty: cuda if there is a GPU, else host
  unsigned threads = 0;                        // host: worker threads; 0: one per core. Results do not depend on it
  int ordinal = 0;                             // cuda: which GPU

  // Number n of gradient slots: partial sums, each over every n-th example of a batch. This many threads or blocks can
  // share a batch. It affects rounding only. At most 32; 0: chosen from the sizes.
  std::uint32_t gradient_slots = 0;
  // Initial capacity of the tapes, in spikes per population and example; if an example has more, its tape grows and its
  // batch runs again. 0: estimated.
  std::uint32_t max_spikes = 0;

  // Compiles even if a population can reach its threshold only at spike arrivals, so that no gradient passes through
  // its spikes.
  bool allow_arrival_only = false;

  double nominal_dt = 0.0;              // ms; the step that unscaled inputs refer to; 0: dt
  std::uint32_t threads_per_block = 0;  // cuda; 0: chosen
  std::string cache_folder = {};        // of compiled programs; empty: the user's cache; "-": none

  // Receives the compiler's warnings, like InferenceCompiler::warn.
  WarningHandler warn = {};

  // The compiler that a description configures, on the default device, for the description's network only. From the
  // settings of another compiler it takes those that both share. Throws ModelError with every problem of the settings,
  // with line and column.
  static EventPropCompiler from(const CompileSettings& settings, const Network& network);
  // The reverse, without options of the machine. Throws ModelError for unknown losses and for losses of anything but a
  // population.
  CompileSettings settings(const Network& network) const;

  // Throws ModelError with every problem of the network and everything that rules out a gradient, BuildError, or
  // DeviceError.
  TrainingNetwork compile(const Network& network, CompilationReport* report = nullptr) const;

  // Throws what compile() would throw, like InferenceCompiler::check.
  void check(const Network& network) const;

  // Compiles without running, like InferenceCompiler::build.
  contract::Artifact build(const Network& network, const std::string& backend, const std::string& architecture = {},
                           CompilationReport* report = nullptr) const;

  using StageReceiver = InferenceCompiler::StageReceiver;
  // Like build(), but without the binary, so no compiler is needed. `receive` gets every stage, in order: the network,
  // the derivation of its gradients (`adjoint`), the program before and after each pass that changed it, the source.
  contract::Artifact generate(const Network& network, const std::string& backend, const StageReceiver& receive = {},
                              CompilationReport* report = nullptr) const;
};

// Problems of the names of metrics: unknown_name, with the nearest known name.
std::vector<Problem> problems_of(const MetricSettings& metrics, const std::string& path);

// The options that a description asks for. Throws ModelError for unknown metrics.
TrainOptions train_options(const TrainSettings& settings);

}  // namespace synfire
