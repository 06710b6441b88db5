// SPDX-License-Identifier: Apache-2.0
// The handwritten program of programs/linear_reader.cpp as an artifact, and its model in double.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "synfire/contract/artifact.hpp"
#include "synfire/tensor.hpp"

namespace synfire::testing {

inline constexpr std::size_t reader_inputs = 3, reader_outputs = 2, reader_weights = 6;
inline constexpr std::uint32_t reader_timesteps = 5, reader_slots = 4;
inline const std::vector<float> reader_start = {0.1f, -0.2f, 0.3f, 0.05f, -0.4f, 0.25f};

// For batches of `batch_size`, tapes with room for `capacity` spikes.
contract::Artifact linear_reader(std::uint32_t batch_size, std::size_t capacity = 3);

// The same as a computation in double.
struct ReaderModel {
  std::array<double, reader_weights> weights{}, m{}, s{};
  std::uint64_t updates = 0;

  ReaderModel();
  // The losses of the examples, and their mean gradient in `gradient`.
  std::vector<double> learn(const std::vector<std::array<float, reader_inputs>>& in,
                            const std::vector<std::uint32_t>& labels,
                            std::array<double, reader_weights>& gradient) const;
  void adam(const std::array<double, reader_weights>& gradient, double learning_rate);
};

}  // namespace synfire::testing
