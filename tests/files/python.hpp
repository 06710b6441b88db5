// SPDX-License-Identifier: Apache-2.0
// The machine's Python, for comparisons.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace synfire::test {

// The exit status of `/usr/bin/python3 <arguments>`, run in a folder.
inline int run_python(const std::filesystem::path& folder, const std::string& arguments) {
  return std::system(("cd '" + folder.string() + "' && /usr/bin/python3 " + arguments).c_str());
}

inline bool python_has(const std::string& module) {
  return run_python("/", "-c 'import " + module + "' 2>/dev/null") == 0;
}

}  // namespace synfire::test
