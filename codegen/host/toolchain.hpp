// SPDX-License-Identifier: Apache-2.0
// Compilers of host programs: the system's, and cross compilers for other kinds of machines.
#pragma once

#include <string>
#include <vector>

namespace synfire::codegen {

// The optimization of generated programs, unless their source is large (host_backend.cpp).
inline constexpr const char* host_optimization = "-O3";

struct Toolchain {
  std::string command;
  std::vector<std::string> flags;
  std::string variable;  // environment variable that names another command
};

// For "native", "x86-64", "x86-64-v2" to "x86-64-v4" or "aarch64". Throws BuildError (build_failed) for any other
// architecture. SYNFIRE_CXX names the system's compiler (default: c++), SYNFIRE_CXX_AARCH64 and SYNFIRE_CXX_X86_64 the
// cross compilers (default: aarch64-linux-gnu-g++, x86_64-linux-gnu-g++). SYNFIRE_CXXFLAGS adds flags, separated by
// spaces, such as sanitizers.
Toolchain toolchain_for(const std::string& name);

// Architectures of this kind of machine that a file should have binaries for: "x86-64-v2", "-v3" and "-v4", or
// "aarch64".
std::vector<std::string> usual_host_architectures();

}  // namespace synfire::codegen
