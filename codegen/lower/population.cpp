// SPDX-License-Identifier: Apache-2.0
#include "lower/population.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "adjoint/texts.hpp"
#include "lower/backward.hpp"
#include "lower/event_texts.hpp"
#include "lower/input_frames.hpp"
#include "lower/locate_values.hpp"
#include "lower/running_sum.hpp"
#include "lower/step_loss.hpp"
#include "synfire/base/steps.hpp"
#include "synfire/error.hpp"

namespace synfire::codegen {
namespace {

using language::Expression;

constexpr double most_refractory_steps = 0x1p31;

Expr time_of(Builtin steps, double dt) {
  return apply(Operation::multiply, {apply(Operation::to_f32, {builtin(steps)}), constant(dt)});
}

class PopulationLowering {
 public:
  PopulationLowering(LoweringContext& context, const ir::Network& network, std::size_t index,
                     const std::uint32_t* queue, const LearningRequest* learning, std::optional<ArrayId> sent)
      : context_(context),
        population_(network.populations[index]),
        index_(index),
        queue_(queue),
        learning_(learning),
        sent_(sent),
        parsed_(ir::parse(population_.neuron)),
        count_(static_cast<std::uint32_t>(population_.neurons())),
        path_("populations[" + std::to_string(index) + "] \"" + population_.name + "\""),
        neuron_(context, population_.name, "population " + population_.name, path_, count_,
                population_.neuron.parameters, trains()),
        body_(context.names, stream_of("population " + population_.name)),
        initial_(context.names, 0) {}

  LoweredPopulation run(const std::vector<IncomingConnection>& incoming) {
    declare_states();
    std::vector<codegen::Statement> body;
    if (!parsed_.replays_spikes) {
      lower_step(incoming);
      body = body_.take();
    } else if (records("spikes")) {
      Body zero(context_.names, 0);
      store_recording(zero, "spikes", constant(0, Type::i32));
      lowered_.step.emplace_back(ElementPhase{label("zero the spike recording of"), count_, zero.take()});
    }
    finish();
    if (trains()) body = derive(std::move(body));
    if (!parsed_.replays_spikes)
      lowered_.step.insert(lowered_.step.begin(), ElementPhase{label("neurons of"), count_, std::move(body)});
    if (learning_ != nullptr) locate();
    return std::move(lowered_);
  }

 private:
  using State = LoweredState;

  std::string label(const std::string& what) const {
    return what + " \"" + population_.name + "\" (" + population_.neuron.name + ")";
  }

  bool trains() const { return learning_ != nullptr && learning_->is_differentiated; }

  bool records(const std::string& variable) const {
    for (const Record& record : context_.options.records) {
      if (!record.connection && record.population == index_ && record.variable == variable) return true;
    }
    return false;
  }

  bool records(std::size_t connection, const std::string& variable) const {
    for (const Record& record : context_.options.records) {
      if (record.connection == connection && record.variable == variable) return true;
    }
    return false;
  }

  // ---- State and its initial values

  // Adds to the phase before the first step: array ← its saved value if this launch continues it, otherwise `initial`.
  void initialize(ArrayId array, const Expr& initial, Builtin continued) {
    Array& declared = context_.program.arrays[array];
    Store fresh{array, initial};
    if (!context_.options.resumable) {
      initial_.add(fresh);
      return;
    }
    const Type type = declared.type;
    Array saved;
    saved.name = context_.names.unique(declared.name + "_saved");
    saved.type = type;
    saved.element_type = type == Type::u32 ? contract::ElementType::u32 : contract::ElementType::f32;
    saved.extent = count_;
    saved.lifetime = Lifetime::persistent;
    saved.storage = Storage::global;
    saved.role = contract::BufferRole::trial_state;
    saved.per_example = true;
    saved.shape = {count_};
    saved.carried = declared.carried;
    saved.population = population_.name;
    saved.variable = declared.variable;
    const ArrayId id = context_.program.add(std::move(saved));
    initial_.add(If{builtin(continued), {Store{array, load(id, type)}}, {fresh}});
    final_.push_back(If{builtin(Builtin::saves), {Store{id, load(array, type)}}, {}});
  }

