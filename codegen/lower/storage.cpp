// SPDX-License-Identifier: Apache-2.0
#include "lower/storage.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "text/literal.hpp"

namespace synfire::codegen {
namespace {

std::uint32_t neurons_of(const ir::Network& network, std::uint32_t population) {
  return static_cast<std::uint32_t>(network.populations[population].neurons());
}

PatternContext context_of(const ir::Network& network, const ir::Connection& connection, const CompileOptions& options) {
  return {.seed = options.seed,
          .connection = connection.name,
          .sources = neurons_of(network, connection.source),
          .targets = neurons_of(network, connection.target),
          .recurrent = connection.source == connection.target,
          .dt = options.dt,
          .max_delay = connection.max_delay,
          .source_shape = network.populations[connection.source].shape.extents()};
}

double probability_of(const Connectivity& connectivity) {
  const auto* drawn = std::get_if<FixedProbability>(&connectivity);
  return drawn != nullptr ? drawn->p : 1.0;
}

bool can_be_procedural(const Connectivity& connectivity) {
  const bool pattern =
      std::holds_alternative<Dense>(connectivity) || std::holds_alternative<FixedProbability>(connectivity);
  return pattern && !weight_of(connectivity).is_array() && !delay_of(connectivity).is_array();
}

// Bytes of one synapse in rows.
double row_bytes(const Connectivity& connectivity, std::uint32_t targets, double longest_delay) {
  const double weight = weight_of(connectivity).is_number() ? 0 : 4;
  const double delay = has_one_delay(connectivity) ? 0 : longest_delay < 256 ? 1 : 2;
  return weight + delay + (targets <= 65536 ? 2 : 4);
}

class StorageChoice {
 public:
  StorageChoice(const ir::Network& network, const CompileOptions& options) : network_(network), options_(options) {}

  std::vector<StorageEstimate> run() {
    for (const ir::Connection& connection : network_.connections) estimates_.push_back(in_memory(connection));
    save_memory();
    return std::move(estimates_);
  }

 private:
  StorageEstimate in_memory(const ir::Connection& connection) const {
    const Connectivity& connectivity = connection.connectivity;
    const std::uint32_t sources = neurons_of(network_, connection.source);
    const std::uint32_t targets = neurons_of(network_, connection.target);
    const bool equal_weights = weight_of(connectivity).is_number();
    const Extents shape = network_.populations[connection.source].shape.extents();
    const double synapses =
        expected_synapses(connectivity, sources, targets, connection.source == connection.target, shape);
    const double pairs = static_cast<double>(sources) * targets;
    const bool full = std::holds_alternative<Dense>(connectivity);
    if (is_stored_as_kernel(connection)) {
      const PatchGeometry patches = patches_of(connectivity, shape, targets);
      if (std::holds_alternative<MaxPool2D>(connectivity)) return {Pattern::window, synapses, 0};
      return {Pattern::kernel, synapses, equal_weights ? 0 : 4 * static_cast<double>(patches.kernel_elements())};
    }
    const StorageEstimate matrix{Pattern::dense, synapses, full && equal_weights ? 0 : 4 * pairs};
    const double longest = longest_delay_steps(connectivity, options_.dt, connection.max_delay);
    const StorageEstimate rows{Pattern::rows, synapses,
                               synapses * row_bytes(connectivity, targets, longest) + 4 * (sources + 1.0)};
    switch (connection.storage) {
      case SynapseStorage::dense: return matrix;
      case SynapseStorage::rows: return rows;
      case SynapseStorage::procedural: return {Pattern::procedural, synapses, 0};
      case SynapseStorage::kernel:
      case SynapseStorage::automatic: break;
    }
    if (!has_one_delay(connectivity)) return rows;
    if (is_graded(connection) && !std::holds_alternative<OneToOne>(connectivity)) return matrix;
    if (std::holds_alternative<OneToOne>(connectivity))
      return {Pattern::one_to_one, synapses, equal_weights ? 0 : 4 * synapses};
    return full || matrix.bytes < rows.bytes ? matrix : rows;
  }

  // Values are delivered from all sources in turn, so their weights are a matrix or a list.
  bool is_graded(const ir::Connection& connection) const {
    return network_.populations[connection.source].neuron.is_graded();
  }

  // check_capabilities reports an error if this is not enough.
  void save_memory() {
    double total = 0;
    for (const StorageEstimate& each : estimates_) total += each.bytes;
    std::vector<std::size_t> largest_first(estimates_.size());
    std::iota(largest_first.begin(), largest_first.end(), std::size_t{0});
    std::stable_sort(largest_first.begin(), largest_first.end(),
                     [&](std::size_t a, std::size_t b) { return estimates_[a].bytes > estimates_[b].bytes; });
    for (const std::size_t i : largest_first) {
      if (total <= static_cast<double>(memory_for_synapses(options_))) return;
      const ir::Connection& connection = network_.connections[i];
      if (connection.storage != SynapseStorage::automatic || !can_be_procedural(connection.connectivity) ||
          is_graded(connection))
        continue;
      total -= estimates_[i].bytes;
      estimates_[i] = {Pattern::procedural, estimates_[i].synapses, 0};
    }
  }

