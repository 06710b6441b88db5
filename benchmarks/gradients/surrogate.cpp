// SPDX-License-Identifier: Apache-2.0
// Loss and surrogate gradients of the networks of networks.py, step for step as Synfire's programs and as snntorch_gradients.py,
// whose gradients these are (check.py); some fifty times as fast. Built and called by surrogate.py.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace {

enum Kind : int { lif, relative, held, flowing, adaptive, quadratic, conductance, delta, delta_current };

}  // namespace

extern "C" {

// The constants of a step; surrogate.py fills them in.
struct Model {
  int kind, rest_steps;
  float dt, tau, alpha, beta, mean, kick, psi, adapt, rise, a, b, reversal, slope;
};

// Spikes of examples: those of example e and step n are channels[offsets[e·steps + n] …]. They arrive one step later.
struct Data {
  int examples, steps, inputs, hidden, classes;
  const std::int64_t* offsets;
  const std::int32_t* channels;
  const std::int32_t* labels;
  const float* kernel;  // what a spike of weight 1 in each step adds to an output
};

// Rows by source; `recurrent` may be null.
struct Weights {
  float *input, *recurrent, *output;
};

}  // extern "C"

namespace {

// What a backward pass needs of each step and neuron.
struct Trace {
  std::vector<float> by_v, by_x, above;  // dv₁/dv₀, dv₁/dx₀, v₁ less the threshold
  std::vector<std::uint8_t> spiked, resting;
};

struct State {
  std::vector<float> v, x, a, into, recurrent;
  std::vector<int> rest;
  explicit State(int n) : v(n), x(n), a(n), into(n), recurrent(n), rest(n) {}
};

// Kutta's step of v' = (a v (v − b) + current) / τ, with its derivatives by v and by the current.
void runge_kutta(const Model& m, float v, float current, float& next, float& by_v, float& by_current) {
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

// v at the end of the step, and its derivatives; x flows too.
float flow(const Model& m, State& s, int h, float& by_v, float& by_x) {
  const float c = (1 - m.alpha) * m.mean;
  float next = 0;
  by_v = m.alpha, by_x = c;
  if (m.kind == delta_current) {
    by_x = m.psi;
    next = m.alpha * s.v[h] + m.psi * s.x[h];
    s.x[h] = m.beta * s.x[h] + s.into[h] + s.recurrent[h];
    return next;
  }
  const float x = s.x[h] + s.recurrent[h] + (m.kind == delta ? 0 : s.into[h]);
  s.x[h] = m.beta * x;
  if (m.kind == conductance) {
    by_v = m.alpha - (1 - m.alpha) * x;
    by_x = (1 - m.alpha) * (m.reversal - s.v[h]);
    return m.alpha * s.v[h] + (1 - m.alpha) * x * (m.reversal - s.v[h]);
  }
  if (m.kind == quadratic) {
    runge_kutta(m, s.v[h], m.mean * x, next, by_v, by_x);
    by_x *= m.mean;
    return next;
  }
  next = m.alpha * s.v[h] + c * x;
  return m.kind == delta ? next + m.kick * s.into[h] : next;
}

void step(const Model& m, State& s, Trace& t, std::size_t at, int hidden) {
  for (int h = 0; h < hidden; ++h) {
    float by_v = 0, by_x = 0;
    const float before = s.v[h];
    float v = flow(m, s, h, by_v, by_x);
    s.rest[h] = std::max(s.rest[h] - 1, 0);
    const bool resting = s.rest[h] > 0;
    if (resting && m.kind == held) v = before, by_v = 1, by_x = 0;
    s.a[h] *= m.adapt;
    const float above = v - 1 - m.rise * s.a[h];
    const bool spiked = above >= 0 && !resting;
    t.by_v[at + h] = by_v, t.by_x[at + h] = by_x, t.above[at + h] = above;
    t.resting[at + h] = resting, t.spiked[at + h] = spiked;
    s.v[h] = !spiked ? v : m.kind == relative ? v - 1 : 0;
    if (spiked) s.rest[h] = m.rest_steps, s.a[h] += 1;
  }
}

void add_row(std::vector<float>& to, const float* row) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += row[i];
}

// The outputs of an example.
std::vector<float> forward(const Model& m, const Data& d, const Weights& w, int example, Trace& t, long& spikes) {
  State s(d.hidden);
  std::vector<float> output(d.classes);
  for (int n = 0; n < d.steps; ++n) {
    const std::size_t at = std::size_t(n) * d.hidden;
    std::fill(s.into.begin(), s.into.end(), 0.f);
    std::fill(s.recurrent.begin(), s.recurrent.end(), 0.f);
    if (n > 0) {
      const std::int64_t* offset = d.offsets + std::int64_t(example) * d.steps + n - 1;
      for (auto i = offset[0]; i < offset[1]; ++i) add_row(s.into, w.input + std::size_t(d.channels[i]) * d.hidden);
      for (int h = 0; w.recurrent && h < d.hidden; ++h) {
        if (t.spiked[at - d.hidden + h]) add_row(s.recurrent, w.recurrent + std::size_t(h) * d.hidden);
      }
    }
    step(m, s, t, at, d.hidden);
    for (int h = 0; h < d.hidden; ++h) {
      if (!t.spiked[at + h]) continue;
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
  std::vector<float> later(H), arrival(H), input_arrival(H);  // dL/d of what arrives in the next step, in this one
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
      if (!t.spiked[at + h]) continue;
      for (int j = 0; row && j < H; ++j) gradient.recurrent[std::size_t(h) * H + j] += later[j];
      for (int k = 0; k < K; ++k) gradient.output[std::size_t(h) * K + k] += d.kernel[n] * by_output[k];
    }
    for (int h = 0; h < H; ++h) {
      if (m.kind == adaptive) by_spike[h] += la[h];
      const float width = 1 + m.slope * std::fabs(t.above[at + h]);
      const float by_above = t.resting[at + h] ? 0 : by_spike[h] / (width * width);
      const float l = (t.spiked[at + h] && m.kind != relative ? 0 : lv[h]) + by_above;
      la[h] = m.adapt * (la[h] - m.rise * by_above);
      lv[h] = t.by_v[at + h] * l;
      const float lx0 = m.beta * lx[h] + t.by_x[at + h] * l;
      arrival[h] = m.kind == delta_current ? lx[h] : lx0;
      input_arrival[h] = m.kind == delta ? m.kick * l : arrival[h];
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

// Sums over the examples `which`: loss, right answers, hidden spikes. `gradient` of the mean loss is added to, where there is one.
extern "C" void run(const Model* model, const Data* data, const Weights* weights, const std::int64_t* which, int count,
                    const Weights* gradient, double* sums) {
  const std::size_t cells = std::size_t(data->steps) * data->hidden;
  Trace trace{std::vector<float>(cells), std::vector<float>(cells), std::vector<float>(cells),
              std::vector<std::uint8_t>(cells), std::vector<std::uint8_t>(cells)};
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