  void declare_states() {
    for (const StateVariable& variable : population_.neuron.state) {
      const ArrayId array = neuron_.declare_state(variable, contract::carry_neurons);
      initialize(array, neuron_.initial(variable), Builtin::loads_neurons);
      states_.push_back({variable, array});
    }
    if (learning_ == nullptr || !learning_->step_sum) return;
    initialize(*learning_->step_sum, constant(0), Builtin::loads_neurons);
    Array rest;
    rest.name = context_.names.unique(population_.name + "_step_losses_rest");
    rest.comment = "rounding error of that sum";
    rest.extent = count_;
    step_sum_rest_ = context_.program.add(std::move(rest));
    initial_.add(Store{*step_sum_rest_, constant(0)});
  }

  // ---- One step

  void lower_step(const std::vector<IncomingConnection>& incoming) {
    for (State& state : states_) bind(state, neuron_, state.variable.name);
    neuron_.bind("t", time_of(Builtin::step, context_.options.dt));
    if (parsed_.uses_input) bind_input();
    bind_current(incoming);
    keep_current();
    const Expr above_before = parsed_.crosses ? body_.let("above_before", threshold()) : nullptr;
    resting_ = lower_refractory();
    lower_dynamics(resting_);
    flowed_ = body_.statements().size();
    if (parsed_.threshold) lower_threshold(above_before);
    read_out_ = body_.statements().size();
    if (population_.readout) lower_readout_step();
    if (learning_ != nullptr && learning_->step_sum) lower_step_loss();
    if (learning_ != nullptr && learning_->step_outputs)
      body_.add(Store{*learning_->step_outputs, neuron_.value_of(parsed_.output)});
    if (spiked_) lower_reset();
    store_states();
    if (sent_) {
      body_.comment("what is sent");
      body_.add(Store{*sent_, neuron_.lower(neuron_.specialize(parsed_.graded), body_)});
    }
    count_spikes();
    store_recordings();
  }

  // A spike is differentiated between two steps, so event code reads the current of both.
  void keep_current() {
    const bool is_read = EventTexts::mention_current(parsed_);
    if (!current_ || !is_read || learning_ == nullptr || !learning_->is_differentiated) return;
    Array array;
    array.name = context_.names.unique(population_.name + "_earlier_current");
    array.comment = "current in the previous step";
    array.extent = count_;
    const ArrayId id = context_.program.add(std::move(array));
    initial_.add(Store{id, constant(0)});
    earlier_current_ = body_.let("earlier_current", load(id, Type::f32));
    body_.add(Store{id, current_});
  }

  void bind(State& state, Scope& scope, const std::string& local_name) {
    scope.bind_state(state.variable, state.array, local_name, body_);
    state.local = std::get<LocalExpr>(scope.value_of(state.variable.name)->node).name;
  }

  // The loss of each step, per neuron, summed like the running sums of readouts.
  void lower_step_loss() {
    body_.comment("loss of this step");
    const Expr element = lower_step_element(context_, learning_->step_loss->element, path_, count_,
                                            learning_->step_targets, neuron_.value_of(parsed_.output), body_);
    const Expr weight = body_.let("weight", loss_weight(*learning_->step_weights, builtin(Builtin::step)));
    const Expr weighted = apply(Operation::multiply, {element, weight});
    add_to_sum(weighted, *learning_->step_sum, *step_sum_rest_, nullptr, body_);
  }

  // ---- Learning

  std::vector<codegen::Statement> derive(std::vector<codegen::Statement> body) {
    LoweredStep step{context_,
                     population_,
                     parsed_,
                     count_,
                     path_,
                     label(""),
                     neuron_,
                     states_,
                     std::move(synapses_),
                     readout_.get(),
                     readout_states_,
                     readout_rests_,
                     flowed_,
                     read_out_,
                     current_,
                     earlier_current_,
                     resting_,
                     rest_ends_,
                     resting_ ? refractory_steps_ : nullptr,
                     may_spike_,
                     negative_,
                     std::move(body),
                     spike_counts_};
    lower_backward(step, *learning_, lowered_);
    synapses_ = std::move(step.synapses);
    return std::move(step.body);
  }

  void locate() {
    std::vector<std::pair<contract::LocatedVariable, ArrayId>> variables;
    const auto add = [&](const std::string& connection, const State& state) {
      variables.push_back({{population_.name, connection, state.variable.name, false, count_}, state.array});
    };
    for (const LoweredSynapse& synapse : synapses_) {
      for (const State& state : synapse.states) add(synapse.incoming.connection->name, state);
    }
    for (const State& state : states_) add("", state);
    if (!variables.empty())
      lowered_.step.push_back(locate_values(context_, label("locate non-finite values of"), count_, variables));
  }

