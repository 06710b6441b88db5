// SPDX-License-Identifier: Apache-2.0
#include "ir/shapes.hpp"

#include <utility>

#include "synfire/patches.hpp"

namespace synfire::ir {
namespace {

// Sets `shape` if it is unset; returns whether it did.
bool set_if_unset(Shape& shape, const Shape& found) {
  if (shape.is_set() || !size_of(found)) return false;
  shape = found;
  return true;
}

Shape extent(const Tensor<float>& array, std::size_t axis) { return Extents{array.shape()[axis]}; }

// Infers shapes from a connection's arrays and ends. Each overload returns whether it set one.
struct Infer {
  const Connectivity& connectivity;
  Shape& source;
  Shape& target;

  bool operator()(const Dense& dense) const {
    const bool by_weight = from_matrix(dense.weight);
    return from_matrix(dense.delay) || by_weight;
  }
  bool operator()(const OneToOne& one_to_one) const {
    const bool by_weight = from_flat(one_to_one.weight);
    const bool by_delay = from_flat(one_to_one.delay);
    const bool forwards = set_if_unset(target, source);
    const bool backwards = set_if_unset(source, target);
    return by_weight || by_delay || forwards || backwards;
  }

  // Forwards only: many images have the same result.
  template <KernelKind Kind>
  bool operator()(const Kind&) const {
    if (target.is_set()) return false;
    const PatchResult found = find_patches(connectivity, source, target);
    return found.geometry && set_if_unset(target, found.geometry->target_shape);
  }

  // Neither the lists nor the numbers of these determine the number of neurons.
  bool operator()(const FixedProbability&) const { return false; }
  bool operator()(const FixedInputs&) const { return false; }
  bool operator()(const FixedOutputs&) const { return false; }
  bool operator()(const Sparse&) const { return false; }

  bool from_matrix(const Value& value) const {
    if (!value.is_array() || value.array().shape().size() != 2) return false;
    const bool rows = set_if_unset(source, extent(value.array(), 0));
    return set_if_unset(target, extent(value.array(), 1)) || rows;
  }
  // Only if neither end has a shape.
  bool from_flat(const Value& value) const {
    if (!value.is_array() || value.array().shape().size() != 1 || target.is_set()) return false;
    return set_if_unset(source, extent(value.array(), 0));
  }
};

void reshape(Value& value, const Extents& shape) {
  if (value.is_array()) value = value.with_content(Tensor<float>(shape, value.array().values()));
}

template <class Model>
void flatten(Model& model, std::size_t size) {
  for (Parameter& parameter : model.parameters) reshape(parameter.value, {size});
  for (StateVariable& variable : model.state) reshape(variable.initial, {size});
}

struct Normalize {
  const Connectivity& connectivity;
  const Extents& image;  // the shape of the source
  std::size_t source;
  std::size_t target;

  void operator()(Dense& dense) const {
    reshape(dense.weight, {source, target});
    reshape(dense.delay, {source, target});
  }
  void operator()(OneToOne& one_to_one) const {
    reshape(one_to_one.weight, {source});
    reshape(one_to_one.delay, {source});
  }
  void operator()(Sparse& sparse) const {
    reshape(sparse.weight, {sparse.sources.size()});
    reshape(sparse.delay, {sparse.sources.size()});
  }
  // The weight of a pool is not trained, however it is given.
  template <KernelKind Kind>
  void operator()(Kind& kind) const {
    const PatchGeometry geometry = patches_of(connectivity, image, target);
    if (geometry.has_kernel)
      reshape(kind.weight, geometry.kernel_shape);
    else
      kind.weight = frozen(kind.weight);
  }
  void operator()(FixedProbability&) const {}
  void operator()(FixedInputs&) const {}
  void operator()(FixedOutputs&) const {}
};

}  // namespace

std::optional<std::size_t> size_of(const Shape& shape) {
  if (!shape.is_set() || shape.given().empty()) return std::nullopt;
  std::size_t size = 1;
  for (const long long extent : shape.given()) {
    // Each factor is below 2^31, so the product cannot overflow before it is compared.
    if (extent <= 0 || static_cast<std::size_t>(extent) > most_neurons) return std::nullopt;
    size *= static_cast<std::size_t>(extent);
    if (size > most_neurons) return std::nullopt;
  }
  return size;
}

std::vector<Extents> neuron_array_forms(const Shape& shape) {
  const auto size = size_of(shape);
  if (!size) return {};
  return {shape.extents(), {*size}};
}

std::vector<Extents> matrix_forms(const Shape& source, const Shape& target) {
  const auto rows = size_of(source);
  const auto columns = size_of(target);
  if (!rows || !columns) return {};
  Extents full = source.extents();
  for (const std::size_t extent : target.extents()) full.push_back(extent);
  return {{*rows, *columns}, {*rows * *columns}, full};
}

void infer_shapes(Network& network) {
  for (bool changed = true; changed;) {
    changed = false;
    for (const Connection& connection : network.connections) {
      const std::size_t populations = network.populations.size();
      if (connection.source >= populations || connection.target >= populations) continue;
      Shape& source = network.populations[connection.source].shape;
      Shape& target = network.populations[connection.target].shape;
      changed = std::visit(Infer{connection.connectivity, source, target}, connection.connectivity) || changed;
    }
  }
}

void normalize_arrays(Network& network) {
  for (Population& population : network.populations) {
    const std::size_t size = *size_of(population.shape);
    flatten(population.neuron, size);
    if (population.readout) flatten(*population.readout, size);
  }
  for (Connection& connection : network.connections) {
    const Extents image = network.populations[connection.source].shape.extents();
    const std::size_t source = element_count(image);
    const std::size_t target = *size_of(network.populations[connection.target].shape);
    Connectivity& connectivity = connection.connectivity;
    std::visit(Normalize{connectivity, image, source, target}, connectivity);
    flatten(connection.synapse, target);
  }
}

}  // namespace synfire::ir
