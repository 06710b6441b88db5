// SPDX-License-Identifier: Apache-2.0
#include "property/random_models.hpp"

#include <cmath>
#include <sstream>
#include <utility>

namespace synfire::testing::property {
namespace {

std::string text_of(double number) {
  std::ostringstream text;
  text << number;
  return text.str();
}

// Expressions over some names. Values stay moderate if those of the names do.
class Texts {
 public:
  Texts(Choices& choices, std::vector<std::string> names, std::vector<std::string> flags, bool draws)
      : choices_(choices), names_(std::move(names)), flags_(std::move(flags)), draws_(draws) {}

  std::string number(int depth) {
    if (depth == 0) return leaf();
    const auto part = [&] { return number(static_cast<int>(choices_.below(static_cast<std::uint32_t>(depth)))); };
    switch (choices_.below(12)) {
      case 0: return '(' + part() + " + " + part() + ')';
      case 1: return '(' + part() + " - " + part() + ')';
      case 2:
      case 3: return '(' + part() + " * " + part() + ')';
      case 4: return '(' + part() + " / (1.5 + abs(" + part() + ")))";
      case 5: return "-(" + part() + ')';
      case 6: return '(' + part() + " if " + condition(depth - 1) + " else " + part() + ')';
      case 7: return choices_.pick({"max", "min"}) + std::string("(") + part() + ", " + part() + ')';
      case 8: return power(part());
      case 9: return choices_.pick({"abs", "ceil", "floor", "round", "sign"}) + std::string("(") + part() + ')';
      case 10: return choices_.pick({"cos", "sin", "tanh", "sigmoid"}) + std::string("(") + part() + ')';
      default: return choices_.pick({"exp(min(", "expm1(min("}) + part() + ", 2))";
    }
  }

  std::string bounded(int depth) { return "tanh(" + number(depth) + ')'; }

  std::string condition(int depth) {
    const auto part = [&] { return number(depth > 0 ? depth - 1 : 0); };
    switch (depth > 0 ? choices_.below(6) : 0) {
      case 1: return "not (" + condition(depth - 1) + ')';
      case 2: return '(' + condition(depth - 1) + " and " + condition(depth - 1) + ')';
      case 3: return '(' + condition(depth - 1) + " or " + condition(depth - 1) + ')';
      case 4: return flags_.empty() ? "true" : flags_[choices_.below(static_cast<std::uint32_t>(flags_.size()))];
      default: return '(' + part() + choices_.pick({" < ", " <= ", " > ", " >= ", " == ", " != "}) + part() + ')';
    }
  }

 private:
  std::string leaf() {
    if (draws_ && choices_.chance(0.08)) return choices_.pick({"uniform()", "normal()"});
    if (choices_.chance(0.25)) return literal();
    return names_[choices_.below(static_cast<std::uint32_t>(names_.size()))];
  }

  std::string literal() {
    return choices_.chance(0.3) ? choices_.pick({"0", "1", "2", "1e-1", "0.5"})
                                : text_of(choices_.round_number(0.01, 2));
  }

  std::string power(const std::string& base) {
    const std::string positive = "(abs(" + base + ") + 0.2)";
    switch (choices_.below(8)) {
      case 0: return "(tanh(" + base + ")) ** 2";
      case 1: return "(tanh(" + base + ")) ^ 3";
      case 2: return "(tanh(" + base + ")) ** 4";
      case 3: return positive + " ** 0.5";
      case 4: return "pow(" + positive + ", " + leaf() + ')';
      case 5: return "sqrt" + positive;
      case 6: return "log1p" + positive;
      default: return "log" + positive;
    }
  }