  void bind_input() {
    const InputFrames frames(context_, population_);
    neuron_.bind("input", body_.let("input", frames.value(frames.begin(body_), nullptr)));
  }

  // Currents summed over connections, in order; null: none.
  struct Currents {
    Expr held, arriving;
  };

  void bind_current(const std::vector<IncomingConnection>& incoming) {
    Currents total;
    const auto add = [](Expr& to, const Expr& current) {
      if (current) to = to ? apply(Operation::add, {to, current}) : current;
    };
    for (const IncomingConnection& each : incoming) {
      const Currents currents = lower_synapse(each);
      add(total.held, currents.held);
      add(total.arriving, currents.arriving);
    }
    if (!parsed_.uses_current) return;
    // Without incoming connections the current is the constant 0, so it folds away.
    if (!total.held && !total.arriving) return neuron_.fix("I", 0);
    neuron_.bind("I", total.held ? body_.hold("total_current", total.held) : constant(0));
    if (total.held) current_ = neuron_.value_of("I");
    if (total.arriving) neuron_.bind(arriving_current, body_.hold("arriving_current", total.arriving));
    current_arrives_ = total.arriving != nullptr;
    current_is_held_ = total.held != nullptr;
  }

  // With a dt other than the nominal one, what arrives at once is a jump, of the size that it has in a nominal step.
  // With the nominal dt there is no difference, and models with an update have no other step.
  bool splits_current() const {
    return context_.options.dt != context_.nominal_dt() && !parsed_.dynamics.empty() && parsed_.update.empty();
  }

  // Reads what arrives in this step; in a ring it is zeroed.
  Expr take_arriving(const IncomingConnection& incoming) {
    Expr index;
    if (incoming.ring_depth > 1) {
      const Expr slot = apply(Operation::modulo, {builtin(Builtin::step), constant(incoming.ring_depth, Type::u32)});
      index = apply(Operation::add,
                    {apply(Operation::multiply, {slot, constant(count_, Type::u32)}), builtin(Builtin::element)});
    }
    Expr arriving = body_.let("arriving", load(incoming.arriving, Type::f32, index));
    if (incoming.ring_depth != 0) body_.add(Store{incoming.arriving, constant(0), index});
    return arriving;
  }

  // The synapses of one connection, at their target neuron: arrivals, current, dynamics.
  Currents lower_synapse(const IncomingConnection& incoming) {
    const ir::Connection& connection = *incoming.connection;
    const SynapseModel& model = connection.synapse;
    const std::string path = "connections[" + std::to_string(incoming.index) + "] \"" + connection.name + "\".synapse";
    LoweredSynapse& lowered = synapses_.emplace_back();
    lowered.incoming = incoming;
    lowered.parsed = ir::parse(model, population_.neuron);
    lowered.scope = std::make_unique<Scope>(context_, connection.name, "connection " + connection.name, path, count_,
                                            model.parameters, trains());
    const ir::ParsedSynapse& parsed = lowered.parsed;
    Scope& scope = *lowered.scope;
    body_.comment("synapses of \"" + connection.name + "\" (" + model.name + ")");
    const Expr arriving = take_arriving(incoming);
    lowered.arriving = arriving;
    scope.bind("weight", arriving);
    scope.bind("arriving", arriving);
    scope.bind("t", time_of(Builtin::step, context_.options.dt));
    std::vector<State>& states = lowered.states;
    for (const StateVariable& variable : model.state) {
      const ArrayId array = scope.declare_state(variable, contract::carry_synapses);
      initialize(array, scope.initial(variable), Builtin::loads_synapses);
      states.push_back({variable, array});
      bind(states.back(), scope, variable.name);
    }
    for (const std::string& name : parsed.target_variables) scope.bind(name, neuron_.value_of(name));

    scope.lower(parsed.on_spike, body_);
    lowered.taken_up = body_.statements().size();
    const IntegrationOptions options = scope.integration(model.integrator, model.substeps);
    const Flow flow = context_.flows.integrate(scope.specialize(parsed.dynamics), scope.constants(), options);
    note(path, flow);
    Currents currents =
        lower_current(lowered, expand_step_mean(scope.specialize(parsed.current), flow, scope.constants(), options));
    scope.lower(flow, body_, nullptr, {});
    scope.lower(parsed.update, body_);
    lowered.flowed = body_.statements().size();
    for (const State& state : states) {
      const Expr& now = scope.value_of(state.variable.name);
      body_.add(Store{state.array, now});
      if (records(incoming.index, state.variable.name))
        store_recording(body_, {.connection = connection.name, .variable = state.variable.name}, now);
    }
    return currents;
  }

