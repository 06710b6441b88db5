// SPDX-License-Identifier: Apache-2.0
// Several steps of the schedule `step` as a CUDA graph: one launch instead of one per kernel.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <functional>

namespace synfire::runtime {

// A node that sets the word at step_base, then the kernels, which add their relative step to it. So one graph serves
// all steps of a run.
class StepGraph {
 public:
  StepGraph() = default;
  ~StepGraph() { destroy(); }
  StepGraph(const StepGraph&) = delete;
  StepGraph& operator=(const StepGraph&) = delete;

  // Captures what `enqueue` puts on the stream as a graph, without running it. After an error there is no graph, and
  // the error is cleared.
  cudaError_t capture(cudaStream_t stream, void* step_base, const std::function<cudaError_t()>& enqueue);
  // Enqueues the graph with `base` at step_base. Earlier launches that are still running keep theirs.
  cudaError_t launch(cudaStream_t stream, std::uint32_t base);
  bool exists() const noexcept { return executable_ != nullptr; }
  void destroy() noexcept;

 private:
  cudaError_t build(cudaStream_t stream, const std::function<cudaError_t()>& enqueue);

  cudaGraph_t kernels_ = nullptr;
  cudaGraph_t graph_ = nullptr;
  cudaGraphExec_t executable_ = nullptr;
  cudaGraphNode_t base_node_ = nullptr;
  cudaMemsetParams base_{};
};

}  // namespace synfire::runtime
