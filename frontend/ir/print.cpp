// SPDX-License-Identifier: Apache-2.0
#include <ostream>
#include <set>

#include "synfire/network.hpp"
#include "synfire/optimizer.hpp"
#include "synfire/surrogate.hpp"

namespace synfire::ir {
namespace {

std::string count(std::size_t number, const std::string& one, const std::string& several) {
  return std::to_string(number) + ' ' + (number == 1 ? one : several);
}
std::string count(std::size_t number, const std::string& noun) { return count(number, noun, noun + 's'); }

std::string line(const std::string& label, const std::string& text) {
  return text.empty() ? std::string{} : "  " + label + ": " + text + '\n';
}

std::string lines(const std::string& label, const std::vector<std::string>& texts) {
  std::string result;
  for (const std::string& text : texts) result += line(label, text);
  return result;
}

// `tau_mem = 20 ms, scale_i = false, v = 0`
template <class Model>
std::string values(const Model& model) {
  std::string text;
  for (const Parameter& parameter : model.parameters) {
    text += (text.empty() ? "" : ", ") + parameter.name + " = " + to_string(parameter.value);
    if (parameter.unit == Unit::milliseconds) text += " ms";
  }
  for (const StateVariable& variable : model.state) {
    text += (text.empty() ? "" : ", ") + variable.name + "(0) = " + to_string(variable.initial);
  }
  return text;
}

std::string print(const Population& population, std::size_t index) {
  std::string text = "population " + std::to_string(index) + " \"" + population.name + "\" (" +
                     to_string(population.shape) + "): " + population.neuron.name;
  if (population.readout) text += ", readout " + population.readout->name;
  text += '\n' + line("neuron", values(population.neuron));
  return population.readout ? text + line("readout", values(*population.readout)) : text;
}

std::string end_name(const Network& network, std::uint32_t index) {
  return index < network.populations.size() ? '"' + network.populations[index].name + '"' : "unknown";
}

struct PrintPattern {
  std::string operator()(const Dense&) const { return {}; }
  std::string operator()(const OneToOne&) const { return {}; }
  std::string operator()(const FixedProbability& kind) const {
    return "p = " + to_string(Value(kind.p)) + self_connections(kind);
  }
  std::string operator()(const FixedInputs& kind) const {
    return count(kind.number, "input") + " of each target neuron" + self_connections(kind) + repeats(kind);
  }
  std::string operator()(const FixedOutputs& kind) const {
    return count(kind.number, "output") + " of each source neuron" + self_connections(kind) + repeats(kind);
  }
  std::string operator()(const Sparse& kind) const { return count(kind.sources.size(), "entry", "entries"); }
  std::string operator()(const Conv2D& kind) const { return convolution(kind); }
  std::string operator()(const Conv2DTranspose& kind) const { return convolution(kind); }
  std::string operator()(const Conv1D& kind) const {
    return std::to_string(kind.kernel) + filters(kind) + optional("stride", kind.stride) + padding(kind.padding) +
           optional("dilation", kind.dilation) + groups(kind);
  }
  std::string operator()(const AvgPool2D& kind) const { return pool(kind, kind.strides) + padding(kind.padding); }
  std::string operator()(const MaxPool2D& kind) const {
    return pool(kind, kind.strides) + padding(kind.padding) + (kind.first_spike ? ", first spike" : "");
  }
  std::string operator()(const AvgPoolDense2D& kind) const { return pool(kind, kind.strides); }
  std::string operator()(const AvgPoolConv2D& kind) const {
    return "pool " + pool(kind, kind.pool_strides) + ", kernel " + convolution(kind);
  }

  template <class Drawn>
  static std::string self_connections(const Drawn& kind) {
    return kind.allow_self_connections ? ", self-connections allowed" : "";
  }
  template <class Drawn>
  static std::string repeats(const Drawn& kind) {
    return kind.allow_repeats ? ", repeats allowed" : "";
  }

