// SPDX-License-Identifier: Apache-2.0
#include "gpu.hpp"

#include <chrono>

#include "cuda/cuda_check.hpp"

namespace synfire::probes {

Memory::Memory(cudaStream_t stream, std::size_t bytes) {
  void* memory = nullptr;
  CUDA_CHECK_THROW(cudaMalloc(&memory, bytes));
  data_.reset(memory);
  CUDA_CHECK_THROW(cudaMemsetAsync(memory, 0, bytes, stream));
}

void Memory::Free::operator()(void* memory) const noexcept { CUDA_CHECK_PRINT(cudaFree(memory)); }

Gpu::Gpu(const std::string& program) {
  CUDA_CHECK_THROW(cudaSetDevice(0));
  CUDA_CHECK_THROW(cudaGetDeviceProperties(&properties_, 0));
  CUDA_CHECK_THROW(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking));
  CUDA_CHECK_THROW(cudaLibraryLoadData(&library_, program.c_str(), nullptr, nullptr, 0, nullptr, nullptr, 0));
}

Gpu::~Gpu() {
  CUDA_CHECK_PRINT(cudaStreamDestroy(stream_));
  CUDA_CHECK_PRINT(cudaLibraryUnload(library_));
}

cudaKernel_t Gpu::kernel(const std::string& name) {
  cudaKernel_t& found = kernels_[name];
  if (found != nullptr) return found;
  CUDA_CHECK_THROW(cudaLibraryGetKernel(&found, library_, name.c_str()));
  cudaFuncAttributes attributes{};  // the query loads the kernel before its first launch
  CUDA_CHECK_THROW(cudaFuncGetAttributes(&attributes, reinterpret_cast<const void*>(found)));
  return found;
}

void Gpu::enqueue(const std::string& name, const Launch& launch, const Arguments& arguments) {
  Arguments copy = arguments;
  std::uint32_t rounds = launch.rounds;
  void* parameters[] = {&copy, &rounds};
  CUDA_CHECK_THROW(cudaLaunchKernel(reinterpret_cast<const void*>(kernel(name)), dim3{launch.blocks, 1, 1},
                                    dim3{launch.threads, 1, 1}, parameters, 0, stream_));
}

void Gpu::synchronize() { CUDA_CHECK_THROW(cudaStreamSynchronize(stream_)); }

double Gpu::seconds_of(const std::function<void()>& what) {
  synchronize();
  const auto start = std::chrono::steady_clock::now();
  what();
  synchronize();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void Gpu::upload(const Memory& to, const void* from, std::size_t bytes) {
  CUDA_CHECK_THROW(cudaMemcpyAsync(to.data(), from, bytes, cudaMemcpyHostToDevice, stream_));
  synchronize();
}

void Gpu::download(void* to, const Memory& from, std::size_t bytes) {
  CUDA_CHECK_THROW(cudaMemcpyAsync(to, from.data(), bytes, cudaMemcpyDeviceToHost, stream_));
  synchronize();
}

void Gpu::clear(const Memory& memory, std::size_t bytes) {
  CUDA_CHECK_THROW(cudaMemsetAsync(memory.data(), 0, bytes, stream_));
}

Graph::Graph(Gpu& gpu, const std::function<void()>& enqueue) : gpu_(gpu) {
  CUDA_CHECK_THROW(cudaStreamBeginCapture(gpu.stream(), cudaStreamCaptureModeThreadLocal));
  enqueue();
  CUDA_CHECK_THROW(cudaStreamEndCapture(gpu.stream(), &graph_));
  CUDA_CHECK_THROW(cudaGraphInstantiate(&executable_, graph_, 0));
}

Graph::~Graph() {
  CUDA_CHECK_PRINT(cudaGraphExecDestroy(executable_));
  CUDA_CHECK_PRINT(cudaGraphDestroy(graph_));
}

void Graph::launch() { CUDA_CHECK_THROW(cudaGraphLaunch(executable_, gpu_.stream())); }

}  // namespace synfire::probes
