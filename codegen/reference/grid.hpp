// SPDX-License-Identifier: Apache-2.0
// Grid mode: the steps of a compiled program in double, and the adjoint that programs compute: the transpose of the step as
// it is integrated, with the event terms of the derivation taken in the step of the spike.
#pragma once

#include <memory>
#include <numeric>
#include <optional>
#include <vector>

#include "reference/trial.hpp"

namespace synfire::codegen::reference {

// One step of a population but for its threshold and reset, as lowering makes it.
struct GridTape {
  std::unique_ptr<Tape> tape;
  std::vector<int> start;     // by variable
  std::vector<int> taken_up;  // with the arrivals of the step
  std::vector<int> flowed;    // after the flow, of the readout after on_step
};

struct GridPopulation {
  std::size_t variables = 0, parameters = 0, arrivals = 0;
  GridTape free, held;
  GridTape free_without, held_without;  // without the jumps that arrivals make past the synapse's own states
  bool is_direct = false;
  // Inputs: x, p, t, input, duration, target, then what arrives by connection.
  std::size_t time() const { return variables + parameters; }
  std::size_t arriving(std::size_t c) const { return variables + parameters + 4 + c; }
  std::size_t inputs() const { return variables + parameters + 4 + arrivals; }
};

// By population; empty where spikes are given. Throws ModelError where an integrator does not apply.
std::vector<std::unique_ptr<GridPopulation>> compile_grid(const CompiledNetwork& network);

struct GridOutcome {
  double loss = 0;
  std::vector<std::vector<GivenSpike>> spikes;  // by population
  std::vector<std::uint32_t> triggered;
  std::uint32_t near_tangent = 0;
};

class GridTrial {
 public:
  // `trains`: by population, the spikes to take instead of its own; null: its own.
  GridTrial(const CompiledNetwork& network, const std::vector<std::unique_ptr<GridPopulation>>& grid,
            const Values& values, const Example& example, const std::vector<std::vector<GivenSpike>>* trains = nullptr);

  GridOutcome run_forward();
  Values run_backward();
  // Spikes of the last backward run without a time of their own, and crossings whose κ was left out.
  std::uint32_t triggered() const { return std::accumulate(outcome_.triggered.begin(), outcome_.triggered.end(), 0u); }
  std::uint32_t near_tangent() const { return outcome_.near_tangent; }

 private:
  struct Moment {  // of one neuron in one step
    std::vector<double> inputs;
    bool resting = false, rest_ends = false, spiked = false;
    int sign = 1;
    std::vector<double> event;  // the state before the reset, synapses with the arrivals of the step; where it spiked
  };

  struct Neuron {
    std::vector<double> state;
    std::uint32_t rest = 0;  // steps
    std::vector<double> partial_inputs;
    std::vector<double> lambda, gradient;
    double carried = 0;
    std::vector<double> matrix_adjoints[2];  // of the tapes' constants
    std::vector<double> jump_values, partials;
  };

  std::uint32_t count(std::size_t p) const { return network_.neurons_of(p); }
  Neuron& neuron(std::size_t p, std::uint32_t j) { return neurons_[first_[p] + j]; }
  Moment& moment(std::uint32_t n, std::size_t p, std::uint32_t j) {
    return moments_[std::size_t{n} * neurons_.size() + first_[p] + j];
  }
  const GridTape& tape(std::size_t p, bool resting) const;
  double& arriving(std::uint32_t n, std::uint32_t connection, std::uint32_t target, std::vector<double>& of) const;
  void start();
  void index_trains();
  void step(std::uint32_t n, std::size_t p);
  void step_neuron(std::uint32_t n, std::size_t p, std::uint32_t j);
  void spike(std::uint32_t n, std::size_t p, std::uint32_t j, const std::vector<double>& values);
  bool decides_to_spike(std::uint32_t n, std::size_t p, std::uint32_t j, double before, double now, bool rested);
  void deliver(std::uint32_t n, std::size_t p, std::uint32_t j, int sign);
  double threshold(std::size_t p, Neuron& neuron, const std::vector<double>& state, std::uint32_t n) const;
  const std::vector<double>& jumps_at(std::size_t p, Neuron& neuron, const std::vector<double>& state,
                                      std::uint32_t n) const;
  void set_inputs(std::size_t p, std::uint32_t j, std::uint32_t n, std::vector<double>& inputs) const;
  void evaluate_loss();

