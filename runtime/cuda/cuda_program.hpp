// SPDX-License-Identifier: Apache-2.0
// A program for the cuda device: a loaded cubin or PTX and its kernels.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cuda/step_graph.hpp"
#include "synfire/runtime/device.hpp"

namespace synfire::runtime {

class CudaProgram final : public LoadedProgram {
 public:
  // Steps in a graph. More would save little: launching a graph costs little more than launching a kernel.
  static constexpr std::uint32_t steps_per_graph = 32;
  // The number of launches from which a graph pays off.
  static constexpr std::uint32_t least_graphs = 4;

  // Loads for the current GPU. Throws BuildError if the binary cannot be loaded, and DeviceError if the kernels cannot
  // be launched as `entry` specifies.
  CudaProgram(const contract::Binary& binary, const contract::Entry& entry);
  ~CudaProgram() override;
  CudaProgram(const CudaProgram&) = delete;
  CudaProgram& operator=(const CudaProgram&) = delete;

  // As Device::launch. Returns the number of launches, of kernels and graphs.
  std::size_t launch(std::span<const std::byte> arguments, std::uint32_t examples, cudaStream_t stream);

 private:
  struct Kernel {
    cudaKernel_t handle = nullptr;
    std::uint32_t blocks = 0;  // of a row of the grid; 0: one per example, in one row
    std::uint32_t threads = 0;
  };
  using Kernels = std::vector<Kernel>;
  struct Launch {
    std::span<const std::byte> arguments;
    std::uint32_t examples;
    cudaStream_t stream;
  };

  void find_kernels(const contract::Binary& binary, const contract::Entry& entry);
  Kernel find_kernel(const contract::Binary& binary, const contract::Stage& stage) const;

  static cudaError_t enqueue(const Kernel& kernel, const Launch& launch, std::uint32_t relative_step);
  static cudaError_t enqueue(const Kernels& kernels, const Launch& launch, std::uint32_t relative_step);
  std::size_t launch_steps(const Launch& launch);
  bool prepare_graph(const Launch& launch, void* step_base);

  cudaLibrary_t library_ = nullptr;
  Kernels trial_, before_, step_, after_;
  StepGraph graph_;
  std::vector<std::byte> graph_buffers_;  // the graph was made for these buffers …
  std::uint32_t graph_examples_ = 0;      // … and as many examples
  bool graphs_work_ = true;               // until one cannot be made
};

}  // namespace synfire::runtime
