// SPDX-License-Identifier: Apache-2.0
// synfire data: says what is in a file of data.
#include <nlohmann/json.hpp>

#include "commands/tables.hpp"
#include "data/data_summary.hpp"
#include "data/source.hpp"

namespace synfire::command_line {
namespace {

void data_info(const Arguments& arguments, Output& output) {
  const DataSource source = parse_source("FILE", arguments.text("FILE"));
  std::optional<EventSettings> events;
  if (arguments.has("events")) events = parse_events(arguments.text("events"));
  // No name is expected, so an equals sign is a part of the path.
  const std::filesystem::path path = (source.name.empty() ? "" : source.name + "=") + source.file.string();
  const DataSummary summary = summarize_data(path, source.array, events);
  Json document = {{"file", path.string()}, {"format", summary.format}};
  document.update(summary.document);
  output.document(document);
  std::string text = "format\t" + summary.format + "\n";
  for (const auto& [label, value] : summary.lines) text += label + "\t" + value + "\n";
  output.text(text);
}

void data(const Arguments& arguments, Output& output) {
  const std::string action = arguments.text("ACTION");
  if (action == "info") return data_info(arguments, output);
  throw UsageError({.kind = ProblemKind::unknown_name,
                    .path = "ACTION",
                    .message = "unknown action \"" + action + "\"",
                    .hint = suggest(action, {"info"}),
                    .expected = "info",
                    .given = action});
}

}  // namespace

Command data_command() {
  Option events = events_option();
  events.value = "FORMAT[,OPTION=VALUE...]";
  events.repeated = false;
  return {
      .name = "data",
      .summary = "show what is in a file of data: numbers, units, ranges, rates",
      .examples = {{"synfire data info spikes.npz", "examples, spikes, neurons, times"},
                   {"synfire data info N-MNIST/Train --events nmnist", "a folder of recordings of an event camera"},
                   {"synfire data info user01.aedat --events aedat,downsample=4",
                    "also the spikes that a network gets"}},
      .text =
          "Reads the whole file: recordings of event cameras, spikes of channels in HDF5, spike trains, IDX, .npy, and "
          "the arrays of an .npz. "
          "Formats are recognized by content, recordings in .bin files by name and size. Writes a line for each "
          "property: its name and its value, separated by a tab. Of the events of one pixel and polarity "
          "in the same step of 1 ms, only the first is a spike there: the others wait for the next steps.",
      .operands = {{.name = "ACTION", .help = "info", .words = {"info"}},
                   {.name = "FILE", .help = "a file, an array of one (FILE:ARRAY), or a folder of recordings"}},
      .options = {events},
      .run = data,
  };
}

}  // namespace synfire::command_line
