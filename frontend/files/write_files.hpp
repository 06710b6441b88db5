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

// Replaces the description `json` and its tensors. At any moment the text in `json` and the tensors that it names
// belong together: the description changes by a single rename of the new text.
//
// Tensors first go to `demo.tensors-<digits>.npz`, which the new text names, since the old text may name `demo.npz`.
// Then the file gets that name, and another rename puts it into the text; not if `demo.npz` is a link or another
// description in the folder names it. An interrupted write leaves a valid description and at most an unused tensors
// file, which the next write removes.
//
// Throws DataError (file_access, invalid_name).
void write_files(const std::filesystem::path& json, DescriptionTree tree);

}  // namespace synfire::files
