// SPDX-License-Identifier: Apache-2.0
// What one step does, as lowering (lower/population.cpp) makes it, with every parameter a name.
#include <utility>

#include "adjoint/statements.hpp"
#include "lower/integrate.hpp"
#include "reference/grid.hpp"

namespace synfire::codegen::reference {
namespace {

using language::Expression;
using symbolic::Substitution;
using NameSet = std::set<std::string, std::less<>>;

class StepBuilder {
 public:
  StepBuilder(const CompiledNetwork& network, std::size_t index, bool resting, bool direct)
      : network_(network),
        population_(network.network.populations[index]),
        index_(index),
        system_(network.populations[index]->system()),
        parsed_(network.neurons[index]),
        resting_(resting),
        direct_(direct) {}

  GridTape run() {
    declare();
    result_.start = nodes();
    result_.taken_up = result_.start;
    neuron_ = names_of(population_.neuron.parameters, "");
    Currents total{tape_->add(language::number(0)), tape_->add(language::number(0))};
    for (const HybridArrival& arrival : system_.arrivals) {
      const Currents currents = add_synapse(arrival);
      total = {add_nodes(total.held, currents.held), add_nodes(total.arriving, currents.arriving)};
    }
    tape_->bind("I", total.held);
    tape_->bind(arriving_current, total.arriving);
    add_dynamics();
    if (population_.readout) add_readout();
    add_running_loss();
    result_.flowed = nodes();
    result_.tape = std::move(tape_);
    return std::move(result_);
  }

 private:
  void declare() {
    std::vector<std::string> names;
    for (const HybridVariable& each : system_.variables) names.push_back(each.name);
    for (const HybridParameter& each : system_.parameters) names.push_back(each.name);
    for (const char* each : {"t", "input", "duration", "target"}) names.emplace_back(each);
    for (const HybridArrival& each : system_.arrivals) names.push_back("arriving " + each.name);
    std::vector<bool> constants(names.size(), false);
    for (std::size_t m = 0; m < system_.parameters.size(); ++m) constants[system_.variables.size() + m] = true;
    tape_ = std::make_unique<Tape>(std::move(names), constants);
    for (const HybridParameter& each : system_.parameters) constants_.insert(each.name);
  }

  std::vector<int> nodes() {
    std::vector<int> result;
    for (const HybridVariable& each : system_.variables) result.push_back(node(each.name));
    return result;
  }
  int node(const std::string& name) { return tape_->add(language::name(name)); }
  int add_nodes(int a, int b) {
    tape_->bind("one", a);
    tape_->bind("other", b);
    return tape_->add(symbolic::sum(language::name("one"), language::name("other")));
  }

  // Parameters that no derivation reads are numbers, flags too.
  Substitution names_of(const std::vector<Parameter>& parameters, const std::string& prefix) const {
    Substitution names{{"dt", language::number(network_.options.dt)}};
    for (const Parameter& parameter : parameters) {
      const Value& value = parameter.value;
      names[parameter.name] = language::name(prefix + parameter.name);
      if (value.is_flag()) names[parameter.name] = language::boolean(value.flag());
      if (value.is_number() && constants_.count(prefix + parameter.name) == 0)
        names[parameter.name] = language::number(value.number());
    }
    return names;
  }

  static std::vector<language::Equation> specialize(const std::vector<language::Equation>& equations,
                                                    const Substitution& names, const std::string& prefix) {
    std::vector<language::Equation> result;
    result.reserve(equations.size());
    for (const language::Equation& each : equations)
      result.push_back({prefix + each.variable, symbolic::substitute(each.derivative, names), each.column});
    return result;
  }

  IntegrationOptions integration(Integrator integrator, std::uint32_t substeps) const {
    return {integrator, network_.options.dt, network_.nominal_dt(), system_.population, substeps};
  }

  struct Currents {
    int held, arriving;  // nodes
  };

  // As lowering does: in steps that are not nominal ones, what arrives at once is a jump of its own.
  bool splits_current() const { return network_.options.dt != network_.nominal_dt(); }

  // ---- Synapses: what arrives, the current of the step, the flow
  Currents add_synapse(const HybridArrival& arrival) {
    const ir::Connection& connection = network_.network.connections[arrival.connection];
    const ir::ParsedSynapse parsed = ir::parse(connection.synapse, population_.neuron);
    const std::string prefix = connection.name + ".";
    Substitution names = names_of(connection.synapse.parameters, prefix);
    for (const StateVariable& state : connection.synapse.state) names[state.name] = language::name(prefix + state.name);
    const Expression arrives = language::name("arriving " + arrival.name);
    names["weight"] = arrives;
    assign(effect_of(parsed.on_spike), names, prefix);
    for (const StateVariable& state : connection.synapse.state)
      result_.taken_up[system_.index_of(prefix + state.name)] = node(prefix + state.name);
    const IntegrationOptions options = integration(connection.synapse.integrator, connection.synapse.substeps);
    const Flow flow = integrate(specialize(parsed.dynamics, names, prefix), constants_, options);
    const Expression current = expand_step_mean(symbolic::substitute(parsed.current, names), flow, constants_, options);
    const SplitCurrent split = splits_current() ? split_current(current) : SplitCurrent{current, language::number(0)};
    const auto add = [&](const Expression& part) {
      return tape_->add(symbolic::substitute(part, {{"arriving", direct_ ? arrives : language::number(0)}}));
    };
    const Currents currents{add(split.held), add(split.arriving)};
    apply(flow, {});
    return currents;
  }

