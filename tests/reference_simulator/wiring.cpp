// SPDX-License-Identifier: Apache-2.0
#include "reference_simulator/wiring.hpp"

#include <cmath>

#include "lower/pattern.hpp"
#include "reference_simulator/values.hpp"

namespace synfire::testing::reference {
namespace {

class Wirer {
 public:
  Wirer(const ir::Network& network, const ir::Connection& connection, std::uint64_t seed, double dt)
      : connection_(connection),
        sources_(count(network.populations[connection.source])),
        targets_(count(network.populations[connection.target])),
        source_shape_(network.populations[connection.source].shape.extents()),
        seed_(seed),
        dt_(dt) {}

  Wiring run() {
    const auto& connectivity = connection_.connectivity;
    const bool given = delay_of(connectivity).is_number() || delay_of(connectivity).is_array();
    if (const auto* dense = std::get_if<Dense>(&connectivity); dense != nullptr && given) {
      add_dense(*dense);
    } else if (const auto* pairs = std::get_if<OneToOne>(&connectivity); pairs != nullptr && given) {
      add_pairs(*pairs);
    } else if (const auto* list = std::get_if<Sparse>(&connectivity);
               list != nullptr && given && (list->weight.is_number() || list->weight.is_array())) {
      add_list(*list);
    } else {
      add_drawn();
    }
    return std::move(wiring_);
  }

 private:
  static std::uint32_t count(const ir::Population& population) {
    return static_cast<std::uint32_t>(population.neurons());
  }

  // The nearest whole number of steps, ties up.
  std::uint32_t steps(float milliseconds) const {
    const double nearest = std::floor(static_cast<double>(milliseconds) / dt_ * (1 + 1e-7) + 0.5);
    if (!connection_.max_delay) return static_cast<std::uint32_t>(nearest);
    return static_cast<std::uint32_t>(std::min(nearest, std::floor(*connection_.max_delay / dt_ * (1 + 1e-7))));
  }

  std::vector<float> weights(const Value& value, std::size_t number, const Fans& fans) const {
    return elements(value, number, key_of(seed_, "connection " + connection_.name + ".weight"), fans);
  }
  static std::vector<float> delays(const Value& value, std::size_t number) { return elements(value, number, 0); }

  std::vector<Synapse>& row(std::uint32_t delay, std::uint32_t source) {
    auto& rows = wiring_[delay];
    rows.resize(sources_);
    return rows[source];
  }

  void add_dense(const Dense& dense) {
    const std::size_t number = std::size_t{sources_} * targets_;
    const std::vector<float> weight =
        weights(dense.weight, number, {static_cast<double>(sources_), static_cast<double>(targets_)});
    const std::vector<float> delay = delays(dense.delay, number);
    for (std::uint32_t i = 0; i < sources_; ++i) {
      for (std::uint32_t j = 0; j < targets_; ++j) {
        const std::size_t k = std::size_t{i} * targets_ + j;
        row(steps(delay[k]), i).push_back({j, weight[k]});
      }
    }
  }

  void add_pairs(const OneToOne& pairs) {
    const std::vector<float> weight = weights(pairs.weight, sources_, {});
    const std::vector<float> delay = delays(pairs.delay, sources_);
    for (std::uint32_t i = 0; i < sources_; ++i) row(steps(delay[i]), i).push_back({i, weight[i]});
  }

  // Merges synapses between the same neurons with the same delay, summing their weights.
  void add_list(const Sparse& list) {
    const std::vector<float> weight = elements(list.weight, list.sources.size(), 0);
    const std::vector<float> delay = delays(list.delay, list.sources.size());
    for (std::size_t k = 0; k < list.sources.size(); ++k) {
      std::vector<Synapse>& synapses = row(steps(delay[k]), list.sources[k]);
      bool found = false;
      for (Synapse& synapse : synapses) {
        if (synapse.target != list.targets[k]) continue;
        synapse.weight += weight[k];
        found = true;
      }
      if (!found) synapses.push_back({list.targets[k], weight[k]});
    }
  }

  void add_drawn() {
    const codegen::Synapses drawn =
        codegen::draw_synapses(connection_.connectivity, {.seed = seed_,
                                                          .connection = connection_.name,
                                                          .sources = sources_,
                                                          .targets = targets_,
                                                          .recurrent = connection_.source == connection_.target,
                                                          .dt = dt_,
                                                          .max_delay = connection_.max_delay,
                                                          .source_shape = source_shape_});
    for (std::uint32_t i = 0; i < sources_; ++i) {
      for (std::uint32_t k = drawn.offsets[i]; k < drawn.offsets[i + 1]; ++k) {
        const std::uint32_t delay = drawn.delays.empty() ? drawn.delay : drawn.delays[k];
        row(delay, i).push_back({drawn.targets[k], drawn.weights.empty() ? drawn.weight : drawn.weights[k]});
      }
    }
  }

  const ir::Connection& connection_;
  std::uint32_t sources_, targets_;
  Extents source_shape_;
  std::uint64_t seed_;
  double dt_;
  Wiring wiring_;
};

}  // namespace

Wiring wire(const ir::Network& network, const ir::Connection& connection, std::uint64_t seed, double dt) {
  return Wirer(network, connection, seed, dt).run();
}

}  // namespace synfire::testing::reference
