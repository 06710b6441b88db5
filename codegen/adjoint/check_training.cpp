// SPDX-License-Identifier: Apache-2.0
// The capability check for training: rejects everything without an adjoint, by name, before anything is generated.
#include <algorithm>

#include "adjoint/loss_derivative.hpp"
#include "adjoint/texts.hpp"
#include "lower/pattern.hpp"
#include "lower/symbolic.hpp"
#include "synfire/codegen/adjoint.hpp"
#include "synfire/ir/parsed_model.hpp"
#include "synfire/registry.hpp"

namespace synfire::codegen {
namespace {

bool is_trained(const ir::Connection& connection) {
  return !weight_of(connection.connectivity).is_frozen() || delay_of(connection.connectivity).training() ||
         has_trainable(connection.synapse);
}

std::string path_of(const ir::Network& network, std::size_t population) {
  return "populations[" + std::to_string(population) + "] \"" + network.populations[population].name + "\"";
}

class TrainingChecker {
 public:
  TrainingChecker(const ir::Network& network, const TrainingCheck& options) : network_(network), options_(options) {}

  std::vector<Problem> run() {
    trained_ = depends_on_training(network_, options_.everything);
    for (std::size_t i = 0; i < network_.populations.size(); ++i) {
      if (trained_[i]) check_population(i);
    }
    for (std::size_t i = 0; i < network_.connections.size(); ++i) check_connection(i);
    for (const OutputLoss& output : options_.losses) check_loss(output);
    return std::move(problems_);
  }

 private:
  void refuse(ProblemKind kind, const std::string& path, const Place& place, const std::string& message,
              const std::string& hint) {
    problems_.push_back({.kind = kind, .path = path, .message = message, .hint = hint, .place = place});
  }

  // A matrix would also train weights between neurons that are not connected.
  void check_connection(std::size_t index) {
    const ir::Connection& connection = network_.connections[index];
    const ir::Population& source = network_.populations[connection.source];
    const Connectivity& connectivity = connection.connectivity;
    if (ir::parse(source.neuron).sends_state)
      refuse(ProblemKind::unsupported, "connections[" + std::to_string(index) + "] \"" + connection.name + "\"",
             connection.place,
             "population \"" + source.name + "\" sends values of its state, through which no gradient is derived yet",
             "train a network without this connection, or let the neurons spike");
    if (!source.neuron.is_graded() || has_all_synapses(connectivity) || is_kernel(connectivity) ||
        weight_of(connectivity).is_frozen())
      return;
    refuse(ProblemKind::unsupported, "connections[" + std::to_string(index) + "] \"" + connection.name + "\".weight",
           connection.place,
           "population \"" + source.name +
               "\" is graded, so only weights of dense and one_to_one, and kernels, can be trained",
           "use a dense array with zeros and keep_zeros, or freeze the weights");
  }

  DerivationOptions derivation() const { return {options_.dt, options_.nominal_dt, options_.everything}; }

  void check_population(std::size_t index) {
    std::vector<Problem> found = check_steps(network_, index, options_.is_surrogate);
    problems_.insert(problems_.end(), found.begin(), found.end());
    if (options_.allow_arrival_only || options_.is_surrogate) return;
    const HybridSystem system = read_hybrid_system(network_, index, derivation());
    if (system.has_equations()) check_arrivals(index, system);
  }

  // Only if its spikes matter: to other populations, or to a readout that runs on spikes.
  void check_arrivals(std::size_t index, const HybridSystem& system) {
    const ir::Population& population = network_.populations[index];
    const bool heard = std::any_of(network_.connections.begin(), network_.connections.end(),
                                   [&](const ir::Connection& each) { return each.source == index; });
    const bool read = population.readout && ir::parse(*population.readout).needs_spikes();
    if ((!heard && !read) || !reaches_threshold_only_at_arrivals(system, network_)) return;
    std::string synapses;
    for (const HybridArrival& arrival : system.arrivals) {
      if (!symbolic::is_number(arrival.current_of_arriving, 0))
        synapses += (synapses.empty() ? "\"" : ", \"") + arrival.name + "\"";
    }
    refuse(ProblemKind::unsupported, path_of(network_, index), population.place,
           "the population can reach its threshold only at the moment a spike arrives over " + synapses +
               ", so its spike times do not depend on the weights, and every gradient upstream of it is 0 almost "
               "everywhere",
           "use a shaped synapse for these connections, such as exponential, or set allow_arrival_only");
  }

