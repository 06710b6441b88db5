// SPDX-License-Identifier: Apache-2.0
// Parses `--record cells.v,neurons=0:10,steps=::5`.
#pragma once

#include <vector>

#include "options.hpp"
#include "synfire/compiled_network.hpp"

namespace synfire::command_line {

// What a run keeps: the variables that --record names, with their selections, and nothing else that the program
// records. Without --record, everything if there is an --output file, else nothing. Throws UsageError, also for a
// variable that an artifact was not compiled to record.
std::vector<KeptRecording> kept_recordings(const Arguments& arguments, const contract::Manifest& manifest);

// `3`, `0:10`, `::2`: an index, or a Python slice. Throws UsageError.
Indices parse_indices(const std::string& text, const std::string& option);

}  // namespace synfire::command_line
