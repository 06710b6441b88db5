// SPDX-License-Identifier: Apache-2.0
// The host device with simulated separate memory, to exercise the copies that a GPU needs, and with a memory limit.
#pragma once

#include <map>

#include "device/messages.hpp"
#include "synfire/runtime/device.hpp"

namespace synfire::runtime::testing {

class SeparateMemoryDevice final : public Device {
 public:
  explicit SeparateMemoryDevice(unsigned threads = 1) : host_(open_device("host", {.threads = threads})) {}

  std::size_t limit = static_cast<std::size_t>(-1);
  std::size_t used = 0;
  int copies_to_device = 0;

  std::string name() const override { return "host"; }
  std::string description() const override { return host_->description(); }
  std::vector<std::string> architectures() const override { return host_->architectures(); }
  std::size_t free_bytes() const override { return limit - used; }

  void* allocate(std::size_t bytes, const std::string& what) override {
    if (bytes > free_bytes()) throw DeviceError(out_of_memory(name(), what, bytes, free_bytes()));
    void* const memory = host_->allocate(bytes, what);
    sizes_[memory] = bytes;
    used += bytes;
    return memory;
  }
  void release(void* memory) noexcept override {
    used -= sizes_[memory];
    sizes_.erase(memory);
    host_->release(memory);
  }
  void copy_to_device(void* device, const void* host, std::size_t bytes) override {
    ++copies_to_device;
    host_->copy_to_device(device, host, bytes);
  }
  void copy_to_host(void* host, const void* device, std::size_t bytes) override {
    host_->copy_to_host(host, device, bytes);
  }
  void fill_zero(void* device, std::size_t bytes) override { host_->fill_zero(device, bytes); }

  std::unique_ptr<LoadedProgram> load(const contract::Binary& binary, const contract::Entry& entry) override {
    return host_->load(binary, entry);
  }
  void launch(LoadedProgram& program, const contract::Entry& entry, std::span<const std::byte> arguments,
              std::uint32_t examples) override {
    host_->launch(program, entry, arguments, examples);
  }
  void synchronize() override { host_->synchronize(); }

 private:
  std::unique_ptr<Device> host_;
  std::map<void*, std::size_t> sizes_;
};

}  // namespace synfire::runtime::testing
