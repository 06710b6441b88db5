// SPDX-License-Identifier: Apache-2.0
// Shared by the host printers of the schedule `trial`: phases as the thread of an example runs them.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "synfire/codegen/printers.hpp"
#include "text/body.hpp"
#include "text/header.hpp"
#include "text/learning.hpp"
#include "text/literal.hpp"
#include "text/strips.hpp"
#include "text/synapses.hpp"
#include "text/trial.hpp"

namespace synfire::codegen::host {

using text::Writer;

class PhasePrinter {
 protected:
  explicit PhasePrinter(const Program& program) : program_(program) {
    style_.program = &program;
    style_.element = [this](ArrayId id, const std::string& index) { return element(id, index); };
    style_.builtin = text::trial_builtin;
    style_.emit = [this](const Emit& emit, Writer& out) {
      const Queue& queue = program_.queues[emit.queue];
      out.line("trial." + queue.name + "_spiked[i] = " + text::print(emit.spiked, style_) + " ? 1 : 0;");
      if (emit.negative)
        out.line("trial." + queue.name + "_negative[i] = " + text::print(emit.negative, style_) + " ? 1 : 0;");
    };
  }

  static std::string number(std::uint64_t value) { return text::count(value); }

  std::string element(ArrayId id, const std::string& index) const {
    const Array& array = program_.arrays[id];
    return (array.role ? "" : "trial.") + array.name + "[" + (index.empty() ? "i" : index) + "]";
  }

  // ---- The struct of a trial

  void print_trial() {
    out_.line("// Everything that a trial keeps from step to step.");
    const auto scope = out_.scope("struct Trial {", "};");
    for (const Array& array : program_.arrays) {
      if (array.role) continue;
      member(std::string(to_string(array.type)), array.name, array.extent, array.comment);
    }
    for (const Queue& queue : program_.queues) {
      if (!replayed(queue)) member("u8", queue.name + "_spiked", queue.neurons, "whether it spikes in this step");
      if (queue.is_signed) member("u8", queue.name + "_negative", queue.neurons, "whether its spike is negative");
      // One more entry than there are neurons: gathering writes ahead.
      member("u32", queue.name + "_spikes", std::size_t{queue.list_depth()} * stride(queue), "indices, ascending");
      member("u32", queue.name + "_spike_count", queue.list_depth(), "");
    }
    // The struct must not be empty.
    out_.line("u32 unused;");
  }

  void member(const std::string& type, const std::string& name, std::size_t extent, const std::string& comment) {
    out_.line("alignas(64) " + type + " " + name + "[" + std::to_string(extent) + "];", comment);
  }

  bool replayed(const Queue& queue) const {
    for (const Phase& phase : program_.step) {
      const auto* replay = std::get_if<ReplayPhase>(&phase);
      if (replay && &program_.queues[replay->queue] == &queue) return true;
    }
    return false;
  }

  static std::uint32_t stride(const Queue& queue) { return queue.neurons + 1; }

  // ---- Buffers

  void section(const std::string& title) { text::print_section(title, out_); }

  void print_buffers(const std::function<bool(const Array&)>& wanted = [](const Array&) { return true; }) {
    section("Buffers");
    std::size_t position = 0;
    for (const ArrayId id : buffer_order(program_)) {
      const Array& array = program_.arrays[id];
      if (!wanted(array)) {
        ++position;
        continue;
      }
      const std::string type = (text::is_written(*array.role) ? "" : "const ") + text::element_type(array.element_type);
      const std::string pointer =
          text::buffer_pointer(program_, id, position++, "number") + text::tape_part(program_, id);
      if (!array.comment.empty()) out_.comment(array.comment);
      out_.line("[[maybe_unused]] " + type + "* __restrict const " + array.name + " = " + pointer + ";");
      if (array.role == contract::BufferRole::tape_capacities) print_capacities();
    }
  }

  void print_capacities() {
    for (const Tape& tape : program_.learning->tapes) {
      if (!tape.given)
        out_.line("const u32 " + capacity_of(tape) + " = " + name(*program_.learning->capacities) + "[" +
                  std::to_string(tape.number) + "];");
    }
  }

  // ---- Slots of delay rings

  static std::string slot(const Queue& queue, std::uint32_t back) { return text::ring_slot(queue.list_depth(), back); }
  static std::string list_at(const Queue& queue, const std::string& slot) {
    if (slot == "0u") return "trial." + queue.name + "_spikes";
    return "trial." + queue.name + "_spikes + (" + slot + ") * " + number(stride(queue));
  }
  static std::string count_at(const Queue& queue, const std::string& slot) {
    return "trial." + queue.name + "_spike_count[" + slot + "]";
  }

