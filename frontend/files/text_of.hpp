// SPDX-License-Identifier: Apache-2.0
// The two halves of what is read from memory and from files.
#pragma once

#include <string>

#include "files/document.hpp"
#include "files/json.hpp"

namespace synfire::files {

// Throws DataError with everything that is wrong with the form.
Description description_of(const json::Node& root, const Arrays& tensors, const std::string& file);

// A description that is written: all but the name of the file that its tensors go to.
struct DescriptionTree {
  json::Node root;
  Arrays tensors;
};
// Throws ModelError for what JSON cannot say.
DescriptionTree tree_of(Document document);
// The text, with this name if there are tensors.
std::string text_of(const DescriptionTree& tree, const std::string& tensors_file);

}  // namespace synfire::files
