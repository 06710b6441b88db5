// SPDX-License-Identifier: Apache-2.0
#include "synfire/value.hpp"

#include <gtest/gtest.h>

#include "synfire/connectivity.hpp"
#include "synfire/error.hpp"

namespace synfire {
namespace {

TEST(Value, TakesWhateverUsersWrite) {
  EXPECT_FALSE(Value().is_set());
  EXPECT_EQ(Value(2).number(), 2.0);
  EXPECT_EQ(Value(0.5f).number(), 0.5);
  EXPECT_TRUE(Value(true).is_flag());
  EXPECT_TRUE(Value("normal").is_name());
  EXPECT_EQ(Value(Constant{3.0}), Value(3.0));
  EXPECT_EQ(Value(Initializer{Constant{3.0}}), Value(3.0));
  EXPECT_EQ(std::get<Normal>(Value(Normal{.mean = 1.0}).initializer()).mean, 1.0);
  EXPECT_EQ(Value(std::vector<float>{1, 2, 3}).array().shape(), Extents{3});
  EXPECT_EQ(Value(std::vector<double>{0.1, 2}), Value(std::vector<float>{0.1f, 2}));
  EXPECT_EQ(Value(Tensor<double>({1, 2}, {0.1, 2})), Value(Tensor<float>({1, 2}, {0.1f, 2})));
  EXPECT_THROW(Value(std::vector<double>{1e300}), DataError);
  const Value matrix = {{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}};
  EXPECT_EQ(matrix.array().shape(), (Extents{2, 3}));
  EXPECT_EQ(matrix.array().at({1, 0}), 4.0f);
}

TEST(Value, RefusesARaggedMatrix) {
  try {
    const Value matrix = {{1.0, 2.0}, {3.0}};
    FAIL();
  } catch (const DataError& error) {
    EXPECT_EQ(error.problems().at(0).kind, ProblemKind::wrong_data_size);
    EXPECT_EQ(error.problems().at(0).path, "row 1");
    EXPECT_EQ(error.problems().at(0).given, "1");
  }
}

TEST(Value, SaysWhetherItIsTrainable) {
  const Value tau = trainable(20.0, {.min = 2.0});
  EXPECT_EQ(tau.training()->min, 2.0);
  EXPECT_FALSE(tau.is_frozen());
  EXPECT_NE(tau, Value(20.0));
  const Value fixed = frozen(tau);
  EXPECT_TRUE(fixed.is_frozen());
  EXPECT_FALSE(fixed.training());
  EXPECT_FALSE(trainable(fixed).is_frozen());
  EXPECT_EQ(tau.with_content(10.0), trainable(10.0, {.min = 2.0}));
}

TEST(Value, Prints) {
  EXPECT_EQ(to_string(Value()), "unset");
  EXPECT_EQ(to_string(Value(0.5)), "0.5");
  EXPECT_EQ(to_string(Value(false)), "false");
  EXPECT_EQ(to_string(Value(Normal{.mean = 0, .sd = 1})), "normal(mean 0, sd 1)");
  EXPECT_EQ(to_string(Value(Normal{.mean = 1, .sd = 2, .min = 0})), "normal(mean 1, sd 2, min 0)");
  EXPECT_EQ(to_string(Value(Normal{.max = 4.5})), "normal(mean 0, sd 1, max 4.5)");
  EXPECT_EQ(to_string(Value(Uniform{0.02, 0.1})), "uniform(min 0.02, max 0.1)");
  EXPECT_EQ(to_string(Value(Xavier{})), "xavier(gain 1, uniform)");
  EXPECT_EQ(to_string(Value(Tensor<float>({784, 128}))), "array 784×128");
  EXPECT_EQ(to_string(trainable(20.0, {.min = 2, .learning_rate = 0.1})), "trainable(20, min 2, learning rate 0.1)");
  EXPECT_EQ(to_string(frozen("normal")), "frozen(\"normal\")");
}

TEST(Connectivity, HasANameAWeightAndADelay) {
  const Connectivity dense = Dense{1.5};
  EXPECT_EQ(name_of(dense), "dense");
  EXPECT_EQ(weight_of(dense), Value(1.5));
  EXPECT_EQ(delay_of(dense), Value(0.0));
  EXPECT_EQ(name_of(OneToOne{.weight = 1.0, .delay = 2.0}), "one_to_one");
  EXPECT_EQ(name_of(FixedProbability{.p = 0.1, .weight = 1.0}), "fixed_probability");
  EXPECT_EQ(name_of(FixedInputs{.number = 2, .weight = 1.0}), "fixed_inputs");
  EXPECT_EQ(name_of(FixedOutputs{.number = 2, .weight = 1.0}), "fixed_outputs");
  EXPECT_EQ(name_of(Sparse{{0}, {1}, 1.0}), "sparse");
  EXPECT_EQ(name_of(Conv2D{}), "conv_2d");
  EXPECT_EQ(name_of(Conv1D{}), "conv_1d");
  EXPECT_EQ(name_of(Conv2DTranspose{}), "conv_2d_transpose");
  EXPECT_EQ(name_of(AvgPool2D{}), "avg_pool_2d");
  EXPECT_EQ(name_of(MaxPool2D{}), "max_pool_2d");
  EXPECT_EQ(name_of(AvgPoolDense2D{}), "avg_pool_dense_2d");
  EXPECT_EQ(name_of(AvgPoolConv2D{}), "avg_pool_conv_2d");
  EXPECT_EQ(weight_of(MaxPool2D{.pool = 2}), frozen(1.0));
  EXPECT_EQ(weight_of(Sparse{{0}, {1}, 1.5, 2.5}), Value(1.5));
  EXPECT_EQ(delay_of(Sparse{{0}, {1}, 1.5, 2.5}), Value(2.5));
}

TEST(Connectivity, IsEqualWhereAllOfItIs) {
  EXPECT_EQ(Connectivity(FixedInputs{.number = 2, .weight = 1.0}),
            Connectivity(FixedInputs{.number = 2, .weight = 1.0}));
  EXPECT_NE(Connectivity(FixedInputs{.number = 2, .weight = 1.0}),
            Connectivity(FixedOutputs{.number = 2, .weight = 1.0}));
  EXPECT_NE(FixedInputs({.number = 2, .weight = 1.0}),
            FixedInputs({.number = 2, .weight = 1.0, .allow_repeats = true}));
  EXPECT_NE(Sparse({{0, 1}, {1, 0}, 1.0}), Sparse({{1, 0}, {0, 1}, 1.0}));
  EXPECT_EQ(Conv2D({.kernel = 3, .padding = 1}), Conv2D({.kernel = {3, 3}, .padding = {1}}));
  EXPECT_NE(Conv2D({.kernel = {3, 2}}), Conv2D({.kernel = {2, 3}}));
  EXPECT_NE(Conv2D({.padding = "same"}), Conv2D({.padding = {}}));
  EXPECT_NE(Value(Normal{.min = 0}), Value(Normal{}));
}

}  // namespace
}  // namespace synfire
