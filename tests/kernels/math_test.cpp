// SPDX-License-Identifier: Apache-2.0
// The elementary functions of kernels/device against the C library in double.
#include <gtest/gtest.h>

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "math.cuh"

namespace {

namespace device = synfire::device;
using device::as_bits;
using device::as_float;

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

// The distance of two neighboring floats at `exact`.
double unit_in_last_place(double exact) {
  const int exponent = exact == 0.0 ? -149 : std::max(std::ilogb(exact) - 23, -149);
  return std::ldexp(1.0, exponent);
}

// The error of a result in units in the last place; DBL_MAX for a wrong NaN, infinity or sign of zero.
double error_in_ulp(float result, double exact) {
  constexpr double wrong_kind = DBL_MAX;
  const float rounded = static_cast<float>(exact);
  if (std::isnan(result) || std::isnan(exact)) return std::isnan(result) && std::isnan(exact) ? 0.0 : wrong_kind;
  if (result == 0.0f && rounded == 0.0f && std::signbit(result) != std::signbit(rounded)) return wrong_kind;
  if (std::isinf(exact) || (std::isinf(result) && std::isinf(rounded))) return result == rounded ? 0.0 : wrong_kind;
  // Infinity instead of the largest float counts as the next number.
  const double value = std::isinf(result) ? std::copysign(0x1p128, result) : static_cast<double>(result);
  return std::fabs(value - exact) / unit_in_last_place(exact);
}

// The result of a sweep: the largest error, and a hash of all results.
struct Sweep {
  double worst = 0.0;
  float at = 0.0f;
  std::uint64_t hash = 14695981039346656037u;

  void add(float argument, float result, double exact) {
    const double error = error_in_ulp(result, exact);
    if (error > worst) {
      worst = error;
      at = argument;
    }
    // NaNs differ between machines.
    hash = (hash ^ (std::isnan(result) ? 0x7fc00000u : as_bits(result))) * 1099511628211u;
  }
};

// Bit patterns of all floats in strides: a prime, so that the low bits vary.
constexpr std::uint64_t step = 509;

template <typename Function, typename Exact>
Sweep sweep_all_floats(Function function, Exact exact) {
  Sweep sweep;
  for (std::uint64_t bits = 0; bits < (1ull << 32); bits += step) {
    const float x = as_float(static_cast<device::u32>(bits));
    sweep.add(x, function(x), exact(static_cast<double>(x)));
  }
  return sweep;
}

// The limits below are the measured errors, rounded up.
void expect_error_within(const Sweep& sweep, double limit) {
  EXPECT_LE(sweep.worst, limit) << "at " << std::hexfloat << sweep.at;
  ::testing::Test::RecordProperty("max_ulp", std::to_string(sweep.worst));
}

// Hashes of all results, identical for every compiler and machine. If a hash changes, so do the results of every
// simulation that uses the function.
void expect_bits(const Sweep& sweep, std::uint64_t hash) {
  EXPECT_EQ(sweep.hash, hash) << "0x" << std::hex << sweep.hash;
}

void expect_same_value(float result, float expected) {
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(result)) << result;
  } else {
    EXPECT_EQ(as_bits(result), as_bits(expected)) << result << " instead of " << expected;
  }
}

struct Value {
  float argument;
  float result;
};

template <typename Function>
void expect_values(Function function, const std::vector<Value>& values) {
  for (const Value& value : values) {
    SCOPED_TRACE(::testing::Message() << "argument " << value.argument);
    expect_same_value(function(value.argument), value.result);
  }
}

// Results of neighboring floats in an interval are monotonic up to one unit in the last place.
template <typename Function>
void expect_rising(Function function, float from, float to) {
  for (float x = from; x < to;) {
    const float next = std::nextafter(x, infinity);
    const float allowed = std::nextafter(function(x), -infinity);
    ASSERT_GE(function(next), allowed) << "at " << std::hexfloat << x;
    // For distant arguments, results are strictly monotonic.
    const float far = x + std::max(std::fabs(x) * 0x1p-12f, 0x1p-140f);
    ASSERT_GE(function(far), function(x)) << "at " << std::hexfloat << x;
    x = far;
  }
}

