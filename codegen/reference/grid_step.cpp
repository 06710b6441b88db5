// SPDX-License-Identifier: Apache-2.0
// Builds one step the way lowering (lower/population.cpp) does, with every parameter a name.
#include "reference/grid_step.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "lower/integrate.hpp"
#include "synfire/error.hpp"

namespace synfire::codegen::reference {
namespace {

using language::Expression;
using symbolic::Substitution;
using NameSet = std::set<std::string, std::less<>>;

// Names that cannot occur in model code.
constexpr const char* duration_name = "duration of the example";
constexpr const char* target_name = "target of the step";

std::string arriving_name(const ir::Connection& connection) { return "arriving over " + connection.name; }

// Builds one function.
class StepBuilder {
 public:
  StepBuilder(const ir::Network& network, const ReferenceOptions& options, std::size_t index,
              const GridPopulation& target)
      : network_(network),
        options_(options),
        population_(network.populations[index]),
        index_(index),
        target_(target),
        neuron_text_(ir::parse(population_.neuron)) {
    declare();
    neuron_ = names_of(population_.neuron.parameters, "");
  }

  GridFunction take_up() {
    for (const Synapse& synapse : synapses()) execute(synapse.text.on_spike, synapse.names, synapse.prefix);
    return finish(states());
  }

  GridFunction current() {
    Currents total;
    for (const Synapse& synapse : synapses()) total = sum(total, current_of(synapse, false));
    return finish({total.held ? *total.held : number(0)});
  }

  GridFunction flow(bool resting, bool direct) {
    resting_ = resting;
    Currents total;
    for (const Synapse& synapse : synapses()) {
      total = sum(total, current_of(synapse, direct));
      apply(synapse.flow, {});
      execute(synapse.text.update, synapse.names, synapse.prefix);
    }
    bind_current(total);
    const int used = node("I");
    add_dynamics(total);
    if (population_.readout) {
      const ir::ParsedReadout text = ir::parse(*population_.readout);
      execute(text.on_step, readout_names(), "readout.");
    }
    add_running_loss();
    std::vector<int> outputs = states();
    outputs.push_back(used);
    return finish(std::move(outputs));
  }

  GridFunction threshold(const Expression& g) { return finish({tape_->add(symbolic::substitute(g, neuron_))}); }

  GridFunction reset() {
    if (population_.readout) {
      const ir::ParsedReadout text = ir::parse(*population_.readout);
      execute(text.on_spike, readout_names(), "readout.");
    }
    execute(neuron_text_.reset, neuron_, "");
    return finish(states());
  }

  GridFunction of_neuron(const Expression& expression) {
    return finish({tape_->add(symbolic::substitute(expression, neuron_))});
  }

  GridFunction value() {
    const ir::ParsedReadout text = ir::parse(*population_.readout);
    return finish({tape_->add(symbolic::substitute(text.value, readout_names()))});
  }

  // For each `y = max(y, e)` or `min`: adds y to `found`; the function computes e.
  GridFunction extrema(std::vector<GridExtremum>& found) {
    std::vector<int> values;
    const ir::ParsedReadout text = ir::parse(*population_.readout);
    for (const language::Statement& statement : text.on_step) {
      const auto* assign = std::get_if<language::Assign>(&statement->node);
      const auto* call = assign ? std::get_if<language::Call>(&assign->value->node) : nullptr;
      if (call == nullptr || (call->function != "max" && call->function != "min")) continue;
      const auto is_own = [&](std::size_t i) {
        const auto* name = std::get_if<language::Name>(&call->arguments[i]->node);
        return name != nullptr && name->name == assign->target;
      };
      if (is_own(0) == is_own(1)) continue;
      found.push_back({target_.names.index_of("readout." + assign->target), call->function == "max" ? 1.0 : -1.0});
      values.push_back(tape_->add(symbolic::substitute(call->arguments[is_own(0) ? 1 : 0], readout_names())));
    }
    return values.empty() ? GridFunction{} : finish(std::move(values));
  }

