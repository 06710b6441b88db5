// SPDX-License-Identifier: Apache-2.0
// Loss and surrogate gradients of the networks of networks.py, step for step like Synfire's programs and
// snntorch_gradients.py; check.py compares them with the latter's gradients. Built and called by surrogate.py.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace {

enum Kind : int { lif, relative, held, flowing, adaptive, quadratic, conductance, delta, delta_current };

}  // namespace

extern "C" {

// Constants of a step; filled in by surrogate.py.
struct Model {
  int kind, rest_steps;
  float dt, tau, alpha, beta, mean, kick, psi, adapt, rise, a, b, reversal, slope;
};

// Spikes of examples: example e spikes in step n on channels[offsets[e·steps + n] …]. Spikes arrive one step later.
struct Data {
  int examples, steps, inputs, hidden, classes;
  const std::int64_t* offsets;
  const std::int32_t* channels;
  const std::int32_t* labels;
  const float* kernel;  // contribution of a spike of weight 1, by step, to an output
};

// One row per source; `recurrent` may be null.
struct Weights {
  float *input, *recurrent, *output;
};

}  // extern "C"

namespace {

// Values the backward pass needs, per step and neuron.
struct Trace {
  std::vector<float> by_v, by_x, above, spiked, awake;  // dv₁/dv₀, dv₁/dx₀, v₁ − threshold; 0 or 1
};

struct State {
  std::vector<float> v, x, a, into, recurrent, rest;
  explicit State(int n) : v(n), x(n), a(n), into(n), recurrent(n), rest(n) {}
};

// Kutta's step of v' = (a v (v − b) + current) / τ, with its derivatives with respect to v and to the current.
inline void runge_kutta(const Model& m, float v, float current, float& next, float& by_v, float& by_current) {
  float k = 0, kv = 0, kc = 0, sum = 0, sum_v = 0, sum_c = 0;
  const float ahead[] = {0, 0.5f, 0.5f, 1}, share[] = {1, 2, 2, 1};
  for (int s = 0; s < 4; ++s) {
    const float u = v + ahead[s] * m.dt * k, uv = 1 + ahead[s] * m.dt * kv, uc = ahead[s] * m.dt * kc;
    const float slope = m.a * (2 * u - m.b);
    k = (m.a * u * (u - m.b) + current) / m.tau;
    kv = slope * uv / m.tau;
    kc = (slope * uc + 1) / m.tau;
    sum += share[s] * k, sum_v += share[s] * kv, sum_c += share[s] * kc;
  }
  next = v + m.dt / 6 * sum;
  by_v = 1 + m.dt / 6 * sum_v;
  by_current = m.dt / 6 * sum_c;
}

// v at the end of the step, and its derivatives; advances x as well.
template <int kind>
inline float flow(const Model& m, float v, float& x_state, float into, float recurrent, float& by_v, float& by_x) {
  const float c = (1 - m.alpha) * m.mean;
  by_v = m.alpha, by_x = c;
  if constexpr (kind == delta_current) {  // arrivals jump after the flow
    const float next = m.alpha * v + m.psi * x_state;
    by_x = m.psi;
    x_state = m.beta * x_state + into + recurrent;
    return next;
  }
  const float x = x_state + recurrent + (kind == delta ? 0 : into);
  x_state = m.beta * x;
  if constexpr (kind == conductance) {
    by_v = m.alpha - (1 - m.alpha) * x;
    by_x = (1 - m.alpha) * (m.reversal - v);
    return m.alpha * v + (1 - m.alpha) * x * (m.reversal - v);
  }
  if constexpr (kind == quadratic) {
    float next = 0;
    runge_kutta(m, v, m.mean * x, next, by_v, by_x);
    by_x *= m.mean;
    return next;
  }
  return m.alpha * v + c * x + (kind == delta ? m.kick * into : 0);
}

// Branch-free, to be vectorized.
template <int kind>
void step(const Model& model, State& s, Trace& t, std::size_t at, int hidden) {
  const Model m = model;
  float* const __restrict v = s.v.data(), * const __restrict x = s.x.data(), * const __restrict a = s.a.data();
  float* const __restrict rest = s.rest.data();
  float* const __restrict by_v = &t.by_v[at], * const __restrict by_x = &t.by_x[at];
  float* const __restrict above = &t.above[at], * const __restrict spiked = &t.spiked[at];
  float* const __restrict awake = &t.awake[at];
  const float* const __restrict into = s.into.data(), * const __restrict recurrent = s.recurrent.data();
  for (int h = 0; h < hidden; ++h) {
    float jv = 0, jx = 0;
    float next = flow<kind>(m, v[h], x[h], into[h], recurrent[h], jv, jx);
    if constexpr (kind == held) {  // one step longer than it cannot spike
      const bool stands = rest[h] > 0;
      next = stands ? v[h] : next, jv = stands ? 1.f : jv, jx = stands ? 0.f : jx;
    }
    const float left = std::max(rest[h] - 1, 0.f);
    const float free = left > 0 ? 0.f : 1.f;
    const float adapted = m.adapt * a[h];
    const float g = next - 1 - m.rise * adapted;
    const float spike = g >= 0 ? free : 0.f;
    by_v[h] = jv, by_x[h] = jx, above[h] = g, spiked[h] = spike, awake[h] = free;
    v[h] = kind == relative ? next - spike : next * (1 - spike);
    a[h] = adapted + spike;
    rest[h] = spike > 0 ? float(m.rest_steps) : left;
  }
}

using Step = void (*)(const Model&, State&, Trace&, std::size_t, int);

Step step_of(int kind) {
  static const Step steps[] = {step<lif>,       step<relative>,    step<held>,  step<flowing>,      step<adaptive>,
                               step<quadratic>, step<conductance>, step<delta>, step<delta_current>};
  return steps[kind];
}

void add_row(std::vector<float>& to, const float* row) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += row[i];
}

