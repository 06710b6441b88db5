// SPDX-License-Identifier: Apache-2.0
#include "linear_forms.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <unordered_map>

#include "parameters.hpp"
#include "synfire/base/readable.hpp"
#include "synfire/base/text.hpp"

namespace synfire::nir {
namespace {

constexpr double longest_delay = 65535;  // steps
constexpr std::size_t most_delays = 1024;

class Forms {
 public:
  Forms(const Graph& graph, double dt, std::size_t most, std::vector<Problem>& warnings)
      : graph_(graph), dt_(dt), most_(most), warnings_(warnings), forms_(graph.nodes.size()) {
    std::unordered_map<std::string, std::size_t> index;
    for (std::size_t k = 0; k < graph.nodes.size(); ++k) index[graph.nodes[k].name] = k;
    sources_.resize(graph.nodes.size());
    targets_.resize(graph.nodes.size());
    for (const Edge& edge : graph.edges) {
      sources_[index[edge.target]].push_back(index[edge.source]);
      targets_[index[edge.source]].push_back(index[edge.target]);
    }
  }

  std::vector<LinearForm> run() {
    for (const std::size_t k : linear_nodes_in_order()) {
      try {
        forms_[k] = through(k, input_of(k));
      } catch (const TooLarge& large) {
        refuse_size(k, large);
      }
    }
    for (std::size_t k = 0; k < graph_.nodes.size(); ++k) {
      if (role_of(graph_.nodes[k].type) != Role::linear) forms_[k] = input_of(k);
    }
    for (std::size_t k = 0; k < graph_.nodes.size(); ++k) {
      if (role_of(graph_.nodes[k].type) == Role::linear) forms_[k] = {};
    }
    return std::move(forms_);
  }

 private:
  [[noreturn]] void refuse(std::size_t k, const std::string& parameter, Problem problem) const {
    const Node& node = graph_.nodes[k];
    problem.path = parameter.empty() ? path_of(graph_, node) : path_of(graph_, node, parameter);
    throw DataError(std::move(problem));
  }

  [[noreturn]] void refuse_size(std::size_t k, const TooLarge& large) const {
    refuse(k, "",
           {.kind = ProblemKind::unsupported,
            .message = "has too many synapses once its weights are expanded",
            .expected = "at most " + base::grouped(most_),
            .given = large.entries < 1e18 ? base::grouped(static_cast<std::size_t>(large.entries)) : "more"});
  }

  // Kahn's algorithm, over the edges between linear nodes.
  std::vector<std::size_t> linear_nodes_in_order() const {
    std::vector<std::size_t> order, waiting(graph_.nodes.size(), 0);
    std::size_t count = 0;
    for (std::size_t k = 0; k < graph_.nodes.size(); ++k) {
      if (!is_linear(k)) continue;
      ++count;
      waiting[k] = static_cast<std::size_t>(
          std::count_if(sources_[k].begin(), sources_[k].end(), [&](std::size_t source) { return is_linear(source); }));
      if (waiting[k] == 0) order.push_back(k);
    }
    for (std::size_t next = 0; next < order.size(); ++next) {
      for (const std::size_t target : targets_[order[next]]) {
        if (is_linear(target) && --waiting[target] == 0) order.push_back(target);
      }
    }
    if (order.size() == count) return order;
    for (std::size_t k = 0; k < graph_.nodes.size(); ++k) {
      if (is_linear(k) && waiting[k] > 0)
        refuse(k, "",
               {.kind = ProblemKind::unsupported,
                .message = "is in a cycle without a neuron, or follows one: such a cycle has no meaning in steps"});
    }
    return order;
  }

  bool is_linear(std::size_t k) const { return role_of(graph_.nodes[k].type) == Role::linear; }

  LinearForm input_of(std::size_t k) {
    LinearForm form;
    for (const std::size_t source : sources_[k]) {
      if (is_linear(source)) {
        add(form, forms_[source], k);
      } else {
        LinearForm one;
        one.terms[{source, 0}] = {.matrix = identity(element_count(graph_.nodes[source].output_shape)),
                                  .is_identity = true};
        add(form, one, k);
      }
    }
    return form;
  }

  void add(LinearForm& to, const LinearForm& form, std::size_t k) {
    for (const auto& [key, term] : form.terms) {
      const auto found = to.terms.find(key);
      if (found == to.terms.end()) {
        to.terms[key] = term;
        count(term.matrix, k);
        continue;
      }
      Term& into = found->second;
      expand(into, k);
      Term other = term;
      expand(other, k);
      into.matrix = sum(into.matrix, other.matrix);
      into.is_identity = false;
      into.path.insert(into.path.end(), term.path.begin(), term.path.end());
      normalize(into.path);
      count(into.matrix, k);
    }
    if (form.bias.empty()) return;
    if (to.bias.empty()) to.bias.assign(form.bias.size(), 0.0);
    for (std::size_t j = 0; j < form.bias.size(); ++j) to.bias[j] += form.bias[j];
  }

  static void normalize(std::vector<std::size_t>& path) {
    std::sort(path.begin(), path.end());
    path.erase(std::unique(path.begin(), path.end()), path.end());
  }

  // All matrices together must stay small.
  void count(const Matrix& matrix, std::size_t k) {
    entries_ += matrix.entries.size();
    if (entries_ > 2 * most_) refuse_size(k, {static_cast<double>(entries_)});
  }

