// SPDX-License-Identifier: Apache-2.0
// The time that launches take on the GPU, from CUDA events around each of them.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <vector>

namespace synfire::runtime {

class KernelTimer {
 public:
  // Spans whose times are not yet known. When there are this many, begin() waits for them.
  static constexpr std::size_t most_spans = 4096;

  KernelTimer() = default;
  ~KernelTimer();
  KernelTimer(const KernelTimer&) = delete;
  KernelTimer& operator=(const KernelTimer&) = delete;

  // Everything enqueued on the stream between the two calls is a span. A begin() without its end(), because something
  // failed, is forgotten.
  void begin(cudaStream_t stream);
  void end(cudaStream_t stream);

  // The sum over all spans; waits for them.
  double seconds(cudaStream_t stream);

 private:
  struct Span {
    cudaEvent_t begin = nullptr;
    cudaEvent_t end = nullptr;
  };

  void add_up(cudaStream_t stream);

  std::vector<Span> spans_;   // events are used again
  std::size_t recorded_ = 0;  // of spans_, at its start
  double seconds_ = 0;        // of earlier spans
};

}  // namespace synfire::runtime
