// SPDX-License-Identifier: Apache-2.0
#include "lower/learning.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "adjoint/texts.hpp"
#include "lower/draw.hpp"
#include "lower/loss_phase.hpp"
#include "lower/optimizer.hpp"
#include "lower/shorthands.hpp"
#include "lower/step_loss.hpp"
#include "synfire/error.hpp"
#include "text/learning.hpp"

namespace synfire::codegen {
namespace {

using contract::BufferRole;

contract::OptimizerSettings settings_of(const Value& weight) {
  contract::OptimizerSettings settings;
  const auto& training = weight.training();
  if (!training) return settings;
  settings.min = static_cast<float>(training->min);
  settings.max = static_cast<float>(training->max);
  if (training->learning_rate) settings.learning_rate = static_cast<float>(*training->learning_rate);
  return settings;
}

// False if one weight was given but synapses between the same neurons were merged.
bool are_equal(const std::vector<float>& values) {
  return std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) == values.end();
}

// The most synapses that a target of the rows has.
std::size_t most_incoming(const DeliverPhase& delivery) {
  std::vector<std::size_t> incoming(delivery.targets);
  for (const std::uint32_t target : delivery.rows.synapses->targets) ++incoming[target];
  return *std::max_element(incoming.begin(), incoming.end());
}

constexpr const char* derivative_of_arrivals = "derivative with respect to the arrivals";

std::string comment_of_ring(const char* what, const ir::Connection& connection) {
  return std::string(what) + " of \"" + connection.name + "\" in this step and later ones";
}

Statement cleared(ArrayId counts, const Expr& index) { return Store{counts, number(0), index}; }

Statement added_to_earlier(ArrayId counts, const Expr& count, const Expr& earlier) {
  const Expr last =
      apply(Operation::select, {builtin(Builtin::follows_batch), load(counts, Type::u32, count), number(0)});
  const Expr sum = sum_u32(load(counts, Type::u32, earlier), last);
  return Store{counts, apply(Operation::select, {builtin(Builtin::opens_stretch), number(0), sum}), earlier};
}

}  // namespace

LearningLowering::LearningLowering(LoweringContext& context, const ir::Network& network,
                                   const TrainingOptions& training, std::uint32_t slots)
    : context_(context),
      network_(network),
      training_(training),
      due_(network.populations.size()),
      losses_(network.populations.size()),
      levels_(ir::step_order(network).levels) {
  Learning& learning = context_.program.learning.emplace();
  learning.slots = slots;
  learning.is_surrogate = !training.surrogates.empty();
  learning.optimizer = lower_optimizer(context, training);
  find_trained();
}

const Loss* LearningLowering::loss_of(std::size_t population) const {
  for (const OutputLoss& output : training_.losses) {
    if (output.population == population) return &output.loss;
  }
  return nullptr;
}

const RateBand* LearningLowering::rate_of(std::size_t population) const {
  for (const RateTarget& target : training_.rates) {
    if (target.population == population) return &target.band;
  }
  return nullptr;
}

std::uint32_t LearningLowering::neurons_of(std::size_t population) const {
  return static_cast<std::uint32_t>(network_.populations[population].neurons());
}

// A population is differentiated if a trained value is upstream of it, or its own, and a loss downstream.
void LearningLowering::find_trained() {
  const std::size_t populations = network_.populations.size();
  std::vector<bool> matters(populations), depends(populations);
  for (std::size_t i = 0; i < populations; ++i) matters[i] = loss_of(i) != nullptr || rate_of(i) != nullptr;
  const auto spread = [&](auto&& step) {
    for (std::size_t turn = 0; turn < populations; ++turn) {
      for (const ir::Connection& connection : network_.connections) step(connection);
    }
  };
  spread([&](const auto& each) { matters[each.source] = matters[each.source] || matters[each.target]; });
  for (const ir::Connection& connection : network_.connections) {
    const bool trained = matters[connection.target] && !weight_of(connection.connectivity).is_frozen();
    const bool delays = matters[connection.target] && delay_of(connection.connectivity).training();
    trained_.push_back(trained);
    trains_delays_.push_back(delays);
    depends[connection.target] = depends[connection.target] || trained || delays || has_trainable(connection.synapse);
  }
  for (std::size_t i = 0; i < populations; ++i) {
    const ir::Population& population = network_.populations[i];
    depends[i] =
        depends[i] || has_trainable(population.neuron) || (population.readout && has_trainable(*population.readout));
  }
  spread([&](const auto& each) { depends[each.target] = depends[each.target] || depends[each.source]; });
  for (std::size_t i = 0; i < populations; ++i) differentiated_.push_back(matters[i] && depends[i]);
  for (std::size_t i = 0; i < populations; ++i)
    spikes_.push_back(differentiated_[i] && !network_.populations[i].neuron.threshold.empty());
  for (std::size_t c = 0; c < network_.connections.size(); ++c) {
    const std::uint32_t source = network_.connections[c].source;
    if ((trained_[c] || trains_delays_[c]) && !network_.populations[source].neuron.is_graded()) spikes_[source] = true;
  }
}

