// SPDX-License-Identifier: Apache-2.0
// A robot's loop: a network that steers a wheel toward a light, five steps of 1 ms at a time. It links only
// synfire::runtime and needs no compiler; the network comes from a file written by examples/make_reflex.cpp.
//   robot_loop [file]    default: reflex.synfire
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <synfire/runtime.hpp>
#include <vector>

namespace {

using synfire::Model;
using synfire::Session;
using synfire::Spike;
using synfire::Status;

constexpr std::uint32_t pixels = 32;  // of the camera
constexpr std::uint32_t steps_per_turn = 5;

// A world for the robot: a light moves about, a camera reports it as spikes, and a motor turns the robot.
class World {
 public:
  // The spikes of the camera in the `steps_per_turn` steps starting at `step`.
  std::span<const Spike> poll_camera(std::uint32_t step) {
    std::size_t count = 0;
    for (std::uint32_t k = 0; k < steps_per_turn; ++k) {
      light_ = 0.9 * std::sin(2e-3 * (step + k));
      const double seen = (light_ - heading_ + 1) / 2 * pixels;
      const auto pixel = static_cast<std::uint32_t>(std::clamp(seen, 0.0, pixels - 1.0));
      events_[count++] = {pixel, step + k};
    }
    return std::span(events_).first(count);
  }
  void command_motor(std::span<const float> muscles) {
    const double turn = 0.002 * static_cast<double>(muscles[1] - muscles[0]);
    heading_ = std::clamp(heading_ + turn, -1.0, 1.0);
    error_ += std::abs(light_ - heading_);
    ++turns_;
  }
  void stop_motor() {}
  double mean_error() const { return error_ / turns_; }

 private:
  std::vector<Spike> events_ = std::vector<Spike>(steps_per_turn);
  double light_ = 0, heading_ = 0, error_ = 0;
  int turns_ = 0;
};

// The loop. After the setup, nothing allocates, locks or throws (on the device `host`).
double drive(const Model& model, std::uint32_t turns) {
  World world;
  Session session = model.session({.horizon = 32});  // all memory is allocated here
  Session::Input retina = session.input("retina");   // an unknown name throws here
  Session::Output muscles = session.output("muscles");
  for (std::uint32_t turn = 0; turn < turns; ++turn) {
    retina.push(world.poll_camera(session.step()));
    if (session.advance(steps_per_turn) != Status::ok) {
      world.stop_motor();
      break;
    }
    world.command_motor(muscles.readout());  // valid until the next advance
  }
  std::printf("late spikes       %llu\n", static_cast<unsigned long long>(session.late_spikes()));
  std::printf("refused spikes    %llu\n", static_cast<unsigned long long>(session.refused_spikes()));
  return world.mean_error();
}

}  // namespace

int main(int count, char** arguments) {
  try {
    const Model model = Model::load(count > 1 ? arguments[1] : "reflex.synfire", {.device = "host"});
    std::printf("device            %s\n", model.device_description().c_str());
    const double error = drive(model, 20000);
    std::printf("mean error        %.3f (the light moves between -0.9 and 0.9)\n", error);
    return error < 0.2 ? EXIT_SUCCESS : EXIT_FAILURE;
  } catch (const synfire::Error& error) {
    std::fprintf(stderr, "robot_loop: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
