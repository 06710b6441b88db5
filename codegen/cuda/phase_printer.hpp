// SPDX-License-Identifier: Apache-2.0
// Shared by the CUDA printers of all schedules: phases as the threads of a block run them. Each neuron belongs to a
// thread, which keeps its state, sums its input and tests its threshold.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "program/walk.hpp"
#include "synfire/codegen/passes.hpp"
#include "synfire/codegen/printers.hpp"
#include "text/body.hpp"
#include "text/learning.hpp"
#include "text/literal.hpp"
#include "text/synapses.hpp"
#include "text/trial.hpp"

namespace synfire::codegen::cuda {

using text::Writer;

class PhasePrinter {
 protected:
  explicit PhasePrinter(const Program& program) : program_(program) {
    style_.program = &program;
    style_.element = [this](ArrayId id, const std::string& index) { return element(id, index); };
    style_.builtin = text::trial_builtin;
    style_.emit = [this](const Emit& emit, Writer& out) {
      out.line("fires = " + text::print(emit.spiked, style_) + ";");
      if (emit.negative) out.line("fires_negative = " + text::print(emit.negative, style_) + ";");
    };
  }

  static std::string number(std::uint64_t value) { return text::count(value); }

  std::string element(ArrayId id, const std::string& index) const {
    const Array& array = program_.arrays[id];
    if (array.storage == Storage::registers) return array.name + "[k]";
    return array.name + "(" + (index.empty() ? "i" : index) + ")";
  }

  void section(const std::string& title) { text::print_section(title, out_); }

  bool uses_random() const {
    bool found = false;
    for (const Phase& phase : program_.step) {
      const auto* elements = std::get_if<ElementPhase>(&phase);
      if (elements == nullptr) continue;
      for_each_expression(elements->body, [&](const Expr& expression) {
        found = found || std::holds_alternative<RandomExpr>(expression->node);
      });
    }
    return found;
  }

  // ---- Memory

  void print_buffers(const std::function<bool(const Array&)>& wanted = [](const Array&) { return true; }) {
    section("Buffers");
    std::size_t position = 0;
    for (const ArrayId id : buffer_order(program_)) {
      if (wanted(program_.arrays[id])) print_buffer(id, position);
      ++position;
    }
  }

  void print_buffer(ArrayId id, std::size_t position) {
    const Array& array = program_.arrays[id];
    const std::string type = (text::is_written(*array.role) ? "" : "const ") + text::element_type(array.element_type);
    const std::string pointer = text::buffer_pointer(program_, id, position, "trial") + text::tape_part(program_, id);
    const bool open_ended = array.role == contract::BufferRole::input_spike_neurons ||
                            array.role == contract::BufferRole::tape || array.role == contract::BufferRole::order;
    const std::string extent = open_ended ? "whole_buffer" : std::to_string(array.extent);
    if (!array.comment.empty()) out_.comment(array.comment);
    out_.line("const GlobalView<" + type + "> " + array.name + "{" + pointer + ", " + extent + ", \"" + array.name +
              "\"};");
    if (array.role == contract::BufferRole::tape_capacities) print_capacities();
  }

  void print_capacities() {
    for (const Tape& tape : program_.learning->tapes) {
      if (!tape.given)
        out_.line("const u32 " + capacity_of(tape) + " = " + name(*program_.learning->capacities) + "(" +
                  number(tape.number) + ");");
    }
  }

  // ---- What the schedules do differently

  // Maximum number of neurons of a population that one thread owns.
  virtual std::uint32_t per_thread(std::uint32_t count) const {
    return (count + program_.threads - 1) / program_.threads;
  }
  // The k-th of them, and whether every thread has that many.
  virtual std::string own_index() const { return "k * threads + thread"; }
  virtual bool all_exist(std::uint32_t count) const { return count % program_.threads == 0; }
  // Opens a scope that one block runs for all neurons of an example.
  [[nodiscard]] virtual std::optional<Writer::Scope> once() { return std::nullopt; }
  virtual void print_gather(const GatherPhase& phase) {
    const Queue& queue = program_.queues[phase.queue];
    out_.comment(phase.label);
    const std::string sizes = "<" + number(queue.neurons) + ", threads>(";
    const std::string to = mask_first(queue, 0) + ", " + list(queue) + ", " + list_first(queue, 0) + ", " +
                           counts(queue) + ", " + text::ring_slot(queue.list_depth(), 0) + ", thread);";
    if (queue.is_signed)
      out_.line("gather_signed_spikes" + sizes + mask(queue) + ", " + negative_mask(queue) + ", " + to);
    else
      out_.line("gather_spikes" + sizes + mask(queue) + ", " + to);
  }

