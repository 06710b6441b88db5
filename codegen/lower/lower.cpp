// SPDX-License-Identifier: Apache-2.0
#include "synfire/codegen/lower.hpp"

#include <algorithm>
#include <cmath>

#include "lower/first_spikes.hpp"
#include "lower/graded.hpp"
#include "lower/learning.hpp"
#include "lower/population.hpp"
#include "lower/shorthands.hpp"
#include "lower/storage.hpp"
#include "lower/symbolic.hpp"

namespace synfire::codegen {
namespace {

// Where a readout reads `duration`: what every step reads cannot be supplied later.
contract::DurationUse duration_use(const ReadoutModel& readout) {
  const ir::ParsedReadout parsed = ir::parse(readout);
  bool in_steps = false;
  const auto look = [&](const language::Expression& expression) {
    in_steps = in_steps || symbolic::mentions(expression, {"duration"});
  };
  for (const language::Statement& statement : parsed.on_step) language::for_each_expression(statement, look);
  for (const language::Statement& statement : parsed.on_spike) language::for_each_expression(statement, look);
  if (in_steps) return contract::DurationUse::steps;
  return symbolic::mentions(parsed.value, {"duration"}) ? contract::DurationUse::value : contract::DurationUse::none;
}

class Lowering {
 public:
  Lowering(const ir::Network& network, const CompileOptions& options)
      : network_(network),
        options_(options),
        order_(ir::step_order(network)),
        context_{program_, names_, options_},
        graded_(context_, network) {}

  Lowering(const ir::Network& network, const CompileOptions& options, const TrainingOptions& training,
           std::uint32_t slots)
      : Lowering(network, options) {
    learning_.emplace(context_, network, training, slots);
  }

  Program run() {
    program_.dt = options_.dt;
    program_.timesteps = options_.timesteps;
    program_.resumable = options_.resumable;
    describe_populations();
    declare_example_steps();
    store_connections();
    declare_queues();
    if (learning_) learning_->declare_tapes(queue_of_, support_of_, parsed_);
    graded_.declare_inputs();
    for (std::size_t i = 0; i < network_.connections.size(); ++i) lower_connection(i);
    lower_populations();
    finish_queues();
    if (learning_) learning_->finish();
    return std::move(program_);
  }

 private:
  std::uint32_t neurons_of(std::size_t population) const {
    return static_cast<std::uint32_t>(network_.populations[population].neurons());
  }

  void describe_populations() {
    for (std::size_t i = 0; i < network_.populations.size(); ++i) {
      const ir::Population& population = network_.populations[i];
      parsed_.push_back(ir::parse(population.neuron));
      contract::PopulationInfo info;
      info.name = population.name;
      info.shape = population.shape.extents();
      info.model = population.neuron.name;
      if (parsed_[i].replays_spikes) info.input = contract::InputKind::spikes;
      if (parsed_[i].uses_input) {
        info.input = contract::InputKind::values;
        for (const Parameter& parameter : population.neuron.parameters) {
          if (parameter.name == "input_frames") info.frames = static_cast<std::size_t>(parameter.value.number());
          if (parameter.name == "input_frame_timesteps")
            info.frame_timesteps = static_cast<std::size_t>(parameter.value.number());
        }
      }
      if (population.readout) {
        info.readout = population.readout->name;
        info.readout_duration = duration_use(*population.readout);
      }
      program_.populations.push_back(info);
      if (!program_.network.empty()) program_.network += ", ";
      program_.network += population.name + " (" + population.neuron.name + ", " + synfire::to_string(info.shape) + ")";
    }
  }

  void declare_example_steps() {
    Array array;
    array.name = names_.unique("example_steps");
    array.type = Type::u32;
    array.element_type = contract::ElementType::u32;
    array.comment = "number of steps of each example";
    array.extent = 1;
    array.lifetime = Lifetime::persistent;
    array.storage = Storage::global;
    array.role = contract::BufferRole::example_steps;
    array.per_example = true;
    array.shape = {1};
    program_.example_steps = program_.add(std::move(array));
  }

  Queue& queue_for(std::uint32_t population) {
    int& queue = queue_of_[population];
    if (queue < 0) {
      Queue declared;
      declared.name = names_.unique_family(network_.populations[population].name, queue_suffixes());
      declared.population = population;
      declared.neurons = neurons_of(population);
      declared.list_read = options_.resumable;  // spikes in flight are saved as lists
      queue = static_cast<int>(program_.queues.size());
      program_.queues.push_back(declared);
    }
    return program_.queues[static_cast<std::size_t>(queue)];
  }

