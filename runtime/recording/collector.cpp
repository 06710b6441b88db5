// SPDX-License-Identifier: Apache-2.0
#include "recording/collector.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace synfire::runtime {
namespace {

constexpr std::size_t staging_bytes = std::size_t{64} << 20;  // copied from the device at a time, unless one
                                                              // example has more
constexpr std::size_t fill_bytes = std::size_t{1} << 20;

std::size_t element_bytes(const PlannedRecording& recording) {
  return recording.kind == RecordingKind::values ? sizeof(float) : sizeof(std::int8_t);
}

void append_spike(std::span<const std::byte> row, std::size_t neuron, std::uint32_t step,
                  std::vector<RecordedSpike>& spikes) {
  const auto sign = std::to_integer<std::int8_t>(row[neuron]);
  if (sign != 0) spikes.push_back({static_cast<std::uint32_t>(neuron), step, sign});
}

}  // namespace

void append_spikes(std::span<const std::byte> row, std::uint32_t step, const std::vector<std::uint32_t>* neurons,
                   std::vector<RecordedSpike>& spikes) {
  if (neurons != nullptr) {
    for (const std::uint32_t neuron : *neurons) append_spike(row, neuron, step, spikes);
    return;
  }
  std::size_t neuron = 0;
  for (std::uint64_t word; neuron + sizeof word <= row.size(); neuron += sizeof word) {
    std::memcpy(&word, row.data() + neuron, sizeof word);  // most are silent
    if (word == 0) continue;
    for (std::size_t i = 0; i < sizeof word; ++i) append_spike(row, neuron + i, step, spikes);
  }
  for (; neuron < row.size(); ++neuron) append_spike(row, neuron, step, spikes);
}

Collector::Collector(const RecordingPlan& plan, const Executor& executor)
    : plan_(plan), executor_(executor), ascending_(plan.size()), place_(plan.size()), counts_(plan.size()) {
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const bool of_spikes = plan[i].kind == RecordingKind::spikes || plan[i].kind == RecordingKind::counts;
    if (!of_spikes || plan[i].whole_rows) continue;
    ascending_[i] = plan[i].neurons;
    std::sort(ascending_[i].begin(), ascending_[i].end());
    place_[i].resize(plan[i].elements);
    for (std::size_t n = 0; n < plan[i].neurons.size(); ++n)
      place_[i][plan[i].neurons[n]] = static_cast<std::uint32_t>(n);
  }
}

void Collector::take(const BatchWindow& window, const std::vector<RecordingStore*>& stores) {
  for (std::size_t i = 0; i < plan_.size(); ++i) {
    if (plan_[i].kind != RecordingKind::synapses && stores[i] != nullptr) take(i, window, *stores[i]);
  }
}

// Contiguous examples are copied together.
void Collector::take(std::size_t index, const BatchWindow& window, RecordingStore& store) {
  const PlannedRecording& recording = plan_[index];
  const auto [first, end] = recording.positions_of_examples(window.first_example, window.examples);
  if (window.first_step == 0) counts_[index].assign((end - first) * recording.neurons.size(), 0);
  const std::size_t row_bytes = recording.elements * element_bytes(recording);
  const std::size_t stride = executor_.manifest().buffers[recording.buffer].shape.front() * row_bytes;
  const std::size_t used = (window.end_step - window.first_step) * row_bytes;
  const auto [from, to] = recording.positions_of_steps(window.first_step, window.end_step);
  for (std::size_t begin = first; begin < end;) {
    std::size_t next = begin + 1;
    while (next < end && recording.examples[next] == recording.examples[next - 1] + 1 &&
           (next + 1 - begin) * stride <= staging_bytes)
      ++next;
    const std::size_t place = recording.examples[begin] - window.first_example;
    staging_.resize(from == to ? 0 : (next - begin - 1) * stride + used);
    if (from != to) executor_.recording(recording.buffer, place, 0, staging_);
    for (std::size_t example = begin; example < next; ++example) {
      take_example(index, example, window,
                   from == to ? std::span<const std::byte>()
                              : std::span<const std::byte>(staging_).subspan((example - begin) * stride, used),
                   store);
    }
    begin = next;
  }
}

