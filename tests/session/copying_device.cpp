// SPDX-License-Identifier: Apache-2.0
#include "session/copying_device.hpp"

#include <atomic>
#include <memory>
#include <utility>

#include "synfire/error.hpp"
#include "synfire/runtime/device.hpp"

namespace synfire::testing {
namespace {

using runtime::Device;
using runtime::LoadedProgram;

std::atomic<bool> next_launch_fails = false;

struct UncallableProgram : LoadedProgram {
  explicit UncallableProgram(std::unique_ptr<LoadedProgram> given) : program(std::move(given)) {}
  std::unique_ptr<LoadedProgram> program;
};

class CopyingDevice : public Device {
 public:
  std::string name() const override { return host_->name(); }
  std::string description() const override { return "a host that copies"; }
  std::vector<std::string> architectures() const override { return host_->architectures(); }
  std::size_t free_bytes() const override { return host_->free_bytes(); }
  bool shares_host_memory() const override { return false; }

  void* allocate(std::size_t bytes, const std::string& what) override { return host_->allocate(bytes, what); }
  void release(void* memory) noexcept override { host_->release(memory); }
  void copy_to_device(void* device, const void* host, std::size_t bytes) override {
    host_->copy_to_device(device, host, bytes);
  }
  void copy_to_host(void* host, const void* device, std::size_t bytes) override {
    host_->copy_to_host(host, device, bytes);
  }
  void fill_zero(void* device, std::size_t bytes) override { host_->fill_zero(device, bytes); }

  std::unique_ptr<LoadedProgram> load(const contract::Binary& binary, const contract::Entry& entry) override {
    return std::make_unique<UncallableProgram>(host_->load(binary, entry));
  }
  void launch(LoadedProgram& program, const contract::Entry& entry, std::span<const std::byte> arguments,
              std::uint32_t examples) override {
    if (next_launch_fails.exchange(false)) {
      throw DeviceError({.kind = ProblemKind::run_failed, .path = "copying", .message = "the launch was to fail"});
    }
    host_->launch(*dynamic_cast<UncallableProgram&>(program).program, entry, arguments, examples);
  }
  void synchronize() override { host_->synchronize(); }

 private:
  std::unique_ptr<Device> host_ = runtime::open_device("host", {.threads = 1});
};

}  // namespace

void register_copying_device() {
  runtime::register_device(
      "copying", [](const runtime::DeviceOptions&) { return std::make_unique<CopyingDevice>(); },
      [](std::string*) { return true; });
}

void fail_next_launch() { next_launch_fails = true; }

}  // namespace synfire::testing
