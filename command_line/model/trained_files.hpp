// SPDX-License-Identifier: Apache-2.0
// Writes what was learned, so that nothing is lost.
#pragma once

#include <filesystem>
#include <string>

#include "synfire/description.hpp"

namespace synfire::command_line {

// Writes the description to `path`. If that fails, as on a full disk, writes it to the folder for temporary files or to
// another place, and throws RunError that says where it is. `checkpoint`: a file that has the weights too; may be
// empty.
void write_trained(const std::filesystem::path& path, const Description& trained,
                   const std::filesystem::path& checkpoint);

}  // namespace synfire::command_line
