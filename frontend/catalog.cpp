// SPDX-License-Identifier: Apache-2.0
#include "synfire/catalog.hpp"

#include "files/members.hpp"
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

// ---- Optimizers: g gradient.

const char* equations_of(const Adam&) {
  return "m = beta1*m + (1 - beta1)*g, s = beta2*s + (1 - beta2)*g^2, "
         "w -= learning_rate * m/(1 - beta1^n) / (sqrt(s/(1 - beta2^n)) + epsilon)";
}

// The members in the table of descriptions.
template <class T>
std::vector<Parameter> parameters_of(const T& standard) {
  std::vector<Parameter> parameters;
  files::members(files::Type<T>{}, [&](const char* key, auto member, const files::Rule& rule = {}) {
    Parameter parameter{.name = key, .value = standard.*member, .min = rule.min, .exclusive_min = rule.exclusive_min};
    if (rule.below_one) parameter.max = 1;
    parameters.push_back(std::move(parameter));
  });
  return parameters;
}

template <class Variant>
void add_alternatives(std::vector<CatalogEntry>& entries, const std::string& kind, const std::string& member) {
  files::alternatives(files::Type<Variant>{}, [&]<class Each>(files::Type<Each> type) {
    const std::string name = files::name_of(type);
    entries.push_back({kind,
                       name,
                       parameters_of(Each{}),
                       {},
                       kind + " \"" + name + "\"\n  " + member + ": " + equations_of(Each{}) + '\n'});
  });
}

}  // namespace

std::vector<CatalogEntry> catalog() {
  std::vector<CatalogEntry> entries;
  add_models(entries, "neuron", neuron_names(), find_neuron);
  add_models(entries, "synapse", synapse_names(), find_synapse);
  add_models(entries, "readout", readout_names(), find_readout);
  add_models(entries, "loss", loss_names(), find_loss);
  add_alternatives<OptimizerSetting>(entries, "optimizer", "update");
  return entries;
}

}  // namespace synfire
