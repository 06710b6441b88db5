// SPDX-License-Identifier: Apache-2.0
#include "lower/operations.hpp"

#include <map>
#include <stdexcept>

namespace synfire::codegen {

using language::BinaryOperator;

Operation operation_of(language::UnaryOperator operation) {
  return operation == language::UnaryOperator::negate ? Operation::negate : Operation::logical_not;
}

Operation operation_of(BinaryOperator operation) {
  switch (operation) {
    case BinaryOperator::add: return Operation::add;
    case BinaryOperator::subtract: return Operation::subtract;
    case BinaryOperator::multiply: return Operation::multiply;
    case BinaryOperator::divide: return Operation::divide;
    case BinaryOperator::power: return Operation::power;
    case BinaryOperator::less: return Operation::less;
    case BinaryOperator::less_equal: return Operation::less_equal;
    case BinaryOperator::greater: return Operation::greater;
    case BinaryOperator::greater_equal: return Operation::greater_equal;
    case BinaryOperator::equal: return Operation::equal;
    case BinaryOperator::not_equal: return Operation::not_equal;
    case BinaryOperator::logical_and: return Operation::logical_and;
    case BinaryOperator::logical_or: return Operation::logical_or;
  }
  throw std::logic_error("unknown operator");
}

Operation operation_of(const std::string& function) {
  static const std::map<std::string, Operation, std::less<>> operations{{"abs", Operation::absolute},
                                                                        {"ceil", Operation::ceiling},
                                                                        {"cos", Operation::cosine},
                                                                        {"exp", Operation::exponential},
                                                                        {"expm1", Operation::exponential_minus_one},
                                                                        {"floor", Operation::floor},
                                                                        {"log", Operation::logarithm},
                                                                        {"log1p", Operation::logarithm_one_plus},
                                                                        {"max", Operation::maximum},
                                                                        {"min", Operation::minimum},
                                                                        {"pow", Operation::power},
                                                                        {"round", Operation::round},
                                                                        {"sign", Operation::sign},
                                                                        {"sin", Operation::sine},
                                                                        {"sqrt", Operation::square_root},
                                                                        {"tanh", Operation::hyperbolic_tangent},
                                                                        {"sigmoid", Operation::sigmoid}};
  const auto found = operations.find(function);
  if (found == operations.end()) throw std::logic_error("no operation for " + function);
  return found->second;
}

}  // namespace synfire::codegen
