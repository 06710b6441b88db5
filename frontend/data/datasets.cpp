// SPDX-License-Identifier: Apache-2.0
// Data sets: where they are installed, and subsets of them.
#include <cmath>
#include <cstdlib>
#include <system_error>

#include "synfire/data.hpp"
#include "synfire/error.hpp"

namespace synfire {
namespace {

void check_range(std::size_t begin, std::size_t end, std::size_t examples) {
  if (begin <= end && end <= examples) return;
  throw DataError({.kind = ProblemKind::wrong_data_size,
                   .path = "data",
                   .message = "the range of examples is out of bounds",
                   .expected = "examples within [0, " + std::to_string(examples) + ")",
                   .given = "[" + std::to_string(begin) + ", " + std::to_string(end) + ")"});
}

}  // namespace

template <class T>
Tensor<float> scale(const Tensor<T>& values, double factor) {
  Tensor<float> scaled(values.shape());
  for (std::size_t i = 0; i < values.size(); ++i) {
    scaled[i] = static_cast<float>(static_cast<double>(values[i]) * factor);
  }
  return scaled;
}

template Tensor<float> scale(const Tensor<std::uint8_t>&, double);
template Tensor<float> scale(const Tensor<std::int8_t>&, double);
template Tensor<float> scale(const Tensor<std::int32_t>&, double);
template Tensor<float> scale(const Tensor<std::int64_t>&, double);
template Tensor<float> scale(const Tensor<float>&, double);

template <class T>
Tensor<T> slice(const Tensor<T>& data, std::size_t begin, std::size_t end) {
  check_range(begin, end, example_count(data));
  Extents shape = data.shape();
  if (shape.empty()) return data;
  const std::size_t elements = shape[0] == 0 ? 0 : data.size() / shape[0];
  shape[0] = end - begin;
  const T* const values = data.data();
  return Tensor<T>(shape, std::vector<T>(values + begin * elements, values + end * elements));
}

template Tensor<std::uint8_t> slice(const Tensor<std::uint8_t>&, std::size_t, std::size_t);
template Tensor<std::int8_t> slice(const Tensor<std::int8_t>&, std::size_t, std::size_t);
template Tensor<std::int32_t> slice(const Tensor<std::int32_t>&, std::size_t, std::size_t);
template Tensor<std::int64_t> slice(const Tensor<std::int64_t>&, std::size_t, std::size_t);
template Tensor<float> slice(const Tensor<float>&, std::size_t, std::size_t);
template Tensor<double> slice(const Tensor<double>&, std::size_t, std::size_t);

SpikeTrains slice(const SpikeTrains& data, std::size_t begin, std::size_t end) {
  check_range(begin, end, data.examples());
  SpikeTrains result(data.neurons());
  for (std::size_t e = begin; e < end; ++e) {
    const auto from = static_cast<std::ptrdiff_t>(data.offsets()[e]);
    const auto to = static_cast<std::ptrdiff_t>(data.offsets()[e + 1]);
    result.add_example({data.spike_neurons().begin() + from, data.spike_neurons().begin() + to},
                       {data.spike_times().begin() + from, data.spike_times().begin() + to});
  }
  return result;
}

LabeledImages slice(const LabeledImages& data, std::size_t begin, std::size_t end) {
  return {slice(data.images, begin, end), slice(data.labels, begin, end)};
}

std::size_t example_count(const SpikeTrains& data) { return data.examples(); }
std::size_t example_count(const LabeledImages& data) { return example_count(data.images); }

std::size_t split_point(std::size_t examples, double validation_split) {
  if (!(validation_split >= 0 && validation_split <= 1)) {
    throw DataError({.kind = ProblemKind::invalid_value,
                     .path = "validation_split",
                     .message = "the fraction of examples for validation is out of range",
                     .expected = "0 to 1",
                     .given = std::to_string(validation_split)});
  }
  return static_cast<std::size_t>(std::nearbyint((1 - validation_split) * static_cast<double>(examples)));
}

namespace datasets {

std::filesystem::path fashion_mnist_folder() {
  const char* const folder = std::getenv("SYNFIRE_FASHION_MNIST");
  return folder != nullptr && *folder != '\0' ? folder : "/usr/share/datasets/fashion-mnist";
}

LabeledImages fashion_mnist(Split split) {
  const std::filesystem::path folder = fashion_mnist_folder();
  const std::string prefix = split == Split::train ? "train" : "t10k";
  const std::filesystem::path images = folder / (prefix + "-images-idx3-ubyte.gz");
  const std::filesystem::path labels = folder / (prefix + "-labels-idx1-ubyte.gz");
  for (const std::filesystem::path& file : {images, labels}) {
    std::error_code error;
    if (std::filesystem::exists(file, error)) continue;
    throw DataError({.kind = ProblemKind::file_access,
                     .path = file.string(),
                     .message = "Fashion-MNIST is not installed",
                     .hint = "install the Debian package dataset-fashion-mnist, or set the environment variable "
                             "SYNFIRE_FASHION_MNIST to its folder"});
  }
  return read_idx(images, labels);
}

}  // namespace datasets
}  // namespace synfire