  Currents lower_current(const LoweredSynapse& synapse, const Expression& current) {
    const auto lower = [&](const Expression& part) {
      const Expr value = synapse.scope->lower(part, body_);
      return synapse.states.empty() ? value : body_.snapshot("current", value);  // the states change later
    };
    if (!splits_current()) return {lower(current), nullptr};
    const auto [held, arriving] = split_current(current);
    return {symbolic::is_number(held, 0) ? nullptr : lower(held),
            symbolic::is_number(arriving, 0) ? nullptr : lower(arriving)};
  }

  void note(const std::string& path, const Flow& flow) {
    for (const std::string& text : flow.notes) context_.program.notes.push_back(path + ": " + text);
  }

  // Counts the refractory period down; returns whether states are held in this step (null: never).
  Expr lower_refractory() {
    if (!parsed_.refractory) return nullptr;
    const Expression period = neuron_.specialize(parsed_.refractory->period);
    if (symbolic::is_number(period, 0)) return nullptr;
    std::vector<std::uint32_t> steps;
    for (const double milliseconds : neuron_.evaluate(period)) steps.push_back(refractory_steps(milliseconds));
    refractory_steps_ =
        neuron_.is_uniform(period) ? constant(steps[0], Type::u32) : refractory_buffer(std::move(steps));

    Array counter;
    counter.name = context_.names.unique(population_.name + "_refractory");
    counter.type = Type::u32;
    counter.comment = "steps until the neuron can spike again";
    counter.extent = count_;
    counter.carried = contract::carry_neurons;
    counter.variable = "refractory";
    refractory_array_ = context_.program.add(std::move(counter));
    initialize(refractory_array_, constant(0, Type::u32), Builtin::loads_neurons);

    refractory_ = body_.variable("refractory", load(refractory_array_, Type::u32));
    const Expr count = local(refractory_, Type::u32);
    const Expr resting = body_.let("resting", apply(Operation::greater, {count, constant(0, Type::u32)}));
    const bool holds = symbolic::as_boolean(neuron_.specialize(parsed_.refractory->hold_if)) == true;
    if (holds && learning_ != nullptr && learning_->is_differentiated)
      rest_ends_ = body_.let("rest_ends", apply(Operation::equal, {count, constant(1, Type::u32)}));
    // One less, but not below 0; written so that GCC vectorizes it.
    const Expr one = constant(1, Type::u32);
    const Expr at_least_one = apply(Operation::select, {apply(Operation::greater, {count, one}), count, one});
    body_.set(refractory_, apply(Operation::subtract, {at_least_one, one}));
    return holds ? resting : nullptr;
  }

  std::uint32_t refractory_steps(double milliseconds) const {
    const double steps = std::ceil(base::steps_in(milliseconds, context_.options.dt));
    if (steps <= most_refractory_steps) return static_cast<std::uint32_t>(std::max(steps, 0.0));
    throw ModelError({.kind = ProblemKind::invalid_value,
                      .path = path_ + ".neuron.refractory",
                      .message = "the refractory period has too many steps",
                      .hint = "use a larger dt or a shorter period",
                      .expected = "at most 2147483648 steps of " + to_string(Value(context_.options.dt)) + " ms",
                      .given = to_string(Value(milliseconds)) + " ms",
                      .place = population_.place});
  }

  Expr refractory_buffer(std::vector<std::uint32_t> steps) {
    Array array;
    array.name = context_.names.unique(population_.name + "_refractory_steps");
    array.type = Type::u32;
    array.element_type = contract::ElementType::u32;
    array.comment = "refractory period in steps, one per neuron";
    array.extent = count_;
    array.lifetime = Lifetime::persistent;
    array.storage = Storage::global;
    array.role = contract::BufferRole::parameter;
    array.shape = {count_};
    array.counts = std::make_shared<const std::vector<std::uint32_t>>(std::move(steps));
    return load(context_.program.add(std::move(array)), Type::u32);
  }