bool LearningLowering::needs_support(std::size_t population) const {
  return !training_.surrogates.empty() && training_.surrogates[population].support && differentiated_[population] &&
         spikes_[population];
}

std::uint32_t LearningLowering::tape_number(std::size_t population, bool of_support) const {
  const std::vector<Tape>& tapes = context_.program.learning->tapes;
  const auto found = std::find_if(tapes.begin(), tapes.end(), [&](const Tape& t) {
    return t.population == population && t.of_support == of_support;
  });
  return static_cast<std::uint32_t>(found - tapes.begin());
}

ArrayId LearningLowering::buffer(const std::string& name, BufferRole role, Type type, const Extents& shape) {
  Array array;
  array.name = context_.names.unique(name);
  array.type = type;
  array.element_type = type == Type::u32 ? contract::ElementType::u32 : contract::ElementType::f32;
  array.extent = element_count(shape);
  array.lifetime = Lifetime::persistent;
  array.storage = Storage::global;
  array.role = role;
  array.shape = shape;
  array.per_example = role == BufferRole::labels || role == BufferRole::targets || role == BufferRole::loss_weights ||
                      role == BufferRole::losses;
  array.per_slot = role == BufferRole::gradient || role == BufferRole::tape || role == BufferRole::spike_totals ||
                   role == BufferRole::event_counts || role == BufferRole::non_finite || role == BufferRole::workspace;
  return context_.program.add(std::move(array));
}

// ---- Tapes

void LearningLowering::declare_tapes(const std::vector<int>& queue_of, const std::vector<int>& support_of,
                                     const std::vector<ir::ParsedNeuron>& parsed) {
  Program& program = context_.program;
  Learning& learning = *program.learning;
  learning.non_finite = buffer("non_finite", BufferRole::non_finite, Type::u32, {1});
  learning.settings = buffer("optimizer_settings", BufferRole::optimizer_settings, Type::f32, {1});
  learning.order = buffer("order", BufferRole::order, Type::u32, {1});
  program.arrays[*learning.order].comment = "data row of each example of the batch";
  learning.halt = buffer("halt", BufferRole::halt, Type::u32, {1 + std::size_t{learning.slots}});
  program.arrays[*learning.halt].comment = "the batch that halted training; per slot: whether it halts";
  for (std::size_t i = 0; i < network_.populations.size(); ++i) {
    if (spikes_[i]) declare_tape(i, queue_of[i], parsed[i].replays_spikes, false);
    if (needs_support(i)) declare_tape(i, support_of[i], false, true);
  }
  for (Tape& tape : learning.tapes) {
    if (tape.given) continue;
    const auto add = [&](const char* what, const std::string& comment, BufferRole role, Type type,
                         const Extents& shape) {
      const ArrayId id = buffer("unnamed", role, type, shape);
      program.arrays[id].name = tape.name + what;  // reserved with the tape's name
      program.arrays[id].comment = comment;
      program.arrays[id].population = network_.populations[tape.population].name;
      return id;
    };
    tape.offsets = add("_offsets",
                       tape.of_support ? "start of the support of each step on the tape"
                                       : "start of the spikes of each step on the tape",
                       BufferRole::workspace, Type::u32, {context_.options.timesteps + 1});
    const std::string neurons = tape.of_support ? "neurons in the support of the surrogate" : "neurons that spiked";
    tape.spikes = add("_spikes", "tape: " + neurons + ", step by step", BufferRole::tape, Type::u32, {1});
    const std::string each = tape.of_support ? "neuron" : "spike";
    if (differentiated_[tape.population])
      tape.values =
          add("_values", "tape: values kept for each " + each + ", value by value", BufferRole::tape, Type::f32, {1});
  }
}