TEST(ErrorInUlp, CountsUnitsAndRefusesWrongKinds) {
  EXPECT_EQ(error_in_ulp(1.0f, 1.0), 0.0);
  EXPECT_EQ(error_in_ulp(std::nextafter(1.0f, 2.0f), 1.0), 1.0);
  EXPECT_EQ(error_in_ulp(0x1p-149f, 0.0), 1.0);
  EXPECT_EQ(error_in_ulp(-0.0f, 0.0), DBL_MAX);
  EXPECT_EQ(error_in_ulp(nan, 0.0), DBL_MAX);
  EXPECT_EQ(error_in_ulp(infinity, -HUGE_VAL), DBL_MAX);
  EXPECT_EQ(error_in_ulp(infinity, 0x1.fffffep127), 1.0);
  EXPECT_GT(error_in_ulp(infinity, 0x1p120), 2.0);
  EXPECT_EQ(error_in_ulp(FLT_MAX, HUGE_VAL), DBL_MAX);
  EXPECT_GT(error_in_ulp(FLT_MAX, 1e300), 2.0);
}

TEST(Math, ExponentialIsAccurate) {
  const Sweep sweep =
      sweep_all_floats([](float x) { return device::exponential(x); }, [](double x) { return std::exp(x); });
  expect_error_within(sweep, 1.0);
  expect_bits(sweep, 0xc0f139eb2004e811);
}

TEST(Math, ExponentialMinusOneIsAccurate) {
  const Sweep sweep = sweep_all_floats([](float x) { return device::exponential_minus_one(x); },
                                       [](double x) { return std::expm1(x); });
  expect_error_within(sweep, 1.4);
  expect_bits(sweep, 0xaed6b91413935600);
}

TEST(Math, LogarithmIsAccurate) {
  const Sweep sweep =
      sweep_all_floats([](float x) { return device::logarithm(x); }, [](double x) { return std::log(x); });
  expect_error_within(sweep, 0.8);
  expect_bits(sweep, 0x8f4999e1364a011b);
}

TEST(Math, LogarithmOnePlusIsAccurate) {
  const Sweep sweep =
      sweep_all_floats([](float x) { return device::logarithm_one_plus(x); }, [](double x) { return std::log1p(x); });
  expect_error_within(sweep, 0.9);
  expect_bits(sweep, 0x83c3acbaf06354ba);
}

TEST(Math, HyperbolicTangentIsAccurate) {
  const Sweep sweep =
      sweep_all_floats([](float x) { return device::hyperbolic_tangent(x); }, [](double x) { return std::tanh(x); });
  expect_error_within(sweep, 1.4);
  expect_bits(sweep, 0x218c87c57d2c6352);
}

double exact_sigmoid(double x) {
  const double decayed = std::exp(-std::fabs(x));
  return (x < 0.0 ? decayed : 1.0) / (1.0 + decayed);
}

TEST(Math, SigmoidIsAccurate) {
  const Sweep sweep =
      sweep_all_floats([](float x) { return device::sigmoid(x); }, [](double x) { return exact_sigmoid(x); });
  expect_error_within(sweep, 1.0);
  expect_bits(sweep, 0x0872b70100bd15cc);
}

// Beyond 2^22 the trigonometric functions treat the argument as a zero of its sign.
double argument_with_phase(double x) { return std::fabs(x) <= 0x1p22 ? x : 0.0 * x; }

TEST(Math, SineIsAccurate) {
  const Sweep sweep = sweep_all_floats([](float x) { return device::sine(x); },
                                       [](double x) { return std::sin(argument_with_phase(x)); });
  expect_error_within(sweep, 1.5);
  expect_bits(sweep, 0xbd3ba95cd0d30c3c);
}

