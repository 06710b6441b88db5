// SPDX-License-Identifier: Apache-2.0
// GPU access for the probes, through the CUDA runtime that the device `cuda` uses. Throws the same errors.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "synfire/contract/trial_arguments.hpp"

namespace synfire::probes {

// The argument of all kernels of probes.cu.
struct Arguments {
  contract::TrialHeader header{};
  void* buffers[2] = {};
};

struct Launch {
  std::uint32_t rounds = 0;
  std::uint32_t blocks = 1;
  std::uint32_t threads = 32;
};

// GPU memory, zeroed.
class Memory {
 public:
  Memory(cudaStream_t stream, std::size_t bytes);
  void* data() const { return data_.get(); }
  std::uint64_t address() const { return reinterpret_cast<std::uint64_t>(data()); }

 private:
  struct Free {
    void operator()(void* memory) const noexcept;
  };
  std::unique_ptr<void, Free> data_;
};

class Gpu {
 public:
  // `program`: PTX (for the stand-in of tests/cudart, CUDA source). Throws DeviceError if there is no GPU.
  explicit Gpu(const std::string& program);
  ~Gpu();
  Gpu(const Gpu&) = delete;
  Gpu& operator=(const Gpu&) = delete;

  const cudaDeviceProp& properties() const { return properties_; }
  cudaStream_t stream() const { return stream_; }

  // Enqueues the kernel of this name on the stream; returns at once.
  void enqueue(const std::string& name, const Launch& launch, const Arguments& arguments);
  void synchronize();
  // Seconds from before `what` until everything it enqueued has finished.
  double seconds_of(const std::function<void()>& what);

  void upload(const Memory& to, const void* from, std::size_t bytes);
  void download(void* to, const Memory& from, std::size_t bytes);
  void clear(const Memory& memory, std::size_t bytes);

 private:
  cudaKernel_t kernel(const std::string& name);

  cudaDeviceProp properties_{};
  cudaStream_t stream_ = nullptr;
  cudaLibrary_t library_ = nullptr;
  std::map<std::string, cudaKernel_t> kernels_;
};

// A graph of what `enqueue` puts on the stream; nothing is executed.
class Graph {
 public:
  Graph(Gpu& gpu, const std::function<void()>& enqueue);
  ~Graph();
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  void launch();

 private:
  Gpu& gpu_;
  cudaGraph_t graph_ = nullptr;
  cudaGraphExec_t executable_ = nullptr;
};

}  // namespace synfire::probes
