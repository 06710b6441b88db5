// SPDX-License-Identifier: Apache-2.0
// Text files that the build embeds in a library (cmake/SynfireEmbed.cmake), so programs need no source tree.
#pragma once

#include <span>
#include <string_view>

namespace synfire::base {

struct EmbeddedFile {
  std::string_view name;      // its path in an #include, with '/' between folders
  std::string_view contents;  // the whole text, null-terminated in memory
};

// The headers of kernels/device that generated source may include, in the order of kernels/CMakeLists.txt. They have
// static storage duration. Defined in synfire::kernels.
std::span<const EmbeddedFile> embedded_kernels();

}  // namespace synfire::base
