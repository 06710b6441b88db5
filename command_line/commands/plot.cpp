// SPDX-License-Identifier: Apache-2.0
// synfire plot: draws recordings and networks.
#include "plot/plots.hpp"

#include <nlohmann/json.hpp>

#include "commands/tables.hpp"
#include "model/outputs.hpp"

namespace synfire::command_line {
namespace {

constexpr std::uint64_t most_pixels = 20000;

PlotOptions options_of(const Arguments& arguments) {
  PlotOptions options{.objects = arguments.list("of"),
                      .example = arguments.integer("example", 0),
                      .neurons = {},
                      .from = arguments.number("from").value_or(0),
                      .to = arguments.number("to"),
                      .title = arguments.text("title")};
  for (const std::string& part : arguments.parts("neurons")) {
    const auto neuron = to_integer(part);
    if (!neuron) throw UsageError(usage_problem("--neurons", "an index is not an integer", {}, "N,N,…", part));
    options.neurons.push_back(static_cast<std::int64_t>(*neuron));
  }
  if (options.to && !(*options.to > options.from))
    throw UsageError(usage_problem("--to", "the end is not after --from", {}, "more than " + decimal(options.from),
                                   decimal(*options.to)));
  return options;
}

struct Kind {
  const char* name;
  Figure (*make)(const std::filesystem::path& file, const PlotOptions& options);  // null: the network
};

template <Figure (*make)(const RecordingsFile& file, const PlotOptions& options)>
Figure of_recordings(const std::filesystem::path& file, const PlotOptions& options) {
  return make(read_recordings(file), options);
}

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{{"raster", of_recordings<raster>},
                                     {"traces", of_recordings<traces>},
                                     {"rates", of_recordings<rates>},
                                     {"history", history},
                                     {"network", nullptr}};
  return all;
}

const Kind& find_kind(const std::string& name) {
  std::vector<std::string> known;
  for (const Kind& kind : kinds()) {
    if (name == kind.name) return kind;
    known.emplace_back(kind.name);
  }
  throw UsageError({.kind = ProblemKind::unknown_name,
                    .path = "KIND",
                    .message = "unknown plot \"" + name + "\"",
                    .hint = suggest(name, known),
                    .expected = nearest_name(name, known),
                    .given = name});
}

void set_size(const Arguments& arguments, Figure& figure) {
  figure.width = static_cast<unsigned>(arguments.integer("width", 200, most_pixels).value_or(figure.width));
  figure.height = static_cast<unsigned>(arguments.integer("height", 150, most_pixels).value_or(figure.height));
}

void report(const PictureFiles& files, Output& output) {
  Json document = {{"data", files.data.string()}};
  if (!files.picture.empty()) document["picture"] = files.picture.string();
  if (!files.script.empty()) document["script"] = files.script.string();
  output.document(document);
  output.message("synfire: wrote " + (files.picture.empty() ? files.data : files.picture).string());
}

std::vector<NamedFile> outputs_of(const PictureFiles& files) {
  std::vector<NamedFile> outputs{{"--output", files.data}};
  if (!files.picture.empty()) outputs.push_back({"--output", files.picture});
  if (!files.script.empty()) outputs.push_back({"--output", files.script});
  return outputs;
}

void plot(const Arguments& arguments, Output& output) {
  const Kind& kind = find_kind(arguments.text("KIND"));
  const bool graph = kind.make == nullptr;
  const PictureFiles files =
      files_of(arguments.text("output", std::string(kind.name) + ".svg"), graph ? ".dot" : ".dat");
  check_outputs(arguments, outputs_of(files),
                graph ? model_files(arguments, "FILE") : std::vector<NamedFile>{{"FILE", arguments.text("FILE")}});
  if (graph) {
    draw_graph(network_graph(summarize(arguments.text("FILE"))), files);
  } else {
    const PlotOptions options = options_of(arguments);
    Figure figure = kind.make(arguments.text("FILE"), options);
    set_size(arguments, figure);
    draw(figure, files);
  }
  report(files, output);
}

}  // namespace

Command plot_command() {
  return {
      .name = "plot",
      .summary = "draw recordings (raster, traces, rates), the history of a training, or the graph of a network",
      .examples = {{"synfire plot raster spikes.npz --output raster.png", "the spikes of the first recorded example"},
                   {"synfire plot traces run.npz --of hidden.v --neurons 0,7 --from 10 --to 60",
                    "a variable of two neurons over time"},
                   {"synfire plot rates spikes.npz", "a histogram of firing rates, in rates.svg"},
                   {"synfire plot history history.csv", "losses and metrics over the epochs of a training"},
                   {"synfire plot network demo.json --output network.svg", "populations and connections"}},
      .text =
          "raster, traces and rates read recordings of synfire run --record, history reads a table of synfire train "
          "--history; they are drawn by gnuplot. network "
          "reads a description or an artifact and is drawn by dot (Graphviz). The data are written beside the "
          "picture: a .dat file with the .gnuplot script that draws it, or a .dot file. If the program is not "
          "installed, they are still written and the exit code is 1; if --output ends in .dat or .dot, no "
          "picture is drawn.",
      .operands = {{.name = "KIND",
                    .help = "raster, traces, rates, history or network",
                    .words = {"raster", "traces", "rates", "history", "network"}},
                   {.name = "FILE", .help = "recordings (.npz); for history, a table (.csv); for network, a model"}},
      .options = {{.name = "output",
                   .value = "FILE",
                   .help = "the picture, .svg or .png (default: KIND.svg, in the current folder)",
                   .letter = 'o'},
                  {.name = "of",
                   .value = "OBJECT[.VARIABLE]",
                   .help = "draw only this population, connection or variable; for history, output",
                   .repeated = true},
                  {.name = "example",
                   .value = "N",
                   .help = "which example of the data, from 0 (default: the first recorded)"},
                  {.name = "neurons", .value = "N[,N...]", .help = "neurons of traces (default: the first five)"},
                  {.name = "from", .value = "MS", .help = "start of the time shown; for history, the first epoch"},
                  {.name = "to", .value = "MS", .help = "end of the time shown; for history, the last epoch"},
                  {.name = "title", .value = "TEXT", .help = "title of the picture"},
                  {.name = "width", .value = "PIXELS", .help = "width of the picture"},
                  {.name = "height", .value = "PIXELS", .help = "height of the picture"}},
      .run = plot,
  };
}

}  // namespace synfire::command_line
