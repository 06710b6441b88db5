// SPDX-License-Identifier: Apache-2.0
// Converts what users write (slices, lists, masks) to lists of indices.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "synfire/error.hpp"
#include "synfire/recording.hpp"

namespace synfire::runtime {

// The positions selected by `indices` along an axis of `size` positions, in the given order. Problems at `path`:
// invalid_value for steps of 0 and indices out of range, wrong_data_size for masks. A mask may be shorter than the axis
// if `short_masks`.
std::vector<std::size_t> select(const Indices& indices, std::size_t size, bool short_masks, const std::string& path,
                                std::vector<Problem>& problems);

// The same, ascending and each once; warns if they were not given like that.
std::vector<std::size_t> select_in_order(const Indices& indices, std::size_t size, const std::string& path,
                                         std::vector<Problem>& problems, std::vector<Problem>& warnings);

// Row-major indices of neurons. Problems at `path`: those above, shape_mismatch for masks and dimensions that do not
// match, invalid_value for neurons selected twice.
std::vector<std::uint32_t> select_neurons(const Neurons& neurons, const Extents& shape, const std::string& path,
                                          std::vector<Problem>& problems);

}  // namespace synfire::runtime