  void lower_dynamics(const Expr& resting) {
    if (parsed_.dynamics.empty() && parsed_.update.empty()) return;
    body_.comment("dynamics");
    const NeuronModel& model = population_.neuron;
    IntegrationOptions options = neuron_.integration(model.integrator, model.substeps);
    std::set<std::string, std::less<>>& held = options.held;
    if (resting) held.insert(parsed_.refractory->hold.begin(), parsed_.refractory->hold.end());
    if (current_arrives_) options.arriving = arriving_current;
    options.only_arrives = current_arrives_ && !current_is_held_;
    const Flow flow = context_.flows.integrate(neuron_.specialize(parsed_.dynamics), neuron_.constants(), options);
    note(path_ + ".neuron", flow);
    neuron_.lower(flow, body_, resting, held);
    neuron_.lower(parsed_.update, body_);
  }

  Expr threshold() { return neuron_.lower(neuron_.specialize(parsed_.threshold), body_); }

  void lower_threshold(const Expr& above_before) {
    body_.comment("threshold");
    Expr condition = threshold();
    Expr may_spike;  // null: always
    const auto require = [&](const Expr& other) {
      condition = apply(Operation::logical_and, {condition, other});
      may_spike = may_spike ? apply(Operation::logical_and, {may_spike, other}) : other;
    };
    if (above_before) require(apply(Operation::logical_not, {above_before}));
    if (!refractory_.empty()) require(apply(Operation::equal, {local(refractory_, Type::u32), constant(0, Type::u32)}));
    spiked_ = body_.let("spiked", condition);
    if (parsed_.spike_sign) {
      const Expression sign = neuron_.specialize(parsed_.spike_sign);
      const auto known = symbolic::as_number(sign);
      if (!known) {
        const Expr below = apply(Operation::less, {neuron_.lower(sign, body_), constant(0)});
        negative_ = body_.let("negative", below);
      } else if (*known < 0) {
        negative_ = constant(1, Type::boolean);
      }
    }
    if (queue_ != nullptr) {
      context_.program.queues[*queue_].is_signed = negative_ != nullptr;
      body_.add(Emit{*queue_, spiked_, negative_});
    }
    if (learning_ == nullptr || learning_->surrogate == nullptr) return;
    if (may_spike) may_spike_ = body_.let("may_spike", may_spike);
    if (learning_->support_tape) lower_support();
  }

  // The neurons whose spikes the surrogate gradient reaches in this step: a list of its own.
  void lower_support() {
    const Expression difference = margin_of(neuron_.specialize(parsed_.threshold));
    if (!difference) return;  // refused where it is differentiated
    const Expr above = body_.let("above", neuron_.lower(difference, body_));
    const Expr outside = constant(std::numeric_limits<float>::max());
    const auto keep = [&](const char* what, const std::string& comment, const Expr& value) {
      Array array;
      array.name = context_.names.unique(population_.name + what);
      array.comment = comment;
      array.extent = count_;
      const ArrayId id = context_.program.add(std::move(array));
      body_.add(Store{id, value});
      return load(id, Type::f32);
    };
    const Expr kept = keep("_above", "how far the neuron is above its threshold",
                           may_spike_ ? apply(Operation::select, {may_spike_, above, outside}) : above);
    Expr negative = negative_;
    if (negative_ && std::holds_alternative<LocalExpr>(negative_->node)) {
      const Expr flag = keep("_negative", "1 if a spike would be negative",
                             apply(Operation::select, {negative_, constant(1), constant(0)}));
      negative = apply(Operation::not_equal, {flag, constant(0)});
    }
    const std::uint32_t queue = context_.program.learning->tapes[*learning_->support_tape].queue;
    context_.program.queues[queue].is_signed = negative != nullptr;
    const Expr width = constant(*learning_->surrogate->support);
    const Expr reached = apply(Operation::less, {apply(Operation::absolute, {kept}), width});
    lowered_.step.emplace_back(
        ElementPhase{label("support of the surrogate of"), count_, {Emit{queue, reached, negative}}});
  }