  static std::string mask(const Queue& queue) { return queue.name + "_mask"; }
  static std::string negative_mask(const Queue& queue) { return queue.name + "_negative_mask"; }
  static std::string counts(const Queue& queue) { return queue.name + "_spike_count"; }
  std::string list(const Queue& queue) const {
    return queue.workspace ? program_.arrays[*queue.workspace].name : queue.name + "_spikes";
  }

  // ---- Slots of delay rings, `back` steps ago

  static std::string times(const std::string& slot, std::uint32_t size) {
    if (slot == "0u") return slot;
    return "(" + slot + ") * " + number(size);
  }
  std::string list_first(const Queue& queue, std::uint32_t back) const {
    return times(text::ring_slot(queue.list_depth(), back), queue.neurons);
  }
  std::string mask_first(const Queue& queue, std::uint32_t back) const {
    return times(text::ring_slot(queue.mask_depth(), back), queue.mask_words());
  }

  // ---- Phases

  void print_phases(std::span<const Phase> phases) {
    bool first = true;
    for (const Phase& phase : phases) {
      if (!first) out_.line();
      first = false;
      std::visit([this](const auto& each) { print(each); }, phase);
    }
  }

  void print(const BarrierPhase&) { out_.line("block_barrier();"); }

  static const Emit* emission(const ElementPhase& phase) {
    for (const Statement& statement : phase.body) {
      if (const auto* emit = std::get_if<Emit>(&statement)) return emit;
    }
    return nullptr;
  }

  // If all arrays of a population are in registers, the loop over its neurons must unroll.
  virtual bool unrolls(std::uint32_t count) const { return per_thread(count) <= BlockLimits{}.elements_per_thread; }

  // for each owned neuron { … }
  [[nodiscard]] virtual Writer::Scope own_neurons(std::uint32_t count) {
    const std::uint32_t owned = per_thread(count);
    out_.line(unrolls(count) ? "SYNFIRE_UNROLL(" + std::to_string(owned) + ")" : "SYNFIRE_NO_UNROLL");
    return out_.scope("for (u32 k = 0u; k < " + number(owned) + "; ++k) {");
  }

  void print(const ElementPhase& phase) {
    out_.comment(phase.label);
    std::optional<Writer::Scope> locating;
    if (phase.locates) {
      out_.line("if (arguments.locate != 0u) {");
      locating.emplace(out_, "}");
    }
    const auto loop = own_neurons(phase.count);
    out_.line("const u32 i = " + own_index() + ";");
    const Emit* emit = emission(phase);
    if (emit) out_.line("bool fires = false;");
    if (emit && emit->negative) out_.line("bool fires_negative = false;");
    if (all_exist(phase.count)) {
      text::print_body(phase.body, style_, out_);
    } else {
      const auto inside = out_.scope("if (i < " + number(phase.count) + ") {");
      text::print_body(phase.body, style_, out_);
    }
    if (!emit) return;
    const Queue& queue = program_.queues[emit->queue];
    const std::string rest = ", " + mask_first(queue, 0) + ", i, " + number(phase.count) + ", ";
    out_.line("publish_spike(" + mask(queue) + rest + "fires);");
    if (queue.is_signed) out_.line("publish_spike(" + negative_mask(queue) + rest + "fires_negative);");
  }

  void print(const DeliverPhase& phase) {
    out_.comment(phase.label);
    switch (phase.pattern) {
      case Pattern::dense: return print_dense(phase);
      case Pattern::one_to_one: return print_one_to_one(phase);
      case Pattern::rows: return print_rows(phase);
      case Pattern::procedural: return print_procedural(phase);
      case Pattern::kernel: return print_patches(phase);
      case Pattern::window: return print_window(phase);
    }
  }

