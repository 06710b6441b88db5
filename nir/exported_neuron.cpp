// SPDX-License-Identifier: Apache-2.0
#include "exported_neuron.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "synfire/base/readable.hpp"
#include "synfire/models.hpp"

namespace synfire::nir {
namespace {

class NeuronExporter {
 public:
  NeuronExporter(const ir::Population& population, const ArrivingSynapse& synapse, double dt)
      : population_(population), synapse_(synapse), dt_(dt), count_(population.neurons()) {}

  ExportedNeuron run() {
    const NeuronModel& model = population_.neuron;
    require_zero_start();
    if (const auto text = text_of(model)) {
      if (synapse_.tau) refuse("is reached by synapses with a time course, which its node has no place for");
      from_text(*text);
    } else if (is<SpikeInput>() || is<GradedInput>()) {
      input();
    } else if (is<LeakyIntegrateFire>() || is<LeakyIntegrate>()) {
      leaky();
    } else if (is<IntegrateFire>()) {
      integrate_fire();
    } else {
      refuse("has a neuron that NIR does not have",
             "neurons that can be written: spike_input, graded_input, leaky_integrate_fire, leaky_integrate, "
             "integrate_fire, and those that an import made");
    }
    keep_shape();
    return std::move(result_);
  }

 private:
  [[noreturn]] void refuse(const std::string& message, const std::string& hint = {},
                           const std::string& given = {}) const {
    throw ModelError(Problem{.kind = ProblemKind::unsupported,
                             .path = "population \"" + population_.name + "\"",
                             .message = message,
                             .hint = hint,
                             .given = given.empty() ? population_.neuron.name : given,
                             .place = population_.place});
  }

  template <class T>
  bool is() const {
    return definition(population_.neuron) == definition(T::text());
  }

  const Value& value(const std::string& name) const {
    for (const synfire::Parameter& parameter : population_.neuron.parameters) {
      if (parameter.name == name) return parameter.value;
    }
    refuse("lacks a parameter", {}, name);
  }
  std::vector<double> values(const std::string& name) const {
    const auto all = given_values(value(name), count_);
    if (!all)
      refuse("has a parameter that is drawn, and a file holds numbers", "give it as a number or an array", name);
    return *all;
  }
  bool flag(const std::string& name) const { return value(name).flag(); }
  static bool all_zero(const std::vector<double>& values) {
    return std::all_of(values.begin(), values.end(), [](double each) { return each == 0; });
  }

  void require_zero_start() const {
    for (const StateVariable& state : population_.neuron.state) {
      const auto all = given_values(state.initial, count_);
      if (!all || !all_zero(*all)) refuse("starts with a state other than 0, as all readers of NIR do", {}, state.name);
    }
  }

  void put(const std::string& name, const Value& given, double scale = 1) {
    result_.parameters[name] = stored_numbers(given, count_, scale);
  }
  void put(const std::string& name, const std::vector<double>& given) {
    put(name, Value(Tensor<float>({given.size()}, {given.begin(), given.end()})));
  }
  void put(const std::string& name, double given) { put(name, Value(given)); }

  void from_text(const NeuronText& text) {
    result_.type = text.kind == NeuronKind::sum ? "Output" : type_of(text.kind);
    for (const NeuronParameter& parameter : parameters_of(text)) {
      values(parameter.model);
      put(parameter.node, value(parameter.model), parameter.scale);
    }
    const bool integrates = text.kind != NeuronKind::sum && text.kind != NeuronKind::threshold &&
                            text.kind != NeuronKind::integrator && text.kind != NeuronKind::integrate_fire;
    if (integrates) result_.integrator = text.integrator;
    if (text.kind == NeuronKind::integrator || text.kind == NeuronKind::integrate_fire) rule(text);
    if (spikes(text.kind) && text.kind != NeuronKind::threshold)
      result_.reset = text.spikes_next ? Reset::subtract_next : flag("subtract") ? Reset::subtract : Reset::to_value;
    set_bias(values("bias"));
    result_.was_imported = true;
    const auto negative = [](double each) { return each < 0; };
    if (spikes(text.kind)) {
      const std::vector<double> thresholds = values("v_threshold");
      result_.acts_by_itself = std::any_of(thresholds.begin(), thresholds.end(), negative);
    }
    if (result_.parameters.contains("v_leak") && !all_zero(values("v_leak"))) result_.acts_by_itself = true;
  }

  void rule(const NeuronText& text) {
    const double usual = text.per_step ? 1.0 : ms_per_s / dt_;
    for (const double each : std::get<Numbers>(result_.parameters.at("r")).values) {
      if (std::abs(each / usual - 1) > 0.9e-4) result_.per_step = text.per_step;
    }
  }

  void set_bias(std::vector<double> bias) {
    if (all_zero(bias)) return;
    result_.bias = std::move(bias);
    result_.acts_by_itself = true;
  }

  void input() {
    result_.type = "Input";
    if (is<SpikeInput>()) return;
    result_.metadata["values"] = std::string("real");
    const double frames = values("input_frames").front();
    if (values("input_frame_timesteps").front() != 1)
      refuse("shows each frame for several steps, and steps are not part of a file", {}, "input_frame_timesteps");
    if (frames != 1) result_.metadata["frames"] = Numbers{.values = {frames}, .stored = Stored::integers};
  }

