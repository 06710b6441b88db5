// SPDX-License-Identifier: Apache-2.0
// Data that stay in files: values and encoded values.
#include <algorithm>
#include <numeric>
#include <utility>

#include "data/check_code.hpp"
#include "data/encode_examples.hpp"
#include "synfire/data.hpp"
#include "synfire/error.hpp"
#include "synfire/warning.hpp"

namespace synfire {
namespace {

// Of the examples that are tried before all others are read.
constexpr std::size_t most_tried = 256, most_tried_bytes = std::size_t{1} << 24;

Tensor<float> convert(const Array& array, std::optional<double> factor) {
  return factor ? array.to_float(*factor) : array.as_float();
}

// Converts each example alone, so that an error names it.
[[noreturn]] void convert_one_by_one(const ArrayFile& file, std::span<const std::uint32_t> examples,
                                     std::optional<double> factor, const DataError& error) {
  for (const std::uint32_t example : examples) {
    Array one = file.read(example, 1);
    one.set_origin(file.origin() + ", example " + std::to_string(example));
    convert(one, factor);
  }
  throw DataError(error.problems());
}

Tensor<float> read_converted(const ArrayFile& file, std::span<const std::uint32_t> examples,
                             std::optional<double> factor) {
  const Array array = file.read(examples);
  try {
    return convert(array, factor);
  } catch (const DataError& error) {
    convert_one_by_one(file, examples, factor, error);
  }
}

}  // namespace

ValuesOnDisk::ValuesOnDisk(ArrayFile file, std::optional<double> factor) : file_(std::move(file)), factor_(factor) {
  if (factor_ || is_floating(file_.type())) return;
  throw DataError({.kind = ProblemKind::wrong_data_size,
                   .path = file_.origin(),
                   .message = "integers are not converted to floating point implicitly",
                   .hint = "give a factor, for example 1.0 / 255",
                   .expected = "elements of type f2, f4 or f8",
                   .given = to_string(file_.type())});
}

void ValuesOnDisk::read(std::span<const std::uint32_t> examples, std::span<float> into) const {
  if (!factor_ && file_.has_floats()) return file_.read(examples, std::as_writable_bytes(into));
  const Tensor<float> values = read_converted(file_, examples, factor_);
  require_room(into.size(), values.size(), file_.origin());
  std::copy(values.begin(), values.end(), into.begin());
}

EncodedOnDisk::EncodedOnDisk(ArrayFile file, Code code, std::optional<double> factor)
    : file_(std::move(file)), code_(code), factor_(factor) {
  std::visit([](const auto& each) { check_code(each); }, code_);
  if (examples() != 0) try_first();
}

void EncodedOnDisk::try_first() const {
  const std::size_t of_example = std::max<std::size_t>(file_.row_bytes(), 1);
  const std::size_t count = std::min({examples(), most_tried, std::max<std::size_t>(most_tried_bytes / of_example, 1)});
  std::vector<std::uint32_t> first(count);
  std::iota(first.begin(), first.end(), 0u);
  if (read(first).spikes() != 0) return;
  deliver(make_warning({.kind = ProblemKind::nothing_encoded,
                        .path = file_.origin(),
                        .message = "no value of the first " + std::to_string(count) +
                                   " examples exceeds the threshold, so none of them spikes",
                        .hint = "scale the data first, or set the threshold below the largest value"}));
}

std::size_t EncodedOnDisk::neurons() const {
  return examples() == 0 ? 0 : file_.row_bytes() / element_size(file_.type());
}

SpikeTrains EncodedOnDisk::read(std::span<const std::uint32_t> examples) const {
  const auto encoded = [&](const auto& values) {
    try {
      return std::visit([&](const auto& code) { return encode_examples(values, code, examples); }, code_);
    } catch (const DataError& error) {
      std::vector<Problem> problems = error.problems();
      for (Problem& problem : problems) problem.path = file_.origin() + ": " + problem.path;
      throw DataError(std::move(problems));
    }
  };
  // Bytes give the same spikes as their floats, and are encoded faster.
  if (!factor_ && file_.type() == DataType::u8) {
    Tensor<std::uint8_t> bytes({examples.size(), neurons()});
    file_.read(examples, std::as_writable_bytes(std::span(bytes.data(), bytes.size())));
    return encoded(bytes);
  }
  const bool as_stored = !factor_ && is_floating(file_.type());
  return encoded(read_converted(file_, examples, as_stored ? std::nullopt : std::optional(factor_.value_or(1))));
}

}  // namespace synfire
