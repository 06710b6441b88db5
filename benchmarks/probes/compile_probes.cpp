// SPDX-License-Identifier: Apache-2.0
// Compiles probes.cu with NVRTC while Synfire is built: compile_probes <source> <architecture> <output>. Exit code 77:
// NVRTC is missing.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "jit/nvrtc.hpp"
#include "synfire/error.hpp"

namespace {

int compile(const std::string& source, const std::string& architecture, const std::string& output) {
  std::ifstream file(source);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const auto result =
      synfire::codegen::jit::Nvrtc::instance().compile(text, "probes.cu", architecture, {"--std=c++20", "-lineinfo"});
  if (!result.succeeded || text.empty()) {
    std::fprintf(stderr, "compile_probes: %s for %s:\n%s\n", source.c_str(), architecture.c_str(), result.log.c_str());
    return EXIT_FAILURE;
  }
  std::ofstream written(output, std::ios::binary);
  // PTX is text; NVRTC terminates it with a zero.
  const std::string binary(reinterpret_cast<const char*>(result.binary.data()), result.binary.size());
  written << binary.c_str();
  return written.flush() ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: compile_probes <source> <architecture> <output>\n", stderr);
    return 2;
  }
  try {
    return compile(argv[1], argv[2], argv[3]);
  } catch (const synfire::BuildError& error) {
    std::fprintf(stderr, "compile_probes: %s\n", error.what());
    return 77;
  }
}
