// SPDX-License-Identifier: Apache-2.0
#include "ir/check_kernel.hpp"

#include <optional>

#include "ir/check_value.hpp"
#include "ir/shapes.hpp"
#include "model_values.hpp"
#include "synfire/patches.hpp"

namespace synfire::ir {
namespace {

template <class Kind>
concept Pool = std::same_as<Kind, AvgPool2D> || std::same_as<Kind, MaxPool2D>;

// Whether a population of this shape is the result: in full, without its only channel, or flattened.
bool is_result(const Extents& given, Extents result) {
  if (given == result) return true;
  if (given.size() == 1 || result.size() == 1) return element_count(given) == element_count(result);
  if (result.back() != 1) return false;
  result.pop_back();
  return given == result;
}

void check_target_shape(const Extents& result, const Shape& target, const Report& report) {
  if (!size_of(target) || is_result(target.extents(), result)) return;
  report.add({.kind = ProblemKind::shape_mismatch,
              .message = "the target does not have the shape of the result",
              .hint = "leave the shape of the target unset to have it inferred, or change the connection",
              .expected = "target " + synfire::to_string(result) + " or " + std::to_string(element_count(result)),
              .given = to_string(target)});
}

// The geometry; nothing if it is unknown or wrong, which is reported.
std::optional<PatchGeometry> check_geometry(const Connectivity& connectivity, const Shape& source, const Shape& target,
                                            const Report& report) {
  PatchResult found = find_patches(connectivity, source, target);
  // A missing shape is reported with its population.
  if (found.problem && found.problem->kind != ProblemKind::missing_shape) {
    const Report place = report.at(found.problem->path);
    place.add(std::move(*found.problem));
  }
  if (found.geometry) check_target_shape(found.geometry->target_shape, target, report);
  return found.geometry;
}

struct OrderOfWeights {
  std::string operator()(const Conv1D&) const { return "use an array of kernel × channels of a group × filters"; }
  std::string operator()(const AvgPoolDense2D&) const {
    return "use one row per pooled neuron and one column per target neuron";
  }
  template <class Other>
  std::string operator()(const Other&) const {
    return "use an array of kernel height × kernel width × channels of a group × filters";
  }
};

struct CheckWeight {
  const std::optional<PatchGeometry>& geometry;
  const Report& report;

  template <KernelKind Kind>
  void operator()(const Kind& kind) const {
    std::vector<Extents> forms;
    if (geometry) forms = {geometry->kernel_shape, {geometry->kernel_elements()}};
    check_value(kind.weight, {.weight = true, .forms = std::move(forms), .array_hint = OrderOfWeights{}(kind)}, report);
    if (!kind.weight.training() || !kind.weight.training()->max_norm) return;
    report.add({.kind = ProblemKind::unsupported,
                .message = "max_norm limits the weights into each target neuron, and those of " + name_of(kind) +
                           " are shared",
                .hint = "use min and max, or l2"});
  }

  template <Pool Kind>
  void operator()(const Kind& kind) const {
    const Value& weight = kind.weight;
    if (weight.training()) {
      report.add({.kind = ProblemKind::invalid_option,
                  .message = "the weight of a pool is not trained",
                  .hint = std::same_as<Kind, AvgPool2D> ? "use Conv2D with groups" : "omit trainable"});
    } else if (weight.is_array() || weight.is_initializer()) {
      report.add({.kind = ProblemKind::invalid_option,
                  .message = "a pool has one weight for all synapses",
                  .hint = std::same_as<Kind, AvgPool2D> ? "use Conv2D with groups" : "",
                  .expected = "a number",
                  .given = to_string(weight)});
    } else {
      check_value(weight, {}, report);
    }
  }

  template <class Other>
  void operator()(const Other&) const {}
};

void check_delay(const Connectivity& connectivity, const Report& report) {
  const Value& delay = delay_of(connectivity);
  if (!delay.is_array() && !delay.is_initializer()) return check_value(delay, {.min = 0.0}, report);
  report.add({.kind = ProblemKind::invalid_option,
              .message = name_of(connectivity) + " has one delay for all synapses",
              .hint = "use a number; with Sparse, which lists the synapses, each has its own",
              .expected = "a number",
              .given = to_string(delay)});
}

// Follows the flags that choose between signs.
bool is_positive(const language::Expression& sign, const NeuronModel& model) {
  if (const auto* number = std::get_if<language::Number>(&sign->node)) return number->value >= 0;
  const auto* choice = std::get_if<language::Conditional>(&sign->node);
  if (choice == nullptr) return false;
  const auto* condition = std::get_if<language::Name>(&choice->condition->node);
  const Value* flag = condition == nullptr ? nullptr : find_value(model, condition->name);
  if (flag != nullptr && flag->is_flag()) return is_positive(flag->flag() ? choice->then : choice->otherwise, model);
  return is_positive(choice->then, model) && is_positive(choice->otherwise, model);
}

}  // namespace

void check_kernel(const Connection& connection, const Shape& source, const Shape& target, const Report& report) {
  const auto geometry = check_geometry(connection.connectivity, source, target, report);
  std::visit(CheckWeight{geometry, report.at(".weight")}, connection.connectivity);
  check_delay(connection.connectivity, report.at(".delay"));
}

void check_kernel_storage(const Connection& connection, const Report& report) {
  const Connectivity& connectivity = connection.connectivity;
  const auto refuse = [&](const std::string& message, const std::string& hint) {
    report.add({.kind = ProblemKind::invalid_option,
                .message = message,
                .hint = hint,
                .given = to_string(connection.storage)});
  };
  if (connection.storage == SynapseStorage::procedural)
    return refuse("the synapses of " + name_of(connectivity) + " cannot be procedural", "set storage to kernel");
  if (connection.storage != SynapseStorage::dense && connection.storage != SynapseStorage::rows) return;
  if (std::holds_alternative<MaxPool2D>(connectivity)) {
    refuse("max_pool_2d is not a sum of weights, so its synapses cannot be listed", "set storage to kernel");
  } else if (!std::holds_alternative<AvgPool2D>(connectivity) && !weight_of(connectivity).is_frozen()) {
    refuse("the synapses of " + name_of(connectivity) + " share weights, which training would change one by one",
           "freeze the weight, or set storage to kernel");
  }
}

void check_pooled_source(const Population& source, const ParsedNeuron& neuron, const Report& report) {
  const bool is_graded = neuron.is_graded();
  if (!is_graded && (!neuron.spike_sign || is_positive(neuron.spike_sign, source.neuron))) return;
  report.add({.kind = ProblemKind::invalid_option,
              .message = "population \"" + source.name + "\" sends " +
                         (is_graded ? "values, and max_pool_2d takes spikes"
                                    : "negative spikes, of which max_pool_2d knows no maximum"),
              .hint = "use AvgPool2D",
              .given = source.neuron.name});
}

}  // namespace synfire::ir
