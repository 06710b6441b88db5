// SPDX-License-Identifier: Apache-2.0
#include "training_options.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "synfire/base/single.hpp"
#include "synfire/codegen/surrogates.hpp"
#include "synfire/ir/parsed_model.hpp"
#include "synfire/warning.hpp"

namespace synfire {
namespace {

using Problems = std::vector<Problem>;

// Programs hold settings in single precision.
void check_range(bool right, const std::string& path, double given, const char* expected, Problems& problems) {
  const bool beyond = right && std::isfinite(given) && !base::is_single(given);
  if (right && std::isfinite(given) && !beyond) return;
  problems.push_back({.kind = ProblemKind::invalid_value,
                      .path = path,
                      .message = beyond ? "the value does not fit in single precision" : "the value is out of range",
                      .expected = beyond ? base::single_range : expected,
                      .given = to_string(Value(given))});
}

// The loss of an output; nothing, and problems, if it cannot be compiled.
std::optional<codegen::OutputLoss> output_loss(std::size_t population, const Loss& loss, double weight,
                                               const std::string& path, Problems& problems) {
  const std::size_t before = problems.size();
  const LossModel model = model_of(loss);
  for (Problem& problem : problems_of(model, path)) problems.push_back(std::move(problem));
  check_range(weight >= 0, path + ".weight", weight, "≥ 0", problems);
  if (problems.size() != before) return std::nullopt;
  return codegen::OutputLoss{static_cast<std::uint32_t>(population), codegen::Loss(model, weight)};
}

// The index of an output; nothing, and a problem, if it is not one.
std::optional<std::size_t> find_output(const Network& network, const PopulationReference& reference,
                                       const std::string& path, Problems& problems) {
  try {
    const std::size_t index = network.index_of(reference);
    const ir::Population& population = network.description().populations[index];
    if (population.readout) return index;
    problems.push_back({.kind = ProblemKind::missing_variable,
                        .path = path + " \"" + population.name + "\"",
                        .message = "the population has no readout",
                        .hint = "give it a readout, such as \"avg_var\"",
                        .place = population.place});
  } catch (const ModelError& error) {
    for (Problem problem : error.problems()) {
      problem.path = path;
      problems.push_back(std::move(problem));
    }
  }
  return std::nullopt;
}

// In network order.
std::vector<codegen::OutputLoss> losses_of(const Losses& losses, const Network& network, Problems& problems) {
  std::map<std::size_t, codegen::OutputLoss> found;
  for (const Loss& loss : losses.for_all()) {
    const auto each = output_loss(0, loss, losses.weight(), "compiler.losses", problems);
    for (std::size_t i = 0; each && i < network.populations(); ++i) {
      if (network.description().populations[i].readout)
        found.emplace(i, codegen::OutputLoss{static_cast<std::uint32_t>(i), each->loss});
    }
  }
  for (std::size_t i = 0; i < losses.list().size(); ++i) {
    const OutputLoss& given = losses.list()[i];
    const std::string path = "compiler.losses[" + std::to_string(i) + "]";
    const auto output = find_output(network, given.output, path, problems);
    const auto each = output_loss(output.value_or(0), given.loss, given.weight, path, problems);
    if (!output || !each || found.emplace(*output, *each).second) continue;
    problems.push_back({.kind = ProblemKind::invalid_option, .path = path, .message = "the output has two losses"});
  }
  if (found.empty() && problems.empty()) {
    problems.push_back({.kind = ProblemKind::missing_variable,
                        .path = "compiler.losses",
                        .message = "no population has a readout, which a loss needs",
                        .hint = "give the output population a readout, such as \"avg_var\""});
  }
  std::vector<codegen::OutputLoss> list;
  list.reserve(found.size());
  for (const auto& [population, loss] : found) list.push_back(loss);
  return list;
}

// By index, whether trained weights are upstream of the population.
std::vector<bool> trained_upstream(const ir::Network& network) {
  std::vector<bool> result(network.populations.size(), false);
  for (std::size_t turn = 0; turn < result.size(); ++turn) {
    for (const ir::Connection& each : network.connections) {
      const bool trained = !weight_of(each.connectivity).is_frozen();
      result[each.target] = result[each.target] || trained || result[each.source];
    }
  }
  return result;
}

// Adds the regularizers to the options.
class RegularizerReader {
 public:
  RegularizerReader(const Network& network, codegen::TrainingOptions& options, Problems& problems)
      : network_(network), options_(options), problems_(problems) {}

  void add(const Regularizer& regularizer, const std::string& path) {
    path_ = path;
    std::visit([this](const auto& each) { add(each); }, regularizer);
  }

 private:
  void add(const L1& penalty) { add(penalty, options_.l1, has_l1_); }
  void add(const L2& penalty) { add(penalty, options_.l2, has_l2_); }