void LearningLowering::declare_tape(std::size_t population, int queue, bool given, bool of_support) {
  Learning& learning = *context_.program.learning;
  const std::string base = network_.populations[population].name + (of_support ? "_support" : "");
  Tape tape;
  tape.name = context_.names.unique_family(base + "_tape", {"_offsets", "_spikes", "_values"});
  tape.population = static_cast<std::uint32_t>(population);
  tape.queue = static_cast<std::uint32_t>(queue);
  tape.neurons = neurons_of(population);
  tape.given = given;
  tape.of_support = of_support;
  if (!given) {
    if (!learning.capacities)
      learning.capacities = buffer("tape_capacities", BufferRole::tape_capacities, Type::u32, {1});
    tape.number = learning.recorded_tapes++;
  }
  learning.tapes.push_back(std::move(tape));
}

// ---- Connections

// Slots of steps beyond the end must be empty if they are read: `is_opened`.
ArrayId LearningLowering::ring(const std::string& name, const std::string& comment, std::uint32_t targets,
                               std::uint32_t depth, bool is_opened) {
  Array array;
  array.name = context_.names.unique(name);
  array.comment = comment;
  array.extent = std::size_t{targets} * depth;
  array.scattered = true;
  const ArrayId id = context_.program.add(std::move(array));
  if (is_opened) rings_.emplace_back(OpenRingPhase{comment, id, targets, depth, std::nullopt});
  return id;
}

void LearningLowering::add_connection(std::size_t index, const DeliverPhase& delivery, IncomingConnection& incoming) {
  const ir::Connection& connection = network_.connections[index];
  const bool timed =
      differentiated_[connection.source] && differentiated_[connection.target] && spikes_[connection.source];
  const bool delays = trains_delays_[index];
  if (!trained_[index] && !timed && !delays) return;
  BackDeliverPhase back;
  back.label = "spikes of \"" + network_.populations[connection.source].name + "\" (\"" + connection.name + "\")";
  back.tape = tape_number(connection.source);
  back.age = delivery.age;
  back.pattern = delivery.pattern;
  back.sources = delivery.sources;
  back.targets = delivery.targets;
  // The queue holds the shortest delay, the ring the delays beyond it, plus a slot for the step being written.
  back.ring_depth = delivery.age + delivery.ring_depth;
  back.weights = delivery.weights;
  back.weight = delivery.weight;
  back.connection = static_cast<std::uint32_t>(index);
  back.patches = delivery.patches;
  back.spiked = back.tape;
  incoming.adjoint_depth = back.ring_depth;
  const auto declare_ring = [&](const char* what, const char* comment) {
    return ring(connection.name + what, comment_of_ring(comment, connection), back.targets, back.ring_depth,
                back.pattern == Pattern::rows);
  };
  const bool is_surrogate = !training_.surrogates.empty();
  if (trained_[index] || is_surrogate) back.lambda = declare_ring("_lambda", derivative_of_arrivals);
  incoming.lambda = back.lambda;
  if (trained_[index]) back.gradient = declare_weights(index, delivery);
  if (delays || (timed && !is_surrogate))
    incoming.timing =
        declare_ring("_timing", "decrease of the loss per unit of weight and step of delay of the arrivals");
  if (timed && is_surrogate) {
    // What arrives at the neurons in the support, whether they spiked or not.
    BackDeliverPhase support = back;
    support.label = "support of \"" + network_.populations[connection.source].name + "\" (\"" + connection.name + "\")";
    support.every = !needs_support(connection.source);
    support.tape = support.every ? 0 : tape_number(connection.source, true);
    support.gradient = support.lambda = std::nullopt;
    support.rows.trained_delays = std::nullopt;
    support.timing = back.lambda;
    add_due(connection, support);
    level_of(connection.source).deliveries.emplace_back(std::move(support));
  } else if (timed) {
    back.timing = incoming.timing;
    add_due(connection, back);
  }
  if (delays) {
    back.timing = incoming.timing;
    back.rows.trained_delays = delivery.rows.trained_delays;
    back.delay_gradient = declare_delays(index, delivery);
  }
  if (!back.gradient) back.lambda = std::nullopt;
  if (back.gradient || back.timing) level_of(connection.source).deliveries.emplace_back(std::move(back));
}

