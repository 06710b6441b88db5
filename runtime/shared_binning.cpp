// SPDX-License-Identifier: Apache-2.0
#include "shared_binning.hpp"

#include <exception>
#include <limits>

namespace synfire::runtime {
namespace {

// An exception of a thread, if any, and its example.
struct Failure {
  std::exception_ptr thrown = nullptr;
  std::uint32_t example = 0;
};

void rethrow_first(const std::vector<Failure>& failures) {
  const Failure* first = nullptr;
  for (const Failure& each : failures) {
    if (each.thrown != nullptr && (first == nullptr || each.example < first->example)) first = &each;
  }
  if (first != nullptr) std::rethrow_exception(first->thrown);
}

}  // namespace

SharedBinning::SharedBinning(double dt, std::uint32_t steps, Device* device) : device_(device) {
  const unsigned threads = device != nullptr ? device->host_threads() : 1;
  for (unsigned thread = 0; thread < threads; ++thread) binners_.emplace_back(dt, steps);
}

bool SharedBinning::is_shared(std::size_t examples, std::size_t spikes) const {
  return binners_.size() > 1 && examples > 1 && examples <= std::numeric_limits<std::uint32_t>::max() &&
         spikes >= least_shared;
}

void SharedBinning::each(std::size_t examples, std::size_t spikes,
                         const std::function<void(SpikeBinner&, std::size_t)>& bin) {
  if (!is_shared(examples, spikes)) {
    for (std::size_t example = 0; example < examples; ++example) bin(binners_.front(), example);
    return;
  }
  std::vector<Failure> failures(binners_.size());
  const auto bin_range = [&](unsigned thread, std::uint32_t begin, std::uint32_t end) {
    std::uint32_t example = begin;
    try {
      for (; example < end; ++example) bin(binners_[thread], example);
    } catch (...) {
      Failure& failure = failures[thread];
      if (failure.thrown == nullptr || example < failure.example) failure = {std::current_exception(), example};
    }
  };
  device_->share(static_cast<std::uint32_t>(examples), bin_range);
  rethrow_first(failures);
}

}  // namespace synfire::runtime
