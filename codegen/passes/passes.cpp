// SPDX-License-Identifier: Apache-2.0
#include "synfire/codegen/passes.hpp"

#include <algorithm>
#include <stdexcept>

namespace synfire::codegen {

std::vector<Pass> block_passes(const BlockLimits& limits, bool learns) {
  return {
      {"drop_unread_lists", drop_unread_lists},
      {"place_in_block", [limits](Program& program) { place_in_block(program, limits); }},
      {"lay_out_rows",
       [learns](Program& program) {
         lay_out_rows(program, [&](std::uint32_t) { return learns ? one_tile() : warp_tiles(program.threads / 32); });
       }},
      // Must be last: it reads all phases in order.
      {"place_barriers", [](Program& program) { place_barriers(program); }},
  };
}

std::vector<Pass> host_passes() {
  // Keep lists even if only masks are read: the host delivers from lists only.
  return {
      {"place_on_host", place_on_host},
      {"lay_out_rows", [](Program& program) { lay_out_rows(program, [](std::uint32_t) { return one_tile(); }); }},
  };
}

std::vector<Pass> host_step_passes(std::uint32_t parts) {
  return {
      {"cut_into_parts", [parts](Program& program) { cut_into_parts(program, parts); }},
      {"place_on_host", place_on_host},
      {"lay_out_rows",
       [](Program& program) {
         lay_out_rows(program, [&](std::uint32_t targets) {
           return range_tiles(program.parts, part_width(targets, program.parts));
         });
       }},
      {"place_barriers",
       [](Program& program) {
         place_barriers(program, {.owners_gather = true, .owners_draw = true, .lists_only = true});
       }},
  };
}

std::vector<Pass> grid_passes(const BlockLimits& limits) {
  return {
      {"drop_unread_lists", drop_unread_lists},
      {"place_on_grid", [limits](Program& program) { place_on_grid(program, limits); }},
      {"lay_out_rows",
       [](Program& program) {
         lay_out_rows(program, [&](std::uint32_t targets) {
           return range_tiles((targets + program.tile - 1) / program.tile, program.tile);
         });
       }},
      {"place_barriers",
       [](Program& program) { place_barriers(program, {.owners_draw = true, .steps_are_apart = true}); }},
      {"add_step_base", add_step_base},
  };
}

std::uint32_t part_width(std::uint32_t neurons, std::uint32_t parts) {
  const std::uint32_t share = (neurons + parts - 1) / parts;
  return (share + 63) / 64 * 64;
}

// A step's list is written by some threads while others still read the oldest one, so it needs its own slot.
void cut_into_parts(Program& program, std::uint32_t parts) {
  program.schedule = Schedule::step;
  program.parts = parts;
  for (Queue& queue : program.queues) queue.spare_slots = 1;
}

void run_passes(Program& program, const std::vector<Pass>& passes,
                const std::function<void(const std::string&, const std::string&)>& print) {
  const auto require_valid = [&](const std::string& stage) {
    const std::vector<std::string> failures = check(program);
    if (!failures.empty()) throw std::logic_error("the program is invalid after " + stage + ": " + failures.front());
  };
  require_valid("lowering");
  std::string listing = print ? to_string(program) : std::string{};
  if (print) print("lowering", listing);
  for (const Pass& pass : passes) {
    pass.run(program);
    require_valid(pass.name);
    if (!print) continue;
    std::string changed = to_string(program);
    if (changed != listing) print(pass.name, changed);
    listing = std::move(changed);
  }
}

void drop_unread_lists(Program& program) {
  std::erase_if(program.step, [&](const Phase& phase) {
    const auto* gather = std::get_if<GatherPhase>(&phase);
    return gather != nullptr && !program.queues[gather->queue].list_read;
  });
}

void place_on_host(Program& program) {
  for (Array& array : program.arrays) {
    if (array.storage == Storage::undecided) array.storage = Storage::shared;
  }
  for (Queue& queue : program.queues) queue.list_read = true;
}

std::size_t barriers_per_step(const Program& program) {
  return static_cast<std::size_t>(std::count_if(program.step.begin(), program.step.end(), [](const Phase& phase) {
    return std::holds_alternative<BarrierPhase>(phase);
  }));
}

}  // namespace synfire::codegen
