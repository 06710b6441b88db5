// SPDX-License-Identifier: Apache-2.0
#include "synfire/contract/artifact.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace synfire::contract {

std::size_t element_size(ElementType type) {
  switch (type) {
    case ElementType::f32:
    case ElementType::i32:
    case ElementType::u32: return 4;
    case ElementType::u16: return 2;
    case ElementType::u8:
    case ElementType::i8: return 1;
  }
  return 0;
}

const char* to_string(ElementType type) {
  switch (type) {
    case ElementType::f32: return "f32";
    case ElementType::i32: return "i32";
    case ElementType::u32: return "u32";
    case ElementType::u16: return "u16";
    case ElementType::u8: return "u8";
    case ElementType::i8: return "i8";
  }
  return "unknown";
}

const char* to_string(BufferRole role) {
  switch (role) {
    case BufferRole::parameter: return "parameter";
    case BufferRole::input_values: return "input_values";
    case BufferRole::input_spike_offsets: return "input_spike_offsets";
    case BufferRole::input_spike_neurons: return "input_spike_neurons";
    case BufferRole::example_steps: return "example_steps";
    case BufferRole::readout: return "readout";
    case BufferRole::recording: return "recording";
    case BufferRole::trial_state: return "trial_state";
    case BufferRole::state_check: return "state_check";
    case BufferRole::workspace: return "workspace";
    case BufferRole::step_base: return "step_base";
    case BufferRole::labels: return "labels";
    case BufferRole::targets: return "targets";
    case BufferRole::loss_weights: return "loss_weights";
    case BufferRole::losses: return "losses";
    case BufferRole::gradient: return "gradient";
    case BufferRole::optimizer_state: return "optimizer_state";
    case BufferRole::optimizer_settings: return "optimizer_settings";
    case BufferRole::gradient_squares: return "gradient_squares";
    case BufferRole::clean_weights: return "clean_weights";
    case BufferRole::tape: return "tape";
    case BufferRole::tape_capacities: return "tape_capacities";
    case BufferRole::spike_totals: return "spike_totals";
    case BufferRole::event_counts: return "event_counts";
    case BufferRole::order: return "order";
    case BufferRole::halt: return "halt";
    case BufferRole::non_finite: return "non_finite";
  }
  return "unknown";
}

bool is_example_data(BufferRole role) {
  return role == BufferRole::input_values || role == BufferRole::input_spike_offsets ||
         role == BufferRole::example_steps || role == BufferRole::labels || role == BufferRole::targets ||
         role == BufferRole::loss_weights;
}

std::string checked_variable(const Buffer& buffer, std::uint32_t entry) {
  std::size_t begin = 0;
  for (std::uint32_t k = 1; k < entry && begin != std::string::npos; ++k) {
    begin = buffer.variable.find(' ', begin);
    if (begin != std::string::npos) ++begin;
  }
  return begin == std::string::npos ? std::string{}
                                    : buffer.variable.substr(begin, buffer.variable.find(' ', begin) - begin);
}

std::size_t buffer_bytes(const Buffer& buffer, std::size_t examples) { return buffer_bytes(buffer, examples, 1, 0); }

std::size_t buffer_bytes(const Buffer& buffer, std::size_t examples, std::size_t slots, std::size_t tape_capacity) {
  if (buffer.role == BufferRole::input_spike_neurons) return 0;
  std::size_t bytes = element_size(buffer.type);
  const auto multiply = [&](std::size_t factor) {
    if (__builtin_mul_overflow(bytes, factor, &bytes)) bytes = std::numeric_limits<std::size_t>::max();
  };
  if (std::find(buffer.shape.begin(), buffer.shape.end(), 0u) != buffer.shape.end()) return 0;
  for (const std::size_t extent : buffer.shape) multiply(extent);
  if (buffer.per_example) multiply(examples);
  if (buffer.role == BufferRole::tape) multiply(tape_capacity);
  if (buffer.per_slot) multiply(slots);
  return bytes;
}

std::size_t kernels_per_step(const Entry& entry) { return entry.step.size(); }

LaunchedSteps launched_steps(std::span<const std::byte> arguments) {
  TrialHeader header;
  LaunchedSteps steps;
  std::memcpy(&header, arguments.data(), sizeof header);
  std::memcpy(&steps.step_base, arguments.last(sizeof steps.step_base).data(), sizeof steps.step_base);
  steps.first = header.first_step;
  steps.last = header.last_step;
  return steps;
}

}  // namespace synfire::contract
