// SPDX-License-Identifier: Apache-2.0
// Latency codes: values as spike times.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>
#include <type_traits>

#include "data/byte_latency.hpp"
#include "data/check_code.hpp"
#include "data/encode_examples.hpp"
#include "synfire/data.hpp"
#include "synfire/error.hpp"
#include "synfire/value.hpp"
#include "synfire/warning.hpp"

namespace synfire {
namespace {

std::string text_of(double number) { return to_string(Value(number)); }

// The shortest text for a float of the data.
std::string text_of_float(double number) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), static_cast<float>(number)).ptr;
  return {text.data(), end};
}

void check_option(bool valid, const std::string& name, const std::string& expected, double given) {
  if (valid) return;
  throw DataError({.kind = ProblemKind::invalid_value,
                   .path = name,
                   .message = "the option is out of range",
                   .expected = expected,
                   .given = text_of(given)});
}

[[noreturn]] void bad_value(ProblemKind kind, std::size_t example, std::size_t element, const std::string& expected,
                            double given, const std::string& hint = {}) {
  throw DataError({.kind = kind,
                   .path = "example " + std::to_string(example) + ", element " + std::to_string(element),
                   .message = "the value cannot be encoded",
                   .hint = hint,
                   .expected = expected,
                   .given = text_of_float(given)});
}

// Zeros are silent; positive values without a spike have a range other than that given to the code.
void tell_of_silence(double threshold, double largest, double max_value) {
  Problem problem{.kind = ProblemKind::nothing_encoded,
                  .path = "encode",
                  .message = "no value exceeds the threshold " + text_of(threshold) +
                             ", so nothing spikes; the largest is " + text_of_float(largest),
                  .hint = "scale the data first, or set the threshold below the largest value"};
  if (std::isfinite(max_value)) {
    problem.message += " (max_value " + text_of(max_value) + ")";
    problem.hint += ", and set max_value";
  }
  if (largest > 0) throw DataError(std::move(problem));
  deliver(make_warning(std::move(problem)));
}

template <class T>
std::size_t elements_of(const Tensor<T>& data) {
  const Extents& shape = data.shape();
  const std::size_t elements = shape.empty() ? 0 : element_count(Extents(shape.begin() + 1, shape.end()));
  // A file of a few bytes can claim any number of empty examples.
  if (elements == 0 && example_count(data) > 0) {
    throw DataError({.kind = ProblemKind::wrong_data_size,
                     .path = "data",
                     .message = "the examples are empty, so there is nothing to encode",
                     .expected = "examples × shape, without an extent of 0",
                     .given = to_string(shape)});
  }
  return elements;
}

// Examples of a data set, by their numbers in it; without numbers, all of it.
struct Part {
  std::span<const std::uint32_t> numbers = {};
  std::size_t number_of(std::size_t example) const { return numbers.empty() ? example : numbers[example]; }
};

// Appends a spike at time(x) for each value x above `threshold`. Values are at most `max_value`.
template <class T, class Time>
SpikeTrains encode_each(const Tensor<T>& data, const Part& part, double threshold, double max_value, const Time& time) {
  const std::size_t examples = example_count(data);
  const std::size_t elements = elements_of(data);
  SpikeTrains trains(elements);
  double largest = -HUGE_VAL;
  std::vector<std::uint32_t> neurons;
  std::vector<float> times;
  for (std::size_t e = 0; e < examples; ++e) {
    neurons.clear();
    times.clear();
    for (std::size_t i = 0; i < elements; ++i) {
      const auto x = static_cast<double>(data[e * elements + i]);
      if (!std::isfinite(x)) bad_value(ProblemKind::non_finite_data, part.number_of(e), i, "finite values", x);
      if (x > max_value)
        bad_value(ProblemKind::invalid_value, part.number_of(e), i, "at most max_value, " + text_of(max_value), x,
                  "set max_value to the largest value, or scale the data");
      largest = std::max(largest, x);
      if (x <= threshold) continue;
      neurons.push_back(static_cast<std::uint32_t>(i));
      times.push_back(static_cast<float>(time(x)));
    }
    trains.add_example(neurons, times);
  }
  const bool is_all = part.numbers.empty() && examples * elements != 0;
  if (is_all && largest <= threshold) tell_of_silence(threshold, largest, max_value);
  return trains;
}

