// SPDX-License-Identifier: Apache-2.0
// In place of the CUDA runtime: the functions that runtime/cuda calls, on one emulated GPU. Programs are CUDA source, which
// `simt` runs; streams run at once, what a capture records runs when its graph is launched. Calls are counted, and any of
// them can be made to fail.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <map>
#include <string>

namespace synfire::cudart {

struct Counts {
  std::map<std::string, std::uint64_t> calls;  // by function
  std::uint64_t kernels = 0;                   // that ran, those of graphs too
  std::uint64_t bytes_up = 0, bytes_down = 0;  // copied to the device, and from it

  std::uint64_t of(const std::string& function) const {
    const auto found = calls.find(function);
    return found == calls.end() ? 0 : found->second;
  }
};
// Since reset().
const Counts& counts();

// How the machine is: as after reset(), but for what is set.
struct Machine {
  int devices = 1;
  int driver_version = CUDART_VERSION;       // 0: no driver
  cudaError_t error_of_count = cudaSuccess;  // of cudaGetDeviceCount: what an old driver gives, for instance
  int capability = 90;                       // major · 10 + minor
  int most_threads = 1024;                   // of a block of any kernel
};
Machine& machine();

// Lets the call number `nth` (from 1, counted from now) of `function` fail. What a kernel leaves behind (an illegal address, …)
// stays: every call after it fails alike.
void fail(const std::string& function, cudaError_t error, std::uint64_t nth = 1);
// No failures, nothing counted; the errors that stay are gone, as in a new process.
void reset();

}  // namespace synfire::cudart
