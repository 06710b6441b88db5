// SPDX-License-Identifier: Apache-2.0
// The host printer of the schedule `step`: one example at a time, shared by a thread team. Every population is cut into
// parts; a thread handles its own parts, and waits for the others at the program's barriers.
#include <stdexcept>

#include "program/walk.hpp"
#include "synfire/codegen/passes.hpp"
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

class HostStepPrinter {
 public:
  explicit HostStepPrinter(const Program& program) : program_(program) {
    style_.program = &program;
    style_.element = [this](ArrayId id, const std::string& index) {
      return array(id) + "[" + (index.empty() ? "i" : index) + "]";
    };
    style_.builtin = text::trial_builtin;
    style_.emit = [this](const Emit& emit, Writer& out) {
      const Queue& queue = program_.queues[emit.queue];
      out.line("network." + queue.name + "_spiked[i] = " + text::print(emit.spiked, style_) + " ? 1 : 0;");
      if (emit.negative)
        out.line("network." + queue.name + "_negative[i] = " + text::print(emit.negative, style_) + " ? 1 : 0;");
    };
  }

  std::string run() {
    text::print_header(program_, "step, one network shared by up to " + std::to_string(program_.parts) + " threads",
                       out_);
    text::print_includes(
        text::headers_of(program_, {"math.cuh", "parts.cuh", "random.cuh", "trial_arguments.cuh"}, "patch_host.cuh"),
        out_);
    text::print_recipes(program_, out_);
    print_network();
    print_entry();
    return out_.text();
  }

 private:
  static std::string number(std::uint64_t value) { return text::count(value); }
  static std::string truth(bool value) { return value ? "true" : "false"; }

  // The name of an array; if it is not a buffer, it is a member of the network.
  std::string array(ArrayId id) const {
    const Array& named = program_.arrays[id];
    return (named.role ? "" : "network.") + named.name;
  }

  std::string width(std::uint32_t neurons) const { return number(part_width(neurons, program_.parts)); }
  std::string range(std::uint32_t neurons) const {
    return "range_of<" + number(neurons) + ", " + width(neurons) + ">(part)";
  }

  // ---- What the threads share

  void print_network() {
    out_.line("constexpr u32 parts = " + number(program_.parts) + ";").line();
    for (const Queue& queue : program_.queues)
      out_.line("using " + segments(queue) + " = Segments<parts, " + width(queue.neurons) + ">;");
    if (!program_.queues.empty()) out_.line();
    out_.line("// Everything that the network keeps from step to step.");
    const auto scope = out_.scope("struct Network {", "};");
    for (const Array& each : program_.arrays) {
      if (!each.role) member(std::string(to_string(each.type)), each.name, std::to_string(each.extent), each.comment);
    }
    for (const Queue& queue : program_.queues) {
      const std::string depth = std::to_string(queue.list_depth());
      member("u8", queue.name + "_spiked", std::to_string(queue.neurons), "whether it spikes in this step");
      if (queue.is_signed)
        member("u8", queue.name + "_negative", std::to_string(queue.neurons), "whether its spike is negative");
      member("u32", queue.name + "_spikes", depth + " * " + segments(queue) + "::extent", "indices, ascending");
      member("u32", queue.name + "_spike_count", depth + " * parts", "");
      const auto slot = out_.scope(segments(queue) + " " + queue.name + "_at(u32 slot) {");
      out_.line("return {" + queue.name + "_spikes + slot * " + segments(queue) + "::extent, " + queue.name +
                "_spike_count + slot * parts};");
    }
    out_.line("u32 unused;");
  }

  void member(const std::string& type, const std::string& name, const std::string& extent, const std::string& comment) {
    out_.line("alignas(64) " + type + " " + name + "[" + extent + "];", comment);
  }

  static std::string segments(const Queue& queue) { return queue.name + "_segments"; }

  // The spikes of the step `back` steps ago.
  static std::string list_at(const Queue& queue, std::uint32_t back) {
    return "network." + queue.name + "_at(" + text::ring_slot(queue.list_depth(), back) + ")";
  }

  // ---- The entry point

  void print_entry() {
    const std::size_t buffers = buffer_order(program_).size();
    const std::string type = "const TrialArguments<" + std::to_string(buffers) + ">";
    out_.line().line("extern \"C\" const u64 synfire_trial_bytes = sizeof(Network);").line();
    {
      const auto scope = out_.scope("static void run_example(" + type +
                                    "& arguments, u32 number, Network& network, Range own, u32 workers, void* team) {");
      out_.line("[[maybe_unused]] const u32 example = arguments.first_example + number;  // index in the data set");
      print_buffers();
      text::print_section("Before the first step", out_);
      print_stages(program_.before);
      meet();
      text::print_section("Steps", out_);
      out_.line("const u32 steps = " + program_.arrays[*program_.example_steps].name + "[0];");
      out_.line("const u32 last = end_of_launch(arguments, steps);");
      {
        const auto loop = out_.scope("for (u32 step = arguments.first_step; step < last; ++step) {");
        print_stages(program_.step);
      }
      meet();
      if (!program_.after.empty()) text::print_section("After the last step", out_);
      print_stages(program_.after);
      meet();
    }
    out_.line();
    const auto scope = out_.scope("extern \"C\" void synfire_steps(" + type +
                                  "* arguments, u32 worker, u32 workers, void* scratch, void* team) {");
    out_.line("Network& network = *static_cast<Network*>(scratch);");
    out_.line("const Range own{worker * parts / workers, (worker + 1u) * parts / workers};  // parts of this thread");
    out_.line("for (u32 number = 0u; number < arguments->examples; ++number)");
    out_.line("  run_example(*arguments, number, network, own, workers, team);");
  }

