// SPDX-License-Identifier: Apache-2.0
#include "models/builtin.hpp"

#include "synfire/models.hpp"
#include "synfire/optimizers.hpp"
#include "synfire/surrogates.hpp"

namespace synfire {
namespace {

// The model that each struct defines.
template <class Model, class... Structs>
std::vector<Model> texts() {
  return {Structs::text()...};
}

}  // namespace

std::vector<NeuronModel> builtin_neurons() {
  return texts<NeuronModel, AdaptiveLeakyIntegrateFire, BinarySpikeInput, GradedInput, IntegrateFire,
               IntegrateFireInput, LeakyIntegrate, LeakyIntegrateFire, LeakyIntegrateFireInput, PoissonInput,
               SpikeInput>();
}

std::vector<SynapseModel> builtin_synapses() { return texts<SynapseModel, Delta, Exponential>(); }

std::vector<ReadoutModel> builtin_readouts() {
  return texts<ReadoutModel, AvgVar, AvgVarExpWeight, FirstSpikeTime, MaxVar, SpikeCount, SumVar, Var>();
}

std::vector<LossModel> builtin_losses() {
  return texts<LossModel, CategoricalCrossentropy, MeanSquareError, RelativeMeanSquareError, SilentNeurons,
               SparseCategoricalCrossentropy, TimeToFirstSpikeCrossentropy>();
}

std::vector<OptimizerModel> builtin_optimizers() { return texts<OptimizerModel, Adam, AdamW, RMSprop, SGD>(); }

std::vector<SurrogateModel> builtin_surrogates() {
  return texts<SurrogateModel, Atan, Boxcar, FastSigmoid, Gaussian, StraightThrough, Triangle>();
}

}  // namespace synfire
