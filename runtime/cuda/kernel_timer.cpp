// SPDX-License-Identifier: Apache-2.0
#include "cuda/kernel_timer.hpp"

#include "cuda/cuda_check.hpp"

namespace synfire::runtime {

KernelTimer::~KernelTimer() {
  for (const Span& span : spans_) {
    if (span.begin != nullptr) CUDA_CHECK_PRINT(cudaEventDestroy(span.begin));
    if (span.end != nullptr) CUDA_CHECK_PRINT(cudaEventDestroy(span.end));
  }
}

void KernelTimer::begin(cudaStream_t stream) {
  if (recorded_ == most_spans) add_up(stream);
  if (recorded_ == spans_.size()) spans_.emplace_back();
  Span& span = spans_[recorded_];
  if (span.begin == nullptr) CUDA_CHECK_THROW(cudaEventCreate(&span.begin));
  if (span.end == nullptr) CUDA_CHECK_THROW(cudaEventCreate(&span.end));
  CUDA_CHECK_THROW(cudaEventRecord(span.begin, stream));
}

void KernelTimer::end(cudaStream_t stream) {
  CUDA_CHECK_THROW(cudaEventRecord(spans_[recorded_].end, stream));
  ++recorded_;
}

double KernelTimer::seconds(cudaStream_t stream) {
  add_up(stream);
  return seconds_;
}

void KernelTimer::add_up(cudaStream_t stream) {
  CUDA_CHECK_THROW(cudaStreamSynchronize(stream));
  double milliseconds = 0;
  for (std::size_t i = 0; i < recorded_; ++i) {
    float span = 0;
    CUDA_CHECK_THROW(cudaEventElapsedTime(&span, spans_[i].begin, spans_[i].end));
    milliseconds += static_cast<double>(span);
  }
  seconds_ += 1e-3 * milliseconds;
  recorded_ = 0;
}

}  // namespace synfire::runtime
