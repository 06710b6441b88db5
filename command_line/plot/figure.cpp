// SPDX-License-Identifier: Apache-2.0
#include "plot/figure.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <span>

#include "jit/process.hpp"
#include "options.hpp"
#include "synfire/base/files.hpp"
#include "synfire/base/text.hpp"

namespace synfire::command_line {
namespace {

using codegen::jit::ProcessResult;
using codegen::jit::run_process;

constexpr std::size_t longest_label = 500;  // more would not fit in any picture

// Okabe & Ito 2008: also distinguishable by the color-blind.
const std::vector<std::string>& colors() {
  static const std::vector<std::string> all{"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                            "#56b4e9", "#e69f00", "#555555"};
  return all;
}

// Single-quoted for gnuplot: only a quote and the end of the line are special in it.
std::string gnuplot_string(const std::string& text) {
  std::string result = "'";
  for (const char c : base::one_line(text, longest_label)) result += c == '\'' ? "''" : std::string(1, c);
  return result + "'";
}

// For comments of gnuplot and its data: a backslash at the end would join the next line, and text between backquotes
// would be run as a command.
std::string in_comment(const std::string& text) {
  std::string result = base::one_line(text, longest_label);
  for (char& c : result) {
    if (c == '\\') c = '/';
    if (c == '`') c = '\'';
  }
  return result;
}
std::string comment(const std::string& text) { return "# " + in_comment(text) + "\n"; }

// A path that no program mistakes for an option, a pipe or a command.
std::string argument(const std::filesystem::path& path) {
  const std::string text = path.string();
  const auto first = static_cast<unsigned char>(text.front());
  const bool plain = std::isalnum(first) != 0 || first == '/' || first == '_' || first == '.' || first >= 0x80;
  return plain ? text : "./" + text;
}

// A path is not escaped or shortened: files_of has refused what gnuplot cannot handle.
std::string quoted_path(const std::filesystem::path& path) {
  std::string result = "'";
  for (const char c : argument(path)) result += c == '\'' ? "''" : std::string(1, c);
  return result + "'";
}

std::string number(double value) { return decimal(value, 8); }

std::string range(double least, double most) {
  return least == most ? "[*:*]" : "[" + number(least) + ":" + number(most) + "]";
}

std::string style_of(const Panel& panel, std::size_t color) {
  const std::string paint = " lc rgb '" + colors()[color % colors().size()] + "'";
  switch (panel.mark) {
    case Mark::points: return "with points pt 7 ps " + number(panel.point_size) + paint;
    case Mark::lines: return "with lines lw 1.4" + paint;
    case Mark::marked_lines: return "with linespoints lw 1.4 pt 7 ps " + number(panel.point_size) + paint;
    case Mark::boxes: return "with boxes fs solid 0.75 noborder" + paint;
  }
  return {};
}

std::string data_of(const Figure& figure) {
  std::string text;
  for (const Panel& panel : figure.panels) {
    for (const Series& series : panel.series) {
      text += comment(panel.title + (series.label.empty() ? "" : ", " + series.label)) + "# " +
              in_comment(figure.x_label) + "\t" + in_comment(panel.y_label) + "\n";
      // gnuplot skips a block without points, and the following ones would move up.
      if (series.points.empty()) text += "NaN\tNaN\n";
      for (const auto& [x, y] : series.points) text += number(x) + "\t" + number(y) + "\n";
      text += "\n\n";
    }
  }
  return text;
}

// Positions of the panels, as fractions of the picture's height, from the top.
class Layout {
 public:
  explicit Layout(const Figure& figure) : figure_(figure) {
    const double pixels = figure.height;
    top_ = 1 - (figure.title.empty() ? 14 : 40) / pixels;
    bottom_ = 62 / pixels;
    gap_ = (figure.same_x ? 30 : 52) / pixels;
    room_ = top_ - bottom_ - gap_ * static_cast<double>(figure.panels.size());
  }

  // `set tmargin …` of the next panel.
  std::string next(const Panel& panel) {
    const double title = figure_.same_x ? gap_ : 26.0 / figure_.height;
    const double above = position_ + title;
    const double height = room_ * panel.weight / figure_.total_weight();
    position_ = above + height + (gap_ - title);
    return "set tmargin at screen " + number(top_ - above) + "\nset bmargin at screen " +
           number(top_ - above - height) + "\n";
  }

 private:
  const Figure& figure_;
  double top_, bottom_, gap_, room_, position_ = 0;
};

std::string plot_command(const Panel& panel, const std::filesystem::path& data, std::size_t first_block) {
  std::string text;
  for (std::size_t s = 0; s < panel.series.size(); ++s) {
    const Series& series = panel.series[s];
    text += (s == 0 ? "plot " : ", \\\n     ") + quoted_path(data) + " index " + std::to_string(first_block + s) +
            " using 1:2 " + style_of(panel, panel.series.size() > 1 ? s : first_block) +
            (series.label.empty() ? " notitle" : " title " + gnuplot_string(series.label));
  }
  return text + "\n";
}

std::string script_of(const Figure& figure, const PictureFiles& files) {
  std::string text =
      comment(figure.title) +
      comment("gnuplot -e \"set terminal svg size " + std::to_string(figure.width) + "," +
              std::to_string(figure.height) + "; set output 'picture.svg'\" " + files.script.string()) +
      "set encoding utf8\nset border 3 lc rgb '#666666'\nset tics nomirror out scale 0.6 tc rgb '#222222'\n"
      "set grid ytics back lt 1 lc rgb '#d8d8d8' lw 0.7\nset key outside right top reverse Left samplen 1.5 spacing "
      "1.1\n"
      "set lmargin at screen " +
      number(72.0 / figure.width) + "\nset rmargin at screen " +
      number(1 - (figure.panels.front().series.size() > 1 ? 120.0 : 22.0) / figure.width) + "\nset xrange " +
      range(figure.x_min, figure.x_max) + "\nset multiplot" +
      (figure.title.empty() ? "" : " title " + gnuplot_string(figure.title) + " noenhanced font ',14' offset 0,-0.3") +
      "\n";
  Layout layout(figure);
  std::size_t block = 0;
  for (const Panel& panel : figure.panels) {
    const bool lowest = &panel == &figure.panels.back();
    text += "\n" + layout.next(panel) + "set title " + gnuplot_string(panel.title) +
            " offset 0,-0.7 font ',11' noenhanced\n" + "set ylabel " + gnuplot_string(panel.y_label) +
            " noenhanced\nset yrange " + range(panel.y_min, panel.y_max) + "\n" +
            (lowest ? "set xlabel " + gnuplot_string(figure.x_label) + "\n" : std::string("unset xlabel\n")) +
            (lowest || !figure.same_x ? "set format x '%g'\n" : "set format x ''\n") +
            plot_command(panel, files.data, block);
    block += panel.series.size();
  }
  return text + "\nunset multiplot\n";
}

void write_text(const std::filesystem::path& path, const std::string& text) {
  base::write_file(path, std::as_bytes(std::span(text)));
}

[[noreturn]] void no_picture(const std::string& program, const std::string& package, const ProcessResult& result,
                             const PictureFiles& files) {
  const bool missing = result.exit_code == 127;
  throw RunError({.kind = missing ? ProblemKind::file_access : ProblemKind::run_failed,
                  .path = files.picture.string(),
                  .message = missing
                                 ? program + " is not installed, so no picture was drawn; the data are in " +
                                       files.data.string() +
                                       (files.script.empty() ? "" : ", and " + files.script.string() + " draws them")
                                 : program + " failed: " + result.output,
                  .hint = missing ? "install it (Debian: " + package + ")" : ""});
}

}  // namespace

PictureFiles files_of(const std::filesystem::path& output, const std::string& data) {
  const std::string extension = output.extension().string();
  const std::string name = output.string();
  if (std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }))
    throw UsageError(usage_problem("--output", "the name of the picture contains control characters", {}, {}, name));
  PictureFiles files{.picture = output, .data = output, .script = {}};
  files.data.replace_extension(data);
  if (data == ".dat") files.script = std::filesystem::path(output).replace_extension(".gnuplot");
  if (extension == data) files.picture.clear();
  if (extension == data || extension == ".svg" || extension == ".png") return files;
  throw UsageError(usage_problem("--output", "unknown picture format", {}, ".svg, .png or " + data, output.string()));
}

