// SPDX-License-Identifier: Apache-2.0
// Runs one example event by event, with exact spike times, and its derived adjoint backward.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <queue>
#include <set>
#include <vector>

#include "reference/compiled.hpp"
#include "synfire/codegen/gradcheck.hpp"

namespace synfire::codegen::reference {

using Example = ExampleData;

// The terms of the adjoint. Tests drop or negate each in turn and expect the check to fail.
enum class Term : std::uint8_t {
  // Between events, and at both ends
  flow_state,         // f_xᵀ λ
  flow_parameter,     // λ·f_p
  readout_state,      // λ(T): φ_x
  readout_parameter,  // φ_p
  running_loss,       // λ(T) of a loss per step
  last_state,         // λ at the end, of a last value: e_x
  last_parameter,     // e_p
  initial,            // dL/dx₀ = λ(0)
  // A spike
  reset_state,          // r_xᵀ λ⁺
  reset_parameter,      // r_pᵀ λ⁺
  threshold_state,      // g_xᵀ κ
  threshold_parameter,  // g_p κ
  rate_state,           // ġ: g_x f⁻
  rate_time,            // ġ: g_t
  spike_before,         // η: λ⁺·r_x f⁻
  spike_time,           // η: λ⁺·r_t
  spike_after,          // η: λ⁺·f⁺
  // What resets and thresholds read from `I`, in the terms above
  reset_current,
  threshold_current,
  rate_current,
  // η that goes to the event that scheduled it
  of_arrival,          // of an arrival, to its spike
  of_rest,             // of the end of a refractory period, to its spike
  triggered_by_spike,  // of a spike whose reset left it above the threshold
  triggered_by_arrival,
  triggered_by_rest,
  // An arrival
  arrival_weight,     // dL/dw
  arrival_delay,      // dL/dd
  arrival_state,      // w jump_xᵀ λ⁺
  arrival_parameter,  // w λ⁺·jump_p
  arrival_before,     // η: λ⁺·(1 + w jump_x) f⁻
  arrival_time,       // η: w λ⁺·jump_t
  arrival_after,      // η: λ⁺·f⁺
  // The end of a refractory period
  rest_before,     // η: λ·f⁻
  rest_after,      // η: λ·f⁺
  rest_parameter,  // dL/dp of t_ref
  // An extremum
  extremum_state,      // e_xᵀ λ_y
  extremum_parameter,  // e_p λ_y
  extremum_rate,       // at an event, its η: λ_y e_x f
  extremum_time,       // and λ_y e_t
  count
};
inline constexpr std::size_t term_count = static_cast<std::size_t>(Term::count);
std::string_view to_string(Term term);

struct TermFactors {
  std::array<double, term_count> of;
  TermFactors() { of.fill(1); }
  double operator[](Term term) const { return of[static_cast<std::size_t>(term)]; }
};

struct Outcome {
  double loss = 0;
  std::vector<std::uint32_t> spikes;             // by population
  std::vector<std::uint32_t> triggered;          // of these, case (c)
  std::vector<std::vector<double>> spike_times;  // by population; ms, in order
  std::vector<std::vector<std::uint32_t>> spike_neurons;
  std::vector<std::vector<double>> readouts;  // by loss; empty for a running loss
  std::uint32_t near_tangent = 0;             // of the backward run
  bool ties = false;                          // two neurons that are not inputs spiked at the same time
  bool shared = false;                        // simultaneous arrivals together lifted a neuron over its threshold
  // Equal if each neuron has the same spikes of the same kinds with the same arrivals between them, and extrema are
  // between the same events. The loss is smooth over any range of values in which this is constant.
  std::uint64_t structure = 0;
};

class Trial {
 public:
  // Throws ModelError with the network's problems, if it has any.
  Trial(const CompiledNetwork& network, const Values& values, const Example& example);

  // Throws RunError if a neuron spikes without end, or if there are too many events.
  Outcome run_forward();
  // Of the last forward run.
  Values run_backward(const TermFactors& factors = {});
  // Crossings whose κ the last backward run left out: ġ ≤ 1e-6 of the sizes of its terms.
  std::uint32_t near_tangent() const { return outcome_.near_tangent; }

