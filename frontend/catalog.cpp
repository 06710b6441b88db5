// SPDX-License-Identifier: Apache-2.0
#include "synfire/catalog.hpp"

#include <algorithm>
#include <type_traits>

#include "files/members.hpp"
#include "synfire/registry.hpp"

namespace synfire {
namespace {

template <class Model>
void add_models(std::vector<CatalogEntry>& entries, const std::string& kind, const std::vector<std::string>& names,
                const Model* (*find)(const std::string&)) {
  for (const std::string& name : names) {
    const Model& model = *find(name);
    entries.push_back({kind, name, model.parameters, model.state, to_string(model)});
  }
}

// ---- Losses: v readout values, y target, t first spike times, T duration.

const char* equations_of(const SparseCategoricalCrossentropy&) { return "-ln softmax(v / temperature)[label]"; }
const char* equations_of(const CategoricalCrossentropy&) {
  return "-sum over k of y[k] * ln softmax(v / temperature)[k]";
}
const char* equations_of(const MeanSquareError&) {
  return "1/2 * sum over k of (v[k] - y[k])^2; per_step: the mean over the steps, with the output variable for v";
}
const char* equations_of(const RelativeMeanSquareError&) {
  return "1/2 * sum over k != label of (t[k] - t[label] - delta)^2";
}
const char* equations_of(const TimeToFirstSpikeCrossentropy&) {
  return "-ln softmax(-t / temperature)[label] + alpha / (1.01*T - t[label])";
}

// Losses of spike times have parameters in ms.
template <class T>
constexpr bool has_times =
    std::is_same_v<T, RelativeMeanSquareError> || std::is_same_v<T, TimeToFirstSpikeCrossentropy>;

// The members in the table of descriptions.
template <class T>
std::vector<Parameter> parameters_of(const T& standard) {
  std::vector<Parameter> parameters;
  files::members(files::Type<T>{}, [&](const char* key, auto member, const files::Rule& rule = {}) {
    Parameter parameter{.name = key, .value = standard.*member, .min = rule.min, .exclusive_min = rule.exclusive_min};
    if (rule.below_one) parameter.max = 1;
    if (has_times<T>) parameter.unit = Unit::milliseconds;
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
  const std::size_t models = entries.size();
  add_alternatives<LossSetting>(entries, "loss", "loss");
  std::sort(entries.begin() + static_cast<std::ptrdiff_t>(models), entries.end(),
            [](const CatalogEntry& a, const CatalogEntry& b) { return a.name < b.name; });
  add_models(entries, "optimizer", optimizer_names(), find_optimizer);
  return entries;
}

}  // namespace synfire
