// SPDX-License-Identifier: Apache-2.0
// Prints hybrid systems and their adjoints as a paper would.
#include <algorithm>
#include <utility>

#include "lower/symbolic.hpp"
#include "synfire/codegen/adjoint.hpp"

namespace synfire::codegen {
namespace {

using language::Expression;

std::string text_of(const Expression& expression) { return language::to_string(symbolic::simplify(expression)); }
bool is_zero(const Expression& expression) { return symbolic::is_number(expression, 0); }

// Lines of `left = right` under one heading, aligned.
class Section {
 public:
  explicit Section(std::string heading) : heading_(std::move(heading)) {}
  void add(const std::string& left, const std::string& right) { lines_.push_back({left, right}); }

  std::string text() const {
    if (lines_.empty()) return "";
    std::string result = heading_ + "\n";
    std::size_t width = 0;
    for (const auto& [left, right] : lines_) width = std::max(width, characters(left));
    for (const auto& [left, right] : lines_)
      result += "  " + left + std::string(width - characters(left), ' ') + " = " + right + "\n";
    return result;
  }

 private:
  // Counts UTF-8 characters, not bytes; combining marks do not count.
  static std::size_t characters(const std::string& text) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      const bool mark = byte == 0xCC && i + 1 < text.size();
      if ((byte & 0xC0) != 0x80 && !mark) ++count;
    }
    return count;
  }

  std::string heading_;
  std::vector<std::pair<std::string, std::string>> lines_;
};

std::string list_of(const std::vector<HybridParameter>& parameters) {
  std::string text;
  for (const HybridParameter& parameter : parameters) text += (text.empty() ? "" : ", ") + parameter.name;
  return text.empty() ? "none" : text;
}

std::string list_of(const std::vector<HybridVariable>& variables, bool held_only) {
  std::string text;
  for (const HybridVariable& variable : variables) {
    if (!held_only || variable.held) text += (text.empty() ? "" : ", ") + variable.name;
  }
  return text;
}

std::string print_spike(const HybridSystem& system) {
  if (!system.threshold) return "";
  Section section(system.crosses ? "spike where g becomes ≥ 0" : "spike where g ≥ 0");
  section.add("g", text_of(system.threshold));
  for (std::size_t k = 0; k < system.variables.size(); ++k) {
    const std::string& name = system.variables[k].name;
    if (language::to_string(system.reset[k]) != name) section.add(name + "⁺", text_of(system.reset[k]));
  }
  if (system.refractory_period) {
    section.add("t_ref", text_of(system.refractory_period) +
                             (system.holds() ? ", holding " + list_of(system.variables, true) : ""));
  }
  return section.text();
}

std::string print_arrival(const HybridSystem& system, const HybridArrival& arrival) {
  Section section("arrival over \"" + arrival.name + "\" with weight w");
  for (std::size_t k = 0; k < system.variables.size(); ++k) {
    if (is_zero(arrival.jump[k])) continue;
    const Expression jump = symbolic::product(language::name("w"), arrival.jump[k]);
    section.add(system.variables[k].name + "⁺", system.variables[k].name + " + " + text_of(jump));
  }
  return section.text();
}

std::string print_readout(const HybridSystem& system) {
  if (!system.value) return "";
  Section section("readout");
  for (const RunningExtremum& extremum : system.extrema)
    section.add(system.variables[extremum.variable].name,
                std::string(extremum.maximum ? "largest " : "smallest ") + text_of(extremum.of));
  for (const LastValue& last : system.last_values)
    section.add(system.variables[last.variable].name, text_of(last.of) + " at the end");
  section.add("y", text_of(system.value));
  return section.text();
}

// λ⁺ · a column of the matrix.
Expression transposed(const HybridSystem& system, const ExpressionMatrix& matrix, std::size_t column) {
  Expression total = language::number(0);
  for (std::size_t i = 0; i < system.variables.size(); ++i)
    total = symbolic::sum(total,
                          symbolic::product(matrix[i][column], language::name(adjoint_name(system.variables[i].name))));
  return total;
}

std::string print_flow_backward(const Adjoint& adjoint) {
  Section section("backward between events");
  const HybridSystem& system = adjoint.system;
  for (std::size_t k = 0; k < system.variables.size(); ++k)
    section.add("-d" + adjoint_name(system.variables[k].name) + "/dt", text_of(adjoint.minus_lambda_rate[k]));
  for (std::size_t m = 0; m < system.parameters.size(); ++m) {
    if (!is_zero(adjoint.parameter_rate[m]))
      section.add("-d(dL/d" + system.parameters[m].name + ")/dt", text_of(adjoint.parameter_rate[m]));
  }
  return section.text();
}