  // `5×5, 32 filters, strides 2×2, same`, without defaults
  template <class Kind>
  static std::string convolution(const Kind& kind) {
    return in_words(kind.kernel) + filters(kind) + optional("strides", kind.strides) + padding(kind.padding) +
           optional("dilation", kind.dilation) + groups(kind);
  }
  template <class Kind>
  static std::string pool(const Kind& kind, Size2D strides) {
    return in_words(kind.pool) + (strides == Size2D{} ? "" : ", strides " + in_words(strides));
  }
  template <class Kind>
  static std::string filters(const Kind& kind) {
    return ", " + count(kind.filters, "filter");
  }
  template <class Kind>
  static std::string groups(const Kind& kind) {
    return kind.groups == 1 ? "" : ", " + count(kind.groups, "group");
  }
  static std::string padding(const Padding& padding) {
    if (!padding.mode.empty()) return padding.mode == "valid" ? "" : ", " + padding.mode;
    std::string sides;
    for (const std::uint32_t each : padding.pixels) sides += ' ' + std::to_string(each);
    return ", padding" + sides;
  }
  template <class Size>
  static std::string optional(const std::string& name, Size size) {
    return size == Size(1) ? "" : ", " + name + ' ' + in_words(size);
  }
  static std::string in_words(std::uint32_t number) { return std::to_string(number); }
  static std::string in_words(Size2D size) { return std::to_string(size.height) + "×" + std::to_string(size.width); }
};

std::string print(const Network& network, const Connection& connection, std::size_t index) {
  const Value& delay = delay_of(connection.connectivity);
  std::string text = "connection " + std::to_string(index) + " \"" + connection.name +
                     "\": " + end_name(network, connection.source) + " -> " + end_name(network, connection.target) +
                     ", " + name_of(connection.connectivity) + ", " + connection.synapse.name + '\n';
  text += line("pattern", std::visit(PrintPattern{}, connection.connectivity));
  text += line("weight", to_string(weight_of(connection.connectivity)));
  text += line("delay", to_string(delay) + " ms" + (connection.round_delays ? ", rounded to steps" : ""));
  if (connection.latency != 1) text += line("latency", std::to_string(connection.latency) + " steps");
  if (connection.max_delay) text += line("max_delay", to_string(Value(*connection.max_delay)) + " ms");
  if (connection.storage != SynapseStorage::automatic) text += line("storage", to_string(connection.storage));
  return text + line("synapse", values(connection.synapse));
}

std::string print(const Refractory& refractory) {
  std::string held;
  for (const std::string& name : refractory.hold) held += (held.empty() ? "" : ", ") + name;
  std::string text = "for " + refractory.period + " ms";
  return held.empty() ? text : text + ", holding " + held + " if " + refractory.hold_if;
}

std::string integration(Integrator integrator, std::uint32_t substeps) {
  return ", integrator " + std::string(to_string(integrator)) +
         (substeps == 1 ? "" : ", " + std::to_string(substeps) + " sub-steps") + '\n';
}

std::string texts(const NeuronModel& model) {
  std::string text = "neuron \"" + model.name + '"' + integration(model.integrator, model.substeps);
  text += lines("dynamics", model.dynamics) + lines("update", model.update) + line("threshold", model.threshold);
  text += lines("reset", model.reset);
  if (model.refractory) text += line("refractory", print(*model.refractory));
  return text + line("spike_sign", model.spike_sign) + line("output", model.output) + line("graded", model.graded);
}

std::string texts(const SynapseModel& model) {
  return "synapse \"" + model.name + '"' + integration(model.integrator, model.substeps) +
         lines("on_spike", model.on_spike) + line("current", model.current) + lines("dynamics", model.dynamics) +
         lines("update", model.update);
}

std::string texts(const ReadoutModel& model) {
  return "readout \"" + model.name + "\"\n" + lines("on_step", model.on_step) + lines("on_spike", model.on_spike) +
         line("value", model.value);
}

std::string texts(const LossModel& model) {
  return "loss \"" + model.name + "\"\n" + line("targets", std::string(to_string(model.targets))) +
         line("per_step", model.per_step == "false" ? "" : model.per_step) + line("readout", model.readout) +
         line("loss", model.loss);
}

// Each text once, in order of first use.
class ModelTexts {
 public:
  void add(const std::string& text) {
    if (seen_.insert(text).second) all_ += text;
  }
  const std::string& all() const { return all_; }

 private:
  std::set<std::string> seen_;
  std::string all_;
};

std::string model_texts(const Network& network) {
  ModelTexts printed;
  for (const Population& population : network.populations) printed.add(texts(population.neuron));
  for (const Connection& connection : network.connections) printed.add(texts(connection.synapse));
  for (const Population& population : network.populations) {
    if (population.readout) printed.add(texts(*population.readout));
  }
  return printed.all();
}

}  // namespace

std::string to_string(const Network& network) {
  std::string text = "network: " + count(network.populations.size(), "population") + ", " +
                     count(network.connections.size(), "connection") + '\n';
  for (std::size_t i = 0; i < network.populations.size(); ++i) text += print(network.populations[i], i);
  for (std::size_t i = 0; i < network.connections.size(); ++i) text += print(network, network.connections[i], i);
  return text + model_texts(network);
}

}  // namespace synfire::ir

namespace synfire {

std::string to_string(const NeuronModel& model) { return ir::texts(model); }
std::string to_string(const SynapseModel& model) { return ir::texts(model); }
std::string to_string(const ReadoutModel& model) { return ir::texts(model); }
std::string to_string(const LossModel& model) { return ir::texts(model); }
std::string to_string(const OptimizerModel& model) {
  return "optimizer \"" + model.name + "\"\n" + ir::lines("update", model.update);
}

std::string to_string(const SurrogateModel& model) {
  return "surrogate \"" + model.name + "\"\n" + ir::line("derivative", model.derivative) +
         ir::line("support", model.support);
}

std::ostream& operator<<(std::ostream& stream, const Network& network) {
  return stream << ir::to_string(network.description());
}

}  // namespace synfire