  void lower_reset() {
    if (!parsed_.reset.empty()) body_.comment("reset");
    neuron_.lower(parsed_.reset, body_, spiked_);
    if (!refractory_.empty())
      body_.set(refractory_, apply(Operation::select, {spiked_, refractory_steps_, local(refractory_, Type::u32)}));
  }

  void store_states() {
    for (const State& state : states_) body_.add(Store{state.array, neuron_.value_of(state.variable.name)});
    if (!refractory_.empty()) body_.add(Store{refractory_array_, local(refractory_, Type::u32)});
    for (const State& state : readout_states_) body_.add(Store{state.array, readout_->value_of(state.variable.name)});
    for (const State& state : readout_rests_) body_.add(Store{state.array, readout_->value_of(state.variable.name)});
  }

  // For a regularizer of the firing rate.
  void count_spikes() {
    if (!spiked_ || learning_ == nullptr || !learning_->is_differentiated || !learning_->rate) return;
    Array counts;
    counts.name = context_.names.unique(population_.name + "_spikes");
    counts.comment = "how often each neuron has spiked in this example";
    counts.extent = count_;
    counts.scattered = true;  // the backward pass reads them at spikes
    spike_counts_ = context_.program.add(std::move(counts));
    initial_.add(Store{*spike_counts_, constant(0)});
    const Expr spike = apply(Operation::select, {spiked_, constant(1), constant(0)});
    body_.add(Store{*spike_counts_, apply(Operation::add, {load(*spike_counts_, Type::f32), spike})});
  }

  // ---- Readout

  // `now`: the step, or after the last step, the number of steps. Readouts of a resumable program can restart.
  void open_readout(Scope& scope, Builtin now) {
    const bool restarts = context_.options.resumable;
    const Builtin steps = restarts ? Builtin::readout_steps : Builtin::steps;
    if (restarts) now = now == Builtin::step ? Builtin::readout_step : Builtin::readout_steps;
    scope.bind("t", time_of(now, context_.options.dt));
    scope.bind("duration", time_of(steps, context_.options.dt));
    if (!parsed_.output.empty() && !parsed_.replays_spikes) scope.bind("x", neuron_.value_of(parsed_.output));
  }

  std::unique_ptr<Scope> readout_scope() {
    return std::make_unique<Scope>(context_, population_.name + "_readout", "readout " + population_.name,
                                   path_ + ".readout", count_, population_.readout->parameters, trains(),
                                   readout_.get());
  }

  void lower_readout_step() {
    const ir::ParsedReadout parsed = ir::parse(*population_.readout);
    readout_ = readout_scope();
    if (!population_.readout->state.empty()) body_.comment("readout (" + population_.readout->name + ")");
    for (const StateVariable& variable : population_.readout->state) {
      const ArrayId array = readout_->declare_state(variable, contract::carry_readouts);
      initialize(array, readout_->initial(variable), Builtin::loads_readouts);
      readout_states_.push_back({variable, array});
      bind(readout_states_.back(), *readout_, "readout_" + variable.name);
    }
    open_readout(*readout_, Builtin::step);
    lower_on_step(parsed);
    read_out_ = body_.statements().size();
    readout_->lower(parsed.on_spike, body_, spiked_);
  }

  void lower_on_step(const ir::ParsedReadout& parsed) {
    const std::set<std::string> sums = running_sums(parsed);
    for (const language::Statement& statement : parsed.on_step) {
      const auto* assigned = std::get_if<language::Assign>(&statement->node);
      if (assigned == nullptr)
        lower_branch(statement, sums);
      else if (sums.contains(assigned->target))
        add_compensated(assigned->target, summand_of(*assigned));
      else
        readout_->lower({statement}, body_);
    }
  }

  // What its branches add to sums is added after the statement.
  void lower_branch(const language::Statement& statement, const std::set<std::string>& sums) {
    std::set<std::string> pending;
    language::for_each_assignment(statement, [&](const language::Assign& each) {
      if (sums.contains(each.target)) pending.insert(each.target);
    });
    const auto pending_name = [](const std::string& sum) { return "pending of " + sum; };
    for (const std::string& sum : pending) readout_->bind_state(pending_name(sum), constant(0), "pending", body_);
    readout_->lower({with_sums_renamed(statement, pending, pending_name)}, body_);
    for (const std::string& sum : pending) add_compensated(sum, language::name(pending_name(sum)));
  }

