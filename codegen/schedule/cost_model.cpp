// SPDX-License-Identifier: Apache-2.0
#include "schedule/cost_model.hpp"

#include <algorithm>
#include <cmath>
#include <thread>

#include "lower/pattern.hpp"
#include "program/walk.hpp"
#include "synfire/codegen/passes.hpp"
#include "text/literal.hpp"

namespace synfire::codegen {
namespace {

// An assumption: the activity is unknown at compile time.
constexpr double spiking_share = 0.01;  // of the neurons, in each step

// The work of one step of one example.
struct Work {
  double neurons = 0;   // to update
  double synapses = 0;  // that transmit a spike
  double redrawn = 0;   // of these, procedural
  double products = 0;  // of weights and graded values
};

double products_of(const ElementPhase& phase) {
  double products = 0;
  for_each_statement(phase.body, [&](const Statement& statement) {
    const auto* repeat = std::get_if<Repeat>(&statement);
    if (repeat != nullptr && phase.delivers) products += static_cast<double>(phase.count) * repeat->count;
  });
  return products;
}

Work work_of(const Program& program) {
  Work work;
  for (const Phase& phase : program.step) {
    if (const auto* elements = std::get_if<ElementPhase>(&phase)) {
      work.neurons += elements->count;
      work.products += products_of(*elements);
    }
    const auto* delivery = std::get_if<DeliverPhase>(&phase);
    if (delivery == nullptr) continue;
    const double passing = spiking_share * static_cast<double>(program.connections[delivery->connection].synapses);
    work.synapses += passing;
    if (delivery->pattern == Pattern::procedural) work.redrawn += passing;
  }
  return work;
}

// How often in a step spike lists are made and then read: once, and once for each level of connections of latency 0.
std::size_t turns_of(const Program& program) {
  std::size_t turns = 0;
  bool in_lists = false;
  for (const Phase& phase : program.step) {
    const bool makes = std::holds_alternative<GatherPhase>(phase) || std::holds_alternative<ReplayPhase>(phase);
    if (makes && !in_lists) ++turns;
    in_lists = makes;
  }
  return turns;
}

struct Estimate {
  double trial = 0, step = 0;  // microseconds for one step of a batch
};

// Measured on processors with 512-bit vectors, two threads on two cores.
Estimate on_host(const Work& work, const CompileOptions& options, std::uint32_t parts, std::size_t turns) {
  const double one_thread =
      1e-3 * (0.35 * work.neurons + 0.5 * work.synapses + 10.0 * work.redrawn + 0.1 * work.products);
  const double meeting = 2.5 * static_cast<double>(std::max<std::size_t>(turns, 1));
  return {.trial = one_thread * std::ceil(static_cast<double>(options.batch_size) / parts),
          .step = options.batch_size * (one_thread / parts + meeting)};
}

// A GPU like an H100: 132 multiprocessors at 1.7 GHz. Estimates, not measurements.
Estimate on_gpu(const Work& work, const CompileOptions& options, std::size_t stages) {
  const double multiprocessors = 132, cycles = 1700, threads = 512;
  // State that does not fit into the registers of a block goes through its multiprocessor's memory port.
  const double of_a_neuron = work.neurons <= 8 * threads ? 20 / threads : 0.5;
  const double one_block =
      (500 + of_a_neuron * work.neurons + (8 * work.synapses + 200 * work.redrawn + 4 * work.products) / threads) /
      cycles;
  const double launch = 1.5;
  const double waves = std::ceil(options.batch_size / multiprocessors);
  return {.trial = one_block * waves,
          .step = launch * static_cast<double>(stages) + one_block * options.batch_size / multiprocessors};
}

std::uint32_t usable_parts(const CompileOptions& options) {
  return options.parts != 0 ? options.parts : std::max(1u, std::thread::hardware_concurrency());
}

std::string microseconds(double time) { return text::decimal(std::round(time * 100) / 100) + " µs"; }

}  // namespace

ScheduleChoice choose_schedule(const Program& program, const CompileOptions& options, const std::string& backend) {
  const bool host = backend == "host";
  ScheduleChoice choice;
  choice.parts = host ? usable_parts(options) : 1;
  if (options.schedule != Schedule::automatic) {
    choice.schedule = options.schedule;
    choice.note = "schedule " + std::string(to_string(choice.schedule)) + ": as requested";
    return choice;
  }
  if (!host && !fits_in_block(program, {})) {
    choice.schedule = Schedule::step;
    choice.note = "schedule step: the spikes in flight do not fit in a block";
    return choice;
  }
  // Gathering the spike lists takes a separate launch.
  const std::size_t turns = turns_of(program);
  const Estimate estimate = host ? on_host(work_of(program), options, choice.parts, turns)
                                 : on_gpu(work_of(program), options, std::max<std::size_t>(2 * turns, 1));
  // Trials are independent of each other, so the step schedule must be clearly faster to be chosen.
  const bool alone = host && choice.parts == 1;
  if (!alone && estimate.trial > 1.3 * estimate.step) choice.schedule = Schedule::step;
  choice.note = "schedule " + std::string(to_string(choice.schedule)) +
                ": estimated time per step of a batch: " + microseconds(estimate.trial) + " as trial, " +
                microseconds(estimate.step) + " as step, if 1 % of the neurons spike";
  return choice;
}

}  // namespace synfire::codegen
