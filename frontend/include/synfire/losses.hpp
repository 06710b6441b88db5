// SPDX-License-Identifier: Apache-2.0
// Losses, which training minimizes. All are means over the examples of a batch.
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "synfire/reference.hpp"

namespace synfire {

// v: the readout values of an output. −ln softmax(v / temperature)[label]; targets are class labels.
struct SparseCategoricalCrossentropy {
  double temperature = 1.0;  // > 0
  bool operator==(const SparseCategoricalCrossentropy&) const = default;
};

// −Σ target[k] · ln softmax(v / temperature)[k]; targets are distributions over the classes: examples × shape.
struct CategoricalCrossentropy {
  double temperature = 1.0;  // > 0
  bool operator==(const CategoricalCrossentropy&) const = default;
};

// ½ Σ (v[k] − target[k])²; targets are values: examples × shape. per_step: the mean over the steps of an example of the
// same sum for the output variable of each step, whatever the readout; targets are examples × timesteps × shape.
struct MeanSquareError {
  bool per_step = false;
  bool operator==(const MeanSquareError&) const = default;
};

// ½ Σ (t[k] − t[label] − delta)² over the neurons k other than the label's, with first spike times t (ms): all others
// should spike `delta` later. Silent neurons do not contribute. For the readout first_spike_time; targets are class
// labels.
struct RelativeMeanSquareError {
  double delta = 1.0;  // ms
  bool operator==(const RelativeMeanSquareError&) const = default;
};

// −ln softmax(−t / temperature)[label] + alpha / (1.01·T − t[label]), with first spike times t and the duration T of
// the example (ms): the label's neuron should spike first, and early (Göltz et al. 2021). Silent neurons have no
// derivative. For the readout first_spike_time; targets are class labels.
struct TimeToFirstSpikeCrossentropy {
  double temperature = 1.0;  // ms, > 0
  double alpha = 0.01;       // ms, ≥ 0
  bool operator==(const TimeToFirstSpikeCrossentropy&) const = default;
};

// One of the above, or its name, with default parameters: "sparse_categorical_crossentropy",
// "categorical_crossentropy", "mean_square_error", "relative_mean_square_error", "time_to_first_spike_crossentropy".
class Loss {
 public:
  Loss(const char* name) : Loss(std::string(name)) {}  // NOLINT(google-explicit-constructor)
  Loss(std::string name);                              // NOLINT(google-explicit-constructor)
  Loss(SparseCategoricalCrossentropy loss);            // NOLINT(google-explicit-constructor)
  Loss(CategoricalCrossentropy loss);                  // NOLINT(google-explicit-constructor)
  Loss(MeanSquareError loss);                          // NOLINT(google-explicit-constructor)
  Loss(RelativeMeanSquareError loss);                  // NOLINT(google-explicit-constructor)
  Loss(TimeToFirstSpikeCrossentropy loss);             // NOLINT(google-explicit-constructor)

  const std::string& name() const { return name_; }
  double temperature() const { return temperature_; }
  double alpha() const { return alpha_; }
  double delta() const { return delta_; }
  bool per_step() const { return per_step_; }

 private:
  std::string name_;
  double temperature_ = 1.0, alpha_ = 0.0, delta_ = 0.0;
  bool per_step_ = false;
};

// The loss of one output.
struct OutputLoss {
  PopulationReference output;
  Loss loss;
};

// One loss for all outputs, or a list of outputs with their losses; other outputs do not contribute to the loss.
class Losses {
 public:
  template <class T>
  requires std::convertible_to<T, Loss> Losses(T&& loss)  // NOLINT(*-explicit-*,*-overload)
      : for_all_{Loss(std::forward<T>(loss))} {}
  Losses(std::initializer_list<OutputLoss> list) : list_(list) {}
  Losses(std::vector<OutputLoss> list) : list_(std::move(list)) {}  // NOLINT(google-explicit-constructor)

  const std::vector<Loss>& for_all() const { return for_all_; }  // one, or none if there is a list
  const std::vector<OutputLoss>& list() const { return list_; }

 private:
  std::vector<Loss> for_all_;
  std::vector<OutputLoss> list_;
};

}  // namespace synfire