  // g, and whether it must be above 0. Throws ModelError if the threshold is not a single comparison.
  std::pair<Expression, bool> comparison() const {
    const Expression condition = symbolic::substitute(neuron_text_.threshold, neuron_);
    using language::BinaryOperator;
    const auto* binary = std::get_if<language::Binary>(&condition->node);
    const BinaryOperator operation = binary ? binary->operation : BinaryOperator::add;
    const bool is_strict = operation == BinaryOperator::greater || operation == BinaryOperator::less;
    if (operation == BinaryOperator::greater_equal || operation == BinaryOperator::greater)
      return {symbolic::difference(binary->left, binary->right), is_strict};
    if (operation == BinaryOperator::less_equal || operation == BinaryOperator::less)
      return {symbolic::difference(binary->right, binary->left), is_strict};
    throw ModelError(
        {.kind = ProblemKind::unsupported,
         .path = path(),
         .message = "the threshold \"" + language::to_string(neuron_text_.threshold) + "\" is not a single comparison",
         .hint = "write it as a single comparison of two numbers, such as v >= v_thresh"});
  }

  const ir::ParsedNeuron& neuron_text() const { return neuron_text_; }
  Expression specialized(const Expression& expression) const { return symbolic::substitute(expression, neuron_); }

 private:
  struct Synapse {
    const ir::Connection* connection;
    std::string prefix;
    ir::ParsedSynapse text;
    Substitution names;
    IntegrationOptions integration;
    Flow flow;
  };

  std::string path() const {
    return "populations[" + std::to_string(index_) + "] \"" + population_.name + "\".neuron \"" +
           population_.neuron.name + "\"";
  }

  void declare() {
    const HybridSystem& system = target_.names;
    std::vector<std::string> names;
    for (const HybridVariable& each : system.variables) names.push_back(each.name);
    for (const HybridParameter& each : system.parameters) names.push_back(each.name);
    for (const char* each : {"t", "input", duration_name, target_name, "I"}) names.emplace_back(each);
    for (const ir::Connection& each : network_.connections) {
      if (each.target == index_) names.push_back(arriving_name(each));
    }
    std::vector<bool> constants(names.size(), false);
    for (std::size_t m = 0; m < system.parameters.size(); ++m) constants[target_.layout.parameter() + m] = true;
    tape_ = std::make_unique<Tape>(std::move(names), constants);
    for (const HybridParameter& each : system.parameters) constants_.insert(each.name);
  }

  GridFunction finish(std::vector<int> outputs) { return {std::move(tape_), std::move(outputs)}; }

  std::vector<int> states() {
    std::vector<int> result;
    for (const HybridVariable& each : target_.names.variables) result.push_back(node(each.name));
    return result;
  }
  int node(const std::string& name) { return tape_->add(language::name(name)); }
  int number(double value) { return tape_->add(language::number(value)); }

  // Parameters that no code reads are numbers; flags are always substituted.
  Substitution names_of(const std::vector<Parameter>& parameters, const std::string& prefix) const {
    Substitution names{{"dt", language::number(options_.dt)}};
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
    return {integrator, options_.dt, nominal_dt(), path(), substeps};
  }
  double nominal_dt() const { return options_.nominal_dt > 0 ? options_.nominal_dt : options_.dt; }

  // ---- Statements, one after another
  void execute(const std::vector<language::Statement>& statements, const Substitution& names, const std::string& prefix,
               const std::optional<std::string>& condition = std::nullopt) {
    for (const language::Statement& statement : statements) {
      if (const auto* node = std::get_if<language::Assign>(&statement->node)) {
        Expression value = symbolic::substitute(node->value, names);
        const std::string place = prefix + node->target;
        if (condition) value = language::conditional(language::name(*condition), value, language::name(place));
        tape_->bind(place, tape_->add(value));
        continue;
      }
      const auto& branches = std::get<language::If>(statement->node);
      const std::string chosen = local(symbolic::substitute(branches.condition, names));
      const Expression other = language::unary(language::UnaryOperator::logical_not, language::name(chosen));
      const std::string then = both(condition, language::name(chosen));
      const std::string otherwise = both(condition, other);
      execute(branches.then, names, prefix, then);
      execute(branches.otherwise, names, prefix, otherwise);
    }
  }