TEST(Math, CosineIsAccurate) {
  const Sweep sweep = sweep_all_floats([](float x) { return device::cosine(x); },
                                       [](double x) { return std::cos(argument_with_phase(x)); });
  expect_error_within(sweep, 1.5);
  expect_bits(sweep, 0x156a545caade4610);
}

// The reduction cancels most at multiples of pi / 2.
TEST(Math, SineAndCosineAreAccurateAtMultiplesOfHalfPi) {
  Sweep sine;
  Sweep cosine;
  for (int multiple = 1; multiple * 1.5707963267948966 < 0x1p22; ++multiple) {
    const float x = static_cast<float>(multiple * 1.5707963267948966);
    sine.add(x, device::sine(x), std::sin(static_cast<double>(x)));
    cosine.add(x, device::cosine(x), std::cos(static_cast<double>(x)));
  }
  expect_error_within(sine, 1.5);
  expect_error_within(cosine, 1.5);
}

double exact_power(float x, float y) { return std::pow(static_cast<double>(x), static_cast<double>(y)); }

TEST(Math, PowerIsAccurateForAnyFloats) {
  std::mt19937 random(1);
  Sweep sweep;
  for (int i = 0; i < 4'000'000; ++i) {
    const float x = as_float(static_cast<device::u32>(random()));
    const float y = as_float(static_cast<device::u32>(random()));
    sweep.add(x, device::power(x, y), exact_power(x, y));
  }
  expect_error_within(sweep, 1.0);
  expect_bits(sweep, 0x7cfc3b0cef6845dc);
}

// Exponents for which the power is a float between 0 and infinity, some beyond; every other base is close
// to 1.
TEST(Math, PowerIsAccurateOverItsRange) {
  std::mt19937 random(2);
  std::uniform_real_distribution<double> logarithm_of_result(-152.0, 130.0);
  std::uniform_real_distribution<float> near_one(1.0f - 0x1p-12f, 1.0f + 0x1p-12f);
  Sweep sweep;
  for (int i = 0; i < 4'000'000; ++i) {
    const float x = i % 2 == 0 ? std::fabs(as_float(static_cast<device::u32>(random()))) : near_one(random);
    const float y = static_cast<float>(logarithm_of_result(random) / std::log2(static_cast<double>(x)));
    sweep.add(x, device::power(x, y), exact_power(x, y));
  }
  expect_error_within(sweep, 1.0);
}

TEST(Math, PowerHasTheSpecialValuesOfC) {
  const float values[] = {0.0f,
                          -0.0f,
                          1.0f,
                          -1.0f,
                          2.0f,
                          -2.0f,
                          3.0f,
                          -3.0f,
                          0.5f,
                          -0.5f,
                          2.5f,
                          -2.5f,
                          1e-40f,
                          -1e-40f,
                          0x1p23f,
                          -0x1.000002p23f,
                          0x1.fffffep23f,
                          0x1p24f,
                          0x1.000001p24f,
                          0x1.800001p22f,
                          FLT_MAX,
                          -FLT_MAX,
                          infinity,
                          -infinity,
                          nan};
  for (const float x : values) {
    for (const float y : values) {
      SCOPED_TRACE(::testing::Message() << x << " ^ " << y);
      const float result = device::power(x, y);
      EXPECT_LE(error_in_ulp(result, exact_power(x, y)), 1.0) << result << " instead of " << exact_power(x, y);
    }
  }
}

