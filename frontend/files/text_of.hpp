// SPDX-License-Identifier: Apache-2.0
// The two halves of what is read from memory and from files.
#pragma once

#include <string>

#include "files/document.hpp"
#include "files/json.hpp"

namespace synfire::files {

// Throws DataError with everything that is wrong with the form.
Description description_of(const json::Node& root, const Arrays& tensors, const std::string& file);

DescriptionText text_of(Document document, const std::string& tensors_file);

}  // namespace synfire::files
