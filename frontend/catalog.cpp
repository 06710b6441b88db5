// SPDX-License-Identifier: Apache-2.0
#include "synfire/catalog.hpp"

#include "synfire/registry.hpp"

namespace synfire {
namespace {

template <class Model>
void add_models(std::vector<CatalogEntry>& entries, const std::string& kind, const std::vector<std::string>& names,
                const Model* (*find)(const std::string&)) {
  for (const std::string& name : names) {
    const Model& model = *find(name);
    CatalogEntry entry{kind, name, model.parameters, {}, to_string(model)};
    if constexpr (requires { model.state; }) entry.state = model.state;
    entries.push_back(std::move(entry));
  }
}

}  // namespace

std::vector<CatalogEntry> catalog() {
  std::vector<CatalogEntry> entries;
  add_models(entries, "neuron", neuron_names(), find_neuron);
  add_models(entries, "synapse", synapse_names(), find_synapse);
  add_models(entries, "readout", readout_names(), find_readout);
  add_models(entries, "loss", loss_names(), find_loss);
  add_models(entries, "optimizer", optimizer_names(), find_optimizer);
  add_models(entries, "surrogate", surrogate_names(), find_surrogate);
  return entries;
}

}  // namespace synfire