  // Simultaneously: each value is that of the names before.
  void assign(const Substitution& values, const Substitution& names, const std::string& prefix) {
    std::vector<std::pair<std::string, int>> results;
    for (const auto& [name, value] : values)
      results.emplace_back(prefix + name, tape_->add(symbolic::substitute(value, names)));
    for (const auto& [name, value] : results) tape_->bind(name, value);
  }

  // ---- Flows
  void apply(const Flow& flow, const NameSet& held) {
    define(flow.locals);
    for (std::uint32_t part = 0; part < flow.parts; ++part) {
      define(flow.part.locals);
      update(flow.part.updates, held);
    }
    update(flow.updates, held);
  }

  void define(const std::vector<Flow::Definition>& locals) {
    for (const Flow::Definition& each : locals) tape_->bind(each.name, tape_->add(each.value));
  }

  void update(const std::vector<Flow::Definition>& updates, const NameSet& held) {
    std::vector<std::pair<std::string, int>> results;
    for (const Flow::Definition& each : updates) {
      if (resting_ && held.count(each.name) != 0) continue;
      results.emplace_back(each.name,
                           tape_->add(resting_ && each.resting && !held.empty() ? each.resting : each.value));
    }
    for (const auto& [name, value] : results) tape_->bind(name, value);
  }

  void add_dynamics() {
    const NeuronModel& model = population_.neuron;
    IntegrationOptions options = integration(model.integrator, model.substeps);
    for (const HybridVariable& each : system_.variables) {
      if (each.held) options.held.insert(each.name);
    }
    if (splits_current()) options.arriving = arriving_current;
    const Flow flow = integrate(specialize(parsed_.dynamics, neuron_, ""), constants_, options);
    apply(flow, options.held);
  }

  // ---- Readout
  void add_readout() {
    const ir::ParsedReadout parsed = ir::parse(*population_.readout);
    Substitution names = names_of(population_.readout->parameters, "readout.");
    for (const StateVariable& state : population_.readout->state)
      names[state.name] = language::name("readout." + state.name);
    if (!parsed_.output.empty()) names["x"] = language::name(parsed_.output);
    assign(effect_of(parsed.on_step), names, "readout.");
  }

  void add_running_loss() {
    const auto& running = network_.populations[index_]->running_loss;
    if (!running) return;
    const std::string& name = system_.variables[*running].name;
    const Expression addition = symbolic::product(language::number(network_.options.dt), system_.flow[*running]);
    tape_->bind(name, tape_->add(symbolic::sum(language::name(name), addition)));
  }

  const CompiledNetwork& network_;
  const ir::Population& population_;
  std::size_t index_;
  const HybridSystem& system_;
  const ir::ParsedNeuron& parsed_;
  bool resting_, direct_;
  Substitution neuron_;
  NameSet constants_;
  std::unique_ptr<Tape> tape_;
  GridTape result_;
};

}  // namespace

std::vector<std::unique_ptr<GridPopulation>> compile_grid(const CompiledNetwork& network) {
  std::vector<std::unique_ptr<GridPopulation>> result;
  for (std::size_t p = 0; p < network.populations.size(); ++p) {
    result.push_back(nullptr);
    if (!network.populations[p]) continue;
    const HybridSystem& system = network.populations[p]->system();
    auto grid = std::make_unique<GridPopulation>();
    grid->variables = system.variables.size();
    grid->parameters = system.parameters.size();
    grid->arrivals = system.arrivals.size();
    for (const HybridArrival& arrival : system.arrivals)
      grid->is_direct = grid->is_direct || !symbolic::is_number(arrival.current_of_arriving, 0);
    const auto build = [&](bool resting, bool direct) { return StepBuilder(network, p, resting, direct).run(); };
    grid->free = build(false, true);
    if (system.holds()) grid->held = build(true, true);
    if (grid->is_direct) {
      grid->free_without = build(false, false);
      if (system.holds()) grid->held_without = build(true, false);
    }
    result.back() = std::move(grid);
  }
  return result;
}

}  // namespace synfire::codegen::reference