  // v ← β v + g I, with β = exp(−dt/τ): an Euler step with τ' = dt/(1 − β).
  void leaky() {
    const bool spiking = is<LeakyIntegrateFire>();
    const std::vector<double> tau = values("tau_mem");
    std::vector<double> tau_mem(count_), r(count_), share(count_);
    const bool scaled = flag("scale_i");
    for (std::size_t k = 0; k < count_; ++k) {
      share[k] = -std::expm1(-dt_ / tau[k]);
      tau_mem[k] = dt_ / ms_per_s / share[k];
      r[k] = scaled ? 1.0 : 1.0 / share[k];
    }
    result_.integrator = Integration::euler;
    result_.type = synapse_.tau ? (spiking ? "CubaLIF" : "CubaLI") : (spiking ? "LIF" : "LI");
    put(synapse_.tau ? "tau_mem" : "tau", tau_mem);
    put("r", r);
    put("v_leak", 0.0);
    if (synapse_.tau) put_synapse();
    if (spiking) put_threshold();
    if (!spiking) {
      std::vector<double> bias = values("bias");
      if (synapse_.tau && !all_zero(bias)) refuse("has a bias that its synapses would filter", {}, "bias");
      for (std::size_t k = 0; k < count_; ++k) bias[k] /= scaled ? share[k] : 1.0;
      set_bias(std::move(bias));
    }
    result_.choice = population_.neuron.name + " with tau_mem becomes " + result_.type +
                     " with tau = dt / (1 - exp(-dt/tau_mem)), which Euler's method gives the same steps";
  }

  // i ← β i + w, or the mean of i over the step.
  void put_synapse() {
    const double share = -std::expm1(-dt_ / *synapse_.tau);
    put("tau_syn", dt_ / ms_per_s / share);
    put("w_in", synapse_.scaled ? *synapse_.tau / dt_ : 1 / share);
  }

  void integrate_fire() {
    if (synapse_.tau) refuse("is reached by exponential synapses, and NIR has no such neuron without a leak");
    result_.type = "IF";
    put("r", 1.0);
    put_at_least();
    put("v_reset", value("v_reset"));
    values("v_reset");
    result_.reset = Reset::to_value;
    result_.choice = "integrate_fire becomes IF, whose v > v_threshold has the next smaller threshold";
  }

  // v ≥ θ is v > the next smaller number.
  void put_at_least() {
    std::vector<double> threshold = values("v_thresh");
    for (double& each : threshold)
      each = static_cast<double>(std::nextafter(static_cast<float>(each), -std::numeric_limits<float>::infinity()));
    put("v_threshold", threshold);
    result_.acts_by_itself = std::any_of(threshold.begin(), threshold.end(), [](double each) { return each < 0; });
  }

  void put_threshold() {
    if (!all_zero(values("tau_refrac"))) refuse("has a refractory period, which NIR does not have", {}, "tau_refrac");
    put_at_least();
    put("v_reset", value("v_reset"));
    const bool subtracts = flag("relative_reset");
    if (subtracts && !all_zero(values("v_reset")))
      refuse("subtracts v_thresh - v_reset, and NIR at most v_threshold", "set v_reset to 0", "relative_reset");
    result_.reset = subtracts ? Reset::subtract : Reset::to_value;
  }

  void keep_shape() {
    const Extents shape = population_.shape.extents();
    if (result_.type == "Input" || shape.size() == 1) return;
    result_.metadata["shape"] =
        Numbers{.shape = {shape.size()}, .values = {shape.begin(), shape.end()}, .stored = Stored::integers};
  }

  const ir::Population& population_;
  ArrivingSynapse synapse_;
  double dt_;
  std::size_t count_;
  ExportedNeuron result_;
};

// A number of the type that, times `scale` and rounded like the value, gives the value; nothing if none does.
template <class T>
std::optional<double> stored_as(double value, double scale, bool rounded) {
  const auto near = static_cast<T>(value / scale);
  const T infinity = std::numeric_limits<T>::infinity();
  for (const T candidate : {near, std::nextafter(near, infinity), std::nextafter(near, -infinity)}) {
    const double read = static_cast<double>(candidate) * scale;
    if ((rounded ? static_cast<double>(static_cast<float>(read)) : read) == value)
      return static_cast<double>(candidate);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::vector<double>> given_values(const Value& value, std::size_t count) {
  if (value.is_number()) return std::vector<double>(count, value.number());
  if (value.is_initializer() && std::holds_alternative<Constant>(value.initializer()))
    return std::vector<double>(count, std::get<Constant>(value.initializer()).value);
  if (!value.is_array() || value.array().size() != count) return std::nullopt;
  return std::vector<double>(value.array().begin(), value.array().end());
}

Numbers stored_numbers(const Value& value, std::size_t count, double scale) {
  const std::vector<double> all = given_values(value, count).value_or(std::vector<double>{});
  Numbers numbers{.shape = {all.size()}, .values = {}, .stored = Stored::singles};
  for (const double each : all) {
    const auto single = stored_as<float>(each, scale, value.is_array());
    if (!single) numbers.stored = Stored::doubles;
    numbers.values.push_back(single.value_or(0));
  }
  if (numbers.stored == Stored::singles) return numbers;
  for (std::size_t k = 0; k < all.size(); ++k)
    numbers.values[k] = stored_as<double>(all[k], scale, value.is_array()).value_or(all[k] / scale);
  return numbers;
}

ExportedNeuron exported_neuron(const ir::Population& population, const ArrivingSynapse& synapse, double dt) {
  return NeuronExporter(population, synapse, dt).run();
}

}  // namespace synfire::nir
