// SPDX-License-Identifier: Apache-2.0
// How the loss changes when what arrives in a step arrives later.
#include "reference/grid.hpp"

namespace synfire::codegen::reference {

// Q: what arrives later changes the loss by −w·Q for each ms. Where f or the jump bend, of all that arrives together.
void GridTrial::time_arrivals(std::uint32_t n, std::size_t p, std::uint32_t j, const Moment& now, const Point& at,
                              const std::vector<double>& input_adjoints) {
  const CompiledPopulation& compiled = *network_.populations[p];
  const HybridSystem& system = compiled.system();
  const GridPopulation& grid = *grid_[p];
  const std::size_t variables = compiled.variables();
  std::vector<double> pull(variables, 0.0);  // λ·F
  const std::vector<double>& partial_here = partials_at(p, j, n, at.state);
  for (std::size_t k = 0; k < variables; ++k) {
    if (system.variables[k].owner != HybridOwner::synapse) continue;
    for (std::size_t i = 0; i < variables; ++i) {
      if (now.resting && system.variables[i].held) continue;
      pull[k] += at.lambda[i] * partial_here[static_cast<std::size_t>(compiled.partial_nodes.f_x[i][k])];
    }
  }
  for (std::size_t c = 0; c < grid.arrivals; ++c) {
    const auto connection = static_cast<std::uint32_t>(incoming_[p][c]);
    arriving(n, connection, j, lambda_arriving_[connection]) = input_adjoints[grid.arriving(c)];
    std::vector<double> before = at.state, lambda_before = at.lambda;
    for (std::size_t k = 0; k < variables; ++k) {
      if (system.variables[k].owner != HybridOwner::synapse || system.variables[k].connection != connection) continue;
      before[k] = now.inputs[k];
      lambda_before[k] = input_adjoints[k];
    }
    const double total = now.inputs[grid.arriving(c)];
    double& q = arriving(n, connection, j, timing_[connection]);
    if (total != 0) {
      q = (rate_of_loss(p, j, n, at.state, at.lambda) - rate_of_loss(p, j, n, before, lambda_before)) / total;
      continue;
    }
    const std::vector<double>& partial = partials_at(p, j, n, before);
    for (std::size_t k = 0; k < variables; ++k)
      if (pull[k] != 0) q += pull[k] * partial[static_cast<std::size_t>(compiled.partial_nodes.on_spike[c][k])];
  }
}

// Of jumps past the synapses' own states: at the end of the step, before the reset. `values`: of the step's tape; λ is that
// before extrema are read.
void GridTrial::time_jumps(std::uint32_t n, std::size_t p, std::uint32_t j, const Moment& now, const Point& at,
                           const std::vector<double>& values, const std::vector<Jump>& jumps,
                           std::optional<double> lifted) {
  const CompiledPopulation& compiled = *network_.populations[p];
  const HybridSystem& system = compiled.system();
  const GridPopulation& grid = *grid_[p];
  const GridTape& used = tape(p, now.resting);
  const std::size_t variables = compiled.variables();
  std::vector<double> end(variables);
  for (std::size_t k = 0; k < variables; ++k) {
    const bool of_synapse = system.variables[k].owner == HybridOwner::synapse;
    end[k] = values[static_cast<std::size_t>(of_synapse ? used.taken_up[k] : used.flowed[k])];
  }
  const std::vector<double> partial = partials_at(p, j, n, end);
  const auto value = [&](int node) { return partial[static_cast<std::size_t>(node)]; };
  std::vector<double> lambda = at.lambda;
  for (std::size_t e = 0; e < system.extrema.size(); ++e) {
    const std::size_t own = system.extrema[e].variable;
    if (end[own] == now.inputs[own]) continue;
    for (std::size_t k = 0; k < variables; ++k)
      lambda[k] += at.lambda[own] * value(compiled.partial_nodes.extremum_x[e][k]);
  }
  std::vector<double> pull(variables, 0.0);  // λ·F
  for (std::size_t k = 0; k < variables; ++k) {
    if (system.variables[k].owner != HybridOwner::neuron) continue;
    for (std::size_t i = 0; i < variables; ++i) {
      const bool is_still = now.resting && system.variables[i].held;
      if (!is_still && system.variables[i].owner != HybridOwner::synapse)
        pull[k] += lambda[i] * value(compiled.partial_nodes.f_x[i][k]);
    }
  }
  const std::vector<double> at_start = partials_at(p, j, n, at.state);
  const auto of_arriving = [&](std::size_t c) {
    return at_start[static_cast<std::size_t>(compiled.partial_nodes.current_of_arriving[c])];
  };
  double total = 0;
  for (std::size_t c = 0; c < grid.arrivals; ++c) total += of_arriving(c) * now.inputs[grid.arriving(c)];
  for (std::size_t c = 0; c < grid.arrivals; ++c) {
    const auto connection = static_cast<std::uint32_t>(incoming_[p][c]);
    double& q = arriving(n, connection, j, timing_[connection]);
    for (std::size_t k = 0; k < variables; ++k) q += pull[k] * jumps[c][k];
    if (lifted) q -= of_arriving(c) * *lifted / total;
  }
  time_peaks(p, j, n, end, at.lambda, jumps);
}

// e_x·f + e_t in the direction of the extremum.
double GridTrial::rate_of_extremum(std::size_t p, std::uint32_t j, std::uint32_t n, std::size_t e,
                                   const std::vector<double>& at) {
  const CompiledPopulation& compiled = *network_.populations[p];
  const HybridSystem& system = compiled.system();
  const std::vector<double>& values = partials_at(p, j, n, at);
  double rate = values[static_cast<std::size_t>(compiled.partial_nodes.extremum_t[e])];
  for (std::size_t k = 0; k < at.size(); ++k) {
    if (moment(n, p, j).resting && system.variables[k].held) continue;
    rate += values[static_cast<std::size_t>(compiled.partial_nodes.extremum_x[e][k])] *
            values[static_cast<std::size_t>(compiled.partial_nodes.f[k])];
  }
  return system.extrema[e].maximum ? rate : -rate;
}

// Extrema that what arrives makes: their values are ones at a time that moves. Of several arrivals each has its share. At the
// start of the step, as the flow turns or a jump goes against it.
void GridTrial::time_extrema(std::size_t p, std::uint32_t j, std::uint32_t n, const std::vector<double>& state,
                             const std::vector<double>& input_adjoints, const std::vector<Jump>& jumps) {
  const CompiledPopulation& compiled = *network_.populations[p];
  const HybridSystem& system = compiled.system();
  const Moment& now = moment(n, p, j);
  Neuron& self = neuron(p, j);
  const GridPopulation& grid = *grid_[p];
  for (std::size_t e = 0; e < system.extrema.size(); ++e) {
    const std::size_t own = system.extrema[e].variable;
    const double value = jumps_at(p, self, state, n)[static_cast<std::size_t>(compiled.jump_nodes.extrema[e])];
    if (input_adjoints[own] == 0 || value != now.inputs[own]) continue;
    const double after = rate_of_extremum(p, j, n, e, state);
    double turn = 0;
    std::vector<double> turns;
    for (std::size_t c = 0; c < grid.arrivals; ++c) {
      std::vector<double> without = state;
      for (std::size_t k = 0; k < state.size(); ++k) {
        const HybridVariable& each = system.variables[k];
        if (each.owner == HybridOwner::synapse && each.connection == incoming_[p][c]) without[k] = now.inputs[k];
      }
      turn += turns.emplace_back(after - rate_of_extremum(p, j, n, e, without));
    }
    const double sense = system.extrema[e].maximum ? 1 : -1;
    const double before = after - turn;
    if (before > 0 && after < 0) {
      for (std::size_t c = 0; c < grid.arrivals; ++c) {
        const double total = now.inputs[grid.arriving(c)];
        const auto connection = static_cast<std::uint32_t>(incoming_[p][c]);
        if (total != 0)
          arriving(n, connection, j, timing_[connection]) -=
              input_adjoints[own] * sense * before * turns[c] / (turn * total);
      }
    }
    const double rise = rise_by_jumps(p, j, n, e, state, jumps).second;
    if (before > 0 && after > 0 && rise < 0)
      share_among_jumps(p, j, n, e, state, jumps, input_adjoints[own] * sense * before);
  }
}

// At the end of the step, that a jump has made and the flow leaves. Where the neuron spikes, that event has it.
void GridTrial::time_peaks(std::size_t p, std::uint32_t j, std::uint32_t n, const std::vector<double>& end,
                           const std::vector<double>& lambda, const std::vector<Jump>& jumps) {
  const HybridSystem& system = network_.populations[p]->system();
  const Moment& now = moment(n, p, j);
  Neuron& self = neuron(p, j);
  if (system.threshold && threshold(p, self, end, n) >= 0) return;
  for (std::size_t e = 0; e < system.extrema.size(); ++e) {
    const std::size_t own = system.extrema[e].variable;
    if (end[own] == now.inputs[own]) continue;
    const double after = rate_of_extremum(p, j, n, e, end);
    if (after > 0 || !(rise_by_jumps(p, j, n, e, end, jumps).second > 0)) continue;
    share_among_jumps(p, j, n, e, end, jumps, lambda[own] * (system.extrema[e].maximum ? after : -after));
  }
}

// By how much a unit of weight over each connection, and all that arrives, brings an extremum forward at once.
std::pair<std::vector<double>, double> GridTrial::rise_by_jumps(std::size_t p, std::uint32_t j, std::uint32_t n,
                                                                std::size_t e, const std::vector<double>& at,
                                                                const std::vector<Jump>& jumps) {
  const CompiledPopulation& compiled = *network_.populations[p];
  const HybridSystem& system = compiled.system();
  const Moment& now = moment(n, p, j);
  const std::vector<double>& values = partials_at(p, j, n, at);
  std::vector<double> rises;
  double total = 0;
  for (std::size_t c = 0; c < jumps.size(); ++c) {
    double rise = 0;
    for (std::size_t k = 0; k < jumps[c].size(); ++k) {
      if (now.resting && system.variables[k].held) continue;
      rise += values[static_cast<std::size_t>(compiled.partial_nodes.extremum_x[e][k])] * jumps[c][k];
    }
    rises.push_back(system.extrema[e].maximum ? rise : -rise);
    total += rises.back() * now.inputs[grid_[p]->arriving(c)];
  }
  return {rises, total};
}

void GridTrial::share_among_jumps(std::size_t p, std::uint32_t j, std::uint32_t n, std::size_t e,
                                  const std::vector<double>& at, const std::vector<Jump>& jumps, double pull) {
  const auto [rises, rise] = rise_by_jumps(p, j, n, e, at, jumps);
  for (std::size_t c = 0; c < rises.size(); ++c) {
    const auto connection = static_cast<std::uint32_t>(incoming_[p][c]);
    arriving(n, connection, j, timing_[connection]) -= pull * rises[c] / rise;
  }
}

// What a unit of weight over each connection adds to the neuron's states at the end of the step, past the synapses' own.
std::vector<GridTrial::Jump> GridTrial::direct_jumps(std::size_t p, const Moment& now,
                                                     const std::vector<double>& values) {
  const CompiledPopulation& compiled = *network_.populations[p];
  const HybridSystem& system = compiled.system();
  const GridPopulation& grid = *grid_[p];
  if (!grid.is_direct) return {};
  const GridTape& used = tape(p, now.resting);
  std::vector<int> stops;
  for (std::size_t k = 0; k < system.variables.size(); ++k) {
    if (system.variables[k].owner == HybridOwner::synapse && used.taken_up[k] != used.start[k])
      stops.push_back(used.taken_up[k]);
  }
  std::vector<Jump> jumps(grid.arrivals, Jump(system.variables.size(), 0.0));
  for (std::size_t k = 0; k < system.variables.size(); ++k) {
    if (system.variables[k].owner != HybridOwner::neuron) continue;
    std::vector<double> node_adjoints(values.size(), 0.0), input_adjoints(grid.inputs(), 0.0);
    node_adjoints[static_cast<std::size_t>(used.flowed[k])] = 1;
    used.tape->reverse(values, node_adjoints, input_adjoints.data(), nullptr, stops);
    for (std::size_t c = 0; c < grid.arrivals; ++c) jumps[c][k] = input_adjoints[grid.arriving(c)];
  }
  return jumps;
}

// λ·f of what flows in this step, but for the readout.
double GridTrial::rate_of_loss(std::size_t p, std::uint32_t j, std::uint32_t n, const std::vector<double>& state,
                               const std::vector<double>& lambda) {
  const CompiledPopulation& compiled = *network_.populations[p];
  const HybridSystem& system = compiled.system();
  const bool resting = moment(n, p, j).resting;
  const std::vector<double>& values = partials_at(p, j, n, state);
  double rate = 0;
  for (std::size_t k = 0; k < lambda.size(); ++k) {
    if (system.variables[k].owner == HybridOwner::readout || (resting && system.variables[k].held)) continue;
    rate += lambda[k] * values[static_cast<std::size_t>(compiled.partial_nodes.f[k])];
  }
  return rate;
}

}  // namespace synfire::codegen::reference
