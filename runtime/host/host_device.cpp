// SPDX-License-Identifier: Apache-2.0
#include "host/host_device.hpp"

#include <cstring>
#include <system_error>

#include "device/builtin.hpp"
#include "device/messages.hpp"
#include "host/host_memory.hpp"
#include "host/host_program.hpp"
#include "host/processor.hpp"
#include "host/system_memory.hpp"

namespace synfire::runtime {

HostDevice::HostDevice(const DeviceOptions& options)
    : pool_(options.threads != 0 ? options.threads : usable_processors()) {}

std::string HostDevice::description() const {
  const std::string threads = std::to_string(pool_.workers()) + (pool_.workers() == 1 ? " thread" : " threads");
  return processor_name() + ", " + threads + ", " + readable_bytes(free_bytes()) + " free";
}

std::vector<std::string> HostDevice::architectures() const { return processor_architectures(); }

std::string HostDevice::lacks(const std::string& architecture) const {
  const std::string features = missing_in_processor(architecture);
  return features.empty() ? features : features + ", which this processor lacks";
}

std::size_t HostDevice::free_bytes() const { return available_memory(); }

void* HostDevice::allocate(std::size_t bytes, const std::string& what) { return allocate_host_memory(bytes, what); }

void HostDevice::release(void* memory) noexcept { release_host_memory(memory); }

void HostDevice::copy_to_device(void* device, const void* host, std::size_t bytes) {
  if (bytes != 0) std::memcpy(device, host, bytes);
}

void HostDevice::copy_to_host(void* host, const void* device, std::size_t bytes) {
  if (bytes != 0) std::memcpy(host, device, bytes);
}

void HostDevice::fill_zero(void* device, std::size_t bytes) {
  if (bytes != 0) std::memset(device, 0, bytes);
}

std::unique_ptr<LoadedProgram> HostDevice::load(const contract::Binary& binary, const contract::Entry& entry) {
  return std::make_unique<HostProgram>(binary, entry, pool_.workers());
}

void HostDevice::launch(LoadedProgram& program, const contract::Entry& /*entry*/, std::span<const std::byte> arguments,
                        std::uint32_t examples) {
  dynamic_cast<HostProgram&>(program).launch(arguments, examples, pool_);
}

void HostDevice::share(std::uint32_t count, const HostTask& task) {
  pool_.share(count, [&](unsigned worker, ExampleRange range) { task(worker, range.begin, range.end); });
}

namespace {

std::unique_ptr<Device> create_host_device(const DeviceOptions& options) {
  try {
    return std::make_unique<HostDevice>(options);
  } catch (const std::system_error& error) {
    throw DeviceError(
        {.kind = ProblemKind::no_device,
         .path = device_path("host"),
         .message = std::string("the threads cannot be started: ") + error.what(),
         .hint = "use --threads 1, in C++ threads = 1, which starts none",
         .given = options.threads == 0 ? "a thread for each core" : std::to_string(options.threads) + " threads"});
  }
}

}  // namespace

DeviceKind host_device_kind() {
  return {.create = create_host_device, .available = [](std::string*) { return true; }};
}

}  // namespace synfire::runtime
