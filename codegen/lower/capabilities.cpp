// SPDX-License-Identifier: Apache-2.0
// The capability pass: rejects unsupported features of a network, by name, before any code is generated.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "lower/stability.hpp"
#include "lower/storage.hpp"
#include "lower/symbolic.hpp"
#include "synfire/base/single.hpp"
#include "synfire/base/steps.hpp"
#include "synfire/codegen/lower.hpp"
#include "synfire/contract/trial_arguments.hpp"
#include "synfire/ir/checks.hpp"
#include "synfire/ir/parsed_model.hpp"
#include "synfire/warning.hpp"

namespace synfire::codegen {
namespace {

// Generated code indexes arrays with 32 bits.
constexpr double most_elements = 4294967295.0;

std::string gibibytes(double bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f GiB", bytes / (1024.0 * 1024.0 * 1024.0));
  return text;
}

class CapabilityCheck {
 public:
  CapabilityCheck(const ir::Network& network, const CompileOptions& options) : network_(network), options_(options) {}

  std::vector<Problem> run() {
    check_options();
    if (!problems_.empty()) return problems_;  // nothing below makes sense with, say, a negative dt
    append(ir::check_delays(network_, options_.dt));
    append(ir::check_time_scale(network_, options_.dt));
    for (std::size_t i = 0; i < network_.populations.size(); ++i) check_population(i);
    for (std::size_t i = 0; i < network_.connections.size(); ++i) check_connection(i);
    for (const Record& record : options_.records) check_record(record);
    for (std::size_t i = 0; i < network_.populations.size(); ++i) check_reader(i);
    check_memory();
    append(check_stability(network_, options_));
    return problems_;
  }

 private:
  void append(const std::vector<Problem>& found) { problems_.insert(problems_.end(), found.begin(), found.end()); }

  void option(const std::string& name, const std::string& message, const std::string& expected,
              const std::string& given) {
    problems_.push_back({.kind = ProblemKind::invalid_option,
                         .path = "compiler." + name,
                         .message = message,
                         .expected = expected,
                         .given = given});
  }

  void check_options() {
    check_dt();
    check_nominal_dt();
    if (options_.timesteps == 0) option("timesteps", "an example needs at least one step", "1 or more", "0");
    if (options_.timesteps > (1u << 24))
      option("timesteps", "an example has too many steps: times would lose precision", "at most 16777216",
             std::to_string(options_.timesteps));
    if (options_.batch_size == 0) option("batch_size", "a batch needs at least one example", "1 or more", "0");
    const std::uint32_t threads = options_.threads_per_block;
    if (threads != 0 && (threads % 32 != 0 || threads > contract::max_block_threads))
      option("threads_per_block", "a block must consist of whole warps", "a multiple of 32 up to 1024",
             std::to_string(threads));
    if (network_.populations.empty()) {
      problems_.push_back({.kind = ProblemKind::missing_shape,
                           .path = "network",
                           .message = "the network has no populations",
                           .hint = "add one with Network::add, or in \"populations\" of a description"});
    }
  }

  // Programs hold dt and the time of every step in single precision.
  void check_dt() {
    constexpr double least = static_cast<double>(std::numeric_limits<float>::min());
    constexpr double most = static_cast<double>(std::numeric_limits<float>::max());
    const std::string given = to_string(Value(options_.dt)) + " ms";
    if (!(options_.dt > 0) || !std::isfinite(options_.dt))
      option("dt", "the time step must be positive", "more than 0 ms", given);
    else if (options_.dt < least || options_.dt * std::max(options_.timesteps, 1u) > most)
      option("dt", "the times of the steps are out of range in single precision", "1.2e-38 ms to 3.4e+38 ms in total",
             given);
  }

