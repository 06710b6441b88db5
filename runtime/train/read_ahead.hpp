// SPDX-License-Identifier: Apache-2.0
// Reads streamed data one batch ahead of the batch that runs.
#pragma once

#include <cstdint>
#include <future>
#include <span>
#include <vector>

#include "evaluate/streamed_batch.hpp"

namespace synfire::runtime {

class ReadAhead {
 public:
  // Both must outlive it.
  ReadAhead(const BoundData& data, const contract::Manifest& manifest) : data_(data), manifest_(manifest) {}
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // The data of these examples, valid until the next call; meanwhile, another thread reads those of `next` (empty:
  // none), which is faster than any other choice for the next call. Throws as read_streamed.
  const StreamedBatch& read(std::span<const std::uint32_t> examples, std::span<const std::uint32_t> next);

 private:
  void begin(std::span<const std::uint32_t> examples);

  const BoundData& data_;
  const contract::Manifest& manifest_;
  StreamedBatch current_, spare_;      // spare_: memory for the next batch, or that batch
  std::vector<std::uint32_t> coming_;  // what is being read into spare_
  std::future<void> reading_;          // the last member: it waits for the thread before the others are destroyed
};

}  // namespace synfire::runtime
