// SPDX-License-Identifier: Apache-2.0
// Grid mode: the steps of a program in double, and the gradient that programs compute: the transpose of the step, with
// each spike differentiated between two steps (docs/adjoint.md).
#pragma once

#include <map>
#include <numeric>
#include <optional>
#include <vector>

#include "reference/grid_step.hpp"
#include "reference/trial.hpp"

namespace synfire::codegen::reference {

struct GridOutcome {
  double loss = 0;
  std::vector<std::vector<GivenSpike>> spikes;  // by population
  std::vector<std::uint32_t> triggered;
  std::uint32_t near_tangent = 0;
};

// A part of what arrives in a step, moved to the next step.
struct GridShift {
  std::uint32_t connection = 0, target = 0, step = 0;
  double weight = 0;
};

// A neuron that crosses its threshold within a step.
struct GridCrossing {
  std::size_t population = 0;
  std::uint32_t neuron = 0, step = 0;
  double before = 0;           // g₀
  double u = 0;                // position between the two steps
  std::vector<double> inputs;  // of the threshold, at the end of the step
  std::vector<double> slopes;  // ∂u/∂x₁ of the neuron's states, 0 of others
};

// Terms of the gradient at spikes, which tests leave out one at a time.
enum class GridTerm {
  reset_at_end,      // λ·r(x₁)
  flow_after_start,  // λ·Φ⁺(r(x₀))
  mode_after,        // Φ⁺ rather than Φ
  arrival,           // Λ[n+L+d]
  arrival_later,     // Λ[n+L+d+1]
  end_of_rest,
  crossing_at_end,
  crossing_at_start,
  parameters_at_end,
  parameters_at_start,
  set_off_by_spike,
  set_off_by_take_up,
  set_off_by_jump,
  current_at_end,
  current_taken_up,
  current_before,
  turned_extremum,
  jumped_extremum,
  count
};

class GridTrial {
 public:
  // `trains`: by population, the spikes to use instead of its own; null: its own.
  GridTrial(const GridNetwork& network, const Values& values, const Example& example,
            const std::vector<std::vector<GivenSpike>>* trains = nullptr);

  void shift(const GridShift& what) { shift_ = what; }
  void leave_out(GridTerm term) { left_out_ = term; }
  GridOutcome run_forward();
  // `spikes_move`: false keeps all spikes fixed.
  Values run_backward(bool spikes_move = true);

  // Of the last forward run: what arrives; of the last backward run: its adjoint, Λ.
  double arrived(std::uint32_t connection, std::uint32_t target, std::uint32_t step) const;
  double arrival_adjoint(std::uint32_t connection, std::uint32_t target, std::uint32_t step) const;
  // Of the last backward run.
  const std::vector<GridCrossing>& crossings() const { return crossings_; }
  double threshold_at(const GridCrossing& crossing, const std::vector<double>& inputs);
  // Of the last backward run: triggered spikes, and crossings whose K was left out.
  std::uint32_t triggered() const { return std::accumulate(outcome_.triggered.begin(), outcome_.triggered.end(), 0u); }
  std::uint32_t near_tangent() const { return outcome_.near_tangent; }

 private:
  static constexpr std::size_t parts = static_cast<std::size_t>(GridPart::count);

  struct Moment {                // of one neuron in one step
    std::vector<double> before;  // all states at its start
    std::vector<double> start;   // x₀: after arrivals are taken up
    std::vector<double> end;     // x₁: before the reset
    double current = 0;          // the one used
    bool resting = false, rest_ends = false, may_spike = false, spiked = false, rests_after = false;
    int sign = 1;
  };

  // One function's nodes for one neuron; constants are computed once.
  struct Nodes {
    std::vector<double> values, matrix_adjoints;
  };

  struct Neuron {
    std::vector<double> state;
    std::uint32_t rest = 0;  // steps
    std::array<Nodes, parts> nodes;
    std::vector<double> lambda, gradient;
    double lambda_current = 0;  // adjoint of the current used in the step before the last
    double carried = 0;         // to the previous spike
  };

  // Which neuron in which step.
  struct Place {
    std::uint32_t step;
    std::size_t population;
    std::uint32_t neuron;
  };

  // The adjoints of one step, as they accumulate.
  struct StepAdjoints {
    std::vector<double> end;         // of x₁
    double current = 0;              // of the current used
    std::vector<double> start;       // added to those of x₀
    std::vector<double> before;      // added to those of the states before arrivals are taken up
    double current_before = 0;       // of the current used in the previous step
    std::vector<double> triggering;  // by connection: dL/du of the spikes triggered, per unit of arriving weight
  };

  // The threshold at one end of a step.
  struct Side {
    std::vector<double> inputs;
    double g = 0;
    std::vector<double> slopes;  // by input
  };

