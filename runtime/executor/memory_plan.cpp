// SPDX-License-Identifier: Apache-2.0
#include "executor/memory_plan.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>

#include "device/messages.hpp"
#include "synfire/runtime/executor.hpp"

namespace synfire::runtime {
namespace {

using contract::BufferRole;

// Smaller parameters are worth copying, to start at a cache line.
constexpr std::size_t least_bytes_in_place = std::size_t{16} << 20;

std::size_t total(const std::vector<MemoryGroup>& groups) {
  std::size_t bytes = 0;
  for (const MemoryGroup& group : groups) bytes += group.bytes;
  return bytes;
}

std::string list(const std::vector<MemoryGroup>& groups) {
  std::string text;
  for (const MemoryGroup& group : groups) {
    text += (text.empty() ? "" : ", ") + std::string(describe(group.role)) + " " + readable_bytes(group.bytes);
  }
  return text;
}

std::string row(const std::string& what, const std::string& amount) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "  %-26s %12s\n", what.c_str(), amount.c_str());
  return text.data();
}

bool has_recordings(const contract::Manifest& manifest) {
  return std::any_of(manifest.buffers.begin(), manifest.buffers.end(),
                     [](const contract::Buffer& buffer) { return buffer.role == BufferRole::recording; });
}

std::string fitting_batch_hint(const contract::Manifest& manifest, const Device& device, std::uint32_t batch_size,
                               std::size_t free) {
  const std::size_t fixed = total(plan_memory(manifest, device, 0));
  const std::size_t per_example = total(plan_memory(manifest, device, 1)) - fixed;
  const std::size_t fitting = fixed < free && per_example != 0 ? (free - fixed) / per_example : 0;
  if (fitting == 0 || fitting >= batch_size) return "use a device with more memory";
  return "a batch of at most " + std::to_string(fitting) + (fitting == 1 ? " example fits" : " examples fits");
}

}  // namespace

bool is_read_in_place(const contract::Buffer& parameter, const contract::Manifest& manifest, const Device& device) {
  return device.shares_host_memory() && !manifest.training && buffer_bytes(parameter, 1) >= least_bytes_in_place;
}

std::size_t allocation_bytes(const contract::Buffer& buffer, const contract::Manifest& manifest,
                             std::uint32_t batch_size) {
  if (!manifest.training) return buffer_bytes(buffer, batch_size);
  if (buffer.role == BufferRole::order) return batch_size * sizeof(std::uint32_t);
  std::size_t capacity = 0;
  for (const contract::Tape& tape : manifest.training->tapes) {
    if (buffer.name == tape.spikes || buffer.name == tape.values) capacity = tape.capacity;
  }
  return buffer_bytes(buffer, batch_size, manifest.training->slots, capacity);
}

bool is_allocated(const contract::Buffer& buffer, const contract::Manifest& manifest, const Device& device) {
  switch (buffer.role) {
    case BufferRole::input_values:
    case BufferRole::labels:
    case BufferRole::targets:
    case BufferRole::loss_weights:
    case BufferRole::example_steps: return !device.shares_host_memory();
    case BufferRole::trial_state: return manifest.resumable;
    case BufferRole::input_spike_offsets:
    case BufferRole::non_finite:
    case BufferRole::input_spike_neurons: return false;
    case BufferRole::parameter: return !is_read_in_place(buffer, manifest, device);
    case BufferRole::readout:
    case BufferRole::recording:
    case BufferRole::state_check:
    case BufferRole::step_base:
    case BufferRole::losses:
    case BufferRole::gradient:
    case BufferRole::optimizer_state:
    case BufferRole::optimizer_settings:
    case BufferRole::gradient_squares:
    case BufferRole::clean_weights:
    case BufferRole::tape:
    case BufferRole::tape_capacities:
    case BufferRole::spike_totals:
    case BufferRole::event_counts:
    case BufferRole::order:
    case BufferRole::halt:
    case BufferRole::workspace: return true;
  }
  return true;
}

