// SPDX-License-Identifier: Apache-2.0
// A network compiled for the interpreter: derived adjoints, and their expressions as tapes.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "reference/series.hpp"
#include "reference/values.hpp"
#include "synfire/codegen/adjoint.hpp"
#include "synfire/codegen/training.hpp"
#include "synfire/ir/parsed_model.hpp"

namespace synfire::codegen::reference {

// The inputs of a population's tapes, in this order: x, λ, dL/dp, p, then these.
struct Layout {
  std::size_t variables = 0, parameters = 0;
  std::size_t lambda() const { return variables; }
  std::size_t gradient() const { return 2 * variables; }
  std::size_t parameter() const { return 2 * variables + parameters; }
  std::size_t time() const { return 2 * variables + 2 * parameters; }
  std::size_t input() const { return time() + 1; }
  std::size_t duration() const { return time() + 2; }
  std::size_t target() const { return time() + 3; }
  std::size_t flow_factor() const { return time() + 4; }       // of f_x, for tests
  std::size_t parameter_factor() const { return time() + 5; }  // of f_p, for tests
  std::size_t size() const { return time() + 6; }
};

using NodeMatrix = std::vector<std::vector<int>>;

// The flow of one mode: free, or with held states fixed.
struct FlowTapes {
  std::unique_ptr<Tape> forward;   // f, g, arguments of extrema
  std::unique_ptr<Tape> backward;  // f, −f_xᵀλ, −λ·f_p
  std::unique_ptr<FlowSeries> forward_series, backward_series;
  std::vector<int> f;
  int g = -1;
  std::vector<int> extrema;
};

// A population with an adjoint.
struct CompiledPopulation {
  Adjoint adjoint;
  Layout layout;
  std::optional<std::size_t> running_loss;  // the variable that accumulates it
  std::optional<std::size_t> output;        // the variable that a loss per step which joins neurons reads
  FlowTapes free, held;
  // Whether simultaneous arrivals have the same effect in any order, and if one of them is slightly earlier or later.
  bool arrivals_commute = false;

  std::unique_ptr<Tape> jumps;  // the effects of events
  struct {
    std::vector<int> r;
    NodeMatrix arrivals;  // by incoming connection, by variable
    int sign = -1, period = -1, g = -1, value = -1;
    std::vector<int> last, extrema;
  } jump_nodes;

  std::unique_ptr<Tape> partials;
  struct {
    std::vector<int> f, r, r_t, g_x, g_p, period_p, value_x, value_p, extremum_t;
    NodeMatrix r_x, r_p, extremum_x, extremum_p, last_x, last_p, arrival, arrival_t;
    std::vector<NodeMatrix> arrival_x, arrival_p;
    NodeMatrix f_x, on_spike;              // on_spike: by incoming connection
    std::vector<int> current_of_arriving;  // by incoming connection
    int g_t = -1;
  } partial_nodes;

  const HybridSystem& system() const { return adjoint.system; }
  std::size_t variables() const { return layout.variables; }
  std::size_t parameters() const { return layout.parameters; }
  const FlowTapes& flow(bool resting) const { return resting && adjoint.system.holds() ? held : free; }
};

struct ReferenceOptions {
  double dt = 1.0;          // ms
  double nominal_dt = 0.0;  // ms, dt₀; 0: dt
  std::uint32_t timesteps = 0;
  std::uint64_t seed = 0;
  std::vector<OutputLoss> losses = {};
  // Of grid mode: by population, a surrogate gradient instead of the exact one; empty: exact.
  std::vector<SurrogateRule> surrogates = {};
  std::vector<RateTarget> rates = {};  // of grid mode, with surrogates
};

struct CompiledNetwork {
  ir::Network network;
  ReferenceOptions options;
  std::vector<ir::ParsedNeuron> neurons;
  std::vector<std::unique_ptr<CompiledPopulation>> populations;  // null: its spikes are given
  DrawnNetwork drawn;
  std::vector<TensorInfo> tensors;
  std::vector<std::vector<std::uint32_t>> outgoing;  // connections of each population
  std::vector<std::size_t> arrival_of;               // by connection: its index among the target's arrivals

  std::uint32_t neurons_of(std::size_t population) const;
  double nominal_dt() const { return options.nominal_dt > 0 ? options.nominal_dt : options.dt; }

  // Why populations that have a state have no equations in continuous time. If there are problems, names and values are
  // usable, but a Trial is not.
  std::vector<Problem> problems() const;
};

CompiledNetwork compile_reference(const ir::Network& network, const ReferenceOptions& options);

}  // namespace synfire::codegen::reference