  std::string spikes_of(const DeliverPhase& phase) const {
    const Queue& queue = program_.queues[phase.queue];
    return list(queue) + ", " + list_first(queue, phase.age) + ", " + counts(queue) + ", " +
           text::ring_slot(queue.list_depth(), phase.age);
  }

  // How many warps share a tile of each row, which tile and which targets are owned, and an optional scope around the
  // delivery.
  virtual std::string warps_per_tile() const { return "1u"; }
  virtual std::string own_tile() const { return "warp_index()"; }
  virtual std::string own_targets(std::uint32_t targets) const { return "0u, " + number(targets); }
  [[nodiscard]] virtual std::optional<Writer::Scope> if_any_own(std::uint32_t) { return std::nullopt; }

  void print_rows(const DeliverPhase& phase) {
    const auto name = [this](ArrayId id) { return program_.arrays[id].name; };
    const std::string weights = phase.weights ? name(*phase.weights) : text::same_weight(phase.weight);
    const std::string delays = phase.rows.delays ? name(*phase.rows.delays) : "NoDelay{}";
    const auto scope = if_any_own(phase.targets);
    out_.line("deliver_rows<" + number(phase.rows.tiles) + ", " + warps_per_tile() + ", " + number(phase.targets) +
              ", " + number(phase.ring_depth) + ", " + (program_.queues[phase.queue].is_signed ? "true" : "false") +
              ">(" + spikes_of(phase) + ", " + name(phase.rows.offsets) + ", " + name(phase.rows.targets) + ", " +
              weights + ", " + delays + ", " + name(phase.arriving) + ", " + text::ring_slot(phase.ring_depth, 0) +
              ", " + own_tile() + ");");
  }

  virtual void print_procedural(const DeliverPhase& phase) {
    out_.line("deliver_procedural<" + number(phase.targets) + ", threads, " + number(phase.ring_depth) + ", " +
              (program_.queues[phase.queue].is_signed ? "true" : "false") + ">(" + spikes_of(phase) + ", " +
              text::recipe_name(program_, phase) + "{}, " + program_.arrays[phase.arriving].name + ", " +
              text::ring_slot(phase.ring_depth, 0) + ", thread, " + own_targets(phase.targets) + ");");
  }

  void print_patches(const DeliverPhase& phase) {
    const std::string weights = phase.weights ? name(*phase.weights) : text::same_weight(phase.weight);
    const auto scope = if_any_own(phase.targets);
    out_.line("deliver_patches<" + text::patches_name(program_, phase.connection) + ", threads / 32u, " +
              flag(program_.queues[phase.queue].is_signed) + ">(" + spikes_of(phase) + ", " + weights + ", " +
              name(phase.arriving) + ", " + own_targets(phase.targets) + ");");
  }

  void print_window(const DeliverPhase& phase) {
    const Queue& queue = program_.queues[phase.queue];
    assign_arriving(phase, "deliver_window<" + text::patches_name(program_, phase.connection) + ">(" + mask(queue) +
                               ", " + mask_first(queue, phase.age) + ", i, " + text::float_literal(phase.weight) + ")");
  }

  void print_dense(const DeliverPhase& phase) {
    const Queue& queue = program_.queues[phase.queue];
    const Array& arriving = program_.arrays[phase.arriving];
    const std::string sign = queue.is_signed ? "true" : "false";
    const std::string spikes = spikes_of(phase);
    if (!phase.weights) {
      const auto scope = out_.scope("{");
      out_.line("const float sum = deliver_dense_constant<" + sign + ">(" + spikes + ", " +
                text::float_literal(phase.weight) + ");");
      return assign_arriving(phase, "sum");
    }
    const std::string weights = program_.arrays[*phase.weights].name;
    if (arriving.storage == Storage::registers) {
      out_.line("deliver_dense<" + number(phase.targets) + ", threads, " + sign + ">(" + spikes + ", " + weights +
                ", thread, " + arriving.name + ");");
      return;
    }
    assign_arriving(
        phase, "deliver_dense_to<" + number(phase.targets) + ", " + sign + ">(" + spikes + ", " + weights + ", i)");
  }

