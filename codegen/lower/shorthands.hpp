// SPDX-License-Identifier: Apache-2.0
// Shorthands for program expressions, for passes that build many.
#pragma once

#include <string>
#include <vector>

#include "synfire/codegen/program.hpp"

namespace synfire::codegen {

using Names = std::vector<std::string>;
using Values = std::vector<Expr>;

inline void append(std::vector<Phase>& to, const std::vector<Phase>& phases) {
  to.insert(to.end(), phases.begin(), phases.end());
}
inline Expr number(std::uint32_t value) { return constant(value, Type::u32); }
inline Expr f32(const std::string& name) { return local(name, Type::f32); }
inline Values locals_of(const Names& names) {
  Values values;
  for (const std::string& name : names) values.push_back(f32(name));
  return values;
}
inline Expr greater(const Expr& a, const Expr& b) { return apply(Operation::greater, {a, b}); }
inline Expr less(const Expr& a, const Expr& b) { return apply(Operation::less, {a, b}); }
inline Expr both(const Expr& a, const Expr& b) { return apply(Operation::logical_and, {a, b}); }
inline Expr either(const Expr& a, const Expr& b) { return apply(Operation::logical_or, {a, b}); }
inline Expr opposite(const Expr& a) { return apply(Operation::logical_not, {a}); }
inline Expr quotient(const Expr& a, const Expr& b) { return apply(Operation::divide, {a, b}); }
inline Expr product_u32(const Expr& a, std::uint32_t b) { return apply(Operation::multiply, {a, number(b)}); }
inline Expr sum_u32(const Expr& a, const Expr& b) { return apply(Operation::add, {a, b}); }
inline Expr quotient_u32(const Expr& a, std::uint32_t b) { return apply(Operation::divide, {a, number(b)}); }
// No division by 1.
inline Expr rest_u32(const Expr& a, std::uint32_t b) {
  return b == 1 ? number(0) : apply(Operation::modulo, {a, number(b)});
}

}  // namespace synfire::codegen
