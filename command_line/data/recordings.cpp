// SPDX-License-Identifier: Apache-2.0
#include "data/recordings.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "data/source.hpp"
#include "model/model_file.hpp"

namespace synfire::command_line {
namespace {

struct Variable {
  std::string object, name;
  bool operator==(const Variable&) const = default;
};

std::string dotted(const Variable& variable) { return variable.object + "." + variable.name; }

std::vector<Variable> recorded_by(const contract::Manifest& manifest) {
  std::vector<Variable> variables;
  for (const contract::Buffer& buffer : manifest.buffers) {
    if (buffer.role != contract::BufferRole::recording) continue;
    variables.push_back({buffer.connection.empty() ? buffer.population : buffer.connection, buffer.variable});
  }
  for (const contract::StaticRecording& recording : manifest.static_recordings)
    variables.push_back({recording.connection, recording.variable});
  return variables;
}

std::optional<std::int64_t> parse_bound(const std::string& text, const std::string& whole, const std::string& option) {
  if (text.empty()) return std::nullopt;
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc{} && stopped == end) return value;
  throw UsageError(usage_problem(option, "a selection is not an index or a slice", "use Python syntax: 3, 0:10, ::2",
                                 "START:STOP:STEP", whole));
}

void apply(const std::string& part, Keep& keep) {
  if (part == "counts") {
    keep.counts = true;
    return;
  }
  const auto [name, value] = split_name(part);
  if (name == "examples") {
    keep.examples = parse_indices(value, "--record");
  } else if (name == "steps") {
    keep.steps = parse_indices(value, "--record");
  } else if (name == "neurons") {
    keep.neurons = parse_indices(value, "--record");
  } else {
    const std::string given = name.empty() ? part : name;
    throw UsageError({.kind = ProblemKind::unknown_name,
                      .path = "--record",
                      .message = "unknown option of a recording \"" + given + "\"",
                      .hint = suggest(given, {"examples", "neurons", "steps", "counts"}),
                      .expected = nearest_name(given, {"examples", "neurons", "steps", "counts"}),
                      .given = given});
  }
}

struct Wanted {
  Variable variable;
  Keep keep;
};

std::vector<Wanted> parse_wanted(const Arguments& arguments) {
  std::vector<Wanted> all;
  for (const std::string& text : arguments.list("record")) {
    const std::vector<std::string> parts = split(text, ',');
    const auto [object, name] = parse_variable(parts.front(), "--record");
    Wanted wanted{{object, name}, {}};
    for (std::size_t i = 1; i < parts.size(); ++i) apply(parts[i], wanted.keep);
    all.push_back(std::move(wanted));
  }
  return all;
}

void require_recorded(const std::vector<Wanted>& wanted, const std::vector<Variable>& recorded) {
  std::vector<std::string> known;
  known.reserve(recorded.size());
  for (const Variable& each : recorded) known.push_back(dotted(each));
  for (const Wanted& each : wanted) {
    if (std::find(recorded.begin(), recorded.end(), each.variable) != recorded.end()) continue;
    const std::string name = dotted(each.variable);
    throw UsageError({.kind = ProblemKind::missing_variable,
                      .path = "--record",
                      .message = "the program was not compiled to record " + name,
                      .hint = "compile it with --record " + name + "; " + suggest(name, known),
                      .given = name});
  }
}

// A mask without examples keeps nothing.
KeptRecording nothing_of(const Variable& variable) {
  return {variable.object, variable.name, {.examples = Indices(std::vector<bool>{})}};
}

}  // namespace

Indices parse_indices(const std::string& text, const std::string& option) {
  const std::vector<std::string> parts = split(text, ':');
  if (parts.size() > 3 || text.empty()) (void)parse_bound("?", text, option);
  if (parts.size() == 1) return *parse_bound(parts[0], text, option);
  Slice slice{parse_bound(parts[0], text, option), parse_bound(parts[1], text, option)};
  if (parts.size() == 3) slice.step = parse_bound(parts[2], text, option).value_or(1);
  return slice;
}

std::vector<KeptRecording> kept_recordings(const Arguments& arguments, const contract::Manifest& manifest) {
  const std::vector<Wanted> wanted = parse_wanted(arguments);
  const std::vector<Variable> recorded = recorded_by(manifest);
  require_recorded(wanted, recorded);
  if (!wanted.empty() && !arguments.has("output")) {
    throw UsageError(usage_problem("--record", "no file for the recordings", "use --output FILE.npz"));
  }
  std::vector<KeptRecording> kept;
  for (const Wanted& each : wanted) {
    kept.push_back({each.variable.object, each.variable.name, each.keep});
    kept.back().keep.file = arguments.text("output");
  }
  if (wanted.empty() && arguments.has("output")) return kept;
  for (const Variable& each : recorded) {
    const auto is_wanted = [&](const Wanted& one) { return one.variable == each; };
    if (std::none_of(wanted.begin(), wanted.end(), is_wanted)) kept.push_back(nothing_of(each));
  }
  return kept;
}

}  // namespace synfire::command_line
