// SPDX-License-Identifier: Apache-2.0
// A stand-in for the CUDA runtime: the functions that runtime/cuda calls, on one emulated GPU. Programs are CUDA source
// run by `simt`; streams run immediately, captured work runs when its graph is launched. Calls are counted, and any
// call can be made to fail. Any thread may call them; only the functions declared here are for one thread at a time.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace synfire::cudart {

struct Counts {
  std::map<std::string, std::uint64_t> calls;  // by function
  std::uint64_t kernels = 0;                   // executed, including those of graphs
  std::uint64_t bytes_up = 0, bytes_down = 0;  // copied to the device, and from it

  std::uint64_t of(const std::string& function) const {
    const auto found = calls.find(function);
    return found == calls.end() ? 0 : found->second;
  }
};
// Milliseconds that each kernel takes by the clock that events read; nothing else takes any.
inline constexpr float kernel_milliseconds = 0.25F;

// Counts since reset().
const Counts& counts();

// The machine's properties; reset() restores the defaults.
struct Machine {
  int devices = 1;
  int driver_version = CUDART_VERSION;       // 0: no driver
  cudaError_t error_of_count = cudaSuccess;  // of cudaGetDeviceCount, such as the error of an old driver
  int capability = 90;                       // major · 10 + minor
  int most_threads = 1024;                   // per block, of any kernel
  // Called once, when the next capture has begun, by the thread that captures.
  std::function<void()> during_capture = {};
};
Machine& machine();

// Makes the `nth` call (from 1, counted from now) of `function` fail. Errors of kernels (an illegal address, …) are
// sticky: every later call fails alike.
void fail(const std::string& function, cudaError_t error, std::uint64_t nth = 1);
// Clears failures, counts and sticky errors, as in a new process.
void reset();

}  // namespace synfire::cudart
