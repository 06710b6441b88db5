// SPDX-License-Identifier: Apache-2.0
#include "reference/compiled.hpp"

#include <utility>

#include "lower/symbolic.hpp"

namespace synfire::codegen::reference {
namespace {

using language::Expression;
using language::name;
using language::number;
using symbolic::product;
using symbolic::sum;

class PopulationCompiler {
 public:
  PopulationCompiler(Adjoint adjoint, std::optional<std::size_t> running_loss)
      : result_(std::make_unique<CompiledPopulation>()) {
    result_->adjoint = std::move(adjoint);
    result_->running_loss = running_loss;
    result_->layout = {result_->system().variables.size(), result_->system().parameters.size()};
  }

  std::unique_ptr<CompiledPopulation> run() {
    compile_flow(result_->free, false);
    if (result_->system().holds()) compile_flow(result_->held, true);
    compile_jumps();
    compile_partials();
    result_->arrivals_commute = result_->free.forward_series->is_linear() && jumps_are_constant();
    return std::move(result_);
  }

 private:
  bool jumps_are_constant() const {
    for (const ArrivalDerivatives& arrival : result_->adjoint.arrivals) {
      for (const auto& row : arrival.jump_x) {
        for (const Expression& each : row) {
          if (!symbolic::is_number(each, 0)) return false;
        }
      }
    }
    return true;
  }

  // `moving`: number of leading inputs that change along a flow.
  std::unique_ptr<Tape> tape(std::size_t moving) const {
    const HybridSystem& system = result_->system();
    const Layout& layout = result_->layout;
    std::vector<std::string> names;
    for (const HybridVariable& each : system.variables) names.push_back(each.name);
    for (const HybridVariable& each : system.variables) names.push_back(adjoint_name(each.name));
    for (const HybridParameter& each : system.parameters) names.push_back("gradient of " + each.name);
    for (const HybridParameter& each : system.parameters) names.push_back(each.name);
    for (const char* each : {"t", "input", "duration", "target", "flow factor", "parameter factor"})
      names.emplace_back(each);
    std::vector<bool> constants(names.size(), true);
    for (std::size_t i = 0; i < moving; ++i) constants[i] = false;
    constants[layout.time()] = false;
    return std::make_unique<Tape>(std::move(names), constants);
  }

  static std::vector<int> add(Tape& tape, const std::vector<Expression>& expressions) {
    std::vector<int> nodes;
    nodes.reserve(expressions.size());
    for (const Expression& each : expressions) nodes.push_back(tape.add(each));
    return nodes;
  }

  static NodeMatrix add(Tape& tape, const ExpressionMatrix& expressions) {
    NodeMatrix nodes;
    for (const auto& each : expressions) nodes.push_back(add(tape, each));
    return nodes;
  }

  void compile_flow(FlowTapes& flow, bool resting) const {
    const HybridSystem& system = result_->system();
    const std::size_t n = system.variables.size();
    std::vector<Expression> f = system.flow;
    for (std::size_t k = 0; k < n; ++k) {
      if (resting && system.variables[k].held) f[k] = number(0);
    }
    flow.forward = tape(n);
    flow.f = add(*flow.forward, f);
    std::vector<int> others;
    if (system.threshold) others.push_back(flow.g = flow.forward->add(system.threshold));
    for (const RunningExtremum& extremum : system.extrema) {
      flow.extrema.push_back(flow.forward->add(extremum.of));
      others.push_back(flow.extrema.back());
    }
    const int time = static_cast<int>(result_->layout.time());
    flow.forward_series = std::make_unique<FlowSeries>(*flow.forward, flow.f, time, others);
    flow.backward = tape(2 * n + system.parameters.size());
    const std::vector<int> rates = add(*flow.backward, backward_rates(f, resting));
    flow.backward_series = std::make_unique<FlowSeries>(*flow.backward, rates, time, std::vector<int>{});
  }

  std::vector<Expression> backward_rates(const std::vector<Expression>& f, bool resting) const {
    const Adjoint& adjoint = result_->adjoint;
    const HybridSystem& system = adjoint.system;
    std::vector<Expression> rates = f;
    const auto weighted = [&](const ExpressionMatrix& matrix, std::size_t column, const char* factor) {
      Expression total = number(0);
      for (std::size_t i = 0; i < f.size(); ++i) {
        if (resting && system.variables[i].held) continue;
        total = sum(total, product(matrix[i][column], name(adjoint_name(system.variables[i].name))));
      }
      return symbolic::difference(number(0), product(name(factor), total));
    };
    for (std::size_t k = 0; k < f.size(); ++k) rates.push_back(weighted(adjoint.f_x, k, "flow factor"));
    for (std::size_t m = 0; m < system.parameters.size(); ++m)
      rates.push_back(weighted(adjoint.f_p, m, "parameter factor"));
    return rates;
  }

  void compile_jumps() const {
    const HybridSystem& system = result_->system();
    result_->jumps = tape(2 * system.variables.size() + system.parameters.size());
    Tape& tape = *result_->jumps;
    auto& nodes = result_->jump_nodes;
    nodes.r = add(tape, system.reset);
    for (const HybridArrival& arrival : system.arrivals) nodes.arrivals.push_back(add(tape, arrival.jump));
    if (system.spike_sign) nodes.sign = tape.add(system.spike_sign);
    if (system.refractory_period) nodes.period = tape.add(system.refractory_period);
    if (system.threshold) nodes.g = tape.add(system.threshold);
    if (system.value) nodes.value = tape.add(system.value);
    for (const LastValue& last : system.last_values) nodes.last.push_back(tape.add(last.of));
    for (const RunningExtremum& extremum : system.extrema) nodes.extrema.push_back(tape.add(extremum.of));
  }

