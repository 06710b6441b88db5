// SPDX-License-Identifier: Apache-2.0
#include "evaluate/lambda_device.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <utility>

namespace synfire::test {
namespace {

class LambdaDevice : public runtime::Device {
 public:
  LambdaDevice(std::function<void(const Launch&)> program, std::string* calls)
      : program_(std::move(program)), calls_(calls) {}

  std::string name() const override { return "lambda"; }
  std::string description() const override { return "a C++ function"; }
  std::vector<std::string> architectures() const override { return {"any"}; }
  std::size_t free_bytes() const override { return std::size_t{1} << 30; }

  void* allocate(std::size_t bytes, const std::string&) override {
    void* const memory = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
    std::memset(memory, 0xa5, bytes);  // makes reads of unwritten memory visible
    return memory;
  }
  void release(void* memory) noexcept override {
    try {
      finish();
    } catch (...) {  // of a program whose results nobody fetched
    }
    std::free(memory);
  }
  void copy_to_device(void* device, const void* host, std::size_t bytes) override {
    note('u');
    const auto* const first = static_cast<const std::byte*>(host);
    stream_.push_back([device, staged = std::vector<std::byte>(first, first + bytes)] {
      copy(device, staged.data(), staged.size());
    });
  }
  void copy_to_host(void* host, const void* device, std::size_t bytes) override {
    note('d');
    finish();
    copy(host, device, bytes);
  }
  void fill_zero(void* device, std::size_t bytes) override {
    stream_.push_back([device, bytes] { std::memset(device, 0, bytes); });
  }

  std::unique_ptr<runtime::LoadedProgram> load(const contract::Binary&, const contract::Entry&) override {
    return std::make_unique<runtime::LoadedProgram>();
  }
  void launch(runtime::LoadedProgram&, const contract::Entry&, std::span<const std::byte> arguments,
              std::uint32_t) override {
    Launch launch{};
    std::memcpy(&launch.header, arguments.data(), sizeof launch.header);
    const std::span<const std::byte> addresses = arguments.subspan(sizeof launch.header);
    launch.buffers.resize(addresses.size() / sizeof(void*));
    copy(launch.buffers.data(), addresses.data(), addresses.size());
    note('l');
    stream_.push_back([this, launch = std::move(launch)] { program_(launch); });
  }
  void synchronize() override {
    note('s');
    finish();
  }

