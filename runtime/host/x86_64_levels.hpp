// SPDX-License-Identifier: Apache-2.0
// The levels of the x86-64 psABI, from the features that a processor has. Asks no processor, so that it is tested with any.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace synfire::runtime {

// By the names of Intel's manuals: "AVX2", "FMA", ….
using ProcessorFeatures = std::set<std::string>;

// Levels that the features suffice for, best first: of "x86-64-v4" … "x86-64-v2", "x86-64".
std::vector<std::string> x86_64_levels(const ProcessorFeatures& features);

// The features that code for this level uses and that are missing, as a list to read. Empty for what is no level, too.
std::string missing_features(const std::string& level, const ProcessorFeatures& features);

}  // namespace synfire::runtime
