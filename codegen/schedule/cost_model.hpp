// SPDX-License-Identifier: Apache-2.0
// Which schedule a program gets, and why: a few numbers about processors and GPUs, and what a step has to do.
#pragma once

#include <cstdint>
#include <string>

#include "synfire/codegen/options.hpp"
#include "synfire/codegen/program.hpp"

namespace synfire::codegen {

struct ScheduleChoice {
  Schedule schedule = Schedule::trial;
  std::uint32_t parts = 1;  // host, schedule `step`
  std::string note;         // one line: the estimates, or that the user chose
};

// For the program as lowered. `backend`: "host", or anything that runs blocks of threads.
ScheduleChoice choose_schedule(const Program& program, const CompileOptions& options, const std::string& backend);

}  // namespace synfire::codegen
