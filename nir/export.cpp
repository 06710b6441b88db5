// SPDX-License-Identifier: Apache-2.0
// Networks become graphs: populations become nodes, connections Linear, Affine, Scale, convolutions or pools, with a
// Delay before them where they take longer than the edges of the graph.
#include <algorithm>
#include <cmath>
#include <set>

#include "exported_kernel.hpp"
#include "exported_neuron.hpp"
#include "images.hpp"
#include "levels.hpp"
#include "names.hpp"
#include "synfire/base/readable.hpp"
#include "synfire/models.hpp"
#include "synfire/nir.hpp"

namespace synfire::nir {
namespace {

// Of a pattern that is written as a matrix.
constexpr std::size_t most_weights = std::size_t{1} << 26;
// Of neurons that are joined one to one by a diagonal matrix, which all readers know, rather than by a Scale, which few
// do.
constexpr std::size_t most_in_diagonal = 1024;

class Exporter {
 public:
  Exporter(const Network& network, const ExportOptions& options)
      : network_(network.resolve()), dt_(options.dt), graph_(result_.graph) {}

  Exported run() {
    if (!(dt_ > 0) || !std::isfinite(dt_)) refuse("dt", "is not a step in ms");
    name_nodes();
    read_delays();
    for (std::size_t k = 0; k < network_.populations.size(); ++k)
      collect([&] { neurons_.push_back(exported_neuron(network_.populations[k], arriving_synapse(k), dt_)); });
    find_images();
    stop();
    find_levels();
    add_populations();
    for (std::size_t c = 0; c < network_.connections.size(); ++c) collect([&] { add_connection(c); });
    stop();
    add_outputs();
    add_hints();
    for (std::size_t k = 0; k < levels_.size(); ++k) result_.levels[network_.populations[k].name] = levels_[k];
    check(graph_);
    return std::move(result_);
  }

 private:
  [[noreturn]] static void refuse(const std::string& path, const std::string& message, const std::string& hint = {},
                                  const std::string& given = {}, const Place& place = {}) {
    throw ModelError(Problem{.kind = ProblemKind::unsupported,
                             .path = path,
                             .message = message,
                             .hint = hint,
                             .given = given,
                             .place = place});
  }
  [[noreturn]] static void refuse(const ir::Connection& connection, const std::string& message,
                                  const std::string& hint = {}, const std::string& given = {}) {
    refuse("connection \"" + connection.name + "\"", message, hint, given, connection.place);
  }
  [[noreturn]] static void refuse(const ir::Population& population, const std::string& message,
                                  const std::string& hint = {}, const std::string& given = {}) {
    refuse("population \"" + population.name + "\"", message, hint, given, population.place);
  }

  void collect(const auto& work) {
    try {
      work();
    } catch (const ModelError& error) {
      problems_.insert(problems_.end(), error.problems().begin(), error.problems().end());
    }
  }
  void stop() {
    if (!problems_.empty()) throw ModelError(std::move(problems_));
  }

  // ---- Times

  void name_nodes() {
    for (const ir::Population& population : network_.populations) taken_.insert(population.name);
  }

  void read_delays() {
    for (const ir::Connection& connection : network_.connections)
      collect([&] { delays_.push_back(steps_of(connection)); });
    stop();
  }

  std::uint32_t steps_of(const ir::Connection& connection) const {
    const Value& delay = delay_of(connection.connectivity);
    double ms = 0;
    if (delay.is_number()) {
      ms = delay.number();
    } else if (delay.is_array() && !delay.array().empty() &&
               std::all_of(delay.array().begin(), delay.array().end(),
                           [&](float each) { return each == delay.array()[0]; })) {
      ms = static_cast<double>(delay.array()[0]);
    } else {
      refuse(connection, "has delays of its own for synapses, which NIR does not have",
             "use one connection for each delay");
    }
    const double steps = std::round(ms / dt_);
    if (std::abs(ms / dt_ - steps) > 1e-3 && !connection.round_delays)
      refuse(connection, "has a delay that is not a multiple of dt", {}, base::decimal(ms) + " ms");
    return static_cast<std::uint32_t>(steps);
  }

  ArrivingSynapse arriving_synapse(std::size_t population) const {
    ArrivingSynapse found;
    bool first = true;
    for (const ir::Connection& connection : network_.connections) {
      if (connection.target != population) continue;
      const ArrivingSynapse each = synapse_of(connection);
      if (!first && (each.tau != found.tau || each.scaled != found.scaled))
        refuse(network_.populations[population],
               "is reached by synapses of different kinds, and its node has one input",
               "give all of its synapses the same model and parameters");
      found = each;
      first = false;
    }
    return found;
  }

