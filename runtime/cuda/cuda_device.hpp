// SPDX-License-Identifier: Apache-2.0
// The device "cuda": one GPU, through the CUDA runtime API.
#pragma once

#include <cuda_runtime_api.h>

#include <memory>
#include <optional>

#include "cuda/kernel_timer.hpp"
#include "synfire/runtime/device.hpp"

namespace synfire::runtime {

// Everything runs on one stream of the device. Copies wait for earlier launches and for their own completion.
class CudaDevice final : public Device {
 public:
  explicit CudaDevice(const DeviceOptions& options);
  ~CudaDevice() override;
  CudaDevice(const CudaDevice&) = delete;
  CudaDevice& operator=(const CudaDevice&) = delete;

  std::string name() const override { return "cuda"; }
  std::string description() const override;
  std::vector<std::string> architectures() const override;
  std::size_t free_bytes() const override;

  void* allocate(std::size_t bytes, const std::string& what) override;
  void release(void* memory) noexcept override;
  void copy_to_device(void* device, const void* host, std::size_t bytes) override;
  void copy_to_host(void* host, const void* device, std::size_t bytes) override;
  void fill_zero(void* device, std::size_t bytes) override;

  std::unique_ptr<LoadedProgram> load(const contract::Binary& binary, const contract::Entry& entry) override;
  void launch(LoadedProgram& program, const contract::Entry& entry, std::span<const std::byte> arguments,
              std::uint32_t examples) override;
  void synchronize() override;
  std::uint64_t launches() const override { return launches_; }
  bool time_kernels(bool on) override;
  std::optional<double> kernel_seconds() override;

 private:
  // The current GPU is a property of the thread, and a device may move from one thread to another.
  void make_current() const;
  void wait_if_pinned(const void* host) const;

  int ordinal_;
  cudaStream_t stream_ = nullptr;
  std::uint64_t launches_ = 0;
  std::unique_ptr<KernelTimer> timer_;  // null: off
};

}  // namespace synfire::runtime
