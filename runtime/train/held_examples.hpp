// SPDX-License-Identifier: Apache-2.0
// The examples of a data set where a program reads them, for training that takes them again and again without a copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "binned_spikes.hpp"
#include "evaluate/data_binding.hpp"
#include "synfire/runtime/device_buffer.hpp"

namespace synfire::runtime {

class HeldExamples {
 public:
  // All examples of `data`, whose tensors must outlive the result. Null where they are better given batch by batch: where they
  // would take more than half of the memory that is left, the spikes of an input more than a gigabyte, or where an input has no data.
  static std::unique_ptr<HeldExamples> of(const BoundData& data, const contract::Manifest& manifest,
                                          const std::shared_ptr<Device>& device);

  // What the program is to take for a buffer of the manifest; null for those that hold no data.
  const void* address(std::size_t buffer) const { return addresses_[buffer]; }

 private:
  HeldExamples(std::shared_ptr<Device> device, std::size_t buffers) : device_(std::move(device)), addresses_(buffers) {}
  bool take(const BoundData& data, const contract::Manifest& manifest);
  void take(std::size_t buffer, const contract::Buffer& described, const void* values, std::size_t bytes);
  void keep_words(std::size_t buffer, const contract::Buffer& described, std::vector<std::uint32_t> words);

  std::shared_ptr<Device> device_;
  std::vector<const void*> addresses_;  // as the manifest's buffers
  std::vector<DeviceBuffer> copies_;    // where the device has memory of its own
  std::vector<std::vector<std::uint32_t>> words_;
  std::vector<BinnedSpikes> spikes_;
};

}  // namespace synfire::runtime
