// SPDX-License-Identifier: Apache-2.0
#include "synfire/registry.hpp"

#include <deque>
#include <map>
#include <mutex>

#include "models/builtin.hpp"
#include "synfire/base/text.hpp"
#include "synfire/error.hpp"

namespace synfire {
namespace {

// Objects of one kind by name. Registered objects are kept until the program ends: pointers to them stay valid when
// their names are registered again.
template <class T>
class Shelf {
 public:
  explicit Shelf(std::vector<std::pair<std::string, T>> things) {
    for (auto& [name, thing] : things) put(name, std::move(thing));
  }

  void put(const std::string& name, T thing) {
    const std::lock_guard lock(mutex_);
    kept_.push_back(std::move(thing));
    by_name_[name] = &kept_.back();
  }

  const T* find(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
  }

  std::vector<std::string> names() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> result;
    for (const auto& entry : by_name_) result.push_back(entry.first);
    return result;
  }

 private:
  mutable std::mutex mutex_;
  std::deque<T> kept_;
  std::map<std::string, const T*> by_name_;
};

template <class Model>
std::vector<std::pair<std::string, Model>> named(std::vector<Model> models) {
  std::vector<std::pair<std::string, Model>> result;
  result.reserve(models.size());
  for (Model& model : models) result.emplace_back(model.name, std::move(model));
  return result;
}

Shelf<NeuronModel>& neurons() {
  static Shelf<NeuronModel> shelf(named(builtin_neurons()));
  return shelf;
}
Shelf<SynapseModel>& synapses() {
  static Shelf<SynapseModel> shelf(named(builtin_synapses()));
  return shelf;
}
Shelf<ReadoutModel>& readouts() {
  static Shelf<ReadoutModel> shelf(named(builtin_readouts()));
  return shelf;
}
Shelf<LossModel>& losses() {
  static Shelf<LossModel> shelf(named(builtin_losses()));
  return shelf;
}
Shelf<OptimizerModel>& optimizers() {
  static Shelf<OptimizerModel> shelf(named(builtin_optimizers()));
  return shelf;
}
Shelf<SurrogateModel>& surrogates() {
  static Shelf<SurrogateModel> shelf(named(builtin_surrogates()));
  return shelf;
}
Shelf<Initializer>& initializers() {
  static Shelf<Initializer> shelf(
      {{"normal", Normal{}}, {"uniform", Uniform{}}, {"xavier", Xavier{}}, {"kaiming", Kaiming{}}});
  return shelf;
}

std::string checked(const char* kind, const std::string& name) {
  if (base::is_object_name(name)) return name;
  throw ModelError({.kind = ProblemKind::invalid_name,
                    .path = std::string(kind) + " \"" + name + '"',
                    .message = "the name cannot be used",
                    .hint = base::object_name_hint,
                    .given = name});
}

}  // namespace

void register_neuron(NeuronModel model) {
  const std::string name = checked("neuron", model.name);
  neurons().put(name, std::move(model));
}
void register_synapse(SynapseModel model) {
  const std::string name = checked("synapse", model.name);
  synapses().put(name, std::move(model));
}
void register_readout(ReadoutModel model) {
  const std::string name = checked("readout", model.name);
  readouts().put(name, std::move(model));
}
void register_loss(LossModel model) {
  const std::string name = checked("loss", model.name);
  losses().put(name, std::move(model));
}
void register_optimizer(OptimizerModel model) {
  const std::string name = checked("optimizer", model.name);
  optimizers().put(name, std::move(model));
}
void register_surrogate(SurrogateModel model) {
  const std::string name = checked("surrogate", model.name);
  surrogates().put(name, std::move(model));
}
void register_initializer(const std::string& name, Initializer initializer) {
  initializers().put(checked("initializer", name), initializer);
}

const NeuronModel* find_neuron(const std::string& name) { return neurons().find(name); }
const SynapseModel* find_synapse(const std::string& name) { return synapses().find(name); }
const ReadoutModel* find_readout(const std::string& name) { return readouts().find(name); }
const LossModel* find_loss(const std::string& name) { return losses().find(name); }
const OptimizerModel* find_optimizer(const std::string& name) { return optimizers().find(name); }
const SurrogateModel* find_surrogate(const std::string& name) { return surrogates().find(name); }
const Initializer* find_initializer(const std::string& name) { return initializers().find(name); }

std::vector<std::string> neuron_names() { return neurons().names(); }
std::vector<std::string> synapse_names() { return synapses().names(); }
std::vector<std::string> readout_names() { return readouts().names(); }
std::vector<std::string> loss_names() { return losses().names(); }
std::vector<std::string> optimizer_names() { return optimizers().names(); }
std::vector<std::string> surrogate_names() { return surrogates().names(); }
std::vector<std::string> initializer_names() { return initializers().names(); }

}  // namespace synfire
