// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "lower/symbolic.hpp"
#include "reference/grid_step.hpp"
#include "synfire/error.hpp"

namespace synfire::codegen::reference {
namespace {

using language::Expression;
using NameSet = std::set<std::string, std::less<>>;

// Random or stateless: its spikes are given as data.
bool is_given(const ir::Population& population) {
  return population.neuron.state.empty() || ir::parse(population.neuron).replays_spikes;
}

// The names that the code of one model reads, with flags substituted.
class Mentioned {
 public:
  explicit Mentioned(const std::vector<Parameter>& parameters) {
    for (const Parameter& each : parameters) {
      if (each.value.is_flag()) flags_[each.name] = language::boolean(each.value.flag());
    }
  }
  void look(const Expression& expression) {
    if (!expression) return;
    for (const std::string& name : language::names_in(symbolic::substitute(expression, flags_))) names_.insert(name);
  }
  void look(const std::vector<language::Equation>& equations) {
    for (const language::Equation& each : equations) look(each.derivative);
  }
  void look(const std::vector<language::Statement>& statements) {
    for (const language::Statement& each : statements)
      language::for_each_expression(each, [this](const Expression& expression) { look(expression); });
  }
  const NameSet& names() const { return names_; }

 private:
  symbolic::Substitution flags_;
  NameSet names_;
};

class SystemNames {
 public:
  SystemNames(const ir::Network& network, std::size_t index)
      : network_(network), population_(network.populations[index]), index_(index) {}

  HybridSystem run(bool has_running_loss) {
    system_.population = population_.name;
    add_neuron();
    for (std::uint32_t c = 0; c < network_.connections.size(); ++c) {
      if (network_.connections[c].target == index_) add_synapse(c);
    }
    if (population_.readout) add_readout();
    if (has_running_loss) system_.variables.push_back({"running loss", HybridOwner::readout, "running loss", 0, false});
    return std::move(system_);
  }

 private:
  void add(const std::vector<StateVariable>& states, const std::vector<Parameter>& parameters, const NameSet& read,
           HybridOwner owner, const std::string& prefix, std::uint32_t connection) {
    for (const StateVariable& each : states)
      system_.variables.push_back({prefix + each.name, owner, each.name, connection, false});
    for (const Parameter& each : parameters) {
      if (!each.value.is_flag() && read.count(each.name) != 0)
        system_.parameters.push_back({prefix + each.name, owner, each.name, connection});
    }
  }

  void add_neuron() {
    const NeuronModel& model = population_.neuron;
    const ir::ParsedNeuron parsed = ir::parse(model);
    Mentioned read(model.parameters);
    read.look(parsed.dynamics);
    read.look(parsed.update);
    read.look(parsed.reset);
    read.look(parsed.threshold);
    read.look(parsed.spike_sign);
    if (parsed.refractory) read.look(parsed.refractory->period);
    add(model.state, model.parameters, read.names(), HybridOwner::neuron, "", 0);
    if (parsed.refractory && rests(*parsed.refractory)) {
      const auto& hold = parsed.refractory->hold;
      for (HybridVariable& each : system_.variables)
        each.held = std::find(hold.begin(), hold.end(), each.variable) != hold.end();
    }
  }

  // Whether states are held, decided as in lowering.
  bool rests(const ir::ParsedRefractory& refractory) const {
    symbolic::Substitution numbers;
    for (const Parameter& each : population_.neuron.parameters) {
      if (each.value.is_flag()) numbers[each.name] = language::boolean(each.value.flag());
      if (each.value.is_number()) numbers[each.name] = language::number(each.value.number());
    }
    return !symbolic::is_number(symbolic::substitute(refractory.period, numbers), 0) &&
           symbolic::as_boolean(symbolic::substitute(refractory.hold_if, numbers)) == true;
  }

  void add_synapse(std::uint32_t index) {
    const ir::Connection& connection = network_.connections[index];
    const ir::ParsedSynapse parsed = ir::parse(connection.synapse, population_.neuron);
    Mentioned read(connection.synapse.parameters);
    read.look(parsed.dynamics);
    read.look(parsed.update);
    read.look(parsed.on_spike);
    read.look(parsed.current);
    add(connection.synapse.state, connection.synapse.parameters, read.names(), HybridOwner::synapse,
        connection.name + ".", index);
  }

