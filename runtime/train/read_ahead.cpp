// SPDX-License-Identifier: Apache-2.0
#include "train/read_ahead.hpp"

#include <algorithm>
#include <utility>

namespace synfire::runtime {

void ReadAhead::begin(std::span<const std::uint32_t> examples) {
  coming_.assign(examples.begin(), examples.end());
  // If the system has no more threads, it is read when it is needed.
  reading_ = std::async(std::launch::async | std::launch::deferred,
                        [this] { read_streamed(data_, manifest_, coming_, spare_); });
}

const StreamedBatch& ReadAhead::read(std::span<const std::uint32_t> examples, std::span<const std::uint32_t> next) {
  const bool is_coming =
      reading_.valid() && std::equal(examples.begin(), examples.end(), coming_.begin(), coming_.end());
  if (reading_.valid() && !is_coming) std::exchange(reading_, {}).wait();
  if (!is_coming) begin(examples);
  reading_.get();
  std::swap(current_, spare_);
  if (!next.empty()) begin(next);
  return current_;
}

}  // namespace synfire::runtime
