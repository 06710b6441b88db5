// SPDX-License-Identifier: Apache-2.0
// Checks of CUDA calls: one form that throws, one for destructors.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdio>
#include <string>

#include "device/messages.hpp"

namespace synfire::runtime {

// `cudaMalloc: out of memory (cudaErrorMemoryAllocation)`. Also clears the error, which the next call would otherwise
// find.
inline std::string describe_cuda_error(cudaError_t error, const char* call) {
  const std::string text(call);
  cudaGetLastError();
  return text.substr(0, text.find('(')) + ": " + cudaGetErrorString(error) + " (" + cudaGetErrorName(error) + ")";
}

// Faults of a kernel or of the memory it read: the next call, whichever it is, reports them, and the context is lost.
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
    case cudaErrorLaunchFailure:
    case cudaErrorECCUncorrectable:
    case cudaErrorNvlinkUncorrectable: return true;
    default: return false;
  }
}

// Errors of a binary on this machine. With lazy loading (CUDA_MODULE_LOADING) they may appear late, in the first call
// that needs a kernel.
inline bool is_load_error(cudaError_t error) {
  switch (error) {
    case cudaErrorInvalidKernelImage:
    case cudaErrorNoKernelImageForDevice:
    case cudaErrorInvalidPtx:
    case cudaErrorUnsupportedPtxVersion:
    case cudaErrorJitCompilerNotFound:
    case cudaErrorJitCompilationDisabled:
    case cudaErrorSymbolNotFound:
    case cudaErrorInvalidDeviceFunction:
    case cudaErrorSharedObjectInitFailed: return true;
    default: return false;
  }
}

// Errors that mean that this process has no GPU.
inline bool is_absence(cudaError_t error) {
  switch (error) {
    case cudaErrorNoDevice:
    case cudaErrorInvalidDevice:
    case cudaErrorInsufficientDriver:
    case cudaErrorInitializationError:
    case cudaErrorSystemDriverMismatch:
    case cudaErrorSystemNotReady:
    case cudaErrorCompatNotSupportedOnDevice:
    case cudaErrorDevicesUnavailable: return true;
    default: return false;
  }
}

// What to do about an error; empty if its name is enough.
inline std::string hint_about(cudaError_t error) {
  switch (error) {
    case cudaErrorLaunchTimeout:
      return "the watchdog of a GPU with a display stops kernels that take seconds: run fewer steps or examples at a "
             "time, or use a GPU without a display";
    case cudaErrorECCUncorrectable:
    case cudaErrorNvlinkUncorrectable:
      return "the memory or link of the GPU returned wrong bits: run again in a new process, and if it happens again "
             "check nvidia-smi -q";
    case cudaErrorLaunchOutOfResources:
      return "a block needs more registers or shared memory than this GPU has: compile for this GPU, or use fewer "
             "neurons per population";
    case cudaErrorUnsupportedPtxVersion:
      return "update the driver, which is older than the compiler of the binary, or compile on this machine";
    case cudaErrorJitCompilerNotFound:
      return "install the driver's libnvidia-ptxjitcompiler, which is missing, or ship a binary for this GPU";
    case cudaErrorNoKernelImageForDevice: return "compile for this GPU; synfire devices prints its architecture";
    case cudaErrorDevicesUnavailable: return "another process has exclusive use of the GPU (nvidia-smi -c)";
    default: return {};
  }
}

[[noreturn]] inline void throw_cuda_error(cudaError_t error, const char* call) {
  Problem problem{.kind = ProblemKind::run_failed,
                  .path = device_path("cuda"),
                  .message = describe_cuda_error(error, call),
                  .hint = hint_about(error)};
  if (is_kernel_fault(error)) throw RunError(std::move(problem));
  if (is_load_error(error)) {
    problem.kind = ProblemKind::build_failed;
    throw BuildError(std::move(problem));
  }
  if (error == cudaErrorMemoryAllocation) problem.kind = ProblemKind::out_of_memory;
  if (error == cudaErrorLaunchOutOfResources) problem.kind = ProblemKind::unsupported;
  if (is_absence(error)) problem.kind = ProblemKind::no_device;
  throw DeviceError(std::move(problem));
}

inline void print_cuda_error(cudaError_t error, const char* call) noexcept {
  if (error == cudaErrorCudartUnloading || is_kernel_fault(error)) return;  // the process ends, or reported before
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
