// SPDX-License-Identifier: Apache-2.0
// Replaces the weights of a network that is being trained.
#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "declare_recordings.hpp"
#include "synfire/codegen/fix_draws.hpp"
#include "synfire/training_network.hpp"
#include "synfire/warning.hpp"
#include "training_parts.hpp"

namespace synfire {
namespace {

const ir::Connection* connection_called(const ir::Network& network, const std::string& name) {
  const auto found = std::find_if(network.connections.begin(), network.connections.end(),
                                  [&](const ir::Connection& each) { return each.name == name; });
  return found != network.connections.end() ? &*found : nullptr;
}

const contract::TrainedValue* value_called(const contract::Training& training, ObjectKind kind,
                                           const std::string& owner, const std::string& variable) {
  const auto found =
      std::find_if(training.values.begin(), training.values.end(), [&](const contract::TrainedValue& each) {
        return (kind == ObjectKind::connection ? each.connection : each.population) == owner &&
               each.variable == variable;
      });
  return found != training.values.end() ? &*found : nullptr;
}

struct Owner {
  ObjectKind kind = ObjectKind::connection;
  std::string name, path;
};

// Throws ModelError.
Owner owner_of(const Network& network, const ObjectReference& reference, const std::string& variable) {
  const ObjectNames names = names_of(network);
  std::vector<Problem> problems;
  const auto object = find_object(reference, names, "connection", problems);
  if (!problems.empty()) throw ModelError(std::move(problems));
  if (object->kind == ObjectKind::connection) {
    const std::string& name = names.connections[object->index];
    return {object->kind, name, "connection \"" + name + "\"." + variable};
  }
  if (variable != "weight") {
    const std::string& name = names.populations[object->index];
    return {object->kind, name, "population \"" + name + "\"." + variable};
  }
  throw ModelError({.kind = ProblemKind::unknown_name,
                    .path = path_of(*object, names),
                    .message = "weights belong to connections, not to populations",
                    .hint = suggest("", names.connections)});
}

void check_values(const Tensor<float>& values, const Extents& shape, const std::string& path) {
  if (values.shape() != shape) {
    throw DataError({.kind = ProblemKind::wrong_data_size,
                     .path = path,
                     .message = "the values have the wrong shape",
                     .expected = to_string(shape),
                     .given = to_string(values.shape())});
  }
  const auto wrong = std::find_if(values.begin(), values.end(), [](float each) { return !std::isfinite(each); });
  if (wrong == values.end()) return;
  throw DataError({.kind = ProblemKind::non_finite_data,
                   .path = path + "[" + std::to_string(wrong - values.begin()) + "]",
                   .message = "the value is not finite"});
}

// Whether both connect the same neurons, in the same order.
bool have_the_same_synapses(const Connectivity& own, const Connectivity& other) {
  if (own.index() != other.index()) return false;
  const auto* const list = std::get_if<Sparse>(&own);
  if (list == nullptr) return true;
  const auto& its = std::get<Sparse>(other);
  return list->sources == its.sources && list->targets == its.targets;
}

// The weights of another network for one value of this one; or the reason why there are none.
std::variant<Tensor<float>, std::string> weights_for(const contract::TrainedValue& value, const Extents& shape,
                                                     const ir::Connection& own, const ir::Connection* drawn,
                                                     const ir::Connection* other) {
  if (other == nullptr) return "the other network has no connection of this name";
  const Value& weight = value.is_delay() ? delay_of(other->connectivity) : weight_of(other->connectivity);
  const std::string what = value.variable;
  if (!weight.is_number() && !weight.is_array()) return "the " + what + "s of the other network are drawn, not trained";
  if (value.shared) {
    if (!weight.is_number()) return "its synapses share one " + what + " here, and have one each in the other network";
    return Tensor<float>({1}, {static_cast<float>(weight.number())});
  }
  if (!have_the_same_synapses(own.connectivity, drawn->connectivity))
    return "its synapses are not those of the other network";
  if (weight.is_number())
    return Tensor<float>(shape, std::vector<float>(element_count(shape), static_cast<float>(weight.number())));
  if (weight.array().size() != element_count(shape)) {
    return "the number of its " + what + "s differs: " + std::to_string(element_count(shape)) + " here, " +
           std::to_string(weight.array().size()) + " in the other network";
  }
  if (is_kernel(own.connectivity) && weight.array().shape() != shape)
    return "its kernel is " + to_string(weight.array().shape()) + " in the other network, and " + to_string(shape) +
           " here";
  return Tensor<float>(shape, weight.array().values());
}

Problem left_out(const std::string& path, std::string reason, const char* hint = "it begins with its own weights") {
  return make_warning(
      {.kind = ProblemKind::weights_not_taken, .path = path, .message = std::move(reason), .hint = hint});
}

// A parameter of another network, if it has numbers for this one; or the reason why it has none.
std::variant<Tensor<float>, std::string> parameter_for(const contract::TrainedValue& value, const ir::Network& other) {
  const Value* found = nullptr;
  try {
    found = &trained_parameter(other, value);
  } catch (const std::logic_error&) {
    return "the other network does not have it";
  }
  if (found->is_number()) {
    const std::size_t count = value.shared ? 1 : value.elements;
    return Tensor<float>({count}, std::vector<float>(count, static_cast<float>(found->number())));
  }
  if (!found->is_array()) return "the values of the other network are drawn, not trained";
  if (value.shared) return "all neurons share one value here, and have one each in the other network";
  if (found->array().size() != value.elements)
    return "the number of its values differs: " + std::to_string(value.elements) + " here, " +
           std::to_string(found->array().size()) + " in the other network";
  return Tensor<float>({value.elements}, found->array().values());
}

}  // namespace

void TrainingNetwork::set(const ObjectReference& owner, const std::string& variable, const Tensor<float>& values) {
  const auto [kind, name, path] = owner_of(*parts().network, owner, variable);
  const contract::Training& training = *manifest().training;
  const contract::TrainedValue* const value = value_called(training, kind, name, variable);
  if (value == nullptr) {
    std::vector<std::string> others;
    for (const contract::TrainedValue& each : training.values) {
      if (each.owner() == name) others.push_back(each.variable);
    }
    const bool weight = variable == "weight";
    throw ModelError({.kind = ProblemKind::missing_variable,
                      .path = path,
                      .message = weight ? "the weights are frozen, so they are part of the compiled program"
                                        : "training does not change this",
                      .hint = weight ? "compile the network with other weights" : suggest(variable, others),
                      .given = variable});
  }
  const auto index = static_cast<std::size_t>(value - training.values.data());
  std::vector<float> ordered(value->elements);
  if (value->shared) {
    check_values(values, {1}, path);
    std::fill(ordered.begin(), ordered.end(), values[0]);
  } else if (!value->is_of_synapses()) {
    check_values(values, {value->elements}, path);
    ordered = values.values();
  } else {
    const ir::Network& fixed = parts().fixed_network();
    const auto place = static_cast<std::size_t>(connection_called(fixed, name) - fixed.connections.data());
    check_values(values, shape_of_weights(fixed, place), path);
    const std::vector<std::size_t> places = places_of_weights(parts().trainer.artifact(), fixed, place);
    for (std::size_t k = 0; k < places.size(); ++k) ordered[places[k]] += values[k];  // delays have places of their own
  }
  parts().trainer.set_value(index, ordered);
}

TrainingNetwork::WarmStart TrainingNetwork::take_weights(const Network& trained) {
  const ir::Network& own = parts().fixed_network();
  const ir::Network other = trained.resolve();
  const ir::Network drawn = codegen::fix_draws(other, parts().seed, manifest().dt);
  WarmStart start;
  for (const contract::TrainedValue& value : manifest().training->values) {
    if (!value.is_of_synapses()) {
      take_parameter(value, other, start);
      continue;
    }
    const ir::Connection& connection = *connection_called(own, value.connection);
    const auto place = static_cast<std::size_t>(&connection - own.connections.data());
    const auto found =
        weights_for(value, shape_of_weights(own, place), connection, connection_called(drawn, value.connection),
                    connection_called(other, value.connection));
    if (const auto* reason = std::get_if<std::string>(&found)) {
      start.left.push_back(left_out("connection \"" + value.connection + "\"", *reason));
      continue;
    }
    set(ConnectionId{static_cast<std::uint32_t>(place), parts().network->identity()}, value.variable,
        std::get<Tensor<float>>(found));
    start.taken.push_back(value.is_weight() ? value.connection : value.name());
  }
  for (const ir::Connection& each : other.connections) {
    if (value_called(*manifest().training, ObjectKind::connection, each.name, "weight") != nullptr) continue;
    const bool here = connection_called(own, each.name) != nullptr;
    start.left.push_back(left_out("connection \"" + each.name + "\"",
                                  here ? "its weights are frozen here" : "this network does not have it"));
    if (!here) start.left.back().hint = "rename it if it is one of this network";
  }
  if (!start.taken.empty()) return start;
  throw ModelError({.kind = ProblemKind::weights_not_taken,
                    .path = "network",
                    .message = "no connection can take over weights of the other network",
                    .hint = start.left.empty() ? "" : to_string(start.left.front())});
}

void TrainingNetwork::take_parameter(const contract::TrainedValue& value, const ir::Network& other, WarmStart& start) {
  const auto found = parameter_for(value, other);
  if (const auto* reason = std::get_if<std::string>(&found)) {
    start.left.push_back(left_out(value.path(), *reason, "it begins with its own value"));
    return;
  }
  const std::vector<float>& values = std::get<Tensor<float>>(found).values();
  const auto index = static_cast<std::size_t>(&value - manifest().training->values.data());
  parts().trainer.set_value(index, value.shared ? std::vector<float>(value.elements, values.front()) : values);
  start.taken.push_back(value.name());
}

void TrainingNetwork::save(const std::filesystem::path& path) const { parts().trainer.save(path); }
void TrainingNetwork::load(const std::filesystem::path& path) { parts().trainer.load(path); }

}  // namespace synfire
