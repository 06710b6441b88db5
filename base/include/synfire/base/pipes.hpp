// SPDX-License-Identifier: Apache-2.0
// Pipes as files: they can be read only once, and reading their first bytes to detect a format would take these from
// the reader.
#pragma once

#include <filesystem>

namespace synfire::base {

// If `path` is a pipe (`<(…)`, /dev/stdin, a named pipe), reads it to its end and keeps the contents in memory until
// the program ends; once, however often it is called. Throws DataError: file_access; unsupported for a pipe that does
// not seem to end.
void keep_pipe(const std::filesystem::path& path);

// What to open to read `path`: `path` itself, or its kept contents.
std::filesystem::path readable(const std::filesystem::path& path);

}  // namespace synfire::base