 private:
  static constexpr double never = std::numeric_limits<double>::infinity();
  static constexpr int none = -1;

  struct Arrival {
    double time;
    std::uint64_t order;  // of emission
    std::uint32_t connection;
    std::uint32_t synapse;
    double weight;  // times `factor`
    double factor;  // the sign of the spike, or the value of a graded neuron
    int source;     // event, or none
    bool operator>(const Arrival& other) const { return time != other.time ? time > other.time : order > other.order; }
  };

  // A piece of a flow that is computed ahead.
  struct Step {
    double begin, length;
    std::vector<Series> states;
    std::vector<Series> extrema;
    bool above_after;
  };

  struct Segment {
    double begin, end;
    bool held;
    std::uint32_t window;
    std::size_t state;  // at its end, in states_
  };

  struct Extreme {
    // before_spike: at the time of a triggered spike, at which no segment ends.
    enum class Where { nowhere, begin, inside, end, before_spike } where = Where::nowhere;
    std::size_t segment = 0;
    int spike = none;
    double time = 0;
    double value = 0;
    std::size_t events_before = 0;
  };

  struct Neuron {
    std::size_t population = 0;
    std::uint32_t index = 0;
    double time = 0;
    std::vector<double> inputs;  // of tapes: states first
    bool refractory = false;
    double rest_until = never;
    int rest_event = none;  // the spike that began it
    bool above = false;
    std::uint32_t window = 0;
    std::priority_queue<Arrival, std::vector<Arrival>, std::greater<>> pending;
    // Computed ahead: the flow to the next spike, or to `horizon`.
    bool known = false;
    std::vector<Step> steps;
    double horizon = 0;
    double next_spike = never;
    std::vector<Segment> segments;
    std::vector<int> events;
    std::vector<Extreme> extrema;
    // Values of constant nodes.
    std::vector<double> free_constants, held_constants, jump_constants;
    LinearFlow free_flow, held_flow;  // where the flow is linear
    std::uint32_t spikes = 0;
    std::uint64_t undecided = 0;  // which max, min and abs had equal sides throughout a step of the flow
  };

  enum class Kind : std::uint8_t { arrival, spike, refractory_end };
  enum class Trigger : std::uint8_t { flow, spike, arrivals, refractory_end, start };

  struct Event {
    Kind kind;
    double time;
    std::size_t neuron;
    std::size_t before, after;  // states, in states_
    bool held_before, held_after;
    std::uint32_t window;
    std::size_t segments;  // of the neuron, before it
    Trigger trigger = Trigger::flow;
    int cause = none;         // first event of the trigger; arrival and refractory end: the spike that scheduled it
    int causes = 0;           // how many arrivals
    int sign = 1;             // of a spike
    double factor = 1;        // of an arrival
    std::uint64_t sides = 0;  // taken by max, min, abs and conditions
    std::uint32_t connection = 0, synapse = 0;
    double weight = 0;
  };

  const CompiledPopulation& model(const Neuron& neuron) const { return *network_.populations[neuron.population]; }
  double duration() const { return timesteps_ * network_.options.dt; }
  double window_end(const Neuron& neuron) const;
  bool needs_windows(std::size_t population) const;
  void enter_window(Neuron& neuron, std::uint32_t window) const;
  double target_of(std::size_t population, std::uint32_t neuron, std::uint32_t step) const;

