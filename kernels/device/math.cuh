// SPDX-License-Identifier: Apache-2.0
//
// Elementary functions on float with the same bits on every machine: they use only + - * /, the correctly rounded
// square root and fused multiply-add, integer operations and selects. No function branches, so a loop over any of them
// vectorizes on the host.
//
// Every function keeps subnormals and is within 2 ulp of the exact value unless its comment gives another range
// (tests/kernels/math_test.cpp has the measured errors). A NaN argument gives NaN unless noted otherwise; which NaN is
// unspecified, as machines differ.
//
// Method: argument reduction after W. J. Cody and W. Waite, "Software Manual for the Elementary
// Functions" (1980), then a polynomial. The polynomials are our own minimax fits: Lawson's iteratively
// reweighted least squares (1961) or Remez's exchange (1934), weighted for the relative error of the
// result, coefficients rounded to float one by one from the lowest and the rest fitted again.
// Floating-point pairs follow T. J. Dekker, "A floating-point technique for extending the available
// precision" (1971), with the product's error from a fused multiply-add.
#pragma once

#include "platform.cuh"

namespace synfire::device {

// ---- Selection and classification -----------------------------------------------------------------

SYNFIRE_FUNCTION u32 select_bits(bool condition, u32 if_true, u32 if_false) {
#if SYNFIRE_CUDA
  return condition ? if_true : if_false;
#else
  // A mask instead of ?:, which GCC turns into a branch that it cannot vectorize when arithmetic may trap.
  const u32 mask = 0u - static_cast<u32>(condition);
  return (if_true & mask) | (if_false & ~mask);
#endif
}

SYNFIRE_FUNCTION float select(bool condition, float if_true, float if_false) {
  return as_float(select_bits(condition, as_bits(if_true), as_bits(if_false)));
}

SYNFIRE_FUNCTION float infinity() { return as_float(0x7f800000u); }
SYNFIRE_FUNCTION float not_a_number() { return as_float(0x7fc00000u); }
SYNFIRE_FUNCTION bool is_nan(float x) { return (as_bits(x) & 0x7fffffffu) > 0x7f800000u; }

SYNFIRE_FUNCTION float absolute(float x) { return as_float(as_bits(x) & 0x7fffffffu); }

// The magnitude of `magnitude` with the sign of `sign`.
SYNFIRE_FUNCTION float copy_sign(float magnitude, float sign) {
  return as_float((as_bits(magnitude) & 0x7fffffffu) | (as_bits(sign) & 0x80000000u));
}

// The smaller operand; -0 is below +0; if one operand is NaN, the other (IEEE 754-2019 minimumNumber).
SYNFIRE_FUNCTION float minimum(float a, float b) {
  const float smaller = select(a < b, a, b);
  const float signed_zero = select(a == b, as_float(as_bits(a) | as_bits(b)), smaller);
  return select(is_nan(b), a, signed_zero);
}

// The larger operand; -0 is below +0; if one operand is NaN, the other (IEEE 754-2019 maximumNumber).
SYNFIRE_FUNCTION float maximum(float a, float b) {
  const float larger = select(a > b, a, b);
  const float signed_zero = select(a == b, as_float(as_bits(a) & as_bits(b)), larger);
  return select(is_nan(b), a, signed_zero);
}

// -1 or 1; a zero keeps its sign, so sign_of(-0) is -0.
SYNFIRE_FUNCTION float sign_of(float x) {
  const float unit = copy_sign(1.0f, x);
  return select(absolute(x) > 0.0f, unit, x);
}

// ---- Rounding -------------------------------------------------------------------------------------

// The nearest whole number, ties to even; keeps the sign of zero.
SYNFIRE_FUNCTION float round_of(float x) {
  constexpr float first_without_fraction = 0x1p23f;
  const float size = absolute(x);
  // The sum has no bits left for a fraction.
  const float rounded = (size + first_without_fraction) - first_without_fraction;
  return select(size < first_without_fraction, copy_sign(rounded, x), x);
}

SYNFIRE_FUNCTION float floor_of(float x) {
  const float rounded = round_of(x);
  return copy_sign(rounded - select(rounded > x, 1.0f, 0.0f), x);
}

SYNFIRE_FUNCTION float ceil_of(float x) {
  const float rounded = round_of(x);
  return copy_sign(rounded + select(rounded < x, 1.0f, 0.0f), x);
}

// Truncates toward zero; saturates at the ends of the range; NaN gives 0.
SYNFIRE_FUNCTION i32 to_i32(float x) {
  const bool above = x >= 0x1p31f;
  const bool below = x < -0x1p31f;
  // The conversion itself sees only what it can represent.
  const float at_least = select(below, -0x1p31f, select(is_nan(x), 0.0f, x));
  const i32 converted = static_cast<i32>(select(above, 0.0f, at_least));
  return static_cast<i32>(select_bits(above, 0x7fffffffu, static_cast<u32>(converted)));
}

// ---- Parts of the elementary functions ------------------------------------------------------------

namespace detail {

// The leading bits of ln 2, and the bits after them.
constexpr float ln2_high = 0x1.62e43p-1f;
constexpr float ln2_low = -0x1.05c61p-29f;
constexpr float log2_e = 0x1.715476p+0f;
constexpr float smallest_normal = 0x1p-126f;

// c0 + c1 x + c2 x^2 + ... by Horner's rule.
SYNFIRE_FUNCTION float polynomial(float, float last) { return last; }

template <typename... Rest>
SYNFIRE_FUNCTION float polynomial(float x, float first, Rest... rest) {
  return fused_multiply_add(x, polynomial(x, rest...), first);
}

// A whole number as float and as two's complement bits.
struct WholeNumber {
  float value;
  u32 bits;
};

// The whole number nearest to x * scale, for |x * scale| < 2^22.
SYNFIRE_FUNCTION WholeNumber nearest_whole(float x, float scale) {
  // Around 1.5 * 2^23 the unit in the last place is 1, so the addition rounds to a whole number.
  constexpr float shift = 0x1.8p23f;
  const float shifted = fused_multiply_add(x, scale, shift);
  return {shifted - shift, as_bits(shifted) - as_bits(shift)};
}

// 2^exponent for -126 <= exponent <= 127.
SYNFIRE_FUNCTION float power_of_two(u32 exponent) { return as_float((exponent + 127u) << 23); }

// x * 2^exponent for -252 <= exponent <= 254, rounded once, for x near 1.
SYNFIRE_FUNCTION float scale_by_power_of_two(float x, u32 exponent) {
  // Two factors: one alone would overflow or be subnormal before the product is.
  const u32 half = static_cast<u32>(static_cast<i32>(exponent) >> 1);
  return x * power_of_two(half) * power_of_two(exponent - half);
}

// x = mantissa * 2^exponent with sqrt(1/2) <= mantissa < sqrt(2).
struct SplitNumber {
  float mantissa;
  float exponent;  // A whole number.
};

// For 0 < x < infinity; other arguments give some finite parts.
SYNFIRE_FUNCTION SplitNumber split_exponent(float x) {
  constexpr u32 root_of_half = 0x3f3504f3u;
  const bool subnormal = x < smallest_normal;
  const u32 bits = as_bits(select(subnormal, x * 0x1p25f, x)) - root_of_half;
  const i32 exponent = (static_cast<i32>(bits) >> 23) - static_cast<i32>(select_bits(subnormal, 25u, 0u));
  return {as_float((bits & 0x007fffffu) + root_of_half), static_cast<float>(exponent)};
}

// x = whole * ln 2 + rest with |rest| <= ln(2) / 2.
struct SplitByLn2 {
  WholeNumber whole;
  float rest;
};

SYNFIRE_FUNCTION SplitByLn2 split_by_ln2(float x) {
  const WholeNumber whole = nearest_whole(x, log2_e);
  const float rest = fused_multiply_add(-whole.value, ln2_high, x);
  return {whole, fused_multiply_add(-whole.value, ln2_low, rest)};
}

SYNFIRE_FUNCTION float clamp_keeping_nan(float x, float low, float high) {
  const float at_least = select(x < low, low, x);
  return select(at_least > high, high, at_least);
}

// log(1 + x) - x + x^2 / 2 for sqrt(1/2) <= 1 + x <= sqrt(2).
SYNFIRE_FUNCTION float logarithm_tail(float x, float square) {
  return x * square *
         polynomial(x, 0x1.555548p-2f, -0x1.000006p-2f, 0x1.99a476p-3f, -0x1.555c46p-3f, 0x1.233ba8p-3f,
                    -0x1.fc287cp-4f, 0x1.e6bf2ap-4f, -0x1.de0344p-4f, 0x1.147728p-4f);
}

// exponent * ln 2 + log(1 + x + x_low), where x_low is far smaller than x.
SYNFIRE_FUNCTION float assemble_logarithm(float exponent, float x, float x_low) {
  const float square = x * x;
  const float small = fused_multiply_add(exponent, ln2_low, logarithm_tail(x, square) + x_low);
  const float mantissa_part = x + fused_multiply_add(-0.5f, square, small);
  return fused_multiply_add(exponent, ln2_high, mantissa_part);
}

// The result, except for an argument that is zero, negative, infinite or NaN.
SYNFIRE_FUNCTION float logarithm_special(float argument, float result) {
  const float with_zero = select(argument == 0.0f, -infinity(), result);
  const float with_infinity = select(argument == infinity(), argument, with_zero);
  return select(argument >= 0.0f, with_infinity, not_a_number());
}

}  // namespace detail

// ---- Exponentials ---------------------------------------------------------------------------------

namespace detail {

// A number as the sum of two; low is below the last place of high.
struct FloatPair {
  float high;
  float low;
};

// For |a| >= |b| or a = 0.
SYNFIRE_FUNCTION FloatPair ordered_sum(float a, float b) {
  const float sum = a + b;
  return {sum, b - (sum - a)};
}

SYNFIRE_FUNCTION FloatPair exponential_pair(float x) {
  // Beyond these bounds the result is 0 or infinity.
  const SplitByLn2 split = split_by_ln2(clamp_keeping_nan(x, -104.0f, 89.0f));
  const float r = split.rest;
  const float tail = polynomial(r, 0x1.fffffcp-2f, 0x1.55548cp-3f, 0x1.5558b8p-5f, 0x1.123e5cp-7f, 0x1.6a4dbap-10f);
  const FloatPair reduced = ordered_sum(1.0f, fused_multiply_add(r * r, tail, r));
  return {scale_by_power_of_two(reduced.high, split.whole.bits), scale_by_power_of_two(reduced.low, split.whole.bits)};
}

}  // namespace detail

SYNFIRE_FUNCTION float exponential(float x) { return detail::exponential_pair(x).high; }

// exp(x) - 1, accurate near 0.
SYNFIRE_FUNCTION float exponential_minus_one(float x) {
  const float bounded = detail::clamp_keeping_nan(x, -18.0f, 89.0f);
  const detail::SplitByLn2 split = detail::split_by_ln2(bounded);
  const float r = split.rest;
  const float tail =
      r * r *
      detail::polynomial(r, 0x1p-1f, 0x1.555556p-3f, 0x1.5554f2p-5f, 0x1.111004p-7f, 0x1.6d4292p-10f, 0x1.a242dap-13f);
  // Half the result, 2^(n - 1) (1 + r + tail) - 1/2: 2^n itself would overflow at the upper end of n.
  const float scale = detail::power_of_two(split.whole.bits - 1u);
  const float result = 2.0f * fused_multiply_add(scale, r + tail, scale - 0.5f);
  return select(absolute(x) < 0x1p-25f, x, result);
}

// 1 / (1 + exp(-x)).
SYNFIRE_FUNCTION float sigmoid(float x) {
  // exp(-|x|) over or, for x >= 0, one over 1 + exp(-|x|).
  const detail::FloatPair decayed = detail::exponential_pair(-absolute(x));
  const detail::FloatPair divisor = detail::ordered_sum(1.0f, decayed.high);
  const float dividend = select(x < 0.0f, decayed.high, 1.0f);
  const float dividend_low = select(x < 0.0f, decayed.low, 0.0f);

  const float reciprocal = 1.0f / divisor.high;
  const float quotient = dividend * reciprocal;
  const float remainder = fused_multiply_add(-quotient, divisor.high, dividend);
  const float remainder_low = fused_multiply_add(-quotient, divisor.low + decayed.low, dividend_low);
  return fused_multiply_add(remainder + remainder_low, reciprocal, quotient);
}

SYNFIRE_FUNCTION float hyperbolic_tangent(float x) {
  const float size = absolute(x);
  const float square = x * x;
  const float tail =
      detail::polynomial(square, -0x1.55553ep-2f, 0x1.1109b8p-3f, -0x1.b8991cp-5f, 0x1.54b37cp-6f, -0x1.8223b4p-8f);
  const float near_zero = fused_multiply_add(size * square, tail, size);
  const float far = 1.0f - 2.0f / (exponential(2.0f * size) + 1.0f);
  return copy_sign(select(size < 0.6f, near_zero, far), x);
}

// ---- Logarithms -----------------------------------------------------------------------------------

// Natural logarithm; -infinity at a zero of either sign, NaN below.
SYNFIRE_FUNCTION float logarithm(float x) {
  const detail::SplitNumber split = detail::split_exponent(x);
  const float result = detail::assemble_logarithm(split.exponent, split.mantissa - 1.0f, 0.0f);
  return detail::logarithm_special(x, result);
}

// log(1 + x), accurate near 0; -infinity at -1, NaN below.
SYNFIRE_FUNCTION float logarithm_one_plus(float x) {
  const float sum = 1.0f + x;
  // What the addition lost, exactly (D. E. Knuth's two-sum).
  const float x_part = sum - 1.0f;
  const float lost = (1.0f - (sum - x_part)) + (x - x_part);

  const detail::SplitNumber split = detail::split_exponent(sum);
  // The part lost of a large sum does not matter, and its exponent has no reciprocal.
  const u32 exponent = static_cast<u32>(static_cast<i32>(split.exponent));
  const float scaled_lost = lost * select(sum < 0x1p60f, detail::power_of_two(0u - exponent), 0.0f);
  const float mantissa_part = split.mantissa - 1.0f;
  const float high = mantissa_part + scaled_lost;
  const float low = scaled_lost - (high - mantissa_part);
  const float result = detail::assemble_logarithm(split.exponent, high, low);
  return select(absolute(x) < 0x1p-25f, x, detail::logarithm_special(sum, result));
}

// ---- Trigonometric functions ----------------------------------------------------------------------

namespace detail {

// x if it has a phase, else a zero of its sign; NaN for an infinity, as 0 * x is.
SYNFIRE_FUNCTION float argument_with_phase(float x) { return select(absolute(x) <= 0x1p22f, x, 0.0f * x); }

// sin(x + quarter_turns * pi / 2) for |x| <= 2^22.
SYNFIRE_FUNCTION float sine_of_turned(float x, u32 quarter_turns) {
  // pi / 2 in three parts.
  constexpr float part1 = 0x1.921fb6p+0f;
  constexpr float part2 = -0x1.777a5cp-25f;
  constexpr float part3 = -0x1.ee59dap-50f;
  constexpr float two_over_pi = 0x1.45f306p-1f;

  const WholeNumber whole = nearest_whole(x, two_over_pi);
  const u32 quadrant = whole.bits + quarter_turns;
  const float high = fused_multiply_add(-whole.value, part2, fused_multiply_add(-whole.value, part1, x));
  const float low = -whole.value * part3;

  const float square = high * high;
  const float sine_tail = polynomial(square, -0x1.555556p-3f, 0x1.111174p-7f, -0x1.a058e4p-13f, 0x1.7bf19ap-19f);
  const float sine = high + fused_multiply_add(high * square, sine_tail, low);
  const float cosine_tail = polynomial(square, -0.5f, 0x1.55554ap-5f, -0x1.6c0c1ap-10f, 0x1.99e0eep-16f);
  const float cosine = 1.0f + fused_multiply_add(square, cosine_tail, -high * low);

  const float unsigned_result = select((quadrant & 1u) != 0u, cosine, sine);
  return as_float(as_bits(unsigned_result) ^ ((quadrant & 2u) << 30));
}

}  // namespace detail

// For |x| <= 2^22, where neighboring floats are up to half a radian apart. Beyond that a float has no meaningful phase,
// and the sine is 0 with the sign of x. NaN at infinity.
SYNFIRE_FUNCTION float sine(float x) {
  const float argument = detail::argument_with_phase(x);
  // The smallest arguments are their own sine; the reduction would lose the sign of zero.
  return select(absolute(argument) < 0x1p-13f, argument, detail::sine_of_turned(argument, 0u));
}

// As sine; the cosine beyond |x| = 2^22 is 1.
SYNFIRE_FUNCTION float cosine(float x) { return detail::sine_of_turned(detail::argument_with_phase(x), 1u); }

// ---- Power ----------------------------------------------------------------------------------------

namespace detail {

SYNFIRE_FUNCTION FloatPair product(float a, FloatPair b) {
  const float high = a * b.high;
  return {high, fused_multiply_add(a, b.low, fused_multiply_add(a, b.high, -high))};
}

SYNFIRE_FUNCTION FloatPair product(FloatPair a, FloatPair b) {
  const FloatPair first = product(a.high, b);
  return {first.high, fused_multiply_add(a.low, b.high, first.low)};
}

// (m - 1) / (m + 1) for m near 1.
SYNFIRE_FUNCTION FloatPair ratio_for_logarithm(float m) {
  const float numerator = m - 1.0f;
  const float denominator = m + 1.0f;
  const float denominator_low = m - (denominator - 1.0f);
  const float reciprocal = 1.0f / denominator;
  const float quotient = numerator * reciprocal;
  const float remainder = fused_multiply_add(-quotient, denominator, numerator);
  return {quotient, fused_multiply_add(-quotient, denominator_low, remainder) * reciprocal};
}

// Base-2 logarithm of a finite x > 0 to about 2^-34: with s = (m - 1) / (m + 1),
// log m = 2 artanh s = 2 s + s^3 (2/3 + s^2 Q(s^2)).
SYNFIRE_FUNCTION FloatPair logarithm_base2(float x) {
  const SplitNumber split = split_exponent(x);
  const FloatPair s = ratio_for_logarithm(split.mantissa);
  const FloatPair square = product(s, s);
  const float q = polynomial(square.high, 0x1.999ap-2f, 0x1.24527cp-2f, 0x1.dfa254p-3f);
  const FloatPair two_thirds = {0x1.555556p-1f, -0x1.555556p-26f};
  FloatPair factor = ordered_sum(two_thirds.high, square.high * q);
  factor.low += two_thirds.low;
  const FloatPair cubic = product(s, product(square, factor));
  FloatPair natural = ordered_sum(2.0f * s.high, cubic.high);
  natural.low += fused_multiply_add(2.0f, s.low, cubic.low);
  const FloatPair fraction = product(natural, FloatPair{log2_e, 0x1.4ae0cp-26f});
  FloatPair result = ordered_sum(split.exponent, fraction.high);
  result.low += fraction.low;
  return result;
}

// 2^x.
SYNFIRE_FUNCTION float exponential_base2(FloatPair x) {
  const bool in_range = absolute(x.high) < 160.0f;
  const float high = select(in_range, x.high, copy_sign(160.0f, x.high));
  const WholeNumber whole = nearest_whole(high, 1.0f);
  const float r = (high - whole.value) + select(in_range, x.low, 0.0f);
  const float slope =
      polynomial(r, 0x1.62e43p-1f, 0x1.ebfbdcp-3f, 0x1.c6af72p-5f, 0x1.3b2ddap-7f, 0x1.5f0f76p-10f, 0x1.417a42p-13f);
  return scale_by_power_of_two(fused_multiply_add(r, slope, 1.0f), whole.bits);
}

// |x|^y for a size of x that is not NaN.
SYNFIRE_FUNCTION float power_of_size(float size, float y) {
  // Any size but 1 is out of range at this exponent; a larger one would overflow internally.
  const float bounded = clamp_keeping_nan(y, -0x1p33f, 0x1p33f);
  const float result = exponential_base2(product(bounded, logarithm_base2(size)));
  const bool at_zero = size == 0.0f;
  const bool rises = (y > 0.0f) != at_zero;
  const bool at_an_end = at_zero | (size == infinity());
  return select(at_an_end, select(rises, infinity(), 0.0f), result);
}

SYNFIRE_FUNCTION bool is_whole(float x) {
  const float size = absolute(x);
  const float rounded = select(size < 0x1p23f, (size + 0x1p23f) - 0x1p23f, size);
  return rounded == size;
}

// Whether a whole number is odd.
SYNFIRE_FUNCTION bool is_odd(float x) {
  const float size = absolute(x);
  // From 2^23 to 2^24 the last bit of a float is its unit; beyond 2^24 a float is even.
  const float shifted = select(size < 0x1p23f, size + 0x1p23f, size);
  const u32 unit = select_bits(shifted < 0x1p24f, as_bits(shifted) & 1u, 0u);
  return unit != 0u;
}

}  // namespace detail

// x^y with the special values of C's pow: 1 if y = 0 or x = 1, whatever the other is, NaN for a finite x < 0 and a y
// that is not whole.
SYNFIRE_FUNCTION float power(float x, float y) {
  const float size = absolute(x);
  const bool whole = detail::is_whole(y);
  const bool odd = detail::is_odd(y);
  const u32 sign = select_bits(whole & odd, as_bits(x) & 0x80000000u, 0u);
  const float result = as_float(as_bits(detail::power_of_size(size, y)) | sign);
  const bool no_root = (x < 0.0f) & (size < infinity()) & !whole;
  const float real = select(no_root, not_a_number(), result);
  const float with_nan = select(is_nan(y), y, select(is_nan(x), x, real));
  return select((y == 0.0f) | (x == 1.0f), 1.0f, with_nan);
}

}  // namespace synfire::device
