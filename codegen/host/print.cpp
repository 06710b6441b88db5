// SPDX-License-Identifier: Apache-2.0
// The host printer. One thread runs one example after the other: a trial's state is one structure in the processor's
// cache, neurons are lanes of vector registers, spikes drive rows of weights.
#include "synfire/codegen/printers.hpp"
#include "text/body.hpp"
#include "text/header.hpp"
#include "text/literal.hpp"
#include "text/strips.hpp"
#include "text/synapses.hpp"
#include "text/trial.hpp"

namespace synfire::codegen {
namespace {

using text::Writer;

class HostPrinter {
 public:
  explicit HostPrinter(const Program& program) : program_(program) {
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

  std::string run() {
    text::print_header(program_, "trial, one example after the other on one thread of the processor", out_);
    text::print_includes({"math.cuh", "random.cuh", "trial_arguments.cuh", "trial_host.cuh"}, out_);
    text::print_recipes(program_, out_);
    print_trial();
    print_entry();
    return out_.text();
  }

 private:
  static std::string number(std::uint64_t value) { return text::count(value); }

  std::string element(ArrayId id, const std::string& index) const {
    const Array& array = program_.arrays[id];
    return (array.role ? "" : "trial.") + array.name + "[" + (index.empty() ? "i" : index) + "]";
  }

  // ---- The structure of a trial

  void print_trial() {
    out_.line("// Everything that one trial keeps from step to step.");
    const auto scope = out_.scope("struct Trial {", "};");
    for (const Array& array : program_.arrays) {
      if (array.role) continue;
      member(std::string(to_string(array.type)), array.name, array.extent, array.comment);
    }
    for (const Queue& queue : program_.queues) {
      if (!replayed(queue)) member("u8", queue.name + "_spiked", queue.neurons, "who spikes in this step");
      if (queue.is_signed) member("u8", queue.name + "_negative", queue.neurons, "whose spike is negative");
      // One entry more than there are neurons: gathering writes ahead.
      member("u32", queue.name + "_spikes", std::size_t{queue.list_depth()} * stride(queue), "indices, ascending");
      member("u32", queue.name + "_spike_count", queue.list_depth(), "");
    }
    // A structure is never empty.
    out_.line("u32 unused;");
  }

  void member(const std::string& type, const std::string& name, std::size_t extent, const std::string& comment) {
    out_.line("alignas(64) " + type + " " + name + "[" + std::to_string(extent) + "];" +
              (comment.empty() ? "" : "  // " + comment));
  }

  bool replayed(const Queue& queue) const {
    for (const Phase& phase : program_.step) {
      const auto* replay = std::get_if<ReplayPhase>(&phase);
      if (replay && &program_.queues[replay->queue] == &queue) return true;
    }
    return false;
  }

  static std::uint32_t stride(const Queue& queue) { return queue.neurons + 1; }

  // ---- The entry point

  void print_entry() {
    const std::size_t buffers = buffer_order(program_).size();
    out_.line();
    out_.line("extern \"C\" const u64 synfire_trial_bytes = sizeof(Trial);").line();
    const std::string arguments = "const TrialArguments<" + std::to_string(buffers) + ">";
    {
      const auto scope = out_.scope("static void run_trial(" + arguments + "& arguments, u32 number, Trial& trial) {");
      out_.line("[[maybe_unused]] const u32 example = arguments.first_example + number;  // example of the data set");
      print_buffers();
      section("Before the first step");
      print_phases(program_.before);
      section("Steps");
      out_.line("const u32 steps = " + program_.arrays[*program_.example_steps].name + "[0];");
      out_.line("const u32 last = end_of_launch(arguments, steps);");
      {
        const auto loop = out_.scope("for (u32 step = arguments.first_step; step < last; ++step) {");
        print_phases(program_.step);
      }
      if (!program_.after.empty()) section("After the last step");
      print_phases(program_.after);
    }
    out_.line();
    const auto scope = out_.scope("extern \"C\" void synfire_trial(" + arguments +
                                  "* arguments, u32 example_begin, u32 example_end, void* scratch) {");
    out_.line("Trial& trial = *static_cast<Trial*>(scratch);");
    out_.line("for (u32 number = example_begin; number < example_end; ++number) run_trial(*arguments, number, trial);");
  }

  void section(const std::string& title) { text::print_section(title, out_); }

  void print_buffers() {
    section("Buffers");
    std::size_t position = 0;
    for (const ArrayId id : buffer_order(program_)) {
      const Array& array = program_.arrays[id];
      const std::string type = (text::is_written(*array.role) ? "" : "const ") + text::element_type(array.element_type);
      const std::string pointer = text::buffer_pointer(array, position++, "number");
      if (!array.comment.empty()) out_.comment(array.comment);
      out_.line("[[maybe_unused]] " + type + "* __restrict const " + array.name + " = " + pointer + ";");
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

  void print_phases(const std::vector<Phase>& phases) {
    bool first = true;
    for (const Phase& phase : phases) {
      if (!first) out_.line();
      first = false;
      std::visit([this](const auto& each) { print(each); }, phase);
    }
  }

  void print(const BarrierPhase&) {}

  void print(const ElementPhase& phase) {
    out_.comment(phase.label);
    text::print_elements(phase.body, "0u", number(phase.count), style_, out_);
  }

  void print(const DeliverPhase& phase) {
    const Queue& queue = program_.queues[phase.queue];
    const std::string from = slot(queue, 1 + phase.delay);
    const std::string spikes = list_at(queue, from) + ", " + count_at(queue, from);
    const std::string sizes = "<" + number(phase.targets) + ", " + (queue.is_signed ? "true" : "false") + ">(";
    const std::string arriving = ", trial." + program_.arrays[phase.arriving].name + ");";
    const std::string weights = phase.weights ? program_.arrays[*phase.weights].name : "";
    const std::string weight = text::float_literal(phase.weight);
    out_.comment(phase.label);
    if (phase.pattern == Pattern::rows) return print_rows(phase, spikes);
    if (phase.pattern == Pattern::regenerated) return print_regenerated(phase, spikes);
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

  void print_regenerated(const DeliverPhase& phase, const std::string& spikes) {
    const Queue& queue = program_.queues[phase.queue];
    out_.line("deliver_regenerated<" + number(phase.targets) + ", " + number(phase.ring_depth) + ", " +
              (queue.is_signed ? "true" : "false") + ">(" + spikes + ", " + text::recipe_name(program_, phase) + "{}" +
              ", trial." + program_.arrays[phase.arriving].name + ", " + text::ring_slot(phase.ring_depth, 0) +
              ", 0u, " + number(phase.targets) + ");");
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
    const auto loop = out_.scope("for (u32 age = 0u; age < " + depth + "; ++age) {");
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
    const auto loop = out_.scope("for (u32 age = 0u; age < " + depth + "; ++age) {");
    out_.line("const u32 slot = (last + " + number(2ull * queue.list_depth() - 1) + " - age) % " + depth + ";");
    out_.line("copy_spikes(" + list_at(queue, "slot") + ", " + count_at(queue, "slot") + ", " +
              program_.arrays[*queue.saved_spikes].name + " + age * " + number(queue.neurons) + ");");
    out_.line(program_.arrays[*queue.saved_counts].name + "[age] = " + count_at(queue, "slot") + ";");
  }

  const Program& program_;
  text::BodyStyle style_;
  Writer out_;
};

}  // namespace

std::string print_host(const Program& program) { return HostPrinter(program).run(); }

}  // namespace synfire::codegen