void Collector::take_example(std::size_t index, std::size_t example, const BatchWindow& window,
                             std::span<const std::byte> rows, RecordingStore& store) {
  const PlannedRecording& recording = plan_[index];
  const std::uint32_t steps =
      window.steps_of(recording.examples[example] - window.first_example, executor_.manifest().timesteps);
  const std::uint32_t end = std::max(window.first_step, std::min(window.end_step, steps));
  const auto [from, to] = recording.positions_of_steps(window.first_step, end);
  if (recording.kind == RecordingKind::values) {
    take_values(recording, example, from, to, window, rows, store);
  } else {
    take_spikes(index, from, to, window, rows);
    if (recording.kind == RecordingKind::spikes) store.add_spikes(example, spikes_);
    if (recording.kind == RecordingKind::counts)
      count_spikes(index, example - recording.positions_of_examples(window.first_example, window.examples).first);
  }
  if (!window.last) return;
  if (recording.kind == RecordingKind::values) end_example(index, example, steps, store);
  if (recording.kind == RecordingKind::counts) {
    const std::size_t place = example - recording.positions_of_examples(window.first_example, window.examples).first;
    store.set_counts(example,
                     std::span(counts_[index]).subspan(place * recording.neurons.size(), recording.neurons.size()));
  }
}

std::span<const std::byte> Collector::row(const PlannedRecording& recording, std::uint32_t step,
                                          const BatchWindow& window, std::span<const std::byte> rows) const {
  const std::size_t row_bytes = recording.elements * element_bytes(recording);
  return rows.subspan((step - window.first_step) * row_bytes, row_bytes);
}

// Kept steps [from, to), by position.
void Collector::take_values(const PlannedRecording& recording, std::size_t example, std::size_t from, std::size_t to,
                            const BatchWindow& window, std::span<const std::byte> rows, RecordingStore& store) {
  if (from == to) return;
  const std::size_t row_bytes = recording.elements * sizeof(float);
  if (recording.whole_rows && recording.steps[to - 1] - recording.steps[from] == to - from - 1) {
    return store.set_rows(
        example, from, rows.subspan((recording.steps[from] - window.first_step) * row_bytes, (to - from) * row_bytes));
  }
  gathered_.resize((to - from) * recording.neurons.size() * sizeof(float));
  std::byte* into = gathered_.data();
  for (std::size_t s = from; s < to; ++s) {
    const std::span<const std::byte> values = row(recording, recording.steps[s], window, rows);
    for (const std::uint32_t neuron : recording.neurons) {
      std::memcpy(into, values.data() + neuron * sizeof(float), sizeof(float));
      into += sizeof(float);
    }
  }
  store.set_rows(example, from, gathered_);
}

void Collector::take_spikes(std::size_t index, std::size_t from, std::size_t to, const BatchWindow& window,
                            std::span<const std::byte> rows) {
  const PlannedRecording& recording = plan_[index];
  spikes_.clear();
  for (std::size_t s = from; s < to; ++s) {
    append_spikes(row(recording, recording.steps[s], window, rows), recording.steps[s],
                  recording.whole_rows ? nullptr : &ascending_[index], spikes_);
  }
}

void Collector::count_spikes(std::size_t index, std::size_t example) {
  const PlannedRecording& recording = plan_[index];
  std::uint32_t* const counts = counts_[index].data() + example * recording.neurons.size();
  for (const RecordedSpike& spike : spikes_)
    ++counts[recording.whole_rows ? spike.neuron : place_[index][spike.neuron]];
}

// Fills the rows past the example's last step with NaN.
void Collector::end_example(std::size_t index, std::size_t example, std::uint32_t steps, RecordingStore& store) {
  const PlannedRecording& recording = plan_[index];
  const std::size_t values = recording.neurons.size();
  if (values == 0) return;
  const std::size_t rows_at_a_time = std::max<std::size_t>(1, fill_bytes / (values * sizeof(float)));
  for (std::size_t row = recording.positions_of_steps(0, steps).second; row < recording.steps.size();) {
    const std::size_t rows = std::min(rows_at_a_time, recording.steps.size() - row);
    const std::vector<float> nothing(rows * values, std::numeric_limits<float>::quiet_NaN());
    store.set_rows(example, row, std::as_bytes(std::span(nothing)));
    row += rows;
  }
}

}  // namespace synfire::runtime
