// SPDX-License-Identifier: Apache-2.0
#include "synfire/contract/step_term.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

namespace synfire::contract {
namespace {

struct Operation {
  std::string_view name;
  double (*value)(const double* x);
};

// Rounding is half to even, as on the device.
constexpr std::array operations = std::to_array<Operation>({
    {"abs", [](const double* x) { return std::abs(x[0]); }},
    {"ceil", [](const double* x) { return std::ceil(x[0]); }},
    {"cos", [](const double* x) { return std::cos(x[0]); }},
    {"exp", [](const double* x) { return std::exp(x[0]); }},
    {"expm1", [](const double* x) { return std::expm1(x[0]); }},
    {"floor", [](const double* x) { return std::floor(x[0]); }},
    {"log", [](const double* x) { return std::log(x[0]); }},
    {"log1p", [](const double* x) { return std::log1p(x[0]); }},
    {"max", [](const double* x) { return std::max(x[0], x[1]); }},
    {"min", [](const double* x) { return std::min(x[0], x[1]); }},
    {"pow", [](const double* x) { return std::pow(x[0], x[1]); }},
    {"round", [](const double* x) { return std::nearbyint(x[0]); }},
    {"sign", [](const double* x) { return x[0] > 0 ? 1.0 : (x[0] < 0 ? -1.0 : 0.0); }},
    {"sin", [](const double* x) { return std::sin(x[0]); }},
    {"sqrt", [](const double* x) { return std::sqrt(x[0]); }},
    {"tanh", [](const double* x) { return std::tanh(x[0]); }},
    {"sigmoid", [](const double* x) { return 1.0 / (1.0 + std::exp(-x[0])); }},
    {"negate", [](const double* x) { return -x[0]; }},
    {"not", [](const double* x) { return x[0] == 0 ? 1.0 : 0.0; }},
    {"+", [](const double* x) { return x[0] + x[1]; }},
    {"-", [](const double* x) { return x[0] - x[1]; }},
    {"*", [](const double* x) { return x[0] * x[1]; }},
    {"/", [](const double* x) { return x[0] / x[1]; }},
    {"<", [](const double* x) { return x[0] < x[1] ? 1.0 : 0.0; }},
    {"<=", [](const double* x) { return x[0] <= x[1] ? 1.0 : 0.0; }},
    {">", [](const double* x) { return x[0] > x[1] ? 1.0 : 0.0; }},
    {">=", [](const double* x) { return x[0] >= x[1] ? 1.0 : 0.0; }},
    {"==", [](const double* x) { return x[0] == x[1] ? 1.0 : 0.0; }},
    {"!=", [](const double* x) { return x[0] != x[1] ? 1.0 : 0.0; }},
    {"and", [](const double* x) { return x[0] != 0 && x[1] != 0 ? 1.0 : 0.0; }},
    {"or", [](const double* x) { return x[0] != 0 || x[1] != 0 ? 1.0 : 0.0; }},
    {"if", [](const double* x) { return x[0] != 0 ? x[1] : x[2]; }},
});

const Operation* find(std::string_view name) {
  const auto* const found = std::find_if(operations.begin(), operations.end(),
                                         [&](const Operation& operation) { return operation.name == name; });
  return found == operations.end() ? nullptr : found;
}

}  // namespace

bool can_apply(std::string_view operation) { return find(operation) != nullptr; }

double apply_in_double(std::string_view operation, std::span<const double> operands) {
  const Operation* const known = find(operation);
  if (known == nullptr) throw std::logic_error("no value in double precision: " + std::string(operation));
  return known->value(operands.data());
}

double evaluate(const StepTerm& term, std::uint64_t step) {
  std::vector<double> stack;
  for (const StepTerm::Instruction& instruction : term.code) {
    if (instruction.operation == "number") {
      stack.push_back(instruction.number);
    } else if (instruction.operation == "step") {
      stack.push_back(static_cast<double>(step));
    } else {
      if (instruction.operands > stack.size()) throw std::logic_error("a term takes more operands than it has");
      const double value = apply_in_double(instruction.operation, std::span(stack).last(instruction.operands));
      stack.resize(stack.size() - instruction.operands);
      stack.push_back(value);
    }
  }
  if (stack.size() != 1) throw std::logic_error("a term has no single value");
  return stack.back();
}

}  // namespace synfire::contract
