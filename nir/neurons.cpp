// SPDX-License-Identifier: Apache-2.0
#include "neurons.hpp"

#include <array>

namespace synfire::nir {
namespace {

constexpr std::array<std::pair<NeuronKind, const char*>, 7> types{{{NeuronKind::integrator, "I"},
                                                                   {NeuronKind::leaky_integrator, "LI"},
                                                                   {NeuronKind::integrate_fire, "IF"},
                                                                   {NeuronKind::leaky_fire, "LIF"},
                                                                   {NeuronKind::current_integrator, "CubaLI"},
                                                                   {NeuronKind::current_fire, "CubaLIF"},
                                                                   {NeuronKind::threshold, "Threshold"}}};

bool has_current(NeuronKind kind) { return kind == NeuronKind::current_integrator || kind == NeuronKind::current_fire; }
bool is_leaky(NeuronKind kind) {
  return kind == NeuronKind::leaky_integrator || kind == NeuronKind::leaky_fire || has_current(kind);
}
bool is_integrator(NeuronKind kind) { return kind == NeuronKind::integrator || kind == NeuronKind::integrate_fire; }
bool resets(NeuronKind kind) { return spikes(kind) && kind != NeuronKind::threshold; }

std::string name_of(const NeuronText& text) {
  std::string name = "nir_";
  switch (text.kind) {
    case NeuronKind::integrator: name += "i"; break;
    case NeuronKind::leaky_integrator: name += "li"; break;
    case NeuronKind::integrate_fire: name += "if"; break;
    case NeuronKind::leaky_fire: name += "lif"; break;
    case NeuronKind::current_integrator: name += "cuba_li"; break;
    case NeuronKind::current_fire: name += "cuba_lif"; break;
    case NeuronKind::threshold: name += "threshold"; break;
    case NeuronKind::sum: name += "sum"; break;
  }
  if (is_integrator(text.kind) && !text.per_step) name += "_continuous";
  if (is_leaky(text.kind) && text.integrator != Integration::euler) name += "_" + name_of(text.integrator);
  if (text.spikes_next) name += "_next";
  if (text.sends) name += "_sends";
  return name;
}

void add_dynamics(const NeuronText& text, NeuronModel& model) {
  const bool euler = text.integrator == Integration::euler, decays = text.integrator == Integration::decay;
  const auto update = [&](const std::string& statement) { model.update.push_back(statement); };
  if (has_current(text.kind)) {
    model.state.push_back({"i", 0.0});
    if (euler) {  // the membrane sees the new current
      update("i += dt / tau_syn * (w_in * (I + bias) - i)");
      update("v += dt / tau_mem * (v_leak - v + r * i)");
    } else if (decays) {
      update("i = i * exp(-dt / tau_syn) + dt / tau_syn * w_in * (I + bias)");
      update("v = v_leak + (v - v_leak) * exp(-dt / tau_mem) + dt / tau_mem * r * i");
    } else {
      model.dynamics = {"di/dt = (w_in * (I + bias) - i) / tau_syn", "dv/dt = (v_leak - v + r * i) / tau_mem"};
      model.integrator = Integrator::exact;
    }
  } else if (is_leaky(text.kind) && decays) {
    update("v = v_leak + (v - v_leak) * exp(-dt / tau) + dt / tau * r * (I + bias)");
  } else if (is_leaky(text.kind)) {
    model.dynamics = {"dv/dt = (v_leak - v + r * (I + bias)) / tau"};
    model.integrator = euler ? Integrator::euler : Integrator::exact;
  } else if (is_integrator(text.kind)) {
    update(text.per_step ? "v += r * (I + bias)" : "v += dt * r * (I + bias)");
  } else {
    update("v = I + bias");
  }
}

// The threshold tests the v that the step before left.
void test_before(NeuronModel& model) {
  model.state.push_back({"v_left", 0.0});
  model.state.push_back({"v_before", 0.0});
  model.update.emplace_back("v_before = v_left");
  model.update.emplace_back("v_left = v");
  model.threshold = "v_before > v_threshold";
  model.reset = {"v -= v_threshold", "v_left = v"};
}

}  // namespace

NeuronModel definition(NeuronModel model) {
  for (synfire::Parameter& parameter : model.parameters)
    parameter.value = parameter.value.is_flag() ? Value(false) : Value(0.0);
  for (StateVariable& state : model.state) state.initial = 0.0;
  model.surplus.clear();
  model.assigned.clear();
  return model;
}

bool spikes(NeuronKind kind) {
  return kind == NeuronKind::integrate_fire || kind == NeuronKind::leaky_fire || kind == NeuronKind::current_fire ||
         kind == NeuronKind::threshold;
}

std::string type_of(NeuronKind kind) {
  for (const auto& [each, name] : types) {
    if (each == kind) return name;
  }
  return {};
}

std::optional<NeuronKind> kind_of(const std::string& type) {
  for (const auto& [kind, name] : types) {
    if (type == name) return kind;
  }
  return std::nullopt;
}

std::vector<NeuronParameter> parameters_of(const NeuronText& text) {
  const NeuronKind kind = text.kind;
  std::vector<NeuronParameter> all;
  if (has_current(kind)) {
    all.push_back({"tau_syn", "tau_syn", ms_per_s});
    all.push_back({"tau_mem", "tau_mem", ms_per_s});
  } else if (is_leaky(kind)) {
    all.push_back({"tau", "tau", ms_per_s});
  }
  if (is_leaky(kind)) all.push_back({"r", "r", 1, 1});
  if (is_integrator(kind)) all.push_back({"r", "r", text.per_step ? 1 : 1 / ms_per_s, 1});
  if (is_leaky(kind)) all.push_back({"v_leak", "v_leak"});
  if (has_current(kind)) all.push_back({"w_in", "w_in", 1, 1});
  if (resets(kind)) {
    all.push_back({"v_threshold", "v_threshold", 1, 1});
    all.push_back({"v_reset", "v_reset"});
  }
  if (kind == NeuronKind::threshold) all.push_back({"threshold", "v_threshold", 1, 1});
  return all;
}

NeuronModel model_of(const NeuronText& text) {
  NeuronModel model{.name = name_of(text), .state = {{"v", 0.0}}};
  for (const NeuronParameter& parameter : parameters_of(text)) {
    const bool time = parameter.model.starts_with("tau");
    model.parameters.push_back({.name = parameter.model,
                                .value = time ? 10.0 : parameter.otherwise,
                                .unit = time ? Unit::milliseconds : Unit::none});
    if (!time) continue;
    model.parameters.back().min = 0.0;
    model.parameters.back().exclusive_min = true;
  }
  model.parameters.push_back({.name = "bias", .value = 0.0});
  if (resets(text.kind) && !text.spikes_next) model.parameters.push_back({.name = "subtract", .value = false});
  add_dynamics(text, model);
  if (spikes(text.kind)) model.threshold = "v > v_threshold";
  if (resets(text.kind)) model.reset = {"v = v - v_threshold if subtract else v_reset"};
  if (text.spikes_next) test_before(model);
  if (text.sends) model.graded = "v";
  return model;
}

std::optional<NeuronText> text_of(const NeuronModel& model) {
  if (!model.name.starts_with("nir_")) return std::nullopt;
  const NeuronModel given = definition(model);
  constexpr std::array kinds{
      NeuronKind::integrator,         NeuronKind::leaky_integrator, NeuronKind::integrate_fire, NeuronKind::leaky_fire,
      NeuronKind::current_integrator, NeuronKind::current_fire,     NeuronKind::threshold,      NeuronKind::sum};
  for (const NeuronKind kind : kinds) {
    for (const Integration integrator : {Integration::euler, Integration::exact, Integration::decay}) {
      for (const bool other : {false, true}) {
        for (const bool per_step : {true, false}) {
          if (other && kind == NeuronKind::threshold) continue;
          const NeuronText text{.kind = kind,
                                .integrator = integrator,
                                .sends = other && !spikes(kind),
                                .spikes_next = other && spikes(kind),
                                .per_step = per_step};
          if (definition(model_of(text)) == given) return text;
        }
      }
    }
  }
  return std::nullopt;
}

}  // namespace synfire::nir
