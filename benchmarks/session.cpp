// SPDX-License-Identifier: Apache-2.0
// Streaming: the time of each step of the demo network.
#include <algorithm>
#include <chrono>
#include <memory>
#include <synfire/synfire.hpp>
#include <vector>

#include "measure.hpp"
#include "workloads.hpp"

namespace synfire::benchmarks {
namespace {

struct Images {
  std::size_t count;  // 100 steps each
  Tensor<float> currents;
  std::vector<float> readouts;  // of a batched run: images × classes
};

// Results of one pass.
struct Stream {
  Model model;
  Session session;
  Session::Input input;
  Session::Output output;
  std::vector<float> readouts = {};
  std::vector<float> microseconds = {};  // of each step

  explicit Stream(const Model& given)
      : model(given),
        session(model.session({.most_steps = 1})),
        input(session.input("input")),
        output(session.output("output")) {}
};

using Clock = std::chrono::steady_clock;

// One image after another. A step is one iteration of a robot's control loop: new values, advance, readout.
void run(Stream& stream, const Images& images) {
  const std::size_t pixels = images.currents.size() / images.count;
  stream.readouts.clear();
  stream.microseconds.clear();
  for (std::size_t image = 0; image < images.count; ++image) {
    stream.session.reset();
    const std::span<const float> values = std::span(images.currents.values()).subspan(image * pixels, pixels);
    for (std::uint32_t step = 0; step < fashion_mnist_steps; ++step) {
      const auto start = Clock::now();
      if (stream.input.set(values) != Status::ok || stream.session.advance(1) != Status::ok) return;
      volatile float command = stream.output.readout().front();
      static_cast<void>(command);
      stream.microseconds.push_back(std::chrono::duration<float, std::micro>(Clock::now() - start).count());
    }
    const std::span<const float> readout = stream.output.readout();
    stream.readouts.insert(stream.readouts.end(), readout.begin(), readout.end());
  }
}

double quantile(const std::vector<float>& sorted, double share) {
  return static_cast<double>(sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))]);
}

std::map<std::string, double> latencies(std::vector<float> microseconds) {
  if (microseconds.empty()) return {};
  std::sort(microseconds.begin(), microseconds.end());
  return {{"steps", static_cast<double>(microseconds.size())},
          {"p50_us", quantile(microseconds, 0.5)},
          {"p99_us", quantile(microseconds, 0.99)},
          {"p99_9_us", quantile(microseconds, 0.999)},
          {"max_us", static_cast<double>(microseconds.back())}};
}

Images load(const FashionMnistNetwork& made, const InferenceCompiler& compiler, std::size_t count) {
  const LabeledImages test = datasets::fashion_mnist(datasets::Split::test);
  Images images{count, first(scale(test.images, made.scale), count), {}};
  CompiledNetwork batches = compiler.compile(made.network);
  images.readouts = batches.predict({{made.input, images.currents}})[made.output].values();
  return images;
}

Prepared prepare(const Options& options) {
  const FashionMnistNetwork made = make_fashion_mnist_network({.weights = options.weights});
  const InferenceCompiler compiler{
      .timesteps = fashion_mnist_steps, .batch_size = 100, .device = options.device, .threads = 1};
  const auto images = std::make_shared<const Images>(load(made, compiler, options.images));
  const auto stream = std::make_shared<Stream>(compiler.model(made.network));
  return {.pass = [=] { run(*stream, *images); },
          .check =
              [=] {
                if (stream->readouts != images->readouts)
                  throw WrongResult("wrong result: the session's readouts differ from those of a batched run");
              },
          .work = {.examples = static_cast<double>(options.images), .steps = fashion_mnist_steps},
          .report = [=] { return latencies(stream->microseconds); }};
}

}  // namespace

void add_session(const Options& options) {
  add_measurement("session/fashion_mnist/step", [=] { return prepare(options); });
}

}  // namespace synfire::benchmarks
