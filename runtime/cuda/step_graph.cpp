// SPDX-License-Identifier: Apache-2.0
#include "cuda/step_graph.hpp"

#include <utility>

#include "cuda/cuda_check.hpp"

namespace synfire::runtime {
namespace {

cudaMemsetParams word(void* address) {
  cudaMemsetParams params{};
  params.dst = address;
  params.elementSize = sizeof(std::uint32_t);
  params.width = 1;
  params.height = 1;
  return params;
}

}  // namespace

cudaError_t StepGraph::capture(cudaStream_t stream, void* step_base, const std::function<cudaError_t()>& enqueue) {
  destroy();
  base_ = word(step_base);
  const cudaError_t error = build(stream, enqueue);
  if (error != cudaSuccess) {
    destroy();
    cudaGetLastError();  // clears it
  }
  return error;
}

// The kernels are a child graph, so that the first node of the parent is known.
cudaError_t StepGraph::build(cudaStream_t stream, const std::function<cudaError_t()>& enqueue) {
  cudaError_t error = cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal);
  if (error != cudaSuccess) return error;
  error = enqueue();
  const cudaError_t ended = cudaStreamEndCapture(stream, &kernels_);
  if (error != cudaSuccess || ended != cudaSuccess) return error != cudaSuccess ? error : ended;
  if ((error = cudaGraphCreate(&graph_, 0)) != cudaSuccess) return error;
  if ((error = cudaGraphAddMemsetNode(&base_node_, graph_, nullptr, 0, &base_)) != cudaSuccess) return error;
  cudaGraphNode_t child = nullptr;
  if ((error = cudaGraphAddChildGraphNode(&child, graph_, &base_node_, 1, kernels_)) != cudaSuccess) return error;
  return cudaGraphInstantiate(&executable_, graph_, 0);
}

cudaError_t StepGraph::launch(cudaStream_t stream, std::uint32_t base) {
  base_.value = base;
  const cudaError_t error = cudaGraphExecMemsetNodeSetParams(executable_, base_node_, &base_);
  return error != cudaSuccess ? error : cudaGraphLaunch(executable_, stream);
}

void StepGraph::destroy() noexcept {
  if (auto* const executable = std::exchange(executable_, nullptr)) CUDA_CHECK_PRINT(cudaGraphExecDestroy(executable));
  if (auto* const graph = std::exchange(graph_, nullptr)) CUDA_CHECK_PRINT(cudaGraphDestroy(graph));
  if (auto* const kernels = std::exchange(kernels_, nullptr)) CUDA_CHECK_PRINT(cudaGraphDestroy(kernels));
}

}  // namespace synfire::runtime
