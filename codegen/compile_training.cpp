// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <utility>

#include "compile_parts.hpp"
#include "lower/learning.hpp"
#include "lower/storage.hpp"
#include "lower/symbolic.hpp"
#include "program/manifest.hpp"
#include "synfire/base/steps.hpp"
#include "synfire/codegen/adjoint.hpp"
#include "synfire/codegen/lower.hpp"
#include "synfire/codegen/training.hpp"
#include "synfire/error.hpp"
#include "synfire/ir/parsed_model.hpp"

namespace synfire::codegen {
namespace {

// Rejects what has an adjoint but is not supported in training programs.
class ProgramCheck {
 public:
  ProgramCheck(const ir::Network& network, const CompileOptions& options) : network_(network), options_(options) {}

  std::vector<Problem> run() {
    if (options_.schedule == Schedule::step)
      refuse("compiler.schedule", "the schedule `step` does not support training",
             "leave the schedule automatic, or use `trial`");
    if (options_.resumable)
      refuse("compiler", "a training program runs whole examples", "carry no state over and record without windows");
    const std::vector<StorageEstimate> estimates = choose_storage(network_, options_);
    for (std::size_t i = 0; i < network_.populations.size(); ++i) check(i);
    for (std::size_t i = 0; i < network_.connections.size(); ++i) check(i, estimates[i]);
    return std::move(problems_);
  }

 private:
  void refuse(const std::string& path, const std::string& message, const std::string& hint) {
    problems_.push_back(
        {.kind = ProblemKind::unsupported, .path = path, .message = message, .hint = hint, .place = place_});
  }

  void check(std::size_t index) {
    const ir::Population& population = network_.populations[index];
    place_ = population.place;
    const std::string path = "populations[" + std::to_string(index) + "] \"" + population.name + "\"";
    const ir::ParsedNeuron parsed = ir::parse(population.neuron);
    for (const Parameter& parameter : population.neuron.parameters) {
      if (!parameter.value.training()) continue;
      const std::string own = path + "." + parameter.name;
      check_constraints(parameter.value, own);
      if (population.neuron.state.empty())
        refuse(own, "neurons without state have no gradient with respect to their parameters",
               "leave out trainable to keep the value fixed");
      else if (parsed.refractory && symbolic::mentions(parsed.refractory->period, {parameter.name}))
        refuse(own, "the refractory period is a whole number of steps, which has no derivative",
               "leave out trainable to keep the value fixed");
    }
    for (const StateVariable& state : population.neuron.state) {
      if (state.initial.training()) check_constraints(state.initial, path + "." + state.name);
    }
    if (!population.readout) return;
    for (const Parameter& parameter : population.readout->parameters) {
      if (parameter.value.training()) check_constraints(parameter.value, path + ".readout." + parameter.name);
    }
    for (const StateVariable& state : population.readout->state) {
      if (state.initial.training())
        refuse(path + ".readout." + state.name, "the initial values of readouts are not trained",
               "leave out trainable to keep the value fixed");
    }
  }

  void check(std::size_t index, const StorageEstimate& estimate) {
    const ir::Connection& connection = network_.connections[index];
    place_ = connection.place;
    const std::string path = "connections[" + std::to_string(index) + "] \"" + connection.name + "\"";
    for (const Parameter& parameter : connection.synapse.parameters) {
      if (parameter.value.training()) check_constraints(parameter.value, path + ".synapse." + parameter.name);
    }
    for (const StateVariable& state : connection.synapse.state) {
      if (state.initial.training()) check_constraints(state.initial, path + ".synapse." + state.name);
    }
    if (delay_of(connection.connectivity).training()) check_delays(connection, estimate, path + ".delay");
    if (estimate.pattern == Pattern::procedural && !weight_of(connection.connectivity).is_frozen())
      refuse(path + ".weight", "weights of procedural synapses cannot be trained",
             "choose another storage, or freeze the weights");
    const bool full = std::holds_alternative<Dense>(connection.connectivity);
    if (estimate.pattern == Pattern::dense && !full && !weight_of(connection.connectivity).is_frozen())
      refuse(path + ".storage", "a matrix also has weights without a synapse, which must not be trained",
             "leave the storage automatic, or store rows");
    if (estimate.pattern == Pattern::procedural)
      refuse(path + ".storage", "the backward pass does not support procedural synapses",
             "store them as a matrix or as rows");
  }