  void meet() { out_.line("team_barrier(team, workers);"); }

  void print_buffers() {
    text::print_section("Buffers", out_);
    std::size_t position = 0;
    for (const ArrayId id : buffer_order(program_)) {
      const Array& each = program_.arrays[id];
      const std::string type = (text::is_written(*each.role) ? "" : "const ") + text::element_type(each.element_type);
      const std::string pointer = text::buffer_pointer(program_, id, position++, "number");
      if (!each.comment.empty()) out_.comment(each.comment);
      out_.line("[[maybe_unused]] " + type + "* __restrict const " + each.name + " = " + pointer + ";");
    }
  }

  // ---- Phases: each part runs all phases between two barriers.

  void print_stages(const std::vector<Phase>& phases) {
    for (std::size_t first = 0; first < phases.size();) {
      std::size_t end = first;
      while (end < phases.size() && !std::holds_alternative<BarrierPhase>(phases[end])) ++end;
      if (end > first) {
        const auto loop = out_.scope("for (u32 part = own.begin; part < own.end; ++part) {");
        for (std::size_t i = first; i < end; ++i) {
          if (i > first) out_.line();
          std::visit([this](const auto& each) { print(each); }, phases[i]);
        }
      }
      if (end < phases.size()) meet();
      first = end + 1;
    }
  }

  void print(const BarrierPhase&) {}
  // Training programs have the schedule `trial`.
  template <class LearningPhase>
  void print(const LearningPhase& phase) {
    throw std::logic_error("the schedule step does not support the phase " + phase.label);
  }

  void print(const ElementPhase& phase) {
    out_.comment(phase.label);
    const auto scope = out_.scope("{");
    out_.line("const Range range = " + range(phase.count) + ";");
    text::print_elements(phase.body, "range.begin", "range.end", style_, out_);
  }

  void print(const DeliverPhase& phase) {
    const Queue& queue = program_.queues[phase.queue];
    out_.comment(phase.label);
    const auto scope = out_.scope("{");
    out_.line("const Range range = " + range(phase.targets) + ";");
    const std::string each = list_at(queue, phase.age) + ".for_each([&](const u32* spikes, u32 count) {";
    const std::string arriving = array(phase.arriving);
    if (phase.pattern == Pattern::dense && !phase.weights) {
      out_.line("float sum = 0.0f;");
      {
        const auto visit = out_.scope(each, "});");
        out_.line("sum = add_dense_constant<" + truth(queue.is_signed) + ">(spikes, count, " +
                  text::float_literal(phase.weight) + ", sum);");
      }
      out_.line("for (u32 i = range.begin; i < range.end; ++i) " + arriving + "[i] = sum;");
      return;
    }
    if (!accumulates(phase.pattern)) out_.line("clear_range(" + arriving + ", range);");
    const auto visit = out_.scope(each, "});");
    out_.line(delivery(phase));
  }

  std::string delivery(const DeliverPhase& phase) const {
    const std::string sign = truth(program_.queues[phase.queue].is_signed);
    const std::string weights = phase.weights ? array(*phase.weights) : text::same_weight(phase.weight);
    const std::string arriving = array(phase.arriving);
    const std::string now = text::ring_slot(phase.ring_depth, 0);
    switch (phase.pattern) {
      case Pattern::dense:
        return "add_dense<" + number(phase.targets) + ", " + sign + ">(spikes, count, " + weights + ", " + arriving +
               ", range);";
      case Pattern::one_to_one:
        return "add_one_to_one<" + sign + ">(spikes, count, " + weights + ", " + arriving + ", range);";
      case Pattern::rows:
        return "deliver_rows<" + number(phase.rows.tiles) + ", " + number(phase.targets) + ", " +
               number(phase.ring_depth) + ", " + sign + ">(spikes, count, " + array(phase.rows.offsets) + ", " +
               array(phase.rows.targets) + ", " + weights + ", " +
               (phase.rows.delays ? array(*phase.rows.delays) : "NoDelay{}") + ", " + arriving + ", " + now +
               ", part);";
      case Pattern::procedural:
        return "deliver_procedural<" + number(phase.targets) + ", " + number(phase.ring_depth) + ", " + sign +
               ">(spikes, count, " + text::recipe_name(program_, phase) + "{}, " + arriving + ", " + now +
               ", range.begin, range.end);";
      case Pattern::window:
        return "add_windows<" + text::patches_name(program_, phase.connection) + ">(spikes, count, " +
               text::float_literal(phase.weight) + ", " + arriving + ", range.begin, range.end);";
      case Pattern::kernel:
        return "deliver_patches<" + text::patches_name(program_, phase.connection) + ", " + sign + ">(spikes, count, " +
               weights + ", " + arriving + ", range.begin, range.end);";
    }
    return {};
  }