  // Steps from a spike to its first delivery.
  std::uint32_t age_of(std::size_t connection) const {
    return network_.connections[connection].latency + stored_[connection].delay;
  }

  // One queue for each population with outgoing connections, with given spikes that are recorded, or with spikes that
  // the backward pass reads.
  void declare_queues() {
    queue_of_.assign(network_.populations.size(), -1);
    for (const Record& record : options_.records) {
      if (!record.connection && parsed_[record.population].replays_spikes) queue_for(record.population);
    }
    for (std::size_t i = 0; learning_ && i < network_.populations.size(); ++i) {
      if (learning_->needs_spikes(i)) queue_for(static_cast<std::uint32_t>(i));
    }
    support_of_.assign(network_.populations.size(), -1);
    for (std::size_t i = 0; learning_ && i < network_.populations.size(); ++i) {
      if (learning_->needs_support(i)) declare_support(i);
    }
    for (std::size_t i = 0; i < network_.connections.size(); ++i) {
      const std::uint32_t source = network_.connections[i].source;
      if (parsed_[source].is_graded()) continue;
      const StoredConnection& stored = stored_[i];
      Queue& used = queue_for(source);
      used.oldest = std::max(used.oldest, age_of(i));
      const bool by_mask = stored.pattern == Pattern::one_to_one || stored.pattern == Pattern::window;
      // A population that replays spikes has them as a list already.
      used.list_read = used.list_read || !by_mask || parsed_[source].replays_spikes;
      used.mask_read = used.mask_read || by_mask;
    }
    find_read_at_once();
  }

  // Their lists are made in the middle of a step, and older ones may be read after that.
  void find_read_at_once() {
    is_read_at_once_.assign(network_.populations.size(), false);
    for (const ir::Connection& connection : network_.connections)
      if (connection.latency == 0) is_read_at_once_[connection.source] = true;
    for (std::size_t p = 0; p < network_.populations.size(); ++p) {
      if (!is_read_at_once_[p] || queue_of_[p] < 0) continue;
      Queue& queue = program_.queues[static_cast<std::size_t>(queue_of_[p])];
      queue.oldest = 0;
      for (std::size_t i = 0; i < network_.connections.size(); ++i)
        if (network_.connections[i].source == p) queue.oldest = std::max(queue.oldest, age_of(i));
      queue.spare_slots = queue.oldest == 0 ? 0 : 1;
    }
  }

  // The neurons of a population in the support of its surrogate are listed as spikes are.
  void declare_support(std::size_t population) {
    Queue declared;
    declared.name = names_.unique_family(network_.populations[population].name + "_support", queue_suffixes());
    declared.population = static_cast<std::uint32_t>(population);
    declared.neurons = neurons_of(population);
    declared.list_read = true;
    support_of_[population] = static_cast<int>(program_.queues.size());
    program_.queues.push_back(std::move(declared));
  }

  void store_connections() {
    const std::vector<StorageEstimate> estimates = choose_storage(network_, options_);
    for (std::size_t i = 0; i < network_.connections.size(); ++i) {
      stored_.push_back(store_connection(network_, i, options_, estimates[i]));
      if (learning_ && learning_->trains_delays(i)) train_delays(network_, i, options_, stored_[i]);
      if (learning_ && learning_->is_trained(i)) write_out_weights(i);
      if (!stored_[i].note.empty())
        program_.notes.push_back("connections[" + std::to_string(i) + "] \"" + network_.connections[i].name +
                                 "\": " + stored_[i].note);
    }
  }

  // Trained weights need an array even if all are equal at first.
  void write_out_weights(std::size_t index) {
    StoredConnection& stored = stored_[index];
    if (stored.weights) return;
    const std::size_t sources = neurons_of(network_.connections[index].source);
    const std::size_t targets = neurons_of(network_.connections[index].target);
    const std::size_t count = stored.pattern == Pattern::dense        ? sources * targets
                              : stored.pattern == Pattern::one_to_one ? sources
                              : stored.pattern == Pattern::kernel     ? stored.patches->kernel_elements()
                                                                      : stored.rows->targets.size();
    stored.weights = std::vector<float>(count, stored.weight);
  }