  // ---- Phases

  // Compile time grows faster than linearly with the size of a function, so many phases are split into several
  // functions. `once`: run once per example, not in each step; optimizing that gains little.
  void print_phases(const std::vector<Phase>& phases, bool once) {
    constexpr std::size_t together = 32;
    if (phases.size() <= 2 * together) return print_phases(phases, 0, phases.size());
    for (std::size_t first = 0; first < phases.size(); first += together) {
      if (first > 0) out_.line();
      const std::string attributes = once ? "noinline, cold" : "noinline";
      const auto part = out_.scope("[&]() __attribute__((" + attributes + ")) {", "}();");
      print_phases(phases, first, std::min(first + together, phases.size()));
    }
  }

  void print_phases(const std::vector<Phase>& phases, std::size_t first, std::size_t end) {
    for (std::size_t i = first; i < end; ++i) {
      if (i > first) out_.line();
      std::visit([this](const auto& each) { print(each); }, phases[i]);
    }
  }

  void print(const BarrierPhase&) {}

  void print(const ElementPhase& phase) {
    out_.comment(phase.label);
    std::optional<Writer::Scope> scope;
    if (phase.locates) {
      out_.line("if (arguments.locate != 0u) {");
      scope.emplace(out_, "}");
    }
    text::print_elements(phase.body, "0u", number(phase.count), style_, out_);
  }

  void print(const DeliverPhase& phase) {
    const Queue& queue = program_.queues[phase.queue];
    const std::string from = slot(queue, phase.age);
    const std::string spikes = list_at(queue, from) + ", " + count_at(queue, from);
    const std::string sizes = "<" + number(phase.targets) + ", " + (queue.is_signed ? "true" : "false") + ">(";
    const std::string arriving = ", trial." + program_.arrays[phase.arriving].name + ");";
    const std::string weights = phase.weights ? program_.arrays[*phase.weights].name : "";
    const std::string weight = text::float_literal(phase.weight);
    out_.comment(phase.label);
    if (phase.pattern == Pattern::rows) return print_rows(phase, spikes);
    if (phase.pattern == Pattern::procedural) return print_procedural(phase, spikes);
    if (phase.pattern == Pattern::kernel) return print_patches(phase, spikes);
    if (phase.pattern == Pattern::window) {
      out_.line("deliver_windows<" + text::patches_name(program_, phase.connection) + ">(" + spikes + ", " + weight +
                arriving);
      return;
    }
    if (phase.pattern == Pattern::one_to_one) {
      out_.line("deliver_one_to_one" + sizes + spikes + ", " +
                (phase.weights ? weights + ", 0.0f" : "nullptr, " + weight) + arriving);
    } else if (phase.weights) {
      out_.line("deliver_dense" + sizes + spikes + ", " + weights + arriving);
    } else {
      out_.line("deliver_dense_constant" + sizes + spikes + ", " + weight + arriving);
    }
  }

  void print_rows(const DeliverPhase& phase, const std::string& spikes) {
    const Queue& queue = program_.queues[phase.queue];
    const auto name = [this](ArrayId id) { return program_.arrays[id].name; };
    const std::string weights = phase.weights ? name(*phase.weights) : text::same_weight(phase.weight);
    const std::string delays = phase.rows.delays ? name(*phase.rows.delays) : "NoDelay{}";
    out_.line("deliver_rows<" + number(phase.rows.tiles) + ", " + number(phase.targets) + ", " +
              number(phase.ring_depth) + ", " + (queue.is_signed ? "true" : "false") + ">(" + spikes + ", " +
              name(phase.rows.offsets) + ", " + name(phase.rows.targets) + ", " + weights + ", " + delays + ", trial." +
              name(phase.arriving) + ", " + text::ring_slot(phase.ring_depth, 0) + ", 0u);");
  }

  void print_procedural(const DeliverPhase& phase, const std::string& spikes) {
    const Queue& queue = program_.queues[phase.queue];
    out_.line("deliver_procedural<" + number(phase.targets) + ", " + number(phase.ring_depth) + ", " +
              (queue.is_signed ? "true" : "false") + ">(" + spikes + ", " + text::recipe_name(program_, phase) + "{}" +
              ", trial." + program_.arrays[phase.arriving].name + ", " + text::ring_slot(phase.ring_depth, 0) +
              ", 0u, " + number(phase.targets) + ");");
  }

