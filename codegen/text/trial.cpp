// SPDX-License-Identifier: Apache-2.0
#include "text/trial.hpp"

#include "text/body.hpp"

namespace synfire::codegen::text {

void print_includes(const std::vector<std::string>& headers, Writer& out) {
  out.line();
  for (const std::string& header : headers) out.line("#include \"" + header + "\"");
  out.line().line("using namespace synfire::device;").line();
}

void print_section(const std::string& title, Writer& out) { out.line().comment("---- " + title); }

std::string count(std::uint64_t value) { return std::to_string(value) + "u"; }

std::string trial_builtin(Builtin builtin) {
  switch (builtin) {
    case Builtin::element: return "i";
    case Builtin::step: return "step";
    case Builtin::steps: return "steps";
    case Builtin::loads_neurons: return "(arguments.load & carry_neurons) != 0u";
    case Builtin::loads_synapses: return "(arguments.load & carry_synapses) != 0u";
    case Builtin::loads_readouts: return "(arguments.load & carry_readouts) != 0u";
    case Builtin::loads_spikes: return "(arguments.load & carry_spikes) != 0u";
    case Builtin::is_continued: return "arguments.first_step != 0u";
    case Builtin::saves: return "arguments.save != 0u";
    case Builtin::recording_row: return "(step - arguments.recording_origin)";
    case Builtin::readout_step: return "(step - arguments.readout_origin)";
    case Builtin::readout_steps: return "(steps - arguments.readout_origin)";
    case Builtin::learns: return "arguments.backward != 0u";
    case Builtin::opens_stretch: return "arguments.opens != 0u";
    case Builtin::follows_batch: return "arguments.follows != 0u";
    case Builtin::is_weighted: return "arguments.weighted != 0u";
    case Builtin::timesteps: return "timesteps";
    case Builtin::slot_example: return "slot_example";
    case Builtin::spike: return "spike";
    case Builtin::tape_place: return "place";
    case Builtin::tape_capacity: return "capacity";
  }
  return {};
}

std::string ring_slot(std::uint32_t depth, std::uint32_t back) {
  if (depth == 1) return "0u";
  if (back == 0) return "step % " + count(depth);
  return "(step + " + count(depth - back % depth) + ") % " + count(depth);
}

std::string step_later(std::uint32_t age) { return age == 0 ? "step" : "step + " + count(age); }

bool is_written(contract::BufferRole role) {
  return role == contract::BufferRole::readout || role == contract::BufferRole::recording ||
         role == contract::BufferRole::trial_state || role == contract::BufferRole::state_check ||
         role == contract::BufferRole::workspace || role == contract::BufferRole::losses ||
         role == contract::BufferRole::gradient || role == contract::BufferRole::tape ||
         role == contract::BufferRole::spike_totals || role == contract::BufferRole::event_counts ||
         role == contract::BufferRole::halt || role == contract::BufferRole::non_finite;
}

std::string buffer_pointer(const Program& program, ArrayId id, std::size_t position, const std::string& example) {
  const Array& array = program.arrays[id];
  const bool has_row = program.learning && contract::is_example_data(*array.role);
  const std::string type = (is_written(*array.role) ? "" : "const ") + element_type(array.element_type);
  std::string pointer = "static_cast<" + type + "*>(arguments.buffers[" + std::to_string(position) + "])";
  if (array.per_example) pointer += " + static_cast<u64>(" + (has_row ? "row" : example) + ") * " + count(array.extent);
  if (array.per_slot && array.role != contract::BufferRole::tape)
    pointer += " + static_cast<u64>(slot) * " + count(array.extent);
  return pointer;
}

}  // namespace synfire::codegen::text