  // An extremum made by arrivals: its value moves with them.
  struct ArrivingExtremum {
    const GridExtremum* which;
    // Its argument at the end, at the start, at the end without arrivals, and at the end without direct arrivals.
    double value, before, without, without_direct;
    std::vector<double> by_arrival, by_direct;  // derivatives of the value, by connection
  };
  void move_extrema(const Place& at, const std::vector<double>& adjoints_before, StepAdjoints& adjoints);
  ArrivingExtremum arriving_extremum(const Place& at, std::size_t e);
  void share_extremum(const Place& at, double change, const std::vector<double>& by, StepAdjoints& adjoints) const;
  double extremum_at(const Place& at, std::size_t e, const std::vector<double>& states, int steps_before);
  bool is_surrogate() const { return !network_.options.surrogates.empty(); }
  bool has(GridTerm term) const { return left_out_ != term; }
  std::uint32_t count(std::size_t p) const { return network_.neurons_of(p); }
  const GridPopulation& population(const Place& at) const { return *network_.populations[at.population]; }
  Neuron& neuron(const Place& at) { return neurons_[first_[at.population] + at.neuron]; }
  Moment& moment(std::uint32_t n, const Place& at) {
    return moments_[std::size_t{n} * neurons_.size() + first_[at.population] + at.neuron];
  }
  Moment& moment(const Place& at) { return moment(at.step, at); }
  std::size_t index(std::uint32_t connection, std::uint32_t target, std::uint32_t step) const {
    return std::size_t{step} * count(network_.network.connections[connection].target) + target;
  }

  // Evaluates a function of one neuron; returns the values of its outputs.
  std::vector<double> evaluate(GridPart part, const Place& at, const std::vector<double>& inputs);
  // The adjoints of the inputs at the last `evaluate` of this function. If `collects`, adjoints of matrix functions are
  // kept for `collect` at the end.
  std::vector<double> transpose(GridPart part, const Place& at, const std::vector<double>& output_adjoints,
                                bool collects = true);
  // `t` is that of step `at.step` − `steps_before`.
  std::vector<double> inputs_at(const Place& at, const std::vector<double>& states, double current,
                                int steps_before = 0) const;
  static std::vector<double> states_in(const GridPopulation& population, const std::vector<double>& inputs);

  void start();
  void start_nodes(const Place& at);
  void index_trains();
  void step_forward(const Place& at);
  bool is_above(const Place& at, double g) const;
  void spike(const Place& at, const std::vector<double>& inputs);
  void send(const Place& at, double factor);
  // Of what is sent over a synapse in step `sent`.
  std::uint32_t arrival_step(std::uint32_t connection, std::uint32_t synapse, std::uint32_t sent) const;
  bool passes_window(std::uint32_t connection, std::uint32_t target, std::uint32_t source, std::uint32_t due);
  bool is_sender(std::uint32_t connection, std::uint32_t target, std::uint32_t source, std::uint32_t due) const;
  void evaluate_loss();
  std::vector<double> outputs_of_steps(std::size_t population);
  GridPart flow_part(const Place& at, bool resting) const;

  void start_back();
  void step_back(const Place& at);
  void add_loss_of_step(const Place& at, StepAdjoints& adjoints) const;
  double take_due(const Place& at, double factor);
  void back_through_spike(const Place& at, StepAdjoints& adjoints, double due);
  void back_through_surrogate(const Place& at, StepAdjoints& adjoints);
  double arrivals_of(const Place& at, int sign);
  double rate_excess(const Place& at);
  double change_by_time(const Place& at, const Side& start, const Side& end);
  void move_spike(const Place& at, const Side& start, const Side& end, double by_time, StepAdjoints& adjoints);
  void cross(const Place& at, const Side& start, const Side& end, double by_time, StepAdjoints& adjoints);
  void pass_current(const Place& at, double adjoint, StepAdjoints& adjoints);
  bool is_armed(const Place& at);
  bool give_to_taken_up(const Place& at, const Side& start, double by_time, StepAdjoints& adjoints);
  bool give_to_direct(const Place& at, const Side& end, double by_time, StepAdjoints& adjoints);
  bool share(const Place& at, const std::vector<double>& input_adjoints, double by_time, StepAdjoints& adjoints) const;
  Side side(const Place& at, const std::vector<double>& states, double current, int steps_before);
  double current_before(const Place& at);
  double current_at_start(const Place& at);
  double current_of(const Place& at, const std::vector<double>& states);
  void end_rest(const Place& at, const StepAdjoints& adjoints);
  void add_period(const Place& at, double by_time);
  void add_parameters(const Place& at, const std::vector<double>& input_adjoints, double factor = 1);
  void collect(const Place& at);

  const GridNetwork& network_;
  const Values& values_;
  const Example& example_;
  const std::vector<std::vector<GivenSpike>>* trains_;
  std::uint32_t timesteps_;
  GridShift shift_;
  GridTerm left_out_ = GridTerm::count;  // none
  bool spikes_move_ = true;
  std::vector<std::size_t> first_;
  std::vector<Neuron> neurons_;
  std::vector<Moment> moments_;
  std::vector<std::vector<double>> given_;     // by population: steps × neurons; signs of spikes, or values
  std::vector<std::vector<double>> arriving_;  // by connection: steps × targets
  std::vector<std::map<std::size_t, std::uint32_t>> senders_;           // of windows: by connection and such an index
  std::vector<std::map<std::uint32_t, std::uint32_t>> first_arrivals_;  // steps, of windows: by connection and target
  std::vector<std::vector<double>> lambda_arriving_;                    // Λ
  std::vector<std::vector<double>> triggering_;        // dL/du of the spikes triggered, per unit of weight
  std::vector<std::vector<double>> loss_derivatives_;  // by output, of the readout or of each step's output variable
  std::vector<GridCrossing> crossings_;
  GridOutcome outcome_;
  Values gradient_;
};

}  // namespace synfire::codegen::reference
