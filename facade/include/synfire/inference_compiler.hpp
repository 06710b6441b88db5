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

// Something to record in each step: a state variable of a population (after the reset), or "spikes"; a state variable
// of a connection's synapse, with one value per target neuron; or "weight" or "delay" (ms) of a connection, one per
// synapse, which are constant and cost nothing. RunOptions::recordings selects what a run keeps.
struct Recording {
  ObjectReference object;
  std::string variable;
};

// A device that a file is compiled for.
struct BuildTarget {
  std::string device = "host";
  // host: "x86-64-v2", "x86-64-v3", "x86-64-v4", "x86-64", "aarch64"; cuda: "sm_90", …, or "compute_90", … for PTX.
  // Empty: host: all levels of this kind of machine ("x86-64-v2" to "-v4", or "aarch64"); cuda: "sm_90". For cuda, PTX
  // of the newest architecture is always added, for newer GPUs.
  std::vector<std::string> architectures = {};
};

// What the compiler reports: warnings, times, memory, choices.
struct CompilationReport {
  std::vector<Problem> warnings;
  double milliseconds = 0;           // of generating and compiling, without loading
  double compiler_milliseconds = 0;  // of that, in NVRTC or the system's compiler; 0 on a cache hit
  bool from_cache = false;
  std::uint32_t recording_steps = 0;  // how many steps the recordings hold at a time
  std::string memory;                 // device memory of a batch, human-readable; only from compile()
  std::vector<std::string> notes;     // choices made for the user: integrators, synapse storage, schedule
};

// Usage: InferenceCompiler{.timesteps = 100, .batch_size = 128}.compile(network).
struct InferenceCompiler {
  std::uint32_t timesteps = 100;  // maximum number of steps per example, ≥ 1
  double dt = 1.0;                // ms per step, > 0
  std::uint32_t batch_size = 1;   // examples per launch, ≥ 1
  std::uint64_t seed = 0;  // for initial values drawn at compile time and for random spikes; 0 is a seed like any other
  std::vector<Recording> record = {};
  CarryOver carry_over = {};            // what passes from one example to the next; default: nothing
  std::string device = {};              // "cuda", "host"; empty: cuda if there is a GPU, else host
  unsigned threads = 0;                 // host: worker threads; 0: one per core
  int ordinal = 0;                      // cuda: which GPU
  double nominal_dt = 0.0;              // ms; the step that unscaled inputs refer to; 0: dt
  std::uint32_t threads_per_block = 0;  // cuda; 0: chosen
  std::string cache_folder = {};        // of compiled programs; empty: the user's cache; "-": none
  bool streaming = false;               // the program can run in sessions; set by model()

  // How the network is mapped to the machine: "trial" (one GPU block or one thread runs an example), "step" (the whole
  // grid or all threads share each step); empty: chosen by a cost model, whose estimates are in the report. Results are
  // bit-identical.
  std::string schedule = {};
  // Bytes that the synapses may take; beyond that, synapses that can be procedural are. 0: what the machine has.
  std::size_t synapse_memory = 0;

  // Bytes that the recordings of a batch may take on the device (and again on this machine). If all steps take more, a
  // batch runs in windows of as many steps as fit (at least one), with the same results.
  std::size_t recording_memory = std::size_t{256} << 20;
  // Allows callbacks on every step: the program can stop between steps.
  bool step_callbacks = false;

  // Receives the compiler's warnings, which are also in the report; default: set_warning_handler's
  // (synfire/warning.hpp).
  WarningHandler warn = {};

  // The compiler that a description configures, on the default device. `network` is the description's; the compiler is
  // for it only. Throws ModelError with every problem of the settings, with line and column.
  static InferenceCompiler from(const CompileSettings& settings, const Network& network);
  // The reverse, without options of the machine. Throws ModelError for recordings of objects that `network` does not
  // have.
  CompileSettings settings(const Network& network) const;

  // Throws ModelError with every problem of the network, BuildError, or DeviceError.
  CompiledNetwork compile(const Network& network, CompilationReport* report = nullptr) const;

  // Compiles for streaming: a model that creates sessions (docs/sessions.md). `timesteps` limits the steps of one
  // advance; batch_size and carry_over are ignored. Throws like compile().
  Model model(const Network& network, CompilationReport* report = nullptr) const;

  // Throws what compile() would throw for this network and these options, but faster: nothing is scheduled, printed or
  // built. Warnings go where those of compile() go.
  void check(const Network& network) const;

  // Compiles without running, for a backend ("cuda", "host") and architecture ("sm_90", "x86-64-v3"; empty: the
  // backend's default) that this machine need not have.
  contract::Artifact build(const Network& network, const std::string& backend, const std::string& architecture = {},
                           CompilationReport* report = nullptr) const;

  // Receives the text of a stage of compilation.
  using StageReceiver = std::function<void(const std::string& stage, const std::string& text)>;
  // Like build(), but without the binary: the artifact holds only the source, and no compiler is needed. `receive` gets
  // every stage, in order: the network, its memory, the schedule, the program before and after each pass that changed
  // it, the source.
  contract::Artifact generate(const Network& network, const std::string& backend, const StageReceiver& receive = {},
                              CompilationReport* report = nullptr) const;

  // Compiles to a file that runs without a compiler (docs/artifacts.md): a program for each target, with a binary for
  // each of its architectures, and the description of the network with this compiler's options. This machine needs none
  // of the targets. Default: host, and also cuda if `device` is "cuda". Throws like compile(), and BuildError for an
  // architecture without a compiler.
  //   save_artifact("net.synfire",
  //                 InferenceCompiler{.timesteps = 20}.build_file(network, {{"host"}, {"cuda", {"sm_90"}}}));
  ArtifactFile build_file(const Network& network, const std::vector<BuildTarget>& targets = {},
                          CompilationReport* report = nullptr) const;
};

}  // namespace synfire
