// SPDX-License-Identifier: Apache-2.0
// A compiler of training programs whose kind of gradient is known at run time, for example from a description.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "synfire/event_prop_compiler.hpp"
#include "synfire/surrogate_compiler.hpp"

namespace synfire {

// The members of EventPropCompiler and SurrogateCompiler, which both convert to it.
struct TrainingCompiler {
  TrainingCompiler(const EventPropCompiler& compiler);  // NOLINT(google-explicit-constructor)
  TrainingCompiler(const SurrogateCompiler& compiler);  // NOLINT(google-explicit-constructor)

  std::uint32_t timesteps = 100;
  double dt = 1.0;
  std::uint32_t batch_size = 1;
  std::uint64_t seed = 0;
  Losses losses = "sparse_categorical_crossentropy";
  Optimizer optimizer = "adam";
  std::vector<Regularizer> regularizers = {};
  std::optional<Surrogates> surrogate = std::nullopt;  // unset: gradients are exact
  bool detach_reset = false;
  std::string device = {};
  unsigned threads = 0;
  int ordinal = 0;
  std::uint32_t gradient_slots = 0;
  std::uint32_t max_spikes = 0;
  bool allow_arrival_only = false;
  double nominal_dt = 0.0;
  std::uint32_t threads_per_block = 0;
  std::string cache_folder = {};
  WarningHandler warn = {};

  // A SurrogateCompiler if the settings say "surrogate", else an EventPropCompiler.
  static TrainingCompiler from(const CompileSettings& settings, const Network& network);
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