 private:
  void note(char call) {
    if (calls_ != nullptr) *calls_ += call;
  }
  // A program that throws leaves nothing behind.
  void finish() {
    for (const auto& each : std::exchange(stream_, {})) each();
  }
  static void copy(void* to, const void* from, std::size_t bytes) {
    if (bytes > 0) std::memcpy(to, from, bytes);
  }
  std::function<void(const Launch&)> program_;
  std::string* calls_;
  std::vector<std::function<void()>> stream_;
};

enum ToyBuffer { values, offsets, neurons, steps, hidden_v, hidden_spikes, counts, traces, state };

void run_toy_example(const Launch& launch, std::size_t e) {
  const std::uint32_t n = std::min(launch.header.last_step, *launch.array<std::uint32_t>(steps, e, 1));
  float* const x = launch.buffers[state] != nullptr ? launch.array<float>(state, e, 1) : nullptr;
  float count = (launch.header.load & contract::carry_neurons) != 0 ? *x : 0.0f;
  float* const v = launch.array<float>(hidden_v, e, std::size_t{3} * toy_timesteps);
  std::int8_t* const spikes = launch.array<std::int8_t>(hidden_spikes, e, std::size_t{3} * toy_timesteps);
  for (std::uint32_t step = 0; step < n; ++step) {
    count += 1;
    for (std::uint32_t neuron = 0; neuron < 3; ++neuron) {
      v[step * 3 + neuron] = count + static_cast<float>(neuron);
      spikes[step * 3 + neuron] = static_cast<std::int8_t>(neuron != step % 3 ? 0 : step % 2 == 1 ? -1 : 1);
    }
  }
  const float* const input = launch.array<float>(values, e, 4);
  const std::uint32_t* const offset = launch.array<std::uint32_t>(offsets, e, toy_timesteps + 1);
  float* const count_readout = launch.array<float>(counts, e, 3);
  count_readout[0] = std::accumulate(input, input + 4, 0.0f);
  count_readout[1] = static_cast<float>(offset[n] - offset[0]);
  count_readout[2] = static_cast<float>(n);
  float* const trace = launch.array<float>(traces, e, 2);
  trace[0] = static_cast<float>(launch.header.first_example + e);
  trace[1] = count;
  if (launch.header.save != 0) *x = count;
}

contract::Buffer buffer(const std::string& name, contract::ElementType type, Extents shape, contract::BufferRole role,
                        const std::string& population = {}, const std::string& variable = {}) {
  return {.name = name,
          .type = type,
          .shape = std::move(shape),
          .role = role,
          .per_example = role != contract::BufferRole::input_spike_neurons,
          .population = population,
          .variable = variable};
}

std::vector<contract::Buffer> toy_buffers() {
  using enum contract::BufferRole;
  using enum contract::ElementType;
  return {buffer("values_input", f32, {1, 4}, input_values, "values"),
          buffer("spikes_offsets", u32, {toy_timesteps + 1}, input_spike_offsets, "spikes"),
          buffer("spikes_neurons", u32, {0}, input_spike_neurons, "spikes"),
          buffer("steps", u32, {1}, example_steps),
          buffer("hidden_v", f32, {toy_timesteps, 3}, recording, "hidden", "v"),
          buffer("hidden_spikes", i8, {toy_timesteps, 3}, recording, "hidden", "spikes"),
          buffer("counts_readout", f32, {3}, readout, "counts"),
          buffer("traces_readout", f32, {2}, readout, "traces"),
          buffer("state", f32, {1}, trial_state, "hidden", "x")};
}

}  // namespace

std::shared_ptr<runtime::Device> make_lambda_device(std::function<void(const Launch&)> program, std::string* calls) {
  return std::make_shared<LambdaDevice>(std::move(program), calls);
}

std::shared_ptr<const contract::Artifact> toy_artifact(std::uint32_t batch_size, bool resumable) {
  auto artifact = std::make_shared<contract::Artifact>();
  contract::Manifest& manifest = artifact->manifest;
  manifest.timesteps = toy_timesteps;
  manifest.batch_size = batch_size;
  manifest.seed = 5;
  manifest.resumable = resumable;
  manifest.populations = {
      {.name = "values", .shape = {2, 2}, .model = "toy", .input = contract::InputKind::values, .readout = ""},
      {.name = "spikes", .shape = {3}, .model = "toy", .input = contract::InputKind::spikes, .readout = ""},
      {.name = "hidden", .shape = {3}, .model = "toy", .readout = ""},
      {.name = "counts", .shape = {3}, .model = "toy", .readout = "spike_count"},
      {.name = "traces", .shape = {2}, .model = "toy", .readout = "var"}};
  manifest.buffers = toy_buffers();
  artifact->binaries.push_back(
      {.target = "lambda", .architecture = "any", .bytes = {}, .source = "a toy", .log = "", .cached_path = ""});
  return artifact;
}

CompiledNetwork toy_network(std::uint32_t batch_size, CarryOver carry_over, std::vector<contract::TrialHeader>* log,
                            std::string* calls) {
  auto device = make_lambda_device(
      [log](const Launch& launch) {
        if (log != nullptr) log->push_back(launch.header);
        for (std::size_t e = 0; e < launch.header.examples; ++e) run_toy_example(launch, e);
      },
      calls);
  return {toy_artifact(batch_size, carry_over.any()), std::move(device), carry_over, toy_identity};
}

Tensor<float> toy_values(std::size_t examples) {
  Tensor<float> data({examples, 2, 2});
  for (std::size_t i = 0; i < data.size(); ++i) {
    const std::size_t example = i / 4;
    data[i] = static_cast<float>(example);
  }
  return data;
}

SpikeTrains toy_spikes(std::size_t examples) {
  SpikeTrains trains(3);
  for (std::size_t e = 0; e < examples; ++e) {
    std::vector<std::uint32_t> spike_neurons(std::min<std::size_t>(e, 3));
    std::iota(spike_neurons.begin(), spike_neurons.end(), 0u);
    trains.add_example(spike_neurons, std::vector<float>(spike_neurons.size(), 0.0f));
  }
  return trains;
}

}  // namespace synfire::test
