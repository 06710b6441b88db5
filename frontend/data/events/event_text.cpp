// SPDX-License-Identifier: Apache-2.0
// Formats and options of recordings as texts.
#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <set>
#include <utility>

#include "synfire/error.hpp"
#include "synfire/events.hpp"

namespace synfire {
namespace {

constexpr const char* where = "events";

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
  throw DataError(Problem{.kind = ProblemKind::unknown_name,
                          .path = where,
                          .message = "unknown " + what + " \"" + given + "\"",
                          .hint = suggest(given, names),
                          .expected = nearest_name(given, names),
                          .given = given});
}

[[noreturn]] void refuse_text(const std::string& message, const std::string& expected, const std::string& given) {
  throw DataError(Problem{
      .kind = ProblemKind::invalid_option, .path = where, .message = message, .expected = expected, .given = given});
}

[[noreturn]] void wrong_value(const std::string& option, const std::string& expected, const std::string& given) {
  refuse_text("the value of " + option + " is not of its form", option + "=" + expected, option + "=" + given);
}

// A number, or nothing.
template <class T>
std::optional<T> number_in(const std::string& text) {
  T value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return value;
}

// The whole numbers of a text between separators, such as 30x20+2+1 with "x++"; nothing unless it has this form.
std::optional<std::vector<std::uint32_t>> numbers_between(std::string text, const std::string& separators) {
  std::vector<std::uint32_t> numbers;
  for (std::size_t i = 0; i <= separators.size(); ++i) {
    const std::size_t end = i < separators.size() ? text.find(separators[i]) : text.size();
    if (end == std::string::npos) return std::nullopt;
    const auto number = number_in<std::uint32_t>(text.substr(0, end));
    if (!number) return std::nullopt;
    numbers.push_back(*number);
    text.erase(0, end + 1);
  }
  return numbers;
}

double number_of(const std::string& option, const std::string& value) {
  const auto number = number_in<double>(value);
  if (!number || !std::isfinite(*number)) wrong_value(option, "MS", value);
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
  throw DataError(Problem{.kind = ProblemKind::unknown_name,
                          .path = where,
                          .message = "events have no option \"" + name + "\"",
                          .hint = suggest(name, known),
                          .expected = nearest_name(name, known),
                          .given = name});
}

// The first part of a text, which it loses.
std::string take_part(std::string& text) {
  const std::size_t comma = text.find(',');
  std::string part = text.substr(0, comma);
  text.erase(0, comma == std::string::npos ? comma : comma + 1);
  return part;
}

}  // namespace

EventSettings parse_event_settings(const std::string& text) {
  std::string rest = text;
  const std::string format = take_part(rest);
  EventSettings settings;
  if (format != "auto") settings.format = chosen(event_formats, "format of events", format);
  std::set<std::string> given;
  bool ends = format.size() == text.size();
  while (!ends) {
    ends = rest.find(',') == std::string::npos;
    const std::string part = take_part(rest);
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos || equals == 0)
      refuse_text("an option of events is not NAME=VALUE", "FORMAT,option=value,…", part);
    const std::string name = part.substr(0, equals);
    if (!given.insert(name).second) refuse_text("the option \"" + name + "\" is given twice", {}, text);
    set_event_option(settings.options, name, part.substr(equals + 1));
  }
  check_event_options(settings.options);
  return settings;
}

}  // namespace synfire