TEST(Math, ExponentialsAtSpecialValues) {
  expect_values([](float x) { return device::exponential(x); }, {{0.0f, 1.0f},
                                                                 {-0.0f, 1.0f},
                                                                 {infinity, infinity},
                                                                 {-infinity, 0.0f},
                                                                 {nan, nan},
                                                                 {FLT_MAX, infinity},
                                                                 {-FLT_MAX, 0.0f},
                                                                 {1e-40f, 1.0f},
                                                                 {0x1.62e43p6f, infinity},
                                                                 {-0x1.9d1da0p6f, 0x1p-149f},
                                                                 {-0x1.9fe368p6f, 0x1p-149f},
                                                                 {-0x1.9fe36ap6f, 0.0f}});
  expect_values([](float x) { return device::exponential_minus_one(x); }, {{0.0f, 0.0f},
                                                                           {-0.0f, -0.0f},
                                                                           {infinity, infinity},
                                                                           {-infinity, -1.0f},
                                                                           {nan, nan},
                                                                           {FLT_MAX, infinity},
                                                                           {-FLT_MAX, -1.0f},
                                                                           {1e-40f, 1e-40f},
                                                                           {-1e-40f, -1e-40f}});
  expect_values([](float x) { return device::sigmoid(x); }, {{0.0f, 0.5f},
                                                             {-0.0f, 0.5f},
                                                             {infinity, 1.0f},
                                                             {-infinity, 0.0f},
                                                             {nan, nan},
                                                             {FLT_MAX, 1.0f},
                                                             {-FLT_MAX, 0.0f}});
  expect_values([](float x) { return device::hyperbolic_tangent(x); }, {{0.0f, 0.0f},
                                                                        {-0.0f, -0.0f},
                                                                        {infinity, 1.0f},
                                                                        {-infinity, -1.0f},
                                                                        {nan, nan},
                                                                        {FLT_MAX, 1.0f},
                                                                        {-1e-40f, -1e-40f}});
}

TEST(Math, LogarithmsAtSpecialValues) {
  expect_values([](float x) { return device::logarithm(x); }, {{0.0f, -infinity},
                                                               {-0.0f, -infinity},
                                                               {1.0f, 0.0f},
                                                               {infinity, infinity},
                                                               {-infinity, nan},
                                                               {nan, nan},
                                                               {-1e-40f, nan},
                                                               {-1.0f, nan},
                                                               {0x1p-149f, -0x1.9d1da0p6f}});
  expect_values([](float x) { return device::logarithm_one_plus(x); }, {{0.0f, 0.0f},
                                                                        {-0.0f, -0.0f},
                                                                        {-1.0f, -infinity},
                                                                        {infinity, infinity},
                                                                        {-infinity, nan},
                                                                        {nan, nan},
                                                                        {-2.0f, nan},
                                                                        {1e-40f, 1e-40f},
                                                                        {-1e-40f, -1e-40f}});
}

TEST(Math, TrigonometricFunctionsAtSpecialValues) {
  expect_values([](float x) { return device::sine(x); }, {{0.0f, 0.0f},
                                                          {-0.0f, -0.0f},
                                                          {infinity, nan},
                                                          {-infinity, nan},
                                                          {nan, nan},
                                                          {1e-40f, 1e-40f},
                                                          {FLT_MAX, 0.0f},
                                                          {-FLT_MAX, -0.0f}});
  expect_values([](float x) { return device::cosine(x); },
                {{0.0f, 1.0f}, {-0.0f, 1.0f}, {infinity, nan}, {-infinity, nan}, {nan, nan}, {FLT_MAX, 1.0f}});
}

TEST(Math, RisingFunctionsRise) {
  expect_rising([](float x) { return device::exponential(x); }, -110.0f, 90.0f);
  expect_rising([](float x) { return device::exponential_minus_one(x); }, -20.0f, 90.0f);
  expect_rising([](float x) { return device::hyperbolic_tangent(x); }, -10.0f, 10.0f);
  expect_rising([](float x) { return device::sigmoid(x); }, -110.0f, 20.0f);
  expect_rising([](float x) { return device::logarithm(x); }, 0x1p-149f, FLT_MAX / 2.0f);
  expect_rising([](float x) { return device::logarithm_one_plus(x); }, -0x1.fffffep-1f, FLT_MAX / 2.0f);
}

