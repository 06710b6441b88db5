// SPDX-License-Identifier: Apache-2.0
// The CUDA backend: CUDA source, compiled by NVRTC to a cubin, or to PTX for a GPU newer than NVRTC supports.
#include <algorithm>
#include <charconv>
#include <chrono>

#include "jit/builtin_backends.hpp"
#include "jit/cache.hpp"
#include "jit/environment.hpp"
#include "jit/kernel_headers.hpp"
#include "jit/log.hpp"
#include "jit/nvrtc.hpp"
#include "synfire/codegen/printers.hpp"
#include "synfire/error.hpp"

namespace synfire::codegen {
namespace {

using namespace jit;

constexpr const char* default_architecture = "sm_90";

// Results must have the same bits as on the host: no FMA contraction, no flushing of subnormals, correctly rounded
// division and square root.
std::vector<std::string> options() {
  std::vector<std::string> all{"--std=c++20",
                               "--fmad=false",
                               "--ftz=false",
                               "--prec-div=true",
                               "--prec-sqrt=true",
                               "--ptxas-options=-v",
                               "--extra-device-vectorization",
                               "--device-as-default-execution-space"};
  for (std::string& own : words_of_variable("SYNFIRE_NVRTCFLAGS")) all.push_back(std::move(own));
  return all;
}

int capability_of(const std::string& architecture) {
  const std::size_t digits = architecture.find('_');
  int capability = 0;
  if (digits != std::string::npos)
    std::from_chars(architecture.data() + digits + 1, architecture.data() + architecture.size(), capability);
  return capability;
}

// What NVRTC can compile for the requested architecture: the architecture itself, else PTX of the newest one below it.
std::string supported(const std::string& architecture, const Nvrtc& nvrtc) {
  const std::vector<int>& known = nvrtc.architectures();
  const int capability = capability_of(architecture);
  if (std::find(known.begin(), known.end(), capability) != known.end()) return architecture;
  int best = 0;
  for (const int each : known) {
    if (each <= capability) best = std::max(best, each);
  }
  if (best != 0) return "compute_" + std::to_string(best);
  throw BuildError({.kind = ProblemKind::build_failed,
                    .path = "architecture",
                    .message = "NVRTC " + nvrtc.version() + " does not support " + architecture,
                    .expected = "sm_" + std::to_string(known.front()) + " or later",
                    .given = architecture});
}

class CudaBackend : public Backend {
 public:
  std::string name() const override { return "cuda"; }
  std::vector<Pass> passes(const PassOptions& options) const override {
    return options.schedule == Schedule::step ? grid_passes(options.block)
                                              : block_passes(options.block, options.learns);
  }
  std::string print(const Program& program) const override {
    if (program.learning) return print_cuda_training(program);
    return program.schedule == Schedule::step ? print_cuda_steps(program) : print_cuda(program);
  }

  contract::Binary build(const std::string& source, const BuildOptions& build) const override {
    const Nvrtc& nvrtc = Nvrtc::instance();
    contract::Binary binary;
    binary.target = name();
    binary.architecture = supported(build.architecture.empty() ? default_architecture : build.architecture, nvrtc);
    binary.source = source;
    std::vector<std::string> parts{source, all_kernel_headers(), nvrtc.version(), binary.architecture};
    for (std::string& option : options()) parts.push_back(std::move(option));
    const std::string key = Cache::key(parts);
    const std::string extension = binary.architecture.rfind("sm_", 0) == 0 ? ".cubin" : ".ptx";
    const Cache cache(build.cache_folder);
    if (auto entry = cache.find(key, extension)) {
      binary.bytes = std::move(entry->bytes);
      binary.log = std::move(entry->log);
      binary.cached_path = entry->path;
      binary.from_cache = true;
      return binary;
    }
    const auto start = std::chrono::steady_clock::now();
    NvrtcResult result = nvrtc.compile(source, "trial.cu", binary.architecture, options());
    binary.compile_milliseconds =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    if (!result.succeeded) {
      throw BuildError(
          {.kind = ProblemKind::build_failed,
           .path = "cuda program",
           .message = "generated source did not compile:\n" + with_source_lines(result.log, source, "trial.cu"),
           .hint = "this is a bug in Synfire; set SYNFIRE_PRINT=source to print the whole source"});
    }
    binary.bytes = std::move(result.binary);
    binary.log = std::move(result.log);
    binary.cached_path = cache.store(key, extension, binary.bytes, binary.log, source, ".cu");
    return binary;
  }
};

}  // namespace

std::unique_ptr<Backend> make_cuda_backend() { return std::make_unique<CudaBackend>(); }

}  // namespace synfire::codegen