  std::string local(const Expression& value) {
    std::string name = "condition " + std::to_string(++locals_);
    tape_->bind(name, tape_->add(value));
    return name;
  }

  std::string both(const std::optional<std::string>& outer, const Expression& inner) {
    if (!outer) return local(inner);
    return local(language::binary(language::BinaryOperator::logical_and, language::name(*outer), inner));
  }

  // ---- Synapses
  std::vector<Synapse> synapses() const {
    std::vector<Synapse> result;
    for (const ir::Connection& connection : network_.connections) {
      if (connection.target != index_) continue;
      const SynapseModel& model = connection.synapse;
      Synapse synapse{&connection, connection.name + ".", ir::parse(model, population_.neuron), {}, {}, {}};
      synapse.names = names_of(model.parameters, synapse.prefix);
      for (const StateVariable& state : model.state)
        synapse.names[state.name] = language::name(synapse.prefix + state.name);
      synapse.names["weight"] = language::name(arriving_name(connection));
      synapse.integration = integration(model.integrator, model.substeps);
      Substitution names = synapse.names;
      names["arriving"] = synapse.names["weight"];
      synapse.flow =
          integrate(specialize(synapse.text.dynamics, names, synapse.prefix), constants_, synapse.integration);
      result.push_back(std::move(synapse));
      result.back().names["arriving"] = language::name(arriving_name(connection));
    }
    return result;
  }

  // Nodes; empty if there is no such current.
  struct Currents {
    std::optional<int> held, arriving;
  };

  Currents sum(const Currents& a, const Currents& b) {
    const auto add = [this](std::optional<int> x, std::optional<int> y) -> std::optional<int> {
      if (!x || !y) return x ? x : y;
      tape_->bind("one", *x);
      tape_->bind("other", *y);
      return tape_->add(
          language::binary(language::BinaryOperator::add, language::name("one"), language::name("other")));
    };
    return {add(a.held, b.held), add(a.arriving, b.arriving)};
  }

  // As in lowering: if dt is not the nominal one, an instantaneous arrival is a separate jump.
  bool splits_current() const {
    return options_.dt != nominal_dt() && !neuron_text_.dynamics.empty() && neuron_text_.update.empty();
  }

  Currents current_of(const Synapse& synapse, bool direct) {
    Substitution names = synapse.names;
    names.erase("arriving");
    const Expression current = expand_step_mean(symbolic::substitute(synapse.text.current, names), synapse.flow,
                                                constants_, synapse.integration);
    const Expression arriving = direct ? synapse.names.at("arriving") : language::number(0);
    const auto lower = [&](const Expression& part) -> std::optional<int> {
      return tape_->add(symbolic::substitute(part, {{"arriving", arriving}}));
    };
    if (!splits_current()) return {lower(current), std::nullopt};
    const SplitCurrent split = split_current(current);
    const auto unless_zero = [&](const Expression& part) -> std::optional<int> {
      return symbolic::is_number(part, 0) ? std::nullopt : lower(part);
    };
    return {unless_zero(split.held), unless_zero(split.arriving)};
  }

