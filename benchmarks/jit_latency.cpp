// SPDX-License-Identifier: Apache-2.0
// Time to first result (workload B12): from a network object in a running process to the first result, without a cached
// program, with one, and after weights or the learning rate have changed, which must compile nothing.
#include <bit>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <synfire/synfire.hpp>
#include <variant>

#include "jit/process.hpp"
#include "latency_data.hpp"
#include "measure.hpp"
#include "workloads.hpp"

namespace synfire::benchmarks {
namespace {

using codegen::jit::TemporaryFolder;

struct Variant {
  double weights = 1;  // a factor
  double learning_rate = 1e-2;
};

// "host", "cuda"; without a GPU only as far as the binary.
struct Target {
  std::string device;
  bool runs = true;
};

// Readouts; without a GPU, the binary.
using Outcome = std::variant<Tensor<float>, contract::Artifact>;

// The timed part: compiles with this cache.
using Job = std::function<Outcome(const std::string& cache_folder)>;

struct Subject {
  std::string name;
  bool learns = false;
  // Everything that a program has at hand before it compiles: the network and its data.
  std::function<Job(const Target&, const Variant&)> make;
};

std::uint64_t fingerprint_of(const Tensor<float>& readouts) { return fingerprint(readouts); }

// Of everything in an artifact that a run depends on.
std::uint64_t fingerprint_of(const contract::Artifact& artifact) {
  std::uint64_t hash = 0;
  const auto mix = [&](const std::vector<std::byte>& bytes) {
    std::vector<float> numbers;
    numbers.reserve(bytes.size());
    for (const std::byte each : bytes) numbers.push_back(static_cast<float>(each));
    const std::size_t count = numbers.size();
    hash = std::rotl(hash, 1) ^ fingerprint(Tensor<float>({count}, std::move(numbers)));
  };
  for (const contract::Binary& binary : artifact.binaries) mix(binary.bytes);
  for (const contract::ParameterValues& values : artifact.parameters) mix(values.bytes);
  return hash;
}

std::uint64_t fingerprint_of(const Outcome& outcome) {
  return std::visit([](const auto& result) { return fingerprint_of(result); }, outcome);
}

// The demo, and one image of noise.
Job make_demo(const std::string& weights, const Target& target, const Variant& variant) {
  const FashionMnistNetwork made = make_fashion_mnist_network({.weights = weights, .factor = variant.weights});
  std::vector<float> pixels(std::size_t{28} * 28);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<float>(i * 37 % 100) / 100;
  return [=, image = Tensor<float>({1, 28, 28}, std::move(pixels))](const std::string& cache_folder) -> Outcome {
    const InferenceCompiler compiler{.timesteps = fashion_mnist_steps,
                                     .batch_size = 32,
                                     .seed = common_seed,
                                     .device = target.runs ? target.device : "",
                                     .threads = 1,
                                     .cache_folder = cache_folder};
    if (!target.runs) return compiler.build(made.network, "cuda", "sm_90");
    return compiler.compile(made.network).predict({{made.input, image}})[made.output];
  };
}

// Training, and one batch: its update and its readouts after it.
Job make_training(const Target& target, const Variant& variant) {
  const LatencyMnistNetwork made = make_latency_mnist_network({.weights = variant.weights});
  return [=, images = make_latency_images({.examples = 32})](const std::string& cache_folder) -> Outcome {
    const EventPropCompiler compiler{.timesteps = latency_mnist_steps,
                                     .batch_size = 32,
                                     .seed = common_seed,
                                     .optimizer = Adam{.learning_rate = variant.learning_rate},
                                     .device = target.runs ? target.device : "",
                                     .threads = 1,
                                     .gradient_slots = 4,
                                     .cache_folder = cache_folder};
    if (!target.runs) return compiler.build(made.network, "cuda", "sm_90");
    TrainingNetwork model = compiler.compile(made.network);
    model.train({{made.input, images.spikes}}, {{made.output, images.labels}}, {});
    return model.predict({{made.input, images.spikes}})[made.output];
  };
}

std::set<std::string> files_in(const std::string& folder) {
  std::set<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(folder)) names.insert(file.path().filename());
  return names;
}

// The cache of a measurement, and its last result.
struct Trial {
  std::unique_ptr<const TemporaryFolder> cache = std::make_unique<const TemporaryFolder>();
  std::set<std::string> files = {};  // before the passes
  std::uint64_t expected = 0;
  Outcome outcome = {};
};

Prepared prepare_cold(const Subject& subject, const Target& target) {
  const auto trial = std::make_shared<Trial>();
  const Job job = subject.make(target, {});
  trial->expected = fingerprint_of(job("-"));
  return {.pass = [=] { trial->outcome = job(trial->cache->path()); },
          .check =
              [=] {
                require_equal({{"fingerprint of the result", trial->expected, fingerprint_of(trial->outcome)}});
                if (files_in(trial->cache->path()).empty()) throw WrongResult("wrong result: nothing was cached");
              },
          .before = [=] { trial->cache = std::make_unique<const TemporaryFolder>(); }};
}

// Compiled before in the standard variant. The result must be that of compiling `variant` alone.
Prepared prepare_cached(const Subject& subject, const Target& target, const Variant& variant) {
  const auto trial = std::make_shared<Trial>();
  const std::uint64_t standard = fingerprint_of(subject.make(target, {})(trial->cache->path()));
  trial->files = files_in(trial->cache->path());
  const Job job = subject.make(target, variant);
  trial->expected = fingerprint_of(job("-"));
  // Without a GPU the learning rate is in no result: the program takes it at run time.
  const bool differs = variant.weights != 1 || (target.runs && variant.learning_rate != Variant{}.learning_rate);
  if (differs == (trial->expected == standard))
    throw WrongResult(differs ? "wrong result: the change has no effect"
                              : "wrong result: results of one network differ");
  return {.pass = [=] { trial->outcome = job(trial->cache->path()); },
          .check =
              [=] {
                require_equal({{"fingerprint of the result", trial->expected, fingerprint_of(trial->outcome)}});
                if (files_in(trial->cache->path()) != trial->files)
                  throw WrongResult("wrong result: something was compiled");
              }};
}

}  // namespace

void add_jit_latency(const Options& options) {
  const std::vector<Subject> subjects{
      {.name = "fashion_mnist",
       .make = [=](const Target& target,
                   const Variant& variant) { return make_demo(options.weights, target, variant); }},
      {.name = "train_latency_mnist", .learns = true, .make = make_training}};
  for (const Subject& subject : subjects) {
    for (const Target& target : {Target{"host"}, Target{"cuda", options.device == "cuda"}}) {
      const std::string prefix = "jit/" + subject.name + "/" + target.device;
      const auto add_cached = [&](const char* name, const Variant& variant) {
        add_measurement(prefix + name, [=] { return prepare_cached(subject, target, variant); });
      };
      add_measurement(prefix + "/cold", [=] { return prepare_cold(subject, target); });
      add_cached("/warm", {});
      add_cached("/new_weights", {.weights = 1.5});
      if (subject.learns) add_cached("/new_learning_rate", {.learning_rate = 2e-2});
    }
  }
}

}  // namespace synfire::benchmarks
