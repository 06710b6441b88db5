// SPDX-License-Identifier: Apache-2.0
// Graphs become networks: neurons become populations, what is linear between them connections.
#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_map>

#include "images.hpp"
#include "kernels.hpp"
#include "linear_forms.hpp"
#include "names.hpp"
#include "neurons.hpp"
#include "parameters.hpp"
#include "settings.hpp"
#include "synfire/base/readable.hpp"
#include "synfire/base/single.hpp"
#include "synfire/base/text.hpp"
#include "synfire/models.hpp"
#include "synfire/nir.hpp"

namespace synfire::nir {
namespace {

// A pattern with fewer synapses than this part of all pairs is a list.
constexpr std::size_t sparse_part = 4;

// A node that becomes a population.
struct Population {
  std::size_t node = 0;
  bool is_input = false, is_real = false;
  NeuronText text = {};
  std::vector<double> bias = {};  // in single precision; empty: zeros
  std::string name = {};
  std::optional<PopulationId> id = std::nullopt;
  Extents image = {};  // as in the file, if a convolution or pool reads or gives it
  Order order = {};

  bool sends_values() const { return is_real || text.sends; }
};

// What a connection is made of.
struct Link {
  std::size_t source = 0, target = 0;  // populations
  std::uint32_t delay = 0;             // steps
  Term term;
  std::optional<Kernel> kernel = std::nullopt;  // then the term has no matrix
};

class Importer {
 public:
  Importer(const Graph& graph, const ImportOptions& options) : graph_(graph), options_(options) {}

  Imported run() {
    result_.warnings = graph_.warnings;
    result_.settings = choose_settings(graph_, options_, result_.choices);
    check_real_inputs();
    find_populations();
    check_times();
    stop();
    gather_links(linear_forms(graph_, result_.settings.dt, options_.most_synapses, result_.warnings));
    shape_images();
    find_levels();
    name_populations();
    add_populations();
    add_connections();
    describe_inputs();
    describe_outputs();
    return std::move(result_);
  }

 private:
  const Node& node_of(const Population& population) const { return graph_.nodes[population.node]; }

  void stop() {
    if (!problems_.empty()) throw DataError(std::move(problems_));
  }
  void refuse(const Node& node, const std::string& parameter, Problem problem) {
    problem.path = parameter.empty() ? path_of(graph_, node) : path_of(graph_, node, parameter);
    problems_.push_back(std::move(problem));
  }
  void choice(const std::string& sentence) { result_.choices.push_back(sentence); }

  // ---- Which nodes are populations

  void check_real_inputs() {
    std::vector<std::string> inputs;
    for (const Node& node : graph_.nodes) {
      if (node.type == "Input") inputs.push_back(node.name);
    }
    for (const std::string& name : options_.real_inputs) {
      if (std::find(inputs.begin(), inputs.end(), name) == inputs.end())
        problems_.push_back({.kind = ProblemKind::unknown_name,
                             .path = "real_inputs",
                             .message = "the graph has no Input of this name",
                             .hint = suggest(name, inputs),
                             .given = base::one_line(name, 200)});
    }
    stop();
  }

  bool is_real(const Node& node) const {
    if (std::find(options_.real_inputs.begin(), options_.real_inputs.end(), node.name) != options_.real_inputs.end())
      return true;
    const std::string* hint = find_text(node.metadata, "values");
    return hint != nullptr && *hint == "real";
  }

  void find_populations() {
    std::vector<std::vector<std::size_t>> sources(graph_.nodes.size());
    std::unordered_map<std::string, std::size_t> index;
    for (std::size_t k = 0; k < graph_.nodes.size(); ++k) index[graph_.nodes[k].name] = k;
    for (const Edge& edge : graph_.edges) sources[index[edge.target]].push_back(index[edge.source]);
    for (std::size_t k = 0; k < graph_.nodes.size(); ++k) {
      const Node& node = graph_.nodes[k];
      if (node.type == "Input") {
        add({.node = k, .is_input = true, .is_real = is_real(node)});
      } else if (const auto kind = kind_of(node.type)) {
        add({.node = k, .text = text_of_node(node, *kind)});
      } else if (node.type == "Output") {
        // An Output that one neuron leads to is that neuron's.
        if (sources[k].size() == 1 && kind_of(graph_.nodes[sources[k][0]].type))
          outputs_.push_back({k, sources[k][0]});
        else if (!sources[k].empty())
          outputs_.push_back({k, add({.node = k, .text = {.kind = NeuronKind::sum}})});
        else
          warn(node, "nothing leads to this Output; it is left out");
      }
    }
    find_senders(index);
  }

