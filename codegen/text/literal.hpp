// SPDX-License-Identifier: Apache-2.0
// Formats numbers, all in one place.
#pragma once

#include <cstdint>
#include <string>

#include "synfire/codegen/program.hpp"

namespace synfire::codegen::text {

// A C++ literal with exactly this value: short decimals as they are (`0.5f`), everything else in hexadecimal.
std::string float_literal(float value);
// A double literal: the shortest decimal that reads back as the same number.
std::string double_literal(double value);
// `true`, `7u`, `-3`, or a float or double literal.
std::string literal(double value, Type type);
// `0x1ffull`.
std::string key_literal(std::uint64_t key);
// The shortest decimal that reads back as the same number, for comments and listings.
std::string decimal(double value);

}  // namespace synfire::codegen::text