  // Kahan summation: the rounding error of one step is corrected in the next, so long sums do not drift.
  void add_compensated(const std::string& sum, const Expression& summand) {
    using language::BinaryOperator;
    const auto minus = [](Expression a, Expression b) {
      return language::binary(BinaryOperator::subtract, std::move(a), std::move(b));
    };
    // Names that no model can use.
    const std::string added = "added to " + sum, total = "total of " + sum;
    const std::string rest = rest_of(sum);
    const auto value = [&](const Expression& e) { return readout_->lower(readout_->specialize(e), body_); };
    readout_->bind(added, body_.snapshot("added", value(minus(summand, language::name(rest)))));
    readout_->bind(total, body_.snapshot("total", value(language::binary(BinaryOperator::add, language::name(sum),
                                                                         language::name(added)))));
    readout_->lower(
        {language::assign(rest, minus(minus(language::name(total), language::name(sum)), language::name(added))),
         language::assign(sum, language::name(total))},
        body_);
  }

  // The name of the sum's rounding error, which is 0 at first.
  std::string rest_of(const std::string& sum) {
    const StateVariable rest{rest_name(sum), 0.0};
    for (const State& each : readout_rests_) {
      if (each.variable.name == rest.name) return rest.name;
    }
    const ArrayId array = readout_->declare_state(rest, contract::carry_readouts);
    initialize(array, constant(0), Builtin::loads_readouts);
    readout_rests_.push_back({rest, array});
    bind(readout_rests_.back(), *readout_, "readout_" + rest.name);
    return rest.name;
  }

  std::string rest_name(const std::string& sum) const {
    std::string name = sum + "_rest";
    const auto taken = [&](const auto& each) { return each.name == name; };
    const ReadoutModel& model = *population_.readout;
    while (std::any_of(model.state.begin(), model.state.end(), taken) ||
           std::any_of(model.parameters.begin(), model.parameters.end(), taken))
      name += '_';
    return name;
  }

  // ---- Recordings

  struct Recorded {
    std::string population = {};
    std::string connection = {};
    std::string variable = {};
  };

  void store_recording(Body& body, const std::string& variable, const Expr& value) {
    store_recording(body, {.population = population_.name, .variable = variable}, value);
  }

  void store_recording(Body& body, const Recorded& what, const Expr& value) {
    Array array;
    array.name = context_.names.unique(what.population + what.connection + "_recorded_" + what.variable);
    array.type = value->type;
    array.element_type = value->type == Type::i32 ? contract::ElementType::i8 : contract::ElementType::f32;
    const std::uint32_t rows = context_.recording_steps();
    array.extent = std::size_t{rows} * count_;
    array.lifetime = Lifetime::persistent;
    array.storage = Storage::global;
    array.role = contract::BufferRole::recording;
    array.per_example = true;
    array.shape = {rows, count_};
    array.population = what.population;
    array.connection = what.connection;
    array.variable = what.variable;
    const ArrayId id = context_.program.add(std::move(array));
    const Expr row = apply(Operation::multiply, {builtin(Builtin::recording_row), constant(count_, Type::u32)});
    body.add(Store{id, value, apply(Operation::add, {row, builtin(Builtin::element)})});
  }

  void store_recordings() {
    for (const State& state : states_) {
      if (records(state.variable.name))
        store_recording(body_, state.variable.name, neuron_.value_of(state.variable.name));
    }
    if (records("spikes") && spiked_) {
      const auto sign = [](int value) { return constant(value, Type::i32); };
      const Expr one = negative_ ? apply(Operation::select, {negative_, sign(-1), sign(1)}) : sign(1);
      store_recording(body_, "spikes", apply(Operation::select, {spiked_, one, sign(0)}));
    }
  }

  // ---- Before the first step and after the last

  void finish() {
    if (!initial_.statements().empty())
      lowered_.before.emplace_back(ElementPhase{label("initial state of"), count_, initial_.take()});
    Body last(context_.names, 0);
    if (population_.readout) lower_readout_value(last);
    for (codegen::Statement& statement : final_) last.add(std::move(statement));
    if (learning_ == nullptr) check_states(last);
    if (!last.statements().empty()) lowered_.after.emplace_back(ElementPhase{label("results of"), count_, last.take()});
  }

