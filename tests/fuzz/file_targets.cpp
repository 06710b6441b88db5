// SPDX-License-Identifier: Apache-2.0
// Targets that read binary files.
#include <algorithm>

#include "fuzz/inputs.hpp"
#include "fuzz/targets.hpp"
#include "synfire/artifact_file.hpp"
#include "synfire/data.hpp"
#include "synfire/error.hpp"
#include "synfire/events.hpp"
#include "synfire/npz.hpp"

namespace synfire::fuzz {

void npy(Bytes input) {
  expect_result_or_error([&] {
    const Array array = read_npy(input);
    if (!(read_npy(npy_bytes(array)) == array)) throw Defect("the array changed in a round trip");
  });
}

void npz(Bytes input) {
  expect_result_or_error([&] { read_npz(input); });
}

void spike_trains(Bytes input) {
  expect_result_or_error([&] {
    const SpikeTrains trains = make_spike_trains(read_npz(input));
    if (trains.spike_neurons().size() != trains.spike_times().size()) throw Defect("spikes without times");
  });
}

void idx(Bytes input) {
  const MemoryFile file(input);
  expect_result_or_error([&] {
    const Array array = read_idx_array(file.path());
    if (array.type() == DataType::u8) encode(array.as<std::uint8_t>(), LinearLatency{});
  });
}

void events(Bytes input) {
  for (const EventFormat format : {EventFormat::nmnist, EventFormat::aedat, EventFormat::npy, EventFormat::npz}) {
    expect_result_or_error([&] {
      const Events read = read_events(input, format, TimeUnit::us);
      if (!std::is_sorted(read.times.begin(), read.times.end())) throw Defect("events are not in the order of time");
      if (read.x.size() != read.size() || read.y.size() != read.size() || read.polarity.size() != read.size())
        throw Defect("events without a place");
      const EventOptions options{
          .sensor = SensorSize{32768, 32768}, .downsample = 2, .window = EventWindow{-1e9, 1e9}, .once_per = 1};
      if (to_spike_trains(read, options).spikes() > read.size()) throw Defect("more spikes than events");
    });
  }
  expect_result_or_error([&] {
    for (const EventLabel& part : read_event_labels(input, "labels in memory")) {
      if (part.label < 0 || part.begin >= part.end) throw Defect("a label of nothing");
    }
  });
}

void artifact(Bytes input) {
  expect_result_or_error([&] { load_artifact(input); });
}

}  // namespace synfire::fuzz
