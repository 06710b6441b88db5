// SPDX-License-Identifier: Apache-2.0
#include "train/loss_weighting.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "synfire/value.hpp"
#include "train/score_board.hpp"

namespace synfire::runtime {
namespace {

using contract::TrainedOutput;

// One of the three options.
struct WeightKind {
  const char* name;
  const char* refusal;                   // of a loss that cannot have such weights
  bool (*fits)(const TrainedOutput&);    // whether it can …
  bool (*shares)(const TrainedOutput&);  // … and has those for all outputs
};

bool is_per_step(const TrainedOutput& output) { return output.per_step; }
bool is_any(const TrainedOutput&) { return true; }

constexpr WeightKind of_samples{"sample_weights", "", is_any, takes_data};
constexpr WeightKind of_classes{"class_weights", "the loss takes no labels, so it has no classes", takes_labels,
                                takes_labels};
constexpr WeightKind of_steps{"step_weights", "the loss is not one of every step (per_step)", is_per_step, is_per_step};

float largest(std::span<const float> values) {
  return values.empty() ? 1.0F : *std::max_element(values.begin(), values.end());
}

class Weighing {
 public:
  Weighing(BoundData& data, const contract::Manifest& manifest, const PopulationIndex& index)
      : data_(data), manifest_(manifest), outputs_(manifest.training->outputs), index_(index) {}

  void run(const GivenWeights& given) {
    for (std::size_t o = 0; o < outputs_.size(); ++o)
      data_.targets[o].weights = {.row = outputs_[o].per_step ? manifest_.timesteps : 1u};
    each(given.samples, of_samples, [&](std::size_t o, const Tensor<float>& values, const std::string& path) {
      if (!has_size(values, data_.examples, "examples", path)) return;
      if (are_valid(values, path, [](std::size_t i) { return "example " + std::to_string(i); }))
        data_.targets[o].weights.examples = values.values();
    });
    each(given.classes, of_classes, [&](std::size_t o, const Tensor<float>& values, const std::string& path) {
      if (!has_size(values, element_count(index_[data_.targets[o].population].shape), "classes", path)) return;
      if (are_valid(values, path, [](std::size_t i) { return "class " + std::to_string(i); }))
        weigh_classes(data_.targets[o], values, given.learned);
    });
    each(given.steps, of_steps, [&](std::size_t o, const Tensor<float>& values, const std::string& path) {
      weigh_steps(data_.targets[o].weights, values, path);
    });
    if (problems_.empty()) check_products();
    if (!problems_.empty()) throw DataError(std::move(problems_));
  }

 private:
  using Take = std::function<void(std::size_t output, const Tensor<float>& values, const std::string& path)>;

  void each(const LossWeights& given, const WeightKind& kind, const Take& take) {
    if (given.for_all()) {
      // One problem is enough: that of another output would be the same.
      const std::size_t before = problems_.size();
      std::size_t taken = 0;
      for (std::size_t o = 0; o < outputs_.size() && problems_.size() == before; ++o) {
        if (!kind.shares(outputs_[o])) continue;
        ++taken;
        take(o, given.for_all()->values(), path_of(kind, outputs_[o].population));
      }
      if (taken == 0)
        refuse(kind.name, "no output has a loss that takes them", "name an output, or omit the weights", kind);
    }
    std::set<std::size_t> named;
    for (std::size_t i = 0; i < given.list().size(); ++i) {
      const OutputLossWeights& own = given.list()[i];
      const auto population =
          index_.find(own.output, std::string(kind.name) + '[' + std::to_string(i) + ']', problems_);
      if (!population) continue;
      const std::string& name = index_[*population].name;
      const std::string path = path_of(kind, name);
      const auto output = std::find_if(outputs_.begin(), outputs_.end(),
                                       [&](const TrainedOutput& candidate) { return candidate.population == name; });
      if (output == outputs_.end()) {
        refuse(path, "the population has no loss", "", kind);
      } else if (!kind.fits(*output)) {
        refuse(path, kind.refusal, "", kind);
      } else if (!named.insert(*population).second) {
        refuse(path, "the output has such weights already", "list it once", kind);
      } else {
        take(static_cast<std::size_t>(output - outputs_.begin()), own.weights.values(), path);
      }
    }
  }

