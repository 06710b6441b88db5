// SPDX-License-Identifier: Apache-2.0
// Checks graphs, and repairs what older and other writers leave out.
#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_map>

#include "parameters.hpp"
#include "shapes.hpp"
#include "synfire/base/readable.hpp"
#include "synfire/base/text.hpp"
#include "synfire/nir.hpp"
#include "synfire/warning.hpp"

namespace synfire::nir {
namespace {

// What a parameter may be.
enum class Form {
  numbers,   // finite
  time,      // > 0, s; infinity is judged by the import
  duration,  // ≥ 0
  sizes,     // integers; shapes.cpp has their ranges
  padding,   // integers or a text
  ignored,
};

struct Rule {
  const char* name;
  Form form;
  bool required;
};

std::vector<Rule> with(std::vector<Rule> rules, const std::vector<Rule>& more) {
  rules.insert(rules.end(), more.begin(), more.end());
  return rules;
}

const std::map<std::string, std::vector<Rule>, std::less<>>& rules() {
  static const std::vector<Rule> window{{"stride", Form::sizes, false}, {"padding", Form::padding, false}};
  static const std::vector<Rule> convolution = with(window, {{"weight", Form::numbers, true},
                                                             {"bias", Form::numbers, false},
                                                             {"dilation", Form::sizes, false},
                                                             {"groups", Form::sizes, false},
                                                             {"input_shape", Form::sizes, false}});
  static const std::vector<Rule> pooling = with(window, {{"kernel_size", Form::sizes, true}});
  static const std::vector<Rule> spiking{{"v_threshold", Form::numbers, true}, {"v_reset", Form::numbers, false}};
  static const std::vector<Rule> integrating{{"r", Form::numbers, true}};
  static const std::vector<Rule> leaky =
      with(integrating, {{"tau", Form::time, true}, {"v_leak", Form::numbers, true}});
  static const std::vector<Rule> current = with(integrating, {{"tau_syn", Form::time, true},
                                                              {"tau_mem", Form::time, true},
                                                              {"v_leak", Form::numbers, true},
                                                              {"w_in", Form::numbers, false}});
  static const std::map<std::string, std::vector<Rule>, std::less<>> all{
      {"Input", {{"shape", Form::sizes, true}}},
      {"Output", {{"shape", Form::sizes, false}}},
      {"Affine", {{"weight", Form::numbers, true}, {"bias", Form::numbers, true}}},
      {"Linear", {{"weight", Form::numbers, true}}},
      {"Scale", {{"scale", Form::numbers, true}}},
      {"Conv1d", convolution},
      {"Conv2d", convolution},
      {"SumPool2d", pooling},
      {"AvgPool2d", pooling},
      {"Flatten", {{"start_dim", Form::sizes, false}, {"end_dim", Form::sizes, false}}},
      {"Delay", {{"delay", Form::duration, true}}},
      {"Threshold", {{"threshold", Form::numbers, true}}},
      {"I", integrating},
      {"LI", leaky},
      {"IF", with(integrating, spiking)},
      {"LIF", with(leaky, spiking)},
      {"CubaLI", current},
      {"CubaLIF", with(current, spiking)},
  };
  return all;
}

std::vector<std::string> known_types() {
  std::vector<std::string> names;
  for (const auto& [name, rule] : rules()) names.push_back(name);
  return names;
}

class Checker {
 public:
  explicit Checker(Graph& graph) : graph_(graph) {}

  void run() {
    check_nodes();
    stop();
    index();
    check_edges();
    stop();
    drop_repeated_edges();
    add_ends();
    index();
    repair_inputs();
    infer();
    check_shapes();
    stop();
  }

 private:
  void stop() {
    if (!problems_.empty()) throw DataError(std::move(problems_));
  }

  void report(const Node& node, const std::string& parameter, Problem problem) {
    problem.path = parameter.empty() ? path_of(graph_, node) : path_of(graph_, node, parameter);
    problems_.push_back(std::move(problem));
  }
  void report(const Node& node, const Mismatch& mismatch) {
    report(node, mismatch.parameter,
           {.kind = ProblemKind::shape_mismatch,
            .message = mismatch.message,
            .expected = mismatch.expected,
            .given = base::one_line(mismatch.given, 200)});
  }
  void warn(const Node& node, const std::string& message, const std::string& expected = {},
            const std::string& given = {}) {
    graph_.warnings.push_back(make_warning({.kind = ProblemKind::repaired_graph,
                                            .path = path_of(graph_, node),
                                            .message = message,
                                            .expected = expected,
                                            .given = given}));
  }