  void print_patches(const DeliverPhase& phase, const std::string& spikes) {
    const std::string weights = phase.weights ? name(*phase.weights) : text::same_weight(phase.weight);
    out_.line("deliver_patches<" + text::patches_name(program_, phase.connection) + ", " +
              flag(program_.queues[phase.queue].is_signed) + ">(" + spikes + ", " + weights + ", trial." +
              name(phase.arriving) + ");");
  }

  void print(const OpenRingPhase& phase) {
    const std::string& ring = program_.arrays[phase.ring].name;
    const std::string extent = number(std::uint64_t{phase.depth} * phase.targets);
    out_.comment(phase.label);
    const std::string empty = "for (u32 place = 0u; place < " + extent + "; ++place) trial." + ring + "[place] = 0.0f;";
    if (!phase.saved) {
      out_.line(empty);
      return;
    }
    {
      const auto scope = out_.scope("if ((arguments.load & carry_spikes) == 0u) {", "");
      out_.line(empty);
    }
    const auto scope = out_.scope("} else {");
    const auto loop = out_.scope("for (u32 later = 0u; later < " + number(phase.depth) + "; ++later) {");
    out_.line("float* const slot = trial." + ring + " + (arguments.first_step + later) % " + number(phase.depth) +
              " * " + number(phase.targets) + ";");
    out_.line("for (u32 i = 0u; i < " + number(phase.targets) + "; ++i) slot[i] = " +
              program_.arrays[*phase.saved].name + "[later * " + number(phase.targets) + " + i];");
  }

  void print(const SaveRingPhase& phase) {
    out_.comment(phase.label);
    const auto scope = out_.scope("if (arguments.save != 0u) {");
    const auto loop = out_.scope("for (u32 later = 0u; later < " + number(phase.depth) + "; ++later) {");
    out_.line("const float* const slot = trial." + program_.arrays[phase.ring].name + " + (last + later) % " +
              number(phase.depth) + " * " + number(phase.targets) + ";");
    out_.line("for (u32 i = 0u; i < " + number(phase.targets) + "; ++i) " + program_.arrays[phase.saved].name +
              "[later * " + number(phase.targets) + " + i] = slot[i];");
  }

  void print(const GatherPhase& phase) {
    const Queue& queue = program_.queues[phase.queue];
    const std::string to = list_at(queue, slot(queue, 0)) + ", &" + count_at(queue, slot(queue, 0)) + ");";
    const std::string spiked = "<" + number(queue.neurons) + ">(trial." + queue.name + "_spiked, ";
    out_.comment(phase.label);
    if (queue.is_signed)
      out_.line("gather_signed_spikes" + spiked + "trial." + queue.name + "_negative, " + to);
    else
      out_.line("gather_spikes" + spiked + to);
  }

  void print(const ReplayPhase& phase) {
    const Queue& queue = program_.queues[phase.queue];
    const std::string& offsets = program_.arrays[phase.offsets].name;
    const std::string& neurons = program_.arrays[phase.neurons].name;
    out_.comment(phase.label);
    const auto scope = out_.scope("{");
    out_.line("const u32 entry = step - arguments.input_origin;");
    out_.line("const u32* const given = " + neurons + " + " + offsets + "[entry];");
    out_.line("const u32 count = " + offsets + "[entry + 1u] - " + offsets + "[entry];");
    out_.line("copy_spikes(given, count, " + list_at(queue, slot(queue, 0)) + ");");
    out_.line(count_at(queue, slot(queue, 0)) + " = count;");
    if (phase.recording) {
      out_.line("for (u32 s = 0u; s < count; ++s) " + program_.arrays[*phase.recording].name +
                "[(step - arguments.recording_origin) * " + number(queue.neurons) + " + given[s]] = 1;");
    }
  }

  void print(const OpenPhase& phase) {
    const Queue& queue = program_.queues[phase.queue];
    const std::string depth = number(queue.list_depth());
    out_.comment(phase.label);
    const std::string empty = "for (u32 slot = 0u; slot < " + depth + "; ++slot) " + count_at(queue, "slot") + " = 0u;";
    if (!queue.saved_spikes) {
      out_.line(empty);
      return;
    }
    {
      const auto scope = out_.scope("if ((arguments.load & carry_spikes) == 0u) {", "");
      out_.line(empty);
    }
    const auto scope = out_.scope("} else {");
    const auto loop = out_.scope("for (u32 age = 0u; age < " + number(queue.oldest) + "; ++age) {");
    out_.line("const u32 slot = (arguments.first_step + " + number(2ull * queue.list_depth() - 1) + " - age) % " +
              depth + ";");
    out_.line("const u32 count = " + program_.arrays[*queue.saved_counts].name + "[age];");
    out_.line("copy_spikes(" + program_.arrays[*queue.saved_spikes].name + " + age * " + number(queue.neurons) +
              ", count, " + list_at(queue, "slot") + ");");
    out_.line(count_at(queue, "slot") + " = count;");
  }

