// SPDX-License-Identifier: Apache-2.0
#include "train/linear_reader.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <span>

#include "runtime/handwritten.hpp"

namespace synfire::testing {
namespace {

using contract::Buffer;
using contract::BufferRole;
using contract::ElementType;

Buffer buffer(std::string name, ElementType type, Extents shape, BufferRole role) {
  Buffer buffer;
  buffer.name = std::move(name);
  buffer.type = type;
  buffer.shape = std::move(shape);
  buffer.role = role;
  return buffer;
}

Buffer per_example(Buffer buffer, std::string population) {
  buffer.per_example = true;
  buffer.population = std::move(population);
  return buffer;
}

Buffer per_slot(Buffer buffer) {
  buffer.per_slot = true;
  return buffer;
}

// 1 / (1 - beta^step)
contract::StepTerm correction(double beta) {
  return {.code = {{.operation = "number", .number = 1},
                   {.operation = "number", .number = 1},
                   {.operation = "number", .number = beta},
                   {.operation = "step"},
                   {.operation = "pow", .operands = 2},
                   {.operation = "-", .operands = 2},
                   {.operation = "/", .operands = 2}}};
}

contract::Training training(std::size_t capacity) {
  constexpr float no_limit = std::numeric_limits<float>::infinity();
  contract::Training training;
  training.slots = reader_slots;
  training.norm = {};
  training.update_chunks = reader_weights;
  training.values = {{.connection = "in_out",
                      .variable = "weight",
                      .parameter = "weight",
                      .gradient = "gradient",
                      .state = "state",
                      .elements = reader_weights,
                      .settings = {0.0f, -no_limit, no_limit}}};
  training.optimizer = "adam";
  training.optimizer_state = {0, 0};
  training.step_terms = {correction(0.9), correction(0.999)};
  training.outputs = {{.population = "out",
                       .loss = "sparse_categorical_crossentropy",
                       .per_step = false,
                       .labels = "label",
                       .targets = "",
                       .weights = "",
                       .losses = "loss"}};
  training.tapes = {{.population = "in",
                     .spikes = "tape",
                     .values = "",
                     .most_spikes = reader_inputs * reader_timesteps,
                     .capacity = capacity}};
  training.counts = {{.population = "out", .buffer = "counts", .neurons = reader_outputs}};
  training.non_finite = {
      .variables =
          {{.population = "out", .connection = "", .variable = "v", .backward = false, .neurons = reader_outputs}},
      .buffer = "non_finite"};
  training.settings = "settings";
  training.tape_capacities = "capacity";
  training.spike_totals = "totals";
  training.order = "order";
  training.halt = "halt";
  return training;
}

}  // namespace

contract::Artifact linear_reader(std::uint32_t batch_size, std::size_t capacity) {
  static const std::vector<std::byte> program = compile_program(SYNFIRE_TEST_READER_PROGRAM);
  contract::Artifact artifact;
  contract::Manifest& manifest = artifact.manifest;
  manifest.network = "linear reader";
  manifest.timesteps = reader_timesteps;
  manifest.batch_size = batch_size;
  manifest.populations = {
      {.name = "in", .shape = {reader_inputs}, .model = "current", .input = contract::InputKind::values, .readout = ""},
      {.name = "out", .shape = {reader_outputs}, .model = "sum", .readout = "var"}};
  manifest.buffers = {
      buffer("weight", ElementType::f32, {reader_inputs, reader_outputs}, BufferRole::parameter),
      per_example(buffer("in_values", ElementType::f32, {1, reader_inputs}, BufferRole::input_values), "in"),
      per_example(buffer("steps", ElementType::u32, {1}, BufferRole::example_steps), ""),
      per_example(buffer("out_readout", ElementType::f32, {reader_outputs}, BufferRole::readout), "out"),
      per_example(buffer("label", ElementType::u32, {1}, BufferRole::labels), "out"),
      per_example(buffer("loss", ElementType::f32, {1}, BufferRole::losses), "out"),
      per_slot(buffer("gradient", ElementType::f32, {reader_weights}, BufferRole::gradient)),
      buffer("state", ElementType::f32, {2, reader_weights}, BufferRole::optimizer_state),
      buffer("settings", ElementType::f32, {1, 3}, BufferRole::optimizer_settings),
      per_slot(buffer("tape", ElementType::u32, {1}, BufferRole::tape)),
      buffer("capacity", ElementType::u32, {1}, BufferRole::tape_capacities),
      per_slot(buffer("totals", ElementType::u32, {1, 3}, BufferRole::spike_totals)),
      per_slot(buffer("counts", ElementType::u32, {7, reader_outputs}, BufferRole::event_counts)),
      per_slot(buffer("non_finite", ElementType::u32, {reader_outputs, 2}, BufferRole::non_finite)),
      buffer("order", ElementType::u32, {1}, BufferRole::order),
      buffer("halt", ElementType::u32, {1 + reader_slots}, BufferRole::halt)};
  manifest.entry.name = contract::train_entry;
  manifest.entry.scratch_bytes = 64;
  manifest.training = training(capacity);
  const auto bytes = std::as_bytes(std::span(reader_start));
  artifact.parameters.push_back({"weight", {bytes.begin(), bytes.end()}});
  artifact.binaries.push_back(
      {.target = "host", .architecture = "native", .bytes = program, .source = "", .log = "", .cached_path = ""});
  return artifact;
}

ReaderModel::ReaderModel() {
  for (std::size_t w = 0; w < reader_weights; ++w) weights[w] = static_cast<double>(reader_start[w]);
}

std::vector<double> ReaderModel::learn(const std::vector<std::array<float, reader_inputs>>& in,
                                       const std::vector<std::uint32_t>& labels,
                                       std::array<double, reader_weights>& gradient) const {
  std::vector<double> losses;
  gradient.fill(0);
  for (std::size_t e = 0; e < in.size(); ++e) {
    double out[reader_outputs] = {};
    for (std::size_t w = 0; w < reader_weights; ++w)
      out[w % reader_outputs] += weights[w] * static_cast<double>(in[e][w / reader_outputs]);
    const double sum = std::exp(out[0]) + std::exp(out[1]);
    losses.push_back(std::log(sum) - out[labels[e]]);
    for (std::size_t w = 0; w < reader_weights; ++w) {
      const std::size_t k = w % reader_outputs;
      gradient[w] += (std::exp(out[k]) / sum - (labels[e] == k ? 1 : 0)) *
                     static_cast<double>(in[e][w / reader_outputs]) / static_cast<double>(in.size());
    }
  }
  return losses;
}

void ReaderModel::adam(const std::array<double, reader_weights>& gradient, double learning_rate) {
  ++updates;
  for (std::size_t w = 0; w < reader_weights; ++w) {
    m[w] = 0.9 * m[w] + 0.1 * gradient[w];
    s[w] = 0.999 * s[w] + 0.001 * gradient[w] * gradient[w];
    const double t = static_cast<double>(updates);
    weights[w] -= learning_rate * m[w] / (1 - std::pow(0.9, t)) / (std::sqrt(s[w] / (1 - std::pow(0.999, t))) + 1e-8);
  }
}

}  // namespace synfire::testing
