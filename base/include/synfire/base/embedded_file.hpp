// SPDX-License-Identifier: Apache-2.0
// Text files that the build puts into a library (cmake/SynfireEmbed.cmake), so that a program needs no source tree.
#pragma once

#include <span>
#include <string_view>

namespace synfire::base {

struct EmbeddedFile {
  std::string_view name;      // the path that an #include names it by, with '/' between folders
  std::string_view contents;  // the whole text; a null character follows it in memory
};

// The headers of kernels/device that generated source may include, in the order of kernels/CMakeLists.txt. They live as
// long as the program does. Defined in synfire::kernels.
std::span<const EmbeddedFile> embedded_kernels();

}  // namespace synfire::base
