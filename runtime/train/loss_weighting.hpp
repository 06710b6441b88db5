// SPDX-License-Identifier: Apache-2.0
// The weights that options give the losses of training data.
#pragma once

#include <cstddef>

#include "evaluate/data_binding.hpp"
#include "evaluate/population_index.hpp"
#include "synfire/contract/artifact.hpp"
#include "synfire/loss_weights.hpp"

namespace synfire::runtime {

// Their values must outlive the data.
struct GivenWeights {
  const LossWeights& samples;
  const LossWeights& steps;
  const LossWeights& classes;
  std::size_t learned = 0;  // class weights are for the first so many examples, which are learned from
};

// Sets the weights of data whose targets are in the order of contract::Training::outputs. Throws DataError with all
// problems: weights of what has none, of the wrong number, and values out of range.
void weigh(BoundData& data, const contract::Manifest& manifest, const PopulationIndex& index,
           const GivenWeights& given);

}  // namespace synfire::runtime
