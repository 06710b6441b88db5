// SPDX-License-Identifier: Apache-2.0
// What is behind EventFiles.
#pragma once

#include "synfire/events.hpp"

namespace synfire {

// Where the examples come from.
struct EventFiles::State {
  virtual ~State() = default;
  virtual const std::filesystem::path& path() const = 0;
  virtual EventFormat format() const = 0;
  virtual std::size_t examples() const = 0;
  virtual std::uint64_t most_spikes(std::size_t examples) const = 0;
  virtual std::int64_t label(std::size_t example) const = 0;  // -1: none
  // Of the first example, which is read to find mistakes.
  virtual Extents shape(const EventOptions& options) const = 0;
  virtual void add(SpikeTrains& trains, std::size_t example, const EventOptions& options,
                   const Extents& shape) const = 0;
  virtual Events events(std::size_t example) const = 0;
};

}  // namespace synfire
