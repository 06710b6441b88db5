// SPDX-License-Identifier: Apache-2.0
// A description and its tensors as files.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "files/text_of.hpp"

namespace synfire::files {

// `demo.npz` of `demo.json`.
std::filesystem::path tensors_of(const std::filesystem::path& json);

// Replaces the description `json` and its tensors. At any moment the text that lies under the name `json` and the tensors that it
// names belong together: the new text, put in its place by one rename, is what changes the description.
//
// Tensors first go to `demo.tensors-<digits>.npz`, which the new text names: an old text may name `demo.npz`. Then the file gets
// that name, and the text, in another rename, names it so; not where `demo.npz` is a link, or another description of the folder
// names it. Whoever is stopped in between leaves a sound description, and at most a file of tensors that nothing names: the next
// one removes it.
//
// Throws DataError (file_access, invalid_name).
void write_files(const std::filesystem::path& json, const DescriptionTree& tree);

}  // namespace synfire::files