void LearningLowering::add_graded(const DeliverPhase& described, const GradedConnection& connection,
                                  GradedLowering& graded, IncomingConnection& incoming) {
  if (!trained_[connection.index]) return;
  const ir::Connection& of = network_.connections[connection.index];
  incoming.adjoint_depth = connection.ring_depth();
  incoming.lambda = ring(of.name + "_lambda", comment_of_ring(derivative_of_arrivals, of), connection.targets,
                         incoming.adjoint_depth, true);
  const ArrayId gradient = declare_weights(connection.index, described);
  GradedPhases phases = graded.deliver_back(connection, gradient, *incoming.lambda, incoming.adjoint_depth);
  Learning& learning = *context_.program.learning;
  append(learning.before, phases.before);
  append(level_of(of.source).deliveries, phases.step);
  append(learning.after, phases.after);
}

void LearningLowering::add_due(const ir::Connection& connection, BackDeliverPhase& back) {
  std::optional<ArrayId>& due = due_[connection.source];
  back.first_due = !due;
  if (!due) {
    Array array;
    array.name = context_.names.unique(network_.populations[connection.source].name + "_due");
    array.comment = training_.surrogates.empty()
                        ? "per spike of this step: derivative with respect to its position, through its arrivals"
                        : "per neuron in the support: minus the derivative with respect to its spike, through arrivals";
    array.extent = back.sources;
    array.lifetime = Lifetime::step;
    array.scattered = true;
    due = context_.program.add(std::move(array));
  }
  back.due = due;
}

// Returns their gradient.
ArrayId LearningLowering::declare_weights(std::size_t index, const DeliverPhase& delivery) {
  const ir::Connection& connection = network_.connections[index];
  const std::size_t elements = context_.program.arrays[*delivery.weights].extent;
  Learning::Value weights;
  weights.parameter = *delivery.weights;
  weights.connection = connection.name;
  weights.settings = settings_of(weight_of(connection.connectivity));
  const std::vector<float>& values = *context_.program.arrays[*delivery.weights].values;
  weights.shared = weight_of(connection.connectivity).is_number() && !values.empty() && are_equal(values);
  const Trainable how = weight_of(connection.connectivity).training().value_or(Trainable{});
  weights.rule.l1 = static_cast<float>(how.l1.value_or(training_.l1));
  weights.rule.l2 = static_cast<float>(how.l2.value_or(training_.l2));
  if (how.max_norm && !values.empty()) limit_norm(*how.max_norm, delivery, weights);
  weights.gradient = buffer(connection.name + "_gradient", BufferRole::gradient, Type::f32, {elements});
  context_.program.arrays[weights.gradient].comment = "gradient of the weights of \"" + connection.name + "\"";
  declare_value(weights, how, connection.name, "weights of \"" + connection.name + "\"");
  return weights.gradient;
}

// Returns their gradient. Bounded to what the ring has room for.
ArrayId LearningLowering::declare_delays(std::size_t index, const DeliverPhase& delivery) {
  const ir::Connection& connection = network_.connections[index];
  const Value& delay = delay_of(connection.connectivity);
  const std::string what = "delays of \"" + connection.name + "\"";
  Learning::Value delays;
  delays.parameter = *delivery.rows.trained_delays;
  delays.connection = connection.name;
  delays.variable = "delay";
  delays.settings = settings_of(delay);
  delays.settings.min = std::max(delays.settings.min, 0.0F);
  delays.settings.max = std::min(delays.settings.max, static_cast<float>(*connection.max_delay));
  delays.shared = delay.is_number();
  delays.gradient = buffer(connection.name + "_delay_gradient", BufferRole::gradient, Type::f32,
                           {context_.program.arrays[delays.parameter].extent});
  context_.program.arrays[delays.gradient].comment = "gradient of the " + what;
  declare_value(delays, *delay.training(), connection.name + "_delay", what);
  return delays.gradient;
}

void LearningLowering::declare_parameter(std::size_t population, const LoweredParameter& parameter) {
  Learning::Value value;
  const TrainedParameter& trained = parameter.trained;
  value.parameter = trained.array;
  value.gradient = parameter.gradient;
  value.connection = parameter.connection;
  if (parameter.connection.empty()) value.population = network_.populations[population].name;
  value.variable = parameter.variable;
  value.settings = settings_of(trained.value);
  value.settings.min = std::max(value.settings.min, static_cast<float>(trained.min));
  value.settings.max = std::min(value.settings.max, static_cast<float>(trained.max));
  value.shared = trained.shared;
  const Trainable how = trained.value.training().value_or(Trainable{});
  value.rule.l1 = static_cast<float>(how.l1.value_or(0));
  value.rule.l2 = static_cast<float>(how.l2.value_or(0));
  const std::string& array = context_.program.arrays[trained.array].name;
  declare_value(value, how, array, array);
}