  void check_nominal_dt() {
    const std::string given = to_string(Value(options_.nominal_dt)) + " ms";
    if (!(options_.nominal_dt >= 0) || !std::isfinite(options_.nominal_dt))
      option("nominal_dt", "the nominal time step must not be negative", "0 ms or more", given);
    else if (!base::is_single(options_.nominal_dt))
      option("nominal_dt", "the nominal time step is out of range in single precision", base::single_range, given);
  }

  // A population that nothing reads is simulated for nothing.
  void check_reader(std::size_t index) {
    const ir::Population& population = network_.populations[index];
    const auto reads = [&](const ir::Connection& each) { return each.source == index; };
    const auto shows = [&](const Record& record) {
      return record.connection ? network_.connections[*record.connection].target == index : record.population == index;
    };
    const auto& observed = options_.observed;
    if (population.readout || std::find(observed.begin(), observed.end(), index) != observed.end() ||
        std::any_of(network_.connections.begin(), network_.connections.end(), reads) ||
        std::any_of(options_.records.begin(), options_.records.end(), shows))
      return;
    problems_.push_back(make_warning({.kind = ProblemKind::unread_population,
                                      .path = path_of("populations", index, population.name),
                                      .message = "nothing reads the population: it has no readout and no recording, "
                                                 "and projects nowhere",
                                      .place = population.place}));
  }

  void refuse(const std::string& path, const Place& place, const std::string& message, const std::string& hint) {
    problems_.push_back(
        {.kind = ProblemKind::unsupported, .path = path, .message = message, .hint = hint, .place = place});
  }

  static std::string path_of(const char* list, std::size_t index, const std::string& name) {
    return std::string(list) + "[" + std::to_string(index) + "] \"" + name + "\"";
  }

  void check_population(std::size_t index) {
    const ir::Population& population = network_.populations[index];
    const std::string path = path_of("populations", index, population.name);
    const ir::ParsedNeuron neuron = ir::parse(population.neuron);
    if (neuron.replays_spikes && population.readout) {
      refuse(path + ".readout", population.place, "a population that replays spikes cannot have a readout",
             "its spikes are given; put the readout on a population that it drives");
    }
    if (neuron.crosses && changes_between_steps(neuron.threshold)) {
      refuse(path + ".neuron", population.place, "crosses(…) can read only state variables and parameters",
             "copy the value to a state variable: update \"seen = input\", threshold \"crosses(seen > 0)\"");
    }
    for (const char* name : {"input_frames", "input_frame_timesteps"}) {
      for (const Parameter& parameter : population.neuron.parameters) {
        if (parameter.name != name || !neuron.uses_input) continue;
        const bool whole = parameter.value.is_number() && parameter.value.number() >= 1 &&
                           parameter.value.number() == std::floor(parameter.value.number());
        if (!whole) {
          problems_.push_back({.kind = ProblemKind::invalid_value,
                               .path = path + ".neuron." + name,
                               .message = std::string(name) + " must be a single whole number",
                               .expected = "1 or more",
                               .given = to_string(parameter.value),
                               .place = population.place});
        }
      }
    }
    if (neuron.uses_input) check_frames(population, path);
  }

  // Also warns of frames that begin after the last step.
  void check_frames(const ir::Population& population, const std::string& path) {
    const double frames = count_of(population.neuron, "input_frames");
    if (frames * static_cast<double>(population.neurons()) > most_elements)
      refuse(path + ".neuron.input_frames", population.place, "an example has more than 4294967295 input values",
             "use fewer frames, or split the population");
    const double steps = frames * count_of(population.neuron, "input_frame_timesteps");
    if (frames <= 1 || steps <= options_.timesteps) return;
    const double shown = std::ceil(options_.timesteps / count_of(population.neuron, "input_frame_timesteps"));
    const auto whole = [](double count) { return std::to_string(static_cast<std::uint64_t>(count)); };
    problems_.push_back(make_warning({.kind = ProblemKind::frames_beyond_end,
                                      .path = path + ".neuron.input_frames",
                                      .message = "the frames take longer than the run: " + whole(frames - shown) +
                                                 " of " + whole(frames) + " begin after the last step",
                                      .expected = "at most " + std::to_string(options_.timesteps) + " steps",
                                      .given = whole(steps),
                                      .place = population.place}));
  }