  const ir::Network& network_;
  const CompileOptions& options_;
  std::vector<StorageEstimate> estimates_;
};

std::string in_words(double bytes) {
  const char* const units[] = {"bytes", "KiB", "MiB", "GiB"};
  int unit = 0;
  for (; bytes >= 1024 && unit < 3; ++unit) bytes /= 1024;
  return text::decimal(std::round(bytes * 10) / 10) + " " + units[unit];
}

// Factors out the delay that all synapses have in common.
void factor_delays(Synapses& synapses, StoredConnection& stored) {
  if (synapses.delays.empty()) {
    stored.delay = synapses.delay;
    return;
  }
  const auto [shortest, longest] = std::minmax_element(synapses.delays.begin(), synapses.delays.end());
  stored.delay = *shortest;
  stored.ring_depth = static_cast<std::uint32_t>(*longest - *shortest) + 1;
  for (std::uint16_t& delay : synapses.delays) delay = static_cast<std::uint16_t>(delay - stored.delay);
}

void store_rows(StoredConnection& stored, Synapses synapses) {
  stored.synapses = synapses.targets.size();
  factor_delays(synapses, stored);
  stored.weight = synapses.weight;
  if (!synapses.weights.empty()) stored.weights = std::exchange(synapses.weights, {});
  stored.rows = std::make_shared<Synapses>(std::move(synapses));
}

// A matrix with 0 where there is no synapse: adding 0 changes no sum.
void store_matrix(StoredConnection& stored, const Synapses& synapses, const PatternContext& context) {
  stored.synapses = synapses.targets.size();
  stored.delay = synapses.delay;
  stored.weights.emplace(std::size_t{context.sources} * context.targets, 0.0F);
  for (std::uint32_t i = 0; i < context.sources; ++i) {
    for (std::uint32_t s = synapses.offsets[i]; s < synapses.offsets[i + 1]; ++s) {
      (*stored.weights)[std::size_t{i} * context.targets + synapses.targets[s]] =
          synapses.weights.empty() ? synapses.weight : synapses.weights[s];
    }
  }
}

// Every pair, or every neuron, has a synapse: only the values are stored.
void store_values(StoredConnection& stored, const Connectivity& connectivity, const PatternContext& context,
                  std::size_t synapses) {
  stored.synapses = synapses;
  stored.delay = delay_steps(delay_of(connectivity).number(), context.dt, context.max_delay);
  const Value& weight = weight_of(connectivity);
  if (weight.is_number())
    stored.weight = static_cast<float>(weight.number());
  else
    stored.weights = elements_of(weight, synapses, weight_context(connectivity, context));
}

void store_recipe(StoredConnection& stored, const Connectivity& connectivity, const PatternContext& context) {
  SynapseRecipe recipe;
  recipe.p = probability_of(connectivity);
  const auto* drawn = std::get_if<FixedProbability>(&connectivity);
  recipe.skip_self = drawn != nullptr && context.recurrent && !drawn->allow_self_connections;
  recipe.pattern_key = pattern_key(context);
  recipe.weight = weight_distribution(connectivity, context);
  recipe.weight_key = weight_key(context);
  if (has_one_delay(connectivity)) {
    stored.delay = delay_steps(delay_of(connectivity).number(), context.dt, context.max_delay);
  } else {
    recipe.delay = delay_distribution(connectivity, context);
    recipe.delay_key = delay_key(context);
    recipe.longest_delay = static_cast<std::uint32_t>(longest_delay_steps(connectivity, context.dt, context.max_delay));
    stored.ring_depth = recipe.longest_delay + 1;
  }
  if (recipe.weight.kind == ValueDistribution::Kind::constant) stored.weight = recipe.weight.base;
  stored.recipe = std::make_shared<const SynapseRecipe>(recipe);
}

// Neurons share the weights, and patches are computed.
void store_kernel(StoredConnection& stored, const Connectivity& connectivity, const PatternContext& context) {
  const PatchGeometry patches = patches_of(connectivity, context.source_shape, context.targets);
  const Value& weight = weight_of(connectivity);
  stored.delay = delay_steps(delay_of(connectivity).number(), context.dt, context.max_delay);
  if (!weight.is_number())
    stored.weights = kernel_of(connectivity, context, patches);
  else if (patches.has_kernel)
    stored.weight = static_cast<float>(weight.number());
  else
    stored.weight = pool_weight(connectivity, patches);
  stored.patches = std::make_shared<const PatchGeometry>(patches);
}

bool is_a_choice(const Connectivity& connectivity, Pattern pattern) {
  if (std::holds_alternative<Dense>(connectivity)) return pattern != Pattern::dense;
  if (std::holds_alternative<OneToOne>(connectivity)) return pattern != Pattern::one_to_one;
  if (is_kernel(connectivity)) return pattern != Pattern::kernel && pattern != Pattern::window;
  return true;
}

}  // namespace

std::size_t memory_for_synapses(const CompileOptions& options) {
  if (options.memory_bytes != 0) return options.memory_bytes;
  const double present = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  return static_cast<std::size_t>(0.8 * present);
}

std::vector<StorageEstimate> choose_storage(const ir::Network& network, const CompileOptions& options) {
  return StorageChoice(network, options).run();
}

bool is_stored_as_kernel(const ir::Connection& connection) {
  return is_kernel(connection.connectivity) && connection.storage != SynapseStorage::dense &&
         connection.storage != SynapseStorage::rows;
}

ir::Network stored_for_learning(ir::Network network) {
  for (ir::Connection& connection : network.connections) {
    const Connectivity& connectivity = connection.connectivity;
    const bool trains_a_pattern =
        !has_all_synapses(connectivity) && !is_kernel(connectivity) && !weight_of(connectivity).is_frozen();
    // check_training refuses those of graded populations.
    if (trains_a_pattern && connection.storage == SynapseStorage::automatic &&
        !network.populations[connection.source].neuron.is_graded())
      connection.storage = SynapseStorage::rows;
    if (delay_of(connectivity).training() && connection.storage == SynapseStorage::automatic)
      connection.storage = SynapseStorage::rows;
  }
  return network;
}

// Arrays have the delays as they are, everything else what has been drawn, whole steps.
void train_delays(const ir::Network& network, std::size_t index, const CompileOptions& options,
                  StoredConnection& stored) {
  const ir::Connection& connection = network.connections[index];
  const Connectivity& connectivity = connection.connectivity;
  const Value& delay = delay_of(connectivity);
  auto rows = std::make_shared<Synapses>(*stored.rows);
  rows->delays.resize(rows->targets.size());
  for (std::uint16_t& each : rows->delays) each = static_cast<std::uint16_t>(each + stored.delay);
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> listed;
  if (const auto* list = std::get_if<Sparse>(&connectivity)) {
    for (std::size_t k = 0; k < list->sources.size(); ++k) listed[{list->sources[k], list->targets[k]}] = k;
  }
  const std::uint32_t targets = neurons_of(network, connection.target);
  for (std::uint32_t source = 0; source + 1 < rows->offsets.size(); ++source) {
    for (std::uint32_t s = rows->offsets[source]; s < rows->offsets[source + 1]; ++s) {
      const std::uint32_t target = rows->targets[s];
      const std::size_t place = !listed.empty() ? listed.at({source, target})
                                : std::holds_alternative<OneToOne>(connectivity)
                                    ? source
                                    : std::size_t{source} * targets + target;
      stored.trained_delays.push_back(delay.is_array()    ? delay.array()[place]
                                      : delay.is_number() ? static_cast<float>(delay.number())
                                                          : static_cast<float>(rows->delays[s] * options.dt));
    }
  }
  stored.delay = 0;
  stored.ring_depth =
      std::min(delay_steps(*connection.max_delay, options.dt, connection.max_delay), most_delay_steps) + 1;
  stored.rows = std::move(rows);
}

std::string describe_storage(const ir::Network& network, const CompileOptions& options) {
  const std::vector<StorageEstimate> estimates = choose_storage(network, options);
  std::string text;
  double total = 0;
  for (std::size_t i = 0; i < estimates.size(); ++i) {
    text += "connections[" + std::to_string(i) + "] \"" + network.connections[i].name +
            "\": " + std::string(to_string(estimates[i].pattern)) + ", about " +
            std::to_string(std::llround(estimates[i].synapses)) + " synapses, " + in_words(estimates[i].bytes) + "\n";
    total += estimates[i].bytes;
  }
  return text + "synapses in total: " + in_words(total);
}

StoredConnection store_connection(const ir::Network& network, std::size_t index, const CompileOptions& options,
                                  const StorageEstimate& estimate) {
  const ir::Connection& connection = network.connections[index];
  const Connectivity& connectivity = connection.connectivity;
  const PatternContext context = context_of(network, connection, options);
  StoredConnection stored;
  stored.pattern = estimate.pattern;
  const bool full = std::holds_alternative<Dense>(connectivity);
  switch (estimate.pattern) {
    case Pattern::dense:
      if (full)
        store_values(stored, connectivity, context, std::size_t{context.sources} * context.targets);
      else
        store_matrix(stored, draw_synapses(connectivity, context), context);
      break;
    case Pattern::one_to_one: store_values(stored, connectivity, context, context.sources); break;
    case Pattern::rows: store_rows(stored, draw_synapses(connectivity, context)); break;
    case Pattern::kernel:
    case Pattern::window:
      stored.synapses = static_cast<std::size_t>(std::llround(estimate.synapses));
      store_kernel(stored, connectivity, context);
      break;
    case Pattern::procedural:
      stored.synapses = static_cast<std::size_t>(std::lround(estimate.synapses));
      store_recipe(stored, connectivity, context);
      break;
  }
  if (is_a_choice(connectivity, estimate.pattern)) {
    stored.note = std::string(to_string(estimate.pattern)) + ", " + (stored.recipe ? "about " : "") +
                  std::to_string(stored.synapses) + " synapses";
    if (!stored.recipe) stored.note += ", " + in_words(estimate.bytes);
  }
  return stored;
}

}  // namespace synfire::codegen