  static ArrivingSynapse synapse_of(const ir::Connection& connection) {
    const SynapseModel& model = connection.synapse;
    const auto same = [&](const SynapseModel& text) {
      return model.dynamics == text.dynamics && model.update == text.update && model.on_spike == text.on_spike &&
             model.current == text.current;
    };
    if (same(Delta::text())) return {};
    if (!same(Exponential::text()))
      refuse(connection, "has a synapse that NIR does not have", "use delta or exponential", model.name);
    ArrivingSynapse found;
    for (const synfire::Parameter& parameter : model.parameters) {
      if (parameter.name == "scale_i") found.scaled = parameter.value.flag();
      if (parameter.name == "tau" && parameter.value.is_number()) found.tau = parameter.value.number();
    }
    if (!found.tau) refuse(connection, "has a tau that is not one number", {}, "tau");
    for (const StateVariable& state : model.state) {
      if (!state.initial.is_number() || state.initial.number() != 0)
        refuse(connection, "starts with a state other than 0", {}, state.name);
    }
    return found;
  }

  // Edges take no time. In a network of connections that all take a step, nodes do step 0 of the graph when what the
  // inputs send then may reach them: after the most connections in a row, but no connection may take less time than
  // between the levels that it joins. What begins by itself begins with the network.
  void find_levels() {
    levels_.assign(network_.populations.size(), 0);
    if (is_timed_like_a_graph()) return;
    std::vector<Arc> arcs;
    for (const ir::Connection& connection : network_.connections) {
      if (connection.source != connection.target) arcs.push_back({connection.source, connection.target});
    }
    levels_ = longest_paths(network_.populations.size(), arcs);
    for (std::size_t k = 0; k < levels_.size(); ++k) {
      if (neurons_[k].acts_by_itself) levels_[k] = 0;
    }
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t c = 0; c < network_.connections.size(); ++c) {
        const ir::Connection& connection = network_.connections[c];
        const std::uint32_t most = levels_[connection.source] + connection.latency + delays_[c];
        if (levels_[connection.target] <= most) continue;
        levels_[connection.target] = most;
        changed = true;
      }
    }
  }

  bool is_timed_like_a_graph() const {
    return std::any_of(network_.connections.begin(), network_.connections.end(),
                       [](const ir::Connection& each) { return each.latency == 0; }) ||
           std::any_of(neurons_.begin(), neurons_.end(), [](const ExportedNeuron& each) { return each.was_imported; });
  }

  // ---- Images

  // What convolutions and pools join is an image in the file.
  void find_images() {
    images_.resize(network_.populations.size());
    kernels_.resize(network_.connections.size());
    for (std::size_t c = 0; c < network_.connections.size(); ++c) {
      const ir::Connection& connection = network_.connections[c];
      if (is_kernel(connection.connectivity)) collect([&] { add_images(connection, kernels_[c]); });
    }
    for (const Extents& image : images_) orders_.push_back(order_of(image));
  }

  void add_images(const ir::Connection& connection, std::optional<ExportedKernel>& kernel) {
    kernel = exported_kernel(connection, network_.populations[connection.source].shape.extents(),
                             network_.populations[connection.target].neurons());
    for (const auto& [k, image] :
         {std::pair(connection.source, kernel->source), std::pair(connection.target, kernel->target)}) {
      if (!images_[k].empty() && images_[k] != image)
        refuse(connection, "joins a population as another image than connections before it, and a node has one shape",
               "use a population for each", to_string(Shape(channels_last(image))));
      images_[k] = image;
    }
  }

  // ---- Nodes

  std::string free_name(const std::string& name) { return object_name(name, taken_); }

  static Numbers integers(const Extents& values) {
    return {.shape = {values.size()}, .values = {values.begin(), values.end()}, .stored = Stored::integers};
  }
  static Numbers integer(double value) { return {.values = {value}, .stored = Stored::integers}; }

  void add_populations() {
    std::set<std::string> told;
    for (std::size_t k = 0; k < network_.populations.size(); ++k) {
      const ir::Population& population = network_.populations[k];
      ExportedNeuron& neuron = neurons_[k];
      Node node{
          .name = population.name, .type = neuron.type, .parameters = neuron.parameters, .metadata = neuron.metadata};
      const Extents shape = population.shape.extents();
      if (neuron.type == "Input") node.parameters["shape"] = integers(shape);
      if (neuron.type == "Output") node.parameters["shape"] = integers({population.neurons()});
      if (!images_[k].empty()) make_image(node, k, shape);
      outlets_.push_back(population.name);
      graph_.nodes.push_back(std::move(node));
      if (neuron.type == "Input" && shape.size() > 1 && images_[k].empty())
        outlets_[k] = flattened(outlets_[k], population.name, shape);
      if (!neuron.choice.empty() && told.insert(neuron.choice).second) result_.choices.push_back(neuron.choice);
    }
  }

