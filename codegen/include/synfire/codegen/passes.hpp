// SPDX-License-Identifier: Apache-2.0
// Passes over programs, and the ordered list of them for each kind of machine.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "synfire/codegen/program.hpp"

namespace synfire::codegen {

// What a block may use. The defaults are what every GPU since compute capability 7.5 has.
struct BlockLimits {
  std::size_t shared_bytes = 49152;        // without asking for more at launch
  std::uint32_t registers_for_state = 64;  // 32-bit words of state that a thread holds in registers
  std::uint32_t elements_per_thread = 8;   // of one population, above which its state goes to memory
  std::uint32_t threads = 0;               // 0: chosen from the sizes of the populations
};

// After it: no queue gathers a list that nothing reads.
void drop_unread_lists(Program& program);

// After it: `threads` is set, every array has a storage and every queue has a place; what fits neither registers nor shared
// memory lies in workspace buffers. Throws ModelError (unsupported) where the masks of spikes do not fit.
void place_in_block(Program& program, const BlockLimits& limits);

// Whether it would not throw.
bool fits_in_block(const Program& program, const BlockLimits& limits);

// After it: every array of a trial lies in the trial's structure in the processor's memory.
void place_on_host(Program& program);

// What a schedule knows of who touches what.
struct Sharing {
  bool owners_gather = false;    // whoever owns neurons lists their spikes
  bool owners_draw = false;      // whoever owns targets draws the synapses that end there
  bool lists_only = false;       // masks are only read to make lists
  bool steps_are_apart = false;  // everyone waits for everyone between two steps anyway, and before and after all
};

// After it: between any two phases of which one touches, on another thread, what the other writes, there is a barrier, and
// no barrier could be left out. Slots of delay rings that cannot coincide do not conflict.
void place_barriers(Program& program, const Sharing& sharing = {});

// The same for a program that learns; place_barriers calls it.
void place_learning_barriers(Program& program, const Sharing& sharing);

// Who owns the targets of a connection.
struct Tiling {
  std::uint32_t tiles = 1;
  bool ascending = true;  // the targets of a tile are all greater than those of the tile before
  std::function<std::uint32_t(std::uint32_t target)> tile_of;
};
Tiling one_tile();
Tiling warp_tiles(std::uint32_t warps);                        // 32 neighbors each, in turn
Tiling range_tiles(std::uint32_t tiles, std::uint32_t width);  // `width` neighbors each

// After it: the synapses of connections that are kept as rows lie in parameter buffers, cut into tiles.
void lay_out_rows(Program& program, const std::function<Tiling(std::uint32_t targets)>& tiling);

struct Pass {
  std::string name;
  std::function<void(Program&)> run;
};

// Neurons of one of `parts` parts of a population: whole cache lines of anything.
std::uint32_t part_width(std::uint32_t neurons, std::uint32_t parts);

// After it: the program is of the schedule `step`, cut into `parts` parts for threads of the processor.
void cut_into_parts(Program& program, std::uint32_t parts);

// After it: the program is of the schedule `step` for the whole grid of a GPU: arrays and queues lie in global memory, block
// b owns neurons [b · tile, (b + 1) · tile) of each population.
void place_on_grid(Program& program, const BlockLimits& limits);
std::uint32_t grid_blocks(const Program& program);  // for each example
// After it: the buffer that tells kernels their step is there, behind all others.
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
// `learns`: of a program that learns, whose rows of synapses all backends keep in the same order.
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

// Runs passes in order and checks the program after each; a pass that breaks it is our mistake (std::logic_error). `print`
// receives the listing before the first and after each pass that changed something.
void run_passes(Program& program, const std::vector<Pass>& passes,
                const std::function<void(const std::string& stage, const std::string& listing)>& print = {});

// Shared memory of a block that holds the program, in bytes.
std::size_t shared_bytes(const Program& program);
// Barriers that a step passes.
std::size_t barriers_per_step(const Program& program);

}  // namespace synfire::codegen
