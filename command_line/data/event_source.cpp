// SPDX-License-Identifier: Apache-2.0
#include "data/event_source.hpp"

#include <array>
#include <functional>
#include <limits>
#include <memory>
#include <set>
#include <utility>

#include "data/source.hpp"
#include "output.hpp"
#if SYNFIRE_HAS_HDF5
#include "synfire/shd.hpp"
#endif

namespace synfire::command_line {
namespace {

constexpr const char* events_name = "--events";

template <class T>
struct NamedChoice {
  const char* name;
  T value;
};

constexpr std::array<NamedChoice<EventFormat>, 5> event_formats{{{"nmnist", EventFormat::nmnist},
                                                                 {"aedat", EventFormat::aedat},
                                                                 {"npy", EventFormat::npy},
                                                                 {"npz", EventFormat::npz},
                                                                 {"shd", EventFormat::shd}}};
constexpr std::array<NamedChoice<TimeUnit>, 4> time_units{
    {{"ns", TimeUnit::ns}, {"us", TimeUnit::us}, {"ms", TimeUnit::ms}, {"s", TimeUnit::s}}};
constexpr std::array<NamedChoice<EventPolarity>, 4> polarities{{{"both", EventPolarity::both},
                                                                {"on", EventPolarity::on},
                                                                {"off", EventPolarity::off},
                                                                {"merged", EventPolarity::merged}}};
constexpr std::array<NamedChoice<EventOrigin>, 2> origins{{{"zero", EventOrigin::zero}, {"first", EventOrigin::first}}};

template <class Choices>
auto chosen(const Choices& choices, const std::string& what, const std::string& given) {
  std::vector<std::string> names;
  for (const auto& choice : choices) {
    if (given == choice.name) return choice.value;
    names.emplace_back(choice.name);
  }
  throw UsageError(Problem{.kind = ProblemKind::unknown_name,
                           .path = events_name,
                           .message = "unknown " + what + " \"" + given + "\"",
                           .hint = suggest(given, names),
                           .expected = nearest_name(given, names),
                           .given = given});
}

[[noreturn]] void wrong_value(const std::string& option, const std::string& expected, const std::string& given) {
  throw UsageError(usage_problem(events_name, "the value of " + option + " is not of its form", {},
                                 option + "=" + expected, option + "=" + given));
}

// The whole numbers of a text between separators, such as 30x20+2+1 with "x++"; nothing unless it has this form.
std::optional<std::vector<std::uint32_t>> numbers_between(std::string text, const std::string& separators) {
  std::vector<std::uint32_t> numbers;
  for (std::size_t i = 0; i <= separators.size(); ++i) {
    const std::size_t end = i < separators.size() ? text.find(separators[i]) : text.size();
    if (end == std::string::npos) return std::nullopt;
    const auto number = to_integer(text.substr(0, end));
    if (!number || *number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    numbers.push_back(static_cast<std::uint32_t>(*number));
    text.erase(0, end + 1);
  }
  return numbers;
}

double number_of(const std::string& option, const std::string& value) {
  const auto number = to_number(value);
  if (!number) wrong_value(option, "MS", value);
  return *number;
}

std::uint32_t count_of(const std::string& option, const std::string& value) {
  const auto count = numbers_between(value, "");
  if (!count || count->front() == 0) wrong_value(option, "N", value);
  return count->front();
}

using SetOption = std::function<void(EventOptions&, const std::string& option, const std::string& value)>;

const std::vector<std::pair<std::string, SetOption>>& event_option_table() {
  static const std::vector<std::pair<std::string, SetOption>> table{
      {"sensor",
       [](EventOptions& options, const std::string& option, const std::string& value) {
         const auto size = numbers_between(value, "x");
         if (!size) wrong_value(option, "WxH", value);
         options.sensor = SensorSize{(*size)[0], (*size)[1]};
       }},
      {"unit", [](EventOptions& options, const std::string&,
                  const std::string& value) { options.unit = chosen(time_units, "unit", value); }},
      {"crop",
       [](EventOptions& options, const std::string& option, const std::string& value) {
         const auto part = numbers_between(value, "x++");
         if (!part) wrong_value(option, "WxH+X+Y", value);
         options.crop = EventCrop{.x = (*part)[2], .y = (*part)[3], .width = (*part)[0], .height = (*part)[1]};
       }},
      {"channels", [](EventOptions& options, const std::string& option,
                      const std::string& value) { options.channels = count_of(option, value); }},
      {"downsample", [](EventOptions& options, const std::string& option,
                        const std::string& value) { options.downsample = count_of(option, value); }},
      {"polarity", [](EventOptions& options, const std::string&,
                      const std::string& value) { options.polarity = chosen(polarities, "polarity", value); }},
      {"origin", [](EventOptions& options, const std::string&,
                    const std::string& value) { options.origin = chosen(origins, "origin", value); }},
      {"offset", [](EventOptions& options, const std::string& option,
                    const std::string& value) { options.offset = number_of(option, value); }},
      {"window",
       [](EventOptions& options, const std::string& option, const std::string& value) {
         const std::size_t colon = value.find(':');
         if (colon == std::string::npos) wrong_value(option, "BEGIN:END", value);
         options.window =
             EventWindow{number_of(option, value.substr(0, colon)), number_of(option, value.substr(colon + 1))};
       }},
      {"once_per", [](EventOptions& options, const std::string& option, const std::string& value) {
         options.once_per = number_of(option, value);
       }}};
  return table;
}

void set_event_option(EventOptions& options, const std::string& name, const std::string& value) {
  std::vector<std::string> known;
  for (const auto& [option, set] : event_option_table()) {
    if (option == name) return set(options, option, value);
    known.push_back(option);
  }
  throw UsageError(Problem{.kind = ProblemKind::unknown_name,
                           .path = events_name,
                           .message = "events have no option \"" + name + "\"",
                           .hint = suggest(name, known),
                           .expected = nearest_name(name, known),
                           .given = name});
}

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
  return {.name = "events",
          .value = "[NAME=]FORMAT[,OPTION=VALUE...]",
          .help =
              "the data of an input are recordings of an event camera, a file or a folder: nmnist, aedat, npy, npz "
              "or auto; or spikes of channels in HDF5: shd; sensor=WxH, channels=N, unit=us, crop=WxH+X+Y, "
              "downsample=N, polarity=both, on, off or merged, "
              "origin=zero or first, offset=MS, window=BEGIN:END in ms, once_per=MS; docs/events.md has the rules",
          .repeated = true};
}

EventSettings parse_events(const std::string& text) {
  const std::vector<std::string> parts = split(text, ',');
  EventSettings settings;
  if (parts.front() != "auto") settings.format = chosen(event_formats, "format of events", parts.front());
  std::set<std::string> given;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::size_t equals = parts[i].find('=');
    if (equals == std::string::npos || equals == 0)
      throw UsageError(
          usage_problem(events_name, "an option of events is not NAME=VALUE", {}, "FORMAT,option=value,…", parts[i]));
    const std::string name = parts[i].substr(0, equals);
    if (!given.insert(name).second)
      throw UsageError(usage_problem(events_name, "the option \"" + name + "\" is given twice", {}, {}, text));
    set_event_option(settings.options, name, parts[i].substr(equals + 1));
  }
  try {
    check_event_options(settings.options);
  } catch (const DataError& error) {
    std::vector<Problem> problems = error.problems();
    for (Problem& problem : problems) problem.path = std::string(events_name) + " " + problem.path;
    throw UsageError(std::move(problems));
  }
  return settings;
}

std::map<std::string, EventSettings> event_settings(const Arguments& arguments,
                                                    const std::vector<std::string>& inputs) {
  std::map<std::string, EventSettings> settings;
  for (const std::string& given : arguments.list("events")) {
    // Begins with the name of an input or with the format.
    const std::size_t comma = given.find(',');
    const auto [name, format] = split_name(given.substr(0, comma));
    std::vector<DataSource> one{{.name = name, .file = {}, .array = {}, .option = events_name}};
    bind_names(one, inputs, "input");
    const std::string rest = comma == std::string::npos ? std::string{} : given.substr(comma);
    if (!settings.emplace(one[0].name, parse_events(format + rest)).second)
      throw UsageError(usage_problem(events_name, "the option is given twice for the input \"" + one[0].name + "\""));
  }
  return settings;
}

EventFiles open_events(const std::filesystem::path& path, const EventSettings& settings) {
  const EventFormat format = settings.format ? *settings.format : format_of_events(path);
  if (format == EventFormat::shd) return EventFiles(channel_file(path), settings.options);
  return EventFiles(path, format, settings.options);
}

}  // namespace synfire::command_line
