// SPDX-License-Identifier: Apache-2.0
// A checksum of data, by which a checkpoint recognizes those of its run.
#pragma once

#include <string>

#include "evaluate/data_binding.hpp"
#include "synfire/contract/artifact.hpp"

namespace synfire::runtime {

// Of all inputs, targets and steps; the same whether data are in memory or streamed, which takes a pass over all of
// them. `validation`: separate data for validation; may be null.
std::string data_checksum(const BoundData& training, const BoundData* validation, const contract::Manifest& manifest);

}  // namespace synfire::runtime