  void bind_current(const Currents& total) {
    tape_->bind("I", total.held ? *total.held : number(0));
    if (total.arriving) tape_->bind(arriving_current, *total.arriving);
    if (!total.held && !total.arriving) neuron_["I"] = language::number(0);
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

  void add_dynamics(const Currents& total) {
    const NeuronModel& model = population_.neuron;
    IntegrationOptions options = integration(model.integrator, model.substeps);
    for (const HybridVariable& each : target_.names.variables) {
      if (each.held) options.held.insert(each.name);
    }
    if (total.arriving) options.arriving = arriving_current;
    options.only_arrives = total.arriving && !total.held;
    const Flow flow = integrate(specialize(neuron_text_.dynamics, neuron_, ""), constants_, options);
    apply(flow, options.held);
    execute(neuron_text_.update, neuron_, "");
  }

  // ---- Readout
  Substitution readout_names() const {
    Substitution names = names_of(population_.readout->parameters, "readout.");
    for (const StateVariable& state : population_.readout->state)
      names[state.name] = language::name("readout." + state.name);
    names["duration"] = language::name(duration_name);
    if (!neuron_text_.output.empty()) names["x"] = language::name(neuron_text_.output);
    return names;
  }

  // factor · element · dt / duration, of the output variable and the target.
  void add_running_loss() {
    if (!target_.running_loss) return;
    const std::string& name = target_.names.variables[*target_.running_loss].name;
    const auto output = std::find_if(options_.losses.begin(), options_.losses.end(), [&](const OutputLoss& each) {
      return each.population == index_ && is_running(each.loss);
    });
    const StepText text = *step_text(output->loss, static_cast<std::uint32_t>(population_.neurons()), options_.dt);
    const Expression element = symbolic::substitute(
        text.element, {{"v", language::name(neuron_text_.output)}, {"y", language::name(target_name)}});
    const Expression share =
        symbolic::quotient(language::number(text.factor * options_.dt), language::name(duration_name));
    const Expression loss = symbolic::product(share, element);
    tape_->bind(name, tape_->add(symbolic::sum(language::name(name), loss)));
  }

  const ir::Network& network_;
  const ReferenceOptions& options_;
  const ir::Population& population_;
  std::size_t index_;
  const GridPopulation& target_;
  ir::ParsedNeuron neuron_text_;
  Substitution neuron_;
  NameSet constants_;
  std::unique_ptr<Tape> tape_;
  std::size_t locals_ = 0;
  bool resting_ = false;
};

void note_what_is_read(const ir::ParsedNeuron& text, const Expression& g, GridPopulation& population) {
  population.threshold_reads_input = symbolic::mentions(g, {"input"});
  population.reads_current = symbolic::mentions(g, {"I"});
  for (const language::Statement& each : text.reset) {
    language::for_each_expression(each, [&](const Expression& expression) {
      population.reads_current = population.reads_current || symbolic::mentions(expression, {"I"});
    });
  }
}

}  // namespace

void build_step(const ir::Network& network, const ReferenceOptions& options, std::size_t index, bool is_direct,
                GridPopulation& population) {
  const auto builder = [&] { return StepBuilder(network, options, index, population); };
  const auto set = [&](GridPart part, GridFunction function) {
    population.functions[static_cast<std::size_t>(part)] = std::move(function);
  };
  const StepBuilder texts = builder();
  const ir::ParsedNeuron& text = texts.neuron_text();
  const ir::Population& written = network.populations[index];
  set(GridPart::take_up, builder().take_up());
  set(GridPart::flow, builder().flow(false, true));
  if (is_direct) set(GridPart::flow_without, builder().flow(false, false));
  if (population.holds()) {
    set(GridPart::flow_held, builder().flow(true, true));
    if (is_direct) set(GridPart::flow_held_without, builder().flow(true, false));
  }
  if (written.readout) {
    set(GridPart::value, builder().value());
    set(GridPart::extrema, builder().extrema(population.extrema));
  }
  if (!text.threshold) return;
  const auto [g, is_strict] = texts.comparison();
  population.crosses = text.crosses;
  population.is_strict = is_strict;
  note_what_is_read(text, g, population);
  set(GridPart::threshold, builder().threshold(g));
  set(GridPart::reset, builder().reset());
  if (population.reads_current) set(GridPart::current, builder().current());
  if (text.spike_sign) set(GridPart::sign, builder().of_neuron(text.spike_sign));
  if (text.refractory && !symbolic::is_number(texts.specialized(text.refractory->period), 0))
    set(GridPart::period, builder().of_neuron(text.refractory->period));
}

}  // namespace synfire::codegen::reference
