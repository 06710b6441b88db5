// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "property/comparison.hpp"

namespace synfire::testing::property {
namespace {

Case without_connection(Case given, std::size_t connection) {
  given.connections.erase(given.connections.begin() + static_cast<std::ptrdiff_t>(connection));
  return given;
}

Case without_population(Case given, std::size_t population) {
  given.populations.erase(given.populations.begin() + static_cast<std::ptrdiff_t>(population));
  std::erase_if(given.connections, [&](const ConnectionCase& connection) {
    return connection.source == population || connection.target == population;
  });
  for (ConnectionCase& connection : given.connections) {
    if (connection.source > population) --connection.source;
    if (connection.target > population) --connection.target;
  }
  return given;
}

template <class T>
Tensor<T> first_examples(const Tensor<T>& data, std::size_t examples) {
  return data.empty() ? data : first(data, examples);
}

Case with_examples(Case given, std::size_t examples) {
  given.examples = examples;
  if (!given.example_timesteps.empty()) given.example_timesteps.resize(examples);
  for (PopulationCase& population : given.populations) {
    population.values = first_examples(population.values, examples);
    if (population.neuron.replays_spikes) population.trains = first(population.trains, examples);
  }
  return given;
}

// Simplifies one setting at a time.
std::vector<Case> plainer(const Case& given) {
  std::vector<Case> candidates;
  const auto change = [&](bool differs, const auto& how) {
    if (!differs) return;
    candidates.push_back(given);
    how(candidates.back());
  };
  change(given.carry_over.any(), [](Case& c) { c.carry_over = {}; });
  change(!given.example_timesteps.empty(), [](Case& c) { c.example_timesteps.clear(); });
  change(given.threads != 1, [](Case& c) { c.threads = 1; });
  change(given.batch_size != 1, [](Case& c) { c.batch_size = 1; });
  change(given.nominal_dt != 0, [](Case& c) { c.nominal_dt = 0; });
  change(given.recording_memory != Case{}.recording_memory,
         [](Case& c) { c.recording_memory = Case{}.recording_memory; });
  change(given.run_seed.has_value(), [](Case& c) { c.run_seed.reset(); });
  for (std::size_t p = 0; p < given.populations.size(); ++p)
    change(given.populations[p].readout.has_value(), [p](Case& c) { c.populations[p].readout.reset(); });
  for (std::size_t c = 0; c < given.connections.size(); ++c) {
    change(given.connections[c].options.storage != SynapseStorage::automatic,
           [c](Case& other) { other.connections[c].options.storage = SynapseStorage::automatic; });
  }
  if (given.examples > 1) candidates.push_back(with_examples(given, given.examples / 2));
  if (given.timesteps > 1 && given.example_timesteps.empty())
    change(true, [](Case& c) { c.timesteps = c.timesteps * 2 / 3; });
  return candidates;
}

// Removes one text of a model at a time.
std::vector<Case> with_fewer_texts(const Case& given) {
  std::vector<Case> candidates;
  const auto drop_each = [&](std::size_t texts, const auto& texts_of) {
    for (std::size_t i = texts; i-- > 0;) {
      candidates.push_back(given);
      std::vector<std::string>& left = texts_of(candidates.back());
      left.erase(left.begin() + static_cast<std::ptrdiff_t>(i));
    }
  };
  const auto drop = [&](bool is_there, const auto& how) {
    if (!is_there) return;
    candidates.push_back(given);
    how(candidates.back());
  };
  for (std::size_t p = 0; p < given.populations.size(); ++p) {
    const NeuronModel& model = given.populations[p].neuron.model;
    for (auto texts : {&NeuronModel::dynamics, &NeuronModel::update, &NeuronModel::reset})
      drop_each((model.*texts).size(), [=](Case & c) -> auto& { return c.populations[p].neuron.model.*texts; });
    drop(model.refractory.has_value(), [p](Case& c) { c.populations[p].neuron.model.refractory.reset(); });
    drop(!model.spike_sign.empty(), [p](Case& c) { c.populations[p].neuron.model.spike_sign.clear(); });
    if (!given.populations[p].readout) continue;
    for (auto texts : {&ReadoutModel::on_step, &ReadoutModel::on_spike})
      drop_each(((*given.populations[p].readout).*texts).size(), [=](Case & c) -> auto& {
        return (*c.populations[p].readout).*texts;
      });
  }
  for (std::size_t i = 0; i < given.connections.size(); ++i) {
    for (auto texts : {&SynapseModel::dynamics, &SynapseModel::update, &SynapseModel::on_spike})
      drop_each((given.connections[i].synapse.*texts).size(), [=](Case & c) -> auto& {
        return c.connections[i].synapse.*texts;
      });
  }
  return candidates;
}

std::vector<Case> smaller(const Case& given) {
  std::vector<Case> candidates;
  for (std::size_t p = given.populations.size(); p-- > 0 && given.populations.size() > 1;)
    candidates.push_back(without_population(given, p));
  for (std::size_t c = given.connections.size(); c-- > 0;) candidates.push_back(without_connection(given, c));
  for (Case& candidate : plainer(given)) candidates.push_back(std::move(candidate));
  for (Case& candidate : with_fewer_texts(given)) candidates.push_back(std::move(candidate));
  return candidates;
}

}  // namespace

Case shrink(Case given, const std::function<bool(const Case&)>& fails) {
  int attempts = 100;
  for (bool shrunk = true; shrunk && attempts > 0;) {
    shrunk = false;
    for (Case& candidate : smaller(given)) {
      if (--attempts < 0 || shrunk) break;
      if (!fails(candidate)) continue;
      given = std::move(candidate);
      shrunk = true;
    }
  }
  return given;
}

}  // namespace synfire::testing::property