  // ---- Nodes

  void check_nodes() {
    std::set<std::string> names;
    if (graph_.nodes.empty())
      problems_.push_back(
          {.kind = ProblemKind::malformed_file, .path = graph_.file + ": /node/nodes", .message = "has no nodes"});
    for (const Node& node : graph_.nodes) {
      if (!names.insert(node.name).second)
        report(node, "", {.kind = ProblemKind::duplicate_name, .message = "two nodes have this name"});
      const auto found = rules().find(node.type);
      if (found == rules().end())
        report(node, "",
               {.kind = ProblemKind::unsupported,
                .message = "the type of the node is unknown",
                .hint = suggest(base::one_line(node.type, 60), known_types()),
                .given = base::one_line(node.type, 60)});
      else
        check_parameters(node, found->second);
    }
  }

  void check_parameters(const Node& node, const std::vector<Rule>& rules) {
    for (const Rule& rule : rules) {
      const auto found = node.parameters.find(rule.name);
      if (found != node.parameters.end())
        check_parameter(node, rule, found->second);
      else if (rule.required)
        report(node, rule.name, {.kind = ProblemKind::malformed_file, .message = "is missing"});
    }
    for (const auto& entry : node.parameters) {
      const std::string& name = entry.first;
      if (name == "input_type" || name == "output_type") continue;  // shapes are computed
      if (std::none_of(rules.begin(), rules.end(), [&](const Rule& rule) { return rule.name == name; }))
        report(node, base::one_line(name, 100),
               {.kind = ProblemKind::unsupported, .message = "nodes of this type do not have such a parameter"});
    }
  }

  void check_parameter(const Node& node, const Rule& rule, const Parameter& value) {
    if (rule.form == Form::padding && std::holds_alternative<std::string>(value)) return;
    const auto* array = std::get_if<Numbers>(&value);
    if (array == nullptr)
      return report(node, rule.name, {.kind = ProblemKind::malformed_file, .message = "is not an array of numbers"});
    if (array->values.empty() && std::string_view(rule.name) != "shape")
      return report(node, rule.name, {.kind = ProblemKind::shape_mismatch, .message = "has no elements"});
    for (const double each : array->values) {
      const bool finite = std::isfinite(each) || (rule.form == Form::time && each > 0);
      const bool in_range = rule.form == Form::time ? each > 0 : rule.form != Form::duration || each >= 0;
      const bool whole = (rule.form != Form::sizes && rule.form != Form::padding) || each == std::floor(each);
      if (finite && in_range && whole) continue;
      const char* expected = rule.form == Form::time       ? "a time > 0"
                             : rule.form == Form::duration ? "a time of at least 0"
                             : !whole                      ? "an integer"
                                                           : "a finite number";
      return report(node, rule.name,
                    {.kind = ProblemKind::invalid_value,
                     .message = "is out of range",
                     .expected = expected,
                     .given = base::decimal(each)});
    }
  }

  // ---- Edges

  void index() {
    index_.clear();
    for (std::size_t k = 0; k < graph_.nodes.size(); ++k) index_[graph_.nodes[k].name] = k;
  }

  void check_edges() {
    std::vector<std::string> names;
    for (const Node& node : graph_.nodes) names.push_back(node.name);
    for (const Edge& edge : graph_.edges) {
      for (const std::string& end : {edge.source, edge.target}) {
        if (index_.contains(end)) continue;
        problems_.push_back({.kind = ProblemKind::unknown_name,
                             .path = (graph_.file.empty() ? "" : graph_.file + ": ") + "/node/edges",
                             .message = "names a node that the graph does not have",
                             .hint = suggest(base::one_line(end, 200), names),
                             .given = base::one_line(end, 200)});
      }
      if (index_.contains(edge.target) && graph_.nodes[index_[edge.target]].type == "Input")
        report(graph_.nodes[index_[edge.target]], "",
               {.kind = ProblemKind::unsupported, .message = "an edge leads into an Input"});
      if (index_.contains(edge.source) && graph_.nodes[index_[edge.source]].type == "Output")
        report(graph_.nodes[index_[edge.source]], "",
               {.kind = ProblemKind::unsupported, .message = "an edge leads out of an Output"});
    }
  }