  Choices& choices_;
  std::vector<std::string> names_, flags_;
  bool draws_;
};

// ---- Neurons

RandomNeuron spiking(NeuronModel model) { return {.model = std::move(model)}; }

NeuronModel random_leaky(Choices& choices, std::uint32_t count) {
  return neuron_of(LeakyIntegrateFire{.v_thresh = choices.per_neuron(count, 0.6F, 1.2F),
                                      .v_reset = choices.chance(0.3) ? choices.per_neuron(count, -0.2F, 0.2F) : Value{},
                                      .v = choices.per_neuron(count, -0.2F, 0.6F),
                                      .tau_mem = choices.per_neuron(count, 5, 40),
                                      .tau_refrac = choices.chance(0.5) ? choices.per_neuron(count, 0, 5) : Value(0.0),
                                      .relative_reset = choices.chance(0.5),
                                      .integrate_during_refrac = choices.chance(0.5),
                                      .scale_i = choices.chance(0.25)});
}

NeuronModel random_adaptive(Choices& choices, std::uint32_t count) {
  return neuron_of(AdaptiveLeakyIntegrateFire{.v = choices.per_neuron(count, 0, 0.5F),
                                              .a = choices.per_neuron(count, 0, 0.5F),
                                              .beta = choices.per_neuron(count, 0, 0.4F),
                                              .tau_mem = choices.per_neuron(count, 5, 40),
                                              .tau_refrac = choices.pick({0.0, 1.0, 3.0}),
                                              .tau_adapt = choices.per_neuron(count, 10, 100),
                                              .relative_reset = choices.chance(0.5),
                                              .integrate_during_refrac = choices.chance(0.5)});
}

NeuronModel izhikevich(Choices& choices, std::uint32_t count) {
  return {.name = "izhikevich",
          .parameters = {{"a", choices.per_neuron(count, 0.02F, 0.1F)}, {"b", 0.2}, {"c", -65.0}, {"d", 8.0}},
          .state = {{"v", choices.per_neuron(count, -70, -50)}, {"u", -14.0}},
          .dynamics = {"dv/dt = 0.04*v**2 + 5*v + 140 - u + 20*I", "du/dt = a*(b*v - u)"},
          .update = {"v = min(v, 60)"},
          .threshold = "v >= 30",
          .reset = {"v = c", "u += d"},
          .integrator = choices.pick({Integrator::automatic, Integrator::euler, Integrator::rk4}),
          .substeps = choices.pick({1U, 1U, 4U})};
}

// Hodgkin–Huxley type: each equation linear in its own variable, with rates that depend on the others.
NeuronModel gated(Choices& choices, std::uint32_t count) {
  return {.name = "gated",
          .parameters = {{"leak", choices.per_neuron(count, 0.05F, 0.2F)}, {"g", 0.8}, {"e", -1.5}},
          .state = {{"v", choices.per_neuron(count, 0, 0.5F)}, {"n", 0.1}},
          .dynamics = {"dv/dt = -leak*v + 0.5*I - g*n**2*(v - e)", "dn/dt = 0.3*sigmoid(6*v - 4)*(1 - n) - 0.1*n"},
          .threshold = choices.pick({"crosses(v >= 0.7)", "v >= 0.7"}),
          .spike_sign = choices.chance(0.3) ? "0.75 - v" : "",
          .substeps = choices.pick({1U, 1U, 2U})};
}

// Two linear equations that read each other: solved exactly.
NeuronModel resonator(Choices& choices, std::uint32_t count) {
  const bool defective = choices.chance(0.3);
  const std::string v = defective
                            ? "dv/dt = (w - v) / tau + per_step(I)"
                            : "dv/dt = -v / tau - omega*w + " + std::string(choices.pick({"0.4*I", "per_step(I)"}));
  const std::string w = defective ? "dw/dt = 0.2*I - w / tau" : "dw/dt = omega*v - w / tau + 0.1*sin(t)";
  return {.name = "resonator",
          .parameters = {{"tau", choices.per_neuron(count, 5, 30)}, {"omega", choices.per_neuron(count, 0.1F, 0.5F)}},
          .state = {{"w", 0.0}, {"v", choices.per_neuron(count, -0.5F, 0.5F)}},
          .dynamics = choices.chance(0.5) ? std::vector<std::string>{v, w} : std::vector<std::string>{w, v},
          .threshold = "v >= 0.8",
          .reset = {"v = 0", "w += 0.1"},
          .output = choices.pick({"v", "w", ""}),
          .integrator = choices.pick({Integrator::automatic, Integrator::exact, Integrator::euler, Integrator::rk4})};
}

// A neuron with random texts.
class FreeNeuron {
 public:
  FreeNeuron(Choices& choices, std::uint32_t count)
      : choices_(choices),
        count_(count),
        texts_(choices, {"v", "w", "I", "a", "b", "c", "t", "dt"}, {"f", "(a > 0.4)"}, false),
        noisy_(choices, {"v", "w", "I", "a", "b", "c", "t", "dt"}, {"f", "(a > 0.4)"}, choices.chance(0.4)),
        others_(choices, {"I", "a", "b", "c", "t", "dt"}, {"f"}, choices.chance(0.2)) {}

