// SPDX-License-Identifier: Apache-2.0
// The backward pass at the spikes of a population as a surrogate gradient: the step is transposed as computed, with
// its spikes s = H(x) as factors, and ds/dx replaced by a text. A spike changes the states of the neuron by
// s·(r(x₁) − x₁) and those of its readout likewise, and arrives at its targets as s·w. See docs/adjoint.md.
#pragma once

#include <string>

#include "lower/kept_values.hpp"
#include "lower/spike_adjoint.hpp"
#include "lower/traced_step.hpp"

namespace synfire::codegen {

// At the neurons in the support, whether they spiked or not: from dL/ds to the states at the end of the step.
Phase lower_surrogate(TracedStep& traced, const LearningRequest& request, KeptValues& kept,
                      PopulationAdjoints& adjoints, ParameterAdjoints& parameters, const std::string& label);

// At the neurons that spiked, after those in the support: the transpose of the reset and of what the readout does.
EventPhase lower_resets(TracedStep& traced, const LearningRequest& request, KeptValues& kept,
                        PopulationAdjoints& adjoints, ParameterAdjoints& parameters, const std::string& label);

}  // namespace synfire::codegen