  template <class Penalty>
  void add(const Penalty& penalty, double& strength, bool& has) {
    report(problems_of(penalty, path_));
    if (std::exchange(has, true)) refuse(ProblemKind::duplicate_name, "the regularizer is given twice", "", {});
    strength = penalty.strength;
  }

  void add(const FiringRate& rate) {
    report(problems_of(rate.band, path_));
    try {
      const std::size_t index = network_.index_of(rate.population);
      const ir::Population& population = network_.description().populations[index];
      const bool known = std::any_of(options_.rates.begin(), options_.rates.end(),
                                     [&](const codegen::RateTarget& each) { return each.population == index; });
      if (known)
        refuse(ProblemKind::duplicate_name, "the population has two regularizers of its firing rate", population.name,
               population.place);
      else if (population.neuron.threshold.empty())
        refuse(ProblemKind::unsupported, "the population never reaches a threshold, so it has no rate to draw",
               population.name, population.place);
      else if (!trained_upstream(network_.description())[index])
        refuse(ProblemKind::unsupported, "no trained weight is upstream of the population, so its rate cannot change",
               population.name, population.place);
      options_.rates.push_back({static_cast<std::uint32_t>(index), rate.band});
    } catch (const ModelError& error) {
      report(error.problems());
    }
  }

  void refuse(ProblemKind kind, const std::string& message, const std::string& given, const Place& place) {
    problems_.push_back({.kind = kind, .path = path_, .message = message, .given = given, .place = place});
  }

  void report(const Problems& found) {
    for (Problem problem : found) {
      if (problem.path.rfind(path_, 0) != 0) problem.path = path_ + ".population";
      problems_.push_back(std::move(problem));
    }
  }

  const Network& network_;
  codegen::TrainingOptions& options_;
  Problems& problems_;
  std::string path_;
  bool has_l1_ = false, has_l2_ = false;
};

// Nothing, and problems, if it cannot be compiled.
std::optional<codegen::SurrogateRule> rule_of(const Surrogate& surrogate, bool detach_reset, const std::string& path,
                                              Problems& problems) {
  const SurrogateModel model = surrogate_model(surrogate);
  Problems found = problems_of(model, path);
  try {
    if (found.empty()) return codegen::surrogate_rule(model, detach_reset, path);
  } catch (const ModelError& error) {
    found = error.problems();
  }
  problems.insert(problems.end(), found.begin(), found.end());
  return std::nullopt;
}

// Adds the rules of single populations.
class SurrogateReader {
 public:
  SurrogateReader(const Network& network, std::vector<codegen::SurrogateRule>& rules, Problems& problems)
      : network_(network), rules_(rules), problems_(problems) {}

  void add(const PopulationSurrogate& given, bool detach_reset, const std::string& path) {
    const auto rule =
        rule_of(given.surrogate, given.detach_reset.value_or(detach_reset), path + ".surrogate", problems_);
    const auto index = find(given.population, path + ".population");
    if (!index) return;
    if (!named_.insert(*index).second)
      problems_.push_back(
          {.kind = ProblemKind::duplicate_name, .path = path, .message = "the population has two surrogates"});
    if (rule) rules_[*index] = *rule;
  }

 private:
  // The index of a population whose spikes have gradients; nothing, and a problem, if it is not one.
  std::optional<std::size_t> find(const PopulationReference& reference, const std::string& path) {
    try {
      const std::size_t index = network_.index_of(reference);
      const ir::Population& population = network_.description().populations[index];
      if (ir::reaches_threshold(population.neuron)) return index;
      problems_.push_back({.kind = ProblemKind::unsupported,
                           .path = path,
                           .message = "the population never reaches a threshold, so it has no use for a surrogate",
                           .given = population.name,
                           .place = population.place});
    } catch (const ModelError& error) {
      for (Problem problem : error.problems()) {
        problem.path = path;
        problems_.push_back(std::move(problem));
      }
    }
    return std::nullopt;
  }

