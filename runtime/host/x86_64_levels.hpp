// SPDX-License-Identifier: Apache-2.0
// The levels of the x86-64 psABI, computed from the features of a processor. Queries no processor, so it is tested with
// any.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace synfire::runtime {

// Named as in Intel's manuals: "AVX2", "FMA", ….
using ProcessorFeatures = std::set<std::string>;

// Levels that the features suffice for, best first: of "x86-64-v4" … "x86-64-v2", "x86-64".
std::vector<std::string> x86_64_levels(const ProcessorFeatures& features);

// The features that code for this level uses and that are missing, as a readable list. Also empty for an unknown level.
std::string missing_features(const std::string& level, const ProcessorFeatures& features);

}  // namespace synfire::runtime