  void start_back();
  void step_back(std::uint32_t n, std::size_t p, std::uint32_t j);
  double take_due(std::uint32_t n, std::size_t p, std::uint32_t j, int sign);
  void back_through_spike(std::uint32_t n, std::size_t p, std::uint32_t j, double eta, const Moment& now,
                          std::optional<double>& lifted);
  void back_through_flow(std::uint32_t n, std::size_t p, std::uint32_t j, const Moment& now,
                         std::optional<double> lifted);
  double back_through_reset(std::uint32_t n, std::size_t p, std::uint32_t j, const Moment& now,
                            std::vector<double>& flow);
  bool is_lifted(std::uint32_t n, std::size_t p, std::uint32_t j, const Moment& now);
  const std::vector<double>& partials_at(std::size_t p, std::uint32_t j, std::uint32_t n,
                                         const std::vector<double>& state);
  struct Point {
    const std::vector<double>&state, &lambda;
  };
  void time_arrivals(std::uint32_t n, std::size_t p, std::uint32_t j, const Moment& now, const Point& at,
                     const std::vector<double>& input_adjoints);
  using Jump = std::vector<double>;  // by variable
  std::vector<Jump> direct_jumps(std::size_t p, const Moment& now, const std::vector<double>& values);
  void time_jumps(std::uint32_t n, std::size_t p, std::uint32_t j, const Moment& now, const Point& at,
                  const std::vector<double>& values, const std::vector<Jump>& jumps, std::optional<double> lifted);
  double rate_of_extremum(std::size_t p, std::uint32_t j, std::uint32_t n, std::size_t e,
                          const std::vector<double>& at);
  void time_extrema(std::size_t p, std::uint32_t j, std::uint32_t n, const std::vector<double>& state,
                    const std::vector<double>& input_adjoints, const std::vector<Jump>& jumps);
  void time_peaks(std::size_t p, std::uint32_t j, std::uint32_t n, const std::vector<double>& end,
                  const std::vector<double>& lambda, const std::vector<Jump>& jumps);
  std::pair<std::vector<double>, double> rise_by_jumps(std::size_t p, std::uint32_t j, std::uint32_t n, std::size_t e,
                                                       const std::vector<double>& at, const std::vector<Jump>& jumps);
  void share_among_jumps(std::size_t p, std::uint32_t j, std::uint32_t n, std::size_t e, const std::vector<double>& at,
                         const std::vector<Jump>& jumps, double pull);
  double rate_of_loss(std::size_t p, std::uint32_t j, std::uint32_t n, const std::vector<double>& state,
                      const std::vector<double>& lambda);
  void end_rest(std::size_t p, std::uint32_t j, std::uint32_t n, const std::vector<double>& state,
                const std::vector<double>& lambda);
  void collect_constants(std::size_t p, std::uint32_t j);

  const CompiledNetwork& network_;
  const std::vector<std::unique_ptr<GridPopulation>>& grid_;
  const Values& values_;
  const Example& example_;
  const std::vector<std::vector<GivenSpike>>* trains_;
  std::uint32_t timesteps_;
  std::vector<std::size_t> first_;
  std::vector<Neuron> neurons_;
  std::vector<Moment> moments_;
  std::vector<std::vector<int>> train_signs_;         // by population: steps × neurons, 0 where no spike
  std::vector<std::vector<double>> arriving_;         // by connection: steps × targets
  std::vector<std::vector<double>> lambda_arriving_;  // Λ
  std::vector<std::vector<double>> timing_;           // Q
  std::vector<std::vector<std::size_t>> incoming_;    // connections by population, in order
  std::vector<std::vector<double>> loss_derivatives_;
  GridOutcome outcome_;
  Values gradient_;
};

}  // namespace synfire::codegen::reference
