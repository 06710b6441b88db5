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

// Errors that a kernel leaves behind, or the memory it read: whichever call comes next reports them, and the context is lost.
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

// What is wrong with a binary on this machine. With lazy loading (CUDA_MODULE_LOADING) it may be found late, by whichever call
// needs a kernel first.
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

// That there is no GPU for this process.
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

// What to do about an error; empty where its name says it.
inline std::string hint_about(cudaError_t error) {
  switch (error) {
    case cudaErrorLaunchTimeout:
      return "the watchdog of a GPU that draws a display stops kernels that take seconds: run fewer steps or examples "
             "at "
             "a time, or on a GPU without a display";
    case cudaErrorECCUncorrectable:
    case cudaErrorNvlinkUncorrectable:
      return "the GPU's memory or link gave wrong bits: run again in a new process, and if it comes back look at "
             "nvidia-smi -q";
    case cudaErrorLaunchOutOfResources:
      return "a block needs more registers or shared memory than this GPU has: compile for it again, or take fewer "
             "neurons a "
             "population";
    case cudaErrorUnsupportedPtxVersion:
      return "the driver is older than the compiler of the binary: update it, or compile on this machine";
    case cudaErrorJitCompilerNotFound:
      return "the driver's libnvidia-ptxjitcompiler is not installed: install it, or ship a binary for this GPU";
    case cudaErrorNoKernelImageForDevice: return "compile for this GPU; synfire devices names its architecture";
    case cudaErrorDevicesUnavailable: return "another process has the GPU for itself (nvidia-smi -c)";
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
