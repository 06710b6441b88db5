// SPDX-License-Identifier: Apache-2.0
// The parts of declared recordings that a run keeps: examples, neurons and steps, in memory or in a file.
//
//   model.predict(inputs, {.recordings = {{hidden, "spikes", {.neurons = Slice{0, {}, 2}, .examples = {0, 2, 4}}},
//                                         {hidden, "v", {.steps = Every{10}, .file = "run.npz"}}}});
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "synfire/reference.hpp"
#include "synfire/tensor.hpp"

namespace synfire {

// Python's slice: start, start + step, … before stop. Negative ends count from the end; ends past the range are
// clipped, as in Python. step ≠ 0; a negative step reverses the order.
struct Slice {
  std::optional<std::int64_t> start = {};
  std::optional<std::int64_t> stop = {};
  std::int64_t step = 1;
};

// offset, offset + n, offset + 2n, …; n ≥ 1.
struct Every {
  std::int64_t n = 1;
  std::int64_t offset = 0;
};

// Positions along one axis: all of them, a Slice, Every, a list of indices, one index, or a mask of booleans. A
// negative index counts from the end; an index out of range is an error, and so is a mask with more entries than
// positions.
class Indices {
 public:
  using Content = std::variant<Slice, Every, std::vector<std::int64_t>, std::vector<bool>>;

  Indices() = default;                                            // all
  Indices(Slice slice) : content_(slice) {}                       // NOLINT(google-explicit-constructor)
  Indices(Every every) : content_(every) {}                       // NOLINT(google-explicit-constructor)
  Indices(std::vector<bool> mask) : content_(std::move(mask)) {}  // NOLINT(google-explicit-constructor)
  template <std::integral T>
  requires(!std::same_as<T, bool>) Indices(T index)  // NOLINT(google-explicit-constructor)
      : content_(std::vector<std::int64_t>{static_cast<std::int64_t>(index)}) {}
  template <std::integral T>
  requires(!std::same_as<T, bool>) Indices(const std::vector<T>& indices)  // NOLINT(google-explicit-constructor)
      : content_(std::vector<std::int64_t>(indices.begin(), indices.end())) {}
  // {0, 2, 4}, or {true, false, true}.
  template <std::integral T>
  Indices(std::initializer_list<T> values) {
    if constexpr (std::is_same_v<T, bool>) {
      content_ = std::vector<bool>(values);
    } else {
      content_ = std::vector<std::int64_t>(values.begin(), values.end());
    }
  }
  const Content& content() const { return content_; }

 private:
  Content content_ = Slice{};
};

// One boolean per neuron of a population, which has exactly this shape; row-major.
struct Mask {
  std::vector<bool> values;
  Extents shape = {};  // empty: as many neurons as values
};

// Neurons of a population, as NumPy indexes an array of its shape. All of them by default, or
//   one selection       for a population with one dimension: Slice{0, {}, 2}, {0, 2, 4}, 7, a mask
//   one per dimension   for one with several: {Slice{0, {}, 2}, Slice{}}. Slices give the product; lists are paired,
//                       element by element, so {{16, 20}, {16, 20}} selects (16, 16) and (20, 20)
//   a Mask              of exactly the population's shape
// Neurons are in the order of NumPy's result, flattened; selecting one twice is an error, and so are more or fewer
// selections than dimensions and lists of different lengths.
class Neurons {
 public:
  using Content = std::variant<std::vector<Indices>, Mask>;

  Neurons() = default;
  Neurons(Indices along) : content_(std::vector<Indices>{std::move(along)}) {}  // NOLINT(google-explicit-constructor)
  Neurons(Slice slice) : Neurons(Indices(slice)) {}                             // NOLINT(google-explicit-constructor)
  Neurons(Every every) : Neurons(Indices(every)) {}                             // NOLINT(google-explicit-constructor)
  Neurons(Mask mask) : content_(std::move(mask)) {}                             // NOLINT(google-explicit-constructor)
  Neurons(std::vector<bool> mask) : Neurons(Mask{std::move(mask)}) {}           // NOLINT(google-explicit-constructor)
  template <std::integral T>
  requires(!std::same_as<T, bool>) Neurons(T index)  // NOLINT(google-explicit-constructor)
      : Neurons(Indices(index)) {}
  template <std::integral T>
  requires(!std::same_as<T, bool>) Neurons(const std::vector<T>& indices)  // NOLINT(google-explicit-constructor)
      : Neurons(Indices(indices)) {}
  template <std::integral T>
  Neurons(std::initializer_list<T> values) {
    if constexpr (std::is_same_v<T, bool>) {
      content_ = Mask{std::vector<bool>(values)};
    } else {
      content_ = std::vector<Indices>{Indices(values)};
    }
  }
  Neurons(std::initializer_list<Indices> dimensions) : content_(std::vector<Indices>(dimensions)) {}
  const Content& content() const { return content_; }

 private:
  Content content_ = std::vector<Indices>{};
};

// The parts of one recording to keep. Everything by default.
struct Keep {
  Neurons neurons = {};  // for a variable of a population
  Neurons sources = {};  // for "weight" and "delay" of a connection …
  Neurons targets = {};  // … and for any variable of a connection
  Indices examples =
      {};  // by position in the data, from 0 in each run; results are in the order of the data. A mask may be
           // shorter than the data: examples past its end are not kept
  Indices steps = {};   // results are in the order of time
  bool counts = false;  // "spikes": the number of spikes of each neuron in the kept steps, instead of lists
  std::filesystem::path file =
      {};                // write to this .npz file instead of keeping results in memory; several recordings can
                         // share one. It appears when the run succeeds
  std::string key = {};  // distinguishes several recordings of one variable; also its name in a file
};

// Restricts one recording of a run. Recordings declared to the compiler but not listed are kept whole.
struct KeptRecording {
  ObjectReference object;
  std::string variable;
  Keep keep = {};
};

// The coordinates along the axes of a recording.
struct RecordingAxes {
  std::vector<std::size_t> examples;   // positions in the data of the run
  std::vector<std::uint32_t> steps;    // ascending
  std::vector<std::uint32_t> neurons;  // row-major indices in the population (of a connection: the target population)
  double dt = 1.0;                     // ms
  // The start times of the steps, in ms.
  std::vector<double> times() const;
};

// A spike of a neuron (row-major index in its population) in a step, which begins at step · dt ms.
struct RecordedSpike {
  std::uint32_t neuron;
  std::uint32_t step;
  std::int8_t sign;
  bool operator==(const RecordedSpike&) const = default;
};

// A variable of the synapses of a connection that is constant throughout a run: "weight", or "delay" in ms. One copy
// represents all examples and steps.
struct SynapseRecording {
  std::size_t examples = 0, steps = 0;  // kept
  // One entry per synapse between kept neurons; by source, then target, then delay.
  std::vector<std::uint32_t> sources, targets;
  std::vector<float> values;
  // The kept neurons: those of the rows and columns of matrix().
  std::vector<std::uint32_t> source_neurons, target_neurons;

  // Kept sources × kept targets; NaN where there is no synapse. Throws DataError (unsupported) if two neurons are
  // connected by more than one synapse.
  Tensor<float> matrix() const;
};

}  // namespace synfire