// What is the same for weights and parameters. `name`: for the names of arrays; `what`: for comments.
void LearningLowering::declare_value(Learning::Value& value, const Trainable& how, const std::string& name,
                                     const std::string& what) {
  Program& program = context_.program;
  const auto name_of = [](const Learning::Value& each) {
    return (each.population.empty() ? each.connection : each.population) + '.' + each.variable;
  };
  for (const Learning::Value& each : program.learning->values) {
    if (name_of(each) != name_of(value)) continue;
    throw ModelError({.kind = ProblemKind::duplicate_name,
                      .path = name_of(value),
                      .message = "a population and a connection of this name both have a trained value of this name",
                      .hint = "give the connection another name"});
  }
  std::vector<ArrayId> arrays{value.gradient};
  const OptimizerUpdate& optimizer = program.learning->optimizer;
  if (!optimizer.states.empty()) {
    const std::size_t elements = value.shared ? 1 : program.arrays[value.parameter].extent;
    value.state = buffer(name + "_state", BufferRole::optimizer_state, Type::f32, {optimizer.states.size(), elements});
    arrays.push_back(*value.state);
    std::string& comment = program.arrays[*value.state].comment;
    for (const OptimizerUpdate::State& state : optimizer.states) comment += (comment.empty() ? "" : ", ") + state.local;
    comment.insert(0, optimizer.name + ": ");
  }
  for (const ArrayId id : arrays) {
    program.arrays[id].population = value.population;
    program.arrays[id].connection = value.connection;
    program.arrays[id].variable = value.variable;
  }
  declare_rule(value, how, name, what);
  program.learning->values.push_back(value);
}

void LearningLowering::declare_rule(Learning::Value& value, const Trainable& how, const std::string& name,
                                    const std::string& what) {
  const std::shared_ptr<const std::vector<float>> values = context_.program.arrays[value.parameter].values;
  ValueRule& rule = value.rule;
  rule.keeps_sign = how.sign == WeightSign::keep;
  rule.noise = static_cast<float>(how.noise);
  if (how.keep_zeros && std::find(values->begin(), values->end(), 0.0F) != values->end()) {
    std::vector<std::uint32_t> words((values->size() + 31) / 32);
    for (std::size_t i = 0; i < values->size(); ++i) {
      if ((*values)[i] == 0) words[i / 32] |= 1u << (i % 32);
    }
    rule.zeros = buffer(name + "_zeros", BufferRole::parameter, Type::u32, {words.size()});
    Array& zeros = context_.program.arrays[*rule.zeros];
    zeros.comment = "a bit for each of the " + what + ": it stays 0";
    zeros.counts = std::make_shared<const std::vector<std::uint32_t>>(std::move(words));
  }
  if (rule.noise == 0) return;
  rule.stream = stream_of("noise of " + name + ".weight");
  rule.clean = buffer(name + "_clean", BufferRole::clean_weights, Type::f32, {values->size()});
  context_.program.arrays[*rule.clean].comment = what + " without noise";
}

// Where one weight determines a norm, its limit is a bound.
void LearningLowering::limit_norm(double limit, const DeliverPhase& delivery, Learning::Value& weights) {
  const bool is_matrix = delivery.pattern == Pattern::dense, is_list = delivery.pattern == Pattern::rows;
  if ((is_matrix || is_list) && !weights.shared) {
    ValueRule& rule = weights.rule;
    rule.max_norm = static_cast<float>(limit);
    rule.sources = delivery.sources;
    rule.targets = delivery.targets;
    if (!is_list) return;
    const std::string& name = weights.connection;
    const std::size_t synapses = context_.program.arrays[weights.parameter].extent;
    rule.incoming = buffer(name + "_incoming", BufferRole::parameter, Type::u32, {synapses});
    rule.incoming_offsets =
        buffer(name + "_incoming_offsets", BufferRole::parameter, Type::u32, {std::size_t{rule.targets} + 1});
    context_.program.arrays[*rule.incoming].comment = "synapses of \"" + name + "\" by target";
    context_.program.arrays[*rule.incoming_offsets].comment = "start of the synapses into each target";
    return;
  }
  const std::size_t incoming = is_matrix ? delivery.sources : is_list ? most_incoming(delivery) : 1;
  const auto bound = static_cast<float>(limit / std::sqrt(static_cast<double>(incoming)));
  weights.settings.min = std::max(weights.settings.min, -bound);
  weights.settings.max = std::min(weights.settings.max, bound);
}