const char* describe(BufferRole role) {
  switch (role) {
    case BufferRole::parameter: return "parameters";
    case BufferRole::input_values: return "input values";
    case BufferRole::input_spike_offsets: return "offsets of input spikes";
    case BufferRole::input_spike_neurons: return "input spikes";
    case BufferRole::example_steps: return "steps of the examples";
    case BufferRole::readout: return "readouts";
    case BufferRole::recording: return "recordings";
    case BufferRole::trial_state: return "carried state";
    case BufferRole::state_check: return "state checks";
    case BufferRole::labels: return "labels";
    case BufferRole::targets: return "targets";
    case BufferRole::loss_weights: return "weights of the losses";
    case BufferRole::losses: return "losses";
    case BufferRole::gradient: return "gradients";
    case BufferRole::optimizer_state: return "optimizer state";
    case BufferRole::optimizer_settings: return "optimizer settings";
    case BufferRole::gradient_squares: return "norm of the gradients";
    case BufferRole::clean_weights: return "weights without noise";
    case BufferRole::tape: return "spike tapes";
    case BufferRole::tape_capacities: return "tape capacities";
    case BufferRole::spike_totals: return "spike totals";
    case BufferRole::event_counts: return "event counts";
    case BufferRole::order: return "order of the examples";
    case BufferRole::halt: return "state of the stretch";
    case BufferRole::non_finite: return "places of non-finite values";
    case BufferRole::workspace:
    case BufferRole::step_base: return "working memory";
  }
  return "memory";
}

std::string describe(const contract::Buffer& buffer) {
  std::string text = describe(buffer.role);
  if (!buffer.variable.empty()) text += " of \"" + buffer.variable + "\"";
  const std::string& owner = buffer.population.empty() ? buffer.connection : buffer.population;
  if (!owner.empty()) text += " of \"" + owner + "\"";
  if (buffer.variable.empty() && owner.empty()) text += " (" + buffer.name + ")";
  return text;
}

std::vector<MemoryGroup> plan_memory(const contract::Manifest& manifest, const Device& device,
                                     std::uint32_t batch_size) {
  std::map<BufferRole, std::size_t> bytes;
  for (const contract::Buffer& buffer : manifest.buffers) {
    const bool offsets = buffer.role == BufferRole::input_spike_offsets && !device.shares_host_memory();
    if (offsets || is_allocated(buffer, manifest, device))
      bytes[buffer.role] += allocation_bytes(buffer, manifest, batch_size);
  }
  std::vector<MemoryGroup> groups;
  for (const auto& [role, size] : bytes) {
    if (size != 0) groups.push_back({role, size});
  }
  return groups;
}

void check_memory(const contract::Manifest& manifest, const Device& device, std::uint32_t batch_size) {
  const std::vector<MemoryGroup> groups = plan_memory(manifest, device, batch_size);
  const std::size_t needed = total(groups);
  const std::size_t free = device.free_bytes();
  if (needed <= free) return;
  const std::string examples = std::to_string(batch_size) + (batch_size == 1 ? " example" : " examples");
  Problem problem = out_of_memory(device.name(), "a batch of " + examples, needed, free);
  problem.message += ": " + list(groups);
  problem.hint = fitting_batch_hint(manifest, device, batch_size, free);
  throw DeviceError(std::move(problem));
}

std::string memory_plan(const contract::Manifest& manifest, const Device& device, std::uint32_t batch_size) {
  const std::vector<MemoryGroup> groups = plan_memory(manifest, device, batch_size);
  std::string text = "a batch of " + std::to_string(batch_size) + (batch_size == 1 ? " example" : " examples") +
                     " on " + device.name() + "\n";
  for (const MemoryGroup& group : groups) text += row(describe(group.role), readable_bytes(group.bytes));
  if (manifest.entry.scratch_bytes != 0) text += row("plus, per thread", readable_bytes(manifest.entry.scratch_bytes));
  text += row("total", readable_bytes(total(groups))) + row("free", readable_bytes(device.free_bytes()));
  const std::uint32_t rows = manifest.recording_steps;
  if (has_recordings(manifest) && rows != 0 && rows < manifest.timesteps) {
    text += "  recordings hold " + std::to_string(rows) + " of " + std::to_string(manifest.timesteps) +
            " steps at a time\n";
  }
  return text;
}

}  // namespace synfire::runtime