TEST(Math, RoundingMatchesTheLibraryOnAllKindsOfFloats) {
  for (std::uint64_t bits = 0; bits < (1ull << 32); bits += 4093) {
    const float x = as_float(static_cast<device::u32>(bits));
    expect_same_value(device::floor_of(x), std::floor(x));
    expect_same_value(device::ceil_of(x), std::ceil(x));
    expect_same_value(device::round_of(x), std::nearbyint(x));
    expect_same_value(device::absolute(x), std::fabs(x));
  }
}

TEST(Math, RoundingAtTies) {
  expect_values([](float x) { return device::round_of(x); }, {{0.5f, 0.0f},
                                                              {-0.5f, -0.0f},
                                                              {1.5f, 2.0f},
                                                              {2.5f, 2.0f},
                                                              {-2.5f, -2.0f},
                                                              {0x1.fffffep-2f, 0.0f},
                                                              {0x1.fffffep21f, 0x1p22f},
                                                              {0x1.fffffdp22f, 0x1.fffffcp22f}});
  expect_values([](float x) { return device::floor_of(x); },
                {{-0.25f, -1.0f}, {0.75f, 0.0f}, {-0.0f, -0.0f}, {-1.0f, -1.0f}, {-0x1.fffffep21f, -0x1p22f}});
  expect_values([](float x) { return device::ceil_of(x); },
                {{-0.25f, -0.0f}, {0.25f, 1.0f}, {-0.75f, -0.0f}, {0.0f, 0.0f}, {2.0f, 2.0f}});
}

TEST(Math, SignKeepsZerosAndNan) {
  expect_values(
      [](float x) { return device::sign_of(x); },
      {{0.0f, 0.0f}, {-0.0f, -0.0f}, {3.0f, 1.0f}, {-1e-45f, -1.0f}, {infinity, 1.0f}, {-infinity, -1.0f}, {nan, nan}});
}

TEST(Math, MinimumAndMaximumOrderZerosAndDropNan) {
  // In ascending order.
  const float values[] = {-infinity, -1.0f, -1e-45f, -0.0f, 0.0f, 1e-45f, 2.0f, infinity};
  for (std::size_t i = 0; i < std::size(values); ++i) {
    for (std::size_t j = 0; j < std::size(values); ++j) {
      expect_same_value(device::minimum(values[i], values[j]), values[std::min(i, j)]);
      expect_same_value(device::maximum(values[i], values[j]), values[std::max(i, j)]);
    }
    for (const float other : {nan, -nan}) {
      expect_same_value(device::minimum(values[i], other), values[i]);
      expect_same_value(device::minimum(other, values[i]), values[i]);
      expect_same_value(device::maximum(values[i], other), values[i]);
      expect_same_value(device::maximum(other, values[i]), values[i]);
    }
  }
  expect_same_value(device::minimum(nan, -nan), nan);
  expect_same_value(device::maximum(-nan, nan), nan);
}

TEST(Math, ConversionTruncatesAndSaturates) {
  constexpr int largest = std::numeric_limits<int>::max();
  constexpr int smallest = std::numeric_limits<int>::min();
  const std::vector<std::pair<float, int>> values = {{0.0f, 0},
                                                     {-0.0f, 0},
                                                     {0.99f, 0},
                                                     {-0.99f, 0},
                                                     {1.99f, 1},
                                                     {-1.99f, -1},
                                                     {16777217.0f, 16777216},
                                                     {0x1.fffffep30f, 2147483520},
                                                     {0x1p31f, largest},
                                                     {-0x1p31f, smallest},
                                                     {-0x1.000002p31f, smallest},
                                                     {1e30f, largest},
                                                     {-1e30f, smallest},
                                                     {infinity, largest},
                                                     {-infinity, smallest},
                                                     {nan, 0},
                                                     {-nan, 0}};
  for (const auto& [argument, result] : values) EXPECT_EQ(device::to_i32(argument), result) << argument;
}

}  // namespace