  const Network& network_;
  std::vector<codegen::SurrogateRule>& rules_;
  Problems& problems_;
  std::set<std::size_t> named_;
};

// In network order.
std::vector<codegen::SurrogateRule> rules_of(const TrainingCompiler& compiler, const Network& network,
                                             Problems& problems) {
  if (!compiler.surrogate) return {};
  const auto rule = rule_of(compiler.surrogate->for_all(), compiler.detach_reset, "compiler.surrogate", problems);
  std::vector<codegen::SurrogateRule> rules(network.populations(), rule.value_or(codegen::SurrogateRule{}));
  SurrogateReader reader(network, rules, problems);
  const std::vector<PopulationSurrogate>& list = compiler.surrogate->list();
  for (std::size_t i = 0; i < list.size(); ++i)
    reader.add(list[i], compiler.detach_reset, "compiler.surrogate[" + std::to_string(i) + "]");
  return rules;
}

}  // namespace

codegen::TrainingOptions training_options(const TrainingCompiler& compiler, const Network& network) {
  Problems problems;
  codegen::TrainingOptions options{.losses = losses_of(compiler.losses, network, problems),
                                   .slots = compiler.gradient_slots,
                                   .allow_arrival_only = compiler.allow_arrival_only,
                                   .optimizer = compiler.optimizer.model(),
                                   .clip_value = compiler.optimizer.clip_value,
                                   .clip_norm = compiler.optimizer.clip_norm,
                                   .surrogates = rules_of(compiler, network, problems)};
  for (Problem& problem : problems_of(compiler.optimizer, "compiler.optimizer")) problems.push_back(std::move(problem));
  RegularizerReader reader(network, options, problems);
  for (std::size_t i = 0; i < compiler.regularizers.size(); ++i)
    reader.add(compiler.regularizers[i], "compiler.regularizers[" + std::to_string(i) + "]");
  check_range(compiler.gradient_slots <= 32, "compiler.gradient_slots", compiler.gradient_slots, "at most 32",
              problems);
  if (!problems.empty()) throw ModelError(std::move(problems));
  return options;
}

namespace {

// By index, whether the population contributes to a loss or to a rate that is drawn.
std::vector<bool> heard(const ir::Network& network, const codegen::TrainingOptions& options) {
  std::vector<bool> heard(network.populations.size(), false);
  for (const codegen::OutputLoss& each : options.losses) heard[each.population] = true;
  for (const codegen::RateTarget& each : options.rates) heard[each.population] = true;
  for (std::size_t turn = 0; turn < heard.size(); ++turn) {
    for (const ir::Connection& each : network.connections)
      heard[each.source] = heard[each.source] || heard[each.target];
  }
  return heard;
}

}  // namespace

std::optional<Problem> standstill(const TrainingCompiler& compiler, const ir::Network& network,
                                  const codegen::TrainingOptions& options) {
  const std::vector<bool> reached = heard(network, options);
  bool trained = false, room = false, rate = false;
  const auto see = [&](const Trainable& how) {
    trained = true;
    if (static_cast<float>(how.min) == static_cast<float>(how.max)) return;
    room = true;
    rate = rate || initial_rate(compiler.optimizer.rate()) > 0 || how.learning_rate.has_value();
  };
  const auto see_all = [&](const auto& model) {
    for (const Parameter& each : model.parameters) {
      if (each.value.training()) see(*each.value.training());
    }
    for (const StateVariable& each : model.state) {
      if (each.initial.training()) see(*each.initial.training());
    }
  };
  for (const ir::Connection& each : network.connections) {
    if (!reached[each.target]) continue;
    const Value& weight = weight_of(each.connectivity);
    if (!weight.is_frozen()) see(weight.training().value_or(Trainable{}));
    if (const auto& delay = delay_of(each.connectivity).training()) see(*delay);
    see_all(each.synapse);
  }
  for (std::size_t i = 0; i < network.populations.size(); ++i) {
    if (!reached[i]) continue;
    see_all(network.populations[i].neuron);
    if (network.populations[i].readout) see_all(*network.populations[i].readout);
  }
  if (rate) return std::nullopt;
  return make_warning({.kind = ProblemKind::training_without_effect,
                       .path = trained && room ? "compiler.optimizer.learning_rate" : "network",
                       .message = !trained ? "nothing trainable contributes to a loss, so training changes nothing"
                                  : !room  ? "every trainable value has equal bounds, so training changes nothing"
                                           : "the learning rate is 0, so training changes nothing",
                       .hint = !trained ? "unfreeze weights that contribute to a loss"
                               : !room  ? "set min below max"
                                        : "set a positive learning rate, or use a schedule"});
}

std::vector<Problem> shared_weights(const ir::Network& network) {
  std::vector<Problem> found;
  for (const ir::Connection& each : network.connections) {
    const Value& weight = weight_of(each.connectivity);
    const std::size_t neurons = network.populations[each.source].neurons() * network.populations[each.target].neurons();
    if (weight.is_frozen() || weight.training() || !weight.is_number() || neurons <= 1) continue;
    found.push_back(make_warning({.kind = ProblemKind::shared_weight,
                                  .path = "connection \"" + each.name + "\".weight",
                                  .message = "the weight " + to_string(weight) +
                                             " is a single number that all synapses share, and training changes it",
                                  .place = each.place}));
  }
  return found;
}

codegen::CompileOptions compile_options(const TrainingCompiler& compiler) {
  codegen::CompileOptions options;
  options.dt = compiler.dt;
  options.nominal_dt = compiler.nominal_dt;
  options.timesteps = compiler.timesteps;
  options.batch_size = compiler.batch_size;
  options.seed = compiler.seed;
  options.threads_per_block = compiler.threads_per_block;
  options.schedule = codegen::Schedule::trial;
  return options;
}

}  // namespace synfire