  // Non-finite values stay non-finite unless they are overwritten: one check at the end costs nothing in the steps.
  void check_states(Body& body) {
    std::vector<State> own = states_;
    own.insert(own.end(), readout_states_.begin(), readout_states_.end());
    check_states(body, population_.name, {}, own);
    for (const LoweredSynapse& synapse : synapses_) {
      const std::string& connection = synapse.incoming.connection->name;
      check_states(body, connection, connection, synapse.states);
    }
  }

  void check_states(Body& body, const std::string& prefix, const std::string& connection,
                    const std::vector<State>& states) {
    if (states.empty()) return;
    Array array;
    array.name = context_.names.unique(prefix + "_check");
    array.comment = "first non-finite state, from 1; 0: none";
    array.type = Type::u32;
    array.element_type = contract::ElementType::u32;
    array.extent = count_;
    array.lifetime = Lifetime::persistent;
    array.storage = Storage::global;
    array.role = contract::BufferRole::state_check;
    array.per_example = true;
    array.shape = {count_};
    array.population = population_.name;
    array.connection = connection;
    Expr first = constant(0, Type::u32);
    for (std::size_t k = states.size(); k-- > 0;) {
      const std::string& name = states[k].variable.name;
      array.variable = array.variable.empty() ? name : name + ' ' + array.variable;
      const Expr value = body.let(name + "_at_last", load(states[k].array, Type::f32));
      const Expr wrong = apply(Operation::not_equal, {apply(Operation::subtract, {value, value}), constant(0)});
      const Expr number = constant(static_cast<double>(k + 1), Type::u32);
      first = body.let("wrong", apply(Operation::select, {wrong, number, first}));
    }
    const ArrayId id = context_.program.add(std::move(array));
    body.add(Store{id, first});
  }

  void lower_readout_value(Body& body) {
    const ir::ParsedReadout parsed = ir::parse(*population_.readout);
    const auto scope = readout_scope();
    if (symbolic::mentions(parsed.value, {"x"})) {
      for (const State& state : states_) {
        if (state.variable.name == parsed_.output) neuron_.bind_state(state.variable, state.array, "x", body);
      }
    }
    for (const State& state : readout_states_) {
      scope->bind_state(state.variable, state.array, "readout_" + state.variable.name, body);
    }
    open_readout(*scope, Builtin::steps);
    Array array;
    array.name = context_.names.unique(population_.name + "_readout");
    array.comment = "readout of \"" + population_.name + "\" (" + population_.readout->name + ")";
    array.extent = count_;
    array.lifetime = Lifetime::persistent;
    array.storage = Storage::global;
    array.role = contract::BufferRole::readout;
    array.per_example = true;
    array.shape = {count_};
    array.population = population_.name;
    const ArrayId id = context_.program.add(std::move(array));
    body.add(Store{id, scope->lower(scope->specialize(parsed.value), body)});
  }

  LoweringContext& context_;
  const ir::Population& population_;
  std::size_t index_;
  const std::uint32_t* queue_;
  const LearningRequest* learning_;
  std::optional<ArrayId> sent_;
  ir::ParsedNeuron parsed_;
  std::uint32_t count_;
  std::string path_;
  Scope neuron_;
  Body body_;
  Body initial_;
  std::vector<codegen::Statement> final_;
  std::vector<State> states_, readout_states_, readout_rests_;
  std::unique_ptr<Scope> readout_;
  std::optional<ArrayId> step_sum_rest_;
  std::optional<ArrayId> spike_counts_;  // of this example, if they are counted
  std::vector<LoweredSynapse> synapses_;
  std::size_t flowed_ = 0, read_out_ = 0;  // positions in the body
  bool current_arrives_ = false, current_is_held_ = false;
  Expr current_;              // `I`; null: a constant
  Expr earlier_current_;      // local
  Expr resting_, rest_ends_;  // locals
  Expr spiked_, negative_, may_spike_;
  std::string refractory_;
  ArrayId refractory_array_ = 0;
  Expr refractory_steps_;
  LoweredPopulation lowered_;
};

}  // namespace

LoweredPopulation lower_population(LoweringContext& context, const ir::Network& network, std::size_t index,
                                   const std::vector<IncomingConnection>& incoming, const std::uint32_t* queue,
                                   const LearningRequest* learning, std::optional<ArrayId> sent) {
  return PopulationLowering(context, network, index, queue, learning, sent).run(incoming);
}

}  // namespace synfire::codegen
