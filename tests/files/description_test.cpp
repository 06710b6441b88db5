// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "synfire/description.hpp"
#include "synfire/models.hpp"

namespace synfire {
namespace {

TEST(Descriptions, SayWhatTheApiSays) {
  const Description read = parse_description(R"({
  "format": "synfire-network", "version": 1,
  "populations": [
    {"name": "a", "shape": [100], "neuron": {"model": "poisson_input", "signed_spikes": true}},
    {"name": "b", "shape": 100, "neuron": {"model": "integrate_fire", "v_thresh": 2.0}, "readout": "spike_count"}
  ],
  "connections": [
    {"source": "a", "target": "b", "synapse": {"model": "exponential", "tau": 5.0},
     "connectivity": {"type": "dense", "weight": 1, "delay": 0.0}}
  ]
})",
                                             {}, "memory");
  Network network;
  const auto a = network.add(PoissonInput{.signed_spikes = true}, 100, {.name = "a"});
  const auto b = network.add(IntegrateFire{.v_thresh = 2.0}, 100, {.readout = "spike_count", .name = "b"});
  network.connect(a, b, Dense{1.0}, {.synapse = Exponential{.tau = 5.0}});
  EXPECT_TRUE(read.network == network);
  std::cout << to_text({network}).json;
}

}  // namespace
}  // namespace synfire