  std::size_t add(Population population) {
    population_of_[population.node] = populations_.size();
    populations_.push_back(std::move(population));
    return populations_.back().node;
  }

  void warn(const Node& node, const std::string& message) {
    result_.warnings.push_back({.kind = ProblemKind::unread_population,
                                .path = path_of(graph_, node),
                                .message = message,
                                .severity = Severity::warning});
  }

  NeuronText text_of_node(const Node& node, NeuronKind kind) {
    NeuronText text{.kind = kind};
    if (node.type != "I" && node.type != "IF" && node.type != "Threshold")
      text.integrator = result_.settings.integrator;
    if (node.type == "I" || node.type == "IF") text.per_step = rule_of(node);
    if (spikes(kind) && kind != NeuronKind::threshold)
      text.spikes_next = reset_of(graph_, node, options_, result_.settings) == Reset::subtract_next;
    return text;
  }

  bool rule_of(const Node& node) {
    try {
      const bool per_step = adds_per_step(graph_, node, result_.settings);
      rules_.insert(per_step);
      return per_step;
    } catch (const DataError& error) {
      problems_.insert(problems_.end(), error.problems().begin(), error.problems().end());
      return true;
    }
  }

  // What I, LI and CubaLI send to other nodes than an Output of their own are numbers.
  void find_senders(std::unordered_map<std::string, std::size_t>& index) {
    const std::set<std::pair<std::size_t, std::size_t>> read(outputs_.begin(), outputs_.end());
    for (const Edge& edge : graph_.edges) {
      const std::size_t source = index[edge.source], target = index[edge.target];
      const auto kind = kind_of(graph_.nodes[source].type);
      if (kind && !spikes(*kind) && !read.contains({target, source}))
        populations_[population_of_.at(source)].text.sends = true;
    }
  }

  // ---- Times

  void check_times() {
    double shortest = std::numeric_limits<double>::infinity();
    std::string name;
    bool unusual_r = false;
    for (const Population& population : populations_) {
      const Node& node = node_of(population);
      for (const char* parameter : {"tau", "tau_syn", "tau_mem"}) {
        const Numbers* tau = find_numbers(node.parameters, parameter);
        if (tau == nullptr) continue;
        check_time(node, parameter, *tau);
        const double least = *std::min_element(tau->values.begin(), tau->values.end());
        if (least < shortest) {
          shortest = least;
          name = node.name;
        }
        if (std::string_view(parameter) != "tau_syn") unusual_r = unusual_r || !has_usual_r(node, *tau);
      }
    }
    if (std::isfinite(shortest))
      choice("the shortest time constant is " + base::decimal(shortest / result_.settings.dt) + " steps, of " +
             in_quotes(name));
    if (unusual_r) choice("r of some nodes is neither 1 nor tau/dt; it is used as it is");
    if (rules_.contains(true)) choice("I and IF add r x in each step, whatever dt is");
    if (rules_.contains(false)) choice("I and IF add dt r x in each step");
  }

  void check_time(const Node& node, const char* parameter, const Numbers& tau) {
    for (const double each : tau.values) {
      if (!std::isfinite(each))
        return refuse(node, parameter,
                      {.kind = ProblemKind::unsupported,
                       .message = "is infinite: the equation of the node then ignores its input",
                       .hint = "a node without a leak is I or IF; Lava writes an infinite time for a decay of 0"});
      if (result_.settings.integrator != Integration::euler || result_.settings.dt <= each * (1 + 1e-6)) continue;
      return refuse(node, parameter,
                    {.kind = ProblemKind::invalid_value,
                     .message = "is shorter than dt: the decay of Euler's method would be negative",
                     .hint = "choose a smaller dt (--dt), or integrate exactly (--integrator exact)",
                     .expected = "at least " + base::decimal(result_.settings.dt),
                     .given = base::decimal(each)});
    }
  }

  bool has_usual_r(const Node& node, const Numbers& tau) const {
    const Numbers& r = numbers(node, "r");
    for (std::size_t k = 0; k < r.values.size(); ++k) {
      const double gain =
          tau.values[tau.values.size() == 1 ? 0 : std::min(k, tau.values.size() - 1)] / result_.settings.dt;
      if (std::abs(r.values[k] - 1) > 1e-4 && std::abs(r.values[k] / gain - 1) > 1e-4) return false;
    }
    return true;
  }

