// SPDX-License-Identifier: Apache-2.0
#include "evaluate/data_binding.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "evaluate/data_check.hpp"

namespace synfire::runtime {
namespace {

using Problems = std::vector<Problem>;

// Inputs and targets are matched to populations in the same way.
struct Role {
  std::string list;                                             // `inputs`, `targets`
  std::string missing, surplus;                                 // messages
  std::string hint;                                             // how to provide data, up to the name of the population
  std::function<bool(const contract::PopulationInfo&)> wanted;  // whether a population accepts such data
};

const Role& input_role() {
  static const Role role{"inputs", "the population has no input data", "the population does not accept input",
                         "provide data, on the command line with --input, for \"",
                         [](const contract::PopulationInfo& p) { return p.input != contract::InputKind::none; }};
  return role;
}

Role target_role(const PopulationIndex& index, const std::vector<ExpectedTarget>& expected) {
  std::set<std::string> wanted;
  for (const ExpectedTarget& target : expected) {
    if (target.given) wanted.insert(index[target.population].name);
  }
  return {"targets", "the output has no targets", "the population is not an output that is compared with targets",
          "provide targets, on the command line with --labels, for \"",
          [wanted](const contract::PopulationInfo& p) { return wanted.contains(p.name); }};
}

struct Match {
  const DataView* data;
  std::string path;  // `inputs[0] "a"`
};

// Matches lists of data to populations, and counts examples.
class Binder {
 public:
  explicit Binder(const PopulationIndex& index) : index_(index) {}

  std::map<std::size_t, Match> match(const std::vector<NamedData>& list, const Role& role);
  void check_steps(const RunOptions& options, std::uint32_t timesteps);
  std::size_t examples() const { return examples_.value_or(0); }
  bool counted() const { return examples_.has_value(); }
  void set_examples(std::size_t examples) { examples_ = examples; }
  Problems& problems() { return problems_; }
  void finish() {
    if (!problems_.empty()) throw DataError(std::move(problems_));
  }

 private:
  void count_examples(const Match& match);
  std::string expected(const Role& role) const;

  const PopulationIndex& index_;
  Problems problems_;
  std::optional<std::size_t> examples_;
  std::string counted_by_;
};

std::string Binder::expected(const Role& role) const {
  std::string names;
  for (const contract::PopulationInfo& population : index_.populations()) {
    if (role.wanted(population)) names += (names.empty() ? "\"" : ", \"") + population.name + '"';
  }
  return role.list + (names.empty() ? ": none" : " for " + names);
}

std::map<std::size_t, Match> Binder::match(const std::vector<NamedData>& list, const Role& role) {
  std::map<std::size_t, Match> matches;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string place = role.list + '[' + std::to_string(i) + ']';
    const auto population = index_.find(list[i].population, place, problems_);
    if (!population) continue;
    const Match match{&list[i].data, place + " \"" + index_[*population].name + '"'};
    const bool wanted = role.wanted(index_[*population]);
    if (wanted && matches.emplace(*population, match).second) {
      count_examples(match);
      continue;
    }
    problems_.push_back({.kind = ProblemKind::surplus_data,
                         .path = match.path,
                         .message = wanted ? "the population has data already" : role.surplus,
                         .expected = expected(role)});
  }
  for (std::size_t i = 0; i < index_.populations().size(); ++i) {
    if (!role.wanted(index_[i]) || matches.contains(i)) continue;
    problems_.push_back({.kind = ProblemKind::missing_data,
                         .path = index_.path_of(i),
                         .message = role.missing,
                         .hint = role.hint + (index_[i].name + '"'),
                         .expected = expected(role)});
  }
  return matches;
}

void Binder::count_examples(const Match& match) {
  const std::size_t examples = match.data->examples();
  if (examples > std::numeric_limits<std::uint32_t>::max()) {
    problems_.push_back({.kind = ProblemKind::wrong_data_size,
                         .path = match.path,
                         .message = "there are too many examples",
                         .expected = "less than 2^32",
                         .given = std::to_string(examples)});
  }
  if (!examples_) {
    examples_ = examples;
    counted_by_ = match.path;
  } else if (*examples_ != examples) {
    problems_.push_back({.kind = ProblemKind::wrong_data_size,
                         .path = match.path,
                         .message = "the numbers of examples differ",
                         .expected = std::to_string(*examples_) + " examples as in " + counted_by_,
                         .given = std::to_string(examples)});
  }
}

void Binder::check_steps(const RunOptions& options, std::uint32_t timesteps) {
  const std::vector<std::uint32_t>& steps = options.example_timesteps;
  if (steps.empty()) return;
  if (examples_ && steps.size() != *examples_) {
    problems_.push_back({.kind = ProblemKind::wrong_data_size,
                         .path = "example_timesteps",
                         .message = "the number of entries is not the number of examples",
                         .expected = std::to_string(*examples_),
                         .given = std::to_string(steps.size())});
  }
  for (std::size_t e = 0; e < steps.size(); ++e) {
    if (steps[e] >= 1 && steps[e] <= timesteps) continue;
    problems_.push_back({.kind = ProblemKind::invalid_value,
                         .path = "example_timesteps[" + std::to_string(e) + ']',
                         .message = "the number of steps is out of range",
                         .hint = "the compiler's option timesteps limits the steps of an example",
                         .expected = "1 to " + std::to_string(timesteps),
                         .given = std::to_string(steps[e])});
    return;
  }
}

std::vector<BoundInput> bind_inputs(Binder& binder, const PopulationIndex& index,
                                    const std::vector<NamedData>& inputs) {
  std::vector<BoundInput> bound;
  for (const auto& [population, match] : binder.match(inputs, input_role())) {
    check_input(*match.data, index[population], match.path, binder.problems());
    BoundInput input{.population = population};
    if (const auto* values = std::get_if<const Tensor<float>*>(&match.data->content())) input.values = *values;
    if (const auto* trains = std::get_if<const SpikeTrains*>(&match.data->content())) input.spikes = *trains;
    if (const auto* source = std::get_if<const ValueSource*>(&match.data->content())) input.value_source = *source;
    if (const auto* source = std::get_if<const SpikeSource*>(&match.data->content())) input.spike_source = *source;
    bound.push_back(input);
  }
  return bound;
}

BoundTarget bind_target(Binder& binder, const PopulationIndex& index, const ExpectedTarget& expected,
                        const Match& match) {
  BoundTarget target{.population = expected.population};
  const Extents& shape = index[expected.population].shape;
  if (expected.kind == TargetKind::labels) {
    target.labels =
        check_labels(*match.data, element_count(shape), expected.compared_by, match.path, binder.problems());
  } else {
    check_target_values(*match.data, shape, expected.steps, expected.compared_by, match.path, binder.problems());
    if (const auto* values = std::get_if<const Tensor<float>*>(&match.data->content())) target.values = *values;
    if (const auto* source = std::get_if<const ValueSource*>(&match.data->content())) target.value_source = *source;
  }
  return target;
}

BoundData finish(Binder& binder, BoundData data, std::uint32_t timesteps, const RunOptions& options) {
  if (!binder.counted() && binder.problems().empty()) {
    binder.problems().push_back({.kind = ProblemKind::missing_data,
                                 .path = "inputs",
                                 .message = "the number of examples is unknown",
                                 .hint = "the network takes no input: use predict(examples), on the command line "
                                         "synfire run --examples N"});
  }
  binder.check_steps(options, timesteps);
  binder.finish();
  data.examples = binder.examples();
  data.steps = options.example_timesteps;
  return data;
}

}  // namespace