  void print(const SavePhase& phase) {
    const Queue& queue = program_.queues[phase.queue];
    const std::string depth = number(queue.list_depth());
    out_.comment(phase.label);
    const auto scope = out_.scope("if (arguments.save != 0u) {");
    const auto loop = out_.scope("for (u32 age = 0u; age < " + number(queue.oldest) + "; ++age) {");
    out_.line("const u32 slot = (last + " + number(2ull * queue.list_depth() - 1) + " - age) % " + depth + ";");
    out_.line("copy_spikes(" + list_at(queue, "slot") + ", " + count_at(queue, "slot") + ", " +
              program_.arrays[*queue.saved_spikes].name + " + age * " + number(queue.neurons) + ");");
    out_.line(program_.arrays[*queue.saved_counts].name + "[age] = " + count_at(queue, "slot") + ";");
  }

  // ---- Phases of training programs

  const Tape& tape(std::uint32_t id) const { return program_.learning->tapes[id]; }
  const std::string& name(ArrayId id) const { return program_.arrays[id].name; }
  static std::string capacity_of(const Tape& tape) { return tape.name + "_capacity"; }

  void print(const OpenTapePhase& phase) {
    out_.comment(phase.label);
    out_.line(name(tape(phase.tape).offsets) + "[0] = 0u;");
  }

  void print(const RecordPhase& phase) {
    const Tape& recorded = tape(phase.tape);
    const Queue& queue = program_.queues[recorded.queue];
    out_.comment(phase.label);
    const auto scope = out_.scope("{");
    out_.line("const u32* const given = " + list_at(queue, slot(queue, 0)) + ";");
    out_.line("const u32 count = " + count_at(queue, slot(queue, 0)) + ";");
    out_.line("const u32 place = " + name(recorded.offsets) + "[step];");
    out_.line(name(recorded.offsets) + "[step + 1u] = place + count;");
    out_.line("const u32 room = place < " + capacity_of(recorded) + " ? " + capacity_of(recorded) + " - place : 0u;");
    out_.line("const u32 number = count < room ? count : room;");
    out_.line("copy_spikes(given, number, " + name(recorded.spikes) + " + place);");
    if (recorded.kept.empty()) return;
    const auto loop = out_.scope("for (u32 s = 0u; s < number; ++s) {");
    out_.line("const u32 i = " + std::string(recorded.is_signed ? "neuron_of(given[s]);" : "given[s];"));
    for (std::size_t v = 0; v < recorded.kept.size(); ++v)
      out_.line(name(*recorded.values) + "[" + (v == 0 ? "" : number(v) + " * " + capacity_of(recorded) + " + ") +
                "place + s] = " + element(recorded.kept[v], "") + ";");
  }

  void print(const CloseTapePhase& phase) {
    const Tape& recorded = tape(phase.tape);
    out_.comment(phase.label);
    out_.line("count_spikes(" + name(*program_.learning->totals) + " + " +
              number(text::spike_total(recorded, &contract::SpikeTotals::most)) + ", " + name(recorded.offsets) +
              "[steps]);");
  }

  // `const u32 from = …, to = …;`: the places of this step's spikes on the tape.
  void print_places(const Tape& read) {
    if (read.given) out_.line("const u32 entry = step - arguments.input_origin;");
    const std::string entry = read.given ? "entry" : "step";
    out_.line("const u32 from = " + name(read.offsets) + "[" + entry + "];");
    out_.line("const u32 to = " + name(read.offsets) + "[" + entry + " + 1u];");
  }

  void print(const EventPhase& phase) {
    const Tape& read = tape(phase.tape);
    out_.comment(phase.label);
    const auto scope = out_.scope("{");
    print_places(read);
    if (!read.given) out_.line("[[maybe_unused]] const u32 capacity = " + capacity_of(read) + ";");
    const auto loop = out_.scope("for (u32 place = from; place < to; ++place) {");
    out_.line("[[maybe_unused]] const u32 spike = place - from;");
    const std::string entry = name(read.spikes) + "[place]";
    out_.line("const u32 i = " + (read.is_signed ? "neuron_of(" + entry + ")" : entry) + ";");
    text::print_body(phase.body, style_, out_);
  }

