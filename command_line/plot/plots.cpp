// SPDX-License-Identifier: Apache-2.0
#include "plot/plots.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace synfire::command_line {
namespace {

constexpr std::size_t most_default_traces = 5;
constexpr unsigned figure_width = 900;

// The requested recordings, by name or by object; all if none is requested.
template <class Recorded>
std::vector<const Recorded*> choose(const std::vector<Recorded>& recordings, const PlotOptions& options,
                                    const std::string& path, const std::string& what) {
  std::vector<const Recorded*> chosen;
  std::vector<std::string> known;
  for (const Recorded& each : recordings) {
    known.push_back(each.object());
    known.push_back(each.name);
    if (options.objects.empty()) chosen.push_back(&each);
  }
  if (known.empty()) {
    throw DataError({.kind = ProblemKind::missing_variable,
                     .path = path,
                     .message = "the file has no recorded " + what,
                     .hint = "use synfire run --record OBJECT.VARIABLE --output FILE to write them"});
  }
  for (const std::string& wanted : options.objects) {
    const std::size_t before = chosen.size();
    for (const Recorded& each : recordings) {
      if (each.name == wanted || each.object() == wanted) chosen.push_back(&each);
    }
    if (chosen.size() > before) continue;
    throw DataError({.kind = ProblemKind::unknown_name,
                     .path = path,
                     .message = "the file has no recorded " + what + " of \"" + wanted + "\"",
                     .hint = suggest(wanted, known),
                     .expected = nearest_name(wanted, known),
                     .given = wanted});
  }
  return chosen;
}

std::size_t example_of(const RecordedAxes& axes, const PlotOptions& options, const std::string& path) {
  if (options.example) return place_of_example(axes, *options.example, path);
  if (!axes.examples.empty()) return 0;
  throw DataError(
      {.kind = ProblemKind::missing_data, .path = path, .message = "no example of " + axes.name + " was recorded"});
}

double end_of(const RecordedAxes& axes, double dt) { return axes.steps.empty() ? 0 : (axes.steps.back() + 1) * dt; }

struct Window {
  double from, to;
  bool contains(double time) const { return time >= from && time <= to; }
};

template <class Recorded>
Window window_of(const std::vector<const Recorded*>& recordings, const PlotOptions& options, double dt) {
  double end = 0;
  for (const Recorded* each : recordings) end = std::max(end, end_of(*each, dt));
  return {options.from, options.to.value_or(end)};
}

std::string title_of(const PlotOptions& options, const std::string& what, const RecordedAxes& first) {
  if (!options.title.empty()) return options.title;
  const std::uint64_t example =
      options.example.value_or(first.examples.empty() ? 0 : static_cast<std::uint64_t>(first.examples.front()));
  return what + ", example " + std::to_string(example);
}

unsigned height_for(double weight) { return static_cast<unsigned>(std::lround(90 + 150 * weight)); }

Panel raster_panel(const RecordedSpikes& spikes, std::size_t example, const Window& window, double dt) {
  // Neurons that were not recorded leave no gap.
  std::map<std::uint32_t, std::size_t> row;
  for (const std::uint32_t neuron : spikes.neurons) row.emplace(neuron, row.size());
  Series series;
  for (std::size_t s = spikes.offsets[example]; s < spikes.offsets[example + 1]; ++s) {
    const double time = spikes.step[s] * dt;
    const auto place = row.find(spikes.neuron[s]);
    if (place != row.end() && window.contains(time)) series.points.emplace_back(time, place->second);
  }
  const auto rows = static_cast<double>(std::max<std::size_t>(row.size(), 1));
  return {
      .title = spikes.object() + ": " + counted(series.points.size(), "spike") + " of " + counted(row.size(), "neuron"),
      .y_label = "neuron",
      .mark = Mark::points,
      .series = {std::move(series)},
      .y_min = -1,
      .y_max = rows,
      .weight = 0.5 + 0.5 * std::log10(std::max(rows, 3.0)),
      .point_size = std::clamp(6 / std::sqrt(rows), 0.15, 0.55)};
}

std::vector<std::size_t> columns_of(const RecordedValues& values, const PlotOptions& options, const std::string& path) {
  std::vector<std::size_t> columns;
  if (options.neurons.empty()) {
    for (std::size_t i = 0; i < std::min(values.neurons.size(), most_default_traces); ++i) columns.push_back(i);
    return columns;
  }
  for (const std::int64_t neuron : options.neurons) {
    const auto found = std::find(values.neurons.begin(), values.neurons.end(), neuron);
    if (found == values.neurons.end()) {
      throw DataError({.kind = ProblemKind::missing_data,
                       .path = path,
                       .message = "neuron " + std::to_string(neuron) + " of " + values.name + " was not recorded",
                       .expected = "one of " + counted(values.neurons.size(), "neuron"),
                       .given = std::to_string(neuron)});
    }
    columns.push_back(static_cast<std::size_t>(found - values.neurons.begin()));
  }
  return columns;
}

Panel traces_panel(const RecordedValues& values, std::size_t example, const std::vector<std::size_t>& columns,
                   const Window& window, double dt) {
  Panel panel{.title = values.name,
              .y_label = values.name.substr(values.name.rfind('.') + 1),
              .mark = Mark::lines,
              .series = {}};
  for (const std::size_t column : columns) {
    Series& series = panel.series.emplace_back();
    series.label = "neuron " + std::to_string(values.neurons[column]);
    for (std::size_t s = 0; s < values.steps.size(); ++s) {
      const double time = values.steps[s] * dt, value = static_cast<double>(values.at(example, s, column));
      if (window.contains(time) && std::isfinite(value)) series.points.emplace_back(time, value);
    }
  }
  return panel;
}

// Spikes per second of each neuron, over all recorded examples.
std::vector<double> rates_of(const RecordedSpikes& spikes, double dt) {
  std::map<std::uint32_t, double> counts;
  for (const std::uint32_t neuron : spikes.neurons) counts.emplace(neuron, 0);
  for (const std::uint32_t neuron : spikes.neuron) {
    if (const auto found = counts.find(neuron); found != counts.end()) ++found->second;
  }
  const double seconds = static_cast<double>(spikes.steps.size() * spikes.examples.size()) * dt / 1000;
  std::vector<double> rates;
  rates.reserve(counts.size());
  for (const auto& [neuron, count] : counts) rates.push_back(seconds > 0 ? count / seconds : 0);
  return rates;
}

Panel rates_panel(const RecordedSpikes& spikes, double dt) {
  const std::vector<double> rates = rates_of(spikes, dt);
  double highest = 0, sum = 0;
  std::size_t silent = 0;
  for (const double rate : rates) {
    highest = std::max(highest, rate);
    sum += rate;
    silent += rate == 0 ? 1 : 0;
  }
  const auto bins = static_cast<std::size_t>(std::clamp(2 * std::sqrt(static_cast<double>(rates.size())), 10.0, 40.0));
  const double width = highest > 0 ? highest / static_cast<double>(bins) : 1;
  std::vector<double> heights(bins);
  for (const double rate : rates) ++heights[std::min(bins - 1, static_cast<std::size_t>(rate / width))];
  Series series;
  for (std::size_t b = 0; b < bins; ++b) series.points.emplace_back((static_cast<double>(b) + 0.5) * width, heights[b]);
  const double mean = rates.empty() ? 0 : sum / static_cast<double>(rates.size());
  return {.title = spikes.object() + ": " + counted(rates.size(), "neuron") + ", mean " + decimal(mean, 3) +
                   " spikes/s, " + grouped(silent) + " silent",
          .y_label = "neurons",
          .mark = Mark::boxes,
          .series = {std::move(series)},
          .y_min = 0,
          .y_max = 1.08 * std::max(1.0, *std::max_element(heights.begin(), heights.end()))};
}

// gnuplot's message about axes without an extent would not mention the file.
[[noreturn]] void nothing_to_draw(const std::string& path, const std::string& message, const std::string& hint) {
  throw DataError({.kind = ProblemKind::missing_data, .path = path, .message = message, .hint = hint});
}

void require_steps(const Window& window, const std::string& path) {
  if (window.to > window.from) return;
  nothing_to_draw(path, "no steps were recorded, so there is nothing to draw",
                  "use --record OBJECT.VARIABLE,steps=START:STOP to choose steps");
}

void require_points(const Figure& figure, const std::string& path) {
  for (const Panel& panel : figure.panels) {
    for (const Series& series : panel.series) {
      if (!series.points.empty()) return;
    }
  }
  nothing_to_draw(path, "no value in this time range is finite, so there is nothing to draw",
                  "use synfire run without --allow-non-finite to find where values stop being finite");
}

}  // namespace

