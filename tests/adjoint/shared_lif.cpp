// SPDX-License-Identifier: Apache-2.0
#include "adjoint/shared_lif.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>

#include "synfire/models.hpp"

namespace synfire::codegen::test {
namespace {

constexpr double tau_in = 5, tau_back = 3, tau_out = 4, tau_leak = 15;
constexpr double targets[] = {0.3, -0.2, 0.1};

}  // namespace

const std::vector<SharedOptions>& shared_options() {
  static const std::vector<SharedOptions> all{
      {},
      {.is_relative = true},
      {.holds = true, .rest = 3},
      {.rest = 3},
      {.is_relative = true, .holds = true, .rest = 2},
      {.is_relative = true, .rest = 2},
      {.holds = true, .rest = 1, .dt = 0.5},
      {.is_relative = true, .reads_spikes = true},
      {.holds = true, .reads_spikes = true, .rest = 3},
      {.reads_current = true},
      {.is_relative = true, .reads_current = true},
      {.holds = true, .reads_current = true, .rest = 2},
      {.jumps = true},
      {.holds = true, .jumps = true, .rest = 2},
      {.reads_current = true, .jumps = true},
  };
  return all;
}

std::string to_string(const SharedOptions& options) {
  return std::string(options.is_relative ? "relative" : "absolute") + " reset, rest of " +
         std::to_string(options.rest) + (options.holds ? " held" : "") + (options.reads_spikes ? ", spikes read" : "") +
         (options.reads_current ? ", current read" : "") + (options.jumps ? ", jumps" : "") + ", dt " +
         std::to_string(options.dt);
}

SharedLif::SharedLif(const SharedOptions& options, std::uint32_t seed) : options_(options) {
  std::mt19937 random(seed);
  const auto uniform = [&](double low, double high) {
    return low + (high - low) * static_cast<double>(random()) / 4294967296.0;
  };
  for (std::size_t i = 0; i < inputs * hidden; ++i) {
    entries_[at_in + i] = uniform(0.5, 2.5);
    in_delay_[i] = static_cast<int>(random() % 4);
  }
  for (std::size_t i = 0; i < hidden * hidden; ++i) {
    entries_[at_back + i] = uniform(-0.6, 0.6);
    back_delay_[i] = static_cast<int>(random() % 3);
  }
  for (std::size_t i = 0; i < hidden * outputs; ++i) entries_[at_out + i] = uniform(-1, 1);
  entries_[at_threshold] = 0.4;
  entries_[at_tau] = 10;
  entries_[at_initial] = 0.1;
  for (std::uint32_t n = 0; n < steps; ++n) {
    for (std::uint32_t j = 0; j < inputs; ++j) {
      if (uniform(0, 1) < 0.15) input_.push_back({n, j, 1});
    }
  }
}

ir::Network SharedLif::network() const {
  NeuronModel neuron{.name = "shared",
                     .parameters = {{"theta", entries_[at_threshold]}, {"tau", entries_[at_tau]}},
                     .state = {{"v", entries_[at_initial]}},
                     .dynamics = {"dv/dt = (I - v) / tau"},
                     .threshold = options_.reads_current ? "v + 0.15 * I >= theta" : "v >= theta",
                     .reset = {options_.is_relative ? "v -= theta" : "v = 0"}};
  if (options_.reads_current) neuron.reset.emplace_back("v -= 0.2 * I");
  if (options_.rest > 0)
    neuron.refractory =
        Refractory{std::to_string(options_.rest * options_.dt), {"v"}, options_.holds ? "true" : "false"};
  const auto synapse = [](double tau) {
    return SynapseModel{.name = "decaying",
                        .parameters = {{"tau", tau}},
                        .state = {{"x", 0.0}},
                        .dynamics = {"dx/dt = -x / tau"},
                        .on_spike = {"x += weight"},
                        .current = "x"};
  };
  // Two statements each; the later read the earlier.
  const ReadoutModel of_leaky{
      .name = "sum", .state = {{"s", 0.0}}, .on_step = {"s += x", "s += 0.5 * x"}, .value = "s / 40"};
  const ReadoutModel of_spikes{.name = "sum_and_spikes",
                               .state = {{"s", 0.0}},
                               .on_step = {"s += x"},
                               .on_spike = {"s = s * 1.1", "s += 0.2 * t * x"},
                               .value = "s / 40"};
  const NeuronModel leaky{.name = "leaky", .state = {{"v", 0.0}}, .dynamics = {"dv/dt = (I - v) / 15"}};
  Network network;
  const auto a = network.add(SpikeInput{}, inputs, {.name = "input"});
  const auto b = options_.reads_spikes ? network.add(neuron, hidden, {.readout = of_spikes, .name = "hidden"})
                                       : network.add(neuron, hidden, {.name = "hidden"});
  const auto c = network.add(leaky, outputs, {.readout = of_leaky, .name = "output"});
  network.connect(a, b, Dense{Uniform{0, 1}, Uniform{0, 4}},
                  {.synapse = synapse(tau_in), .name = "in", .max_delay = 5});
  const SynapseModel back = options_.jumps ? SynapseModel{.name = "jumping", .current = "arriving"} : synapse(tau_back);
  network.connect(b, b, Dense{Uniform{0, 1}, Uniform{0, 4}}, {.synapse = back, .name = "back", .max_delay = 5});
  network.connect(b, c, Dense{Uniform{0, 1}}, {.synapse = synapse(tau_out), .name = "out"});
  return network.resolve();
}

reference::ReferenceOptions SharedLif::reference_options() const {
  return {.dt = options_.dt, .timesteps = steps, .losses = {{options_.reads_spikes ? 1u : 2u, MeanSquareError{}}}};
}

reference::Example SharedLif::example() const {
  reference::Example example;
  example.spikes = {input_, {}, {}};
  example.input.resize(3);
  LossTarget target;
  target.values.assign(targets, targets + (options_.reads_spikes ? hidden : outputs));
  example.targets = {target};
  return example;
}

reference::Values SharedLif::values(const reference::GridNetwork& network) const {
  reference::Values values = network.drawn.values;
  for (std::size_t i = 0; i < inputs * hidden; ++i) {
    values.connections[0].weights[i] = entries_[at_in + i];
    values.connections[0].delays[i] = in_delay_[i] * options_.dt;
  }
  for (std::size_t i = 0; i < hidden * hidden; ++i) {
    values.connections[1].weights[i] = entries_[at_back + i];
    values.connections[1].delays[i] = back_delay_[i] * options_.dt;
  }
  for (std::size_t i = 0; i < hidden * outputs; ++i) values.connections[2].weights[i] = entries_[at_out + i];
  return values;
}

double SharedLif::flow(double v, double current, bool is_held, const Entries& entries) const {
  return is_held ? v : current + (v - current) * std::exp(-options_.dt / entries[at_tau]);
}

void SharedLif::put(Arrivals& arrivals, Arrivals& moves, std::uint32_t due, std::size_t target, double weight,
                    double moved) const {
  if (due >= steps) return;
  arrivals[due][target] += weight * (1 - moved);
  moves[due][target] += weight * moved;
  if (due + 1 < steps) arrivals[due + 1][target] += weight * moved;
}

void SharedLif::deliver(std::uint32_t n, std::size_t j, double moved, const Entries& entries) {
  for (std::size_t k = 0; k < hidden; ++k) {
    const std::size_t i = j * hidden + k;
    put(back_, back_moves_, n + 1 + static_cast<std::uint32_t>(back_delay_[i]), k, entries[at_back + i],
        moved + entries[at_back_delay + i] / options_.dt);
  }
  for (std::size_t k = 0; k < outputs; ++k) put(out_, out_moves_, n + 1, k, entries[at_out + j * outputs + k], moved);
}

void SharedLif::step_neuron(std::uint32_t n, std::size_t j, const Entries& entries, bool records) {
  Neuron& self = neurons_[j];
  Step step{.n = n, .j = j, .v0 = self.v, .read0 = self.read, .in = in_[n][j], .back = back_[n][j]};
  self.x += step.in;
  self.y += step.back;
  step.taken_up = step.in + (options_.jumps ? 0 : step.back);
  step.current = self.x + self.y;
  step.shaped = self.x + (options_.jumps ? 0 : self.y);
  step.current_before = std::exchange(self.current, step.current);
  self.x *= std::exp(-options_.dt / tau_in);
  self.y *= options_.jumps ? 0 : std::exp(-options_.dt / tau_back);
  const bool was_resting = self.rest > 0;
  if (was_resting) --self.rest;
  step.is_held = was_resting && options_.holds;
  self.v = flow(step.v0, step.current, step.is_held, entries);
  if (step.is_held && self.rest == 0) {
    self.v += self.moved * (self.v - flow(step.v0, step.current, false, entries));
    if (records) ++ended_rests_;
  }
  self.read += self.v;
  step.g0 = level(step.v0, step.current_before + step.taken_up, entries);
  step.g1 = level(self.v, step.current, entries);
  if (records && step.g1 >= 0 && self.rest == 0) {
    recorded_.push_back({n, static_cast<std::uint32_t>(j), 1});
    recorded_u_.push_back(step.u());
    causes_.push_back(cause_of(step, entries));
  }
  if (next_ < recorded_.size() && recorded_[next_].step == n && recorded_[next_].neuron == j) spike(step, entries);
}

SharedLif::Cause SharedLif::cause_of(const Step& step, const Entries& entries) const {
  if (step.g0 >= 0) return level(step.v0, step.current_before, entries) >= 0 ? Cause::spike : Cause::taken_up;
  const double without = flow(step.v0, step.shaped, step.is_held, entries);
  return options_.jumps && level(without, step.shaped, entries) < 0 ? Cause::jump : Cause::flow;
}

void SharedLif::spike(const Step& step, const Entries& entries) {
  Neuron& self = neurons_[step.j];
  const double in_moved = in_moves_[step.n][step.j], back_moved = back_moves_[step.n][step.j];
  // The recorded cause stays the cause.
  switch (causes_[next_]) {
    case Cause::flow: self.moved = step.u() - recorded_u_[next_]; break;
    case Cause::spike: break;
    case Cause::taken_up: self.moved = (in_moved + (options_.jumps ? 0 : back_moved)) / step.taken_up; break;
    case Cause::jump: self.moved = back_moved / step.back; break;
  }
  ++next_;
  self.rest = options_.rest;
  const auto read = [&](double s, double v, double n) { return s * 1.1 + 0.2 * n * options_.dt * v; };
  const double later = reset(self.v, step.current, entries);
  const double read_later = read(self.read, self.v, step.n);
  const double reset_before = reset(step.v0, step.current_before + step.taken_up, entries);
  const double earlier = flow(reset_before, step.current, options_.holds && options_.rest > 0, entries);
  const double read_earlier = read(step.read0, step.v0, step.n - 1.0) + earlier;
  self.v = later + self.moved * (later - earlier);
  self.read = read_later + self.moved * (read_later - read_earlier);
  deliver(step.n, step.j, self.moved, entries);
}

std::size_t SharedLif::count(Cause cause) const {
  return static_cast<std::size_t>(std::count(causes_.begin(), causes_.end(), cause));
}

double SharedLif::run(const Entries& entries, bool records) {
  neurons_.assign(hidden, {});
  for (Neuron& each : neurons_) each.v = entries[at_initial];
  for (Arrivals* each : {&in_, &back_, &out_, &in_moves_, &back_moves_, &out_moves_}) each->assign(steps, {});
  for (const GivenSpike& each : input_) {
    for (std::size_t k = 0; k < hidden; ++k) {
      const std::size_t i = each.neuron * hidden + k;
      put(in_, in_moves_, each.step + 1 + static_cast<std::uint32_t>(in_delay_[i]), k, entries[at_in + i],
          entries[at_in_delay + i] / options_.dt);
    }
  }
  next_ = 0;
  for (std::uint32_t n = 0; n < steps; ++n) {
    for (std::size_t j = 0; j < hidden; ++j) step_neuron(n, j, entries, records);
  }
  return loss();
}

double SharedLif::loss() const {
  std::vector<double> values;
  if (options_.reads_spikes) {
    for (const Neuron& each : neurons_) values.push_back(each.read / 40);
  } else {
    for (std::size_t k = 0; k < outputs; ++k) {
      double v = 0, x = 0, sum = 0;
      for (std::uint32_t n = 0; n < steps; ++n) {
        x += out_[n][k];
        v = x + (v - x) * std::exp(-options_.dt / tau_leak);
        x *= std::exp(-options_.dt / tau_out);
        sum += 1.5 * v;
      }
      values.push_back(sum / 40);
    }
  }
  LossTarget target;
  target.values.assign(targets, targets + values.size());
  return evaluate(MeanSquareError{}, values, target, steps * options_.dt).value;
}

double SharedLif::record() {
  recorded_.clear();
  recorded_u_.clear();
  causes_.clear();
  ended_rests_ = 0;
  return run(entries_, true);
}

double SharedLif::difference(std::size_t entry) {
  constexpr double step = 1e-6;
  Entries moved = entries_;
  moved[entry] = entries_[entry] + step;
  const double above = run(moved, false);
  moved[entry] = entries_[entry] - step;
  return (above - run(moved, false)) / (2 * step);
}

std::string SharedLif::name_of(std::size_t entry) const {
  const std::pair<std::size_t, const char*> kinds[] = {
      {at_initial, "v(0)"},      {at_tau, "tau"},        {at_threshold, "theta"},  {at_back_delay, "back.delay"},
      {at_in_delay, "in.delay"}, {at_out, "out.weight"}, {at_back, "back.weight"}, {at_in, "in.weight"}};
  for (const auto& [first, name] : kinds) {
    if (entry >= first) return name + ("[" + std::to_string(entry - first) + "]");
  }
  return {};
}

double SharedLif::entry_of(const reference::GridNetwork& network, const reference::Values& gradient,
                           std::size_t entry) const {
  const std::string name = name_of(entry);
  for (const reference::TensorInfo& tensor : network.tensors) {
    const std::string own = name.substr(0, name.find('['));
    if (tensor.name != own && tensor.name != "hidden." + own) continue;
    return gradient_of(gradient, tensor, static_cast<std::size_t>(std::stoul(name.substr(name.find('[') + 1))));
  }
  throw std::out_of_range("no tensor for " + name);
}

}  // namespace synfire::codegen::test