  void make_image(Node& node, std::size_t k, const Extents& shape) const {
    const std::size_t count = network_.populations[k].neurons();
    for (auto& [name, parameter] : node.parameters) {
      auto* values = std::get_if<Numbers>(&parameter);
      if (name == "shape" || values == nullptr || values->shape != Extents{count}) continue;
      values->values = by_element(values->values, orders_[k]);
      values->shape = images_[k];
    }
    if (node.type == "Input" || node.type == "Output") node.parameters["shape"] = integers(images_[k]);
    if (shape == channels_last(images_[k]))
      node.metadata.erase("shape");
    else
      node.metadata["shape"] = integers(shape);
  }

  // Matrices take lists.
  std::string flattened(const std::string& from, const std::string& population, const Extents& shape) {
    if (const auto found = flat_.find(from); found != flat_.end()) return found->second;
    const std::string name = free_name(population + ".flatten");
    graph_.nodes.push_back(
        {.name = name,
         .type = "Flatten",
         .parameters = {{"start_dim", integer(0)}, {"end_dim", integer(-1)}, {"input_type", integers(shape)}}});
    graph_.edges.push_back({from, name});
    return flat_[from] = name;
  }

  // What a matrix reads.
  std::string list_of(const std::string& from, std::size_t k) {
    return images_[k].empty() ? from : flattened(from, network_.populations[k].name, images_[k]);
  }

  std::uint32_t delay_in_graph(std::size_t c) const {
    const ir::Connection& connection = network_.connections[c];
    const std::uint32_t age = connection.latency + delays_[c];
    if (connection.source == connection.target) return age == 1 ? 0 : age;
    return levels_[connection.source] + age - levels_[connection.target];
  }

  void add_connection(std::size_t c) {
    const ir::Connection& connection = network_.connections[c];
    const ir::Population& source = network_.populations[connection.source];
    const ir::Population& target = network_.populations[connection.target];
    std::string from = outlets_[connection.source];
    if (const std::uint32_t delay = delay_in_graph(c); delay > 0) from = add_delay(connection, from, delay);
    if (kernels_[c]) return add_kernel(connection, *kernels_[c], from);
    const bool carries_bias = takes_bias(connection.target);
    const bool is_same_image = images_[connection.source] == images_[connection.target];
    const auto* one = std::get_if<OneToOne>(&connection.connectivity);
    if (one != nullptr && !carries_bias && is_same_image) {
      const bool is_default = connection.name == source.name + "_" + target.name;
      if (one->weight.is_number() && one->weight.number() == 1 && is_default &&
          joined_.insert({from, target.name}).second) {
        graph_.edges.push_back({from, target.name});
        return;
      }
      if (source.neurons() > most_in_diagonal)
        return add_linear(connection, from, "Scale", {{"scale", scale_of(connection, *one, source.neurons())}});
    }
    Parameters parameters{{"weight", matrix_of(connection, source.neurons(), target.neurons())}};
    if (carries_bias) {
      const std::vector<double> bias = by_element(neurons_[connection.target].bias, orders_[connection.target]);
      parameters["bias"] = bias_of(bias);
    }
    add_linear(connection, list_of(from, connection.source), carries_bias ? "Affine" : "Linear", std::move(parameters));
  }

  // Whether the population still needs a connection that carries its bias; this one then does.
  bool takes_bias(std::size_t population) {
    return !neurons_[population].bias.empty() && has_bias_.insert(population).second;
  }

  static Numbers bias_of(const std::vector<double>& bias) {
    return stored_numbers(Tensor<float>({bias.size()}, {bias.begin(), bias.end()}), bias.size(), 1);
  }

  void add_kernel(const ir::Connection& connection, const ExportedKernel& kernel, std::string from) {
    const std::vector<double> bias = bias_of_filters(connection.target);
    const bool carries_bias = kernel.has_filters() && !bias.empty() && takes_bias(connection.target);
    for (Node node : kernel.nodes) {
      node.name = free_name(connection.name + node.name);
      if (carries_bias && node.parameters.contains("bias")) node.parameters["bias"] = bias_of(bias);
      graph_.edges.push_back({from, node.name});
      from = node.name;
      graph_.nodes.push_back(std::move(node));
    }
    graph_.edges.push_back({from, network_.populations[connection.target].name});
  }

