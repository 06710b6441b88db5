// SPDX-License-Identifier: Apache-2.0
// The CUDA printer of the schedule `trial`. One block runs one example: neuron i of every population belongs to thread
// i mod `threads`; blocks share nothing.
#include "cuda/trial_printer.hpp"

namespace synfire::codegen {
namespace {

class TrialPrinter final : cuda::TrialPhasePrinter {
 public:
  explicit TrialPrinter(const Program& program) : TrialPhasePrinter(program) {}

  std::string run() {
    text::print_header(program_, "trial, one example per block of " + std::to_string(program_.threads) + " threads",
                       out_);
    text::print_includes(
        text::headers_of(program_, {"deliver.cuh", "math.cuh", "random.cuh", "trial_arguments.cuh"}, "patch_block.cuh"),
        out_);
    text::print_recipes(program_, out_);
    const std::size_t buffers = buffer_order(program_).size();
    print_kernel("SYNFIRE_KERNEL(" + std::to_string(program_.threads) + ") synfire_trial(const TrialArguments<" +
                 std::to_string(buffers) + "> arguments)");
    return out_.text();
  }

 private:
  void print_kernel(const std::string& signature) {
    const auto kernel = out_.scope(signature + " {");
    print_preamble();
    print_buffers();
    print_shared();
    print_registers();
    section("Before the first step");
    print_phases(program_.before);
    print_loop();
    if (!program_.after.empty()) section("After the last step");
    print_phases(program_.after);
  }

  void print_preamble() {
    out_.line("constexpr u32 threads = " + number(program_.threads) + ";");
    out_.line("const u32 thread = thread_index();");
    out_.line("const u32 trial = block_index();  // index in the batch");
    if (uses_random()) out_.line("const u32 example = arguments.first_example + trial;  // index in the data set");
  }

  void print_loop() {
    const std::string steps_array = program_.arrays[*program_.example_steps].name;
    section("Steps");
    out_.line("const u32 steps = " + steps_array + "(0u);");
    out_.line("const u32 last = end_of_launch(arguments, steps);");
    const auto loop = out_.scope("for (u32 step = arguments.first_step; step < last; ++step) {");
    print_phases(program_.step);
  }
};

}  // namespace

std::string print_cuda(const Program& program) { return TrialPrinter(program).run(); }

}  // namespace synfire::codegen
