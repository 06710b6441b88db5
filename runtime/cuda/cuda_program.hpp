// SPDX-License-Identifier: Apache-2.0
// A program for the cuda device: a loaded cubin or PTX and its kernel.
#pragma once

#include <cuda_runtime_api.h>

#include <span>

#include "synfire/runtime/device.hpp"

namespace synfire::runtime {

class CudaProgram final : public LoadedProgram {
 public:
  // Loads for the current GPU. Throws BuildError when the binary does not load, and DeviceError when the
  // kernel cannot be launched as `entry` says.
  CudaProgram(const contract::Binary& binary, const contract::Entry& entry);
  ~CudaProgram() override;
  CudaProgram(const CudaProgram&) = delete;
  CudaProgram& operator=(const CudaProgram&) = delete;

  // One block per example.
  void launch(std::span<const std::byte> arguments, std::uint32_t examples, std::uint32_t threads,
              cudaStream_t stream) const;

 private:
  void check_kernel(const contract::Entry& entry) const;

  cudaLibrary_t library_ = nullptr;
  cudaKernel_t kernel_ = nullptr;
};

}  // namespace synfire::runtime
