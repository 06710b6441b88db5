// SPDX-License-Identifier: Apache-2.0
// Compiles a network for training with surrogate gradients (docs/training.md#surrogate-gradients; Neftci et al. 2019):
// the transpose of the discrete step with its spikes as factors, in which the derivative of a spike with respect to the
// threshold function is replaced by a text; rests count as given. Unlike exact gradients, they also reach neurons that
// do not spike.
//
//   auto model = SurrogateCompiler{.timesteps = 100, .batch_size = 32, .optimizer = Adam{.learning_rate = 1e-3},
//                                  .surrogate = Atan{.alpha = 4}, .detach_reset = true}
//                    .compile(network);
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "synfire/inference_compiler.hpp"
#include "synfire/losses.hpp"
#include "synfire/optimizers.hpp"
#include "synfire/regularizers.hpp"
#include "synfire/surrogates.hpp"
#include "synfire/training_network.hpp"

namespace synfire {

// Members without a comment are those of EventPropCompiler.
struct SurrogateCompiler {
  std::uint32_t timesteps = 100;
  double dt = 1.0;
  std::uint32_t batch_size = 1;
  std::uint64_t seed = 0;
  Losses losses = "sparse_categorical_crossentropy";
  Optimizer optimizer = "adam";
  std::vector<Regularizer> regularizers = {};

  // One for all populations, or a list of populations with theirs; other populations have fast_sigmoid.
  Surrogates surrogate = "fast_sigmoid";
  // Gradients do not pass from a reset to its spike. Populations of the list can say otherwise.
  bool detach_reset = false;

  std::string device = {};
  unsigned threads = 0;
  int ordinal = 0;
  std::uint32_t gradient_slots = 0;
  std::uint32_t max_spikes = 0;  // of the tapes of spikes; those of supports begin with room for half of the neurons
  double nominal_dt = 0.0;
  std::uint32_t threads_per_block = 0;
  std::string cache_folder = {};
  WarningHandler warn = {};

  // All as in EventPropCompiler. check_gradients refuses this compiler.
  static SurrogateCompiler from(const CompileSettings& settings, const Network& network);
  CompileSettings settings(const Network& network) const;
  TrainingNetwork compile(const Network& network, CompilationReport* report = nullptr) const;
  void check(const Network& network) const;
  contract::Artifact build(const Network& network, const std::string& backend, const std::string& architecture = {},
                           CompilationReport* report = nullptr) const;
  using StageReceiver = InferenceCompiler::StageReceiver;
  contract::Artifact generate(const Network& network, const std::string& backend, const StageReceiver& receive = {},
                              CompilationReport* report = nullptr) const;
};

}  // namespace synfire