  void drop_repeated_edges() {
    std::set<Edge> seen;
    std::vector<Edge> kept;
    for (const Edge& edge : graph_.edges) {
      if (seen.insert(edge).second)
        kept.push_back(edge);
      else
        warn(graph_.nodes[index_[edge.target]],
             "the edge from " + in_quotes(edge.source) + " is given twice and counted once");
    }
    // Files hold edges in any order.
    std::sort(kept.begin(), kept.end());
    graph_.edges = std::move(kept);
  }

  std::string free_name(std::string name) const {
    while (index_.contains(name)) name += "_";
    return name;
  }

  // Older files may lack Inputs and Outputs.
  void add_ends() {
    std::set<std::string> with_input, with_output;
    for (const Edge& edge : graph_.edges) {
      with_input.insert(edge.target);
      with_output.insert(edge.source);
    }
    const auto has = [&](const char* type) {
      return std::any_of(graph_.nodes.begin(), graph_.nodes.end(), [&](const Node& node) { return node.type == type; });
    };
    const bool add_inputs = !has("Input"), add_outputs = !has("Output");
    const std::vector<Node> nodes = add_inputs || add_outputs ? graph_.nodes : std::vector<Node>{};
    for (const Node& node : nodes) {
      if (add_inputs && !with_input.contains(node.name)) add_input(node);
      if (add_outputs && !with_output.contains(node.name)) {
        Node output{.name = free_name("output_" + node.name), .type = "Output"};
        graph_.edges.push_back({node.name, output.name});
        warn(node, "leads to no Output; one is added");
        graph_.nodes.push_back(std::move(output));
      }
    }
    std::sort(graph_.edges.begin(), graph_.edges.end());
  }

  void add_input(const Node& node) {
    Node input{.name = free_name("input_" + node.name), .type = "Input"};
    Extents shape = input_of(node);
    if (shape.empty())
      return report(
          node, "",
          {.kind = ProblemKind::missing_shape, .message = "has no input, and the shape of one cannot be inferred"});
    input.parameters["shape"] =
        Numbers{.shape = {shape.size()}, .values = {shape.begin(), shape.end()}, .stored = Stored::integers};
    graph_.edges.push_back({input.name, node.name});
    warn(node, "has no input; an Input is added", {}, to_string(shape));
    graph_.nodes.push_back(std::move(input));
  }

  // The shape that a node takes by itself.
  Extents input_of(const Node& node) {
    try {
      if (node.type == "Affine" || node.type == "Linear") {
        const Extents& weight = numbers(node, "weight").shape;
        return weight.empty() ? Extents{} : Extents{weight.back()};
      }
      if (node.type == "Conv1d" || node.type == "Conv2d") {
        const Numbers* shape = find_numbers(node.parameters, "input_shape");
        const Extents& weight = numbers(node, "weight").shape;
        if (shape == nullptr || weight.size() < 2) return {};
        Extents input{weight[1] * static_cast<std::size_t>(std::max(1.0, element(node, "groups", 0, 1)))};
        for (const double extent : shape->values) input.push_back(static_cast<std::size_t>(std::max(0.0, extent)));
        return input;
      }
      return output_shape_of(node, {});
    } catch (const Mismatch& mismatch) {
      report(node, mismatch);
      return {1};
    }
  }

  // ---- Shapes

  // The reference implementation takes the channels of one group for all channels.
  void repair_inputs() {
    for (const Edge& edge : graph_.edges) {
      Node& input = graph_.nodes[index_[edge.source]];
      const Node& node = graph_.nodes[index_[edge.target]];
      if (input.type != "Input" || node.type != "Conv2d") continue;
      Numbers& shape = std::get<Numbers>(input.parameters.at("shape"));
      const Extents& weight = numbers(node, "weight").shape;
      const double groups = element(node, "groups", 0, 1);
      if (shape.values.size() != 3 || weight.size() != 4 || groups <= 1) continue;
      const double channels = static_cast<double>(weight[1]) * groups;
      if (shape.values[0] != static_cast<double>(weight[1]) || shape.values[0] == channels) continue;
      warn(input, "has the channels of one group of " + in_quotes(node.name) + "; those of all are used",
           base::decimal(channels), base::decimal(shape.values[0]));
      shape.values[0] = channels;
    }
  }