  void check_loss(const OutputLoss& output) {
    const ir::Population& population = network_.populations[output.population];
    const std::string path = path_of(network_, output.population);
    const Loss& loss = output.loss;
    if (is_running(loss)) {
      if (ir::parse(population.neuron).output.empty())
        refuse(ProblemKind::missing_variable, path + ".loss", population.place,
               "the neuron has no output variable for a loss per step to read", "");
      const bool joint = is_joint(loss, static_cast<std::uint32_t>(population.neurons()), options_.dt);
      if (joint && !population.neuron.threshold.empty() && !options_.is_surrogate)
        refuse(ProblemKind::unsupported, path + ".loss", population.place,
               loss.name +
                   " cannot be per step for neurons that spike: its text joins neurons, and a spike of one "
                   "would change the loss of all",
               "use output neurons without a threshold, or write the loss as c * sum(…) of v, y and parameters");
      if (joint) check_text(output, path, false);
      return;
    }
    if (!population.readout) {
      refuse(ProblemKind::missing_variable, path + ".readout", population.place,
             loss.name + " needs a readout, but the population has none",
             "give the population a readout, such as \"avg_var\"");
      return;
    }
    check_readout_fits(loss, population, path);
    check_text(output, path, true);
  }

  void check_text(const OutputLoss& output, const std::string& path, bool spike_times) {
    const ir::Population& population = network_.populations[output.population];
    try {
      derive(output.loss, static_cast<std::uint32_t>(population.neurons()), options_.dt, spike_times);
    } catch (const ModelError& error) {
      for (Problem problem : error.problems()) {
        problem.path = path + ".loss";
        problem.place = population.place;
        problems_.push_back(std::move(problem));
      }
    }
  }

  void check_readout_fits(const Loss& loss, const ir::Population& population, const std::string& path) {
    const bool times = reads_first_spike_time(*population.readout);
    if (times && options_.is_surrogate)
      refuse(ProblemKind::unsupported, path + ".readout", population.place,
             "the first spike time has no surrogate gradient: it is not a sum over spikes",
             "use spike_count or a readout of the membrane, or compile with EventProp");
    if (!loss.readout.empty() && !reads_like(*population.readout, loss.readout))
      refuse(ProblemKind::unsupported, path + ".readout", population.place,
             loss.name + " needs the readout " + loss.readout, "use that readout, or another loss");
    if (times && !allows_silence(loss))
      refuse(ProblemKind::unsupported, path + ".readout", population.place,
             loss.name + " of a first spike time is infinite if a neuron is silent",
             "use a loss that leaves silent neurons out with silent(v) or log_softmax(v)");
  }

  // By name, or a copy of that readout under another.
  static bool reads_like(const ReadoutModel& readout, const std::string& name) {
    const ReadoutModel* known = find_readout(name);
    return readout.name == name ||
           (known != nullptr && reads_first_spike_time(*known) && reads_first_spike_time(readout));
  }

  const ir::Network& network_;
  const TrainingCheck& options_;
  std::vector<bool> trained_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<bool> depends_on_training(const ir::Network& network, bool everything) {
  std::vector<bool> depends(network.populations.size(), false);
  for (std::size_t i = 0; i < network.populations.size(); ++i) {
    const NeuronModel& neuron = network.populations[i].neuron;
    depends[i] = has_trainable(neuron) || (everything && !neuron.state.empty());
  }
  for (const ir::Connection& connection : network.connections) {
    if (is_trained(connection)) depends[connection.target] = true;
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (const ir::Connection& connection : network.connections) {
      if (!depends[connection.source] || depends[connection.target]) continue;
      depends[connection.target] = changed = true;
    }
  }
  return depends;
}

std::vector<Problem> check_training(const ir::Network& network, const TrainingCheck& options) {
  return TrainingChecker(network, options).run();
}

}  // namespace synfire::codegen