  void print(const BackDeliverPhase& phase) {
    const SpikeList read = spikes_of(phase);
    out_.comment(phase.label);
    const auto scope = out_.scope("{");
    if (!phase.every) print_places(tape(phase.tape));
    out_.line("const u32 arrival = " + text::step_later(phase.age) + ";");
    if (phase.pattern == Pattern::rows) return print_back_rows(phase, read);
    {
      const auto arrives = out_.scope("if (arrival < steps) {", phase.first_due ? "" : "}");
      out_.line("const u32 slot = arrival % " + number(phase.ring_depth) + " * " + number(phase.targets) + ";");
      print_back_delivery(phase, read);
    }
    if (!phase.first_due) return;
    const auto otherwise = out_.scope("} else {");
    out_.line("nothing_due<true>(" + read.count + ", trial." + name(*phase.due) + ");");
  }

  // The list of a transposed delivery.
  struct SpikeList {
    std::string list, count;
    bool is_signed = false;
  };
  SpikeList spikes_of(const BackDeliverPhase& phase) const {
    if (phase.every) return {"EveryNeuron{}", number(phase.sources)};
    const Tape& read = tape(phase.tape);
    return {name(read.spikes) + " + from", "to - from", read.is_signed};
  }

  static std::string flag(bool value) { return value ? "true" : "false"; }

  std::string weights_of(const BackDeliverPhase& phase) const {
    return phase.weights ? name(*phase.weights) : text::same_weight(phase.weight);
  }

  void print_back_delivery(const BackDeliverPhase& phase, const SpikeList& read) {
    const std::string spikes = read.list + ", " + read.count + ", ";
    if (phase.pattern == Pattern::window) return print_back_window(phase, spikes);
    const std::string kind = phase.pattern == Pattern::dense    ? "dense<" + number(phase.targets) + ", "
                             : phase.pattern == Pattern::kernel ? "patches<" + patches_of(phase) + ", "
                                                                : "one_to_one<";
    const std::string sign = flag(read.is_signed) + ">(" + spikes;
    if (phase.gradient)
      out_.line("add_to_" + kind + sign + "trial." + name(*phase.lambda) + " + slot, " + name(*phase.gradient) + ");");
    if (phase.due)
      out_.line("due_of_" + kind + flag(phase.first_due) + ", " + sign + weights_of(phase) + ", trial." +
                name(*phase.timing) + " + slot, trial." + name(*phase.due) + ");");
  }

  void print_back_window(const BackDeliverPhase& phase, const std::string& spikes) {
    const Tape& spiked = tape(phase.spiked);
    const std::string first = name(spiked.offsets) + "[step]";
    out_.line("due_of_windows<" + patches_of(phase) + ", " + flag(phase.first_due) + ">(" + spikes +
              name(spiked.spikes) + " + " + first + ", " + name(spiked.offsets) + "[step + 1u] - " + first + ", " +
              text::float_literal(phase.weight) + ", trial." + name(*phase.timing) + " + slot, trial." +
              name(*phase.due) + ");");
  }

  std::string patches_of(const BackDeliverPhase& phase) const { return text::patches_name(program_, phase.connection); }

  // Slots of steps beyond the example hold 0.
  void print_back_rows(const BackDeliverPhase& phase, const SpikeList& read) {
    const std::string spikes =
        read.list + ", " + read.count + ", " + name(phase.rows.offsets) + ", " + name(phase.rows.targets) + ", ";
    const std::string ring = number(phase.targets) + ", " + number(phase.ring_depth) + ", ";
    const std::string delays = phase.rows.delays ? name(*phase.rows.delays) : "NoDelay{}";
    out_.line("const u32 now = arrival % " + number(phase.ring_depth) + ";");
    if (phase.gradient)
      out_.line("add_to_rows<" + ring + flag(read.is_signed) + ">(" + spikes + delays + ", trial." +
                name(*phase.lambda) + ", now, " + name(*phase.gradient) + ");");
    if (phase.delay_gradient)
      out_.line("add_to_delays<" + ring + flag(read.is_signed) + ">(" + spikes + weights_of(phase) + ", " + delays +
                ", trial." + name(*phase.timing) + ", now, " + text::per_step(program_) + ", " +
                name(*phase.delay_gradient) + ");");
    if (phase.due)
      out_.line("due_of_rows<" + ring + flag(phase.first_due) + ", " + flag(read.is_signed) + ">(" + spikes +
                weights_of(phase) + ", " + delays + ", trial." + name(*phase.timing) + ", now, trial." +
                name(*phase.due) + ");");
  }

  void print(const LossPhase& phase) { text::print_loss(phase, style_, false, out_); }

  ~PhasePrinter() = default;

  const Program& program_;
  text::BodyStyle style_;
  Writer out_;
};

}  // namespace synfire::codegen::host
