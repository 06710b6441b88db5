// SPDX-License-Identifier: Apache-2.0
// Weights of losses in training (docs/training.md#weights-of-losses).
//
//   .sample_weights = weights                             a factor for each example, for all outputs
//   .class_weights = {1, 1, 5}                            a factor for each class
//   .class_weights = {{place, {1, 5}}, {"kind", {1, 2}}}  of some outputs
//   .step_weights = mask                                  a factor for each step, of all examples or of each
#pragma once

#include <concepts>
#include <initializer_list>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "synfire/reference.hpp"
#include "synfire/tensor.hpp"

namespace synfire {

// Factors ≥ 0, finite in single precision, which it owns: whoever makes options may let go of the data.
class WeightValues {
 public:
  WeightValues(std::initializer_list<double> values)  // NOLINT(google-explicit-constructor)
      : WeightValues(std::vector<double>(values)) {}
  WeightValues(const std::vector<double>& values)  // NOLINT(google-explicit-constructor)
      : values_({values.size()}) {
    constexpr double most = std::numeric_limits<float>::max();
    for (std::size_t i = 0; i < values.size(); ++i) {
      const bool fits = values[i] >= -most && values[i] <= most;
      values_[i] = fits ? static_cast<float>(values[i]) : std::numeric_limits<float>::infinity();  // refused later
    }
  }
  WeightValues(std::vector<float> values)  // NOLINT(google-explicit-constructor)
      : values_({values.size()}, values) {}
  WeightValues(Tensor<float> values) : values_(std::move(values)) {}  // NOLINT(google-explicit-constructor)

  const Tensor<float>& values() const { return values_; }

 private:
  Tensor<float> values_;
};

// The weights of one output.
struct OutputLossWeights {
  PopulationReference output;
  WeightValues weights;
};

// One list for all outputs that can have it, a list of outputs with theirs, or none: then every weight is 1.
class LossWeights {
 public:
  LossWeights() = default;
  template <class T>
  requires std::convertible_to<T, WeightValues> LossWeights(T&& weights)  // NOLINT(*-explicit-*,*-overload)
      : for_all_(WeightValues(std::forward<T>(weights))) {}
  LossWeights(std::initializer_list<double> weights) : for_all_(WeightValues(weights)) {}
  LossWeights(std::initializer_list<OutputLossWeights> list) : list_(list) {}
  LossWeights(std::vector<OutputLossWeights> list) : list_(std::move(list)) {}  // NOLINT(google-explicit-constructor)

  bool are_given() const { return for_all_ || !list_.empty(); }
  const std::optional<WeightValues>& for_all() const { return for_all_; }
  const std::vector<OutputLossWeights>& list() const { return list_; }  // empty if there is one for all

 private:
  std::optional<WeightValues> for_all_;
  std::vector<OutputLossWeights> list_;
};

}  // namespace synfire