  // One for each filter; empty if there is none, or neurons of a filter differ.
  std::vector<double> bias_of_filters(std::size_t k) const {
    if (neurons_[k].bias.empty()) return {};
    const std::vector<double> all = by_element(neurons_[k].bias, orders_[k]);
    std::vector<double> filters;
    const std::size_t pixels = network_.populations[k].neurons() / images_[k].front();
    for (std::size_t j = 0; j < all.size(); ++j) {
      if (j % pixels == 0) filters.push_back(all[j]);
      if (all[j] != filters.back()) return {};
    }
    return filters;
  }

  void add_linear(const ir::Connection& connection, const std::string& from, const std::string& type,
                  Parameters parameters) {
    const std::string name = free_name(connection.name);
    graph_.nodes.push_back({.name = name, .type = type, .parameters = std::move(parameters)});
    graph_.edges.push_back({from, name});
    graph_.edges.push_back({name, network_.populations[connection.target].name});
  }

  std::string add_delay(const ir::Connection& connection, const std::string& from, std::uint32_t steps) {
    const std::size_t count = network_.populations[connection.source].neurons();
    const Extents& image = images_[connection.source];
    const std::string name = free_name(connection.name + ".delay");
    const double seconds = steps * dt_ / 1000;
    graph_.nodes.push_back({.name = name,
                            .type = "Delay",
                            .parameters = {{"delay", Numbers{.shape = image.empty() ? Extents{count} : image,
                                                             .values = std::vector<double>(count, seconds)}}}});
    graph_.edges.push_back({from, name});
    return name;
  }

  static std::vector<double> weights_of(const ir::Connection& connection, std::size_t count) {
    const auto weights = given_values(weight_of(connection.connectivity), count);
    if (!weights)
      refuse(connection, "has weights that are drawn, and a file holds numbers",
             "give them as an array, or train them");
    return *weights;
  }

  Numbers scale_of(const ir::Connection& connection, const OneToOne& one, std::size_t count) const {
    weights_of(connection, count);
    Numbers scale = stored_numbers(one.weight, count, 1);
    if (const Extents& image = images_[connection.source]; !image.empty()) {
      scale.values = by_element(scale.values, orders_[connection.source]);
      scale.shape = image;
    }
    return scale;
  }

  // A matrix of elements from one of neurons.
  void reorder(Numbers& matrix, const ir::Connection& connection) const {
    const Order &sources = orders_[connection.source], &targets = orders_[connection.target];
    if (sources.empty() && targets.empty()) return;
    const std::size_t columns = matrix.shape[1];
    std::vector<double> values(matrix.values.size());
    for (std::size_t k = 0; k < values.size(); ++k) {
      const std::size_t row = k / columns, column = k % columns;
      values[(targets.empty() ? row : targets[row]) * columns + (sources.empty() ? column : sources[column])] =
          matrix.values[k];
    }
    matrix.values = std::move(values);
  }

  // Outputs × inputs.
  Numbers matrix_of(const ir::Connection& connection, std::size_t sources, std::size_t targets) {
    if (sources * targets > most_weights)
      refuse(connection, "has too many pairs of neurons to be written as a matrix", {},
             base::grouped(sources) + " x " + base::grouped(targets));
    Numbers matrix{.shape = {targets, sources}, .values = std::vector<double>(sources * targets, 0.0)};
    if (std::holds_alternative<Dense>(connection.connectivity)) {
      const std::vector<double> weights = weights_of(connection, sources * targets);
      for (std::size_t i = 0; i < sources; ++i) {
        for (std::size_t j = 0; j < targets; ++j) matrix.values[j * sources + i] = weights[i * targets + j];
      }
    } else if (std::holds_alternative<OneToOne>(connection.connectivity)) {
      const std::vector<double> weights = weights_of(connection, sources);
      for (std::size_t i = 0; i < sources; ++i) matrix.values[i * sources + i] = weights[i];
    } else if (const auto* list = std::get_if<Sparse>(&connection.connectivity)) {
      const std::vector<double> weights = weights_of(connection, list->sources.size());
      for (std::size_t k = 0; k < weights.size(); ++k)
        matrix.values[list->targets[k] * sources + list->sources[k]] += weights[k];
      result_.choices.push_back("the list of synapses of the connection \"" + connection.name +
                                "\" becomes a matrix with zeros, as NIR has no other");
    } else {
      refuse(connection, "has a pattern that is drawn, and a file holds numbers", "give the synapses as a list",
             name_of(connection.connectivity));
    }
    // As the program uses them.
    for (double& each : matrix.values) each = static_cast<double>(static_cast<float>(each));
    reorder(matrix, connection);
    return matrix;
  }