std::string print_spike_backward(const Adjoint& adjoint) {
  const HybridSystem& system = adjoint.system;
  if (!system.threshold) return "";
  Section section(
      "backward at a spike, x before and λ after it; Ση over its arrivals, the end of its period, and the spikes it "
      "triggers");
  section.add("ġ", text_of(adjoint.threshold_rate));
  const Expression own = symbolic::simplify(symbolic::difference(adjoint.event_time, language::name("Ση")));
  section.add("η", is_zero(own) ? "Ση" : text_of(own) + " + Ση");
  section.add("κ", "η / ġ; if another event triggers it (g ≥ 0 as soon as it is armed): 0, and η goes to that event");
  for (std::size_t k = 0; k < system.variables.size(); ++k)
    section.add(adjoint_name(system.variables[k].name) + "⁻", text_of(adjoint.lambda_before[k]));
  for (std::size_t m = 0; m < system.parameters.size(); ++m) {
    const Expression by_threshold = symbolic::product(language::name("κ"), adjoint.g_p[m]);
    const Expression jump = symbolic::difference(transposed(system, adjoint.r_p, m), by_threshold);
    if (!is_zero(symbolic::simplify(jump))) section.add("dL/d" + system.parameters[m].name, "… + " + text_of(jump));
  }
  return section.text();
}

// At the end of a refractory period, held states flow again.
std::string print_period_backward(const Adjoint& adjoint) {
  const HybridSystem& system = adjoint.system;
  if (!system.refractory_period) return "";
  Section section("backward at the end of a refractory period");
  Expression total = language::number(0);
  for (std::size_t k = 0; k < system.variables.size(); ++k) {
    if (!system.variables[k].held) continue;
    total = symbolic::difference(
        total, symbolic::product(language::name(adjoint_name(system.variables[k].name)), system.flow[k]));
  }
  section.add("η", is_zero(total) ? "η of the spike it triggers" : text_of(total));
  for (std::size_t m = 0; m < system.parameters.size(); ++m) {
    if (is_zero(adjoint.period_p[m])) continue;
    const Expression share = symbolic::product(adjoint.period_p[m], language::name("η"));
    section.add("dL/d" + system.parameters[m].name, "… + " + text_of(share));
  }
  return section.text();
}

std::string print_arrival_backward(const Adjoint& adjoint, std::size_t index) {
  const HybridSystem& system = adjoint.system;
  const HybridArrival& arrival = system.arrivals[index];
  const Expression w = language::name("w");
  Section section("backward at an arrival over \"" + arrival.name + "\"");
  section.add("dL/dw", "… + " + text_of(adjoint.arrivals[index].by_weight));
  section.add("η", text_of(adjoint.arrivals[index].event_time) + "; also added to dL/dd of its delay");
  for (std::size_t k = 0; k < system.variables.size(); ++k) {
    const Expression bend = symbolic::product(w, transposed(system, adjoint.arrivals[index].jump_x, k));
    const Expression before = symbolic::sum(language::name(adjoint_name(system.variables[k].name)), bend);
    if (!is_zero(symbolic::simplify(bend))) section.add(adjoint_name(system.variables[k].name) + "⁻", text_of(before));
  }
  return section.text();
}

std::string print_problems(const HybridSystem& system) {
  std::string text = "population \"" + system.population + "\": no equations to derive an adjoint from\n";
  for (const Problem& problem : system.problems) text += "  " + problem.path + ": " + problem.message + "\n";
  return text;
}

}  // namespace

std::string to_string(const HybridSystem& system) {
  std::string text = "population \"" + system.population + "\": x = (" + list_of(system.variables, false) + "), p = (" +
                     list_of(system.parameters) + ")\n";
  Section flow("flow");
  for (std::size_t k = 0; k < system.variables.size(); ++k)
    flow.add("d" + system.variables[k].name + "/dt", text_of(system.flow[k]));
  text += flow.text() + print_spike(system);
  for (const HybridArrival& arrival : system.arrivals) text += print_arrival(system, arrival);
  return text + print_readout(system);
}

std::string to_string(const Adjoint& adjoint) {
  std::string text = to_string(adjoint.system) + print_flow_backward(adjoint) + print_spike_backward(adjoint) +
                     print_period_backward(adjoint);
  for (std::size_t i = 0; i < adjoint.system.arrivals.size(); ++i) text += print_arrival_backward(adjoint, i);
  return text;
}

std::string print_adjoints(const ir::Network& network, const DerivationOptions& options) {
  const std::vector<bool> trained = depends_on_training(network);
  std::string text;
  for (std::size_t i = 0; i < network.populations.size(); ++i) {
    if (!trained[i]) continue;
    if (!text.empty()) text += "\n";
    HybridSystem system = read_hybrid_system(network, i, options);
    text += system.has_equations() ? to_string(adjoint_of(std::move(system))) : print_problems(system);
  }
  return text;
}

}  // namespace synfire::codegen
