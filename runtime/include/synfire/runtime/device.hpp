// SPDX-License-Identifier: Apache-2.0
// The device interface: all that the runtime needs from a machine. A backend is one folder that implements it and one
// line that registers it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "synfire/contract/artifact.hpp"

namespace synfire::runtime {

struct DeviceOptions {
  unsigned threads = 0;  // host: worker threads; 0: one per core
  int ordinal = 0;       // cuda: which GPU
};

// A program loaded on a device. Unloads when destroyed; must not outlive its device.
class LoadedProgram {
 public:
  virtual ~LoadedProgram() = default;

  // Whether the program is a function of this process, so any thread can call it instead of Device::launch.
  virtual bool is_callable() const noexcept { return false; }
  // Runs all examples on the calling thread, without memory of its own, locks or other threads; several threads may
  // call it at the same time. `arguments` as for Device::launch; `scratch` is Entry::scratch_bytes, 64-byte aligned,
  // private to the call. Only if is_callable().
  virtual void call(std::span<const std::byte> /*arguments*/, std::uint32_t /*examples*/,
                    void* /*scratch*/) const noexcept {}
};

// Memory and programs of one machine. Not thread-safe: only one thread at a time may use a device object. Every failure
// throws DeviceError (memory: ProblemKind::out_of_memory, with the requested bytes in `given`), except for a binary
// that cannot be loaded (BuildError) and a program that faults while it runs (RunError, from the call that notices).
class Device {
 public:
  virtual ~Device() = default;

  virtual std::string name() const = 0;         // "host", "cuda", "simt"
  virtual std::string description() const = 0;  // for display: processor or GPU, threads, memory
  // Architectures whose binaries this device runs, best first.
  virtual std::vector<std::string> architectures() const = 0;
  // What binaries for an architecture need that this device lacks, for display; empty if nothing is known.
  virtual std::string lacks(const std::string& /*architecture*/) const { return {}; }
  virtual std::size_t free_bytes() const = 0;
  // Whether programs of this device read this machine's memory. Inputs may then be passed where the caller keeps them,
  // aligned only to their element type.
  virtual bool shares_host_memory() const { return false; }

  // Uninitialized memory, aligned to 256 bytes; `what` names it in messages.
  virtual void* allocate(std::size_t bytes, const std::string& what) = 0;
  // Waits for launches that may use the memory.
  virtual void release(void* memory) noexcept = 0;
  // Copies between this machine's memory and the device's. Ordered with launches; the host memory may be reused on
  // return.
  virtual void copy_to_device(void* device, const void* host, std::size_t bytes) = 0;
  virtual void copy_to_host(void* host, const void* device, std::size_t bytes) = 0;
  virtual void fill_zero(void* device, std::size_t bytes) = 0;

  virtual std::unique_ptr<LoadedProgram> load(const contract::Binary& binary, const contract::Entry& entry) = 0;
  // Runs a batch: `arguments` is a TrialHeader followed by the buffer pointers. Returns when enqueued. By `entry`:
  //   step empty, parts 0    the schedule `trial`: one kernel, or the examples shared among threads
  //   step not empty         the schedule `step` kernel by kernel (cuda): `before` once, `step` for each step from
  //                          first_step to last_step, `after` once, each kernel after the previous one; the device sets
  //                          the last buffer, step_base
  //   parts not 0            the schedule `step` by threads (host): up to `parts` of them call steps_entry together
  virtual void launch(LoadedProgram& program, const contract::Entry& entry, std::span<const std::byte> arguments,
                      std::uint32_t examples) = 0;
  virtual void synchronize() = 0;

  // Threads of this machine that work for the device, including the caller's, and how they share the work before a
  // launch: calls task(thread, begin, end) for pieces of [0, count), concurrently on different threads, one at a time
  // on each (numbered below host_threads()); returns when all is done. The task must not throw.
  using HostTask = std::function<void(unsigned thread, std::uint32_t begin, std::uint32_t end)>;
  virtual unsigned host_threads() const noexcept { return 1; }
  virtual void share(std::uint32_t count, const HostTask& task) {
    if (count != 0) task(0, 0, count);
  }

  // The number of times this device has started kernels; several at once (a CUDA graph) count once. 0 if there are no
  // kernels.
  virtual std::uint64_t launches() const { return 0; }
  // Whether launches are timed by the device's own clock, from now on; turning it on starts again from 0. Off at first,
  // when nothing is recorded. Returns false if the device has no such clock.
  virtual bool time_kernels(bool /*on*/) { return false; }
  // The time between the start and the end of each launch since then, in seconds, added up; waits for all of them.
  // nullopt if they are not timed.
  virtual std::optional<double> kernel_seconds() { return std::nullopt; }
};

using DeviceFactory = std::function<std::unique_ptr<Device>(const DeviceOptions&)>;

// Registers a kind of device. `available` returns whether it can be used on this machine now; if not, it stores the
// reason in `*reason`.
void register_device(const std::string& name, DeviceFactory create, std::function<bool(std::string* reason)> available);

// Names of all registered kinds, and of those that can be used here.
std::vector<std::string> device_names();
std::vector<std::string> available_devices();
// `cuda` if there is a GPU, else `host`; warns (unusable_device, once) if a driver is installed but no GPU can be used.
std::string default_device();
// Throws DeviceError for an unknown or unavailable kind, with the reason.
std::unique_ptr<Device> open_device(const std::string& name, const DeviceOptions& options = {});

}  // namespace synfire::runtime
