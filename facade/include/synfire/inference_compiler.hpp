// SPDX-License-Identifier: Apache-2.0
// Compiles a network for inference.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "synfire/artifact_file.hpp"
#include "synfire/compiled_network.hpp"
#include "synfire/description.hpp"
#include "synfire/network.hpp"
#include "synfire/runtime_model.hpp"
#include "synfire/warning.hpp"

namespace synfire {

// Something to record in each step: a state variable of a population (after the reset), or "spikes"; a state variable of a
// connection's synapse, which has one value for each target neuron; or "weight" or "delay" (ms) of a connection, one for
// each synapse, which stay the same and cost nothing. What a run keeps of it is said by RunOptions::recordings.
struct Recording {
  ObjectReference object;
  std::string variable;
};

// What a file is to run on.
struct BuildTarget {
  std::string device = "host";
  // host: "x86-64-v2", "x86-64-v3", "x86-64-v4", "x86-64", "aarch64"; cuda: "sm_90", …, or "compute_90", … for PTX. Empty:
  // host: all levels of this kind of machine ("x86-64-v2" to "-v4", or "aarch64"); cuda: "sm_90". PTX of the newest
  // architecture of cuda is always added, for GPUs that are newer.
  std::vector<std::string> architectures = {};
};

// A network ready to run, and what the compiler thought of it.
struct CompilationReport {
  std::vector<Problem> warnings;
  double milliseconds = 0;           // of generating and compiling, without loading
  double compiler_milliseconds = 0;  // of that, in NVRTC or the system's compiler; 0 when the cache had it
  bool from_cache = false;
  std::uint32_t recording_steps = 0;  // how many steps the recordings hold at a time
  std::string memory;                 // what a batch takes on the device, to read; only of compile()
  std::vector<std::string> notes;  // what was chosen on the user's behalf: integrators, storage of synapses, schedule
};

// Usage: InferenceCompiler{.timesteps = 100, .batch_size = 128}.compile(network).
struct InferenceCompiler {
  std::uint32_t timesteps = 100;  // the most steps that an example can have, ≥ 1
  double dt = 1.0;                // ms per step, > 0
  std::uint32_t batch_size = 1;   // examples of one launch, ≥ 1
  std::uint64_t seed = 0;         // of initial values drawn now and of random spikes; 0 is a seed like any other
  std::vector<Recording> record = {};
  CarryOver carry_over = {};            // what passes from each example to the next (CarryOver); default: nothing
  std::string device = {};              // "cuda", "host"; empty: cuda where there is a GPU, else host
  unsigned threads = 0;                 // host: worker threads; 0: one per core
  int ordinal = 0;                      // cuda: which GPU
  double nominal_dt = 0.0;              // ms; the step to which unscaled inputs refer; 0: dt
  std::uint32_t threads_per_block = 0;  // cuda; 0: chosen
  std::string cache_folder = {};        // of compiled programs; empty: the user's cache; "-": none
  bool streaming = false;               // sessions can be made of the program; model() sets it

  // How the network is laid on the machine: "trial" (an example is run by one block of a GPU, or one thread), "step" (each
  // step is shared by the whole grid, or by all threads), empty: by a cost model, whose estimates the report has. Results
  // are the same to the last bit.
  std::string schedule = {};
  // Bytes that the synapses may take; where they would take more, synapses that can be drawn again are. 0: what the
  // machine has.
  std::size_t synapse_memory = 0;

  // Bytes that the recordings of a batch may take on the device (and once more on this machine). Where all steps would take
  // more, a batch runs window by window, each of as many steps as fit (at least one), with the same results.
  std::size_t recording_memory = std::size_t{256} << 20;
  // Allows callbacks that want every step: the program can stop between steps.
  bool step_callbacks = false;

  // Receives the compiler's warnings, which the report has too; default: set_warning_handler's (synfire/warning.hpp).
  WarningHandler warn = {};

  // The compiler that a description asks for, on the default device. `network` is the description's; the compiler is for it
  // alone. Throws ModelError with everything that is wrong with the settings, at its lines and columns.
  static InferenceCompiler from(const CompileSettings& settings, const Network& network);
  // The reverse; what belongs to the machine is left out. Throws ModelError for recordings of what `network` does not have.
  CompileSettings settings(const Network& network) const;

  // Throws ModelError with everything that is wrong with the network, BuildError, or DeviceError.
  CompiledNetwork compile(const Network& network, CompilationReport* report = nullptr) const;

  // Compiles for streaming: a model from which sessions are made (docs/sessions.md). `timesteps` bounds the steps of one
  // advance; batch_size and carry_over have no meaning there. Throws as compile().
  Model model(const Network& network, CompilationReport* report = nullptr) const;

  // Throws what compile() would throw of this network and these options, in less time: nothing is scheduled, printed or built.
  // Warnings go where those of compile() go.
  void check(const Network& network) const;

  // Compiles without running: for a backend ("cuda", "host") and architecture ("sm_90", "x86-64-v3"; empty: the backend's
  // default) that need not be here.
  contract::Artifact build(const Network& network, const std::string& backend, const std::string& architecture = {},
                           CompilationReport* report = nullptr) const;

  // Receives the text of a stage of compilation.
  using StageReceiver = std::function<void(const std::string& stage, const std::string& text)>;
  // As build(), without the binary: the artifact holds the source alone, and no compiler is needed. `receive` is told every
  // stage, in order: the network, its memory, the schedule, the program before and after each pass that changed it, the
  // source.
  contract::Artifact generate(const Network& network, const std::string& backend, const StageReceiver& receive = {},
                              CompilationReport* report = nullptr) const;

  // Compiles for a file that runs without a compiler (docs/artifacts.md): a program for each target, with a binary for each of
  // its architectures, the description of the network, and this compiler's options in it. None is needed on this machine.
  // By default for the host alone, and for cuda too where `device` says so. Throws as compile(), and BuildError for an
  // architecture that there is no compiler for.
  //   save_artifact("net.synfire", InferenceCompiler{.timesteps = 20}.build_file(network, {{"host"}, {"cuda", {"sm_90"}}}));
  ArtifactFile build_file(const Network& network, const std::vector<BuildTarget>& targets = {},
                          CompilationReport* report = nullptr) const;
};

}  // namespace synfire