  void compile_partials() const {
    const Adjoint& a = result_->adjoint;
    result_->partials = tape(2 * a.system.variables.size() + a.system.parameters.size());
    Tape& tape = *result_->partials;
    auto& nodes = result_->partial_nodes;
    nodes.f = add(tape, a.system.flow);
    nodes.f_x = add(tape, a.f_x);
    for (const HybridArrival& arrival : a.system.arrivals) {
      nodes.on_spike.push_back(add(tape, arrival.on_spike));
      nodes.current_of_arriving.push_back(tape.add(arrival.current_of_arriving));
    }
    nodes.r = add(tape, a.system.reset);
    nodes.r_x = add(tape, a.r_x);
    nodes.r_p = add(tape, a.r_p);
    nodes.r_t = add(tape, a.r_t);
    nodes.g_x = add(tape, a.g_x);
    nodes.g_p = add(tape, a.g_p);
    if (a.g_t) nodes.g_t = tape.add(a.g_t);
    nodes.period_p = add(tape, a.period_p);
    for (std::size_t i = 0; i < a.arrivals.size(); ++i) {
      nodes.arrival.push_back(add(tape, a.system.arrivals[i].jump));
      nodes.arrival_x.push_back(add(tape, a.arrivals[i].jump_x));
      nodes.arrival_p.push_back(add(tape, a.arrivals[i].jump_p));
      nodes.arrival_t.push_back(add(tape, a.arrivals[i].jump_t));
    }
    nodes.extremum_x = add(tape, a.extremum_x);
    nodes.extremum_p = add(tape, a.extremum_p);
    nodes.extremum_t = add(tape, a.extremum_t);
    nodes.last_x = add(tape, a.last_x);
    nodes.last_p = add(tape, a.last_p);
    nodes.value_x = add(tape, a.value_x);
    nodes.value_p = add(tape, a.value_p);
  }

  std::unique_ptr<CompiledPopulation> result_;
};

// factor · element / duration, of the output variable and the target, summed over the neurons.
std::size_t add_running_loss(HybridSystem& system, const std::string& output, const StepText& text) {
  const Expression element = symbolic::substitute(text.element, {{"v", name(output)}, {"y", name("target")}});
  system.variables.push_back({"running loss", HybridOwner::readout, "running loss", 0, false});
  system.flow.push_back(symbolic::quotient(product(number(text.factor), element), name("duration")));
  system.reset.push_back(name("running loss"));
  for (HybridArrival& arrival : system.arrivals)
    for (auto* each : {&arrival.on_spike, &arrival.direct, &arrival.jump}) each->push_back(number(0));
  return system.variables.size() - 1;
}

// Random or stateless: its spikes are given as data.
bool is_given(const ir::Network& network, std::size_t index, const ir::ParsedNeuron& neuron) {
  return neuron.replays_spikes || network.populations[index].neuron.state.empty();
}

}  // namespace

std::uint32_t CompiledNetwork::neurons_of(std::size_t population) const {
  return static_cast<std::uint32_t>(network.populations[population].neurons());
}

std::vector<Problem> CompiledNetwork::problems() const {
  std::vector<Problem> all;
  for (const auto& population : populations) {
    if (!population) continue;
    const std::vector<Problem>& own = population->system().problems;
    all.insert(all.end(), own.begin(), own.end());
  }
  return all;
}

CompiledNetwork compile_reference(const ir::Network& network, const ReferenceOptions& options) {
  CompiledNetwork result;
  result.network = network;
  result.options = options;
  std::vector<const HybridSystem*> systems;
  for (std::size_t i = 0; i < network.populations.size(); ++i) {
    result.neurons.push_back(ir::parse(network.populations[i].neuron));
    result.populations.push_back(nullptr);
    systems.push_back(nullptr);
    if (is_given(network, i, result.neurons[i])) continue;
    HybridSystem system = read_hybrid_system(network, i, {options.dt, options.nominal_dt, true});
    std::optional<std::size_t> running_loss, joined_output;
    for (const OutputLoss& output : options.losses) {
      if (output.population != i || !is_running(output.loss)) continue;
      if (const auto text = step_text(output.loss, result.neurons_of(i), options.dt))
        running_loss = add_running_loss(system, result.neurons[i].output, *text);
      else
        joined_output = system.index_of(result.neurons[i].output);
    }
    result.populations[i] = PopulationCompiler(adjoint_of(std::move(system)), running_loss).run();
    result.populations[i]->output = joined_output;
    systems[i] = &result.populations[i]->system();
  }
  result.drawn = draw(network, systems, options.dt, options.seed);
  result.tensors = tensors_of(network, systems, result.drawn);
  result.outgoing.resize(network.populations.size());
  std::vector<std::size_t> arrivals(network.populations.size(), 0);
  for (std::uint32_t i = 0; i < network.connections.size(); ++i) {
    result.outgoing[network.connections[i].source].push_back(i);
    result.arrival_of.push_back(arrivals[network.connections[i].target]++);
  }
  return result;
}

}  // namespace synfire::codegen::reference
