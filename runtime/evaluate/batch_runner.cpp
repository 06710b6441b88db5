// SPDX-License-Identifier: Apache-2.0
#include "evaluate/batch_runner.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <utility>

#include "evaluate/finite_check.hpp"
#include "synfire/error.hpp"

namespace synfire::runtime {
namespace {

// State to load for a launch that continues the same examples.
constexpr std::uint32_t all_state =
    contract::carry_neurons | contract::carry_synapses | contract::carry_spikes | contract::carry_readouts;

std::uint32_t load_bits(const CarryOver& carry_over) {
  return (carry_over.neurons ? contract::carry_neurons : 0u) | (carry_over.synapses ? contract::carry_synapses : 0u) |
         (carry_over.spikes ? contract::carry_spikes : 0u);
}

CarryOver checked(const CarryOver& carry_over, const contract::Manifest& manifest) {
  if (!carry_over.any() || manifest.resumable) return carry_over;
  throw ModelError({.kind = ProblemKind::invalid_option,
                    .path = "carry_over",
                    .message = "the network was not compiled to carry over state",
                    .hint = "set the compiler's option carry_over"});
}

std::size_t values_per_example(const contract::PopulationInfo& population) {
  return population.frames * element_count(population.shape);
}

}  // namespace

BatchRunner::BatchRunner(const std::shared_ptr<const contract::Artifact>& artifact, std::shared_ptr<Device> device,
                         CarryOver carry_over)
    : carry_over_(checked(carry_over, artifact->manifest)),
      executor_(artifact, std::move(device), carry_over.any() ? 1u : std::max(artifact->manifest.batch_size, 1u)),
      no_spikes_(artifact->manifest.populations.size()) {}

void BatchRunner::run(const BoundData& data, const RunOptions& options, BatchListener& listener) {
  const std::uint64_t run = running_ = ++runs_;
  std::optional<Batch> next;
  // Of this batch, which may run again, and of the next; no members, because a callback may run this network.
  std::array<StreamedBatch, 2> streamed;
  auto batch_at = [&, count = std::size_t{0}](std::size_t first) mutable {
    return make_batch(data, options, first, streamed[count++ % 2]);
  };
  for (std::size_t first = 0; first < data.examples;) {
    Batch batch = next ? *std::exchange(next, std::nullopt) : batch_at(first);
    const std::size_t examples = batch.examples, end = first + examples;
    listener.batch_begins(first, examples);
    // A callback may have run this network, which replaced the inputs.
    if (std::exchange(running_, run) != run) batch.same_inputs = false;
    check_finite_ = !options.allow_non_finite;
    if (carry_over_.any()) carry_state(batch);
    // Streamed data that cannot be read end the run here, before the batch that precedes them.
    if (end < data.examples && !executor_.device().shares_host_memory()) next = batch_at(end);
    try {
      run_windows(std::move(batch), next ? &*next : nullptr, listener);
    } catch (...) {
      executor_.forget_state();
      throw;
    }
    if (!listener.batch_ended(first, examples)) return;
    first = end;
  }
}

// The inputs of the next batch are passed to the device while the last window runs. If that fails, the next batch says
// why.
void BatchRunner::run_windows(Batch batch, Batch* next, BatchListener& listener) {
  const std::uint32_t timesteps = manifest().timesteps;
  const std::uint32_t rows = recording_rows(manifest());
  const std::uint32_t most =
      batch.steps.empty() ? timesteps : *std::max_element(batch.steps.begin(), batch.steps.end());
  const bool carries = batch.save;
  for (std::uint32_t first = 0; first == 0 || first < most; first += rows) {
    BatchWindow window{batch.first_example, batch.examples, batch.steps, first, std::min(timesteps, first + rows)};
    window.last = window.end_step >= most;
    batch.recording_origin = first;
    if (listener.wants_steps()) {
      run_steps(batch, window, most, listener);
    } else {
      batch.first_step = first;
      batch.last_step = window.end_step;
      batch.save = carries || !window.last;
      executor_.start(batch);
      if (window.last && next != nullptr) pass_inputs(*next);
      executor_.finish();
      require_finite(batch, window.first_step, std::min(window.end_step, most), !carries);
    }
    listener.window_ended(window);
    batch.load = all_state;
    batch.same_inputs = true;
    if (window.last) return;
  }
}

void BatchRunner::pass_inputs(Batch& next) {
  try {
    executor_.pass_inputs(next);
    next.same_inputs = true;
  } catch (const Error&) {
    next.same_inputs = false;
  }
}

// One launch per step, but not beyond the longest example.
void BatchRunner::run_steps(Batch& batch, BatchWindow window, std::uint32_t most, BatchListener& listener) {
  const std::uint32_t end = std::min(window.end_step, most);
  const bool carries = carry_over_.any();
  for (std::uint32_t step = window.first_step; step < end; ++step) {
    listener.step_begins(step);
    batch.first_step = step;
    batch.last_step = step + 1;
    batch.save = carries || step + 1 < most;
    executor_.run(batch);
    require_finite(batch, step, step + 1, false);
    batch.load = all_state;
    batch.same_inputs = true;
    window.end_step = step + 1;
    listener.step_ended(window);
  }
}

Batch BatchRunner::make_batch(const BoundData& data, const RunOptions& options, std::size_t first,
                              StreamedBatch& streamed) {
  const auto examples =
      static_cast<std::uint32_t>(std::min<std::size_t>(executor_.batch_size(), data.examples - first));
  Batch batch{.examples = examples,
              .first_example = static_cast<std::uint32_t>(first),
              .seed = options.seed.value_or(manifest().seed),
              .steps = data.steps.empty() ? data.steps : data.steps.subspan(first, examples)};
  if (data.is_streamed()) stream(data, first, examples, streamed);
  for (std::size_t i = 0; i < data.inputs.size(); ++i) {
    const BoundInput& bound = data.inputs[i];
    const std::size_t values = values_per_example(manifest().populations[bound.population]);
    BatchInput input{.population = bound.population};
    if (bound.values != nullptr) {
      input.values = std::span(bound.values->values()).subspan(first * values, examples * values);
    } else if (bound.spikes != nullptr) {
      input.spikes = bound.spikes;
      input.first_spike_example = first;
    } else if (bound.value_source != nullptr) {
      input.values = streamed.inputs[i];
    } else if (bound.spike_source != nullptr) {
      input.spikes = &streamed.spikes[i];
    } else {
      input = silent_input(bound.population, examples);
    }
    batch.inputs.push_back(input);
  }
  return batch;
}

void BatchRunner::stream(const BoundData& data, std::size_t first, std::uint32_t examples,
                         StreamedBatch& streamed) const {
  std::vector<std::uint32_t> numbers(examples);
  std::iota(numbers.begin(), numbers.end(), static_cast<std::uint32_t>(first));
  read_streamed_inputs(data, manifest(), numbers, streamed);
}

BatchInput BatchRunner::silent_input(std::size_t population, std::uint32_t examples) {
  const contract::PopulationInfo& info = manifest().populations[population];
  BatchInput input{.population = population};
  if (info.input == contract::InputKind::values) {
    if (zeros_.empty()) {  // enough for any population: earlier spans stay valid
      std::size_t most = 1;
      for (const contract::PopulationInfo& any : manifest().populations) {
        most = std::max(most, values_per_example(any));
      }
      zeros_.resize(executor_.batch_size() * most);
    }
    input.values = std::span(zeros_).first(examples * values_per_example(info));
    return input;
  }
  std::unique_ptr<SpikeTrains>& trains = no_spikes_[population];
  if (!trains) {
    trains = std::make_unique<SpikeTrains>(element_count(info.shape));
    for (std::uint32_t e = 0; e < executor_.batch_size(); ++e) trains->add_example({}, {});
  }
  input.spikes = trains.get();
  return input;
}

// Checks the steps that have just run. If no state was carried over, the batch can run again from the start to find the
// step.
void BatchRunner::require_finite(const Batch& batch, std::uint32_t begin, std::uint32_t end, bool from_start) {
  if (!check_finite_) return;
  const std::optional<Executor::NonFinite> found = executor_.non_finite();
  if (!found) return;
  const auto again = [&](std::uint32_t steps) {
    run_again(batch, steps);
    return executor_.non_finite();
  };
  throw RunError(
      describe_non_finite(*found, batch.first_example, begin, end, from_start ? RunAgain(again) : RunAgain()));
}

void BatchRunner::run_again(Batch batch, std::uint32_t steps) {
  const std::uint32_t rows = recording_rows(manifest());
  for (std::uint32_t first = 0; first < steps; first += rows) {
    batch.same_inputs = first != 0;  // those of the next batch may have been passed
    batch.load = first == 0 ? 0u : all_state;
    batch.first_step = batch.recording_origin = first;
    batch.last_step = std::min(steps, first + rows);
    batch.save = batch.last_step < steps;
    executor_.run(batch);
  }
}

// State passes from each example to the next, so a batch is one example.
void BatchRunner::carry_state(Batch& batch) {
  batch.load = executor_.saved_examples() >= batch.examples ? load_bits(carry_over_) : 0u;
  batch.save = true;
}

}  // namespace synfire::runtime