Figure raster(const RecordingsFile& file, const PlotOptions& options) {
  const auto chosen = choose(file.spikes, options, file.path, "spikes");
  const Window window = window_of(chosen, options, file.dt);
  require_steps(window, file.path);
  Figure figure{.title = title_of(options, "Spikes", *chosen.front()),
                .x_label = "time (ms)",
                .x_min = window.from,
                .x_max = window.to,
                .panels = {}};
  for (const RecordedSpikes* spikes : chosen)
    figure.panels.push_back(raster_panel(*spikes, example_of(*spikes, options, file.path), window, file.dt));
  figure.width = figure_width;
  figure.height = height_for(figure.total_weight());
  return figure;
}

Figure traces(const RecordingsFile& file, const PlotOptions& options) {
  const auto chosen = choose(file.values, options, file.path, "values");
  const Window window = window_of(chosen, options, file.dt);
  require_steps(window, file.path);
  Figure figure{.title = title_of(options, "Traces", *chosen.front()),
                .x_label = "time (ms)",
                .x_min = window.from,
                .x_max = window.to,
                .panels = {}};
  for (const RecordedValues* values : chosen) {
    figure.panels.push_back(traces_panel(*values, example_of(*values, options, file.path),
                                         columns_of(*values, options, file.path), window, file.dt));
  }
  figure.width = figure_width;
  figure.height = height_for(1.5 * figure.total_weight());
  require_points(figure, file.path);
  return figure;
}

Figure rates(const RecordingsFile& file, const PlotOptions& options) {
  const auto chosen = choose(file.spikes, options, file.path, "spikes");
  Figure figure{
      .title = options.title.empty() ? "Rates, " + counted(chosen.front()->examples.size(), "example") : options.title,
      .x_label = "spikes/s",
      .panels = {},
      .same_x = false};
  for (const RecordedSpikes* spikes : chosen) figure.panels.push_back(rates_panel(*spikes, file.dt));
  figure.width = figure_width;
  figure.height = height_for(1.4 * figure.total_weight());
  return figure;
}

}  // namespace synfire::command_line