  static double count_of(const NeuronModel& neuron, const std::string& name) {
    for (const Parameter& parameter : neuron.parameters) {
      if (parameter.name == name && parameter.value.is_number()) return parameter.value.number();
    }
    return 1;
  }

  // Whether the threshold before a step can differ from that after the previous step, whose value is not kept.
  static bool changes_between_steps(const language::Expression& threshold) {
    return symbolic::mentions(threshold, {"I", "input", "t"}) || language::calls(threshold, "uniform") ||
           language::calls(threshold, "normal");
  }

  void check_connection(std::size_t index) {
    const ir::Connection& connection = network_.connections[index];
    const std::string path = path_of("connections", index, connection.name);
    const Value& delay = delay_of(connection.connectivity);
    const double steps = longest_delay_steps(connection.connectivity, options_.dt, connection.max_delay);
    if (steps > most_delay_steps)
      refuse(path + ".delay", connection.place, "a delay can be longer than 65535 steps",
             "use a larger dt, or set a shorter max_delay");
    if (!has_one_delay(connection.connectivity) && steps * neurons(connection.target) > most_elements)
      refuse(path + ".delay", connection.place, "the delay ring has more than 4294967295 elements",
             "shorten the longest delay");
    const double synapses = expected_synapses(
        connection.connectivity, static_cast<std::uint32_t>(neurons(connection.source)),
        static_cast<std::uint32_t>(neurons(connection.target)), connection.source == connection.target,
        network_.populations[connection.source].shape.extents());
    const bool computed = connection.storage == SynapseStorage::procedural || is_stored_as_kernel(connection);
    if (synapses > most_elements && !computed) {
      refuse(path, connection.place,
             "the connection has " + std::to_string(static_cast<unsigned long long>(synapses)) +
                 " synapses; the maximum is 4294967295",
             "split the populations, or set the storage to procedural");
    }
    const bool is_graded = network_.populations[connection.source].neuron.is_graded();
    const Connectivity& connectivity = connection.connectivity;
    if (is_graded &&
        (std::holds_alternative<AvgPoolDense2D>(connectivity) || std::holds_alternative<AvgPoolConv2D>(connectivity)))
      refuse(path, connection.place, "graded values do not pass through pools that are fused",
             "use AvgPool2D into a population of its own");
    else if (is_graded)
      check_values(connection, path, steps);
    if (steps <= most_delay_steps) check_delay_in_run(delay, connection.latency, path, connection.place);
  }

  // Values are delivered from all neurons of a graded population in turn, and are on their way in a ring.
  void check_values(const ir::Connection& connection, const std::string& path, double delay_steps) {
    const std::string graded = "population \"" + network_.populations[connection.source].name + "\" is graded, so ";
    if (!has_one_delay(connection.connectivity))
      refuse(path + ".delay", connection.place, graded + "its synapses cannot have delays of their own",
             "use one number as the delay; for several delays, add several connections");
    else if ((delay_steps + 2) * neurons(connection.target) > most_elements)
      refuse(path + ".delay", connection.place, "the delay ring has more than 4294967295 elements",
             "shorten the delay");
    if (connection.storage == SynapseStorage::rows || connection.storage == SynapseStorage::procedural)
      refuse(path + ".storage", connection.place,
             graded + "its weights cannot be stored as " + to_string(connection.storage), "set storage to automatic");
    if (!std::holds_alternative<OneToOne>(connection.connectivity) && !is_stored_as_kernel(connection) &&
        neurons(connection.source) * neurons(connection.target) > most_elements)
      refuse(path, connection.place, graded + "its weights are a matrix, which has more than 4294967295 elements",
             "split the populations");
  }

