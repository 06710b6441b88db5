// SPDX-License-Identifier: Apache-2.0
#include "executor/batch_check.hpp"

#include <algorithm>
#include <string>

#include "synfire/error.hpp"

namespace synfire::runtime {
namespace {

using Problems = std::vector<Problem>;

Problem size_problem(std::string path, std::string message, std::size_t expected, std::size_t given) {
  return {.kind = ProblemKind::wrong_data_size,
          .path = std::move(path),
          .message = std::move(message),
          .expected = std::to_string(expected),
          .given = std::to_string(given)};
}

std::string path_of(const contract::PopulationInfo& population) { return "input of \"" + population.name + "\""; }

void check_values(const Batch& batch, const BatchInput& input, const contract::PopulationInfo& population,
                  Problems& problems) {
  const std::size_t expected = batch.examples * population.frames * element_count(population.shape);
  if (input.values.size() == expected) return;
  problems.push_back(size_problem(path_of(population), "the number of values is wrong", expected, input.values.size()));
}

void check_spikes(const Batch& batch, const BatchInput& input, const contract::PopulationInfo& population,
                  Problems& problems) {
  const std::string path = path_of(population);
  if (input.spikes == nullptr) {
    problems.push_back({.kind = ProblemKind::missing_data, .path = path, .message = "the spike trains are missing"});
    return;
  }
  const std::size_t neurons = element_count(population.shape);
  if (input.spikes->neurons() != neurons) {
    problems.push_back(
        size_problem(path, "the spike trains have the wrong number of neurons", neurons, input.spikes->neurons()));
  }
  if (!input.spike_examples.empty() && input.spike_examples.size() != batch.examples) {
    problems.push_back(size_problem(path, "the list of spike trains does not have one entry per example",
                                    batch.examples, input.spike_examples.size()));
  }
  const std::size_t end =
      input.spike_examples.empty()
          ? input.first_spike_example + batch.examples
          : *std::max_element(input.spike_examples.begin(), input.spike_examples.end()) + std::size_t{1};
  if (input.spikes->examples() < end) {
    problems.push_back(size_problem(path, "there are too few spike trains", end, input.spikes->examples()));
  }
}

void check_input(const Batch& batch, std::size_t index, const contract::PopulationInfo& population,
                 Problems& problems) {
  const auto is_for_it = [&](const BatchInput& input) { return input.population == index; };
  const auto count = std::count_if(batch.inputs.begin(), batch.inputs.end(), is_for_it);
  const bool wanted = population.input != contract::InputKind::none;
  if (count == 0 && wanted) {
    problems.push_back({.kind = ProblemKind::missing_data,
                        .path = path_of(population),
                        .message = "the batch has no data for the population"});
  }
  if (count > (wanted ? 1 : 0)) {
    problems.push_back(
        {.kind = ProblemKind::surplus_data,
         .path = path_of(population),
         .message = wanted ? "the batch has data for the population twice" : "the population does not accept data"});
  }
  if (count == 0 || !wanted) return;
  const BatchInput& input = *std::find_if(batch.inputs.begin(), batch.inputs.end(), is_for_it);
  (population.input == contract::InputKind::values ? check_values : check_spikes)(batch, input, population, problems);
}

void check_steps(const Batch& batch, const contract::Manifest& manifest, Problems& problems) {
  if (batch.steps.empty()) return;
  if (batch.steps.size() != batch.examples) {
    problems.push_back(size_problem("batch.steps", "the number of entries is not the number of examples",
                                    batch.examples, batch.steps.size()));
  }
  const std::uint32_t most = *std::max_element(batch.steps.begin(), batch.steps.end());
  if (most > manifest.timesteps) {
    Problem problem = size_problem("batch.steps", "an example has more steps than the network was compiled for",
                                   manifest.timesteps, most);
    problem.expected = "at most " + problem.expected;
    problems.push_back(std::move(problem));
  }
}

// Whether the steps to run have rows in the recordings.
void check_window(const Batch& batch, const contract::Manifest& manifest, Problems& problems) {
  const std::uint32_t last = batch.last_step != 0 ? batch.last_step : manifest.timesteps;
  if (batch.first_step > last || last > manifest.timesteps || batch.recording_origin > batch.first_step) {
    problems.push_back({.kind = ProblemKind::invalid_value,
                        .path = "batch.first_step",
                        .message = "the steps of the batch are out of range",
                        .expected = "recording_origin ≤ first_step ≤ last_step ≤ " + std::to_string(manifest.timesteps),
                        .given = std::to_string(batch.recording_origin) + ", " + std::to_string(batch.first_step) +
                                 ", " + std::to_string(last)});
    return;
  }
  for (const contract::Buffer& buffer : manifest.buffers) {
    if (buffer.role != contract::BufferRole::recording || last - batch.recording_origin <= buffer.shape.front())
      continue;
    Problem problem = size_problem("batch.last_step", "the recordings have fewer rows than the batch has steps",
                                   buffer.shape.front(), last - batch.recording_origin);
    problem.expected = "at most " + problem.expected;
    problem.hint = "run the batch window by window";
    problems.push_back(std::move(problem));
    return;
  }
}

}  // namespace

void check_batch(const Batch& batch, const contract::Manifest& manifest, std::uint32_t batch_size) {
  Problems problems;
  if (batch.examples > batch_size) {
    problems.push_back(
        size_problem("batch.examples", "the batch is larger than the allocated memory", batch_size, batch.examples));
  }
  for (std::size_t i = 0; i < manifest.populations.size(); ++i) {
    check_input(batch, i, manifest.populations[i], problems);
  }
  for (const BatchInput& input : batch.inputs) {
    if (input.population < manifest.populations.size()) continue;
    problems.push_back(size_problem("batch.inputs", "the population index is out of range", manifest.populations.size(),
                                    input.population));
  }
  check_steps(batch, manifest, problems);
  check_window(batch, manifest, problems);
  if (!problems.empty()) throw DataError(std::move(problems));
}

void check_carried_state(const Batch& batch, const contract::Manifest& manifest, std::uint32_t saved_examples) {
  if ((batch.load != 0 || batch.save) && !manifest.resumable) {
    throw RunError({.kind = ProblemKind::invalid_option,
                    .path = "batch",
                    .message = "the network was not compiled to carry over state from one run to the next"});
  }
  if (batch.load != 0 && batch.examples > saved_examples) {
    throw RunError({.kind = ProblemKind::run_failed,
                    .path = "batch.load",
                    .message = "the batch loads state that was never saved",
                    .expected = "at most " + std::to_string(saved_examples) + " examples",
                    .given = std::to_string(batch.examples)});
  }
}

void check_same_inputs(const Batch& batch, std::uint32_t bound_examples) {
  if (!batch.same_inputs || batch.examples == bound_examples) return;
  throw RunError({.kind = ProblemKind::run_failed,
                  .path = "batch.same_inputs",
                  .message = "the inputs of the batch were never set",
                  .expected = std::to_string(bound_examples) + " examples",
                  .given = std::to_string(batch.examples)});
}

}  // namespace synfire::runtime
