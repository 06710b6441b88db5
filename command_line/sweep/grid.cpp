// SPDX-License-Identifier: Apache-2.0
#include "sweep/grid.hpp"

#include <algorithm>
#include <string_view>

#include "model/model_file.hpp"

namespace synfire::command_line {
namespace {

constexpr std::size_t most_runs = 100'000;

// The values between commas; commas in brackets and quotes of JSON belong to a value.
std::vector<std::string> split_values(const std::string& text) {
  std::vector<std::string> values(1);
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == '[' || c == '{')) ++depth;
    if (!quoted && (c == ']' || c == '}')) --depth;
    if (c == ',' && !quoted && depth == 0) {
      values.emplace_back();
      continue;
    }
    values.back() += c;
    if (quoted && c == '\\' && i + 1 < text.size()) values.back() += text[++i];
  }
  return values;
}

template <class Thing>
void require_unique(const std::vector<Thing>& things, const std::string& option, const std::string& what,
                    const auto& name) {
  for (auto each = things.begin(); each != things.end(); ++each) {
    if (std::find(things.begin(), each, *each) != each)
      throw UsageError(usage_problem(option, what + " is given twice", {}, {}, name(*each)));
  }
}

Axis axis_of(const std::string& text) {
  const Override whole = parse_override(text);
  Axis axis{.path = whole.path, .values = split_values(whole.value)};
  if (std::find(axis.values.begin(), axis.values.end(), "") != axis.values.end())
    throw UsageError(usage_problem("--set", "a value between commas is empty", {}, "PATH=VALUE,VALUE…", text));
  require_unique(axis.values, "--set " + axis.path, "a value", [](const std::string& value) { return value; });
  return axis;
}

std::vector<std::uint64_t> seeds_of(const Arguments& arguments) {
  std::vector<std::uint64_t> seeds;
  for (const std::string& part : arguments.parts("seeds")) {
    const auto seed = to_integer(part);
    if (!seed) throw UsageError(usage_problem("--seeds", "a seed is not an integer", {}, "N,N,…", part));
    seeds.push_back(*seed);
  }
  require_unique(seeds, "--seeds", "a seed", [](std::uint64_t seed) { return std::to_string(seed); });
  return seeds;
}

}  // namespace

std::size_t Grid::points() const {
  std::size_t count = 1;
  for (const Axis& axis : axes) count *= axis.values.size();
  return count;
}

std::vector<std::string> Grid::values(std::size_t point) const {
  std::vector<std::string> values(axes.size());
  for (std::size_t a = axes.size(); a-- > 0;) {
    values[a] = axes[a].values[point % axes[a].values.size()];
    point /= axes[a].values.size();
  }
  return values;
}

std::vector<Override> Grid::overrides(std::size_t point) const {
  const std::vector<std::string> chosen = values(point);
  std::vector<Override> overrides;
  for (std::size_t a = 0; a < axes.size(); ++a) overrides.push_back(parse_override(axes[a].path + '=' + chosen[a]));
  return overrides;
}

std::string Grid::label(std::size_t point) const {
  const std::vector<std::string> chosen = values(point);
  std::string text;
  for (std::size_t a = 0; a < axes.size(); ++a) text += (a == 0 ? "" : ", ") + axes[a].path + '=' + chosen[a];
  return text;
}

Grid grid_of(const Arguments& arguments) {
  Grid grid{.axes = {}, .seeds = seeds_of(arguments)};
  std::vector<std::string> paths;
  std::size_t runs = std::max<std::size_t>(grid.seeds.size(), 1);
  for (const std::string& text : arguments.list("set")) {
    grid.axes.push_back(axis_of(text));
    paths.push_back(grid.axes.back().path);
    if (paths.back() == "compile.seed" && !grid.seeds.empty())
      throw UsageError(
          usage_problem("--set", "the seed is given twice", "use only one of --seeds and --set", {}, text));
    runs *= grid.axes.back().values.size();
    if (runs > most_runs)
      throw UsageError(usage_problem("--set", "the grid has too many runs", {}, "at most " + std::to_string(most_runs),
                                     "at least " + std::to_string(runs)));
  }
  require_unique(paths, "--set", "a path", [](const std::string& path) { return path; });
  return grid;
}

}  // namespace synfire::command_line
