// SPDX-License-Identifier: Apache-2.0
// The models of docs/coming-from.md spike as in the simulators that they come from: one layer against their update
// equations, written down in single precision (snnTorch 0.9.4, SpikingJelly 2.0.0, Norse 1.1.0, mlGeNN 2.4.0).
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <optional>

#include "execution/networks.hpp"
#include "execution/peer_models.hpp"

namespace synfire {
namespace {

using testing::OnDevice;

class ComingFrom : public OnDevice {};
SYNFIRE_ON_EVERY_DEVICE(ComingFrom);

// One step of a neuron that receives a current: how far it is above its threshold when that is tested, and whether it
// spikes.
struct Tested {
  float above = 0;
  bool spiked = false;
};
using Step = std::function<Tested(float current)>;

// ---- Their equations

enum class Reset { subtract, zero, none };

// The membrane that both models of snnTorch share. A spike is found twice: when it is sent, and, from what is left of
// it, in the next step, which resets. Without delay the reset is brought forward.
struct SnntorchMembrane {
  float beta = 0.9f, threshold = 1;
  Reset mechanism = Reset::subtract;
  bool reset_delay = true;
  bool resets_input = false;
  float mem = 0;

  Tested step(float input) {
    const float reset = mem - threshold > 0 ? 1.0f : 0.0f;
    if (mechanism == Reset::zero && !resets_input) mem = (1 - reset) * mem;
    mem = beta * mem + input;
    if (mechanism == Reset::subtract) mem = mem - reset * threshold;
    if (mechanism == Reset::zero && resets_input) mem = mem - mem * reset;
    const float above = mem - threshold;
    const float spike = above > 0 ? 1.0f : 0.0f;
    if (!reset_delay) {
      const float due = spike - reset;
      if (mechanism == Reset::subtract) mem = mem - due * threshold;
      if (mechanism == Reset::zero) mem = mem - due * mem;
    }
    return {above, spike > 0};
  }
};

Step leaky_of_snntorch(Reset mechanism, bool reset_delay) {
  return [membrane = SnntorchMembrane{.mechanism = mechanism, .reset_delay = reset_delay}](float input) mutable {
    return membrane.step(input);
  };
}

Step synaptic_of_snntorch(Reset mechanism) {
  return [membrane = SnntorchMembrane{.mechanism = mechanism, .resets_input = true}, syn = 0.0f](float input) mutable {
    syn = 0.8f * syn + input;
    return membrane.step(syn);
  };
}

Step lif_of_spikingjelly(float tau, bool decay_input, std::optional<float> v_reset) {
  const float rest = v_reset.value_or(0.0f);
  return [=, v = rest](float x) mutable {
    v = decay_input ? v + (x - (v - rest)) / tau : v - (v - rest) / tau + x;
    const float above = v - 1.0f;
    const float spike = above >= 0 ? 1.0f : 0.0f;
    v = v_reset ? spike * *v_reset + (1 - spike) * v : v - spike * 1.0f;
    return Tested{above, spike > 0};
  };
}

Step lif_of_norse(float v_leak, float v_reset) {
  return [=, v = v_leak, i = 0.0f](float input) mutable {
    constexpr float dt = 0.001f, tau_syn_inv = 200, tau_mem_inv = 100;
    const float i_new = i + input;
    const float v_decayed = v + dt * tau_mem_inv * ((v_leak - v) + i_new);
    i = i_new + -dt * tau_syn_inv * i_new;
    const float above = v_decayed - 1.0f;
    const float spike = above > 0 ? 1.0f : 0.0f;
    v = (1 - spike) * v_decayed + spike * v_reset;
    return Tested{above, spike > 0};
  };
}

Step lif_of_mlgenn(bool relative_reset, bool integrate_during_refrac, bool scale_i, std::optional<float> tau_refrac) {
  return [=, v = 0.0f, left = 0.0f](float current) mutable {
    constexpr float dt = 1, v_thresh = 1, v_reset = 0.1f;
    const auto alpha = static_cast<float>(std::exp(-1.0 / 20.0));
    const bool resting = tau_refrac && left > 0;
    if (!resting || integrate_during_refrac) v = alpha * v + (scale_i ? (1 - alpha) * current : current);
    if (resting) left -= dt;
    const Tested tested{v - v_thresh, v >= v_thresh && left <= 0};
    if (tested.spiked) {
      v = relative_reset ? v - (v_thresh - v_reset) : v_reset;
      left = tau_refrac.value_or(0.0f);
    }
    return tested;
  };
}

// ---- Comparison

struct Peer {
  std::string name;
  Neuron here;
  float gain;  // of the weights: these equations take up different shares of their input
  std::function<Step()> theirs;
};

std::vector<Peer> peers() {
  using testing::spikingjelly_lif, testing::norse_lif;
  std::vector<Peer> all{
      {"subtract", testing::snntorch_leaky, 1, [] { return leaky_of_snntorch(Reset::subtract, true); }},
      {"zero", testing::snntorch_leaky_zero, 1, [] { return leaky_of_snntorch(Reset::zero, true); }},
      {"none", testing::snntorch_leaky_none, 0.3f, [] { return leaky_of_snntorch(Reset::none, true); }},
      {"subtract_at_once", testing::snntorch_leaky_at_once, 1.5f,
       [] { return leaky_of_snntorch(Reset::subtract, false); }},
      {"zero_at_once", testing::snntorch_leaky_zero_at_once, 1, [] { return leaky_of_snntorch(Reset::zero, false); }},
      {"synaptic", testing::snntorch_synaptic, 0.25f, [] { return synaptic_of_snntorch(Reset::subtract); }},
      {"synaptic_zero", testing::snntorch_synaptic_zero, 0.25f, [] { return synaptic_of_snntorch(Reset::zero); }},
      {"decayed", spikingjelly_lif.with({{"tau", 2.5}, {"v_reset", -0.25}, {"v", -0.25}}), 3,
       [] { return lif_of_spikingjelly(2.5f, true, -0.25f); }},
      {"whole", spikingjelly_lif.with({{"tau", 2.5}, {"decay_input", false}}), 1.5f,
       [] { return lif_of_spikingjelly(2.5f, false, 0.0f); }},
      {"soft", spikingjelly_lif.with({{"decay_input", false}, {"soft_reset", true}}), 1.5f,
       [] { return lif_of_spikingjelly(2.0f, false, std::nullopt); }},
      {"norse", norse_lif, 2, [] { return lif_of_norse(0, 0); }},
      {"norse_leak", norse_lif.with({{"v_leak", 0.25}, {"v_reset", -0.125}, {"v", 0.25}}), 2,
       [] { return lif_of_norse(0.25f, -0.125f); }},
  };
  for (const bool relative : {false, true}) {
    for (const bool integrates : {false, true}) {
      for (const bool scaled : {false, true}) {
        for (const std::optional<float> refractory : {std::optional<float>{}, std::optional<float>{3.0f}}) {
          LeakyIntegrateFire model{
              .v_reset = 0.1, .relative_reset = relative, .integrate_during_refrac = integrates, .scale_i = scaled};
          if (refractory) model.tau_refrac = *refractory;
          all.push_back({"mlgenn_" + std::to_string(all.size()), model, scaled ? 16.0f : 0.8f,
                         [=] { return lif_of_mlgenn(relative, integrates, scaled, refractory); }});
        }
      }
    }
  }
  return all;
}

TEST_P(ComingFrom, LayersSpikeInTheSameSteps) {
  constexpr std::uint32_t steps = 120, inputs = 10, neurons = 8, examples = 2;
  testing::Random random(1);
  const SpikeTrains spikes = random.spikes(examples, inputs, steps, 0.2f);
  const Tensor<float> weight = random.tensor({inputs, neurons}, -0.15f, 0.45f);

  Network network;
  const auto input = network.add(SpikeInput{}, inputs, {.name = "input"});
  InferenceCompiler options = compiler(steps);
  options.batch_size = examples;
  const std::vector<Peer> all = peers();
  std::vector<Tensor<float>> weights;
  for (const Peer& peer : all) {
    Tensor<float>& scaled = weights.emplace_back(weight);
    for (std::size_t k = 0; k < scaled.size(); ++k) scaled[k] *= peer.gain;
    const auto layer = network.add(peer.here, neurons, {.readout = "spike_count", .name = peer.name});
    network.connect(input, layer, Dense{scaled});
    options.record.push_back({layer, "spikes"});
  }
  EXPECT_NO_THROW((SurrogateCompiler{.timesteps = steps, .losses = "mean_square_error"}.check(network)));
  const Predictions results = options.compile(network).predict({{input, spikes}});

  for (std::size_t m = 0; m < all.size(); ++m) {
    std::size_t sent = 0;
    float nearest = std::numeric_limits<float>::max();
    for (std::size_t e = 0; e < examples; ++e) {
      for (std::uint32_t neuron = 0; neuron < neurons; ++neuron) {
        const Step step = all[m].theirs();
        std::vector<std::uint32_t> expected;
        std::size_t next = spikes.offsets()[e];
        float current = 0;  // of the spikes of the step before, which arrive now
        for (std::uint32_t n = 0; n < steps; ++n) {
          const Tested tested = step(current);
          nearest = std::min(nearest, std::abs(tested.above));
          if (tested.spiked) expected.push_back(n);
          current = 0;
          for (; next < spikes.offsets()[e + 1] && spikes.spike_times()[next] == static_cast<float>(n); ++next)
            current += weights[m][spikes.spike_neurons()[next] * neurons + neuron];
        }
        sent += expected.size();
        EXPECT_EQ(testing::spike_steps(results, all[m].name, e, neuron), expected)
            << all[m].name << ", example " << e << ", neuron " << neuron;
      }
    }
    EXPECT_GT(sent, 100u) << all[m].name;
    EXPECT_LT(sent, examples * neurons * steps / 2) << all[m].name;
    EXPECT_GT(nearest, 1e-5f) << all[m].name << ": rounding could decide";
  }
}

// Direct coding: a Linear with a bias, which is shown the same image or another in each step, feeds a layer of Leaky.
TEST_P(ComingFrom, DirectCodingIsALinearOfTheData) {
  constexpr std::uint32_t steps = 60, inputs = 10, neurons = 8, examples = 2;
  testing::Random random(2);
  const Tensor<float> weight = random.tensor({inputs, neurons}, -0.3f, 0.6f),
                      bias = random.tensor({1, neurons}, 0, 0.2f);
  for (const std::uint32_t frames : {1u, steps}) {
    const Tensor<float> images = random.tensor({examples, frames, inputs}, 0, 0.5f);
    Network network;
    const auto image = network.add(GradedInput{.input_frames = static_cast<int>(frames)}, inputs, {.name = "image"});
    const auto one = network.add(NeuronModel{.name = "one", .graded = "1"}, 1, {.name = "one"});
    const auto layer = network.add(testing::snntorch_leaky, neurons, {.name = "layer"});
    network.connect(image, layer, Dense{weight}, {.synapse = "delta"});
    network.connect(one, layer, Dense{bias}, {.synapse = "delta"});
    InferenceCompiler options = compiler(steps + 1);
    options.batch_size = examples;
    options.record = {{layer, "spikes"}};
    const Predictions results = options.compile(network).predict({{image, images}});
    std::size_t sent = 0;
    for (std::uint32_t e = 0; e < examples; ++e) {
      for (std::uint32_t neuron = 0; neuron < neurons; ++neuron) {
        const Step step = leaky_of_snntorch(Reset::subtract, true);
        std::vector<std::uint32_t> expected;
        for (std::uint32_t n = 0; n < steps; ++n) {
          float current = 0;
          for (std::uint32_t i = 0; i < inputs; ++i)
            current += weight[i * neurons + neuron] * images[(e * frames + n % frames) * inputs + i];
          if (step(current + bias[neuron]).spiked) expected.push_back(n + 1);  // it arrives in the next step
        }
        sent += expected.size();
        EXPECT_EQ(testing::spike_steps(results, "layer", e, neuron), expected) << "neuron " << neuron;
      }
    }
    EXPECT_GT(sent, 50u);
  }
}

// At the threshold itself LIFNode spikes, Leaky does not.
TEST_P(ComingFrom, ThresholdsAreStrictWhereTheirsAre) {
  Network network;
  const auto input = network.add(SpikeInput{}, 1);
  const auto strict = network.add(testing::snntorch_leaky, 1, {.name = "strict"});
  const auto other = network.add(testing::spikingjelly_lif.with({{"decay_input", false}}), 1, {.name = "other"});
  network.connect(input, strict, Dense{1.0});
  network.connect(input, other, Dense{1.0});
  InferenceCompiler options = compiler(5);
  options.record = {{strict, "spikes"}, {other, "spikes"}};
  const Predictions results = options.compile(network).predict({{input, testing::spikes_at({0})}});
  EXPECT_EQ(testing::spike_steps(results, strict), (std::vector<std::uint32_t>{}));
  EXPECT_EQ(testing::spike_steps(results, other), (std::vector<std::uint32_t>{1}));
}

}  // namespace
}  // namespace synfire
