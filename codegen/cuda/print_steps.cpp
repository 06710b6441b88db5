// SPDX-License-Identifier: Apache-2.0
// The CUDA printer of the schedule `step`: the whole grid runs one step after the other. Block b owns a tile of
// neighboring neurons of each population; a kernel ends wherever blocks must synchronize.
#include <algorithm>
#include <cctype>

#include "cuda/phase_printer.hpp"
#include "program/manifest.hpp"
#include "text/header.hpp"

namespace synfire::codegen {
namespace {

using text::Writer;

bool is_identifier(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Whether `name` occurs in generated source as an identifier.
bool mentions(const std::string& source, const std::string& name) {
  for (std::size_t at = source.find(name); at != std::string::npos; at = source.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    const bool begins = at == 0 || !is_identifier(source[at - 1]);
    if (begins && (end == source.size() || !is_identifier(source[end]))) return true;
  }
  return false;
}

class StepPrinter final : cuda::PhasePrinter {
 public:
  explicit StepPrinter(const Program& program) : PhasePrinter(program) {}

  std::string run() {
    text::print_header(program_,
                       "step, each step over a grid of " + std::to_string(grid_blocks(program_)) + " blocks of " +
                           std::to_string(program_.threads) + " threads",
                       out_);
    text::print_includes(
        text::headers_of(program_, {"deliver.cuh", "math.cuh", "random.cuh", "trial_arguments.cuh"}, "patch_block.cuh"),
        out_);
    text::print_recipes(program_, out_);
    bool first = true;
    for (const StageOfPhases& stage : stages_of(program_)) {
      if (!first) out_.line();
      first = false;
      print_kernel(stage);
    }
    return out_.text();
  }

 private:
  void print_kernel(const StageOfPhases& stage) {
    const std::size_t buffers = buffer_order(program_).size();
    const bool in_step = stage.when == StageOfPhases::When::step;
    const auto kernel = out_.scope("SYNFIRE_KERNEL(" + std::to_string(program_.threads) + ") " + stage.name +
                                   "(const TrialArguments<" + std::to_string(buffers) + "> " +
                                   (in_step ? "given" : "arguments") + ", [[maybe_unused]] u32 relative_step) {");
    if (in_step)
      out_.line("const TrialArguments<" + std::to_string(buffers) + "> arguments = with_header_in_memory(given);");
    Writer kernel_text = std::exchange(out_, out_.nested());
    print_phases(stage.phases);
    const std::string body = std::exchange(out_, std::move(kernel_text)).text();
    print_preamble(stage, body);
    out_.append(body);
  }

  // Only what the kernel needs.
  void print_preamble(const StageOfPhases& stage, const std::string& body) {
    const bool in_step = stage.when == StageOfPhases::When::step;
    out_.line("constexpr u32 threads = " + number(program_.threads) + ";");
    out_.line("const u32 thread = thread_index();");
    out_.line("const u32 block = block_index();");
    out_.line("const u32 tile = block * " + number(program_.tile) + ";  // first owned neuron");
    out_.line("const u32 trial = grid_row();  // index in the batch");
    if (mentions(body, "example"))
      out_.line("const u32 example = arguments.first_example + trial;  // index in the data set");
    section("Buffers");
    const std::string steps = program_.arrays[*program_.example_steps].name;
    const bool has_steps = in_step || mentions(body, "steps") || mentions(body, "last");
    std::size_t position = 0;
    for (const ArrayId id : buffer_order(program_)) {
      const Array& array = program_.arrays[id];
      const bool base = array.role == contract::BufferRole::step_base;
      if (mentions(body, array.name) || (base && in_step) || (has_steps && array.name == steps))
        print_buffer(id, position);
      ++position;
    }
    if (mentions(body, "partial")) {
      section("Shared memory");
      out_.line("SYNFIRE_SHARED(u32, partial, " + std::to_string(program_.threads) + ");");
    }
    out_.line();
    if (in_step) out_.line("const u32 step = step_base(0u) + relative_step;");
    if (has_steps) {
      out_.line("const u32 steps = " + steps + "(0u);");
      out_.line("const u32 last = end_of_launch(arguments, steps);");
    }
    if (in_step) out_.line("if (step >= last) return;");
    out_.line();
  }

  std::uint32_t per_thread(std::uint32_t) const override { return program_.tile / program_.threads; }
  std::string own_index() const override {
    return program_.tile == program_.threads ? "tile + thread" : "tile + k * threads + thread";
  }
  bool all_exist(std::uint32_t count) const override {
    return count == std::uint64_t{grid_blocks(program_)} * program_.tile;
  }
  std::optional<Writer::Scope> once() override {
    out_.line("if (block == 0u) {");
    return std::optional<Writer::Scope>(std::in_place, out_, "}");
  }

  // A loop only if it has more than one iteration.
  Writer::Scope own_neurons(std::uint32_t count) override {
    if (program_.tile == program_.threads) return out_.scope("{");
    return PhasePrinter::own_neurons(count);
  }

  // ---- Deliveries to the tile of this block

  std::string warps_per_tile() const override { return "threads / 32u"; }
  std::string own_tile() const override { return "block"; }
  std::string own_targets(std::uint32_t targets) const override {
    const std::string end = "tile + " + number(program_.tile);
    return "tile, " + end + " < " + number(targets) + " ? " + end + " : " + number(targets);
  }
  std::optional<Writer::Scope> if_any_own(std::uint32_t targets) override {
    out_.line("if (tile < " + number(targets) + ") {");
    return std::optional<Writer::Scope>(std::in_place, out_, "}");
  }
  void print_procedural(const DeliverPhase& phase) override {
    PhasePrinter::print_procedural(phase);
    out_.line("block_barrier();  // threads have delivered to each other's neurons");
  }

  // ---- Lists: each block adds the spikes of its tile after those of all earlier tiles.

  void print_gather(const GatherPhase& phase) override {
    const Queue& queue = program_.queues[phase.queue];
    if (!queue.list_read) return;
    out_.comment(phase.label);
    const auto scope = if_any_own(queue.neurons);
    const std::string negative = queue.is_signed ? negative_mask(queue) : mask(queue);
    out_.line("gather_on_grid<" + number(queue.neurons) + ", threads, " + number(program_.tile) + ", " +
              (queue.is_signed ? "true" : "false") + ">(" + mask(queue) + ", " + negative + ", " +
              mask_first(queue, 0) + ", " + list(queue) + ", " + list_first(queue, 0) + ", " + counts(queue) + ", " +
              text::ring_slot(queue.list_depth(), 0) + ", partial, block, thread);");
  }
};

}  // namespace

std::string print_cuda_steps(const Program& program) { return StepPrinter(program).run(); }

}  // namespace synfire::codegen