  void print_one_to_one(const DeliverPhase& phase) {
    const Queue& queue = program_.queues[phase.queue];
    const std::string weight =
        phase.weights ? program_.arrays[*phase.weights].name + "(i)" : text::float_literal(phase.weight);
    const std::string from = mask_first(queue, phase.age);
    assign_arriving(phase, queue.is_signed
                               ? "deliver_signed_one_to_one(" + mask(queue) + ", " + negative_mask(queue) + ", " +
                                     from + ", i, " + weight + ")"
                               : "deliver_one_to_one(" + mask(queue) + ", " + from + ", i, " + weight + ")");
  }

  void assign_arriving(const DeliverPhase& phase, const std::string& value) {
    const auto loop = own_neurons(phase.targets);
    out_.line("const u32 i = " + own_index() + ";");
    const std::string condition = all_exist(phase.targets) ? "" : "if (i < " + number(phase.targets) + ") ";
    out_.line(condition + element(phase.arriving, "") + " = " + value + ";");
  }

  void print(const GatherPhase& phase) { print_gather(phase); }

  void print(const ReplayPhase& phase) {
    const Queue& queue = program_.queues[phase.queue];
    const std::string& offsets = program_.arrays[phase.offsets].name;
    const std::string& neurons = program_.arrays[phase.neurons].name;
    out_.comment(phase.label);
    const auto block = once();
    const auto scope = out_.scope("{");
    out_.line("const u32 entry = step - arguments.input_origin;");
    out_.line("const u32 from = " + offsets + "(entry);");
    out_.line("const u32 to = " + offsets + "(entry + 1u);");
    if (queue.list_read) {
      out_.line("replay_spikes<threads>(" + neurons + ", from, to - from, " + list(queue) + ", " +
                list_first(queue, 0) + ", " + counts(queue) + ", " + text::ring_slot(queue.list_depth(), 0) +
                ", thread);");
    }
    if (queue.mask_read) {
      out_.line("mask_of_list<" + number(queue.neurons) + ", threads>(" + neurons + ", from, to - from, false, " +
                mask(queue) + ", " + mask_first(queue, 0) + ", thread);");
    }
    if (phase.recording) {
      out_.line("mark_spikes<threads>(" + neurons + ", from, to - from, " + program_.arrays[*phase.recording].name +
                ", (step - arguments.recording_origin) * " + number(queue.neurons) + ", thread);");
    }
  }

  void print(const OpenPhase& phase) {
    const Queue& queue = program_.queues[phase.queue];
    if (!queue.list_read && !queue.mask_read) return;
    out_.comment(phase.label);
    const auto block = once();
    if (!queue.saved_spikes) return print_empty(queue);
    {
      const auto scope = out_.scope("if ((arguments.load & carry_spikes) == 0u) {", "");
      print_empty(queue);
    }
    const auto scope = out_.scope("} else {");
    print_restore(queue);
  }

  void print_empty(const Queue& queue) {
    if (queue.list_read)
      out_.line("clear_words<threads>(" + counts(queue) + ", " + number(queue.list_depth()) + ", thread);");
    if (!queue.mask_read) return;
    const std::string extent = number(std::uint64_t{queue.mask_words()} * queue.mask_depth());
    out_.line("clear_words<threads>(" + mask(queue) + ", " + extent + ", thread);");
    if (queue.is_signed) out_.line("clear_words<threads>(" + negative_mask(queue) + ", " + extent + ", thread);");
  }