  // ---- Connections, as links between populations

  void gather_links(std::vector<LinearForm> forms) {
    for (std::size_t target = 0; target < populations_.size(); ++target) {
      LinearForm& form = forms[populations_[target].node];
      for (auto& [key, term] : form.terms) {
        const std::size_t source = population_of_.at(key.first);
        if (is_zero(term))
          warn(node_of(populations_[target]), "all weights from " + in_quotes(node_of(populations_[source]).name) +
                                                  " are 0; the connection is left out");
        else
          links_.push_back({source, target, key.second, std::move(term)});
      }
      for (double& each : form.bias) each = static_cast<double>(single(each, populations_[target], "bias"));
      if (std::any_of(form.bias.begin(), form.bias.end(), [](double each) { return each != 0; }))
        populations_[target].bias = std::move(form.bias);
    }
    stop();
  }

  bool is_zero(const Term& term) const {
    if (!term.kernels.nodes.empty()) return nir::is_zero(graph_, term.kernels);
    return std::all_of(term.matrix.entries.begin(), term.matrix.entries.end(),
                       [](const Entry& entry) { return static_cast<float>(entry.weight) == 0; });
  }

  // ---- Images

  // Populations that a convolution or pool joins have their channels last. All others keep the order of the file.
  void shape_images() {
    for (Link& link : links_) {
      if (link.term.kernels.nodes.empty()) continue;
      link.kernel = kernel_of(graph_, link.term.kernels);
      if (!link.kernel || !join_images(link)) expand(link);
    }
    for (Population& population : populations_) {
      population.order = order_of(population.image);
      if (!population.bias.empty()) population.bias = by_neuron(population.bias, population.order);
    }
    for (Link& link : links_) {
      const Order &sources = populations_[link.source].order, &targets = populations_[link.target].order;
      if (!link.kernel && !(sources.empty() && targets.empty()))
        link.term.matrix = permuted(link.term.matrix, sources, targets);
    }
  }

  // Nothing if one of the populations is another image already. Values pass through matrices only.
  bool join_images(const Link& link) {
    Population &source = populations_[link.source], &target = populations_[link.target];
    const auto fits = [](const Population& population, const Extents& image) {
      return population.image.empty() || population.image == image;
    };
    const bool is_same = link.source != link.target || link.kernel->source == link.kernel->target;
    if (source.sends_values() || !is_same || !fits(source, link.kernel->source) || !fits(target, link.kernel->target))
      return false;
    source.image = link.kernel->source;
    target.image = link.kernel->target;
    return true;
  }

  void expand(Link& link) {
    link.kernel.reset();
    try {
      link.term.matrix = expanded(graph_, link.term.kernels, options_.most_synapses);
      expanded_ += link.term.matrix.entries.size();
      if (expanded_ > 2 * options_.most_synapses) throw TooLarge{static_cast<double>(expanded_)};
    } catch (const TooLarge& large) {
      refuse_size(graph_.nodes[link.term.kernels.nodes.back()], large.entries);
    }
  }

  [[noreturn]] void refuse_size(const Node& node, double synapses) {
    refuse(node, "",
           {.kind = ProblemKind::unsupported,
            .message = "has too many synapses once its weights are expanded",
            .expected = "at most " + base::grouped(options_.most_synapses),
            .given = synapses < 1e18 ? base::grouped(static_cast<std::size_t>(synapses)) : "more"});
    throw DataError(std::move(problems_));
  }

  float single(double value, const Population& population, const std::string& what) {
    const auto rounded = static_cast<float>(value);
    if (!std::isfinite(rounded) && problems_.size() < 100)
      refuse(node_of(population), "",
             {.kind = ProblemKind::invalid_value,
              .message = what + " is too large for single precision",
              .given = base::decimal(value)});
    return rounded;
  }

