// SPDX-License-Identifier: Apache-2.0
#include "train/held_examples.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "executor/memory_plan.hpp"

namespace synfire::runtime {
namespace {

using contract::BufferRole;

std::size_t spike_bytes(const SpikeTrains& trains, std::uint32_t timesteps) {
  return ((std::size_t{timesteps} + 1) * trains.examples() + trains.spikes()) * sizeof(std::uint32_t);
}

// Those of each step of each example have the form that programs read, unless examples have weights too.
bool are_in_place(const BoundWeights& weights, std::size_t examples) {
  return weights.examples.empty() && weights.steps.size() == examples * weights.row;
}

// Bytes of the weights of losses; `copied`: only of those that are written out.
std::size_t weight_bytes(const BoundData& data, bool copied) {
  std::size_t bytes = 0;
  for (const BoundTarget& target : data.targets) {
    if (data.is_weighted() && !(copied && are_in_place(target.weights, data.examples)))
      bytes += data.examples * target.weights.row * sizeof(float);
  }
  return bytes;
}

// Bytes of the copies on the device; nothing if any data are missing or streamed.
std::optional<std::size_t> bytes_on_device(const BoundData& data, const contract::Manifest& manifest) {
  std::size_t bytes = data.examples * sizeof(std::uint32_t);
  for (const BoundInput& input : data.inputs) {
    if (input.values == nullptr && input.spikes == nullptr) return std::nullopt;
    bytes +=
        input.values != nullptr ? input.values->size() * sizeof(float) : spike_bytes(*input.spikes, manifest.timesteps);
  }
  for (const BoundTarget& target : data.targets) {
    if (target.value_source != nullptr) return std::nullopt;
    bytes +=
        target.values != nullptr ? target.values->size() * sizeof(float) : target.labels.size() * sizeof(std::uint32_t);
  }
  return bytes + weight_bytes(data, false);
}

template <class Bound>
const Bound* of_population(const std::vector<Bound>& all, const contract::Manifest& manifest, const std::string& name) {
  const auto found = std::find_if(
      all.begin(), all.end(), [&](const Bound& each) { return manifest.populations[each.population].name == name; });
  return found != all.end() ? &*found : nullptr;
}

}  // namespace

std::unique_ptr<HeldExamples> HeldExamples::of(const BoundData& data, const contract::Manifest& manifest,
                                               const std::shared_ptr<Device>& device) {
  const std::optional<std::size_t> bytes = bytes_on_device(data, manifest);
  if (!bytes) return nullptr;
  const std::size_t copied = device->shares_host_memory() ? weight_bytes(data, true) : *bytes;
  if (copied != 0 && copied > device->free_bytes() / 2) return nullptr;
  std::unique_ptr<HeldExamples> held(new HeldExamples(device, manifest.buffers.size()));
  return held->take(data, manifest) ? std::move(held) : nullptr;
}

// Whether everything could be held.
bool HeldExamples::take(const BoundData& data, const contract::Manifest& manifest) {
  for (std::size_t i = 0; i < data.inputs.size(); ++i) {
    const SpikeTrains* const trains = data.inputs[i].spikes;
    if (trains == nullptr) continue;
    auto binned = BinnedSpikes::of(*trains, manifest.dt, manifest.timesteps, device_.get());
    if (!binned) return false;
    spikes_.push_back(std::move(*binned));
  }
  are_weighted_ = data.is_weighted();
  for (std::size_t i = 0; i < manifest.buffers.size(); ++i) {
    const contract::Buffer& buffer = manifest.buffers[i];
    const BoundInput* const input = of_population(data.inputs, manifest, buffer.population);
    const BoundTarget* const target = of_population(data.targets, manifest, buffer.population);
    switch (buffer.role) {
      case BufferRole::example_steps: {
        std::vector<std::uint32_t> steps(data.steps.begin(), data.steps.end());
        if (steps.empty()) steps.assign(data.examples, manifest.timesteps);
        keep_words(i, buffer, std::move(steps));
        break;
      }
      case BufferRole::input_values:
        if (input == nullptr || input->values == nullptr) return false;
        take(i, buffer, input->values->values().data(), input->values->size() * sizeof(float));
        break;
      case BufferRole::input_spike_offsets:
      case BufferRole::input_spike_neurons: {
        if (input == nullptr || input->spikes == nullptr) return false;
        const auto before =
            std::count_if(data.inputs.data(), input, [](const BoundInput& each) { return each.spikes != nullptr; });
        const BinnedSpikes& binned = spikes_[static_cast<std::size_t>(before)];
        const std::vector<std::uint32_t>& list =
            buffer.role == BufferRole::input_spike_offsets ? binned.offsets() : binned.neurons();
        take(i, buffer, list.data(), list.size() * sizeof(std::uint32_t));
        break;
      }
      case BufferRole::labels:
        if (target == nullptr) return false;
        keep_words(i, buffer, {target->labels.begin(), target->labels.end()});
        break;
      case BufferRole::targets:
        if (target == nullptr || target->values == nullptr) return false;
        take(i, buffer, target->values->values().data(), target->values->size() * sizeof(float));
        break;
      case BufferRole::loss_weights:
        if (!are_weighted_) break;
        if (target == nullptr) return false;
        keep_weights(i, buffer, target->weights, data.examples);
        break;
      default: break;
    }
  }
  if (!device_->shares_host_memory()) {
    spikes_.clear();
    words_.clear();
    weights_.clear();
  }
  return true;
}

// In place if the device reads this machine's memory.
void HeldExamples::take(std::size_t buffer, const contract::Buffer& described, const void* values, std::size_t bytes) {
  addresses_[buffer] = values;
  if (device_->shares_host_memory()) return;
  DeviceBuffer& copy = copies_.emplace_back(device_, bytes, describe(described) + " of the data set");
  copy.copy_from(std::span(static_cast<const std::byte*>(values), bytes));
  addresses_[buffer] = copy.data();
}

void HeldExamples::keep_weights(std::size_t buffer, const contract::Buffer& described, const BoundWeights& weights,
                                std::size_t examples) {
  if (are_in_place(weights, examples)) return take(buffer, described, weights.steps.data(), weights.steps.size_bytes());
  std::vector<float>& all = weights_.emplace_back(examples * weights.row);
  for (std::size_t e = 0; e < examples; ++e) weights.write(e, all.data() + e * weights.row);
  take(buffer, described, all.data(), all.size() * sizeof(float));
}

void HeldExamples::keep_words(std::size_t buffer, const contract::Buffer& described, std::vector<std::uint32_t> words) {
  words_.push_back(std::move(words));
  take(buffer, described, words_.back().data(), words_.back().size() * sizeof(std::uint32_t));
}

}  // namespace synfire::runtime