  // Saved entry `age` belongs to step first_step − 1 − age.
  void print_restore(const Queue& queue) {
    const std::string& saved = program_.arrays[*queue.saved_spikes].name;
    const std::string& saved_counts = program_.arrays[*queue.saved_counts].name;
    const std::uint32_t depth = queue.list_depth();
    const auto loop = out_.scope("for (u32 age = 0u; age < " + number(queue.oldest) + "; ++age) {");
    out_.line("const u32 count = " + saved_counts + "(age);");
    out_.line("const u32 slot = (arguments.first_step + " + number(2ull * depth - 1) + " - age) % " + number(depth) +
              ";");
    out_.line("copy_spikes<threads>(" + saved + ", age * " + number(queue.neurons) + ", count, " + list(queue) +
              ", slot * " + number(queue.neurons) + ", thread);");
    out_.line("if (thread == 0u) " + counts(queue) + "(slot) = count;");
    if (!queue.mask_read) return;
    out_.line("const u32 word = (arguments.first_step + " + number(2ull * queue.mask_depth() - 1) + " - age) % " +
              number(queue.mask_depth()) + " * " + number(queue.mask_words()) + ";");
    const std::string from = "mask_of_list<" + number(queue.neurons) + ", threads>(" + saved + ", age * " +
                             number(queue.neurons) + ", count, ";
    out_.line(from + "false, " + mask(queue) + ", word, thread);");
    if (queue.is_signed) out_.line(from + "true, " + negative_mask(queue) + ", word, thread);");
  }

  void print(const SavePhase& phase) {
    const Queue& queue = program_.queues[phase.queue];
    const std::string& saved = program_.arrays[*queue.saved_spikes].name;
    const std::string& saved_counts = program_.arrays[*queue.saved_counts].name;
    const std::uint32_t depth = queue.list_depth();
    out_.comment(phase.label);
    const auto block = once();
    const auto scope = out_.scope("if (arguments.save != 0u) {");
    const auto loop = out_.scope("for (u32 age = 0u; age < " + number(queue.oldest) + "; ++age) {");
    out_.line("const u32 slot = (last + " + number(2ull * depth - 1) + " - age) % " + number(depth) + ";");
    out_.line("const u32 count = " + counts(queue) + "(slot);");
    out_.line("copy_spikes<threads>(" + list(queue) + ", slot * " + number(queue.neurons) + ", count, " + saved +
              ", age * " + number(queue.neurons) + ", thread);");
    out_.line("if (thread == 0u) " + saved_counts + "(age) = count;");
  }

  // Element of a ring: what arrives `later` steps after `step`.
  std::string ring_place(const std::string& step, std::uint32_t depth, std::uint32_t targets) {
    return "(" + step + " + later) % " + number(depth) + " * " + number(targets) + " + i";
  }

  void print(const OpenRingPhase& phase) {
    out_.comment(phase.label);
    const std::string& ring = program_.arrays[phase.ring].name;
    const auto neurons = own_neurons(phase.targets);
    const auto exists = print_own_index(phase.targets);
    const auto loop = out_.scope("for (u32 later = 0u; later < " + number(phase.depth) + "; ++later) {");
    const std::string place = ring_place("arguments.first_step", phase.depth, phase.targets);
    if (!phase.saved) {
      out_.line(ring + "(" + place + ") = 0.0f;");
      return;
    }
    out_.line("float under_way = 0.0f;");
    out_.line("if ((arguments.load & carry_spikes) != 0u) under_way = " + program_.arrays[*phase.saved].name +
              "(later * " + number(phase.targets) + " + i);");
    out_.line(ring + "(" + place + ") = under_way;");
  }

  void print(const SaveRingPhase& phase) {
    out_.comment(phase.label);
    const auto scope = out_.scope("if (arguments.save != 0u) {");
    const auto neurons = own_neurons(phase.targets);
    const auto exists = print_own_index(phase.targets);
    const auto loop = out_.scope("for (u32 later = 0u; later < " + number(phase.depth) + "; ++later) {");
    out_.line("const float under_way = " + program_.arrays[phase.ring].name + "(" +
              ring_place("last", phase.depth, phase.targets) + ");");
    out_.line(program_.arrays[phase.saved].name + "(later * " + number(phase.targets) + " + i) = under_way;");
  }

  // ---- Phases of training programs

