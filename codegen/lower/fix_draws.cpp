// SPDX-License-Identifier: Apache-2.0
#include "synfire/codegen/fix_draws.hpp"

#include <algorithm>
#include <utility>

#include "lower/draw.hpp"
#include "lower/pattern.hpp"

namespace synfire::codegen {
namespace {

std::uint32_t neurons_of(const ir::Population& population) { return static_cast<std::uint32_t>(population.neurons()); }

// Fixes the parameters and states of a model whose draws belong to `stream`, one element for each of `count` neurons.
template <class Model>
void fix_model(Model& model, std::size_t count, std::uint64_t seed, const std::string& stream) {
  const auto fix = [&](Value& value, const std::string& name) {
    if (!value.is_initializer() && !value.is_name()) return;
    value = value.with_content(Tensor<float>({count}, elements_of(value, count, {seed, stream + "." + name, 1, 1})));
  };
  for (Parameter& parameter : model.parameters) fix(parameter.value, parameter.name);
  for (StateVariable& variable : model.state) fix(variable.initial, variable.name);
}

bool is_drawn(const Value& value) { return value.is_initializer() || value.is_name(); }

class ConnectivityFix {
 public:
  explicit ConnectivityFix(PatternContext context) : context_(std::move(context)) {}

  Connectivity operator()(Dense kind) const { return in_place(std::move(kind), {context_.sources, context_.targets}); }
  Connectivity operator()(OneToOne kind) const { return in_place(std::move(kind), {context_.sources}); }
  Connectivity operator()(Sparse kind) const {
    if (!is_drawn(kind.weight) && !is_drawn(kind.delay)) return kind;
    return as_list(kind);
  }
  Connectivity operator()(const FixedProbability& kind) const { return as_list(kind); }
  Connectivity operator()(const FixedInputs& kind) const { return as_list(kind); }
  Connectivity operator()(const FixedOutputs& kind) const { return as_list(kind); }
  template <KernelKind Kind>
  Connectivity operator()(Kind kind) const {
    if (!is_drawn(kind.weight)) return kind;
    const PatchGeometry patches = patches_of(kind, context_.source_shape, context_.targets);
    kind.weight = kind.weight.with_content(Tensor<float>(patches.kernel_shape, kernel_of(kind, context_, patches)));
    return kind;
  }

 private:
  // Every pair, or every neuron, has one synapse: values are in array order.
  template <class Kind>
  Connectivity in_place(Kind kind, Extents shape) const {
    const bool weights = is_drawn(kind.weight), delays = is_drawn(kind.delay);
    const Kind drawn = kind;
    if (weights) {
      const std::size_t count = element_count(shape);
      kind.weight = kind.weight.with_content(
          Tensor<float>(shape, elements_of(drawn.weight, count, weight_context(drawn, context_))));
    }
    if (delays) kind.delay = delay_of_synapses(drawn.delay, draw_synapses(drawn, context_), shape);
    return kind;
  }

  template <class Kind>
  Connectivity as_list(const Kind& kind) const {
    const Synapses synapses = draw_synapses(kind, context_);
    Sparse list{.sources = {}, .targets = synapses.targets};
    list.sources.reserve(synapses.targets.size());
    for (std::uint32_t source = 0; source < context_.sources; ++source)
      list.sources.insert(list.sources.end(), synapses.offsets[source + 1] - synapses.offsets[source], source);
    const Extents shape{synapses.targets.size()};
    const bool one_weight = synapses.weights.empty() && kind.weight.is_number();
    list.weight = one_weight ? kind.weight : kind.weight.with_content(Tensor<float>(shape, weights_of(synapses)));
    list.delay = delay_of_synapses(kind.delay, synapses, shape);
    return list;
  }

  static std::vector<float> weights_of(const Synapses& synapses) {
    return synapses.weights.empty() ? std::vector<float>(synapses.targets.size(), synapses.weight) : synapses.weights;
  }

  // Delays in ms, rounded to steps as in the program.
  Value delay_of_synapses(const Value& given, const Synapses& synapses, const Extents& shape) const {
    if (synapses.delays.empty()) return given.is_number() ? given : given.with_content(synapses.delay * context_.dt);
    std::vector<float> milliseconds;
    for (const std::uint16_t steps : synapses.delays) milliseconds.push_back(static_cast<float>(steps * context_.dt));
    return given.with_content(Tensor<float>(shape, std::move(milliseconds)));
  }

  PatternContext context_;
};

}  // namespace

ir::Network fix_draws(const ir::Network& network, std::uint64_t seed, double dt) {
  ir::Network fixed = network;
  for (ir::Population& population : fixed.populations) {
    const std::size_t neurons = neurons_of(population);
    fix_model(population.neuron, neurons, seed, "population " + population.name);
    if (population.readout) fix_model(*population.readout, neurons, seed, "readout " + population.name);
  }
  for (ir::Connection& connection : fixed.connections) {
    const std::uint32_t targets = neurons_of(network.populations[connection.target]);
    fix_model(connection.synapse, targets, seed, "connection " + connection.name);
    connection.connectivity =
        std::visit(ConnectivityFix({.seed = seed,
                                    .connection = connection.name,
                                    .sources = neurons_of(network.populations[connection.source]),
                                    .targets = targets,
                                    .recurrent = connection.source == connection.target,
                                    .dt = dt,
                                    .max_delay = connection.max_delay,
                                    .source_shape = network.populations[connection.source].shape.extents()}),
                   connection.connectivity);
  }
  return fixed;
}

std::vector<std::uint32_t> delays_in_steps(const Sparse& list, double dt, const std::optional<double>& max_delay) {
  std::vector<std::uint32_t> steps(list.sources.size());
  const auto steps_of = [&](double milliseconds) {
    return std::min(delay_steps(milliseconds, dt, max_delay), most_delay_steps);
  };
  for (std::size_t k = 0; k < steps.size(); ++k)
    steps[k] = steps_of(list.delay.is_array() ? static_cast<double>(list.delay.array()[k]) : list.delay.number());
  return steps;
}

}  // namespace synfire::codegen
