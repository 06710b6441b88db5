// SPDX-License-Identifier: Apache-2.0
// `--events [NAME=]FORMAT[,OPTION=VALUE...]`: that the data of an input are recordings of an event camera, or
// spikes of channels.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "options.hpp"
#include "synfire/events.hpp"

namespace synfire::command_line {

struct EventSettings {
  std::optional<EventFormat> format = std::nullopt;  // unset ("auto"): what the file proves
  EventOptions options = {};
};

// The table entry of the option.
Option events_option();

// `nmnist,downsample=2,window=0:100`. Throws UsageError.
EventSettings parse_events(const std::string& text);
// Those of all inputs, by name; a missing name is that of the only input. Throws UsageError.
std::map<std::string, EventSettings> event_settings(const Arguments& arguments, const std::vector<std::string>& inputs);

// Throws DataError, unsupported for HDF5 in a program built without it.
EventFiles open_events(const std::filesystem::path& path, const EventSettings& settings);

}  // namespace synfire::command_line
