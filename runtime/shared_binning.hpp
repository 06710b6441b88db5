// SPDX-License-Identifier: Apache-2.0
// Sorts the spikes of many examples into steps, on all threads if waking them pays off.
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
  // The number of spikes from which threads share the work: a hundred microseconds.
  static constexpr std::size_t least_shared = std::size_t{1} << 15;

  // `device`: provides the host threads; null: only the caller's.
  SharedBinning(double dt, std::uint32_t steps, Device* device);

  // Calls bin(binner, example) for each of the examples, which have `spikes` spikes in total: concurrently on several
  // threads, each with its own binner. Rethrows the exception of a call, that of the first example if there are
  // several.
  void each(std::size_t examples, std::size_t spikes, const std::function<void(SpikeBinner&, std::size_t)>& bin);

  // Whether `each` uses several threads.
  bool is_shared(std::size_t examples, std::size_t spikes) const;
  // For the caller's thread only.
  SpikeBinner& first() { return binners_.front(); }

 private:
  Device* device_;
  std::vector<SpikeBinner> binners_;  // of each thread
};

}  // namespace synfire::runtime
