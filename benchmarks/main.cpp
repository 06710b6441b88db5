// SPDX-License-Identifier: Apache-2.0
// The benchmark program; README.md describes what it measures and how.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "ceilings.hpp"
#include "context.hpp"
#include "export.hpp"
#include "measure.hpp"
#include "sweep.hpp"
#include "synfire/error.hpp"
#include "synfire/runtime/device.hpp"
#include "workloads.hpp"

namespace {

using namespace synfire;
using namespace synfire::benchmarks;

// Inserts our defaults before the user's options, which override them.
std::vector<char*> with_defaults(int argc, char** argv, std::vector<std::string>& defaults) {
  std::vector<char*> arguments{argv[0]};
  for (std::string& each : defaults) arguments.push_back(each.data());
  arguments.insert(arguments.end(), argv + 1, argv + argc);
  arguments.push_back(nullptr);
  return arguments;
}

void describe_machine(const Options& options) {
  for (const auto& [name, value] : describe_context(options)) benchmark::AddCustomContext(name, value);
  if (options.device == "cuda") watch_memory_of(runtime::open_device(options.device));
}

int run(int argc, char** argv) {
  const Options options = parse_options(argc, argv);
  if (options.help) {
    std::fputs(usage().c_str(), stdout);
    return EXIT_SUCCESS;
  }
  if (!options.export_to.empty()) {
    export_workloads(options.export_to);
    return EXIT_SUCCESS;
  }
  if (!options.sweep.empty()) return run_sweep(options) ? EXIT_SUCCESS : EXIT_FAILURE;
  std::vector<std::string> defaults{"--benchmark_repetitions=5", "--benchmark_display_aggregates_only=true"};
  std::vector<char*> arguments = with_defaults(argc, argv, defaults);
  int count = static_cast<int>(arguments.size()) - 1;
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;

  describe_machine(options);
  add_fashion_mnist(options);
  add_latency_mnist(options);
  add_shd_like(options);
  add_training(options);
  add_vogels_abbott(options);
  add_session(options);
  add_compile_latency(options);
  add_jit_latency(options);
  add_program_start(options);
  add_ceilings(options);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  watch_memory_of(nullptr);
  return any_wrong_result() ? EXIT_FAILURE : EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::invalid_argument& error) {
    std::fprintf(stderr, "synfire_benchmark: %s; see --help\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "synfire_benchmark: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
