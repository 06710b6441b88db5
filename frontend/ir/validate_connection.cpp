// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "ir/check_kernel.hpp"
#include "ir/check_value.hpp"
#include "ir/parse_model.hpp"
#include "ir/shapes.hpp"
#include "ir/validate.hpp"
#include "model_values.hpp"
#include "synfire/base/single.hpp"
#include "synfire/registry.hpp"

namespace synfire::ir {
namespace {

void check_source(const Population& source, const ParsedNeuron& neuron, const Report& report) {
  if (neuron.spikes() || neuron.is_graded()) return;
  report.add({.kind = ProblemKind::invalid_option,
              .message = "population \"" + source.name + "\" never spikes, so the connection would have no effect",
              .hint = "connections carry spikes or graded values: connect from a neuron with a threshold or \"graded\"",
              .given = source.neuron.name});
}

void check_target(const Population& target, const ParsedNeuron& neuron, const Report& report) {
  if (neuron.uses_current) return;
  report.add({.kind = ProblemKind::invalid_option,
              .message = "population \"" + target.name +
                         "\" does not read the current I, so the connection would have no effect",
              .hint = "input populations read data instead of I: connect to a neuron that reads I",
              .given = target.neuron.name});
}

// The largest possible delay, if it is known.
std::optional<double> largest(const Value& delay) {
  if (delay.is_number()) return delay.number();
  if (delay.is_array()) {
    double most = 0.0;
    for (const float each : delay.array()) most = std::max(most, static_cast<double>(each));
    return most;
  }
  if (!delay.is_initializer()) return std::nullopt;
  if (const auto* uniform = std::get_if<Uniform>(&delay.initializer())) return uniform->max;
  const auto* normal = std::get_if<Normal>(&delay.initializer());
  return normal && std::isfinite(normal->max) ? std::optional<double>(normal->max) : std::nullopt;
}

void check_max_delay(const Value& delay, const std::optional<double>& max_delay, const Report& report) {
  if (max_delay && !(base::is_single(*max_delay) && *max_delay >= 0)) {
    report.add({.kind = ProblemKind::invalid_value,
                .message = "the maximum delay is out of range",
                .expected = "≥ 0 ms",
                .given = to_string(Value(*max_delay))});
    return;
  }
  const std::optional<double> bound = largest(delay);
  if (!max_delay && (delay.training() || (delay.is_initializer() && !bound))) {
    report.add({.kind = ProblemKind::invalid_option,
                .message = "an unbounded delay needs a maximum",
                .hint = "set max_delay of the connection, in ms"});
  } else if (max_delay && bound && *bound > *max_delay) {
    report.add({.kind = ProblemKind::invalid_value,
                .message = "the delay can exceed the maximum delay",
                .expected = "≤ " + to_string(Value(*max_delay)) + " ms",
                .given = to_string(Value(*bound)) + " ms"});
  }
}

void check_weight_and_delay(const Connection& connection, const std::vector<Extents>& forms, const std::string& order,
                            const Report& report) {
  const Value& delay = delay_of(connection.connectivity);
  check_value(weight_of(connection.connectivity), {.weight = true, .forms = forms, .array_hint = order},
              report.at(".weight"));
  check_value(delay, {.min = 0.0, .forms = forms, .array_hint = order}, report.at(".delay"));
  check_max_delay(delay, connection.max_delay, report.at(".max_delay"));
}

// The pattern is drawn, so it is unknown which element of an array belongs to which synapse.
void refuse_array(const Value& value, const Report& report) {
  if (!value.is_array()) return;
  report.add({.kind = ProblemKind::invalid_option,
              .message = "an array cannot be assigned to synapses that are drawn",
              .hint = "use a number or an initializer, or draw the pattern yourself and use Sparse",
              .expected = "a number or an initializer",
              .given = to_string(value)});
}

// `number` neurons are drawn from `neurons`, or from one fewer without self-connections.
void check_number_drawn(std::uint32_t number, std::optional<std::size_t> neurons, bool no_self, bool allow_repeats,
                        const Report& report) {
  if (!neurons) return;
  const std::size_t candidates = *neurons - (no_self ? 1 : 0);
  if (number <= candidates || (allow_repeats && candidates != 0)) return;
  std::string hint = "use fewer";
  if (candidates != 0) hint += ", or set allow_repeats";
  if (no_self) hint += "; self-connections need allow_self_connections";
  report.add({.kind = ProblemKind::invalid_value,
              .message = "not enough neurons to draw from",
              .hint = hint,
              .expected = "at most " + std::to_string(candidates),
              .given = std::to_string(number)});
}

void check_indices(const std::vector<std::uint32_t>& indices, const Population& population, const Report& report) {
  const auto neurons = size_of(population.shape);
  if (!neurons) return;
  const auto wrong = std::find_if(indices.begin(), indices.end(), [&](std::uint32_t each) { return each >= *neurons; });
  if (wrong == indices.end()) return;
  report.at('[' + std::to_string(wrong - indices.begin()) + ']')
      .add({.kind = ProblemKind::invalid_value,
            .message = "the neuron is not in population \"" + population.name + '"',
            .hint = "neurons are counted from 0",
            .expected = "less than " + std::to_string(*neurons),
            .given = std::to_string(*wrong)});
}

void check_storage(const Connection& connection, const Report& report) {
  const Connectivity& connectivity = connection.connectivity;
  if (is_kernel(connectivity)) return check_kernel_storage(connection, report);
  const auto refuse = [&](const std::string& message, const std::string& hint) {
    report.add({.kind = ProblemKind::invalid_option,
                .message = message,
                .hint = hint,
                .given = to_string(connection.storage)});
  };
  if (connection.storage == SynapseStorage::dense) {
    if (std::holds_alternative<OneToOne>(connectivity)) {
      refuse("one_to_one has one synapse per neuron, not a matrix", "set storage to automatic");
    } else if (!delay_of(connectivity).is_number()) {
      refuse("dense storage has one delay for all synapses", "use a number as the delay, or set storage to rows");
    }
  } else if (connection.storage == SynapseStorage::procedural) {
    if (!std::holds_alternative<Dense>(connectivity) && !std::holds_alternative<FixedProbability>(connectivity)) {
      refuse("the synapses of " + name_of(connectivity) + " cannot be procedural",
             "set storage to rows; only Dense and FixedProbability can be procedural");
    } else if (weight_of(connectivity).is_array() || delay_of(connectivity).is_array()) {
      refuse("an array cannot be procedural", "use numbers or initializers, or set storage to rows or dense");
    }
  } else if (connection.storage == SynapseStorage::kernel) {
    refuse(name_of(connectivity) + " has no kernel", "kernel storage is for convolutions and pools; use automatic");
  }
}

struct CheckConnectivity {
  const Connection& connection;
  const Population& source;
  const Population& target;
  const Report& report;

