// SPDX-License-Identifier: Apache-2.0
// `--events [NAME=]FORMAT[,OPTION=VALUE...]`: that the data of an input are recordings of an event camera, or
// spikes of channels.
#pragma once

#include <filesystem>
#include <string>

#include "options.hpp"
#include "synfire/events.hpp"

namespace synfire::command_line {

// The table entry of the option.
Option events_option();

// parse_event_settings(), whose errors are those of the option. Throws UsageError.
EventSettings parse_events(const std::string& text);

// Throws DataError, unsupported for HDF5 in a program built without it.
EventFiles open_events(const std::filesystem::path& path, const EventSettings& settings);

}  // namespace synfire::command_line
