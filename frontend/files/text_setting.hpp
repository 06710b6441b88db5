// SPDX-License-Identifier: Apache-2.0
// Losses and surrogates in descriptions: `"atan"`, or {"type": "atan", "alpha": 4} with parameters of the text.
#pragma once

#include <vector>

#include "files/write.hpp"

namespace synfire::files {

// Adds the definitions of all losses and surrogates of the settings, unless these are the default: those of the
// registry where it has them. Throws ModelError for different texts with one name.
void add_definitions(const CompileSettings& settings, Writing& writing, std::vector<ModelEntry>& models);

}  // namespace synfire::files
