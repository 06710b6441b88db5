// SPDX-License-Identifier: Apache-2.0
#include "data/event_source.hpp"

#include <memory>
#include <utility>

#include "output.hpp"
#if SYNFIRE_HAS_HDF5
#include "synfire/shd.hpp"
#endif

namespace synfire::command_line {
namespace {

constexpr const char* events_name = "--events";

#if SYNFIRE_HAS_HDF5
std::shared_ptr<const ChannelFile> channel_file(const std::filesystem::path& path) { return open_shd(path); }
#else
std::shared_ptr<const ChannelFile> channel_file(const std::filesystem::path& path) {
  throw DataError(Problem{.kind = ProblemKind::unsupported,
                          .path = path.string(),
                          .message = "the file is HDF5, and this program was built without HDF5",
                          .hint = "install HDF5 (Debian: libhdf5-dev) and build it again"});
}
#endif

}  // namespace

Option events_option() {
  return {
      .name = "events",
      .value = "[NAME=]FORMAT[,OPTION=VALUE...]",
      .help =
          "the data of an input are recordings of an event camera, a file or a folder: nmnist, aedat, npy, npz "
          "or auto; or spikes of channels in HDF5: shd; sensor=WxH, channels=N, unit=us, crop=WxH+X+Y, "
          "downsample=N, polarity=both, on, off or merged, "
          "origin=zero or first, offset=MS, window=BEGIN:END in ms, once_per=MS; docs/events.md has the rules; none: "
          "the model names recordings, but the data are none",
      .repeated = true};
}

EventSettings parse_events(const std::string& text) {
  try {
    return parse_event_settings(text);
  } catch (const DataError& error) {
    std::vector<Problem> problems = error.problems();
    for (Problem& problem : problems)
      problem.path = problem.path == "events" ? events_name : std::string(events_name) + " " + problem.path;
    throw UsageError(std::move(problems));
  }
}

EventFiles open_events(const std::filesystem::path& path, const EventSettings& settings) {
  const EventFormat format = settings.format ? *settings.format : format_of_events(path);
  if (format == EventFormat::shd) return EventFiles(channel_file(path), settings.options);
  return EventFiles(path, format, settings.options);
}

}  // namespace synfire::command_line
