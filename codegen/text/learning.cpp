// SPDX-License-Identifier: Apache-2.0
#include "text/learning.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include "synfire/codegen/printers.hpp"
#include "text/literal.hpp"
#include "text/trial.hpp"

namespace synfire::codegen::text {
namespace {

// A value shared by synapses is one chunk: its gradient is the sum of theirs.
std::size_t chunks_of(const Program& program, const Learning::Weights& weights) {
  const std::size_t elements = program.arrays[weights.parameter].extent;
  return weights.shared ? 1 : (elements + update_chunk_elements - 1) / update_chunk_elements;
}

}  // namespace

std::string tape_part(const Program& program, ArrayId id) {
  const Array& array = program.arrays[id];
  if (array.role != contract::BufferRole::tape) return {};
  for (const Tape& tape : program.learning->tapes) {
    if (tape.spikes != id && tape.values != id) continue;
    return " + static_cast<u64>(slot) * " + tape.name + "_capacity" +
           (array.extent > 1 ? " * " + count(array.extent) : std::string{});
  }
  return {};
}

namespace {

void print_reduction(const Reduction& reduction, std::uint32_t neurons, const BodyStyle& style, Writer& out) {
  if (reduction.kind == Reduction::Kind::value) return print_body(reduction.body, style, out);
  const std::string& name = reduction.name;
  const bool backward = reduction.kind == Reduction::Kind::first;
  if (reduction.kind == Reduction::Kind::sum) out.line("float " + name + " = 0.0f;");
  if (reduction.kind == Reduction::Kind::largest)
    out.line("float " + name + " = " + float_literal(std::numeric_limits<float>::lowest()) + ";");
  if (backward) out.line("u32 " + name + " = 0u;");
  const auto loop = out.scope(backward ? "for (u32 i = " + count(neurons) + "; i-- > 0u;) {"
                                       : "for (u32 i = 0u; i < " + count(neurons) + "; ++i) {");
  print_body(reduction.body, style, out);
  const std::string element = print(reduction.element, style);
  if (reduction.kind == Reduction::Kind::sum) out.line(name + " += " + element + ";");
  if (reduction.kind == Reduction::Kind::largest) out.line(name + " = maximum(" + name + ", " + element + ");");
  if (backward) out.line("if (" + element + ") " + name + " = i;");
}

}  // namespace

void print_loss(const LossPhase& phase, const BodyStyle& style, bool shared, Writer& out) {
  out.comment(phase.label);
  const auto scope = out.scope("{");
  for (const Reduction& each : phase.reductions) print_reduction(each, phase.neurons, style, out);
  if (!phase.slopes.empty()) {
    const auto loop = out.scope(shared ? "for (u32 i = thread; i < " + count(phase.neurons) + "; i += threads) {"
                                       : "for (u32 i = 0u; i < " + count(phase.neurons) + "; ++i) {");
    print_body(phase.slopes, style, out);
  }
  std::optional<Writer::Scope> first;
  if (shared) {
    out.line("if (thread == 0u) {");
    first.emplace(out, "}");
  }
  print_body(phase.result, style, out);
}

std::size_t buffer_position(const Program& program, ArrayId id) {
  const std::vector<ArrayId> order = buffer_order(program);
  return static_cast<std::size_t>(std::find(order.begin(), order.end(), id) - order.begin());
}

std::uint32_t update_chunks(const Program& program) {
  std::size_t chunks = 0;
  for (const Learning::Weights& each : program.learning->weights) chunks += chunks_of(program, each);
  return static_cast<std::uint32_t>(chunks);
}

std::uint32_t spike_total(const Tape& tape, std::uint32_t contract::SpikeTotals::*which) {
  constexpr contract::SpikeTotals places{0, 1, 2};
  return tape.number * static_cast<std::uint32_t>(sizeof places / sizeof places.most) + places.*which;
}

void print_closing(const Program& program, const std::string& lane, const std::string& lanes,
                   const std::function<std::string(ArrayId)>& slot_view, Writer& out) {
  const Learning& learning = *program.learning;
  out.line("bool is_spoilt = false;");
  const auto spoilt_if = [&](const std::string& condition) { out.line("is_spoilt = is_spoilt || " + condition + ";"); };
  {
    const auto first = out.scope("if (" + lane + " == 0u) {");
    for (const Tape& tape : learning.tapes) {
      if (!tape.given)
        spoilt_if(slot_view(*learning.totals) + "(" + count(spike_total(tape, &contract::SpikeTotals::most)) + ") > " +
                  tape.name + "_capacity");
    }
    for (ArrayId id = 0; id < program.arrays.size(); ++id) {
      const Array& array = program.arrays[id];
      if (array.role != contract::BufferRole::losses) continue;
      out.line("const GlobalView<const float> " + array.name + "{static_cast<const float*>(arguments.buffers[" +
               std::to_string(buffer_position(program, id)) + "]), whole_buffer, \"" + array.name + "\"};");
      spoilt_if("any_infinite<slots>(" + array.name + ", slot, arguments.examples)");
    }
  }
  for (ArrayId id = 0; id < program.arrays.size(); ++id) {
    const Array& array = program.arrays[id];
    if (array.role != contract::BufferRole::event_counts) continue;
    const std::size_t neurons = array.extent / contract::event_rows;
    const auto row = static_cast<std::size_t>(contract::EventCount::not_finite);
    spoilt_if("any_of<" + count(neurons) + ">(" + slot_view(id) + ", " + count(row * neurons) + ", " + lane + ", " +
              lanes + ")");
  }
  out.line("close_slot(" + slot_view(*learning.halt) + ", slot, is_spoilt);");
}

void print_update(const Program& program, const std::string& threads, Writer& out) {
  const Learning& learning = *program.learning;
  const auto view = [&](ArrayId id, const std::string& type, std::size_t extent) {
    const Array& array = program.arrays[id];
    out.line("const GlobalView<" + type + "> " + array.name + "{static_cast<" + type + "*>(arguments.buffers[" +
             std::to_string(buffer_position(program, id)) + "]), " + std::to_string(extent) + ", \"" + array.name +
             "\"};");
  };
  view(*learning.halt, "u32", program.arrays[*learning.halt].extent);
  out.line("if (halts<" + count(learning.slots) + ">(" + program.arrays[*learning.halt].name +
           ", arguments.batch, chunk, " + threads.substr(0, threads.find(',')) + ")) return;");
  const auto real = [](double value) { return float_literal(static_cast<float>(value)); };
  out.line("constexpr Adam adam{" + real(learning.beta1) + ", " + real(learning.beta2) + ", " + real(learning.epsilon) +
           "};");
  if (learning.settings) view(*learning.settings, "const float", program.arrays[*learning.settings].extent);
  std::size_t first = 0;
  for (std::size_t row = 0; row < learning.weights.size(); ++row) {
    const Learning::Weights& each = learning.weights[row];
    const std::size_t elements = program.arrays[each.parameter].extent;
    const std::size_t chunks = chunks_of(program, each);
    out.comment(program.arrays[each.parameter].comment);
    const std::string from = first == 0 ? "" : "chunk >= " + count(first) + " && ";
    const auto scope = out.scope("if (" + from + "chunk < " + count(first + chunks) + ") {");
    view(each.parameter, "float", elements);
    view(each.gradient, "float", elements * learning.slots);
    view(each.moments, "float", each.shared ? 2 : 2 * elements);
    const std::string sizes = "<" + count(learning.slots) + ", " + count(elements) + ">(arguments, adam, " +
                              program.arrays[*learning.settings].name + ", " + count(row) + ", ";
    const std::string views = ", " + program.arrays[each.parameter].name + ", " + program.arrays[each.gradient].name +
                              ", " + program.arrays[each.moments].name + ");";
    if (each.shared) {
      out.line("update_shared" + sizes + threads + views);
    } else {
      const std::string of_chunk = count(update_chunk_elements);
      out.line("const u32 begin = " + (first == 0 ? "chunk" : "(chunk - " + count(first) + ")") + " * " + of_chunk +
               ";");
      out.line("const u32 end = begin + " + of_chunk + " < " + count(elements) + " ? begin + " + of_chunk + " : " +
               count(elements) + ";");
      out.line("update_values" + sizes + "begin, end, " + threads + views);
    }
    first += chunks;
  }
}

}  // namespace synfire::codegen::text
