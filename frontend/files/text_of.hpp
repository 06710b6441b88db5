// SPDX-License-Identifier: Apache-2.0
// Reading and writing shared by descriptions in memory and in files.
#pragma once

#include <string>
#include <vector>

#include "files/document.hpp"
#include "files/json.hpp"
#include "synfire/description.hpp"

namespace synfire::files {

// Throws DataError with all format errors. `file`: the name of the text in places.
Description description_of(json::Node root, const Arrays& tensors, const std::string& file,
                           const std::vector<Override>& overrides = {});

// A description to be written, without the name of its tensors file.
struct DescriptionTree {
  json::Node root;
  Arrays tensors;
};
// Throws ModelError for values that JSON cannot represent.
DescriptionTree tree_of(Document document);
// The text, with the name `tensors_file`, which the tree then has too, if there are tensors. (The tree is not copied:
// libstdc++ 12 has undefined behavior if a copy of a variant of strings or vectors runs out of memory.)
std::string text_of(DescriptionTree& tree, const std::string& tensors_file);

}  // namespace synfire::files