template <class Time>
SpikeTrains encode_values(const Tensor<float>& data, const Part& part, double threshold, double max_value,
                          const Time& time) {
  return encode_each(data, part, threshold, max_value, time);
}

// Bytes have few times, which are sorted once for all examples.
template <class Time>
SpikeTrains encode_values(const Tensor<std::uint8_t>& data, const Part& part, double threshold, double max_value,
                          const Time& time) {
  const std::size_t elements = elements_of(data);
  const ByteLatencies latencies(threshold, max_value, time);
  const std::uint8_t largest = data.empty() ? std::uint8_t{0} : *std::max_element(data.begin(), data.end());
  // Errors and warnings are left to the loop that finds their places.
  if (data.empty() || !latencies.valid() || largest <= threshold || largest > max_value)
    return encode_each(data, part, threshold, max_value, time);
  SpikeTrains trains(elements);
  ByteEncoder encoder(latencies);
  for (std::size_t e = 0; e < example_count(data); ++e)
    encoder.add_example(std::span(data.values()).subspan(e * elements, elements), trains);
  return trains;
}

// Spike times are floats.
bool is_time(double time) { return std::isfinite(static_cast<float>(time)); }

template <class T>
SpikeTrains encode_part(const Tensor<T>& data, const LinearLatency& code, const Part& part) {
  check_code(code);
  const double range = code.max_time - code.min_time;
  return encode_values(data, part, code.threshold, code.max_value,
                       [&](double x) { return (code.max_value - x) / code.max_value * range + code.min_time; });
}

template <class T>
SpikeTrains encode_part(const Tensor<T>& data, const LogLatency& code, const Part& part) {
  check_code(code);
  return encode_values(data, part, code.threshold, HUGE_VAL,
                       [&](double x) { return code.tau_eff * std::log(x / (x - code.threshold)); });
}

}  // namespace

void check_code(const LinearLatency& code) {
  check_option(is_time(code.min_time) && code.min_time >= 0, "min_time", "0 to 3.4e38 ms", code.min_time);
  check_option(is_time(code.max_time) && code.max_time >= code.min_time, "max_time",
               "not before min_time (" + text_of(code.min_time) + "), at most 3.4e38 ms", code.max_time);
  check_option(std::isfinite(code.threshold), "threshold", "a finite value", code.threshold);
  check_option(std::isfinite(code.max_value) && code.max_value > 0, "max_value", "above 0", code.max_value);
}

void check_code(const LogLatency& code) {
  check_option(is_time(code.tau_eff) && code.tau_eff > 0, "tau_eff", "above 0, at most 3.4e38 ms", code.tau_eff);
  check_option(std::isfinite(code.threshold) && code.threshold > 0, "threshold", "above 0", code.threshold);
}

SpikeTrains encode(const Tensor<std::uint8_t>& data, const LinearLatency& code) { return encode_part(data, code, {}); }
SpikeTrains encode(const Tensor<float>& data, const LinearLatency& code) { return encode_part(data, code, {}); }
SpikeTrains encode(const Tensor<std::uint8_t>& data, const LogLatency& code) { return encode_part(data, code, {}); }
SpikeTrains encode(const Tensor<float>& data, const LogLatency& code) { return encode_part(data, code, {}); }

template <class T, class Code>
SpikeTrains encode_examples(const Tensor<T>& data, const Code& code, std::span<const std::uint32_t> numbers) {
  return encode_part(data, code, {.numbers = numbers});
}
template SpikeTrains encode_examples(const Tensor<std::uint8_t>&, const LinearLatency&, std::span<const std::uint32_t>);
template SpikeTrains encode_examples(const Tensor<float>&, const LinearLatency&, std::span<const std::uint32_t>);
template SpikeTrains encode_examples(const Tensor<std::uint8_t>&, const LogLatency&, std::span<const std::uint32_t>);
template SpikeTrains encode_examples(const Tensor<float>&, const LogLatency&, std::span<const std::uint32_t>);

}  // namespace synfire
