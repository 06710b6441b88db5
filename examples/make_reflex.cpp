// SPDX-License-Identifier: Apache-2.0
// Builds the network of examples/robot_loop.cpp and compiles it for robots; runs on a workstation.
//   make_reflex [file]    default: reflex.synfire
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <synfire/synfire.hpp>

namespace {

using namespace synfire;

constexpr std::uint32_t pixels = 32;

// Each half of the retina excites the muscle of its side.
Network make_reflex() {
  std::vector<float> weights(std::size_t{pixels} * 2);
  for (std::uint32_t pixel = 0; pixel < pixels; ++pixel) {
    const float side =
        (static_cast<float>(pixel) + 0.5f) / (static_cast<float>(pixels) / 2) - 1;  // −1 … 1, left to right
    weights[std::size_t{2} * pixel] = std::max(0.0f, -side);
    weights[std::size_t{2} * pixel + 1] = std::max(0.0f, side);
  }
  Network network;
  const auto retina = network.add(SpikeInput{}, pixels, {.name = "retina"});
  const auto muscles = network.add(LeakyIntegrate{.tau_mem = 10.0}, 2, {.readout = "var", .name = "muscles"});
  network.connect(retina, muscles, Dense{Tensor<float>({pixels, 2}, std::move(weights))}, {.synapse = Exponential{}});
  return network;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    const char* file = count > 1 ? arguments[1] : "reflex.synfire";
    save_artifact(file, InferenceCompiler{.timesteps = 16, .streaming = true}.build_file(make_reflex()));
    std::printf("wrote %s\n", file);
    return EXIT_SUCCESS;
  } catch (const Error& error) {
    std::fprintf(stderr, "make_reflex: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
