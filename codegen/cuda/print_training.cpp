// SPDX-License-Identifier: Apache-2.0
// The CUDA printer of training programs. A block runs the examples of a gradient slot one after the other, each forward
// and then backward; neuron i of every population belongs to thread i mod `threads`.
#include <algorithm>

#include "cuda/trial_printer.hpp"

namespace synfire::codegen {
namespace {

class TrainingPrinter final : cuda::TrialPhasePrinter {
 public:
  explicit TrainingPrinter(const Program& program)
      : TrialPhasePrinter(program),
        learning_(*program.learning),
        buffers_(std::to_string(buffer_order(program).size())) {}

  std::string run() {
    text::print_header(program_,
                       "trial, the examples of a gradient slot one after the other in a block of " +
                           std::to_string(program_.threads) + " threads",
                       out_);
    text::print_includes(
        text::headers_of(program_,
                         {"deliver.cuh", "math.cuh", "random.cuh", "training_block.cuh", "trial_arguments.cuh"},
                         "patch_training_block.cuh"),
        out_);
    text::print_recipes(program_, out_);
    out_.line("constexpr u32 slots = " + number(learning_.slots) + ";  // partial sums of each gradient");
    out_.line("constexpr u32 timesteps = " + number(program_.timesteps) + ";").line();
    print_training();
    out_.line();
    text::print_optimizer(program_, out_);
    print_norm();
    print_update();
    if (text::has_noise(program_)) print_stage("perturb", &text::print_perturbation);
    if (text::constrain_chunks(program_) != 0) print_stage("constrain", &text::print_constraints);
    if (text::prepare_chunks(program_) != 0) print_stage("prepare", &text::print_preparation);
    return out_.text();
  }

 private:
  void print_training() {
    const auto kernel = out_.scope("SYNFIRE_KERNEL(" + std::to_string(program_.threads) +
                                   ") synfire_train(const TrainingArguments<" + buffers_ + "> arguments) {");
    out_.line("constexpr u32 threads = " + number(program_.threads) + ";");
    out_.line("const u32 thread = thread_index();");
    out_.line("const u32 slot = block_index();");
    print_shared();
    print_buffers([](const Array& array) { return !array.per_example; });
    out_.line().line("if (" + name(*learning_.halt) + "(0u) != 0u) return;  // training halted in an earlier batch");
    section("Before the first example");
    print_phases(learning_.before_examples);
    print_registers();
    out_.line().line("u32 slot_example = 0u;");
    print_examples();
    section("Check whether the batch is usable for training");
    // Neurons of the first warp belong to the lanes that check them, and spike totals to the first of all.
    const bool has_more = std::any_of(learning_.counts.begin(), learning_.counts.end(),
                                      [](const contract::EventCounts& counts) { return counts.neurons > 32; });
    if (has_more) out_.line("block_barrier();");
    const auto closing = out_.scope("if (arguments.backward != 0u && warp_index() == 0u) {");
    text::print_closing(
        program_, "lane_index()", "32u", [&](ArrayId id) { return name(id); }, out_);
  }

  void print_examples() {
    const auto loop = out_.scope("for (u32 trial = slot; trial < arguments.examples; trial += slots) {");
    out_.line("++slot_example;");
    out_.line("const u32 row = " + name(*learning_.order) + "(trial);  // index in the data set");
    if (uses_random()) out_.line("const u32 example = arguments.first_example + trial;  // for random numbers");
    print_buffers([](const Array& array) { return array.per_example; });
    section("Before the first step");
    print_phases(program_.before);
    section("Steps");
    out_.line("const u32 steps = " + program_.arrays[*program_.example_steps].name + "(0u);");
    {
      const auto steps = out_.scope("for (u32 step = 0u; step < steps; ++step) {");
      print_phases(program_.step);
    }
    section("After the last step");
    print_phases(program_.after);
    print_backward();
    if (learning_.barrier_between_examples)
      out_.line().line("block_barrier();  // the next example overwrites what this one has read");
  }

  void print_backward() {
    section("Backward");
    out_.line("bool goes_backward = arguments.backward != 0u;");
    for (const Tape& tape : learning_.tapes) {
      if (!tape.given)
        out_.line("goes_backward = goes_backward && " + name(tape.offsets) + "(steps) <= " + capacity_of(tape) + ";");
    }
    const auto backward = out_.scope("if (goes_backward) {");
    print_phases(learning_.before);
    section("Steps, from the last to the first");
    {
      const auto loop = out_.scope("for (u32 step = steps; step-- > 0u;) {");
      print_phases(learning_.step);
    }
    section("At the start of the example");
    print_phases(learning_.after);
  }

  auto update_kernel(const std::string& entry) {
    out_.line();
    return out_.scope("SYNFIRE_KERNEL(" + std::to_string(text::update_threads) + ") " + entry +
                      "(const UpdateArguments<" + buffers_ + "> arguments) {");
  }

  void print_norm() {
    const auto kernel = update_kernel("synfire_norm");
    out_.line("if (warp_index() != 0u) return;");
    out_.line("const u32 chunk = block_index();");
    text::print_norm(program_, "if (lane_index() == 0u) ", out_);
  }

  void print_indices() {
    out_.line("constexpr u32 threads = " + number(text::update_threads) + ";");
    out_.line("const u32 thread = thread_index();");
    out_.line("const u32 chunk = block_index();");
  }

  void print_stage(const std::string& what, void (*print_body)(const Program&, const std::string&, text::Writer&)) {
    const auto kernel = update_kernel("synfire_" + what);
    print_indices();
    print_body(program_, "thread, threads", out_);
  }

  void print_update() {
    const auto kernel = update_kernel("synfire_update");
    print_indices();
    if (learning_.optimizer.clip_norm > 0) text::print_norm_factor(program_, out_);
    text::print_update(program_, "thread, threads", out_);
  }

  // Rows have the same layout as on the host: each warp picks its targets.
  std::string warps_per_tile() const override { return "threads / 32u"; }
  std::string own_tile() const override { return "0u"; }

  const Learning& learning_;
  const std::string buffers_;
};

}  // namespace

std::string print_cuda_training(const Program& program) { return TrainingPrinter(program).run(); }

}  // namespace synfire::codegen
