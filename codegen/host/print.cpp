// SPDX-License-Identifier: Apache-2.0
// The host printer of the schedule `trial`. A thread runs one example after the other: a trial's state is one struct
// that fits in the cache, neurons are SIMD lanes, spikes add rows of weights.
#include "host/phase_printer.hpp"

namespace synfire::codegen {
namespace {

class TrialPrinter final : host::PhasePrinter {
 public:
  explicit TrialPrinter(const Program& program) : PhasePrinter(program) {}

  std::string run() {
    text::print_header(program_, "trial, one example after the other on one CPU thread", out_);
    text::print_includes(text::headers_of(program_, {"math.cuh", "random.cuh", "trial_arguments.cuh", "trial_host.cuh"},
                                          "patch_host.cuh"),
                         out_);
    text::print_recipes(program_, out_);
    print_trial();
    print_entry();
    return out_.text();
  }

 private:
  void print_entry() {
    const std::size_t buffers = buffer_order(program_).size();
    out_.line();
    out_.line("extern \"C\" const u64 synfire_trial_bytes = sizeof(Trial);").line();
    const std::string arguments = "const TrialArguments<" + std::to_string(buffers) + ">";
    {
      const auto scope = out_.scope("static void run_trial(" + arguments + "& arguments, u32 number, Trial& trial) {");
      out_.line("[[maybe_unused]] const u32 example = arguments.first_example + number;  // index in the data set");
      print_buffers();
      section("Before the first step");
      print_phases(program_.before, true);
      section("Steps");
      out_.line("const u32 steps = " + program_.arrays[*program_.example_steps].name + "[0];");
      out_.line("const u32 last = end_of_launch(arguments, steps);");
      {
        const auto loop = out_.scope("for (u32 step = arguments.first_step; step < last; ++step) {");
        print_phases(program_.step, false);
      }
      if (!program_.after.empty()) section("After the last step");
      print_phases(program_.after, true);
    }
    out_.line();
    const auto scope = out_.scope("extern \"C\" void synfire_trial(" + arguments +
                                  "* arguments, u32 example_begin, u32 example_end, void* scratch) {");
    out_.line("Trial& trial = *static_cast<Trial*>(scratch);");
    out_.line("for (u32 number = example_begin; number < example_end; ++number) run_trial(*arguments, number, trial);");
  }
};

}  // namespace

std::string print_host(const Program& program) { return TrialPrinter(program).run(); }

}  // namespace synfire::codegen
