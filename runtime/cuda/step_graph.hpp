// SPDX-License-Identifier: Apache-2.0
// Some steps of the schedule `step` as a CUDA graph: one launch in place of one for each kernel.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <functional>

namespace synfire::runtime {

// First a node that sets the word at step_base, then the kernels, which add their relative step to it. So the same graph
// serves all steps of a run.
class StepGraph {
 public:
  StepGraph() = default;
  ~StepGraph() { destroy(); }
  StepGraph(const StepGraph&) = delete;
  StepGraph& operator=(const StepGraph&) = delete;

  // Makes the graph of what `enqueue` puts on the stream, of which nothing runs. After an error there is no graph, and no
  // trace of the error.
  cudaError_t capture(cudaStream_t stream, void* step_base, const std::function<cudaError_t()>& enqueue);
  // Enqueues the graph with `base` at step_base. Earlier launches that still run keep theirs.
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
