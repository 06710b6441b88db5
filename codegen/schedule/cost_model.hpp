// SPDX-License-Identifier: Apache-2.0
// Chooses the schedule of a program from a few numbers about processors and GPUs and the work of one step.
#pragma once

#include <cstdint>
#include <string>

#include "synfire/codegen/options.hpp"
#include "synfire/codegen/program.hpp"

namespace synfire::codegen {

struct ScheduleChoice {
  Schedule schedule = Schedule::trial;
  std::uint32_t parts = 1;  // host, schedule `step`
  std::string note;         // one line: the estimates, or that the user chose it
};

// For a program as lowered. `backend`: "host", or any backend that runs thread blocks.
ScheduleChoice choose_schedule(const Program& program, const CompileOptions& options, const std::string& backend);

}  // namespace synfire::codegen
