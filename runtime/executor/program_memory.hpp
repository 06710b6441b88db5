// SPDX-License-Identifier: Apache-2.0
// The memory of a program on a device: its buffers, the inputs bound for a batch, and the arguments of a launch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "synfire/contract/artifact.hpp"
#include "synfire/runtime/device_buffer.hpp"
#include "synfire/runtime/executor.hpp"
#include "synfire/runtime/input_spikes.hpp"

namespace synfire::runtime {

class ProgramMemory {
 public:
  // Allocates all buffers for batches of at most `batch_size` examples and fills those of parameters; allocates nothing
  // if memory does not suffice. Throws DataError (malformed_file), DeviceError (out_of_memory) with the memory needed
  // by each kind of buffers.
  ProgramMemory(std::shared_ptr<const contract::Artifact> artifact, std::shared_ptr<Device> device,
                std::uint32_t batch_size);

  const contract::Manifest& manifest() const { return artifact_->manifest; }
  const contract::Artifact& artifact() const { return *artifact_; }
  const std::shared_ptr<Device>& device() const { return device_; }
  std::uint32_t batch_size() const { return batch_size_; }

  // The index of the buffer with this name, which must exist.
  std::size_t index_of(const std::string& buffer) const;
  DeviceBuffer& operator[](std::size_t buffer) { return buffers_[buffer]; }
  const DeviceBuffer& operator[](std::size_t buffer) const { return buffers_[buffer]; }

  // Replaces the memory of a buffer, whose contents are lost; 0 bytes: none.
  void reallocate(std::size_t buffer, std::size_t bytes);
  // Sets the address that the program uses for a buffer from now on.
  void bind(std::size_t buffer, const void* address);
  // Binds memory that the caller keeps: in place if the device reads this machine's memory, else as a copy.
  template <class T>
  void hand_over(std::size_t buffer, std::span<const T> values) {
    if (device_->shares_host_memory()) return bind(buffer, values.data());
    buffers_[buffer].copy_from(values);
    bind(buffer, buffers_[buffer].data());
  }

  // The inputs and the numbers of steps of a checked batch.
  void bind_inputs(const Batch& batch);
  std::uint32_t bound_examples() const { return bound_examples_; }

  // The arguments of a launch: a header, then the addresses of the buffers. Valid until the next call.
  template <class Header>
  std::span<const std::byte> arguments(const Header& header) {
    static_assert(std::is_trivially_copyable_v<Header> && sizeof header % sizeof(std::uint64_t) == 0);
    return pack(std::as_bytes(std::span(&header, 1)));
  }

  // The readouts of the first `examples` of the batch: examples × neurons. Throws ModelError (missing_variable).
  std::vector<float> readout(std::size_t population, std::uint32_t examples) const;

  std::vector<Executor::MemoryUse> use() const;

 private:
  void allocate();
  void fill_parameters(const std::vector<std::span<const std::byte>>& parameters);
  void bind_steps(std::size_t buffer, const Batch& batch);
  const BatchInput* input_of(const Batch& batch, const std::string& population) const;
  std::span<const std::byte> pack(std::span<const std::byte> header);

  std::shared_ptr<const contract::Artifact> artifact_;
  std::shared_ptr<Device> device_;
  std::uint32_t batch_size_;
  std::vector<DeviceBuffer> buffers_;                      // in manifest order; empty if not allocated
  std::vector<const void*> addresses_;                     // in manifest order
  std::map<std::string, InputSpikeBuffer> spike_buffers_;  // by population
  std::vector<std::byte> arguments_;
  std::vector<std::uint32_t> steps_;  // of each example of the batch
  std::uint32_t bound_examples_ = 0;  // whose inputs are bound
};

}  // namespace synfire::runtime
