// SPDX-License-Identifier: Apache-2.0
// Data sets: reading and slicing them, and encoding values as spikes. The first axis is that of examples.
//
//   const auto train = read_idx("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz");
//   const Tensor<float> currents = scale(train.images, 0.01);  // integers must be converted explicitly
//   const SpikeTrains spikes = encode(train.images, LinearLatency{.max_time = 18, .min_time = 2});
//
// All errors throw DataError. Times are in ms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "synfire/array_file.hpp"
#include "synfire/connectivity.hpp"
#include "synfire/example_source.hpp"
#include "synfire/npz.hpp"
#include "synfire/tensor.hpp"

namespace synfire {

// ---- IDX files (the format of MNIST), plain or compressed by gzip

struct LabeledImages {
  Tensor<std::uint8_t> images;  // examples × height × width
  Tensor<std::uint8_t> labels;  // examples
  bool operator==(const LabeledImages&) const = default;
};

// A file of any of the format's element types: u8, i8, i16, i32, f32, f64. Throws file_access or malformed_file.
Array read_idx_array(const std::filesystem::path& path);
// The same, read in pieces. Throws unsupported for a compressed file.
ArrayFile open_idx(const std::filesystem::path& path);
// The same, but without an error for a compressed one.
ArrayInFile find_idx(const std::filesystem::path& path);
// A file of bytes. Throws wrong_data_size for another element type.
Tensor<std::uint8_t> read_idx(const std::filesystem::path& path);
// Images and their labels. Throws wrong_data_size for other shapes or if their numbers differ.
LabeledImages read_idx(const std::filesystem::path& images, const std::filesystem::path& labels);

// ---- From integers to values

// Each value times `factor`, computed in double. For T: u8, i8, i32, i64, float.
template <class T>
Tensor<float> scale(const Tensor<T>& values, double factor);
template <class T>
Tensor<float> to_float(const Tensor<T>& values) {
  return scale(values, 1.0);
}

// ---- Subsets of examples. For T: u8, i8, i32, i64, float, double.

// Examples [begin, end). Throws wrong_data_size if there are fewer.
template <class T>
Tensor<T> slice(const Tensor<T>& data, std::size_t begin, std::size_t end);
SpikeTrains slice(const SpikeTrains& data, std::size_t begin, std::size_t end);
LabeledImages slice(const LabeledImages& data, std::size_t begin, std::size_t end);

// The first `count` examples.
template <class Data>
Data first(const Data& data, std::size_t count) {
  return slice(data, 0, count);
}

std::size_t example_count(const SpikeTrains& data);
std::size_t example_count(const LabeledImages& data);
template <class T>
std::size_t example_count(const Tensor<T>& data) {
  return data.shape().empty() ? 0 : data.shape().front();
}

// The number of training examples if the last fraction `validation_split`, in [0, 1], of `examples` is for validation:
// (1 − validation_split)·examples, rounded half to even. Throws invalid_value.
std::size_t split_point(std::size_t examples, double validation_split);

template <class Data>
struct SplitData {
  Data training;
  Data validation;  // the last part
};
template <class Data>
SplitData<Data> split(const Data& data, double validation_split) {
  const std::size_t examples = example_count(data);
  const std::size_t point = split_point(examples, validation_split);
  return {slice(data, 0, point), slice(data, point, examples)};
}

// ---- Values as spikes: each value above the threshold becomes one spike of its neuron

// The larger, the earlier: a value x spikes at (max_value − x) / max_value · (max_time − min_time) +
// min_time.
struct LinearLatency {
  double max_time = 20;    // ms: when the value 0 would spike
  double min_time = 0;     // ms: when max_value spikes
  double threshold = 1;    // only values above it spike
  double max_value = 255;  // the largest allowed value
  bool operator==(const LinearLatency&) const = default;
};

// A leaky neuron driven by x reaches its threshold at tau_eff · ln(x / (x − threshold)).
struct LogLatency {
  double tau_eff = 20;    // ms
  double threshold = 51;  // only values above it spike; above 0
  bool operator==(const LogLatency&) const = default;
};

// One spike train per example, with a neuron per element. Times are computed in double. Throws non_finite_data (with
// example and element), and invalid_value for a value above max_value or an option out of range.
SpikeTrains encode(const Tensor<std::uint8_t>& data, const LinearLatency& code);
SpikeTrains encode(const Tensor<float>& data, const LinearLatency& code);
SpikeTrains encode(const Tensor<std::uint8_t>& data, const LogLatency& code);
SpikeTrains encode(const Tensor<float>& data, const LogLatency& code);

// ---- Spike trains from lists and files

struct SpikeEvent {
  std::uint32_t neuron = 0;
  float time = 0;  // ms
};

// One list for each example. Throws like SpikeTrains::add_example.
SpikeTrains make_spike_trains(std::size_t neurons, const std::vector<std::vector<SpikeEvent>>& examples);
// All examples' spikes in one list: those of example e are [offsets[e], offsets[e + 1]).
SpikeTrains make_spike_trains(std::size_t neurons, const std::vector<std::uint32_t>& spike_neurons,
                              const std::vector<float>& spike_times, const std::vector<std::size_t>& offsets);

// Spike trains as named arrays, the layout of a .npz file of spikes:
//   neurons          integers, spikes: which neuron
//   times            floating point, spikes: in ms
//   offsets          integers, examples + 1: spikes of example e are [offsets[e], offsets[e + 1])
//   population_size  integer scalar: number of neurons; optional if `population_size` is given here
// Throws malformed_file for missing arrays, wrong shapes, element types or offsets; invalid_value for negative
// integers; wrong_data_size if both sizes are given and differ, or for a neuron that does not exist.
SpikeTrains make_spike_trains(const Arrays& arrays, std::optional<std::size_t> population_size = std::nullopt);
Arrays to_arrays(const SpikeTrains& trains);
SpikeTrains read_spike_trains(const std::filesystem::path& path,
                              std::optional<std::size_t> population_size = std::nullopt);
void write_spike_trains(const std::filesystem::path& path, const SpikeTrains& trains);

// ---- Data that stay in files, for training on more than fits in memory (docs/training.md)
//
//   const EncodedOnDisk spikes(open_npy("images.npy"), LinearLatency{.max_time = 18, .min_time = 2});
//   model.train({{input, spikes}}, {{output, labels}});

// The values of an array, converted when they are read: what Array::as_float gives, or with a factor
// Array::to_float(factor). Throws wrong_data_size for integers without a factor. read() throws invalid_value (with
// example and element) for a finite value that single precision cannot hold.
class ValuesOnDisk final : public ValueSource {
 public:
  explicit ValuesOnDisk(ArrayFile file, std::optional<double> factor = std::nullopt);
  const Extents& shape() const override { return file_.shape(); }
  void read(std::span<const std::uint32_t> examples, std::span<float> into) const override;

