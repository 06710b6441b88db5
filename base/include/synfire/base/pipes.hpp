// SPDX-License-Identifier: Apache-2.0
// Pipes as files: they can be read once, and who looks at the first bytes to see what a file is takes them from its reader.
#pragma once

#include <filesystem>

namespace synfire::base {

// Reads `path` to its end where it is a pipe (`<(…)`, /dev/stdin, one that has a name), and keeps what came out of it in memory
// for as long as the program runs; once, however often it is asked for. Throws DataError: file_access; unsupported for what never
// seems to end.
void keep_pipe(const std::filesystem::path& path);

// What to open to read `path`: itself, or what was kept of it.
std::filesystem::path readable(const std::filesystem::path& path);

}  // namespace synfire::base
