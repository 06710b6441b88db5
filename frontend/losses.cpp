// SPDX-License-Identifier: Apache-2.0
#include "synfire/losses.hpp"

#include "synfire/contract/training.hpp"

namespace synfire {

// The name may be unknown: the compiler reports it with all other problems.
Loss::Loss(std::string name) : name_(std::move(name)) {
  if (name_ == contract::relative_mean_square_error) delta_ = RelativeMeanSquareError{}.delta;
  if (name_ == contract::time_to_first_spike_crossentropy) alpha_ = TimeToFirstSpikeCrossentropy{}.alpha;
}

Loss::Loss(SparseCategoricalCrossentropy loss)
    : name_(contract::sparse_categorical_crossentropy), temperature_(loss.temperature) {}
Loss::Loss(CategoricalCrossentropy loss) : name_(contract::categorical_crossentropy), temperature_(loss.temperature) {}
Loss::Loss(MeanSquareError loss) : name_(contract::mean_square_error), per_step_(loss.per_step) {}
Loss::Loss(RelativeMeanSquareError loss) : name_(contract::relative_mean_square_error), delta_(loss.delta) {}
Loss::Loss(TimeToFirstSpikeCrossentropy loss)
    : name_(contract::time_to_first_spike_crossentropy), temperature_(loss.temperature), alpha_(loss.alpha) {}

}  // namespace synfire
