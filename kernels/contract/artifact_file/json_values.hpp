// SPDX-License-Identifier: Apache-2.0
// Converts manifests and indices to JSON and back, using the tables of members.hpp.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "artifact_file/members.hpp"

namespace synfire::artifact {

// Numbers are read back exactly as written.
std::string to_json(const contract::Manifest& manifest);
std::string to_json(const Index& index);

// Throw DataError (malformed_file) with every key that is missing, unknown or of the wrong type; `path` names the text.
contract::Manifest manifest_from_json(std::span<const std::byte> text, const std::string& path);
// Also throws unsupported for another version of the layout or of the kernel ABI, before reading the rest.
Index index_from_json(std::span<const std::byte> text, const std::string& path);

}  // namespace synfire::artifact