  // A spike of the first step arrives in step latency + delay. A resumable program may be launched again.
  void check_delay_in_run(const Value& delay, std::uint32_t latency, const std::string& path, const Place& place) {
    if (!delay.is_number() || options_.resumable || delay.number() <= 0) return;
    if (base::steps_in(delay.number(), options_.dt) + latency < options_.timesteps) return;
    problems_.push_back(make_warning(
        {.kind = ProblemKind::time_scale,
         .path = path + ".delay",
         .message = "nothing arrives in a run of " + to_string(Value(options_.timesteps * options_.dt)) + " ms",
         .hint = "use a shorter delay or more timesteps; times are in ms",
         .given = to_string(delay) + " ms",
         .place = place}));
  }

  double neurons(std::uint32_t population) const {
    return static_cast<double>(network_.populations[population].neurons());
  }

  // Weights and patterns are drawn in host memory, whatever the device.
  void check_memory() {
    const bool any_error = std::any_of(problems_.begin(), problems_.end(),
                                       [](const Problem& each) { return each.severity == Severity::error; });
    if (any_error) return;  // sizes may be nonsense
    double bytes = 0;
    for (const StorageEstimate& each : choose_storage(network_, options_)) bytes += each.bytes;
    const double present = static_cast<double>(memory_for_synapses(options_));
    if (bytes <= present) return;
    problems_.push_back({.kind = ProblemKind::out_of_memory,
                         .path = "network",
                         .message = "the synapses need more memory than is available",
                         .hint = "give equal weights as one number, or set the storage to procedural (for numbers and "
                                 "initializers); patterns from graded populations are stored as matrices",
                         .expected = "at most " + gibibytes(present),
                         .given = gibibytes(bytes)});
  }

  void check_record(const Record& record) {
    if (record.connection) return check_synapse_record(record);
    if (record.population >= network_.populations.size()) return;  // resolved by the caller
    const ir::Population& population = network_.populations[record.population];
    const std::string path = path_of("populations", record.population, population.name);
    const double elements = static_cast<double>(population.neurons()) *
                            (options_.recording_steps != 0 ? options_.recording_steps : options_.timesteps);
    if (elements > most_elements) {
      refuse("compiler.record " + path, population.place, "the recording has more than 4294967295 values per example",
             "compile for fewer timesteps and carry the state over");
    }
    std::vector<std::string> known;
    if (ir::parse(population.neuron).spikes()) known.emplace_back("spikes");
    for (const StateVariable& state : population.neuron.state) known.push_back(state.name);
    for (const std::string& name : known) {
      if (name == record.variable) return;
    }
    problems_.push_back({.kind = ProblemKind::missing_variable,
                         .path = "compiler.record " + path,
                         .message = "the population has no variable \"" + record.variable + "\" to record",
                         .hint = suggest(record.variable, known),
                         .given = record.variable,
                         .place = population.place});
  }

  void check_synapse_record(const Record& record) {
    if (*record.connection >= network_.connections.size()) return;  // resolved by the caller
    const ir::Connection& connection = network_.connections[*record.connection];
    std::vector<std::string> known;
    for (const StateVariable& state : connection.synapse.state) known.push_back(state.name);
    for (const std::string& name : known) {
      if (name == record.variable) return;
    }
    problems_.push_back({.kind = ProblemKind::missing_variable,
                         .path = "compiler.record " + path_of("connections", *record.connection, connection.name),
                         .message = "the synapse has no state variable \"" + record.variable + "\" to record",
                         .hint = suggest(record.variable, known),
                         .given = record.variable,
                         .place = connection.place});
  }

  const ir::Network& network_;
  const CompileOptions& options_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> check_capabilities(const ir::Network& network, const CompileOptions& options) {
  return CapabilityCheck(network, options).run();
}

}  // namespace synfire::codegen
