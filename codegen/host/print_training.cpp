// SPDX-License-Identifier: Apache-2.0
// The host printer of training programs. One thread runs the examples of a gradient slot one after the other, each
// forward and then backward.
#include "host/phase_printer.hpp"

namespace synfire::codegen {
namespace {

class TrainingPrinter final : host::PhasePrinter {
 public:
  explicit TrainingPrinter(const Program& program)
      : PhasePrinter(program), learning_(*program.learning), buffers_(std::to_string(buffer_order(program).size())) {}

  std::string run() {
    text::print_header(program_, "trial, the examples of a gradient slot one after the other on one CPU thread", out_);
    text::print_includes(
        text::headers_of(program_,
                         {"math.cuh", "random.cuh", "training_host.cuh", "trial_arguments.cuh", "trial_host.cuh"},
                         "patch_training_host.cuh"),
        out_);
    text::print_recipes(program_, out_);
    print_trial();
    out_.line();
    out_.line("constexpr u32 slots = " + number(learning_.slots) + ";  // partial sums of each gradient");
    out_.line("constexpr u32 timesteps = " + number(program_.timesteps) + ";").line();
    print_slot();
    print_example();
    print_closing();
    out_.line();
    text::print_optimizer(program_, out_);
    print_entries();
    print_norm();
    if (text::has_noise(program_)) print_stage("perturb", &text::print_perturbation);
    if (text::constrain_chunks(program_) != 0) print_stage("constrain", &text::print_constraints);
    if (text::prepare_chunks(program_) != 0) print_stage("prepare", &text::print_preparation);
    return out_.text();
  }

 private:
  std::string arguments() const { return "const TrainingArguments<" + buffers_ + ">"; }

  // Before the first example of a slot.
  void print_slot() {
    const auto scope = out_.scope("static void open_slot(" + arguments() + "& arguments, u32 slot) {");
    print_buffers([](const Array& array) { return array.per_slot && !is_tape(array); });
    section("Before the first example");
    print_phases(learning_.before_examples, true);
  }

  static bool is_tape(const Array& array) { return array.role == contract::BufferRole::tape; }

  void print_example() {
    out_.line();
    const auto scope =
        out_.scope("static void learn_example(" + arguments() +
                   "& arguments, u32 slot, u32 number, [[maybe_unused]] u32 slot_example, Trial& trial) {");
    out_.line("[[maybe_unused]] const u32 example = arguments.first_example + number;  // for random numbers");
    out_.line("const u32 row = static_cast<const u32*>(arguments.buffers[" +
              std::to_string(text::buffer_position(program_, *learning_.order)) +
              "])[number];  // index in the data set");
    print_buffers([](const Array&) { return true; });
    section("Before the first step");
    print_phases(program_.before, true);
    section("Steps");
    out_.line("const u32 steps = " + program_.arrays[*program_.example_steps].name + "[0];");
    {
      const auto loop = out_.scope("for (u32 step = 0u; step < steps; ++step) {");
      print_phases(program_.step, false);
    }
    if (!program_.after.empty()) section("After the last step");
    print_phases(program_.after, true);
    print_backward();
  }

  void print_backward() {
    section("Backward");
    out_.line("if (arguments.backward == 0u) return;");
    for (const Tape& tape : learning_.tapes) {
      if (!tape.given) out_.line("if (" + name(tape.offsets) + "[steps] > " + capacity_of(tape) + ") return;");
    }
    print_phases(learning_.before, true);
    section("Steps, from the last to the first");
    {
      const auto loop = out_.scope("for (u32 step = steps; step-- > 0u;) {");
      print_phases(learning_.step, false);
    }
    section("At the start of the example");
    print_phases(learning_.after, true);
  }

  // After the last example of a slot.
  void print_closing() {
    out_.line();
    const auto scope = out_.scope("static void close_slot(" + arguments() + "& arguments, u32 slot) {");
    print_buffers([](const Array& array) {
      using Role = contract::BufferRole;
      return array.role == Role::tape_capacities || array.role == Role::spike_totals ||
             array.role == Role::event_counts || array.role == Role::halt;
    });
    section("Check whether the batch is usable for training");
    text::print_closing(
        program_, "0u", "1u",
        [&](ArrayId id) {
          return "GlobalView<u32>{" + name(id) + ", " + std::to_string(program_.arrays[id].extent) + ", \"" + name(id) +
                 "\"}";
        },
        out_);
  }

  void print_entries() {
    out_.line();
    {
      const auto scope = out_.scope("extern \"C\" void synfire_train(" + arguments() +
                                    "* arguments, u32 slot_begin, u32 slot_end, void* scratch) {");
      out_.line("if (static_cast<const u32*>(arguments->buffers[" +
                std::to_string(text::buffer_position(program_, *learning_.halt)) +
                "])[0] != 0u) return;  // training halted in an earlier batch");
      out_.line("Trial& trial = *static_cast<Trial*>(scratch);");
      const auto loop = out_.scope("for (u32 slot = slot_begin; slot < slot_end; ++slot) {");
      out_.line("open_slot(*arguments, slot);");
      out_.line("u32 slot_example = 0u;");
      out_.line("for (u32 number = slot; number < arguments->examples; number += slots)");
      out_.line("  learn_example(*arguments, slot, number, ++slot_example, trial);");
      out_.line("if (arguments->backward != 0u) close_slot(*arguments, slot);");
    }
    print_update();
  }

  std::string update_arguments() const { return "const UpdateArguments<" + buffers_ + ">"; }

  void print_update() {
    const bool limits = learning_.optimizer.clip_norm > 0;
    out_.line();
    {
      const auto scope = out_.scope("static void update(" + update_arguments() + "& arguments, u32 chunk" +
                                    (limits ? ", float factor) {" : ") {"));
      text::print_update(program_, "0u, 1u", out_);
    }
    out_.line();
    const auto scope = out_.scope("extern \"C\" void synfire_update(" + update_arguments() +
                                  "* all, u32 chunk_begin, u32 chunk_end, void*) {");
    out_.line(update_arguments() + "& arguments = *all;");
    if (limits) text::print_norm_factor(program_, out_);
    out_.line("for (u32 chunk = chunk_begin; chunk < chunk_end; ++chunk) update(arguments, chunk" +
              std::string(limits ? ", factor);" : ");"));
  }

  void print_norm() {
    out_.line();
    const auto scope = out_.scope("extern \"C\" void synfire_norm(" + update_arguments() +
                                  "* all, u32 chunk_begin, u32 chunk_end, void*) {");
    out_.line(update_arguments() + "& arguments = *all;");
    const auto loop = out_.scope("for (u32 chunk = chunk_begin; chunk < chunk_end; ++chunk) {");
    text::print_norm(program_, "", out_);
  }

  void print_stage(const std::string& what, void (*print_body)(const Program&, const std::string&, text::Writer&)) {
    out_.line();
    {
      const auto scope = out_.scope("static void " + what + "(" + update_arguments() + "& arguments, u32 chunk) {");
      print_body(program_, "0u, 1u", out_);
    }
    out_.line();
    const auto scope = out_.scope("extern \"C\" void synfire_" + what + "(" + update_arguments() +
                                  "* all, u32 chunk_begin, u32 chunk_end, void*) {");
    out_.line("for (u32 chunk = chunk_begin; chunk < chunk_end; ++chunk) " + what + "(*all, chunk);");
  }

  const Learning& learning_;
  const std::string buffers_;
};

}  // namespace

std::string print_host_training(const Program& program) { return TrainingPrinter(program).run(); }

}  // namespace synfire::codegen