  void lower_connection(std::size_t index) {
    const ir::Connection& connection = network_.connections[index];
    StoredConnection& stored = stored_[index];
    const std::string& source = network_.populations[connection.source].name;
    const std::string& target = network_.populations[connection.target].name;
    DeliverPhase phase;
    phase.label = "spikes of \"" + source + "\" reach \"" + target + "\" (\"" + connection.name + "\")";
    const bool is_graded = parsed_[connection.source].is_graded();
    phase.queue = is_graded ? 0 : static_cast<std::uint32_t>(queue_of_[connection.source]);
    phase.age = age_of(index);
    phase.pattern = stored.pattern;
    phase.sources = neurons_of(connection.source);
    phase.targets = neurons_of(connection.target);
    phase.weight = stored.weight;
    phase.ring_depth = stored.ring_depth;
    phase.rows.synapses = stored.rows;
    phase.recipe = stored.recipe;
    phase.patches = stored.patches;
    phase.connection = static_cast<std::uint32_t>(index);
    contract::ConnectionInfo info{
        connection.name, source,      target, connection.synapse.name, name_of(connection.connectivity),
        stored.synapses, stored.delay};
    info.storage = to_string(stored.pattern == Pattern::window ? Pattern::kernel : stored.pattern);
    info.weight = stored.weight;
    info.latency_steps = connection.latency;
    info.longest_delay_steps = stored.delay + stored.ring_depth - 1;
    if (stored.weights) {
      phase.weights = declare_weights(connection, phase, std::move(*stored.weights));
      info.weight_buffer = program_.arrays[*phase.weights].name;
    }
    program_.connections.push_back(std::move(info));
    IncomingConnection& incoming = incoming_[connection.target].emplace_back();
    incoming.index = index;
    incoming.connection = &connection;
    if (is_graded) return deliver_values(index, phase, incoming);
    incoming.ring_depth = accumulates(phase.pattern) ? phase.ring_depth : 0;
    incoming.arriving = phase.arriving = declare_arriving(connection, phase, incoming.ring_depth != 0);
    if (!stored.trained_delays.empty())
      phase.rows.trained_delays = declare_delays(connection, std::move(stored.trained_delays));
    if (learning_) learning_->add_connection(index, phase, incoming);
    deliveries_[connection.target].emplace_back(phase);
    if (passes_first_spikes(connection)) incoming.first_arrival = pass_first_spikes(connection, phase);
  }

  // Returns the array of the steps in which they arrive.
  ArrayId pass_first_spikes(const ir::Connection& connection, const DeliverPhase& delivery) {
    FirstSpikes lowered = lower_first_spikes(context_, connection, delivery);
    append(program_.before, lowered.before);
    append(deliveries_[connection.target], lowered.step);
    append(program_.after, lowered.after);
    return lowered.arrivals;
  }

  // `described`: as if the source sent spikes.
  void deliver_values(std::size_t index, DeliverPhase& described, IncomingConnection& incoming) {
    GradedConnection graded{index,         described.pattern, described.sources, described.targets,
                            described.age, described.weights, described.weight,  described.patches};
    described.ring_depth = incoming.ring_depth = graded.ring_depth();
    incoming.arriving = graded.arriving = declare_arriving(*incoming.connection, described, true);
    const GradedPhases phases = graded_.deliver(graded);
    append(program_.before, phases.before);
    const std::uint32_t source = incoming.connection->source;
    append(graded_.sent_after_step(source) ? sends_[source] : deliveries_[incoming.connection->target], phases.step);
    if (learning_) learning_->add_graded(described, graded, graded_, incoming);
  }

  ArrayId declare_arriving(const ir::Connection& connection, const DeliverPhase& phase, bool ring) {
    Array arriving;
    // The buffers of the synapses are named after it.
    arriving.name = names_.unique_family(connection.name + "_arriving",
                                         {"_offsets", "_targets", "_delays", "_synapses", "_patches", "_saved"});
    arriving.comment =
        phase.ring_depth > 1 ? "weights arriving in this step and later ones" : "weights arriving in this step";
    arriving.extent = std::size_t{phase.targets} * phase.ring_depth;
    arriving.lifetime = ring ? Lifetime::trial : Lifetime::step;
    arriving.scattered = ring;
    const ArrayId id = program_.add(std::move(arriving));
    if (ring) open_ring(connection, phase, id);
    return id;
  }

