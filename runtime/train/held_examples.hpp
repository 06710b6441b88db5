// SPDX-License-Identifier: Apache-2.0
// The examples of a data set in memory that a program reads, for training that uses them repeatedly without copying.
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
  // All examples of `data`, whose tensors must outlive the result. Null if they are better passed batch by batch: if
  // they would need more than half of the free memory, the spikes of an input more than a gigabyte, or if data
  // are streamed or missing.
  static std::unique_ptr<HeldExamples> of(const BoundData& data, const contract::Manifest& manifest,
                                          const std::shared_ptr<Device>& device);

  // The address that the program uses for a buffer of the manifest; null for buffers without data.
  const void* address(std::size_t buffer) const { return addresses_[buffer]; }
  // Whether losses have weights.
  bool are_weighted() const { return are_weighted_; }

 private:
  HeldExamples(std::shared_ptr<Device> device, std::size_t buffers) : device_(std::move(device)), addresses_(buffers) {}
  bool take(const BoundData& data, const contract::Manifest& manifest);
  void take(std::size_t buffer, const contract::Buffer& described, const void* values, std::size_t bytes);
  void keep_words(std::size_t buffer, const contract::Buffer& described, std::vector<std::uint32_t> words);
  void keep_weights(std::size_t buffer, const contract::Buffer& described, const BoundWeights& weights,
                    std::size_t examples);

  std::shared_ptr<Device> device_;
  std::vector<const void*> addresses_;  // in the order of the manifest's buffers
  std::vector<DeviceBuffer> copies_;    // if the device has its own memory
  std::vector<std::vector<std::uint32_t>> words_;
  std::vector<std::vector<float>> weights_;
  bool are_weighted_ = false;
  std::vector<BinnedSpikes> spikes_;
};

}  // namespace synfire::runtime