// ---- Populations

LearningRequest LearningLowering::request(std::size_t population) {
  LearningRequest request;
  if (loss_of(population) != nullptr) declare_output(population, request);
  request.is_differentiated = differentiated_[population];
  if (!request.is_differentiated) return request;
  if (spikes_[population]) request.tape = tape_number(population);
  if (request.tape && !training_.surrogates.empty()) request.surrogate = &training_.surrogates[population];
  if (needs_support(population)) request.support_tape = tape_number(population, true);
  request.due = due_[population];
  if (const RateBand* band = rate_of(population)) request.rate = *band;
  const std::string& name = network_.populations[population].name;
  request.event_counts = buffer(name + "_event_counts", BufferRole::event_counts, Type::u32,
                                {contract::event_rows, neurons_of(population)});
  context_.program.arrays[request.event_counts].population = name;
  context_.program.learning->counts.push_back(
      {name, context_.program.arrays[request.event_counts].name, neurons_of(population)});
  context_.program.arrays[request.event_counts].comment =
      "per neuron of \"" + name +
      "\": spikes, triggered and near-tangent ones, non-finite examples; the first three of earlier batches";
  return request;
}

void LearningLowering::declare_output(std::size_t population, LearningRequest& request) {
  Program& program = context_.program;
  const Loss& loss = *loss_of(population);
  const std::string& name = network_.populations[population].name;
  const std::uint32_t neurons = neurons_of(population);
  LossPhase phase;
  phase.label = "loss of \"" + name + "\" (" + loss.name + ")";
  phase.neurons = neurons;
  contract::TrainedOutput output;
  output.population = name;
  output.loss = loss.name;
  output.per_step = is_running(loss);
  output.categorical = is_categorical(loss);
  const auto given = [&](const char* what, BufferRole role, Type type, const Extents& shape) {
    const ArrayId id = buffer(name + what, role, type, shape);
    program.arrays[id].population = name;
    return id;
  };
  if (takes_label(loss)) {
    phase.given = given("_label", BufferRole::labels, Type::u32, {1});
    output.labels = program.arrays[*phase.given].name;
  } else if (takes_values(loss)) {
    phase.given = given("_target", BufferRole::targets, Type::f32,
                        is_running(loss) ? Extents{context_.options.timesteps, neurons} : Extents{neurons});
    output.targets = program.arrays[*phase.given].name;
  }
  const ArrayId weights = given("_loss_weights", BufferRole::loss_weights, Type::f32,
                                {is_running(loss) ? std::size_t{context_.options.timesteps} : 1});
  program.arrays[weights].comment = is_running(loss) ? "weights of the loss of each step" : "weight of the loss";
  output.weights = program.arrays[weights].name;
  phase.losses = given("_loss", BufferRole::losses, Type::f32, {1});
  output.losses = program.arrays[phase.losses].name;
  if (!is_running(loss) || is_joint(loss, neurons, context_.options.dt)) phase.weights = weights;
  if (is_joint(loss, neurons, context_.options.dt)) {
    declare_joint_loss(population, phase, request);
  } else if (is_running(loss)) {
    request.step_loss = step_text(loss, neurons, context_.options.dt);
    request.step_targets = phase.given;
    request.step_weights = weights;
    request.step_sum = phase.values = shared_array(name + "_step_losses", "sum of the loss over the steps", neurons);
  } else if (differentiated_[population]) {
    request.derivative = phase.derivative =
        shared_array(name + "_loss_derivative", "derivative of the loss with respect to the readout", neurons);
  }
  losses_[population] = phase;
  program.learning->outputs.push_back(std::move(output));
}

// Of one example, and read by other threads than those that write it.
ArrayId LearningLowering::shared_array(const std::string& name, const std::string& comment, std::size_t extent) {
  Array array;
  array.name = context_.names.unique(name);
  array.comment = comment;
  array.extent = extent;
  array.scattered = true;
  return context_.program.add(std::move(array));
}