  void check_delays(const ir::Connection& connection, const StorageEstimate& estimate, const std::string& path) {
    const Trainable& how = *delay_of(connection.connectivity).training();
    check_constraints(delay_of(connection.connectivity), path);
    if (how.keep_zeros) refuse(path, "delays of 0 are trained like others", "leave out keep_zeros");
    if (network_.populations[connection.source].neuron.is_graded())
      refuse(path, "delays of graded values are not trained", "leave out trainable to keep the value fixed");
    else if (estimate.pattern != Pattern::rows)
      refuse(path, "trained delays need synapses that are stored one by one, as rows",
             is_kernel(connection.connectivity) ? "leave out trainable to keep the value fixed"
                                                : "leave the storage automatic, or store rows");
    const double room = base::steps_in(*connection.max_delay, options_.dt) + 2;
    if (room > most_delay_steps ||
        room * static_cast<double>(network_.populations[connection.target].neurons()) >= 0x1p32)
      refuse(path, "max_delay has too many steps for trained delays", "set a shorter max_delay");
    const auto* list = std::get_if<Sparse>(&connection.connectivity);
    if (list == nullptr) return;
    std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
    for (std::size_t k = 0; k < list->sources.size(); ++k) {
      if (seen.insert({list->sources[k], list->targets[k]}).second) continue;
      return refuse(path, "two synapses between the same neurons cannot both learn their delay",
                    "list each pair of neurons once, or use two connections");
    }
  }

  // Of anything but weights.
  void check_constraints(const Value& value, const std::string& path) {
    const Trainable& how = *value.training();
    if (how.max_norm) refuse(path, "only weights into a neuron have a norm", "leave out max_norm");
    if (how.noise != 0) refuse(path, "only weights can have noise", "leave out noise");
  }

  const ir::Network& network_;
  const CompileOptions& options_;
  Place place_;  // of the object being checked
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> check_training_program(const ir::Network& network, const CompileOptions& options) {
  const ir::Network stored = stored_for_learning(network);
  return ProgramCheck(stored, options).run();
}

namespace {

// `stored`: the network as stored for training.
void require_trainable(const ir::Network& stored, const CompileOptions& options, const TrainingOptions& training,
                       std::vector<Problem>* warnings) {
  CompileOptions observing = options;
  for (const OutputLoss& each : training.losses)
    observing.observed.push_back(static_cast<std::uint32_t>(each.population));
  for (const RateTarget& each : training.rates)
    observing.observed.push_back(static_cast<std::uint32_t>(each.population));
  require_none(check_capabilities(stored, observing), warnings);
  require_none(check_training(stored, {.dt = options.dt,
                                       .nominal_dt = options.nominal_dt,
                                       .losses = training.losses,
                                       .allow_arrival_only = training.allow_arrival_only,
                                       .is_surrogate = !training.surrogates.empty()}),
               warnings);
  require_none(check_training_program(stored, options), warnings);
}

}  // namespace

void check_learning_program(const ir::Network& network, const CompileOptions& options, const TrainingOptions& training,
                            std::vector<Problem>* warnings) {
  const ir::Network stored = stored_for_learning(network);
  require_trainable(stored, options, training, warnings);
  lower_training(stored, options, training, 1);
}

contract::Artifact generate_training(const ir::Network& network, const CompileOptions& options,
                                     const TrainingOptions& training, const std::string& backend,
                                     const StagePrinter& print, std::vector<Problem>* warnings) {
  const ir::Network stored = stored_for_learning(network);
  require_trainable(stored, options, training, warnings);
  if (print) print("network", ir::to_string(stored));
  if (print && training.surrogates.empty())
    print("adjoint",
          print_adjoints(stored, {.dt = options.dt, .nominal_dt = options.nominal_dt, .keep_numbers = true}));
  const Backend& target = find_backend(backend);
  Program program = lower_training(stored, options, training, choose_slots(stored, options, training, target.name()));
  run_passes(program, target.passes({.block = {.threads = options.threads_per_block}, .learns = true}), print);
  contract::Artifact artifact;
  artifact.manifest = manifest_of(program, options);
  artifact.parameters = parameter_values_of(program);
  contract::Binary binary;
  binary.target = backend;
  binary.source = target.print(program);
  if (print) print("source", binary.source);
  artifact.binaries.push_back(std::move(binary));
  return artifact;
}

contract::Artifact compile_training(const ir::Network& network, const CompileOptions& options,
                                    const TrainingOptions& training, const std::string& backend,
                                    const BuildOptions& build, const StagePrinter& print,
                                    std::vector<Problem>* warnings) {
  contract::Artifact artifact = generate_training(network, options, training, backend, print, warnings);
  build_binary(artifact, backend, build, print);
  return artifact;
}

}  // namespace synfire::codegen