  NeuronModel make() {
    model_ = {.name = "free",
              .parameters = {{"a", choices_.per_neuron(count_, 0.1F, 0.9F)},
                             {"b", choices_.round_number(0.1, 1.5)},
                             {"c", choices_.per_neuron(count_, -1, 1)},
                             {"tau", choices_.per_neuron(count_, 3, 30)},
                             {"rest", choices_.per_neuron(count_, 0, 4)},
                             {"f", choices_.chance(0.5)}},
              .state = {{"v", choices_.per_neuron(count_, -0.2F, 0.5F)},
                        {"w", choices_.chance(0.5) ? Value(Normal{.sd = 0.3}) : Value(0.1)}}};
    add_dynamics();
    add_threshold();
    add_reset();
    if (choices_.chance(0.25)) model_.substeps = choices_.between(2, 5);
    return model_;
  }

 private:
  void add_dynamics() {
    switch (choices_.below(5)) {
      case 0: model_.update = {"v = 0.8*v + 0.5*I + 0.3*" + noisy_.bounded(3)}; break;
      case 1:
        model_.dynamics = {"dv/dt = (b - v) / tau + a*w / tau + 0.2*" + others_.bounded(2) + " + per_step(I)",
                           "dw/dt = -w / tau - 0.1*" + others_.bounded(2) + " + a*I"};
        model_.integrator = choices_.pick({Integrator::automatic, Integrator::exact, Integrator::exponential_euler});
        break;
      case 2:
        model_.dynamics = {"dv/dt = -(0.05 + a*abs(w))*v + 0.4*I + 0.2*" + others_.bounded(2),
                           "dw/dt = (0.3*v - w) / tau + per_step(0.2*" + noisy_.bounded(2) + ")"};
        model_.integrator = choices_.pick({Integrator::automatic, Integrator::exponential_euler, Integrator::rk4});
        break;
      case 3:
        model_.dynamics = {"dv/dt = 0.3*" + noisy_.bounded(3) + " - v / tau + 0.4*I",
                           "dw/dt = a*(v - w) / tau + per_step(0.1*I if f else 0)"};
        model_.integrator = choices_.pick({Integrator::automatic, Integrator::euler, Integrator::rk4});
        break;
      default:
        model_.dynamics = {"dv/dt = (" + std::string("I - v) / tau if f else -v / tau + per_step(I)")};
        model_.refractory = Refractory{.period = "rest", .hold = {"v"}, .hold_if = "not f"};
        break;
    }
    if (choices_.chance(0.5)) {
      model_.update.push_back("if " + noisy_.condition(2) + " { w = " + texts_.bounded(2) + " } else if " +
                              texts_.condition(1) + " { v -= 0.05*" + noisy_.bounded(2) + "; w *= 0.9 }");
    }
  }

  void add_threshold() {
    model_.threshold = choices_.pick({"v >= 0.8", "v >= 0.7 + 0.2*a*w", "crosses(v >= 0.5)", "not (v < 0.8)",
                                      "uniform() < sigmoid(6*v - 6)", "v + 0.2*normal() >= 0.9 and not (w > 2)"});
    if (choices_.chance(0.1)) model_.threshold = "v >= 0.6 and " + noisy_.condition(2);
    model_.spike_sign = choices_.pick({"", "", "", "w", "1.1 - v", "-1"});
    if (!model_.refractory && choices_.chance(0.4)) {
      model_.refractory =
          Refractory{.period = choices_.pick({"rest", "2", "rest * b + 1"}),
                     .hold = choices_.chance(0.5) ? std::vector<std::string>{"v"} : std::vector<std::string>{"w", "v"},
                     .hold_if = choices_.pick({"f", "true", "false"})};
    }
    model_.output = choices_.pick({"", "v", "w"});
  }

  void add_reset() {
    switch (choices_.below(5)) {
      case 0: model_.reset = {"v = 0"}; break;
      case 1: model_.reset = {"v -= 0.8", "w += 0.1"}; break;
      case 2: model_.reset = {"if w > 0 { v = 0.2*a; w -= 0.1 } else { v = 0; w = 0.2 }"}; break;
      case 3: model_.reset = {"v = 0.3*" + noisy_.bounded(2)}; break;
      default: model_.reset = {"v = 0.2*uniform()", "w = v + 0.05*normal()"}; break;
    }
  }