  void print(const GatherPhase& phase) {
    const Queue& queue = program_.queues[phase.queue];
    out_.comment(phase.label);
    const auto scope = out_.scope("{");
    out_.line("const " + segments(queue) + " list = " + list_at(queue, 0) + ";");
    const std::string to = range(queue.neurons) + ", list.of(part), list.counts + part);";
    if (queue.is_signed)
      out_.line("gather_signed_part(network." + queue.name + "_spiked, network." + queue.name + "_negative, " + to);
    else
      out_.line("gather_part(network." + queue.name + "_spiked, " + to);
  }

  // The thread that has part 0 does the work on a list as a whole.
  [[nodiscard]] Writer::Scope once() { return out_.scope("if (part == 0u) {"); }

  void print(const ReplayPhase& phase) {
    const Queue& queue = program_.queues[phase.queue];
    const std::string offsets = array(phase.offsets);
    out_.comment(phase.label);
    const auto scope = once();
    out_.line("const u32 entry = step - arguments.input_origin;");
    out_.line("const u32* const given = " + array(phase.neurons) + " + " + offsets + "[entry];");
    out_.line("const u32 count = " + offsets + "[entry + 1u] - " + offsets + "[entry];");
    out_.line(list_at(queue, 0) + ".assign(given, count);");
    if (phase.recording) {
      out_.line("for (u32 s = 0u; s < count; ++s) " + array(*phase.recording) +
                "[(step - arguments.recording_origin) * " + number(queue.neurons) + " + given[s]] = 1;");
    }
  }

  void print(const OpenPhase& phase) {
    const Queue& queue = program_.queues[phase.queue];
    const std::string depth = number(queue.list_depth());
    out_.comment(phase.label);
    const auto scope = once();
    const auto loop = out_.scope("for (u32 age = 0u; age < " + number(queue.oldest) + "; ++age) {");
    const std::string slot = "network." + queue.name + "_at((arguments.first_step + " +
                             number(2ull * queue.list_depth() - 1) + " - age) % " + depth + ")";
    if (!queue.saved_spikes) {
      out_.line(slot + ".clear();");
      return;
    }
    out_.line("const bool continues = (arguments.load & carry_spikes) != 0u;");
    out_.line(slot + ".assign(" + array(*queue.saved_spikes) + " + age * " + number(queue.neurons) + ", continues ? " +
              array(*queue.saved_counts) + "[age] : 0u);");
  }

  void print(const SavePhase& phase) {
    const Queue& queue = program_.queues[phase.queue];
    const std::string depth = number(queue.list_depth());
    out_.comment(phase.label);
    const auto scope = out_.scope("if (part == 0u && arguments.save != 0u) {");
    const auto loop = out_.scope("for (u32 age = 0u; age < " + number(queue.oldest) + "; ++age) {");
    out_.line("const u32 slot = (last + " + number(2ull * queue.list_depth() - 1) + " - age) % " + depth + ";");
    out_.line(array(*queue.saved_counts) + "[age] = network." + queue.name + "_at(slot).join(" +
              array(*queue.saved_spikes) + " + age * " + number(queue.neurons) + ");");
  }

  // for each slot of a ring, `later` steps after `step`, and each owned target i { … }
  template <class PrintBody>
  void for_each_in_ring(const std::string& step, std::uint32_t depth, std::uint32_t targets, PrintBody print_body) {
    out_.line("const Range range = " + range(targets) + ";");
    const auto loop = out_.scope("for (u32 later = 0u; later < " + number(depth) + "; ++later) {");
    out_.line("const u32 first = (" + step + " + later) % " + number(depth) + " * " + number(targets) + ";");
    const auto neurons = out_.scope("for (u32 i = range.begin; i < range.end; ++i) {");
    print_body();
  }

  void print(const OpenRingPhase& phase) {
    out_.comment(phase.label);
    const auto scope = out_.scope("{");
    if (phase.saved) out_.line("const bool continues = (arguments.load & carry_spikes) != 0u;");
    for_each_in_ring("arguments.first_step", phase.depth, phase.targets, [&] {
      const std::string saved =
          phase.saved ? "continues ? " + array(*phase.saved) + "[later * " + number(phase.targets) + " + i] : 0.0f"
                      : "0.0f";
      out_.line(array(phase.ring) + "[first + i] = " + saved + ";");
    });
  }

  void print(const SaveRingPhase& phase) {
    out_.comment(phase.label);
    const auto scope = out_.scope("if (arguments.save != 0u) {");
    for_each_in_ring("last", phase.depth, phase.targets, [&] {
      out_.line(array(phase.saved) + "[later * " + number(phase.targets) + " + i] = " + array(phase.ring) +
                "[first + i];");
    });
  }

  const Program& program_;
  text::BodyStyle style_;
  Writer out_;
};

}  // namespace

std::string print_host_steps(const Program& program) { return HostStepPrinter(program).run(); }

}  // namespace synfire::codegen
