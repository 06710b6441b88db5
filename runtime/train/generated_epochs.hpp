// SPDX-License-Identifier: Apache-2.0
// The data of each epoch from a generator, checked.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "evaluate/data_binding.hpp"
#include "synfire/training.hpp"

namespace synfire::runtime {

class GeneratedEpochs {
 public:
  // `bind` checks data; `first`: whether it is the first time.
  using Bind = std::function<BoundData(const EpochData& data, bool first)>;
  GeneratedEpochs(const EpochGenerator& generator, Bind bind) : generator_(generator), bind_(std::move(bind)) {}

  // The data of an epoch, valid until another one is asked for. Throws what the generator and `bind` throw, and
  // DataError (wrong_data_size) if the number of examples has changed.
  const BoundData& data(std::uint32_t epoch);

 private:
  const EpochGenerator& generator_;
  Bind bind_;
  std::optional<std::uint32_t> epoch_;
  EpochData given_;
  BoundData bound_;
};

}  // namespace synfire::runtime
