// SPDX-License-Identifier: Apache-2.0
// Optimizers in descriptions: `"adam"`, or {"type": "adam", "learning_rate": …, …} with the parameters of its text.
#pragma once

#include <vector>

#include "files/document.hpp"

namespace synfire::files {

// The text of the model that the file defines under the optimizer's name, if it does.
void choose_definition(Optimizer& optimizer, const std::vector<ModelEntry>& models);
// What a file must define beside the setting; nothing for a built-in optimizer, whatever its values.
void add_definition(const Optimizer& optimizer, std::vector<ModelEntry>& models);

}  // namespace synfire::files