  void find_levels() {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> immediate;
    for (const Link& link : links_) {
      if (latency_of(link) == 0)
        immediate.emplace_back(static_cast<std::uint32_t>(link.source), static_cast<std::uint32_t>(link.target));
    }
    ir::StepOrder order = ir::step_order(populations_.size(), immediate);
    levels_ = std::move(order.levels);
    if (order.cycle.empty()) return;
    const Node& first = node_of(populations_[immediate[order.cycle.front()].first]);
    std::string names = in_quotes(first.name);
    for (const std::uint32_t each : order.cycle)
      names += " -> " + in_quotes(node_of(populations_[immediate[each].second]).name);
    refuse(first, "",
           {.kind = ProblemKind::unsupported,
            .message = "is in a cycle that takes no time: " + names,
            .hint = "a cycle of several neuron nodes needs a Delay of a step or more; a node that feeds only itself "
                    "needs none"});
    throw DataError(std::move(problems_));
  }

  // What is not delayed arrives in the same step, or in the next one where a neuron feeds itself, as in the frameworks.
  static std::uint32_t latency_of(const Link& link) { return link.delay > 0 || link.source == link.target ? 1 : 0; }

  // ---- The network

  void name_populations() {
    std::set<std::string> taken;
    std::vector<std::size_t> order(populations_.size());
    for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return node_of(populations_[a]).name < node_of(populations_[b]).name;
    });
    for (const std::size_t k : order) {
      Population& population = populations_[k];
      const std::string& node = node_of(population).name;
      population.name = object_name(node, taken);
      if (population.name != node)
        choice("node " + in_quotes(node) + " becomes the population " + in_quotes(population.name));
    }
    order_ = std::move(order);
    std::sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
      return std::pair(levels_[a], populations_[a].name) < std::pair(levels_[b], populations_[b].name);
    });
  }

  void add_populations() {
    for (const std::size_t k : order_) {
      Population& population = populations_[k];
      const Node& node = node_of(population);
      const Shape shape = shape_of(population);
      if (population.is_input && population.is_real)
        population.id =
            result_.network.add(GradedInput{.input_frames = frames_of(node)}, shape, {.name = population.name});
      else if (population.is_input)
        population.id = result_.network.add(SpikeInput{}, shape, {.name = population.name});
      else
        add_neurons(population, shape);
      result_.nodes.push_back({.node = node.name,
                               .population = population.name,
                               .variable = population.is_real                                    ? "values"
                                           : population.is_input || spikes(population.text.kind) ? "spikes"
                                                                                                 : "v",
                               .elements = population.order});
      if (!population.image.empty())
        choice("population " + in_quotes(population.name) + " is an image of " + to_string(shape) +
               ", with the channels last");
    }
  }

  // The export writes flat nodes, for readers that compare shapes, and keeps the shape as a hint.
  Shape shape_of(const Population& population) const {
    const Node& node = node_of(population);
    const Extents otherwise = population.image.empty() ? node.output_shape : channels_last(population.image);
    const Numbers* hint = find_numbers(node.metadata, "shape");
    if (hint == nullptr || hint->values.empty() || hint->values.size() > 8) return otherwise;
    Extents shape;
    double count = 1;
    for (const double extent : hint->values) {
      count *= extent;
      if (!(extent >= 1) || extent > 1e9) return otherwise;
      shape.push_back(static_cast<std::size_t>(extent));
    }
    if (count != static_cast<double>(element_count(node.output_shape))) return otherwise;
    return population.image.empty() || is_form_of(population, shape) ? shape : otherwise;
  }

  // Of an image: without its only channel, or flattened where no convolution or pool reads it.
  bool is_form_of(const Population& population, const Extents& shape) const {
    Extents pixels(population.image.begin() + 1, population.image.end());
    if (population.image.front() == 1 && shape == pixels) return true;
    return shape.size() == 1 && std::none_of(links_.begin(), links_.end(), [&](const Link& link) {
             return link.kernel && &populations_[link.source] == &population;
           });
  }

  double frames_of(const Node& node) const {
    const Numbers* hint = find_numbers(node.metadata, "frames");
    if (options_.frames == 1 && hint != nullptr && hint->values.size() == 1) return hint->values[0];
    return options_.frames;
  }

  void add_neurons(Population& population, const Shape& shape) {
    const Node& node = node_of(population);
    const std::size_t count = element_count(node.output_shape);
    std::vector<Assignment> values;
    for (const NeuronParameter& parameter : parameters_of(population.text)) {
      std::vector<double> all = elements(node, parameter.node, count, parameter.otherwise);
      all = by_neuron(all, population.order);
      for (double& each : all) {
        each *= parameter.scale;
        single(each, population, parameter.node);
      }
      values.push_back({parameter.model, value_of(all)});
    }
    if (!population.bias.empty()) values.push_back({"bias", value_of(population.bias)});
    const bool resets = spikes(population.text.kind) && population.text.kind != NeuronKind::threshold;
    if (resets && reset_of(graph_, node, options_, result_.settings) == Reset::subtract)
      values.push_back({"subtract", true});
    stop();
    const bool is_output = std::any_of(outputs_.begin(), outputs_.end(),
                                       [&](const auto& output) { return output.second == population.node; });
    PopulationOptions options{.name = population.name};
    if (is_output) options.readout = spikes(population.text.kind) ? "spike_count" : "var";
    population.id = result_.network.add(model_of(population.text).with(std::move(values)), shape, std::move(options));
  }

  // Equal values are one number.
  static Value value_of(const std::vector<double>& values) {
    if (std::all_of(values.begin(), values.end(), [&](double each) { return each == values.front(); }))
      return values.front();
    return Value(values);
  }

  void add_connections() {
    std::vector<std::size_t> place(populations_.size());
    for (std::size_t k = 0; k < order_.size(); ++k) place[order_[k]] = k;
    std::sort(links_.begin(), links_.end(), [&](const Link& a, const Link& b) {
      return std::tuple(place[a.target], place[a.source], a.delay) <
             std::tuple(place[b.target], place[b.source], b.delay);
    });
    std::set<std::string> taken;
    for (const Link& link : links_) {
      const Population& source = populations_[link.source];
      const Population& target = populations_[link.target];
      const std::string own = name_of(link);
      const std::string name = object_name(own, taken);
      const Connectivity connectivity = link.kernel ? shared_weights_of(link) : connectivity_of(link);
      result_.network.connect(*source.id, *target.id, connectivity, {.name = name, .latency = latency_of(link)});
      if (!link.kernel) describe_expansion(link, name, connectivity);
    }
    stop();
  }

  // Of its node, if it is one, or the convolution or pool of several.
  std::string name_of(const Link& link) const {
    if (link.kernel) return graph_.nodes[link.term.kernels.nodes.back()].name;
    if (link.term.path.size() == 1) return graph_.nodes[link.term.path[0]].name;
    return populations_[link.source].name + "_" + populations_[link.target].name;
  }

  // Besides the latency.
  double delay_of(const Link& link) const {
    return (std::max(link.delay, latency_of(link)) - latency_of(link)) * result_.step();
  }

  Connectivity shared_weights_of(const Link& link) {
    Connectivity connectivity = link.kernel->connectivity;
    std::visit([&](auto& each) { each.delay = delay_of(link); }, connectivity);
    const Value& weight = weight_of(connectivity);
    const Population& target = populations_[link.target];
    if (weight.is_number()) single(weight.number(), target, "a weight");
    if (weight.is_array()) {
      for (const float each : weight.array()) single(static_cast<double>(each), target, "a weight");
    }
    return connectivity;
  }

  Connectivity connectivity_of(const Link& link) {
    const Matrix& matrix = link.term.matrix;
    const Population& target = populations_[link.target];
    const double delay = delay_of(link);
    std::size_t present = 0;
    bool diagonal = matrix.sources() == matrix.targets;
    for (std::size_t i = 0; i < matrix.sources(); ++i) {
      for (std::size_t k = matrix.offsets[i]; k < matrix.offsets[i + 1]; ++k) {
        if (single(matrix.entries[k].weight, target, "a weight") == 0) continue;
        ++present;
        diagonal = diagonal && matrix.entries[k].target == i;
      }
    }
    stop();
    if (diagonal) return OneToOne{diagonal_of(matrix), delay};
    const std::size_t pairs = matrix.sources() * matrix.targets;
    if (present <= pairs / sparse_part)
      return list_of(matrix, present, delay, populations_[link.source].sends_values());
    if (pairs > options_.most_synapses) {
      refuse(node_of(target), "",
             {.kind = ProblemKind::unsupported,
              .message = "has too many synapses",
              .expected = "at most " + base::grouped(options_.most_synapses),
              .given = base::grouped(pairs)});
      stop();
    }
    Tensor<float> weights({matrix.sources(), matrix.targets});
    for (std::size_t i = 0; i < matrix.sources(); ++i) {
      for (std::size_t k = matrix.offsets[i]; k < matrix.offsets[i + 1]; ++k)
        weights[i * matrix.targets + matrix.entries[k].target] = static_cast<float>(matrix.entries[k].weight);
    }
    return Dense{std::move(weights), delay};
  }

  static Value diagonal_of(const Matrix& matrix) {
    std::vector<double> weights(matrix.sources(), 0.0);
    for (std::size_t i = 0; i < matrix.sources(); ++i) {
      for (std::size_t k = matrix.offsets[i]; k < matrix.offsets[i + 1]; ++k) {
        if (matrix.entries[k].target == i)
          weights[i] = static_cast<double>(static_cast<float>(matrix.entries[k].weight));
      }
    }
    return value_of(weights);
  }

  static Sparse list_of(const Matrix& matrix, std::size_t present, double delay, bool from_values) {
    Sparse list;
    list.delay = delay;
    std::vector<float> weights;
    list.sources.reserve(present);
    list.targets.reserve(present);
    weights.reserve(present);
    for (std::size_t i = 0; i < matrix.sources(); ++i) {
      for (std::size_t k = matrix.offsets[i]; k < matrix.offsets[i + 1]; ++k) {
        const auto weight = static_cast<float>(matrix.entries[k].weight);
        if (weight == 0) continue;
        list.sources.push_back(static_cast<std::uint32_t>(i));
        list.targets.push_back(matrix.entries[k].target);
        weights.push_back(weight);
      }
    }
    list.weight = std::move(weights);
    if (from_values) list.weight = frozen(list.weight);  // those of values learn only as matrices
    return list;
  }

  // ---- What is told

  void describe_expansion(const Link& link, const std::string& connection, const Connectivity& connectivity) {
    std::string names;
    for (const std::size_t k : link.term.path) {
      const Node& node = graph_.nodes[k];
      if (!node.type.starts_with("Conv") && !node.type.ends_with("Pool2d")) continue;
      names += (names.empty() ? "" : ", ") + node.type + " " + in_quotes(node.name);
    }
    if (names.empty()) return;
    const auto* list = std::get_if<Sparse>(&connectivity);
    const std::size_t synapses =
        list != nullptr ? list->sources.size() : link.term.matrix.sources() * link.term.matrix.targets;
    choice("the weights of " + names + " are expanded in the connection " + in_quotes(connection) + ": " +
           base::grouped(synapses) + " synapses; training would treat them apart");
  }

  void describe_inputs() {
    for (const Population& population : populations_) {
      if (!population.is_input) continue;
      choice("Input " + in_quotes(node_of(population).name) +
             (population.is_real ? " takes numbers" : " takes spikes (--real-input makes it take numbers)"));
    }
  }

  void describe_outputs() {
    for (const auto& [output, node] : outputs_) {
      const Population& population = populations_[population_of_.at(node)];
      ImportedOutput described{.node = graph_.nodes[output].name,
                               .population = population.name,
                               .variable = spikes(population.text.kind) ? "spikes" : "v"};
      choice("output " + in_quotes(described.node) + " is " + described.variable + " of " + in_quotes(population.name));
      result_.outputs.push_back(std::move(described));
    }
  }

  const Graph& graph_;
  const ImportOptions& options_;
  Imported result_;
  std::vector<Problem> problems_;
  std::vector<Population> populations_;
  std::unordered_map<std::size_t, std::size_t> population_of_;  // by node
  std::vector<std::pair<std::size_t, std::size_t>> outputs_;    // an Output, and the node that it reads
  std::set<bool> rules_;                                        // of I and IF, that are used
  std::vector<Link> links_;
  std::size_t expanded_ = 0;           // entries of matrices made from kernels
  std::vector<std::uint32_t> levels_;  // by population, as ir::step_order() has them
  std::vector<std::size_t> order_;     // of the populations in the network
};

}  // namespace

double Imported::step() const {
  // Seconds that are decimal are decimal in milliseconds too.
  return std::round(settings.dt * 1e15) / 1e12;
}

Imported import_network(const Graph& graph, const ImportOptions& options) { return Importer(graph, options).run(); }

Description describe(const Imported& imported, std::uint32_t timesteps) {
  Description description{.network = imported.network};
  description.compile.dt = imported.step();
  description.compile.timesteps = timesteps;
  std::set<std::string> recorded;
  for (const ImportedOutput& output : imported.outputs) {
    if (recorded.insert(output.population).second)
      description.compile.record.push_back({.population = output.population, .variable = output.variable});
  }
  return description;
}

}  // namespace synfire::nir
