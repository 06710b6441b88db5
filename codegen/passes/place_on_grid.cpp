// SPDX-License-Identifier: Apache-2.0
// The schedule `step` on a GPU: state outlives the kernels, so all of it is in global memory.
#include <algorithm>

#include "synfire/codegen/passes.hpp"

namespace synfire::codegen {
namespace {

// A power of two, for the sums of gather_on_grid.
constexpr std::uint32_t default_threads = 256;
// Above this, two neurons per thread: fewer tiles, so each row of synapses stores fewer tile offsets.
constexpr std::uint32_t many_neurons = 65536;

std::uint32_t most_neurons(const Program& program) {
  std::uint32_t most = 1;
  for (const Phase& phase : program.step) {
    if (const auto* elements = std::get_if<ElementPhase>(&phase)) most = std::max(most, elements->count);
  }
  return most;
}

class GridPlacement {
 public:
  explicit GridPlacement(Program& program) : program_(program) {}

  void run(const BlockLimits& limits) {
    program_.schedule = Schedule::step;
    program_.threads = limits.threads != 0 ? limits.threads : default_threads;
    program_.tile = program_.threads * (most_neurons(program_) > many_neurons ? 2 : 1);
    for (Array& array : program_.arrays) {
      if (array.storage == Storage::undecided) to_workspace(array);
    }
    for (Queue& queue : program_.queues) place(queue);
  }

 private:
  static void to_workspace(Array& array) {
    array.storage = Storage::global;
    array.role = contract::BufferRole::workspace;
    array.element_type = array.type == Type::u32 ? contract::ElementType::u32 : contract::ElementType::f32;
    array.per_example = true;
    array.shape = {array.extent};
  }

  ArrayId words(const std::string& name, std::size_t extent) {
    Array array;
    array.name = name;
    array.type = Type::u32;
    array.extent = extent;
    to_workspace(array);
    return program_.add(std::move(array));
  }

  void place(Queue& queue) {
    const std::size_t mask_extent = std::size_t{queue.mask_words()} * queue.mask_depth();
    words(queue.name + "_mask", mask_extent);
    if (queue.is_signed) words(queue.name + "_negative_mask", mask_extent);
    if (!queue.list_read) return;
    queue.workspace = words(queue.name + "_spikes", std::size_t{queue.list_depth()} * queue.neurons);
    words(queue.name + "_spike_count", queue.list_depth());
  }

  Program& program_;
};

}  // namespace

void place_on_grid(Program& program, const BlockLimits& limits) { GridPlacement(program).run(limits); }

std::uint32_t grid_blocks(const Program& program) { return (most_neurons(program) + program.tile - 1) / program.tile; }

// The device finds it after all other buffers.
void add_step_base(Program& program) {
  Array array;
  array.name = "step_base";
  array.type = Type::u32;
  array.element_type = contract::ElementType::u32;
  array.comment = "the step of relative_step 0, and the header";
  array.extent = sizeof(contract::StepBase) / sizeof(std::uint32_t);
  array.lifetime = Lifetime::persistent;
  array.storage = Storage::global;
  array.role = contract::BufferRole::step_base;
  array.shape = {array.extent};
  program.add(std::move(array));
}

std::vector<StageOfPhases> stages_of(const Program& program) {
  using When = StageOfPhases::When;
  std::vector<StageOfPhases> stages;
  const auto split = [&](const std::vector<Phase>& phases, When when, const char* name) {
    int number = 0;
    for (auto first = phases.begin(); first != phases.end();) {
      const auto end = std::find_if(first, phases.end(),
                                    [](const Phase& each) { return std::holds_alternative<BarrierPhase>(each); });
      if (end != first) stages.push_back({name + std::to_string(++number), when, {first, end}});
      first = end == phases.end() ? end : end + 1;
    }
  };
  split(program.before, When::before, "synfire_before_");
  split(program.step, When::step, "synfire_step_");
  split(program.after, When::after, "synfire_after_");
  return stages;
}

}  // namespace synfire::codegen
