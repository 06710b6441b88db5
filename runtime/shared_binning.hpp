// SPDX-License-Identifier: Apache-2.0
// Sorts the spikes of many examples into steps, on all threads where that is worth waking them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "spike_binning.hpp"
#include "synfire/runtime/device.hpp"

namespace synfire::runtime {

class SharedBinning {
 public:
  // From so many spikes on threads share them: a hundred microseconds of work.
  static constexpr std::size_t least_shared = std::size_t{1} << 15;

  // `device`: whose host threads; null: the caller's alone.
  SharedBinning(double dt, std::uint32_t steps, Device* device);

  // Calls bin(binner, example) for each of the examples, which have `spikes` spikes in all: at the same time on several threads,
  // each with a binner of its own. What a call throws is thrown here, that of the first example if there are several.
  void each(std::size_t examples, std::size_t spikes, const std::function<void(SpikeBinner&, std::size_t)>& bin);

  // Whether `each` uses several threads.
  bool is_shared(std::size_t examples, std::size_t spikes) const;
  // For the caller's thread alone.
  SpikeBinner& first() { return binners_.front(); }

 private:
  Device* device_;
  std::vector<SpikeBinner> binners_;  // of each thread
};

}  // namespace synfire::runtime
