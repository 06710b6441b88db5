// SPDX-License-Identifier: Apache-2.0
// Time from a network to a program, in parts (jit_latency.cpp has the whole).
#include <functional>
#include <memory>
#include <synfire/codegen/compile.hpp>
#include <synfire/synfire.hpp>

#include "jit/process.hpp"
#include "measure.hpp"
#include "workloads.hpp"

namespace synfire::benchmarks {
namespace {

using codegen::jit::TemporaryFolder;

struct Subject {
  std::string name;
  std::function<Network()> make;
  std::uint32_t steps;
};

struct Target {
  std::string backend, architecture;
};

InferenceCompiler compiler_for(const Subject& subject, const std::string& cache_folder) {
  return {.timesteps = subject.steps, .batch_size = 32, .seed = 1234, .cache_folder = cache_folder};
}

// Resolving, lowering, drawing weights, passes and printing: everything except the compiler.
Prepared prepare_source(const Subject& subject, const Target& target) {
  return {.pass = [subject, target, network = subject.make()] {
    const codegen::CompileOptions options{.timesteps = subject.steps, .batch_size = 32, .seed = 1234};
    codegen::generate(network.resolve(), options, target.backend);
  }};
}

// From a network to a binary, without a cache.
Prepared prepare_cold(const Subject& subject, const Target& target) {
  return {.pass = [subject, target, network = subject.make()] {
    compiler_for(subject, "-").build(network, target.backend, target.architecture);
  }};
}

// The same with the binary in the cache.
Prepared prepare_warm(const Subject& subject, const Target& target) {
  const auto cache = std::make_shared<const TemporaryFolder>();
  const auto from_cache = std::make_shared<bool>(false);
  return {.pass =
              [=, network = subject.make()] {
                CompilationReport report;
                compiler_for(subject, cache->path()).build(network, target.backend, target.architecture, &report);
                *from_cache = report.from_cache;
              },
          .check =
              [=] {
                if (!*from_cache) throw WrongResult("wrong result: the binary did not come from the cache");
              }};
}

}  // namespace

void add_compile_latency(const Options& options) {
  const std::vector<Subject> subjects{
      {"fashion_mnist", [=] { return make_fashion_mnist_network({.weights = options.weights}).network; },
       fashion_mnist_steps},
      {"shd_like", [] { return make_shd_like_network().network; }, shd_like_steps}};
  const std::string host = runtime::open_device("host", {.threads = 1})->architectures().front();
  for (const Subject& subject : subjects) {
    for (const Target& target : {Target{"cuda", "sm_90"}, Target{"host", host}}) {
      const std::string prefix = "compile/" + subject.name + "/" + target.backend;
      add_measurement(prefix + "/source", [=] { return prepare_source(subject, target); });
      add_measurement(prefix + "/cold", [=] { return prepare_cold(subject, target); });
      add_measurement(prefix + "/warm", [=] { return prepare_warm(subject, target); });
    }
  }
}

}  // namespace synfire::benchmarks
