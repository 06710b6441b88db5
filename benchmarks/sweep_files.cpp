// SPDX-License-Identifier: Apache-2.0
#include "sweep_files.hpp"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <span>

#include "plot/figure.hpp"
#include "synfire/base/files.hpp"
#include "synfire/error.hpp"

namespace synfire::benchmarks {
namespace {

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

// On one line, whatever it contains.
std::string one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return text;
}

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : one_line(text)) result += c == '"' ? "\"\"" : std::string(1, c);
  return result + "\"";
}

// A figure of a row, if it has any.
struct Figure {
  const char* name;
  double SweepRow::*value;
};
constexpr Figure figures[] = {{"us_per_example", &SweepRow::us_per_example},
                              {"us_per_example_min", &SweepRow::us_per_example_min},
                              {"input_spikes_per_example", &SweepRow::input_spikes_per_example},
                              {"launches", &SweepRow::launches},
                              {"host_peak_mib", &SweepRow::host_peak_mib},
                              {"device_peak_mib", &SweepRow::device_peak_mib}};

std::vector<std::pair<const char*, double>> settings_of(const SweepRow& row) {
  const SweepSetting& setting = row.setting;
  return {{"hidden", setting.hidden}, {"batch", setting.batch},     {"steps", setting.steps},
          {"rate", setting.rate},     {"threads", setting.threads}, {"examples", row.examples}};
}

const char* label_of(const std::string& sweep) {
  if (sweep == "hidden") return "hidden neurons";
  if (sweep == "batch") return "examples per batch";
  if (sweep == "steps") return "steps per example";
  if (sweep == "rate") return "input spikes, relative to the network's own";
  return "threads";
}

command_line::Panel panel_of(const std::string& workload, const SweepResult& result) {
  command_line::Panel panel{.title = workload + ", µs per example",
                            .y_label = {},
                            .mark = command_line::Mark::lines,
                            .series = {{.label = "median", .points = {}}, {.label = "minimum", .points = {}}}};
  for (const SweepRow& row : result.rows) {
    if (row.workload != workload || !row.error.empty()) continue;
    panel.series[0].points.emplace_back(row.value, row.us_per_example);
    panel.series[1].points.emplace_back(row.value, row.us_per_example_min);
    panel.y_max = std::max(panel.y_max, 1.05 * row.us_per_example);
  }
  return panel;
}

command_line::Figure figure_of(const SweepResult& result) {
  command_line::Figure figure{.title = "Time per example", .x_label = label_of(result.sweep), .panels = {}};
  figure.height = 900;
  const auto context = [&](const std::string& wanted) {
    const auto found = std::find_if(result.context.begin(), result.context.end(),
                                    [&](const auto& each) { return each.first == wanted; });
    return found == result.context.end() ? std::string() : ", " + found->second;
  };
  const bool on_host = context("synfire_device") == ", host";
  figure.title += on_host ? context("synfire_device") + context("processor") : context("synfire_device_description");
  for (const SweepRow& row : result.rows) {
    const bool known = std::any_of(figure.panels.begin(), figure.panels.end(), [&](const command_line::Panel& panel) {
      return panel.title.starts_with(row.workload + ",");
    });
    if (!known) figure.panels.push_back(panel_of(row.workload, result));
  }
  return figure;
}

void write_text(const std::filesystem::path& path, const std::string& text) {
  base::write_file(path, std::as_bytes(std::span(text)));
  std::printf("%s\n", path.c_str());
}

}  // namespace

std::string to_csv(const SweepResult& result) {
  std::string text;
  for (const auto& [name, value] : result.context) text += "# " + name + ": " + one_line(value) + "\n";
  text += "workload," + result.sweep + "_value";
  for (const auto& [name, value] : settings_of({})) text += std::string(",") + name;
  for (const Figure& figure : figures) text += std::string(",") + figure.name;
  text += ",error\n";
  for (const SweepRow& row : result.rows) {
    text += row.workload + "," + number(row.value);
    for (const auto& [name, value] : settings_of(row)) text += "," + number(value);
    for (const Figure& figure : figures) text += "," + (row.error.empty() ? number(row.*figure.value) : "");
    text += "," + (row.error.empty() ? "" : quoted(row.error)) + "\n";
  }
  return text;
}

std::string to_json(const SweepResult& result) {
  nlohmann::ordered_json json;
  json["sweep"] = result.sweep;
  for (const auto& [name, value] : result.context) json["context"][name] = value;
  json["rows"] = nlohmann::ordered_json::array();
  for (const SweepRow& row : result.rows) {
    nlohmann::ordered_json& each = json["rows"].emplace_back();
    each["workload"] = row.workload;
    each["value"] = row.value;
    for (const auto& [name, value] : settings_of(row)) each[name] = value;
    if (!row.error.empty()) {
      each["error"] = row.error;
      continue;
    }
    for (const Figure& figure : figures) each[figure.name] = row.*figure.value;
  }
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

void write_files(const std::filesystem::path& folder, const SweepResult& result) {
  std::filesystem::create_directories(folder);
  const std::filesystem::path path = folder / ("sweep-" + result.sweep);
  write_text(path.string() + ".csv", to_csv(result));
  write_text(path.string() + ".json", to_json(result));
  const command_line::Figure figure = figure_of(result);
  for (const char* const extension : {".png", ".svg"}) {
    try {
      const auto files = command_line::files_of(path.string() + extension, ".dat");
      command_line::draw(figure, files);
      std::printf("%s\n", files.picture.c_str());
    } catch (const RunError& error) {
      std::fprintf(stderr, "synfire_benchmark: %s\n", error.what());
    }
  }
}

}  // namespace synfire::benchmarks
