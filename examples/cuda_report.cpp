// SPDX-License-Identifier: Apache-2.0
#include "cuda_report.hpp"

#include <cstdio>
#include <fstream>
#include <iostream>

#include "synfire/codegen/resource_usage.hpp"

namespace synfire::examples {

void report_cuda(const std::function<contract::Artifact(CompilationReport& report)>& compile,
                 const std::filesystem::path& file) {
  try {
    CompilationReport report;
    const contract::Artifact artifact = compile(report);
    const contract::Binary& binary = artifact.binaries.front();
    std::ofstream(file) << binary.source;
    std::printf("CUDA source       %s, for %s: %.0f ms in NVRTC\n", file.c_str(), binary.architecture.c_str(),
                report.compiler_milliseconds);
    if (const auto usage = codegen::resource_usage(binary.log)) {
      std::printf("                  %u threads, %zu registers, %zu bytes of shared memory, %zu bytes spilled\n",
                  artifact.manifest.entry.threads, usage->registers, usage->shared_bytes,
                  usage->spill_load_bytes + usage->spill_store_bytes);
    }
    std::fflush(stdout);
  } catch (const BuildError& error) {
    std::cout << "CUDA source       not compiled: " << error.what() << "\n";
  }
}

}  // namespace synfire::examples