  Choices& choices_;
  std::uint32_t count_;
  Texts texts_, noisy_, others_;
  NeuronModel model_;
};

// ---- Synapses

SynapseModel alpha(Choices& choices, std::uint32_t count) {
  return {.name = "alpha",
          .parameters = {{"tau", choices.per_neuron(count, 2, 8)}, {"e", 1.5}},
          .state = {{"x", 0.0}, {"g", 0.0}},
          .dynamics = {"dx/dt = -x / tau", "dg/dt = (x - g) / tau"},
          .on_spike = {"x += weight"},
          .current = choices.pick({"g", "step_mean(g)", "g*(e - v)", "step_mean(g + 0.5*x)*(e - v)"})};
}

SynapseModel double_exponential(Choices& choices, std::uint32_t count) {
  return {.name = "double_exponential",
          .parameters = {{"rise", choices.per_neuron(count, 0.5F, 2)},
                         {"decay", choices.per_neuron(count, 3, 12)},
                         {"scale", 1.3}},
          .state = {{"r", 0.0}, {"d", choices.chance(0.3) ? Value(Uniform{0, 0.2}) : Value(0.0)}},
          .dynamics = {"dr/dt = -r / rise", "dd/dt = -d / decay"},
          .on_spike = {"r += weight", "d += scale*weight"},
          .current = choices.pick({"d - r", "step_mean(d - r)", "2*step_mean(d) - step_mean(r) + 0.1*arriving"})};
}

SynapseModel saturating(Choices& choices, std::uint32_t count) {
  return {.name = "saturating",
          .parameters = {{"keep", choices.per_neuron(count, 0.5F, 0.9F)}, {"e", 2.0}, {"fast", choices.chance(0.5)}},
          .state = {{"g", 0.0}},
          .update = {"g = max(min(keep*g, 2), -2)", "if g > 1 and fast { g *= 0.5 }"},
          .on_spike = {"if fast { g += weight } else { g += 0.5*weight }"},
          .current = choices.pick({"tanh(g)", "g*(e - v)", "g if fast else 0.8*g + 0.1*arriving"})};
}

SynapseModel nonlinear(Choices& choices, std::uint32_t count) {
  return {.name = "nonlinear",
          .parameters = {{"k", choices.per_neuron(count, 0.05F, 0.2F)}},
          .state = {{"g", 0.0}, {"h", 0.2}},
          .dynamics = {"dg/dt = -k*g*abs(g) - 0.1*h*g", "dh/dt = (0.5 - h)*k"},
          .on_spike = {"g += weight"},
          .current = "g*h*3",
          .integrator = choices.pick({Integrator::automatic, Integrator::euler, Integrator::rk4}),
          .substeps = choices.pick({1U, 3U})};
}

SynapseModel modulated(Choices& choices) {
  return {.name = "modulated",
          .current = choices.pick({"arriving*(1.5 - v)", "arriving*(1 + 0.5*sin(t))", "max(arriving, 0)",
                                   "arriving if arriving > 0.1 else 0.5*arriving"})};
}

}  // namespace

double Choices::round_number(double low, double high) {
  return std::round((low + (high - low) * static_cast<double>(uniform(0, 1))) * 1000) / 1000;
}

Value Choices::per_neuron(std::uint32_t count, float low, float high) {
  switch (below(4)) {
    case 0: return round_number(low, high);
    case 1: return tensor({count}, low, high);
    case 2: return Uniform{low, high};
    default:
      return Normal{
          .mean = 0.5 * (low + high), .sd = 0.3 * (high - low), .min = std::nextafter(low, high), .max = high};
  }
}

NeuronModel random_graded(Choices& choices, std::uint32_t count) {
  if (choices.chance(0.5)) return GradedInput::text();
  return {.name = "waves",
          .parameters = with_input_frames({{"gain", choices.per_neuron(count, 0.5F, 1.5F)}, {"offset", 0.1}}),
          .graded = choices.pick({"gain * input + offset", "gain * input * sin(0.3 * t)", "gain if t < 9 else input",
                                  "max(input, offset)"})};
}

RandomNeuron random_input(Choices& choices, std::uint32_t count) {
  RandomNeuron result;
  result.is_input = true;
  result.has_output = false;
  result.frames = choices.chance(0.5) ? 1 : choices.between(2, 6);
  const std::uint32_t frame_steps = choices.between(1, 5);
  const std::vector<Assignment> frames{{"input_frames", result.frames}, {"input_frame_timesteps", frame_steps}};
  switch (choices.below(7)) {
    case 0:
    case 1:
      result.model = SpikeInput::text();
      result.replays_spikes = true;
      result.frames = 1;
      return result;
    case 2: result.model = neuron_of(PoissonInput{.signed_spikes = choices.chance(0.5)}).with(frames); break;
    case 3: result.model = neuron_of(BinarySpikeInput{.signed_spikes = choices.chance(0.5)}).with(frames); break;
    case 4:
      result.is_graded = true;
      result.spikes = false;
      result.model = random_graded(choices, count).with(frames);
      break;
    case 5:
      result.has_output = true;
      result.model = neuron_of(IntegrateFireInput{.v_thresh = choices.per_neuron(count, 0.5F, 1.5F)}).with(frames);
      break;
    default:
      result.has_output = true;
      result.model = neuron_of(LeakyIntegrateFireInput{.v_thresh = choices.per_neuron(count, 0.5F, 1.0F),
                                                       .tau_mem = choices.per_neuron(count, 10, 20),
                                                       .tau_refrac = choices.pick({0.0, 2.0}),
                                                       .scale_i = choices.chance(0.2)})
                         .with(frames);
      break;
  }
  return result;
}

RandomNeuron random_hidden(Choices& choices, std::uint32_t count) {
  switch (choices.below(10)) {
    case 0:
      return spiking(neuron_of(
          IntegrateFire{.v_thresh = choices.per_neuron(count, 0.8F, 1.5F), .v = choices.per_neuron(count, 0, 0.7F)}));
    case 1:
    case 2: return spiking(random_leaky(choices, count));
    case 3: return spiking(random_adaptive(choices, count));
    case 4: return spiking(izhikevich(choices, count));
    case 5: return spiking(gated(choices, count));
    case 6: return spiking(resonator(choices, count));
    default: return spiking(FreeNeuron(choices, count).make());
  }
}

RandomNeuron random_output(Choices& choices, std::uint32_t count) {
  if (choices.chance(0.3)) return random_hidden(choices, count);
  RandomNeuron result;
  result.spikes = false;
  result.model = neuron_of(LeakyIntegrate{.v = choices.per_neuron(count, -0.2F, 0.2F),
                                          .bias = choices.per_neuron(count, -0.1F, 0.1F),
                                          .tau_mem = choices.per_neuron(count, 5, 30),
                                          .scale_i = choices.chance(0.5)});
  return result;
}

SynapseModel random_synapse(Choices& choices, std::uint32_t target_count) {
  switch (choices.below(9)) {
    case 0:
    case 1:
      return synapse_of(Exponential{.tau = choices.per_neuron(target_count, 2, 9), .scale_i = choices.chance(0.5)});
    case 2: return alpha(choices, target_count);
    case 3: return double_exponential(choices, target_count);
    case 4: return saturating(choices, target_count);
    case 5: return nonlinear(choices, target_count);
    case 6: return modulated(choices);
    default: return Delta::text();
  }
}

ReadoutModel random_readout(Choices& choices, const RandomNeuron& neuron, std::uint32_t count) {
  if (!neuron.has_output) return SpikeCount::text();
  if (neuron.spikes && choices.chance(0.15)) {
    return {.name = "free",
            .parameters = {{"k", choices.per_neuron(count, 0.1F, 0.9F)}},
            .state = {{"s", 0.0}, {"n", Uniform{-1, 1}}},
            .on_step = {"s = k*s + x", "if s > 2 { s -= 0.1*t }"},
            .on_spike = {"n += t + 0.5*x"},
            .value = "s + n / duration - x"};
  }
  switch (choices.below(neuron.spikes ? 7 : 5)) {
    case 0: return Var::text();
    case 1: return SumVar::text();
    case 2: return AvgVar::text();
    case 3: return AvgVarExpWeight::text();
    case 4: return MaxVar::text();
    case 5: return SpikeCount::text();
    default: return FirstSpikeTime::text();
  }
}

}  // namespace synfire::testing::property