  // A ring with one slot is empty at the end of each step, so it is never saved.
  void open_ring(const ir::Connection& connection, const DeliverPhase& phase, ArrayId ring) {
    const std::string label = "delay ring of \"" + connection.name + "\"";
    OpenRingPhase open{label, ring, phase.targets, phase.ring_depth, std::nullopt};
    if (options_.resumable && phase.ring_depth > 1) {
      const Extents shape{phase.ring_depth, phase.targets};
      Array array = saved_array(program_.arrays[ring].name + "_saved", Type::f32, shape);
      array.connection = connection.name;
      array.variable = "arriving";
      open.saved = program_.add(std::move(array));
      program_.after.emplace_back(SaveRingPhase{label, ring, *open.saved, phase.targets, phase.ring_depth});
    }
    program_.before.emplace_back(open);
  }

  // Spikes in flight between launches.
  static Array saved_array(const std::string& name, Type type, const Extents& shape) {
    Array array;
    array.name = name;
    array.type = type;
    array.element_type = type == Type::u32 ? contract::ElementType::u32 : contract::ElementType::f32;
    array.extent = element_count(shape);
    array.lifetime = Lifetime::persistent;
    array.storage = Storage::global;
    array.role = contract::BufferRole::trial_state;
    array.per_example = true;
    array.shape = shape;
    array.carried = contract::carry_spikes;
    return array;
  }

  ArrayId declare_delays(const ir::Connection& connection, std::vector<float> milliseconds) {
    Array array;
    array.name = names_.unique(connection.name + "_delay");
    array.comment = "delays of \"" + connection.name + "\" in ms";
    array.extent = milliseconds.size();
    array.lifetime = Lifetime::persistent;
    array.storage = Storage::global;
    array.role = contract::BufferRole::parameter;
    array.shape = {milliseconds.size()};
    array.connection = connection.name;
    array.variable = "delay";
    array.values = std::make_shared<const std::vector<float>>(std::move(milliseconds));
    return program_.add(std::move(array));
  }

  ArrayId declare_weights(const ir::Connection& connection, const DeliverPhase& phase, std::vector<float> weights) {
    Array array;
    array.name = phase.pattern == Pattern::kernel ? names_.unique_family(connection.name + "_weight", {"_copy"})
                                                  : names_.unique(connection.name + "_weight");
    array.comment = "weights of \"" + connection.name + "\"";
    array.extent = weights.size();
    array.lifetime = Lifetime::persistent;
    array.storage = Storage::global;
    array.role = contract::BufferRole::parameter;
    array.shape = phase.pattern == Pattern::dense    ? Extents{phase.sources, phase.targets}
                  : phase.pattern == Pattern::kernel ? phase.patches->kernel_shape
                                                     : Extents{weights.size()};
    array.connection = connection.name;
    array.variable = "weight";
    array.values = std::make_shared<const std::vector<float>>(std::move(weights));
    return program_.add(std::move(array));
  }

  // Where connections of latency 0 leave a level, its spike lists are made before the next one takes its step.
  void lower_populations() {
    std::uint32_t level = 0;
    for (const std::uint32_t population : order_.populations) {
      if (order_.levels[population] > level) {
        list_spikes(level);
        send_values(level++);
      }
      lower_population_at(population);
    }
    send_values(level);
  }

  void lower_population_at(std::size_t index) {
    append(program_.step, deliveries_[index]);
    if (parsed_[index].is_graded() && !parsed_[index].sends_state) return;
    const auto queue = static_cast<std::uint32_t>(queue_of_[index]);
    std::optional<LearningRequest> request;
    if (learning_) request = learning_->request(index);
    LoweredPopulation lowered =
        lower_population(context_, network_, index, incoming_[index], queue_of_[index] < 0 ? nullptr : &queue,
                         request ? &*request : nullptr, graded_.sent_after_step(static_cast<std::uint32_t>(index)));
    append(program_.before, lowered.before);
    append(program_.step, lowered.step);
    append(program_.after, lowered.after);
    if (learning_) learning_->add_population(index, lowered);
  }

  Array input_array(const std::string& population, const char* what, contract::BufferRole role, Extents shape) {
    Array array;
    array.name = names_.unique(population + "_input_" + what);
    array.type = Type::u32;
    array.element_type = contract::ElementType::u32;
    array.extent = element_count(shape);
    array.lifetime = Lifetime::persistent;
    array.storage = Storage::global;
    array.role = role;
    array.per_example = role == contract::BufferRole::input_spike_offsets;
    array.shape = std::move(shape);
    array.population = population;
    return array;
  }

  bool is_support(std::uint32_t q) const {
    return learning_ && support_of_[program_.queues[q].population] == static_cast<int>(q);
  }

  void send_values(std::uint32_t level) {
    for (const auto& [population, phases] : sends_) {
      if (order_.levels[population] == level) append(program_.step, phases);
    }
  }

