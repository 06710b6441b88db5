// SPDX-License-Identifier: Apache-2.0
// Names of the entries of an artifact file.
#pragma once

#include <string>
#include <string_view>

#include "synfire/contract/artifact.hpp"
#include "synfire/npz.hpp"

namespace synfire::artifact {

// A name as a path component that every tool unpacks to the right place: characters other than letters, digits, `_`,
// `-` and `.`, and a leading `.`, become % and two hexadecimal digits. Different names stay different.
std::string as_path(std::string_view name);

// Whether the path stays below the folder that an archive is unpacked into.
bool is_safe_path(std::string_view path);

// With the extension of the target: `sm_90.cubin`, `compute_90.ptx`, `x86-64-v3.so`.
std::string binary_file(const std::string& target, const std::string& architecture);
// `source.cu` or `source.cpp`.
std::string source_file(const std::string& target);

// NumPy's type for the elements of a buffer.
DataType data_type(contract::ElementType type);

}  // namespace synfire::artifact
