// SPDX-License-Identifier: Apache-2.0
#include "settings.hpp"

#include <algorithm>
#include <cmath>

#include "parameters.hpp"
#include "synfire/base/readable.hpp"
#include "synfire/base/text.hpp"

namespace synfire::nir {

std::string name_of(Integration integrator) {
  switch (integrator) {
    case Integration::euler: return "euler";
    case Integration::exact: return "exact";
    case Integration::decay: return "decay";
  }
  return {};
}

std::string name_of(Reset reset) {
  switch (reset) {
    case Reset::to_value: return "value";
    case Reset::subtract: return "subtract";
    case Reset::subtract_next: return "subtract_next";
  }
  return {};
}

namespace {

template <class Choice>
std::optional<Choice> named(const std::string* hint, std::initializer_list<Choice> all) {
  for (const Choice each : all) {
    if (hint != nullptr && *hint == name_of(each)) return each;
  }
  return std::nullopt;
}

std::string in_words(Integration integrator) {
  switch (integrator) {
    case Integration::euler: return "by Euler's method, the membrane after its current";
    case Integration::exact: return "exactly for an input held over the step";
    case Integration::decay:
      return "by exponential decay, to which dt/tau r x is added, the membrane after its current";
  }
  return {};
}

std::string in_words(Reset reset) {
  switch (reset) {
    case Reset::to_value: return "a spike sets v to v_reset";
    case Reset::subtract: return "a spike subtracts v_threshold";
    case Reset::subtract_next: return "a spike comes in the step after v has passed, and subtracts v_threshold then";
  }
  return {};
}

constexpr const char* by_option = "as the options say";
constexpr const char* by_file = "as the metadata of the file say";

[[noreturn]] void refuse_hint(const Graph& graph, const std::string& name, const std::string& expected,
                              const std::string& given) {
  throw DataError(Problem{.kind = ProblemKind::invalid_value,
                          .path = (graph.file.empty() ? "" : graph.file + ": ") + "/node/metadata/" + name,
                          .message = "cannot be used as a hint",
                          .hint = "give the option instead",
                          .expected = expected,
                          .given = base::one_line(given, 100)});
}

double choose_dt(const Graph& graph, const ImportOptions& options, std::vector<std::string>& choices) {
  double dt = 1e-4;
  std::string why = "the default, as the file does not say";
  if (options.dt) {
    dt = *options.dt;
    why = by_option;
  } else if (graph.metadata.contains("dt")) {
    const Numbers* hint = find_numbers(graph.metadata, "dt");
    if (hint == nullptr || hint->values.size() != 1) refuse_hint(graph, "dt", "a number", "something else");
    dt = hint->values[0];
    why = by_file;
  }
  if (!(dt >= 1e-9) || dt > 1e6)
    throw DataError(Problem{.kind = ProblemKind::invalid_value,
                            .path = "dt",
                            .message = "is out of range",
                            .expected = "seconds, 1e-9 to 1e6",
                            .given = base::decimal(dt)});
  choices.push_back("dt is " + base::decimal(dt) + " in the unit of the file, taken for seconds: " + why);
  return dt;
}

Integration choose_integrator(const Graph& graph, const ImportOptions& options, std::vector<std::string>& choices) {
  Integration integrator = Integration::euler;
  std::string why = "the default";
  if (options.integrator) {
    integrator = *options.integrator;
    why = by_option;
  } else if (graph.metadata.contains("integrator")) {
    const std::string* hint = find_text(graph.metadata, "integrator");
    const auto known = named(hint, {Integration::euler, Integration::exact, Integration::decay});
    if (!known)
      refuse_hint(graph, "integrator", "\"euler\", \"exact\" or \"decay\"", hint == nullptr ? "a number" : *hint);
    integrator = *known;
    why = by_file;
  }
  choices.push_back("equations are integrated " + in_words(integrator) + ": " + why);
  return integrator;
}

// Nothing without a hint.
std::optional<Reset> hinted_reset(const Graph& graph, const Parameters& metadata) {
  if (!metadata.contains("reset")) return std::nullopt;
  const std::string* hint = find_text(metadata, "reset");
  if (const auto known = named(hint, {Reset::to_value, Reset::subtract, Reset::subtract_next})) return known;
  if (hint != nullptr && (*hint == "zero" || *hint == "to_value")) return Reset::to_value;
  refuse_hint(graph, "reset", R"("value", "zero", "subtract" or "subtract_next")",
              hint == nullptr ? "a number" : *hint);
}

IfRule choose_rule(const Graph& graph, const ImportOptions& options) {
  if (options.if_rule != IfRule::automatic || !graph.metadata.contains("if_rule")) return options.if_rule;
  const std::string* hint = find_text(graph.metadata, "if_rule");
  if (hint != nullptr && *hint == "per_step") return IfRule::per_step;
  if (hint != nullptr && *hint == "continuous") return IfRule::continuous;
  refuse_hint(graph, "if_rule", "\"per_step\" or \"continuous\"", hint == nullptr ? "a number" : *hint);
}

}  // namespace

Settings choose_settings(const Graph& graph, const ImportOptions& options, std::vector<std::string>& choices) {
  Settings settings;
  settings.dt = choose_dt(graph, options, choices);
  settings.integrator = choose_integrator(graph, options, choices);
  const std::optional<Reset> hint = options.reset ? std::nullopt : hinted_reset(graph, graph.metadata);
  settings.reset = options.reset.value_or(hint.value_or(Reset::to_value));
  settings.if_rule = choose_rule(graph, options);
  choices.push_back(in_words(settings.reset) + ": " +
                    (options.reset ? by_option
                     : hint        ? by_file
                                   : "the default, as the file does not say"));
  return settings;
}

Reset reset_of(const Graph& graph, const Node& node, const ImportOptions& options, const Settings& settings) {
  if (options.reset) return *options.reset;
  return hinted_reset(graph, node.metadata).value_or(settings.reset);
}

bool adds_per_step(const Graph& graph, const Node& node, const Settings& settings) {
  if (settings.if_rule != IfRule::automatic) return settings.if_rule == IfRule::per_step;
  const std::vector<double>& r = numbers(node, "r").values;
  const auto all = [&](double value) {
    return std::all_of(r.begin(), r.end(), [&](double each) { return std::abs(each / value - 1) <= 1e-4; });
  };
  if (all(1 / settings.dt)) return false;
  if (all(1)) return true;
  throw DataError(Problem{.kind = ProblemKind::invalid_value,
                          .path = path_of(graph, node, "r"),
                          .message = "leaves open what a step adds: R times the input, or dt times that",
                          .hint = "choose the rule: per_step or continuous (--if-rule)",
                          .expected = "1, or 1/dt = " + base::decimal(1 / settings.dt),
                          .given = base::decimal(r.front())});
}

}  // namespace synfire::nir