// `phase` runs in each step; the loss of the example follows from the sum.
void LearningLowering::declare_joint_loss(std::size_t population, LossPhase& phase, LearningRequest& request) {
  Program& program = context_.program;
  const std::string& name = network_.populations[population].name;
  const ArrayId loss = phase.losses;
  request.step_outputs = phase.values = shared_array(name + "_output", "output variable in this step", phase.neurons);
  phase.losses = shared_array(name + "_step_losses", "sum of the loss over the steps", 1);
  phase.rest = shared_array(name + "_step_losses_rest", "rounding error of that sum", 1);
  if (differentiated_[population]) {
    request.step_derivatives = phase.derivative = buffer(name + "_step_derivatives", BufferRole::workspace, Type::f32,
                                                         {context_.options.timesteps, phase.neurons});
    program.arrays[*phase.derivative].comment = "derivative of the loss with respect to the output variable, per step";
  }
  const Expr first = number(0);
  program.before.emplace_back(ElementPhase{
      "zero the " + phase.label, 1, {Store{phase.losses, constant(0), first}, Store{*phase.rest, constant(0), first}}});
  const Expr mean = quotient(load(phase.losses, Type::f32, first), step_count());
  means_.emplace_back(ElementPhase{phase.label + ", the mean over the steps", 1, {Store{loss, mean, first}}});
}

void LearningLowering::add_population(std::size_t population, LoweredPopulation& lowered) {
  Learning& learning = *context_.program.learning;
  append(learning.before, lowered.backward_before);
  LevelPhases& phases = level_of(population);
  append(phases.events, lowered.events);
  append(phases.steps, lowered.backward_step);
  append(learning.after, lowered.backward_after);
  for (const LoweredParameter& each : lowered.parameters) declare_parameter(population, each);
  if (losses_[population]) add_loss(population);
}

void LearningLowering::add_loss(std::size_t population) {
  Program& program = context_.program;
  LossPhase& phase = *losses_[population];
  const Loss& loss = *loss_of(population);
  if (phase.rest) return lower_loss(context_, derive(loss, phase.neurons, context_.options.dt, false), phase);
  if (is_running(loss))
    return lower_step_loss(context_, step_text(loss, phase.neurons, context_.options.dt)->factor, phase);
  for (ArrayId id = 0; id < program.arrays.size(); ++id) {
    const Array& array = program.arrays[id];
    if (array.role == BufferRole::readout && array.population == network_.populations[population].name)
      phase.values = id;
  }
  const bool spike_times = reads_first_spike_time(*network_.populations[population].readout);
  lower_loss(context_, derive(loss, phase.neurons, context_.options.dt, spike_times), phase);
}

// ---- The whole program

void LearningLowering::find_given_spikes(Tape& tape) {
  for (const Phase& phase : context_.program.step) {
    const auto* replay = std::get_if<ReplayPhase>(&phase);
    if (replay == nullptr || replay->queue != tape.queue) continue;
    tape.offsets = replay->offsets;
    tape.spikes = replay->neurons;
  }
}

void LearningLowering::add_tape_phases() {
  Program& program = context_.program;
  std::vector<Tape>& tapes = program.learning->tapes;
  for (std::uint32_t t = 0; t < tapes.size(); ++t) {
    Tape& tape = tapes[t];
    const std::string name = "\"" + network_.populations[tape.population].name + "\"";
    const std::string spikes = (tape.of_support ? "support of " : "spikes of ") + name;
    tape.is_signed = program.queues[tape.queue].is_signed;
    if (tape.given) {
      find_given_spikes(tape);
      continue;
    }
    if (tape.values && tape.kept.empty()) tape.values.reset();
    if (tape.values) {
      Array& values = program.arrays[*tape.values];
      values.extent = tape.kept.size();
      values.shape = {tape.kept.size()};
    }
    program.before.emplace_back(OpenTapePhase{"tape of " + (tape.of_support ? "the " + spikes : name), t});
    program.step.emplace_back(RecordPhase{"record the " + spikes + " on the tape", t});
    program.after.emplace_back(CloseTapePhase{"count the " + spikes, t});
  }
}

