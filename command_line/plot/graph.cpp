// SPDX-License-Identifier: Apache-2.0
#include "plot/plots.hpp"
#include "synfire/base/text.hpp"

namespace synfire::command_line {
namespace {

// Text in double quotes. Graphviz accepts no control characters, and replaces \\N with a name.
std::string dot_string(const std::string& text) {
  std::string result = "\"";
  for (const char c : base::one_line(text)) result += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return result + "\"";
}

// Text in an HTML label.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : base::one_line(text)) {
    if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '"')
      result += "&quot;";
    else
      result += c;
  }
  return result;
}

std::string color_of(const contract::PopulationInfo& population) {
  if (population.input != contract::InputKind::none) return "#d6e8f5";
  return population.readout.empty() ? "#ececec" : "#fbe3d0";
}

std::string node_of(const contract::PopulationInfo& population) {
  const std::string small = "<br/><font point-size=\"10\" color=\"#444444\">";
  std::string label = "<b>" + escaped(population.name) + "</b>" + small + escaped(population.model) + "</font>" +
                      small + escaped(synfire::to_string(population.shape)) + "</font>";
  if (!population.readout.empty()) label += small + "readout " + escaped(population.readout) + "</font>";
  return "  " + dot_string(population.name) + " [label=<" + label + ">, fillcolor=\"" + color_of(population) + "\"];\n";
}

std::string edge_of(const contract::ConnectionInfo& connection, double dt) {
  std::string label = escaped(connection.connectivity + ", " + connection.synapse) + "<br/>" +
                      escaped(counted(connection.synapses, "synapse"));
  if (connection.longest_delay_steps > 0 || connection.delay_steps > 0 || connection.latency_steps == 0)
    label += escaped(", delay " + delay_text(connection, dt));
  return "  " + dot_string(connection.source) + " -> " + dot_string(connection.target) + " [label=<" + label + ">];\n";
}

}  // namespace

std::string network_graph(const ModelSummary& model) {
  const contract::Manifest& manifest = model.manifest();
  std::string text =
      "digraph network {\n"
      "  rankdir=LR; nodesep=0.5; ranksep=0.9; bgcolor=\"white\"; pad=0.2;\n"
      "  node [shape=box, style=\"rounded,filled\", color=\"#888888\", fontname=\"sans\", fontsize=13, "
      "margin=\"0.2,0.1\"];\n"
      "  edge [color=\"#555555\", fontname=\"sans\", fontsize=10, fontcolor=\"#333333\", arrowsize=0.8];\n";
  for (const contract::PopulationInfo& population : manifest.populations) text += node_of(population);
  for (const contract::ConnectionInfo& connection : manifest.connections) text += edge_of(connection, manifest.dt);
  return text + "}\n";
}

}  // namespace synfire::command_line