  void operator()(const Dense&) const {
    check_weight_and_delay(connection, matrix_forms(source.shape, target.shape),
                           "use one row per source neuron and one column per target neuron", report);
  }
  void operator()(const OneToOne&) const {
    check_weight_and_delay(connection, neuron_array_forms(source.shape), "use an array with one element per neuron",
                           report);
    if (!size_of(source.shape) || !size_of(target.shape) || source.shape == target.shape) return;
    report.add({.kind = ProblemKind::shape_mismatch,
                .message = "one_to_one needs populations of the same shape",
                .hint = "set both to the same shape, or leave one unset to have it inferred",
                .expected = "target " + to_string(source.shape),
                .given = to_string(target.shape)});
  }
  void operator()(const FixedProbability& kind) const {
    if (!(kind.p >= 0 && kind.p <= 1)) {
      report.at(".p").add({.kind = ProblemKind::invalid_value,
                           .message = "the probability is out of range",
                           .expected = "≥ 0 and ≤ 1",
                           .given = to_string(Value(kind.p))});
    }
    check_drawn_pattern(kind);
  }
  void operator()(const FixedInputs& kind) const {
    check_number_drawn(kind.number, size_of(source.shape), no_self(kind), kind.allow_repeats, report.at(".number"));
    check_drawn_pattern(kind);
  }
  void operator()(const FixedOutputs& kind) const {
    check_number_drawn(kind.number, size_of(target.shape), no_self(kind), kind.allow_repeats, report.at(".number"));
    check_drawn_pattern(kind);
  }
  void operator()(const Sparse& kind) const {
    const bool paired = kind.sources.size() == kind.targets.size();
    if (!paired) {
      report.at(".targets")
          .add({.kind = ProblemKind::shape_mismatch,
                .message = "the lists of sources and targets differ in length",
                .hint = "synapse k connects sources[k] to targets[k]",
                .expected = std::to_string(kind.sources.size()) + " entries",
                .given = std::to_string(kind.targets.size())});
    }
    check_indices(kind.sources, source, report.at(".sources"));
    check_indices(kind.targets, target, report.at(".targets"));
    check_weight_and_delay(connection, paired ? std::vector<Extents>{{kind.sources.size()}} : std::vector<Extents>{},
                           "use an array with one element per synapse, in the order of the lists", report);
  }

  template <KernelKind Kind>
  void operator()(const Kind& kind) const {
    check_kernel(connection, source.shape, target.shape, report);
    if (!kind.delay.is_array() && !kind.delay.is_initializer())
      check_max_delay(kind.delay, connection.max_delay, report.at(".max_delay"));
  }

  template <class Drawn>
  bool no_self(const Drawn& kind) const {
    return connection.source == connection.target && !kind.allow_self_connections;
  }
  template <class Drawn>
  void check_drawn_pattern(const Drawn& kind) const {
    refuse_array(kind.weight, report.at(".weight"));
    refuse_array(kind.delay, report.at(".delay"));
    check_weight_and_delay(connection, {}, {}, report);
  }
};

void check_synapse(const SynapseModel& model, const Population& target, const Report& report) {
  if (!check_object_name(model.name, report)) return;
  if (is_unknown(model)) {
    report.add({.kind = ProblemKind::unknown_name,
                .message = "unknown synapse \"" + model.name + '"',
                .hint = suggest(model.name, synapse_names()),
                .given = model.name});
    return;
  }
  // An unknown target is reported with its population; it may have any variables.
  parse_synapse(model, is_unknown(target.neuron) ? nullptr : &target.neuron, report);
  check_values(model, neuron_array_forms(target.shape), report);
}

}  // namespace

void validate_connection(const Network& network, const Connection& connection,
                         const std::vector<std::optional<ParsedNeuron>>& neurons, const Report& report) {
  const Population& source = network.populations[connection.source];
  const Population& target = network.populations[connection.target];
  if (const auto& neuron = neurons[connection.source]) {
    check_source(source, *neuron, report.at(".source"));
    if (std::holds_alternative<MaxPool2D>(connection.connectivity))
      check_pooled_source(source, *neuron, report.at(".source"));
  }
  if (const auto& neuron = neurons[connection.target]) check_target(target, *neuron, report.at(".target"));
  std::visit(CheckConnectivity{connection, source, target, report}, connection.connectivity);
  check_storage(connection, report.at(".storage"));
  check_synapse(connection.synapse, target, report.at(".synapse \"" + connection.synapse.name + '"'));
}

}  // namespace synfire::ir
