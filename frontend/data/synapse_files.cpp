// SPDX-License-Identifier: Apache-2.0
// Lists of synapses as arrays of a .npz file.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "data/named_arrays.hpp"
#include "synfire/data.hpp"
#include "synfire/error.hpp"

namespace synfire {
namespace {

// The name of an existing array, ours or the other; nothing if neither exists.
std::optional<std::string> name_in(const NamedArrays& arrays, const std::string& name, const std::string& other) {
  if (arrays.has(name) && arrays.has(other)) {
    malformed(arrays.path_of(other), "the array is given under two names", "\"" + name + "\" or \"" + other + "\"",
              "both");
  }
  if (arrays.has(name)) return name;
  return arrays.has(other) ? std::optional(other) : std::nullopt;
}

std::vector<std::uint32_t> indices(const NamedArrays& arrays, const std::string& name, const std::string& other) {
  return arrays.list<std::uint32_t>(name_in(arrays, name, other).value_or(name));
}

void check_length(const NamedArrays& arrays, const std::string& name, std::size_t expected, std::size_t given) {
  if (given == expected) return;
  throw DataError({.kind = ProblemKind::wrong_data_size,
                   .path = arrays.path_of(name),
                   .message = "the arrays of the synapses differ in length",
                   .expected = std::to_string(expected) + " synapses",
                   .given = std::to_string(given)});
}

// Throws for the first number that is NaN, infinite or below `least`.
template <class Number>
void check_numbers(const std::vector<Number>& numbers, double least, const std::string& path) {
  for (std::size_t k = 0; k < numbers.size(); ++k) {
    const auto number = static_cast<double>(numbers[k]);
    if (std::isfinite(number) && number >= least) continue;
    throw DataError({.kind = std::isfinite(number) ? ProblemKind::invalid_value : ProblemKind::non_finite_data,
                     .path = path + '[' + std::to_string(k) + ']',
                     .message = std::isfinite(number) ? "the delay is negative" : "the value is not finite",
                     .expected = std::isfinite(number) ? "≥ 0 ms" : "a finite number",
                     .given = to_string(Value(number))});
  }
}

// One number for all synapses, or one for each; unset if there is no such array.
Value values(const NamedArrays& arrays, const std::string& name, const std::string& other, double least,
             std::size_t synapses) {
  const auto present = name_in(arrays, name, other);
  if (!present) return {};
  if (arrays.find(*present).shape().empty()) {
    const std::vector<double> number = arrays.list<double>(*present, 0);
    check_numbers(number, least, arrays.path_of(*present));
    return number.front();
  }
  std::vector<float> numbers = arrays.list<float>(*present);
  check_length(arrays, *present, synapses, numbers.size());
  check_numbers(numbers, least, arrays.path_of(*present));
  return numbers;
}

void put(Arrays& arrays, const std::string& name, const Value& value) {
  if (value.is_number()) {
    arrays[name] = Tensor<double>({}, {value.number()});
  } else if (value.is_array()) {
    arrays[name] = value.array();
  } else if (value.is_set()) {
    throw DataError({.kind = ProblemKind::invalid_value,
                     .path = name,
                     .message = "only numbers and arrays can be written to files",
                     .hint = "use a number or an array: an initializer is drawn when a network is compiled",
                     .expected = "a number or an array",
                     .given = to_string(value)});
  }
}

}  // namespace

Sparse make_sparse(const Arrays& arrays) {
  const NamedArrays named(arrays, "source and target, or pre_ind and post_ind");
  Sparse sparse;
  sparse.sources = indices(named, "source", "pre_ind");
  sparse.targets = indices(named, "target", "post_ind");
  const std::size_t synapses = sparse.sources.size();
  check_length(named, *name_in(named, "target", "post_ind"), synapses, sparse.targets.size());
  sparse.weight = values(named, "weight", "g", -std::numeric_limits<double>::infinity(), synapses);
  const Value delay = values(named, "delay", "d", 0.0, synapses);
  if (delay.is_set()) sparse.delay = delay;
  return sparse;
}

Arrays to_arrays(const Sparse& sparse) {
  Arrays arrays;
  arrays["source"] = Tensor<std::uint32_t>({sparse.sources.size()}, sparse.sources);
  arrays["target"] = Tensor<std::uint32_t>({sparse.targets.size()}, sparse.targets);
  put(arrays, "weight", sparse.weight);
  put(arrays, "delay", sparse.delay);
  return arrays;
}

Sparse read_sparse(const std::filesystem::path& path) { return make_sparse(read_npz(path)); }

void write_sparse(const std::filesystem::path& path, const Sparse& sparse) { write_npz(path, to_arrays(sparse)); }

}  // namespace synfire
