// SPDX-License-Identifier: Apache-2.0
// Passes over programs, and the pass pipeline for each kind of machine.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "synfire/codegen/program.hpp"
#include "synfire/contract/trial_arguments.hpp"

namespace synfire::codegen {

// Resource limits of a block. The defaults hold for every GPU since compute capability 7.5.
struct BlockLimits {
  std::size_t shared_bytes = contract::max_static_shared_bytes;  // without opting in to more at launch
  std::uint32_t registers_for_state = 64;  // 32-bit words of state that a thread holds in registers
  std::uint32_t elements_per_thread = 8;   // of one population; with more, its state goes to memory
  std::uint32_t threads = 0;               // 0: chosen from the sizes of the populations
};

// Postcondition: no queue gathers a list that nothing reads.
void drop_unread_lists(Program& program);

// Postcondition: `threads` is set, every array has a storage and every queue has a place; what fits neither registers
// nor shared memory is in workspace buffers. Throws ModelError (unsupported) if the spike masks do not fit.
void place_in_block(Program& program, const BlockLimits& limits);

// Whether place_in_block would not throw.
bool fits_in_block(const Program& program, const BlockLimits& limits);

// Postcondition: every array of a trial is in the trial's struct in host memory.
void place_on_host(Program& program);

// What a schedule guarantees about which thread accesses what.
struct Sharing {
  bool owners_gather = false;    // the owner of neurons gathers their spikes
  bool owners_draw = false;      // the owner of targets generates their procedural synapses
  bool lists_only = false;       // masks are only read to make lists
  bool steps_are_apart = false;  // all threads synchronize anyway between steps, before the first and after the last
};

// Postcondition: a barrier separates any two phases if one accesses, on another thread, what the other writes; no
// barrier is redundant. Slots of delay rings that cannot coincide do not conflict.
void place_barriers(Program& program, const Sharing& sharing = {});

// The same for a training program; place_barriers calls it.
void place_learning_barriers(Program& program, const Sharing& sharing);

// How the targets of a connection are divided among owners.
struct Tiling {
  std::uint32_t tiles = 1;
  bool ascending = true;  // the targets of a tile are all greater than those of the tile before
  std::function<std::uint32_t(std::uint32_t target)> tile_of;
};
Tiling one_tile();
Tiling warp_tiles(std::uint32_t warps);                        // 32 neighbors each, round-robin
Tiling range_tiles(std::uint32_t tiles, std::uint32_t width);  // `width` neighbors each

// Postcondition: the synapses of connections stored as rows are in parameter buffers, cut into tiles.
void lay_out_rows(Program& program, const std::function<Tiling(std::uint32_t targets)>& tiling);

struct Pass {
  std::string name;
  std::function<void(Program&)> run;
};

// Neurons in one of `parts` parts of a population: whole cache lines for any element type.
std::uint32_t part_width(std::uint32_t neurons, std::uint32_t parts);

// Postcondition: the program has the schedule `step` and is cut into `parts` parts for a thread team.
void cut_into_parts(Program& program, std::uint32_t parts);

// Postcondition: the program has the schedule `step` for the whole grid of a GPU: arrays and queues are in global
// memory, block b owns neurons [b · tile, (b + 1) · tile) of each population.
void place_on_grid(Program& program, const BlockLimits& limits);
std::uint32_t grid_blocks(const Program& program);  // per example
// Postcondition: the buffer from which kernels read their step exists, after all others.
void add_step_base(Program& program);

// The phases of one kernel of the schedule `step`.
struct StageOfPhases {
  enum class When { before, step, after };
  std::string name;  // of its entry point
  When when = When::step;
  std::vector<Phase> phases;
};
std::vector<StageOfPhases> stages_of(const Program& program);

// The passes of the schedule `trial`, in order.
// `learns`: for a training program, whose synapse rows have the same order on all backends.
std::vector<Pass> block_passes(const BlockLimits& limits, bool learns = false);
std::vector<Pass> host_passes();
// Those of the schedule `step`.
std::vector<Pass> grid_passes(const BlockLimits& limits);
std::vector<Pass> host_step_passes(std::uint32_t parts);

// What a backend needs to know to choose its passes.
struct PassOptions {
  BlockLimits block = {};
  Schedule schedule = Schedule::trial;  // never automatic
  std::uint32_t parts = 1;              // host, schedule `step`
  bool learns = false;                  // schedule `trial`
};

// Runs passes in order and checks the program after each; a pass that breaks it is an internal error
// (std::logic_error). `print` receives the listing before the first and after each pass that changed something.
void run_passes(Program& program, const std::vector<Pass>& passes,
                const std::function<void(const std::string& stage, const std::string& listing)>& print = {});

// Shared memory of a block that runs the program, in bytes.
std::size_t shared_bytes(const Program& program);
// The number of barriers in a step.
std::size_t barriers_per_step(const Program& program);

}  // namespace synfire::codegen
