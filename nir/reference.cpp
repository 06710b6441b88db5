// SPDX-License-Identifier: Apache-2.0
#include "reference.hpp"

#include <algorithm>
#include <cmath>

namespace synfire::nir {
namespace {

// Programs compute in single precision: closer to the threshold than this part of the largest voltage, they decide.
constexpr double undecided = 1e-5;

const std::vector<double>* values(const Node& node, const std::string& name) {
  const auto found = node.parameters.find(name);
  if (found == node.parameters.end()) return nullptr;
  const auto* numbers = std::get_if<Numbers>(&found->second);
  return numbers == nullptr ? nullptr : &numbers->values;
}

double at(const Node& node, const std::string& name, std::size_t k, double otherwise) {
  const auto* all = values(node, name);
  if (all == nullptr) return otherwise;
  return all->size() == 1 ? all->front() : (*all)[k];
}

// y(o, p, q) = b(o) + Σ w(o, c, k, l) x(c, p s + k d − before, q s + l d − before), for both dimensions; everything
// outside is 0. A Conv1d has a height of 1.
std::vector<double> convolve(const Node& node, const std::vector<double>& x) {
  const bool flat = node.type == "Conv1d";
  const Extents& weight = std::get<Numbers>(node.parameters.at("weight")).shape;
  const std::vector<double>& w = *values(node, "weight");
  const long height = flat ? 1 : static_cast<long>(node.input_shape.at(1));
  const long width = static_cast<long>(node.input_shape.back());
  const long out_height = flat ? 1 : static_cast<long>(node.output_shape.at(1));
  const long out_width = static_cast<long>(node.output_shape.back());
  const long outs = static_cast<long>(weight[0]), ins = static_cast<long>(weight[1]);
  const long rows = flat ? 1 : static_cast<long>(weight[2]), columns = static_cast<long>(weight.back());
  const long groups = static_cast<long>(at(node, "groups", 0, 1));
  const auto setting = [&](const char* name, std::size_t axis, double otherwise) {
    return static_cast<long>(at(node, name, flat ? 0 : axis, otherwise));
  };
  const auto padding = node.parameters.find("padding");
  const bool same = padding != node.parameters.end() && std::holds_alternative<std::string>(padding->second) &&
                    std::get<std::string>(padding->second) == "same";
  const long dilation_y = flat ? 1 : setting("dilation", 0, 1), dilation_x = setting("dilation", 1, 1);
  const long stride_y = flat ? 1 : setting("stride", 0, 1), stride_x = setting("stride", 1, 1);
  long top = flat ? 0 : setting("padding", 0, 0), left = setting("padding", 1, 0);
  if (same) {
    top = dilation_y * (rows - 1) / 2;
    left = dilation_x * (columns - 1) / 2;
  }
  std::vector<double> y;
  for (long o = 0; o < outs; ++o) {
    const long first = o / (outs / groups) * ins;
    for (long p = 0; p < out_height; ++p) {
      for (long q = 0; q < out_width; ++q) {
        double total = at(node, "bias", static_cast<std::size_t>(o), 0);
        for (long c = 0; c < ins; ++c) {
          for (long k = 0; k < rows; ++k) {
            for (long l = 0; l < columns; ++l) {
              const long row = p * stride_y + k * dilation_y - top, column = q * stride_x + l * dilation_x - left;
              if (row < 0 || row >= height || column < 0 || column >= width) continue;
              total += w[static_cast<std::size_t>(((o * ins + c) * rows + k) * columns + l)] *
                       x[static_cast<std::size_t>(((first + c) * height + row) * width + column)];
            }
          }
        }
        y.push_back(total);
      }
    }
  }
  return y;
}

std::vector<double> pool(const Node& node, const std::vector<double>& x) {
  const Extents &in = node.input_shape, &out = node.output_shape;
  const auto setting = [&](const char* name, std::size_t axis, double otherwise) {
    return static_cast<long>(at(node, name, axis, otherwise));
  };
  const long rows = setting("kernel_size", 0, 1), columns = setting("kernel_size", 1, 1);
  std::vector<double> y;
  for (std::size_t c = 0; c < out[0]; ++c) {
    for (std::size_t p = 0; p < out[1]; ++p) {
      for (std::size_t q = 0; q < out[2]; ++q) {
        double total = 0;
        for (long k = 0; k < rows; ++k) {
          for (long l = 0; l < columns; ++l) {
            const long row = static_cast<long>(p) * setting("stride", 0, 1) + k - setting("padding", 0, 0);
            const long column = static_cast<long>(q) * setting("stride", 1, 1) + l - setting("padding", 1, 0);
            if (row < 0 || row >= static_cast<long>(in[1]) || column < 0 || column >= static_cast<long>(in[2]))
              continue;
            total += x[(c * in[1] + static_cast<std::size_t>(row)) * in[2] + static_cast<std::size_t>(column)];
          }
        }
        y.push_back(node.type == "AvgPool2d" ? total / static_cast<double>(rows * columns) : total);
      }
    }
  }
  return y;
}

// (e^x − 1) / x.
double relative_growth(double x) { return std::abs(x) < 1e-12 ? 1.0 : std::expm1(x) / x; }

}  // namespace

Reference::Reference(const Graph& graph, const Settings& settings, Decide decide)
    : settings_(settings), decide_(std::move(decide)) {
  for (const Node& node : graph.nodes) {
    State& state = nodes_[node.name];
    state.node = &node;
    const std::size_t count = element_count(node.output_shape);
    state.output.assign(count, 0.0);
    state.v.assign(count, 0.0);
    state.i.assign(count, 0.0);
  }
  for (const Edge& edge : graph.edges) nodes_.at(edge.target).sources.push_back(edge.source);
}

void Reference::step(const std::map<std::string, std::vector<double>>& inputs) {
  inputs_ = &inputs;
  ++steps_;
  for (auto& [name, state] : nodes_) {
    if (is_neuron(*state.node)) value_of(state);
  }
  for (auto& [name, state] : nodes_) {
    if (state.node->type == "Output" || state.node->type == "Input") state.v = state.output = value_of(state);
  }
  for (auto& [name, state] : nodes_) {
    if (state.node->type == "Delay") state.history.push_back(input_of(state));
  }
}

bool Reference::is_neuron(const Node& node) {
  return values(node, "r") != nullptr || values(node, "threshold") != nullptr;
}

// A neuron that is being evaluated gives what it gave in the step before: there, cycles are cut.
std::vector<double> Reference::value_of(State& state) {
  const Node& node = *state.node;
  if (node.type == "Input") return inputs_->at(node.name);
  if (node.type == "Delay") return delayed(state);
  if (!is_neuron(node)) return linear(node, input_of(state));
  if (state.evaluated == steps_) return state.output;
  state.evaluated = steps_;
  const std::vector<double> x = input_of(state);
  state.before = state.v;
  if (node.type == "Threshold")
    state.v = x;
  else
    integrate(state, x);
  fire(state);
  return state.output;
}

std::vector<double> Reference::input_of(State& state) {
  std::vector<double> x(element_count(state.node->input_shape), 0.0);
  for (const std::string& source : state.sources) {
    const std::vector<double> y = value_of(nodes_.at(source));
    for (std::size_t k = 0; k < x.size(); ++k) x[k] += y[k];
  }
  return x;
}

// What a Delay received in earlier steps is known before it receives this step's.
std::vector<double> Reference::delayed(State& state) {
  std::vector<double> y(element_count(state.node->output_shape), 0.0), now;
  for (std::size_t k = 0; k < y.size(); ++k) {
    const auto steps = static_cast<std::size_t>(std::lround(at(*state.node, "delay", k, 0) / settings_.dt));
    if (steps == 0) {
      if (now.empty()) now = input_of(state);
      y[k] = now[k];
    } else if (steps <= steps_ - 1) {
      y[k] = state.history[steps_ - 1 - steps][k];
    }
  }
  return y;
}

std::vector<double> Reference::linear(const Node& node, const std::vector<double>& x) const {
  if (node.type == "Conv1d" || node.type == "Conv2d") return convolve(node, x);
  if (node.type == "SumPool2d" || node.type == "AvgPool2d") return pool(node, x);
  if (node.type == "Scale") {
    std::vector<double> y = x;
    for (std::size_t k = 0; k < y.size(); ++k) y[k] *= at(node, "scale", k, 1);
    return y;
  }
  if (node.type != "Affine" && node.type != "Linear") return x;
  const std::vector<double>& w = *values(node, "weight");
  std::vector<double> y(element_count(node.output_shape));
  for (std::size_t j = 0; j < y.size(); ++j) {
    y[j] = at(node, "bias", j, 0);
    for (std::size_t k = 0; k < x.size(); ++k) y[j] += w[j * x.size() + k] * x[k];
  }
  return y;
}

void Reference::integrate(State& state, const std::vector<double>& x) {
  const Node& node = *state.node;
  const double dt = settings_.dt;
  const bool exact = settings_.integrator == Integration::exact, decays = settings_.integrator == Integration::decay;
  for (std::size_t k = 0; k < state.v.size(); ++k) {
    double &v = state.v[k], &i = state.i[k];
    const double r = at(node, "r", k, 1), leak = at(node, "v_leak", k, 0);
    if (values(node, "tau_syn") != nullptr) {
      const double syn = at(node, "tau_syn", k, 1), mem = at(node, "tau_mem", k, 1);
      const double target = at(node, "w_in", k, 1) * x[k];
      if (exact) {
        // v = rest + (v₀ − rest) e^(−t/mem) + r (i₀ − target) (t/mem) e^(−t/mem) g(t/mem − t/syn)
        const double rest = leak + r * target, decay = std::exp(-dt / mem);
        v = rest + (v - rest) * decay + r * (i - target) * (dt / mem) * decay * relative_growth(dt / mem - dt / syn);
        i = target + (i - target) * std::exp(-dt / syn);
      } else if (decays) {
        i = i * std::exp(-dt / syn) + dt / syn * target;
        v = leak + (v - leak) * std::exp(-dt / mem) + dt / mem * r * i;
      } else {
        i += dt / syn * (target - i);
        v += dt / mem * (leak - v + r * i);
      }
    } else if (values(node, "tau") != nullptr) {
      const double tau = at(node, "tau", k, 1), rest = leak + r * x[k];
      if (decays)
        v = leak + (v - leak) * std::exp(-dt / tau) + dt / tau * r * x[k];
      else
        v = exact ? rest + (v - rest) * std::exp(-dt / tau) : v + dt / tau * (rest - v);
    } else {
      bool inverse = true;  // R = 1/dt
      for (const double each : *values(node, "r")) inverse = inverse && std::abs(each * dt - 1) <= 1e-4;
      const bool continuous =
          settings_.if_rule == IfRule::continuous || (settings_.if_rule == IfRule::automatic && inverse);
      v += (continuous ? dt : 1.0) * r * x[k];
    }
  }
}

Reset Reference::reset_of(const Node& node) const {
  const auto found = node.metadata.find("reset");
  const auto* hint = found == node.metadata.end() ? nullptr : std::get_if<std::string>(&found->second);
  if (hint == nullptr) return settings_.reset;
  return *hint == "subtract" ? Reset::subtract : *hint == "subtract_next" ? Reset::subtract_next : Reset::to_value;
}

void Reference::fire(State& state) {
  const Node& node = *state.node;
  const bool is_threshold = node.type == "Threshold";
  if (!is_threshold && values(node, "v_threshold") == nullptr) {  // I, LI, CubaLI
    state.output = state.v;
    return;
  }
  for (const double v : state.v) state.largest = std::max(state.largest, std::abs(v));
  const Reset reset = reset_of(node);
  const std::vector<double>& tested = is_threshold || reset != Reset::subtract_next ? state.v : state.before;
  for (std::size_t k = 0; k < state.v.size(); ++k) {
    double& v = state.v[k];
    const double threshold = at(node, is_threshold ? "threshold" : "v_threshold", k, 1);
    bool spikes = tested[k] > threshold;
    if (decide_ && std::abs(tested[k] - threshold) <= undecided * std::max(state.largest, std::abs(threshold)))
      spikes = decide_(node.name, k, spikes);
    state.output[k] = spikes ? 1 : 0;
    if (!spikes || is_threshold) continue;
    v = reset == Reset::to_value ? at(node, "v_reset", k, 0) : v - threshold;
  }
}

}  // namespace synfire::nir