// Adds the counts of the previous batch to the sums over earlier batches, and zeroes them.
void LearningLowering::add_clearing() {
  Learning& learning = *context_.program.learning;
  if (learning.totals) {
    // One thread for all tapes: it also checks them, maybe without a barrier in between.
    ElementPhase phase{"zero the spike counts", 1, {}};
    for (std::uint32_t tape = 0; tape < learning.recorded_tapes; ++tape) {
      const std::uint32_t first = 3 * tape;
      phase.body.push_back(added_to_earlier(*learning.totals, number(first + 1), number(first + 2)));
      phase.body.push_back(cleared(*learning.totals, number(first)));
      phase.body.push_back(cleared(*learning.totals, number(first + 1)));
    }
    learning.before_examples.emplace_back(std::move(phase));
  }
  for (ArrayId id = 0; id < context_.program.arrays.size(); ++id) {
    const Array& array = context_.program.arrays[id];
    if (array.role != BufferRole::event_counts) continue;
    const auto count = static_cast<std::uint32_t>(array.extent / contract::event_rows);
    const auto row = [&](contract::EventCount which) {
      const std::uint32_t first = static_cast<std::uint32_t>(which) * count;
      return first == 0 ? builtin(Builtin::element) : sum_u32(number(first), builtin(Builtin::element));
    };
    using enum contract::EventCount;
    add_clearing("zero the event counts of \"" + array.population + "\"", count,
                 {added_to_earlier(id, row(spikes), row(earlier_spikes)),
                  added_to_earlier(id, row(triggered), row(earlier_triggered)),
                  added_to_earlier(id, row(near_tangent), row(earlier_near_tangent)), cleared(id, row(spikes)),
                  cleared(id, row(triggered)), cleared(id, row(near_tangent)), cleared(id, row(not_finite))});
  }
}

// Only in launches with a backward pass.
void LearningLowering::add_clearing(const std::string& label, std::uint32_t count, std::vector<Statement> stores) {
  ElementPhase phase{label, count, {}};
  phase.body.emplace_back(If{builtin(Builtin::learns), std::move(stores), {}});
  context_.program.learning->before_examples.emplace_back(std::move(phase));
}

void LearningLowering::declare_totals() {
  Program& program = context_.program;
  Learning& learning = *program.learning;
  const auto reshape = [&](ArrayId id, const Extents& shape) {
    program.arrays[id].shape = shape;
    program.arrays[id].extent = element_count(shape);
  };
  std::size_t located = 0;
  for (const contract::LocatedVariable& each : learning.located) located += each.neurons;
  reshape(*learning.non_finite, {std::max<std::size_t>(located, 1), 2});
  reshape(*learning.settings, {std::max<std::size_t>(learning.values.size(), 1), 3});
  program.arrays[*learning.non_finite].comment = "where values became non-finite";
  program.arrays[*learning.settings].comment = "learning rate and bounds of each trained value";
  learning.squares = buffer("gradient_squares", BufferRole::gradient_squares, Type::f32,
                            {std::max<std::size_t>(text::update_chunks(program), 1)});
  program.arrays[*learning.squares].comment = "sum of the squared gradients of each chunk";
  if (!learning.capacities) return;
  reshape(*learning.capacities, {learning.recorded_tapes});
  program.arrays[*learning.capacities].comment = "capacity of each tape, in spikes";
  learning.totals = buffer("spike_totals", BufferRole::spike_totals, Type::u32, {learning.recorded_tapes, 3});
  program.arrays[*learning.totals].comment =
      "per tape: most spikes of an example, total spikes, spikes of earlier batches";
}

void LearningLowering::finish() {
  Program& program = context_.program;
  Learning& learning = *program.learning;
  declare_totals();
  add_tape_phases();
  add_clearing();
  for (const auto& loss : losses_) {
    if (loss) (loss->rest ? program.step : program.after).emplace_back(*loss);
  }
  append(program.after, means_);
  learning.before.insert(learning.before.begin(), rings_.begin(), rings_.end());
  for (const auto& [level, phases] : phases_) {
    for (const auto* each : {&phases.deliveries, &phases.events, &phases.steps}) append(learning.step, *each);
  }
}

std::uint32_t choose_slots(const ir::Network& network, const CompileOptions& options, const TrainingOptions& training,
                           const std::string& backend) {
  const std::uint32_t batch = std::max(1u, options.batch_size);
  if (training.slots != 0) return std::min(training.slots, batch);
  double bytes = 1;
  const std::vector<StorageEstimate> estimates = choose_storage(network, options);
  for (std::size_t i = 0; i < network.connections.size(); ++i) {
    if (weight_of(network.connections[i].connectivity).is_frozen()) continue;
    bytes += estimates[i].pattern == Pattern::kernel ? estimates[i].bytes : 4 * estimates[i].synapses;
  }
  const bool host = backend == "host";
  const double room = host ? 2e6 : 256e6;
  const std::uint32_t least = std::min(batch, host ? 4u : 8u);
  const std::uint32_t most = std::min(batch, 32u);
  return std::clamp(static_cast<std::uint32_t>(std::min(room / bytes, 32.0)), least, most);
}

}  // namespace synfire::codegen