  const Tape& tape(std::uint32_t id) const { return program_.learning->tapes[id]; }
  const std::string& name(ArrayId id) const { return program_.arrays[id].name; }
  static std::string capacity_of(const Tape& tape) { return tape.name + "_capacity"; }
  static std::string flag(bool value) { return value ? "true" : "false"; }

  void print(const OpenTapePhase& phase) {
    out_.comment(phase.label);
    out_.line("if (thread == 0u) " + name(tape(phase.tape).offsets) + "(0u) = 0u;");
  }

  // Each thread records the spikes of its own neurons; their places on the tape follow from the mask.
  void print(const RecordPhase& phase) {
    const Tape& recorded = tape(phase.tape);
    const Queue& queue = program_.queues[recorded.queue];
    const std::string words = mask_first(queue, 0);
    out_.comment(phase.label);
    const auto scope = out_.scope("{");
    out_.line("const u32 first = " + name(recorded.offsets) + "(step);");
    out_.line("TapeCursor cursor;");
    {
      const auto loop = own_neurons(queue.neurons);
      const auto exists = print_own_index(queue.neurons);
      out_.line("u32 rank = 0u;");
      const auto spiked = out_.scope("if (cursor.advance(" + mask(queue) + ", " + words +
                                     ", i, rank) && first + rank < " + capacity_of(recorded) + ") {");
      out_.line("const u32 place = first + rank;");
      std::string entry = "i";
      if (recorded.is_signed) {
        out_.line("const u32 negative = " + negative_mask(queue) + "(" + words + " + i / 32u);");
        entry += " | ((negative >> (i & 31u)) & 1u) * negative_spike";
      }
      out_.line(name(recorded.spikes) + "(place) = " + entry + ";");
      for (std::size_t v = 0; v < recorded.kept.size(); ++v)
        out_.line(name(*recorded.values) + "(" + (v == 0 ? "" : number(v) + " * " + capacity_of(recorded) + " + ") +
                  "place) = " + element(recorded.kept[v], "") + ";");
    }
    out_.line("if (thread == 0u) " + name(recorded.offsets) + "(step + 1u) = first + cursor.finish<" +
              number(queue.neurons) + ">(" + mask(queue) + ", " + words + ");");
  }

  void print(const CloseTapePhase& phase) {
    const Tape& recorded = tape(phase.tape);
    const std::string& totals = name(*program_.learning->totals);
    const std::string most = number(text::spike_total(recorded, &contract::SpikeTotals::most));
    const std::string all = number(text::spike_total(recorded, &contract::SpikeTotals::total));
    out_.comment(phase.label);
    const auto scope = out_.scope("if (thread == 0u) {");
    out_.line("const u32 count = " + name(recorded.offsets) + "(steps);");
    out_.line("const u32 most = " + totals + "(" + most + ");");
    out_.line(totals + "(" + most + ") = most < count ? count : most;");
    out_.line(totals + "(" + all + ") += count;");
  }

  // `const u32 from = …, to = …;`: the places of this step's spikes on the tape.
  void print_places(const Tape& read) {
    if (read.given) out_.line("const u32 entry = step - arguments.input_origin;");
    const std::string entry = read.given ? "entry" : "step";
    out_.line("const u32 from = " + name(read.offsets) + "(" + entry + ");");
    out_.line("const u32 to = " + name(read.offsets) + "(" + entry + " + 1u);");
  }

  void print(const EventPhase& phase) {
    const Tape& read = tape(phase.tape);
    out_.comment(phase.label);
    const auto scope = out_.scope("{");
    print_places(read);
    if (!read.given) out_.line("const u32 capacity = " + capacity_of(read) + ";");
    const auto loop = out_.scope("for (u32 place = from + thread; place < to; place += threads) {");
    out_.line("const u32 spike = place - from;");
    out_.line("const u32 entry = " + name(read.spikes) + "(place);");
    out_.line(std::string("const u32 i = ") + (read.is_signed ? "neuron_of(entry);" : "entry;"));
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
    out_.line("nothing_due<threads>(" + read.count + ", " + name(*phase.due) + ");");
  }