 private:
  ArrayFile file_;
  std::optional<double> factor_;
};

// The values of an array, times a factor, encoded as spikes when they are read: what encode() gives. The first examples
// are encoded at once, to find mistakes; if none of them spikes, that is a warning (nothing_encoded).
class EncodedOnDisk final : public SpikeSource {
 public:
  using Code = std::variant<LinearLatency, LogLatency>;
  EncodedOnDisk(ArrayFile file, Code code, std::optional<double> factor = std::nullopt);
  std::size_t examples() const override { return file_.rows(); }
  std::size_t neurons() const override;
  std::size_t most_spikes() const override { return examples() * neurons(); }
  SpikeTrains read(std::span<const std::uint32_t> examples) const override;

 private:
  void try_first() const;

  ArrayFile file_;
  Code code_;
  std::optional<double> factor_;
};

// The spike trains of a .npz file, as read_spike_trains gives them; only the offsets are in memory. `prefix`: what
// precedes the names of the arrays, such as "left.". Throws as make_spike_trains, and unsupported unless neurons and
// times are stored uncompressed; read() throws for wrong neurons and times.
class SpikesOnDisk final : public SpikeSource {
 public:
  explicit SpikesOnDisk(const std::filesystem::path& path, const std::string& prefix = {},
                        std::optional<std::size_t> population_size = std::nullopt);
  std::size_t examples() const override { return offsets_.size() - 1; }
  std::size_t neurons() const override { return population_size_; }
  std::size_t most_spikes() const override { return offsets_.back(); }
  SpikeTrains read(std::span<const std::uint32_t> examples) const override;

  // Only the first `count` examples; all if there are fewer.
  SpikesOnDisk first(std::size_t count) const;

 private:
  std::string origin_;  // for messages: `train.npz: left`
  ArrayFile neurons_, times_;
  std::vector<std::size_t> offsets_ = {0};
  std::size_t population_size_ = 0;
};

// ---- Lists of synapses in files

// The synapses of a connection as named arrays:
//   source   integers, synapses: the source neuron; also named pre_ind
//   target   integers, synapses: the target neuron; also named post_ind
//   weight   floating point, synapses, or a scalar for all; also named g; if missing: unset
//   delay    floating point in ms, likewise; also named d; if missing: 0
// Other arrays are ignored. Throws malformed_file for missing arrays, wrong shapes or element types; wrong_data_size if
// arrays differ in length; invalid_value for negative delays and for indices that are negative or do not fit into 32
// bits; non_finite_data. Whether the neurons exist is checked when the network is validated.
Sparse make_sparse(const Arrays& arrays);
// Throws invalid_value for drawn weights or delays.
Arrays to_arrays(const Sparse& sparse);
Sparse read_sparse(const std::filesystem::path& path);
void write_sparse(const std::filesystem::path& path, const Sparse& sparse);

// ---- Installed data sets

namespace datasets {

enum class Split { train, test };

// The folder of Fashion-MNIST: the environment variable SYNFIRE_FASHION_MNIST, else that of the Debian package
// dataset-fashion-mnist.
std::filesystem::path fashion_mnist_folder();
// 60,000 (train) or 10,000 (test) images of 28×28 in 10 classes. Throws file_access, naming the package, if it is
// missing.
LabeledImages fashion_mnist(Split split);

}  // namespace datasets
}  // namespace synfire
