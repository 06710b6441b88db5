// SPDX-License-Identifier: Apache-2.0
#include "gradients/training_run.hpp"

#include <cmath>
#include <cstring>
#include <numeric>
#include <random>
#include <set>
#include <stdexcept>
#include <utility>

#include "support/devices.hpp"

namespace synfire::testing {
namespace {

contract::Artifact artifact_of(const TrainingCase& learned, const std::string& device, const std::string& source) {
  const std::vector<std::string>& known = devices();  // registers the devices for tests
  static_cast<void>(known);
  contract::Artifact artifact =
      codegen::generate_training(learned.network.resolve(), learned.options, learned.training, device);
  contract::Binary& binary = artifact.binaries.front();
  binary = codegen::find_backend(device).build(source.empty() ? binary.source : source, {});
  return artifact;
}

template <class T>
std::vector<T> as(const std::vector<std::byte>& bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return values;
}

}  // namespace

TrainingRun::TrainingRun(const TrainingCase& learned, const std::string& device,
                         std::shared_ptr<runtime::Device> opened, const std::string& source)
    : artifact_(artifact_of(learned, device, source)),
      device_(opened ? std::move(opened) : runtime::open_device(device)),
      examples_(learned.options.batch_size) {
  update_entry_ = artifact_.manifest.entry;
  update_entry_.name = training().update;
  update_entry_.threads = training().update_threads;
  update_entry_.scratch_bytes = 64;
  train_ = device_->load(artifact_.binaries.front(), artifact_.manifest.entry);
  update_ = device_->load(artifact_.binaries.front(), update_entry_);
  prepare_entry_ = update_entry_;
  prepare_entry_.name = training().prepare;
  if (!prepare_entry_.name.empty()) prepare_ = device_->load(artifact_.binaries.front(), prepare_entry_);
  set_steps(std::vector<std::uint32_t>(examples_, learned.options.timesteps));
}

TrainingRun::~TrainingRun() {
  for (const auto& [name, buffer] : buffers_) device_->release(buffer.memory);
}

const contract::Buffer& TrainingRun::described(const std::string& buffer) const {
  for (const contract::Buffer& each : manifest().buffers) {
    if (each.name == buffer) return each;
  }
  throw std::logic_error("no buffer " + buffer);
}

void TrainingRun::allocate() {
  for (const contract::Buffer& buffer : manifest().buffers) {
    std::size_t bytes = contract::buffer_bytes(buffer, examples_, training().slots, capacity_);
    const auto given = given_.find(buffer.name);
    if (given != given_.end()) bytes = std::max(bytes, given->second.size());
    Buffer& memory = buffers_[buffer.name];
    if (memory.bytes < bytes || memory.memory == nullptr) {
      if (memory.memory != nullptr) device_->release(memory.memory);
      memory = {device_->allocate(std::max<std::size_t>(bytes, 4), buffer.name), bytes};
      using Role = contract::BufferRole;
      if (buffer.role == Role::optimizer_state || buffer.role == Role::gradient_squares ||
          buffer.role == Role::recording)
        device_->fill_zero(memory.memory, bytes);
      for (const contract::ParameterValues& parameter : artifact_.parameters) {
        if (parameter.buffer == buffer.name && !parameter.bytes.empty())
          device_->copy_to_device(memory.memory, parameter.bytes.data(), parameter.bytes.size());
      }
    }
    if (given != given_.end()) {
      device_->copy_to_device(memory.memory, given->second.data(), given->second.size());
      given_.erase(given);
    }
  }
}

void TrainingRun::fill(const std::string& buffer, const void* data, std::size_t bytes) {
  static_cast<void>(described(buffer));
  std::vector<std::byte>& given = given_[buffer];
  given.resize(bytes);
  if (bytes != 0) std::memcpy(given.data(), data, bytes);
}

void TrainingRun::set_values(const std::string& buffer, const std::vector<float>& values) {
  fill(buffer, values.data(), 4 * values.size());
  if (described(buffer).role == contract::BufferRole::loss_weights) is_weighted_ = true;
}
void TrainingRun::set_words(const std::string& buffer, const std::vector<std::uint32_t>& words) {
  fill(buffer, words.data(), 4 * words.size());
}

void TrainingRun::set_steps(const std::vector<std::uint32_t>& steps) {
  for (const contract::Buffer& buffer : manifest().buffers) {
    if (buffer.role == contract::BufferRole::example_steps) set_words(buffer.name, steps);
  }
}

void TrainingRun::set_spikes(const std::string& population, const std::vector<Spikes>& examples) {
  std::vector<std::uint32_t> offsets, neurons;
  for (const Spikes& spikes : examples) {
    auto next = spikes.begin();
    for (std::uint32_t step = 0; step <= manifest().timesteps; ++step) {
      offsets.push_back(static_cast<std::uint32_t>(neurons.size()));
      for (; next != spikes.end() && next->first == step; ++next) neurons.push_back(next->second);
    }
  }
  for (const contract::Buffer& buffer : manifest().buffers) {
    if (buffer.population != population) continue;
    if (buffer.role == contract::BufferRole::input_spike_offsets) set_words(buffer.name, offsets);
    if (buffer.role == contract::BufferRole::input_spike_neurons) set_words(buffer.name, neurons);
  }
}

std::vector<std::byte> TrainingRun::read(const std::string& buffer) const {
  const contract::Buffer& each = described(buffer);
  std::vector<std::byte> bytes(contract::buffer_bytes(each, examples_, training().slots, capacity_));
  if (!bytes.empty()) device_->copy_to_host(bytes.data(), buffers_.at(buffer).memory, bytes.size());
  return bytes;
}
std::vector<float> TrainingRun::values(const std::string& buffer) const { return as<float>(read(buffer)); }
std::vector<std::uint32_t> TrainingRun::words(const std::string& buffer) const {
  return as<std::uint32_t>(read(buffer));
}

std::vector<std::int8_t> TrainingRun::flags(const std::string& buffer) const { return as<std::int8_t>(read(buffer)); }

template <class Header>
void TrainingRun::launch(runtime::LoadedProgram& program, const contract::Entry& entry, const Header& header,
                         std::uint32_t units) {
  std::vector<std::byte> arguments(sizeof header);
  std::memcpy(arguments.data(), &header, sizeof header);
  for (const contract::Buffer& buffer : manifest().buffers) {
    const void* memory = buffers_.at(buffer.name).memory;
    const auto* bytes = reinterpret_cast<const std::byte*>(&memory);
    arguments.insert(arguments.end(), bytes, bytes + sizeof memory);
  }
  device_->launch(program, entry, arguments, units);
  device_->synchronize();
}

void TrainingRun::train(bool backward, bool locate) {
  if (backward) is_mean_ = false;
  const contract::Training& learning = training();
  if (!learning.tape_capacities.empty())
    set_words(learning.tape_capacities, std::vector<std::uint32_t>(learning.tapes.size(), capacity_));
  std::vector<float> settings;
  for (const contract::TrainedValue& value : learning.values) {
    for (const float each : {value.settings.learning_rate, value.settings.min, value.settings.max})
      settings.push_back(each);
  }
  if (!settings.empty()) set_values(learning.settings, settings);
  std::vector<std::uint32_t> order(examples_);
  std::iota(order.begin(), order.end(), 0u);
  set_words(learning.order, order);
  set_words(learning.halt, std::vector<std::uint32_t>(1 + learning.slots));
  allocate();
  for (const contract::TrainedValue& value : learning.values) {
    const Buffer& gradient = buffers_.at(value.gradient);
    if (backward) device_->fill_zero(gradient.memory, gradient.bytes);
  }
  if (locate) {
    const Buffer& report = buffers_.at(learning.non_finite.buffer);
    device_->fill_zero(report.memory, report.bytes);
  }
  contract::TrainingHeader header{};
  header.trial.seed = 7;
  header.trial.examples = examples_;
  header.trial.last_step = manifest().timesteps;
  header.backward = backward ? 1 : 0;
  header.locate = locate ? 1 : 0;
  header.opens = 1;
  header.weighted = is_weighted_ ? 1 : 0;
  launch(*train_, manifest().entry, header, learning.slots);
}

void TrainingRun::update(float learning_rate, std::uint32_t step, bool adjust, bool keep) {
  contract::UpdateHeader header{};
  header.gradient_scale = 1.0F / static_cast<float>(examples_);
  header.learning_rate = learning_rate;
  header.rate_factor = 1;
  for (std::size_t i = 0; i < training().step_terms.size(); ++i)
    header.step_terms[i] = static_cast<float>(contract::evaluate(training().step_terms[i], step));
  header.adjust = adjust ? 1 : 0;
  header.keep = keep ? 1 : 0;
  header.batch = 1;
  launch(*update_, update_entry_, header, training().update_chunks);
  if (adjust && prepare_) launch(*prepare_, prepare_entry_, header, training().prepare_chunks);
}

std::vector<float> TrainingRun::gradient(const std::string& name) {
  if (!std::exchange(is_mean_, true)) update(0, 1, false, true);
  for (const contract::TrainedValue& value : training().values) {
    if (value.name() != name && !(value.is_weight() && value.connection == name)) continue;
    std::vector<float> all = values(value.gradient);
    all.resize(value.shared ? 1 : value.elements);
    return all;
  }
  throw std::logic_error("no gradient for " + name);
}

double TrainingRun::loss(const std::string& population) const {
  for (const contract::TrainedOutput& output : training().outputs) {
    if (output.population != population) continue;
    double sum = 0;
    for (const float each : values(output.losses)) sum += static_cast<double>(each);
    return sum / examples_;
  }
  throw std::logic_error("no loss for " + population);
}

void give_data(TrainingRun& run, std::uint32_t seed) {
  std::mt19937 random(seed);
  const std::uint32_t timesteps = run.manifest().timesteps;
  std::vector<std::uint32_t> steps;
  for (std::uint32_t e = 0; e < run.examples(); ++e)
    steps.push_back(timesteps - static_cast<std::uint32_t>(random() % (timesteps / 4)));
  run.set_steps(steps);
  for (const contract::PopulationInfo& population : run.manifest().populations) {
    if (population.input != contract::InputKind::spikes) continue;
    const std::size_t neurons = element_count(population.shape);
    std::vector<Spikes> examples;
    for (std::uint32_t e = 0; e < run.examples(); ++e) {
      std::set<std::pair<std::uint32_t, std::uint32_t>> spikes;
      while (spikes.size() < 4 * neurons)
        spikes.insert(
            {static_cast<std::uint32_t>(random() % timesteps), static_cast<std::uint32_t>(random() % neurons)});
      examples.emplace_back(spikes.begin(), spikes.end());
    }
    run.set_spikes(population.name, examples);
  }
  std::uniform_real_distribution<float> unit(0, 1);
  for (const contract::Buffer& buffer : run.manifest().buffers) {
    const std::size_t count = element_count(buffer.shape) * run.examples();
    if (buffer.role == contract::BufferRole::targets || buffer.role == contract::BufferRole::input_values) {
      std::vector<float> values(count);
      for (float& each : values) each = unit(random);
      run.set_values(buffer.name, values);
    }
    if (buffer.role == contract::BufferRole::labels) {
      std::vector<std::uint32_t> labels(count);
      for (auto& each : labels) each = static_cast<std::uint32_t>(random() % 2);
      run.set_words(buffer.name, labels);
    }
  }
}

}  // namespace synfire::testing