  // Forward
  void create_neurons();
  void compute_constants(Neuron& neuron) const;
  void expand(FlowSeries& series, const Neuron& neuron, bool held, const std::vector<double>& inputs,
              double length) const;
  void prepare(Neuron& neuron);
  void emit_given_spikes();
  void emit_values(std::size_t population);
  void emit(std::size_t population, std::uint32_t source, double time, double factor, int event);
  void look_ahead(Neuron& neuron);
  bool look_for_spike(Neuron& neuron, FlowSeries& series, double& length, bool& above) const;
  double next_time(Neuron& neuron);
  void advance(Neuron& neuron, double to);
  void commit(Neuron& neuron, const Step& step, double length);
  void track_extrema(Neuron& neuron, const Step& step, double length);
  void track_extrema_before(int spike);
  void happen(std::size_t index, double time);
  void take_arrivals(std::size_t index, double time);
  void end_rest(std::size_t index);
  void spike(std::size_t index, Trigger trigger, int cause, int causes);
  int spike_once(std::size_t index, Trigger trigger, int cause, int causes);  // its event
  std::string path_of(const Neuron& neuron) const;
  [[noreturn]] void refuse_endless_spikes(const Neuron& neuron) const;
  [[noreturn]] void refuse_divergence(const Neuron& neuron, double time) const;
  void spike_if_above(std::size_t index, Trigger trigger, int cause, int causes);
  double threshold(Neuron& neuron);
  Event& record(Kind kind, std::size_t index);
  void finish(std::size_t index, Event& event);
  static bool ends_window(const Neuron& neuron, std::size_t segment);
  std::vector<double> outputs_of_steps(std::size_t population) const;
  void evaluate_loss();
  std::size_t keep(const Neuron& neuron);
  Outcome summary();
  std::uint64_t kind_of(const Event& spike);
  std::uint64_t structure_of(const Neuron& neuron);
  std::uint64_t structure_of(const Neuron& neuron, const Extreme& extreme) const;
  std::vector<double> rises_of(const Event& event);

  // Backward
  struct Back {
    std::vector<double> inputs;  // x, λ, dL/dp, …
    std::size_t segments = 0;    // not yet gone back
    std::uint32_t window = 0;
    std::vector<double> free_constants, held_constants, partials;  // values of nodes
    // By extremum: its adjoint, and the events just before or after which it is taken, or none.
    struct Mark {
      double adjoint = 0;
      int event_after = -1, event_before = -1;
    };
    std::vector<Mark> marks;
  };
  // j: of neurons_; id: of events_.
  void start_back(std::size_t j);
  void start_from_loss(std::size_t j);
  void mark_extrema(std::size_t j);
  void set_window(std::size_t j, std::uint32_t window);
  void load(std::size_t j, std::size_t state, double time, std::uint32_t window);
  bool is_silent(std::size_t j) const;
  void go_back(std::size_t j, std::size_t segments);
  void add_loss_of_step(std::size_t j, std::uint32_t step);
  void flow_back(std::size_t j, std::size_t index);
  void flow_back(std::size_t j, bool held, double length);
  void add_extremum(std::size_t j, std::size_t which);
  void add_extrema_at(int id, bool after, const std::vector<double>& flow, double& eta);
  void back_through(int id);
  void back_through_arrival(int id);
  void back_through_spike(int id);
  void back_through_rest(int id);
  // The term's factor if variable k belongs to a synapse, else 1.
  double of_current(std::size_t j, std::size_t k, Term term) const;
  void cross_threshold(const Event& event, double eta, const std::vector<double>& flow, std::vector<double>& lambda);
  void give_to_trigger(const Event& event, double eta);
  double threshold_at(const Event& event, std::size_t state);
  // At the state that was loaded last: f, and the values of all partial derivatives.
  std::vector<double> flow_here(std::size_t j, bool held);
  const std::vector<double>& partials_here(std::size_t j);
  Values collect();

  const CompiledNetwork& network_;
  const Values& values_;
  const Example& example_;
  std::uint32_t timesteps_;
  std::vector<Neuron> neurons_;
  std::vector<std::size_t> first_neuron_;  // by population
  std::vector<Event> events_;
  std::vector<double> states_;
  std::uint64_t emissions_ = 0;
  std::set<std::pair<std::uint32_t, std::uint32_t>> passed_;  // connections and targets: windows after their only spike
  Outcome outcome_;
  std::vector<std::vector<double>> final_states_;      // by neuron
  std::vector<std::vector<double>> loss_derivatives_;  // by loss, by neuron, or by step and neuron
  TermFactors factors_;
  std::vector<Back> back_;
  std::vector<double> eta_;  // by event
  Values gradient_;
};

}  // namespace synfire::codegen::reference
