// SPDX-License-Identifier: Apache-2.0
// What `--record cells.v,neurons=0:10,steps=::5` asks for.
#pragma once

#include <vector>

#include "options.hpp"
#include "synfire/compiled_network.hpp"

namespace synfire::command_line {

// What a run keeps: the variables that --record names, in the way that it says; of what else the program records, nothing.
// Without --record everything is kept where --output names a file for it. Throws UsageError, also for a variable that an
// artifact was not compiled to record.
std::vector<KeptRecording> kept_recordings(const Arguments& arguments, const contract::Manifest& manifest);

// `3`, `0:10`, `::2`: an index, or a slice of Python. Throws UsageError.
Indices parse_indices(const std::string& text, const std::string& option);

}  // namespace synfire::command_line
