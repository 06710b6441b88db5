// SPDX-License-Identifier: Apache-2.0
// The device memory that an executor needs, determined before any is allocated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "synfire/contract/artifact.hpp"
#include "synfire/runtime/device.hpp"

namespace synfire::runtime {

// Whether the device reads a parameter directly from the artifact, so that a large network is not in memory twice. Not
// if the program changes its parameters.
bool is_read_in_place(const contract::Buffer& parameter, const contract::Manifest& manifest, const Device& device);

// Whether the runtime allocates the buffer at all. Not for: buffers that the device reads in place (large parameters,
// and input values that the caller keeps), state that is not carried, spike lists (InputSpikeBuffer has those), and
// buffers that only serve to locate values that are not finite.
bool is_allocated(const contract::Buffer& buffer, const contract::Manifest& manifest, const Device& device);

// Bytes of a buffer for a batch, tapes with their initial capacity.
std::size_t allocation_bytes(const contract::Buffer& buffer, const contract::Manifest& manifest,
                             std::uint32_t batch_size);

// Bytes of one kind of buffers, in the order of contract::BufferRole.
struct MemoryGroup {
  contract::BufferRole role;
  std::size_t bytes;
};

// The name of a buffer in messages: `input values of "a"`, `the recording of "v" of "b"`.
std::string describe(const contract::Buffer& buffer);
// The name of a kind of buffers: `parameters`, `recordings`.
const char* describe(contract::BufferRole role);

// Kinds that need no memory are left out. The lists of input spikes grow with the data and are not counted, but their
// offsets are.
std::vector<MemoryGroup> plan_memory(const contract::Manifest& manifest, const Device& device,
                                     std::uint32_t batch_size);

// Throws DeviceError (out_of_memory) with the memory needed by each kind if the device has less free, and suggests a
// batch size that fits.
void check_memory(const contract::Manifest& manifest, const Device& device, std::uint32_t batch_size);

}  // namespace synfire::runtime