// Outputs of an example.
std::vector<float> forward(const Model& m, const Data& d, const Weights& w, int example, Trace& t, long& spikes) {
  State s(d.hidden);
  const Step step = step_of(m.kind);
  std::vector<float> output(d.classes);
  for (int n = 0; n < d.steps; ++n) {
    const std::size_t at = std::size_t(n) * d.hidden;
    std::fill(s.into.begin(), s.into.end(), 0.f);
    std::fill(s.recurrent.begin(), s.recurrent.end(), 0.f);
    if (n > 0) {
      const std::int64_t* offset = d.offsets + std::int64_t(example) * d.steps + n - 1;
      for (auto i = offset[0]; i < offset[1]; ++i) add_row(s.into, w.input + std::size_t(d.channels[i]) * d.hidden);
      for (int h = 0; w.recurrent && h < d.hidden; ++h) {
        if (t.spiked[at - d.hidden + h] > 0) add_row(s.recurrent, w.recurrent + std::size_t(h) * d.hidden);
      }
    }
    step(m, s, t, at, d.hidden);
    for (int h = 0; h < d.hidden; ++h) {
      if (t.spiked[at + h] == 0) continue;
      ++spikes;
      for (int k = 0; k < d.classes; ++k) output[k] += d.kernel[n] * w.output[std::size_t(h) * d.classes + k];
    }
  }
  return output;
}

// Cross-entropy; `output` becomes its derivative.
double loss_of(std::vector<float>& output, int label) {
  const float most = *std::max_element(output.begin(), output.end());
  double sum = 0;
  for (const float v : output) sum += std::exp(double(v - most));
  const double loss = std::log(sum) - (output[label] - most);
  for (std::size_t k = 0; k < output.size(); ++k) {
    output[k] = float(std::exp(double(output[k] - most)) / sum - (int(k) == label));
  }
  return loss;
}

void backward(const Model& m, const Data& d, const Weights& w, const Weights& gradient, int example, const Trace& t,
              const std::vector<float>& by_output) {
  const int H = d.hidden, K = d.classes;
  std::vector<float> lv(H), lx(H), la(H), by_spike(H), through(H);
  std::vector<float> later(H), arrival(H), input_arrival(H);  // dL/d(arrivals) of the next step, of this one
  for (int h = 0; h < H; ++h) {
    for (int k = 0; k < K; ++k) through[h] += w.output[std::size_t(h) * K + k] * by_output[k];
  }
  for (int n = d.steps - 1; n >= 0; --n) {
    const std::size_t at = std::size_t(n) * H;
    for (int h = 0; h < H; ++h) {
      const float* row = w.recurrent ? w.recurrent + std::size_t(h) * H : nullptr;
      float sum = 0;
      for (int j = 0; row && j < H; ++j) sum += row[j] * later[j];
      by_spike[h] = sum + d.kernel[n] * through[h];
      if (t.spiked[at + h] == 0) continue;
      for (int j = 0; row && j < H; ++j) gradient.recurrent[std::size_t(h) * H + j] += later[j];
      for (int k = 0; k < K; ++k) gradient.output[std::size_t(h) * K + k] += d.kernel[n] * by_output[k];
    }
    const float adapts = m.kind == adaptive ? 1.f : 0.f, cleared = m.kind == relative ? 0.f : 1.f;
    const bool after = m.kind == delta_current, direct = m.kind == delta;
    for (int h = 0; h < H; ++h) {
      const float width = 1 + m.slope * std::fabs(t.above[at + h]);
      const float by_above = t.awake[at + h] * (by_spike[h] + adapts * la[h]) / (width * width);
      const float l = (1 - cleared * t.spiked[at + h]) * lv[h] + by_above;
      la[h] = m.adapt * (la[h] - m.rise * by_above);
      lv[h] = t.by_v[at + h] * l;
      const float lx0 = m.beta * lx[h] + t.by_x[at + h] * l;
      arrival[h] = after ? lx[h] : lx0;
      input_arrival[h] = direct ? m.kick * l : arrival[h];
      lx[h] = lx0;
    }
    later.swap(arrival);
    if (n == 0) break;
    const std::int64_t* offset = d.offsets + std::int64_t(example) * d.steps + n - 1;
    for (auto i = offset[0]; i < offset[1]; ++i) {
      float* row = gradient.input + std::size_t(d.channels[i]) * H;
      for (int h = 0; h < H; ++h) row[h] += input_arrival[h];
    }
  }
}

}  // namespace

// Adds loss, correct answers and hidden spikes of the examples `which` to `sums`, and the gradient of their mean loss
// to `gradient` unless null.
extern "C" void run(const Model* model, const Data* data, const Weights* weights, const std::int64_t* which, int count,
                    const Weights* gradient, double* sums) {
  const std::vector<float> zeros(std::size_t(data->steps) * data->hidden);
  Trace trace{zeros, zeros, zeros, zeros, zeros};
  long spikes = 0;
  for (int i = 0; i < count; ++i) {
    const int example = int(which[i]);
    std::vector<float> output = forward(*model, *data, *weights, example, trace, spikes);
    const int label = data->labels[example];
    sums[1] += std::max_element(output.begin(), output.end()) - output.begin() == label;
    sums[0] += loss_of(output, label);
    if (gradient == nullptr) continue;
    for (float& value : output) value /= float(count);
    backward(*model, *data, *weights, *gradient, example, trace, output);
  }
  sums[2] += double(spikes);
}
