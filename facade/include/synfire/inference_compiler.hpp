// SPDX-License-Identifier: Apache-2.0
// Compiles a network for inference.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "synfire/compiled_network.hpp"
#include "synfire/network.hpp"

namespace synfire {

// Something to record: a state variable of a population (after the reset of each step), or "spikes".
struct Recording {
  PopulationReference population;
  std::string variable;
};

// A network ready to run, and what the compiler thought of it.
struct CompilationReport {
  std::vector<Problem> warnings;
  double milliseconds = 0;           // of generating and compiling, without loading
  double compiler_milliseconds = 0;  // of that, in NVRTC or the system's compiler; 0 when the cache had it
  bool from_cache = false;
};

// Usage: InferenceCompiler{.timesteps = 100, .batch_size = 128}.compile(network).
struct InferenceCompiler {
  std::uint32_t timesteps = 100;  // the most steps that an example can have, ≥ 1
  double dt = 1.0;                // ms per step, > 0
  std::uint32_t batch_size = 1;   // examples of one launch, ≥ 1
  std::uint64_t seed = 0;         // of initial values drawn now and of random spikes; 0 is a seed like any other
  std::vector<Recording> record = {};
  CarryOver carry_over = {};            // what passes from one example to the next; default: nothing
  std::string device = {};              // "cuda", "host"; empty: cuda where there is a GPU, else host
  unsigned threads = 0;                 // host: worker threads; 0: one per core
  int ordinal = 0;                      // cuda: which GPU
  double nominal_dt = 0.0;              // ms; the step to which unscaled inputs refer; 0: dt
  std::uint32_t threads_per_block = 0;  // cuda; 0: chosen
  std::string cache_folder = {};        // of compiled programs; empty: the user's cache; "-": none

  // Throws ModelError with everything that is wrong with the network, BuildError, or DeviceError.
  CompiledNetwork compile(const Network& network, CompilationReport* report = nullptr) const;

  // Compiles without running: for a backend ("cuda", "host") and architecture ("sm_90", "x86-64-v3"; empty: the backend's
  // default) that need not be here.
  contract::Artifact build(const Network& network, const std::string& backend, const std::string& architecture = {},
                           CompilationReport* report = nullptr) const;
};

}  // namespace synfire