  void infer() {
    incoming_.assign(graph_.nodes.size(), {});
    for (const Edge& edge : graph_.edges) incoming_[index_[edge.target]].push_back(index_[edge.source]);
    std::vector<std::size_t> open(graph_.nodes.size());
    for (std::size_t k = 0; k < open.size(); ++k) open[k] = k;
    // Shapes come from the inputs as far as possible; where a cycle holds them up, from the parameters of a node.
    while (settle_some(open, true) || settle_some(open, false)) stop();
    for (const std::size_t k : open)
      report(graph_.nodes[k], "", {.kind = ProblemKind::missing_shape, .message = "its shape cannot be inferred"});
    stop();
  }

  // Removes the nodes from `open` whose shapes are known now; whether there were any. If `with_input`, only nodes whose
  // input is known are settled; else only one node is.
  bool settle_some(std::vector<std::size_t>& open, bool with_input) {
    const std::size_t before = open.size();
    bool done = false;
    std::erase_if(open, [&](std::size_t k) {
      if (done || !settle(k, with_input)) return false;
      done = !with_input;
      return true;
    });
    return open.size() != before;
  }

  // Whether the shapes of the node are known now.
  bool settle(std::size_t k, bool with_input) {
    Node& node = graph_.nodes[k];
    for (const std::size_t source : incoming_[k]) {
      if (!graph_.nodes[source].output_shape.empty()) {
        node.input_shape = graph_.nodes[source].output_shape;
        break;
      }
    }
    if (with_input && node.input_shape.empty() && !incoming_[k].empty()) return false;
    try {
      Extents shape = output_shape_of(node, node.input_shape);
      if (shape.empty()) return false;
      if (node.type == "Input") strip_batch(node, shape);
      node.output_shape = std::move(shape);
    } catch (const Mismatch& mismatch) {
      report(node, mismatch);
      node.output_shape = {1};
    }
    if (node.input_shape.empty()) node.input_shape = input_of(node);
    return true;
  }

  void strip_batch(Node& node, Extents& shape) {
    if (shape.size() != 4 || shape[0] != 1) return;
    warn(node, "the first axis is taken for a batch of one and dropped", {}, to_string(shape));
    shape.erase(shape.begin());
    node.parameters["shape"] =
        Numbers{.shape = {shape.size()}, .values = {shape.begin(), shape.end()}, .stored = Stored::integers};
  }

  void check_shapes() {
    for (std::size_t k = 0; k < graph_.nodes.size(); ++k) {
      const Node& node = graph_.nodes[k];
      for (const std::size_t source : incoming_[k]) {
        const Node& from = graph_.nodes[source];
        if (element_count(from.output_shape) == element_count(node.input_shape)) continue;
        report(node, "",
               {.kind = ProblemKind::shape_mismatch,
                .message = "does not fit the output of " + in_quotes(from.name),
                .expected = to_string(node.input_shape),
                .given = to_string(from.output_shape)});
      }
      if (node.type == "Output" && !incoming_[k].empty()) check_claim(node);
      if ((node.type == "Affine" || node.type == "Linear") && node.input_shape.size() > 1)
        warn(node, "takes an input of several axes as one list, row by row", {}, to_string(node.input_shape));
    }
  }

  void check_claim(const Node& node) {
    const Numbers* claim = find_numbers(node.parameters, "shape");
    if (claim == nullptr) return;
    const Extents& shape = node.output_shape;
    if (std::equal(claim->values.begin(), claim->values.end(), shape.begin(), shape.end(),
                   [](double a, std::size_t b) { return a == static_cast<double>(b); }))
      return;
    std::string given;
    for (const double extent : claim->values) given += (given.empty() ? "" : "×") + base::decimal(extent);
    warn(node, "the file gives another shape than that of what arrives, which is used", to_string(shape), given);
  }

  Graph& graph_;
  std::vector<Problem> problems_;
  std::unordered_map<std::string, std::size_t> index_;
  std::vector<std::vector<std::size_t>> incoming_;
};

}  // namespace

void check(Graph& graph) { Checker(graph).run(); }

}  // namespace synfire::nir
