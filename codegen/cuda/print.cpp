// SPDX-License-Identifier: Apache-2.0
// The CUDA printer of the schedule `trial`. One block runs one example: neuron i of every population belongs to thread i
// mod `threads`; blocks share nothing.
#include "cuda/phase_printer.hpp"
#include "text/header.hpp"

namespace synfire::codegen {
namespace {

using text::Writer;

class TrialPrinter final : cuda::PhasePrinter {
 public:
  explicit TrialPrinter(const Program& program) : PhasePrinter(program) {}

  std::string run() {
    text::print_header(program_, "trial, one example per block of " + std::to_string(program_.threads) + " threads",
                       out_);
    text::print_includes({"deliver.cuh", "math.cuh", "random.cuh", "trial_arguments.cuh"}, out_);
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
    out_.line("const u32 trial = block_index();  // example of this batch");
    if (uses_random()) out_.line("const u32 example = arguments.first_example + trial;  // example of the data set");
  }

  void shared(const std::string& type, const std::string& name, std::size_t extent) {
    out_.line("SYNFIRE_SHARED(" + type + ", " + name + ", " + std::to_string(extent) + ");");
  }

  void print_shared() {
    bool any = !program_.queues.empty();
    for (const Array& array : program_.arrays) any = any || array.storage == Storage::shared;
    if (any) section("Shared memory");
    for (const Queue& queue : program_.queues) {
      shared("u32", mask(queue), std::size_t{queue.mask_words()} * queue.mask_depth());
      if (queue.is_signed) shared("u32", negative_mask(queue), std::size_t{queue.mask_words()} * queue.mask_depth());
      if (!queue.list_read) continue;
      if (!queue.workspace) shared("u32", queue.name + "_spikes", std::size_t{queue.list_depth()} * queue.neurons);
      shared("u32", counts(queue), queue.list_depth());
    }
    for (const Array& array : program_.arrays) {
      if (array.storage == Storage::shared) shared(std::string(to_string(array.type)), array.name, array.extent);
    }
  }

  void print_registers() {
    bool any = false;
    for (const Array& array : program_.arrays) {
      if (array.storage != Storage::registers) continue;
      if (!any) section("Registers: element k is that of neuron k * threads + thread");
      any = true;
      out_.line(std::string(to_string(array.type)) + " " + array.name + "[" +
                std::to_string(per_thread(static_cast<std::uint32_t>(array.extent))) + "];" +
                (array.comment.empty() ? "" : "  // " + array.comment));
    }
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
