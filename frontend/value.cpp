// SPDX-License-Identifier: Apache-2.0
#include "synfire/value.hpp"

#include <array>
#include <charconv>
#include <utility>

#include "synfire/error.hpp"
#include "synfire/npz.hpp"

namespace synfire {
namespace {

std::string print_number(double value) {
  std::array<char, 32> buffer;
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr};
}

const char* print_distribution(Distribution distribution) {
  return distribution == Distribution::uniform ? "uniform" : "normal";
}

// Infinite bounds are omitted.
std::string print_bounds(double min, double max) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  std::string text;
  if (min != -infinity) text += ", min " + print_number(min);
  if (max != infinity) text += ", max " + print_number(max);
  return text;
}

struct PrintInitializer {
  std::string operator()(const Constant& value) const { return print_number(value.value); }
  std::string operator()(const Normal& value) const {
    return "normal(mean " + print_number(value.mean) + ", sd " + print_number(value.sd) +
           print_bounds(value.min, value.max) + ')';
  }
  std::string operator()(const Uniform& value) const {
    return "uniform(min " + print_number(value.min) + ", max " + print_number(value.max) + ')';
  }
  std::string operator()(const Xavier& value) const {
    return "xavier(gain " + print_number(value.gain) + ", " + print_distribution(value.distribution) + ')';
  }
  std::string operator()(const Kaiming& value) const {
    return "kaiming(gain " + print_number(value.gain) + ", " + print_distribution(value.distribution) + ')';
  }
};

std::string print_content(const Value& value) {
  if (value.is_number()) return print_number(value.number());
  if (value.is_flag()) return value.flag() ? "true" : "false";
  if (value.is_initializer()) return std::visit(PrintInitializer{}, value.initializer());
  if (value.is_array()) return "array " + to_string(value.array().shape());
  if (value.is_name()) return '"' + value.name() + '"';
  return "unset";
}

Tensor<float> matrix(std::initializer_list<std::initializer_list<double>> rows) {
  const std::size_t columns = rows.size() == 0 ? 0 : rows.begin()->size();
  std::vector<float> values;
  std::size_t index = 0;
  for (const auto& row : rows) {
    if (row.size() != columns) {
      throw DataError({.kind = ProblemKind::wrong_data_size,
                       .path = "row " + std::to_string(index),
                       .message = "the rows of a matrix differ in length",
                       .expected = std::to_string(columns) + " elements",
                       .given = std::to_string(row.size())});
    }
    for (const double element : row) values.push_back(static_cast<float>(element));
    ++index;
  }
  return {{rows.size(), columns}, std::move(values)};
}

Tensor<float> flat(std::vector<float> array) {
  const std::size_t elements = array.size();
  return {{elements}, std::move(array)};
}

}  // namespace

Value::Value(std::vector<float> array) : content_(flat(std::move(array))) {}

Tensor<float> Value::rounded(const std::vector<double>& array) {
  return rounded(Tensor<double>({array.size()}, array));
}
Tensor<float> Value::rounded(const Tensor<double>& array) { return Array(array).as<float>(); }

Value::Value(std::initializer_list<std::initializer_list<double>> rows) : content_(matrix(rows)) {}

Value::Value(Initializer initializer) {
  // A constant has one form only, so that equal values compare equal.
  if (const auto* constant = std::get_if<Constant>(&initializer)) {
    content_ = constant->value;
  } else {
    content_ = initializer;
  }
}

Value Value::with_content(const Value& other) const {
  Value result = *this;
  result.content_ = other.content_;
  return result;
}

std::string_view to_string(WeightSign sign) {
  switch (sign) {
    case WeightSign::any: return "any";
    case WeightSign::keep: return "keep";
  }
  return "unknown";
}

Value trainable(Value value, Trainable how) {
  value.training_ = how;
  value.frozen_ = false;
  return value;
}

Value frozen(Value value) {
  value.training_.reset();
  value.frozen_ = true;
  return value;
}

std::string to_string(const Value& value) {
  std::string text = print_content(value);
  if (value.is_frozen()) return "frozen(" + text + ')';
  if (!value.training()) return text;
  const Trainable& how = *value.training();
  text += print_bounds(how.min, how.max);
  if (how.learning_rate) text += ", learning rate " + print_number(*how.learning_rate);
  if (how.l1) text += ", L1 " + print_number(*how.l1);
  if (how.l2) text += ", L2 " + print_number(*how.l2);
  if (how.sign == WeightSign::keep) text += ", signs kept";
  if (how.keep_zeros) text += ", zeros kept";
  if (how.max_norm) text += ", norm at most " + print_number(*how.max_norm);
  if (how.noise != 0) text += ", noise " + print_number(how.noise);
  return "trainable(" + text + ')';
}

}  // namespace synfire