  void list_spikes(std::uint32_t level) {
    for (std::uint32_t q = 0; q < program_.queues.size(); ++q) {
      const std::uint32_t population = program_.queues[q].population;
      if (is_read_at_once_[population] && order_.levels[population] == level && !is_support(q)) fill(q);
    }
  }

  void fill(std::uint32_t q) {
    const std::uint32_t population = program_.queues[q].population;
    const std::string& name = program_.populations[population].name;
    if (parsed_[population].replays_spikes) return replay(q, name);
    program_.step.emplace_back(
        GatherPhase{(is_support(q) ? "list of the support of \"" : "spike list of \"") + name + "\"", q});
  }

  // The other queues are filled after all neurons, so one barrier serves them all.
  void finish_queues() {
    for (std::uint32_t q = 0; q < program_.queues.size(); ++q) {
      const std::string& name = program_.populations[program_.queues[q].population].name;
      if (!is_read_at_once_[program_.queues[q].population] || is_support(q)) fill(q);
      if (program_.queues[q].oldest == 0) continue;  // none are in flight between steps
      program_.before.emplace_back(
          OpenPhase{(is_support(q) ? "support of \"" : "spikes in flight from \"") + name + "\"", q});
      if (options_.resumable) save(q, name);
    }
    // Replaying populations that nothing reads still need input buffers, so that their data is accepted.
    for (std::size_t i = 0; i < network_.populations.size(); ++i) {
      if (parsed_[i].replays_spikes && queue_of_[i] < 0) declare_unread_input(i);
    }
  }

  void declare_unread_input(std::size_t index) {
    const std::string& name = network_.populations[index].name;
    program_.add(input_array(name, "offsets", contract::BufferRole::input_spike_offsets, {options_.timesteps + 1}));
    program_.add(input_array(name, "neurons", contract::BufferRole::input_spike_neurons, {1}));
  }

  void replay(std::uint32_t q, const std::string& name) {
    ReplayPhase phase{"replay the spikes of \"" + name + "\"", q, 0, 0, std::nullopt};
    phase.offsets =
        program_.add(input_array(name, "offsets", contract::BufferRole::input_spike_offsets, {options_.timesteps + 1}));
    phase.neurons = program_.add(input_array(name, "neurons", contract::BufferRole::input_spike_neurons, {1}));
    for (ArrayId id = 0; id < program_.arrays.size(); ++id) {
      const Array& array = program_.arrays[id];
      if (array.role == contract::BufferRole::recording && array.population == name && array.variable == "spikes")
        phase.recording = id;
    }
    program_.step.emplace_back(phase);
  }

  void save(std::uint32_t q, const std::string& name) {
    const auto saved = [&](const char* what, std::size_t extent) {
      Array array = saved_array(names_.unique(name + "_" + what + "_saved"), Type::u32, {extent});
      array.population = name;
      array.variable = what;
      return program_.add(std::move(array));
    };
    Queue& queue = program_.queues[q];
    queue.saved_spikes = saved("spikes", std::size_t{queue.oldest} * queue.neurons);
    queue.saved_counts = saved("spike_counts", queue.oldest);
    program_.after.emplace_back(SavePhase{"spikes in flight from \"" + name + "\"", q});
  }

  const ir::Network& network_;
  const CompileOptions& options_;
  const ir::StepOrder order_;
  std::vector<bool> is_read_at_once_;  // by population: whether a connection of latency 0 reads its spikes
  Program program_;
  text::Names names_;
  LoweringContext context_;
  std::vector<ir::ParsedNeuron> parsed_;
  std::vector<int> queue_of_, support_of_;  // by population
  std::vector<StoredConnection> stored_;    // by connection
  std::map<std::size_t, std::vector<IncomingConnection>> incoming_;
  std::map<std::size_t, std::vector<Phase>> deliveries_;  // by target, before its step
  std::map<std::size_t, std::vector<Phase>> sends_;       // by source, after its step: of values of its state
  GradedLowering graded_;
  std::optional<LearningLowering> learning_;
};

}  // namespace

Program lower(const ir::Network& network, const CompileOptions& options) { return Lowering(network, options).run(); }

Program lower_training(const ir::Network& network, const CompileOptions& options, const TrainingOptions& training,
                       std::uint32_t slots) {
  const ir::Network stored = stored_for_learning(network);
  return Lowering(stored, options, training, slots).run();
}

}  // namespace synfire::codegen
