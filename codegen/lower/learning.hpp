// SPDX-License-Identifier: Apache-2.0
// What lowering adds to a training program: the populations and weights that take part, their tapes, losses, adjoint
// rings and gradients, and the phases of the backward pass in order.
#pragma once

#include <optional>
#include <vector>

#include "lower/graded.hpp"
#include "lower/population.hpp"
#include "lower/storage.hpp"
#include "synfire/codegen/training.hpp"

namespace synfire::codegen {

class LearningLowering {
 public:
  // Sets Program::learning. `slots` > 0.
  LearningLowering(LoweringContext& context, const ir::Network& network, const TrainingOptions& training,
                   std::uint32_t slots);

  // Whether the weights of a connection are trained; if so, they have an array.
  bool is_trained(std::size_t connection) const { return trained_[connection]; }
  bool trains_delays(std::size_t connection) const { return trains_delays_[connection]; }
  // Whether the backward pass goes through a population.
  bool is_differentiated(std::size_t population) const { return differentiated_[population]; }
  // Whether the backward pass reads the spikes of a population.
  bool needs_spikes(std::size_t population) const { return spikes_[population]; }

  // Whether the backward pass reads which neurons of a population are in the support of its surrogate.
  bool needs_support(std::size_t population) const;

  // Call once all queues exist. `queue_of`, `support_of`: of spikes and of supports, by population; negative: none.
  void declare_tapes(const std::vector<int>& queue_of, const std::vector<int>& support_of,
                     const std::vector<ir::ParsedNeuron>& parsed);
  // Call for each connection, before the populations.
  void add_connection(std::size_t index, const DeliverPhase& delivery, IncomingConnection& incoming);
  // The same for a connection from a graded population; `described`: as if it sent spikes.
  void add_graded(const DeliverPhase& described, const GradedConnection& connection, GradedLowering& graded,
                  IncomingConnection& incoming);
  // Call for each population that is not graded, before and after it is lowered.
  LearningRequest request(std::size_t population);
  void add_population(std::size_t population, LoweredPopulation& lowered);
  // Call last, after the phases that fill the queues have been added.
  void finish();

 private:
  void find_trained();
  const Loss* loss_of(std::size_t population) const;
  const RateBand* rate_of(std::size_t population) const;
  std::uint32_t neurons_of(std::size_t population) const;
  std::uint32_t tape_number(std::size_t population, bool of_support = false) const;
  void declare_tape(std::size_t population, int queue, bool given, bool of_support);
  ArrayId buffer(const std::string& name, contract::BufferRole role, Type type, const Extents& shape);
  void add_due(const ir::Connection& connection, BackDeliverPhase& back);
  ArrayId ring(const std::string& name, const std::string& comment, std::uint32_t targets, std::uint32_t depth,
               bool is_opened);
  ArrayId declare_weights(std::size_t index, const DeliverPhase& delivery);
  ArrayId declare_delays(std::size_t index, const DeliverPhase& delivery);
  void declare_parameter(std::size_t population, const LoweredParameter& parameter);
  void declare_value(Learning::Value& value, const Trainable& how, const std::string& name, const std::string& what);
  void declare_rule(Learning::Value& value, const Trainable& how, const std::string& name, const std::string& what);
  void limit_norm(double limit, const DeliverPhase& delivery, Learning::Value& weights);
  void declare_output(std::size_t population, LearningRequest& request);
  ArrayId shared_array(const std::string& name, const std::string& comment, std::size_t extent);
  void declare_joint_loss(std::size_t population, LossPhase& phase, LearningRequest& request);
  void add_loss(std::size_t population);
  void find_given_spikes(Tape& tape);
  void add_tape_phases();
  void add_clearing();
  void add_clearing(const std::string& label, std::uint32_t count, std::vector<Statement> stores);
  void declare_totals();

  LoweringContext& context_;
  const ir::Network& network_;
  const TrainingOptions& training_;
  std::vector<bool> trained_, trains_delays_;     // by connection
  std::vector<bool> differentiated_, spikes_;     // by population
  std::vector<std::optional<ArrayId>> due_;       // by population
  std::vector<std::optional<LossPhase>> losses_;  // by population
  // Backward, one level of populations after the other, from the last: what their spikes and values brought about,
  // their spikes, their steps.
  struct LevelPhases {
    std::vector<Phase> deliveries, events, steps;
  };
  LevelPhases& level_of(std::size_t population) { return phases_[levels_[population]]; }
  std::vector<std::uint32_t> levels_;  // as in ir::StepOrder
  std::map<std::uint32_t, LevelPhases, std::greater<>> phases_;
  std::vector<Phase> rings_;
  std::vector<Phase> means_;  // losses per step that join neurons: what remains after the last step
};

// The number of gradient slots, chosen here if the user leaves it to the compiler. On a CPU the partial sums must stay
// in its cache; a GPU needs as many blocks as examples.
std::uint32_t choose_slots(const ir::Network& network, const CompileOptions& options, const TrainingOptions& training,
                           const std::string& backend);

}  // namespace synfire::codegen
