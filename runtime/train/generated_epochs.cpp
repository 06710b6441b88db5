// SPDX-License-Identifier: Apache-2.0
#include "train/generated_epochs.hpp"

namespace synfire::runtime {

const BoundData& GeneratedEpochs::data(std::uint32_t epoch) {
  if (epoch_ == epoch) return bound_;
  const bool first = !epoch_;
  const std::size_t before = bound_.examples;
  epoch_.reset();
  given_ = generator_(epoch);
  bound_ = bind_(given_, first);
  if (!first && bound_.examples != before) {
    throw DataError({.kind = ProblemKind::wrong_data_size,
                     .path = "data of epoch " + std::to_string(epoch),
                     .message = "the number of examples differs between epochs",
                     .expected = std::to_string(before),
                     .given = std::to_string(bound_.examples)});
  }
  epoch_ = epoch;
  return bound_;
}

}  // namespace synfire::runtime
