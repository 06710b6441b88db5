// SPDX-License-Identifier: Apache-2.0
// A hand-written equivalent of a program of the schedule `step`, for tests of the host device: a ring of cells, each of
// which becomes a mixture of others in each step. A step needs the previous step of all parts.
#include "team.cuh"
#include "trial_arguments.cuh"

using namespace synfire::device;

constexpr u32 cells = 64;
constexpr u32 parts = 8;
constexpr u32 cells_of_part = cells / parts;

struct Scratch {
  u32 cell[2][cells];
};

extern "C" void synfire_steps(const TrialArguments<2>* arguments, u32 worker, u32 workers, void* scratch, void* team) {
  auto& cell = static_cast<Scratch*>(scratch)->cell;
  u32* const output = static_cast<u32*>(arguments->buffers[0]);  // {cells}
  u32* const part_worker =
      static_cast<u32*>(arguments->buffers[1]);  // {parts}: the number of workers, and the worker of the part
  const u32 end = (worker + 1u) * parts / workers;
  const u32 begin = worker * parts / workers;
  for (u32 part = begin; part < end; ++part) {
    part_worker[part] = workers * 100u + worker;
    for (u32 i = part * cells_of_part; i < (part + 1u) * cells_of_part; ++i) cell[0][i] = i;
  }
  team_barrier(team, workers);
  for (u32 step = arguments->first_step; step < arguments->last_step; ++step) {
    const u32* const now = cell[step % 2u];
    u32* const next = cell[(step + 1u) % 2u];
    for (u32 i = begin * cells_of_part; i < end * cells_of_part; ++i)
      next[i] = now[(i + cells - 1u) % cells] * 3u + now[(i + 23u) % cells] + step;
    team_barrier(team, workers);
  }
  for (u32 i = begin * cells_of_part; i < end * cells_of_part; ++i) output[i] = cell[arguments->last_step % 2u][i];
}