  // The list of a transposed delivery, and the places of its spikes.
  struct SpikeList {
    std::string list, places, count;
    bool is_signed = false;
  };
  SpikeList spikes_of(const BackDeliverPhase& phase) const {
    if (phase.every) return {"EveryNeuron{}", "0u, " + number(phase.sources), number(phase.sources)};
    const Tape& read = tape(phase.tape);
    return {name(read.spikes), "from, to", "to - from", read.is_signed};
  }

  std::string weights_of(const BackDeliverPhase& phase) const {
    return phase.weights ? name(*phase.weights) : text::same_weight(phase.weight);
  }

  void print_back_delivery(const BackDeliverPhase& phase, const SpikeList& read) {
    const std::string spikes = read.list + ", " + read.places + ", ";
    if (phase.pattern == Pattern::window) return print_back_window(phase, spikes);
    const std::string kind = phase.pattern == Pattern::dense ? "dense<" + number(phase.targets) + ", threads, "
                             : phase.pattern == Pattern::kernel
                                 ? "patches<" + text::patches_name(program_, phase.connection) + ", threads, "
                                 : "one_to_one<threads, ";
    const std::string sign = flag(read.is_signed) + ">(" + spikes;
    if (phase.gradient)
      out_.line("add_to_" + kind + sign + name(*phase.lambda) + ", slot, " + name(*phase.gradient) + ");");
    if (phase.due)
      out_.line("due_of_" + kind + flag(phase.first_due) + ", " + sign + weights_of(phase) + ", " +
                name(*phase.timing) + ", slot, " + name(*phase.due) + ");");
  }

  void print_back_window(const BackDeliverPhase& phase, const std::string& spikes) {
    const Tape& spiked = tape(phase.spiked);
    out_.line("due_of_windows<" + text::patches_name(program_, phase.connection) + ", threads, " +
              flag(phase.first_due) + ">(" + spikes + name(spiked.spikes) + ", " + name(spiked.offsets) + "(step), " +
              name(spiked.offsets) + "(step + 1u), " + text::float_literal(phase.weight) + ", " + name(*phase.timing) +
              ", slot, " + name(*phase.due) + ");");
  }

  // Slots of steps beyond the example hold 0.
  void print_back_rows(const BackDeliverPhase& phase, const SpikeList& read) {
    const std::string spikes =
        read.list + ", " + read.places + ", " + name(phase.rows.offsets) + ", " + name(phase.rows.targets) + ", ";
    const std::string ring = number(phase.targets) + ", " + number(phase.ring_depth) + ", threads, ";
    const std::string delays = phase.rows.delays ? name(*phase.rows.delays) : "NoDelay{}";
    out_.line("const u32 now = arrival % " + number(phase.ring_depth) + ";");
    if (phase.gradient)
      out_.line("add_to_rows<" + ring + flag(read.is_signed) + ">(" + spikes + delays + ", " + name(*phase.lambda) +
                ", now, " + name(*phase.gradient) + ");");
    if (phase.delay_gradient)
      out_.line("add_to_delays<" + ring + flag(read.is_signed) + ">(" + spikes + weights_of(phase) + ", " + delays +
                ", " + name(*phase.timing) + ", now, " + text::per_step(program_) + ", " + name(*phase.delay_gradient) +
                ");");
    if (phase.due)
      out_.line("due_of_rows<" + ring + flag(phase.first_due) + ", " + flag(read.is_signed) + ">(" + spikes +
                weights_of(phase) + ", " + delays + ", " + name(*phase.timing) + ", now, " + name(*phase.due) + ");");
  }

  void print(const LossPhase& phase) { text::print_loss(phase, style_, true, out_); }

  // Prints the index of an owned neuron, and opens a scope for those that exist.
  [[nodiscard]] std::optional<Writer::Scope> print_own_index(std::uint32_t count) {
    out_.line("const u32 i = " + own_index() + ";");
    if (all_exist(count)) return std::nullopt;
    out_.line("if (i < " + number(count) + ") {");
    return std::optional<Writer::Scope>(std::in_place, out_, "}");
  }

  ~PhasePrinter() = default;

  const Program& program_;
  text::BodyStyle style_;
  Writer out_;
};

}  // namespace synfire::codegen::cuda
