// SPDX-License-Identifier: Apache-2.0
// Checks of CUDA calls: one form that throws, one for destructors.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdio>
#include <string>

#include "device/messages.hpp"

namespace synfire::runtime {

// `cudaMalloc: out of memory (cudaErrorMemoryAllocation)`. Also clears the error that the next call would
// find.
inline std::string describe_cuda_error(cudaError_t error, const char* call) {
  const std::string text(call);
  cudaGetLastError();
  return text.substr(0, text.find('(')) + ": " + cudaGetErrorString(error) + " (" + cudaGetErrorName(error) + ")";
}

// Errors that a kernel leaves behind: whichever call comes next reports them, and the context is lost.
inline bool is_kernel_fault(cudaError_t error) {
  switch (error) {
    case cudaErrorIllegalAddress:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorIllegalInstruction:
    case cudaErrorHardwareStackError:
    case cudaErrorAssert:
    case cudaErrorLaunchTimeout:
    case cudaErrorLaunchFailure: return true;
    default: return false;
  }
}

[[noreturn]] inline void throw_cuda_error(cudaError_t error, const char* call) {
  Problem problem{
      .kind = ProblemKind::run_failed, .path = device_path("cuda"), .message = describe_cuda_error(error, call)};
  if (is_kernel_fault(error)) throw RunError(std::move(problem));
  problem.kind = ProblemKind::no_device;
  throw DeviceError(std::move(problem));
}

inline void print_cuda_error(cudaError_t error, const char* call) noexcept {
  if (error == cudaErrorCudartUnloading || is_kernel_fault(error)) return;  // the process ends; reported when it arose
  std::fprintf(stderr, "synfire: %s: %s\n", call, cudaGetErrorString(error));
}

}  // namespace synfire::runtime

#define CUDA_CHECK_THROW(call)                                              \
  do {                                                                      \
    if (const cudaError_t cuda_error = (call); cuda_error != cudaSuccess) { \
      ::synfire::runtime::throw_cuda_error(cuda_error, #call);              \
    }                                                                       \
  } while (false)

// For destructors, which cannot throw.
#define CUDA_CHECK_PRINT(call)                                              \
  do {                                                                      \
    if (const cudaError_t cuda_error = (call); cuda_error != cudaSuccess) { \
      ::synfire::runtime::print_cuda_error(cuda_error, #call);              \
    }                                                                       \
  } while (false)
