// SPDX-License-Identifier: Apache-2.0
// What EventOptions say of time, for events and for spikes of channels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "synfire/events.hpp"

namespace synfire::event_files {

[[noreturn]] void wrong_option(const std::string& option, const std::string& message, const std::string& expected,
                               const std::string& given, const std::string& hint = {});

// That recordings of this kind do not have an option. Throws invalid_option.
[[noreturn]] void refuse_option(const std::string& option, const std::string& message, const std::string& name);

// Times of an example, in ms.
class Clock {
 public:
  explicit Clock(const EventOptions& options) : window_(options.window), offset_(options.offset) {}

  // `since`: ms from the origin. Nothing for an event that is dropped. Negative without a window: an error.
  std::optional<double> operator()(double since) const {
    const double ms = since + offset_;
    if (!window_) return ms;
    if (!(ms >= window_->begin && ms < window_->end)) return std::nullopt;
    return ms - window_->begin;
  }

 private:
  std::optional<EventWindow> window_;
  double offset_;
};

// Leaves the first spike of each neuron and bin of time, of spikes in the order of time. Bins are those of steps:
// (k - 1, k] bins (base/steps.hpp).
class Thinning {
 public:
  explicit Thinning(double bin) : bin_(bin) {}
  bool keeps(std::uint32_t neuron, float time);

 private:
  double bin_;
  std::unordered_map<std::uint32_t, double> last_;  // bin, by neuron
};

// Throws invalid_value if there are `early` events or spikes (`what`) before time 0.
void refuse_early(std::size_t early, std::size_t all, const std::string& what, const std::string& name);

}  // namespace synfire::event_files
