// SPDX-License-Identifier: Apache-2.0
// Checks the gradient on the grid against small changes of the steps: a later arrival, a moved state at a spike.
#include <algorithm>
#include <cmath>
#include <random>

#include "reference/gradcheck.hpp"

namespace synfire::codegen::reference {
namespace {

constexpr double part_moved = 1e-3;
constexpr double part_of_rise = 1e-6;

struct Arrived {
  std::uint32_t connection, target, step;
  double weight;
};

// With fixed spikes, only arrivals at outputs change the loss.
std::vector<Arrived> arrivals_at_outputs(const GridNetwork& network, const GridTrial& trial, std::uint32_t timesteps) {
  std::vector<Arrived> result;
  for (std::uint32_t c = 0; c < network.network.connections.size(); ++c) {
    const std::uint32_t target = network.network.connections[c].target;
    const bool is_output = std::any_of(network.options.losses.begin(), network.options.losses.end(),
                                       [&](const OutputLoss& loss) { return loss.population == target; });
    if (!is_output) continue;
    for (std::uint32_t n = 0; n < timesteps; ++n) {
      for (std::uint32_t j = 0; j < network.neurons_of(target); ++j) {
        const double weight = trial.arrived(c, j, n);
        if (weight != 0) result.push_back({c, j, n, weight});
      }
    }
  }
  return result;
}

template <class T>
void sample(std::vector<T>& all, std::size_t most, std::mt19937_64& random) {
  std::shuffle(all.begin(), all.end(), random);
  if (all.size() > most) all.resize(most);
}

void move_states(GridTrial& trial, std::vector<GridCrossing> crossings, const GridNetwork& network, MovedSum& sum) {
  for (GridCrossing& each : crossings) {
    const double rise = trial.threshold_at(each, each.inputs) - each.before;
    for (std::size_t k = 0; k < network.populations[each.population]->layout.variables; ++k) {
      if (each.slopes[k] == 0) continue;
      const double at = each.inputs[k];
      const double step = part_of_rise * each.u / std::abs(each.slopes[k]);  // moves g by that fraction of its rise
      const auto u_with = [&](double moved) {
        each.inputs[k] = at + moved;
        return -each.before / (trial.threshold_at(each, each.inputs) - each.before);
      };
      sum.add((u_with(step) - u_with(-step)) / (2 * step) * rise, each.slopes[k] * rise);
      each.inputs[k] = at;
    }
  }
}

}  // namespace

MovedCheck MovedSum::result(double allowed, double least) const {
  MovedCheck check{count_, 0, allowed};
  const double count = std::max(1.0, static_cast<double>(count_));
  const double size = std::max(std::sqrt(sizes_ / count), least);
  if (count_ > 0) check.error = std::sqrt(errors_ / count) / size;
  return check;
}

void move_in_grid(const GridNetwork& network, const Example& example,
                  const std::vector<std::vector<GivenSpike>>& trains, std::uint64_t seed, std::size_t most,
                  MovedSums& sums) {
  std::mt19937_64 random(seed);
  const std::uint32_t timesteps = example.timesteps != 0 ? example.timesteps : network.options.timesteps;
  GridTrial trial(network, network.drawn.values, example, &trains);
  const double loss = trial.run_forward().loss;
  trial.run_backward();
  std::vector<GridCrossing> crossings = trial.crossings();
  sample(crossings, most, random);
  move_states(trial, std::move(crossings), network, sums.slope);

  trial.run_backward(false);
  std::vector<Arrived> arrivals = arrivals_at_outputs(network, trial, timesteps);
  sample(arrivals, most, random);
  for (const Arrived& each : arrivals) {
    const double moved = part_moved * each.weight;
    GridTrial later(network, network.drawn.values, example, &trains);
    later.shift({each.connection, each.target, each.step, moved});
    const double change = later.run_forward().loss - loss;
    const double by_step = trial.arrival_adjoint(each.connection, each.target, each.step + 1) -
                           trial.arrival_adjoint(each.connection, each.target, each.step);
    sums.shift.add(change, moved * by_step);
  }
}

}  // namespace synfire::codegen::reference