std::vector<ExpectedTarget> targets_of(const std::vector<ChosenMetric>& metrics) {
  std::vector<ExpectedTarget> expected;
  expected.reserve(metrics.size());
  for (const ChosenMetric& chosen : metrics) expected.push_back({chosen.population, chosen.metric->target_kind()});
  return expected;
}

bool BoundData::is_streamed() const {
  return std::any_of(inputs.begin(), inputs.end(), [](const BoundInput& each) { return each.is_streamed(); }) ||
         std::any_of(targets.begin(), targets.end(),
                     [](const BoundTarget& each) { return each.value_source != nullptr; });
}

bool BoundData::is_weighted() const {
  return std::any_of(targets.begin(), targets.end(), [](const BoundTarget& each) { return each.weights.are_given(); });
}

void BoundWeights::write(std::size_t example, float* to) const {
  const float own = examples.empty() ? 1.0F : examples[example];
  if (steps.empty()) {
    std::fill_n(to, row, own);
    return;
  }
  const float* const from = steps.data() + (steps.size() == row ? 0 : example * row);
  std::transform(from, from + row, to, [own](float step) { return own * step; });
}

BoundData bind_data(const PopulationIndex& index, std::uint32_t timesteps, const std::vector<NamedData>& inputs,
                    const RunOptions& options) {
  Binder binder(index);
  BoundData data;
  data.inputs = bind_inputs(binder, index, inputs);
  return finish(binder, std::move(data), timesteps, options);
}

BoundData bind_data(const PopulationIndex& index, std::uint32_t timesteps, const std::vector<NamedData>& inputs,
                    const std::vector<NamedData>& targets, const std::vector<ExpectedTarget>& expected,
                    const RunOptions& options) {
  Binder binder(index);
  BoundData data;
  data.inputs = bind_inputs(binder, index, inputs);
  const auto matches = binder.match(targets, target_role(index, expected));
  for (const ExpectedTarget& target : expected) {
    if (!target.given) data.targets.push_back({.population = target.population});
    const auto match = matches.find(target.population);
    if (match != matches.end()) data.targets.push_back(bind_target(binder, index, target, match->second));
  }
  return finish(binder, std::move(data), timesteps, options);
}

BoundData bind_silence(const PopulationIndex& index, std::uint32_t timesteps, std::size_t examples,
                       const RunOptions& options) {
  Binder binder(index);
  if (examples > 0) binder.set_examples(examples);
  BoundData data;
  for (std::size_t i = 0; i < index.populations().size(); ++i) {
    if (input_role().wanted(index[i])) data.inputs.push_back({.population = i});
  }
  return finish(binder, std::move(data), timesteps, options);
}

}  // namespace synfire::runtime