void draw(const Figure& figure, const PictureFiles& files) {
  write_text(files.data, data_of(figure));
  write_text(files.script, script_of(figure, files));
  if (files.picture.empty()) return;
  base::PendingFile pending(files.picture);
  const bool svg = files.picture.extension() == ".svg";
  const std::string size = std::to_string(figure.width) + "," + std::to_string(figure.height);
  const std::string set = std::string("set terminal ") + (svg ? "svg" : "pngcairo") + " size " + size +
                          " font 'sans,11' background rgb 'white'; set output " + quoted_path(pending.temporary());
  const ProcessResult result = run_process({"gnuplot", "-e", set, argument(files.script)});
  if (result.exit_code != 0) no_picture("gnuplot", "gnuplot-nox", result, files);
  pending.commit();
}

void draw_graph(const std::string& graph, const PictureFiles& files) {
  write_text(files.data, graph);
  if (files.picture.empty()) return;
  base::PendingFile pending(files.picture);
  const std::string format = files.picture.extension() == ".svg" ? "-Tsvg" : "-Tpng";
  const ProcessResult result = run_process({"dot", format, "-o", argument(pending.temporary()), argument(files.data)});
  if (result.exit_code != 0) no_picture("dot (Graphviz)", "graphviz", result, files);
  pending.commit();
}

}  // namespace synfire::command_line
