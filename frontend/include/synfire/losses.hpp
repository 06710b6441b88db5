// SPDX-License-Identifier: Apache-2.0
// Losses, which training minimizes. All are means over the examples of a batch.
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "synfire/error.hpp"
#include "synfire/model.hpp"
#include "synfire/models/categorical_crossentropy.hpp"
#include "synfire/models/mean_square_error.hpp"
#include "synfire/models/relative_mean_square_error.hpp"
#include "synfire/models/silent_neurons.hpp"
#include "synfire/models/sparse_categorical_crossentropy.hpp"
#include "synfire/models/time_to_first_spike_crossentropy.hpp"
#include "synfire/reference.hpp"

namespace synfire {

// The loss of one output.
struct OutputLoss {
  PopulationReference output;
  Loss loss;            // a name in the registry, a built-in struct or a LossModel
  double weight = 1.0;  // its factor in the total loss, finite, ≥ 0
};

// One loss for all outputs, or a list of outputs with their losses; other outputs do not contribute to the loss.
class Losses {
 public:
  template <class T>
  requires std::convertible_to<T, Loss> Losses(T&& loss, double weight = 1.0)  // NOLINT(*-explicit-*,*-overload)
      : for_all_{Loss(std::forward<T>(loss))}, weight_(weight) {}
  Losses(std::initializer_list<OutputLoss> list) : list_(list) {}
  Losses(std::vector<OutputLoss> list) : list_(std::move(list)) {}  // NOLINT(google-explicit-constructor)

  const std::vector<Loss>& for_all() const { return for_all_; }  // one, or none if there is a list
  double weight() const { return weight_; }                      // of the one for all
  const std::vector<OutputLoss>& list() const { return list_; }

 private:
  std::vector<Loss> for_all_;
  double weight_ = 1.0;
  std::vector<OutputLoss> list_;
};

// The loss where none is given.
inline LossModel default_loss() { return SparseCategoricalCrossentropy::text(); }

// The definition that was chosen, with the explicit values in place; only a name if the registry has no such loss.
LossModel model_of(const Loss& loss);

// Everything that is wrong with a loss, whatever its output: an unknown name, values that it does not have or that are
// out of range, mistakes in its text. `path`: of the loss in messages; `place`: of its values; `text`: of its
// definition.
std::vector<Problem> problems_of(const LossModel& loss, const std::string& path, const Place& place = {},
                                 const Place& text = {});

}  // namespace synfire