  // ---- Ends and hints

  void add_outputs() {
    for (const auto& [k, neuron] : require_biases()) {
      refuse(network_.populations[k], "has a bias, and no connection that could carry it");
    }
    std::set<std::uint32_t> sending;
    std::size_t read = 0;
    for (const ir::Connection& connection : network_.connections) sending.insert(connection.source);
    for (const ir::Population& population : network_.populations) read += population.readout ? 1 : 0;
    for (std::uint32_t k = 0; k < network_.populations.size(); ++k) {
      const ir::Population& population = network_.populations[k];
      const bool is_output = read > 0 ? population.readout.has_value() : !sending.contains(k);
      if (neurons_[k].type == "Output") {
        tell_output(population.name, population, k);
      } else if (is_output) {
        const std::string name = free_name(read == 1 ? "output" : "output_" + population.name);
        graph_.nodes.push_back(
            {.name = name,
             .type = "Output",
             .parameters = {{"shape", integers(images_[k].empty() ? Extents{population.neurons()} : images_[k])}}});
        graph_.edges.push_back({outlets_[k], name});
        tell_output(name, population, k);
      }
    }
  }

  void tell_output(const std::string& name, const ir::Population& population, std::size_t k) {
    result_.choices.push_back(
        "output \"" + name + "\" is the population \"" + population.name + "\"" +
        (levels_[k] == 0 ? "" : ", " + base::counted(levels_[k], "step") + " earlier than in the network"));
  }

  std::map<std::size_t, const ExportedNeuron*> require_biases() const {
    std::map<std::size_t, const ExportedNeuron*> without;
    for (std::size_t k = 0; k < neurons_.size(); ++k) {
      if (!neurons_[k].bias.empty() && !has_bias_.contains(k)) without[k] = &neurons_[k];
    }
    return without;
  }

  void add_hints() {
    graph_.metadata["generator"] = std::string("synfire");
    graph_.metadata["dt"] = Numbers{.values = {dt_ / 1000}, .stored = Stored::doubles};
    common(&ExportedNeuron::integrator, "integrators",
           [&](Integration each) { graph_.metadata["integrator"] = name_of(each); });
    common(&ExportedNeuron::per_step, "rules for r",
           [&](bool each) { graph_.metadata["if_rule"] = std::string(each ? "per_step" : "continuous"); });
    std::optional<Reset> first;
    for (const ExportedNeuron& neuron : neurons_) first = first ? first : neuron.reset;
    if (!first) return;
    graph_.metadata["reset"] = name_of(*first);
    for (std::size_t k = 0; k < neurons_.size(); ++k) {
      if (!neurons_[k].reset || neurons_[k].reset == first) continue;
      for (Node& node : graph_.nodes) {
        if (node.name == network_.populations[k].name) node.metadata["reset"] = name_of(*neurons_[k].reset);
      }
    }
  }

  // A hint that is one for the whole file.
  template <class T>
  void common(std::optional<T> ExportedNeuron::*member, const std::string& what, const auto& put) {
    std::optional<T> first;
    for (std::size_t k = 0; k < neurons_.size(); ++k) {
      const std::optional<T>& each = neurons_[k].*member;
      if (first && each && *each != *first)
        refuse(network_.populations[k], "and populations before it have different " + what + ", and a file has one");
      if (!first) first = each;
    }
    if (first) put(*first);
  }

  ir::Network network_;
  double dt_;
  Exported result_;
  Graph& graph_;
  std::vector<Problem> problems_;
  std::vector<ExportedNeuron> neurons_;
  std::vector<std::uint32_t> delays_, levels_;
  std::vector<Extents> images_;  // by population, as in the file; empty: none
  std::vector<Order> orders_;
  std::vector<std::optional<ExportedKernel>> kernels_;  // by connection
  std::set<std::string> taken_;
  std::vector<std::string> outlets_;         // the node that gives what a population sends
  std::map<std::string, std::string> flat_;  // by node, a Flatten after it
  std::set<std::size_t> has_bias_;
  std::set<std::pair<std::string, std::string>> joined_;  // by edges without a node
};

}  // namespace

Exported export_graph(const Network& network, const ExportOptions& options) { return Exporter(network, options).run(); }

std::vector<std::string> export_network(const Network& network, const std::filesystem::path& path,
                                        const ExportOptions& options) {
  const Exported exported = export_graph(network, options);
  write_graph(path, exported.graph);
  return exported.choices;
}

}  // namespace synfire::nir
