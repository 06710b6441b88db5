// SPDX-License-Identifier: Apache-2.0
// The host backend: host C++ source, compiled by the system's compiler to a shared object.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>
#include <utility>

#include "host/toolchain.hpp"
#include "jit/builtin_backends.hpp"
#include "jit/cache.hpp"
#include "jit/kernel_headers.hpp"
#include "jit/log.hpp"
#include "jit/process.hpp"
#include "synfire/codegen/printers.hpp"
#include "synfire/error.hpp"

namespace synfire::codegen {
namespace {

using namespace jit;

// Asked once per process: starting the compiler takes longer than all else that a cached program needs.
std::string version_of(const Toolchain& toolchain, const std::string& architecture) {
  static std::mutex mutex;
  static std::map<std::pair<std::string, std::string>, std::string> known;  // by command and PATH
  const char* const path = std::getenv("PATH");
  const std::pair<std::string, std::string> command(toolchain.command, path != nullptr ? path : "");
  const std::lock_guard lock(mutex);
  if (const auto found = known.find(command); found != known.end()) return found->second;
  const ProcessResult result = run_process({toolchain.command, "--version"});
  if (result.exit_code == 0)
    return known.emplace(command, result.output.substr(0, result.output.find('\n'))).first->second;
  const bool cross = toolchain.variable != "SYNFIRE_CXX";
  const bool is_refused = result.start_error == EAGAIN || result.start_error == ENOMEM;
  const std::string remedy = is_refused ? "the system cannot start more processes: check `ulimit -u` and free memory"
                                        : std::string(cross ? "install it" : "install g++ or clang") + ", or set " +
                                              toolchain.variable + " to another compiler";
  throw BuildError({.kind = ProblemKind::build_failed,
                    .path = "host compiler",
                    .message = "the compiler \"" + toolchain.command + "\" cannot be run (for " + architecture +
                               "): " + result.output,
                    .hint = remedy,
                    .given = architecture});
}

std::vector<std::byte> bytes_of(const std::string& content) {
  const auto* first = reinterpret_cast<const std::byte*>(content.data());
  return {first, first + content.size()};
}

class HostBackend : public Backend {
 public:
  std::string name() const override { return "host"; }
  std::vector<Pass> passes(const PassOptions& options) const override {
    return options.schedule == Schedule::step ? host_step_passes(options.parts) : host_passes();
  }
  std::string print(const Program& program) const override {
    if (program.learning) return print_host_training(program);
    return program.schedule == Schedule::step ? print_host_steps(program) : print_host(program);
  }

  contract::Binary build(const std::string& source, const BuildOptions& options) const override {
    contract::Binary binary;
    binary.target = name();
    binary.architecture = options.architecture.empty() ? "native" : options.architecture;
    binary.source = source;
    Toolchain toolchain = toolchain_for(binary.architecture);
    if (source.size() > large) compile_faster(toolchain);
    std::vector<std::string> parts{source, all_kernel_headers(), version_of(toolchain, binary.architecture),
                                   processor_key(binary.architecture)};
    parts.insert(parts.end(), toolchain.flags.begin(), toolchain.flags.end());
    const std::string key = Cache::key(parts);
    const Cache cache(options.cache_folder);
    if (auto entry = cache.find(key, ".so")) {
      binary.bytes = std::move(entry->bytes);
      binary.log = std::move(entry->log);
      binary.cached_path = entry->path;
      binary.from_cache = true;
      return binary;
    }
    const auto start = std::chrono::steady_clock::now();
    compile(binary, toolchain);
    binary.compile_milliseconds =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    binary.cached_path = cache.store(key, ".so", binary.bytes, binary.log, source, ".cpp");
    return binary;
  }

 private:
  static constexpr std::size_t large = std::size_t{1} << 18;  // bytes of source

  // Programs with hundreds of populations take long to compile: loops are still vectorized, but functions that many
  // phases call are not inlined into each, and little else is optimized. They compile in half the time and run an
  // eighth longer. No bit of a result changes.
  static void compile_faster(Toolchain& toolchain) {
    std::replace(toolchain.flags.begin(), toolchain.flags.end(), std::string(host_optimization), std::string("-O1"));
    toolchain.flags.emplace(toolchain.flags.begin(), "-DSYNFIRE_SHARES_FUNCTIONS");
    toolchain.flags.emplace(toolchain.flags.begin(), "-ftree-vectorize");
    toolchain.flags.emplace(toolchain.flags.begin(), "-fvect-cost-model=dynamic");
  }

  // `native` means something different on each processor.
  static std::string processor_key(const std::string& architecture) {
    if (architecture != "native") return architecture;
    try {
      const std::string information = read_file("/proc/cpuinfo");
      std::string key;
      for (const char* field : {"model name", "flags"}) {
        const std::size_t at = information.find(field);
        if (at != std::string::npos) key += information.substr(at, information.find('\n', at) - at);
      }
      return key;
    } catch (const Error&) {
      return architecture;
    }
  }

  static void compile(contract::Binary& binary, const Toolchain& toolchain) {
    const TemporaryFolder folder;
    write_kernel_headers(folder.path());
    const std::string file = folder.path() + "/trial.cpp";
    const std::string output = folder.path() + "/trial.so";
    write_file(file, binary.source);
    std::vector<std::string> arguments{toolchain.command};
    arguments.insert(arguments.end(), toolchain.flags.begin(), toolchain.flags.end());
    arguments.insert(arguments.end(), {"-I" + folder.path(), file, "-o", output});
    const ProcessResult result = run_process(arguments);
    binary.log = result.output;
    if (result.exit_code != 0) {
      throw BuildError({.kind = ProblemKind::build_failed,
                        .path = "host program",
                        .message = "generated source did not compile:\n" +
                                   with_source_lines(result.output, binary.source, "trial.cpp"),
                        .hint = "this is a bug in Synfire; set SYNFIRE_PRINT=source to print the whole source"});
    }
    binary.bytes = bytes_of(read_file(output));
  }
};

}  // namespace

std::unique_ptr<Backend> make_host_backend() { return std::make_unique<HostBackend>(); }

}  // namespace synfire::codegen
