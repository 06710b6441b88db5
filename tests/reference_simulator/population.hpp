// SPDX-License-Identifier: Apache-2.0
// The neurons of one population with the synapses onto them and their readout, step by step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reference_simulator/expression.hpp"
#include "reference_simulator/flow.hpp"
#include "reference_simulator/simulator.hpp"
#include "synfire/ir/parsed_model.hpp"

namespace synfire::testing::reference {

// Parameters and states of one instance of a model.
class Model {
 public:
  // `stream` is the name of its random stream.
  Model(const std::vector<Parameter>& parameters, const std::vector<StateVariable>& states, std::size_t count,
        const std::string& stream, const Options& options);

  const Numbers& numbers() const { return numbers_; }
  const NameSet& elements() const { return elements_; }
  Names& operator[](std::size_t neuron) { return names_[neuron]; }
  const std::vector<std::string>& states() const { return states_; }
  // Restores the values before the first step.
  void reset();
  std::vector<float> values(const std::string& state) const;
  // All states of all neurons, to be restored later.
  std::vector<std::vector<float>> save() const;
  void load(const std::vector<std::vector<float>>& saved);

 private:
  Numbers numbers_;
  NameSet elements_;
  std::vector<Names> names_;  // by neuron
  std::vector<std::string> states_;
  std::vector<std::vector<float>> initial_;  // by state, then neuron
};

// A synapse's currents into a neuron in one step: one held over the step and, if steps differ from the nominal one, one
// that arrives immediately. The number 0: none.
struct Currents {
  Quantity held, arriving;
};

// Which of these currents exist.
struct Drive {
  bool held = false, arriving = false;
};

// The synapses of one connection, by target.
class SynapsePopulation {
 public:
  SynapsePopulation(const ir::Network& network, const ir::Connection& connection, const Options& options);

  Model& model() { return model_; }
  // The kinds of current it provides.
  Drive drive() const;
  // Adds the arrivals, computes the currents, then advances the state.
  Currents step(std::size_t neuron, float arriving, const Quantity& t, const Names& target);

 private:
  Currents currents_of(const Names& names) const;

  ir::ParsedSynapse parsed_;
  Model model_;
  bool splits_;
  std::unique_ptr<Flow> flow_;
  std::vector<Statement> on_spike_, update_;
  Expression current_, held_;                              // its current; the same without arrivals
  std::vector<std::pair<std::string, Expression>> means_;  // names in `current_` for means over the step
};

// A readout of one population.
class ReadoutPopulation {
 public:
  ReadoutPopulation(const ir::Population& population, const Options& options);

  Model& model() { return model_; }
  void step(std::size_t neuron, const Quantity& t, const Quantity& duration, const Quantity& output, bool spiked);
  float value(std::size_t neuron, const Quantity& t, const Quantity& duration, const Quantity& output);

 private:
  void bind(std::size_t neuron, const Quantity& t, const Quantity& duration, const Quantity& output);
  static void add(const std::string& sum, const Quantity& summand, Names& names);

  // A statement of on_step, and its additions to sums over time, which keep their rounding errors.
  struct Part {
    std::vector<std::string> pending;  // 0 at first
    std::vector<Statement> statements;
    std::vector<std::pair<std::string, Expression>> additions;  // to which sum
  };

  ir::ParsedReadout parsed_;
  Model model_;
  std::vector<Part> on_step_;
  std::vector<Statement> on_spike_;
  Expression value_;
};

// The spike of one neuron in one step, if any.
struct StepResult {
  bool spiked = false, negative = false;
};

class NeuronPopulation {
 public:
  NeuronPopulation(const ir::Population& population, const Options& options, Drive drive);

  const ir::ParsedNeuron& parsed() const { return parsed_; }
  Model& model() { return model_; }
  std::vector<std::uint32_t>& refractory() { return refractory_; }  // steps left, by neuron
  ReadoutPopulation* readout() { return readout_.get(); }
  std::size_t size() const { return refractory_.size(); }
  Quantity output(std::size_t neuron);

  struct Moment {
    std::uint32_t example = 0, step = 0;
    Quantity t, duration;
  };
  StepResult step(std::size_t neuron, const Moment& moment, float input, const Currents& currents);
  // What a graded neuron sends.
  float value(std::size_t neuron, const Moment& moment, float input);

 private:
  bool above_threshold(std::size_t neuron, Draws* draws);

  ir::ParsedNeuron parsed_;
  Model model_;
  std::uint64_t key_;
  std::unique_ptr<Flow> flow_;
  std::vector<Statement> update_, reset_;
  Expression threshold_, spike_sign_, graded_;
  bool has_period_ = false;
  std::vector<std::uint32_t> period_steps_, refractory_;
  std::unique_ptr<ReadoutPopulation> readout_;
};

}  // namespace synfire::testing::reference
