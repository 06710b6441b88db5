// SPDX-License-Identifier: Apache-2.0
// A hand-written leaky integrate-and-fire network in double whose spikes are shared between two steps: as a parameter
// moves the threshold crossing between them, a proportional part of the spike's effect moves from one step to the
// other. This makes the result smooth; its differences are the gradient expected of grid mode.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "reference/grid.hpp"

namespace synfire::codegen::test {

struct SharedOptions {
  bool is_relative = false;    // the reset subtracts the threshold
  bool holds = false;          // v is held while refractory
  bool reads_spikes = false;   // the loss reads the spiking neurons themselves
  bool reads_current = false;  // threshold and reset read I
  bool jumps = false;          // recurrent spikes arrive as jumps
  int rest = 0;                // steps
  double dt = 1;
};

const std::vector<SharedOptions>& shared_options();
std::string to_string(const SharedOptions& options);

class SharedLif {
 public:
  SharedLif(const SharedOptions& options, std::uint32_t seed);

  ir::Network network() const;
  reference::ReferenceOptions reference_options() const;
  reference::Example example() const;
  reference::Values values(const reference::GridNetwork& network) const;

  // Runs it without constraints on its spikes; returns the loss.
  double record();
  const std::vector<GivenSpike>& spikes() const { return recorded_; }
  // The trigger of a spike; only those of the flow have a spike time of their own.
  enum class Cause { flow, spike, taken_up, jump };
  std::size_t count(Cause cause) const;
  std::size_t triggered() const { return recorded_.size() - count(Cause::flow); }
  std::size_t ended_rests() const { return ended_rests_; }

  // The differentiable parameters.
  std::size_t entries() const { return entry_count; }
  std::string name_of(std::size_t entry) const;
  double difference(std::size_t entry);
  double entry_of(const reference::GridNetwork& network, const reference::Values& gradient, std::size_t entry) const;

 private:
  static constexpr std::size_t inputs = 3, hidden = 3, outputs = 2;
  static constexpr std::uint32_t steps = 40;
  // Offsets by kind: weights and delays of the inputs, of the recurrence, weights of the outputs, threshold, time
  // constant, initial v.
  static constexpr std::size_t at_in = 0, at_back = at_in + inputs * hidden, at_out = at_back + hidden * hidden,
                               at_in_delay = at_out + hidden * outputs, at_back_delay = at_in_delay + inputs * hidden,
                               at_threshold = at_back_delay + hidden * hidden, at_tau = at_threshold + 1,
                               at_initial = at_tau + 1, entry_count = at_initial + 1;
  using Entries = std::array<double, entry_count>;
  using Arrivals = std::vector<std::array<double, hidden>>;

  struct Neuron {
    double v = 0, x = 0, y = 0;  // y: of the recurrence
    double read = 0;
    int rest = 0;
    double current = 0;  // of the step before
    double moved = 0;    // u of its last spike minus the recorded one
  };

  struct Step {  // of one neuron
    std::uint32_t n;
    std::size_t j;
    double v0, read0;  // at its start
    double in, back;   // arrivals
    double taken_up = 0, current = 0, current_before = 0;
    double shaped = 0;  // the current without immediate arrivals
    double g0 = 0, g1 = 0;
    bool is_held = false;
    double u() const { return -g0 / (g1 - g0); }
  };

  double run(const Entries& entries, bool records);
  void step_neuron(std::uint32_t n, std::size_t j, const Entries& entries, bool records);
  Cause cause_of(const Step& step, const Entries& entries) const;
  void spike(const Step& step, const Entries& entries);
  double reset(double v, double current, const Entries& entries) const {
    return (options_.is_relative ? v - entries[at_threshold] : 0.0) - (options_.reads_current ? 0.2 * current : 0.0);
  }
  double level(double v, double current, const Entries& entries) const {
    return v + (options_.reads_current ? 0.15 * current : 0.0) - entries[at_threshold];
  }
  double flow(double v, double current, bool is_held, const Entries& entries) const;
  void deliver(std::uint32_t n, std::size_t j, double moved, const Entries& entries);
  void put(Arrivals& arrivals, Arrivals& moves, std::uint32_t due, std::size_t target, double weight,
           double moved) const;
  double loss() const;

  SharedOptions options_;
  Entries entries_{};
  std::array<int, inputs * hidden> in_delay_{};
  std::array<int, hidden * hidden> back_delay_{};
  std::vector<GivenSpike> input_, recorded_;
  std::vector<double> recorded_u_;
  std::vector<Cause> causes_;
  std::size_t next_ = 0, ended_rests_ = 0;
  std::vector<Neuron> neurons_;
  Arrivals in_, back_, out_;
  Arrivals in_moves_, back_moves_, out_moves_;  // arriving weights, times the shift of each
};

}  // namespace synfire::codegen::test
