// SPDX-License-Identifier: Apache-2.0
// Checks that the data of a population are what it accepts. Appends problems and throws nothing.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "synfire/compiled_network.hpp"

namespace synfire::runtime {

// The position of the first NaN or infinity.
std::optional<std::size_t> first_non_finite(std::span<const float> values);

// Values: examples × shape, or examples × frames × shape; the part after the examples (and frames) may be flat if the
// shape is not, or vice versa. All must be finite. Kinds: wrong_data_size, non_finite_data.
void check_values(const Tensor<float>& values, const Extents& shape, std::size_t frames, const std::string& path,
                  std::vector<Problem>& problems);

// The data of an input population: of its kind, and as check_values or with its number of neurons. Values that are
// read batch by batch are checked when they are read (streamed_batch.hpp).
void check_input(const DataView& data, const contract::PopulationInfo& population, const std::string& path,
                 std::vector<Problem>& problems);

// Class labels as numbers, one per example; empty if there is a problem: wrong_data_size for data that are not labels,
// label_out_of_range (with the example) outside [0, classes). `compared_by`: "metric" or "loss".
std::vector<std::size_t> check_labels(const DataView& data, std::size_t classes, const std::string& compared_by,
                                      const std::string& path, std::vector<Problem>& problems);

// The target values of an output: one set, or one for each of `steps`.
void check_target_values(const DataView& data, const Extents& shape, std::size_t steps, const std::string& compared_by,
                         const std::string& path, std::vector<Problem>& problems);

}  // namespace synfire::runtime