  static std::string path_of(const WeightKind& kind, const std::string& population) {
    return std::string(kind.name) + " of \"" + population + '"';
  }

  void refuse(std::string path, std::string message, std::string hint, const WeightKind& kind) {
    std::string names;
    for (const TrainedOutput& each : outputs_) {
      if (kind.fits(each)) names += (names.empty() ? "\"" : ", \"") + each.population + '"';
    }
    problems_.push_back({.kind = ProblemKind::surplus_data,
                         .path = std::move(path),
                         .message = std::move(message),
                         .hint = std::move(hint),
                         .expected = std::string(kind.name) + (names.empty() ? ": none" : " for " + names)});
  }

  bool has_size(const Tensor<float>& values, std::size_t count, const char* of, const std::string& path) {
    if (values.shape() == Extents{count}) return true;
    wrong_size(path, std::string("the weights are not one for each of the ") + of, std::to_string(count), values);
    return false;
  }

  void wrong_size(const std::string& path, std::string message, std::string expected, const Tensor<float>& values) {
    problems_.push_back({.kind = ProblemKind::wrong_data_size,
                         .path = path,
                         .message = std::move(message),
                         .expected = std::move(expected),
                         .given = to_string(values.shape())});
  }

  bool are_valid(const Tensor<float>& values, const std::string& path,
                 const std::function<std::string(std::size_t)>& place) {
    const auto bad = std::find_if(values.begin(), values.end(), [](float x) { return !std::isfinite(x) || x < 0; });
    if (bad == values.end()) return true;
    problems_.push_back({.kind = ProblemKind::invalid_value,
                         .path = path + ", " + place(static_cast<std::size_t>(bad - values.begin())),
                         .message = "the weight is out of range",
                         .expected = "≥ 0, and finite in single precision",
                         .given = to_string(Value(*bad))});
    return false;
  }

  void weigh_classes(BoundTarget& target, const Tensor<float>& of_class, std::size_t learned) const {
    std::vector<float>& of_example = target.weights.examples;
    if (of_example.empty()) of_example.assign(data_.examples, 1.0F);
    for (std::size_t e = 0; e < std::min(learned, data_.examples); ++e) of_example[e] *= of_class[target.labels[e]];
  }

  void weigh_steps(BoundWeights& weights, const Tensor<float>& values, const std::string& path) {
    const std::size_t steps = manifest_.timesteps;
    const bool of_all = values.shape() == Extents{steps};
    if (!of_all && values.shape() != Extents{data_.examples, steps}) {
      const std::string own = std::to_string(steps);
      return wrong_size(path, "the weights are not one for each step, of all examples or of each",
                        own + ", or " + std::to_string(data_.examples) + "×" + own, values);
    }
    const auto place = [&](std::size_t i) {
      return (of_all ? "" : "example " + std::to_string(i / steps) + ", ") + "step " + std::to_string(i % steps);
    };
    if (are_valid(values, path, place)) weights.steps = values.values();
  }

  void check_products() {
    for (std::size_t o = 0; o < outputs_.size(); ++o) {
      const BoundWeights& weights = data_.targets[o].weights;
      const float product = largest(weights.examples) * largest(weights.steps);
      if (std::isfinite(product)) continue;
      problems_.push_back(
          {.kind = ProblemKind::invalid_value,
           .path = "sample_weights, class_weights and step_weights of \"" + outputs_[o].population + '"',
           .message = "the products of the weights are out of range",
           .hint = "weights of examples, classes and steps are multiplied",
           .expected = "finite in single precision",
           .given = std::to_string(product)});
    }
  }

  BoundData& data_;
  const contract::Manifest& manifest_;
  const std::vector<TrainedOutput>& outputs_;
  const PopulationIndex& index_;
  std::vector<Problem> problems_;
};

}  // namespace

void weigh(BoundData& data, const contract::Manifest& manifest, const PopulationIndex& index,
           const GivenWeights& given) {
  if (given.samples.are_given() || given.steps.are_given() || given.classes.are_given())
    Weighing(data, manifest, index).run(given);
}

}  // namespace synfire::runtime
