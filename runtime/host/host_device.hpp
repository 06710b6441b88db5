// SPDX-License-Identifier: Apache-2.0
// The device "host": programs are shared objects of host code, whose examples are distributed over threads.
#pragma once

#include "host/thread_pool.hpp"
#include "synfire/runtime/device.hpp"

namespace synfire::runtime {

// A launch has finished when it returns, so copies need not wait. The caller's thread takes part.
class HostDevice : public Device {
 public:
  explicit HostDevice(const DeviceOptions& options);

  std::string name() const override { return "host"; }
  std::string description() const override;
  std::vector<std::string> architectures() const override;
  std::size_t free_bytes() const override;
  std::string lacks(const std::string& architecture) const override;
  bool shares_host_memory() const override { return true; }

  void* allocate(std::size_t bytes, const std::string& what) override;
  void release(void* memory) noexcept override;
  void copy_to_device(void* device, const void* host, std::size_t bytes) override;
  void copy_to_host(void* host, const void* device, std::size_t bytes) override;
  void fill_zero(void* device, std::size_t bytes) override;

  std::unique_ptr<LoadedProgram> load(const contract::Binary& binary, const contract::Entry& entry) override;
  void launch(LoadedProgram& program, const contract::Entry& entry, std::span<const std::byte> arguments,
              std::uint32_t examples) override;
  void synchronize() override {}
  unsigned host_threads() const noexcept override { return pool_.workers(); }
  void share(std::uint32_t count, const HostTask& task) override;

 private:
  ThreadPool pool_;
};

}  // namespace synfire::runtime