  void add_readout() {
    const ir::ParsedReadout parsed = ir::parse(*population_.readout);
    Mentioned read(population_.readout->parameters);
    read.look(parsed.on_step);
    read.look(parsed.on_spike);
    read.look(parsed.value);
    add(population_.readout->state, population_.readout->parameters, read.names(), HybridOwner::readout, "readout.", 0);
  }

  const ir::Network& network_;
  const ir::Population& population_;
  std::size_t index_;
  HybridSystem system_;
};

bool has_draws(const ir::ParsedNeuron& text) {
  bool draws = false;
  const auto look = [&](const Expression& each) {
    draws = draws || (each && (language::calls(each, "uniform") || language::calls(each, "normal")));
  };
  for (const language::Equation& each : text.dynamics) look(each.derivative);
  for (const auto* statements : {&text.update, &text.reset}) {
    for (const language::Statement& each : *statements) language::for_each_expression(each, look);
  }
  look(text.threshold);
  look(text.spike_sign);
  return draws;
}

bool reads_direct(const ir::Network& network, std::size_t index) {
  for (const ir::Connection& connection : network.connections) {
    if (connection.target != index) continue;
    const ir::ParsedSynapse text = ir::parse(connection.synapse, network.populations[index].neuron);
    if (symbolic::mentions(text.current, {"arriving"})) return true;
  }
  return false;
}

void require_no_draws(const ir::Population& population, std::size_t index) {
  if (!has_draws(ir::parse(population.neuron))) return;
  throw ModelError({.kind = ProblemKind::unsupported,
                    .path = "populations[" + std::to_string(index) + "] \"" + population.name + "\"",
                    .message = "the neuron draws random numbers, so its steps have no derivative",
                    .hint = "remove the draws"});
}

std::unique_ptr<GridPopulation> compile_population(const ir::Network& network, const ReferenceOptions& options,
                                                   std::size_t index, std::size_t arrivals) {
  require_no_draws(network.populations[index], index);
  auto population = std::make_unique<GridPopulation>();
  const auto neurons = static_cast<std::uint32_t>(network.populations[index].neurons());
  const auto running = std::find_if(options.losses.begin(), options.losses.end(), [&](const OutputLoss& output) {
    return output.population == index && is_running(output.loss);
  });
  const bool is_any = running != options.losses.end();
  const bool joins = is_any && is_joint(running->loss, neurons, options.dt);
  population->names = SystemNames(network, index).run(is_any && !joins);
  if (is_any && !joins) population->running_loss = population->names.variables.size() - 1;
  if (joins) population->output = population->names.index_of(ir::parse(network.populations[index].neuron).output);
  population->layout = {population->names.variables.size(), population->names.parameters.size(), arrivals};
  build_step(network, options, index, reads_direct(network, index), *population);
  return population;
}

}  // namespace

std::uint32_t GridNetwork::neurons_of(std::size_t population) const {
  return static_cast<std::uint32_t>(network.populations[population].neurons());
}

GridNetwork compile_grid(const ir::Network& network, const ReferenceOptions& options) {
  GridNetwork result;
  result.network = network;
  result.options = options;
  result.order = ir::step_order(network).populations;
  result.outgoing.resize(network.populations.size());
  result.incoming.resize(network.populations.size());
  for (std::uint32_t c = 0; c < network.connections.size(); ++c) {
    const ir::Connection& connection = network.connections[c];
    result.arrival_of.push_back(result.incoming[connection.target].size());
    result.incoming[connection.target].push_back(c);
    result.outgoing[connection.source].push_back(c);
  }
  std::vector<const HybridSystem*> systems;
  for (std::size_t p = 0; p < network.populations.size(); ++p) {
    result.populations.push_back(nullptr);
    if (!is_given(network.populations[p]))
      result.populations[p] = compile_population(network, options, p, result.incoming[p].size());
    systems.push_back(result.populations[p] ? &result.populations[p]->names : nullptr);
  }
  result.drawn = draw(network, systems, options.dt, options.seed);
  result.tensors = tensors_of(network, systems, result.drawn);
  return result;
}

}  // namespace synfire::codegen::reference