  LinearForm through(std::size_t k, LinearForm form) {
    const Node& node = graph_.nodes[k];
    if (node.type == "Delay") return delayed(k, std::move(form));
    if (node.type == "Flatten") return form;
    std::optional<Matrix> matrix;  // made when needed
    for (auto& [key, term] : form.terms) {
      term.path.push_back(k);
      normalize(term.path);
      if (joins_kernels(term, k)) continue;
      expand(term, k);
      if (!matrix) matrix = matrix_of(node, most_);
      term.matrix = term.is_identity ? *matrix : product(term.matrix, *matrix, most_);
      term.is_identity = false;
      count(term.matrix, k);
    }
    if (!form.bias.empty()) form.bias = applied(matrix ? *matrix : matrix_of(node, most_), form.bias);
    const std::vector<double> own = bias_of(node);
    if (!own.empty()) {
      if (form.bias.empty()) form.bias.assign(own.size(), 0.0);
      for (std::size_t j = 0; j < own.size(); ++j) form.bias[j] += own[j];
    }
    return form;
  }

  // Kernels stay kernels for as long as nothing else changes the values.
  bool joins_kernels(Term& term, std::size_t k) const {
    const Node& node = graph_.nodes[k];
    std::vector<std::size_t>& nodes = term.kernels.nodes;
    const bool follows_pool = nodes.size() == 1 && graph_.nodes[nodes[0]].type.ends_with("Pool2d");
    if (follows_pool && node.type == "Scale" && is_one_number(numbers(node, "scale"))) {
      term.kernels.factor *= element(node, "scale", 0);
      return true;
    }
    const bool begins = term.is_identity && (node.type.starts_with("Conv") || node.type.ends_with("Pool2d"));
    if (!begins && !(follows_pool && node.type == "Conv2d")) return false;
    nodes.push_back(k);
    term.matrix = {};
    term.is_identity = false;
    return true;
  }

  static bool is_one_number(const Numbers& numbers) {
    return std::all_of(numbers.values.begin(), numbers.values.end(),
                       [&](double each) { return each == numbers.values.front(); });
  }

  void expand(Term& term, std::size_t k) {
    if (term.kernels.nodes.empty()) return;
    term.matrix = expanded(graph_, term.kernels, most_);
    term.kernels = {};
    count(term.matrix, k);
  }

  LinearForm delayed(std::size_t k, LinearForm form) {
    const std::size_t count = element_count(graph_.nodes[k].input_shape);
    std::map<std::uint32_t, std::vector<bool>> elements_with;
    for (std::size_t j = 0; j < count; ++j) {
      auto& which = elements_with[steps(k, element(graph_.nodes[k], "delay", j))];
      which.resize(count, false);
      which[j] = true;
    }
    if (elements_with.size() > most_delays)
      refuse(k, "delay",
             {.kind = ProblemKind::unsupported,
              .message = "has too many different delays",
              .expected = "at most " + std::to_string(most_delays),
              .given = std::to_string(elements_with.size())});
    if (!form.bias.empty() && elements_with.rbegin()->first > 0)
      refuse(k, "",
             {.kind = ProblemKind::unsupported,
              .message = "delays a bias, which would begin later than the network",
              .hint = "put the Delay before the node with the bias"});
    LinearForm result;
    result.bias = std::move(form.bias);
    const bool whole = elements_with.size() == 1;
    for (auto& [key, term] : form.terms) {
      if (!whole) expand(term, k);
      for (const auto& [delay, which] : elements_with) {
        LinearForm one;
        one.terms[{key.first, key.second + delay}] = {.matrix = whole ? term.matrix : columns(term.matrix, which),
                                                      .is_identity = whole && term.is_identity,
                                                      .kernels = term.kernels,
                                                      .path = term.path};
        if (key.second + delay > longest_delay) refuse_delay(k, (key.second + delay) * dt_);
        add(result, one, k);
      }
    }
    return result;
  }

  [[noreturn]] void refuse_delay(std::size_t k, double delay) const {
    refuse(k, "delay",
           {.kind = ProblemKind::unsupported,
            .message = "is longer than delays can be",
            .expected = "at most 65535 steps of " + base::decimal(dt_),
            .given = base::decimal(delay)});
  }

  std::uint32_t steps(std::size_t k, double delay) {
    const double exact = delay / dt_, rounded = std::round(exact);
    if (rounded > longest_delay) refuse_delay(k, delay);
    if (std::abs(rounded - exact) > 0.01 * exact && warned_ != k) {
      warned_ = k;
      warnings_.push_back({.kind = ProblemKind::time_scale,
                           .path = path_of(graph_, graph_.nodes[k], "delay"),
                           .message = "is rounded to a whole number of steps",
                           .expected = "a multiple of " + base::decimal(dt_),
                           .given = base::decimal(delay),
                           .severity = Severity::warning});
    }
    return static_cast<std::uint32_t>(rounded);
  }

  const Graph& graph_;
  double dt_;
  std::size_t most_;
  std::vector<Problem>& warnings_;
  std::vector<LinearForm> forms_;
  std::vector<std::vector<std::size_t>> sources_, targets_;
  std::size_t entries_ = 0;
  std::size_t warned_ = std::numeric_limits<std::size_t>::max();
};

}  // namespace

Matrix expanded(const Graph& graph, const Kernels& kernels, std::size_t most) {
  Matrix matrix = matrix_of(graph.nodes[kernels.nodes.front()], most);
  if (kernels.nodes.size() == 2) matrix = product(matrix, matrix_of(graph.nodes[kernels.nodes.back()], most), most);
  for (Entry& entry : matrix.entries) entry.weight *= kernels.factor;
  return matrix;
}

std::vector<LinearForm> linear_forms(const Graph& graph, double dt, std::size_t most_synapses,
                                     std::vector<Problem>& warnings) {
  return Forms(graph, dt, most_synapses, warnings).run();
}

}  // namespace synfire::nir
