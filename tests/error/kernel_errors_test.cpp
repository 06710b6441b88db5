// SPDX-License-Identifier: Apache-2.0
// Each mistake in a convolution or pool gives its own problem.
#include <limits>

#include "error/problems.hpp"
#include "synfire/models.hpp"
#include "synfire/network.hpp"

namespace synfire {
namespace {

using test::problem_at;
using test::problem_with;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using enum ProblemKind;

const std::string connection_path = "connections[0] \"a_b\"";

// The problems of a network in which `connectivity` joins an image to a population whose shape may be inferred.
std::vector<Problem> joined(Connectivity connectivity, Shape source = {8, 8, 2}, Shape target = {},
                            ConnectionOptions options = {}) {
  Network network;
  network.add("spike_input", std::move(source), {.name = "a"});
  network.add("integrate_fire", std::move(target), {.name = "b"});
  network.connect("a", "b", std::move(connectivity), std::move(options));
  return network.validate();
}

auto one_problem(ProblemKind kind, const std::string& member, const std::string& expected, const std::string& given) {
  return ElementsAre(problem_with(kind, connection_path + member, expected, given));
}

Conv2D convolution() { return {.filters = 3, .kernel = 5, .weight = 1.0}; }

template <class Change>
std::vector<Problem> changed(const Change& change) {
  Conv2D kind = convolution();
  change(kind);
  return joined(kind);
}

TEST(KernelErrors, Sizes) {
  const std::string range = "≥ 1 and ≤ 16777216";
  EXPECT_THAT(joined(convolution()), IsEmpty());
  EXPECT_THAT(changed([](Conv2D& kind) { kind.kernel = {5, 0}; }), one_problem(invalid_value, ".kernel", range, "0"));
  EXPECT_THAT(changed([](Conv2D& kind) { kind.kernel = 0xFFFFFFFF; }),
              one_problem(invalid_value, ".kernel", range, "4294967295"));
  EXPECT_THAT(changed([](Conv2D& kind) { kind.strides = 0; }), one_problem(invalid_value, ".strides", range, "0"));
  EXPECT_THAT(changed([](Conv2D& kind) {
                kind.dilation = {0, 1};
              }),
              one_problem(invalid_value, ".dilation", range, "0"));
  EXPECT_THAT(changed([](Conv2D& kind) { kind.filters = 0; }), one_problem(invalid_value, ".filters", range, "0"));
  EXPECT_THAT(changed([](Conv2D& kind) { kind.groups = 0; }), one_problem(invalid_value, ".groups", range, "0"));
  EXPECT_THAT(changed([](Conv2D& kind) { kind.groups = 2; }),
              one_problem(invalid_value, ".groups", "a divisor of 2 channels and 3 filters", "2"));
  EXPECT_THAT(changed([](Conv2D& kind) {
                kind.kernel = {9, 5};
              }),
              one_problem(shape_mismatch, ".kernel", "at most 8 pixels", "9"));
  EXPECT_THAT(changed([](Conv2D& kind) {
                kind.kernel = 2;
                kind.dilation = 1u << 24;
                kind.padding = "same";
              }),
              one_problem(invalid_value, ".dilation", "at most 16777216 pixels along an axis", "16777217"));
  EXPECT_THAT(joined(Conv1D{.filters = 1, .kernel = 3, .stride = 0, .weight = 1.0}, {8, 2}),
              one_problem(invalid_value, ".stride", range, "0"));
}

TEST(KernelErrors, Paddings) {
  const auto padded = [](Padding padding) {
    Conv2D kind = convolution();
    kind.padding = std::move(padding);
    return joined(kind);
  };
  const std::string names = "\"valid\", \"same\" or numbers of pixels";
  EXPECT_THAT(padded("smae"), one_problem(unknown_name, ".padding", names, "smae"));
  EXPECT_THAT(padded("smae").at(0).hint, HasSubstr("\"same\""));
  EXPECT_THAT(padded({1, 2, 3}), one_problem(invalid_value, ".padding", "1, 2 or 4 numbers", "3"));
  EXPECT_THAT(padded(""), one_problem(invalid_value, ".padding", "1, 2 or 4 numbers", "0"));
  EXPECT_THAT(padded(5), one_problem(invalid_value, ".padding", "less than 5 pixels", "5"));
  EXPECT_THAT(padded(4), IsEmpty());
  Padding both = "same";
  both.pixels = {1};
  EXPECT_THAT(padded(both), one_problem(invalid_option, ".padding", names, "same"));
  EXPECT_THAT(joined(Conv1D{.filters = 1, .kernel = 3, .padding = {1, 1, 1, 1}, .weight = 1.0}, {8, 2}),
              one_problem(invalid_value, ".padding", "1 or 2 numbers", "4"));
  EXPECT_THAT(joined(Conv2DTranspose{.filters = 1, .kernel = 3, .padding = 2, .weight = 1.0}, {1, 1}),
              one_problem(invalid_value, ".padding", "less than 3 on both sides together", "4"));
  EXPECT_THAT(joined(Conv2DTranspose{.filters = 1, .kernel = 3, .padding = {2, 1, 0, 0}, .weight = 1.0}, {1, 1}),
              one_problem(invalid_value, ".padding", "less than 3 on both sides together", "3"));
}

TEST(KernelErrors, Images) {
  EXPECT_THAT(joined(convolution(), 128), one_problem(shape_mismatch, ".source", "height × width × channels", "128"));
  EXPECT_THAT(joined(AvgPool2D{.pool = 2}, {2, 2, 2, 2}),
              one_problem(shape_mismatch, ".source", "height × width × channels", "2×2×2×2"));
  EXPECT_THAT(joined(Conv1D{.filters = 1, .kernel = 3, .weight = 1.0}),
              one_problem(shape_mismatch, ".source", "length × channels", "8×8×2"));
  EXPECT_THAT(joined(Conv1D{.filters = 1, .kernel = 3, .weight = 1.0}, 1 << 25),
              one_problem(invalid_value, "", "at most 16777216 pixels along an axis", "33554432"));
}

TEST(KernelErrors, ResultsThatAreTooLarge) {
  Conv2DTranspose kind{.filters = 1, .kernel = 1, .strides = 1u << 24, .weight = 1.0};
  EXPECT_THAT(joined(kind), one_problem(invalid_value, "", "at most 2147483647 neurons", "134217728×134217728×1"));
  EXPECT_THAT(joined(kind, {1000, 8}),
              one_problem(invalid_value, "", "at most 2147483647 neurons", "16777216000 pixels along an axis"));
  EXPECT_THAT(joined(Conv2D{.filters = 1u << 24, .kernel = 8, .padding = "valid", .weight = 1.0}, {8, 8, 16}),
              one_problem(invalid_value, "", "at most 2147483647 weights", "8×8×16×16777216"));
}

TEST(KernelErrors, Pools) {
  const std::string range = "≥ 1 and ≤ 16777216";
  EXPECT_THAT(joined(AvgPool2D{}), one_problem(invalid_value, ".pool", range, "0"));
  EXPECT_THAT(joined(MaxPool2D{.pool = 2, .strides = {1, 0}}), one_problem(invalid_value, ".strides", range, "0"));
  EXPECT_THAT(joined(AvgPool2D{.pool = 9}), one_problem(shape_mismatch, ".pool", "at most 8 pixels", "9"));
  EXPECT_THAT(joined(AvgPoolConv2D{.pool = 9, .filters = 1, .kernel = 1, .weight = 1.0}),
              one_problem(shape_mismatch, ".pool", "at most 8 pixels", "9"));
  EXPECT_THAT(joined(AvgPoolConv2D{.pool = 2, .pool_strides = {2, 1}, .filters = 1, .kernel = 1, .weight = 1.0}),
              one_problem(invalid_value, ".pool_strides", "at least 2 × 2", "2 × 1"));
  EXPECT_THAT(joined(AvgPoolConv2D{.pool = 2, .pool_strides = {2, 1u << 25}, .filters = 1, .kernel = 1, .weight = 1.0}),
              one_problem(invalid_value, ".pool_strides", range, "33554432"));
  EXPECT_THAT(joined(AvgPoolConv2D{.pool = 2, .filters = 1, .kernel = 5, .weight = 1.0}),
              one_problem(shape_mismatch, ".kernel", "at most 4 pixels", "5"));
  EXPECT_THAT(joined(AvgPoolDense2D{.pool = 2, .strides = 1, .weight = 1.0}, {8, 8, 2}, 5),
              one_problem(invalid_value, ".strides", "at least 2 × 2", "1 × 1"));
}

TEST(KernelErrors, ShapesOfTargets) {
  for (const Shape& target : {Shape{4, 4, 3}, Shape(48)})
    EXPECT_THAT(joined(convolution(), {8, 8, 2}, target), IsEmpty());
  for (const Shape& target : {Shape{3, 4, 4}, Shape{16, 3}, Shape{4, 4}, Shape(47), Shape{4, 4, 3, 1}}) {
    EXPECT_THAT(joined(convolution(), {8, 8, 2}, target),
                one_problem(shape_mismatch, "", "target 4×4×3 or 48", to_string(target)));
  }
  EXPECT_THAT(joined(convolution(), {8, 8, 2}, 47).at(0).hint, HasSubstr("unset"));
  // The only channel may be left out.
  const Conv2D single{.filters = 1, .kernel = 5, .weight = 1.0};
  EXPECT_THAT(joined(single, {8, 8, 2}, {4, 4}), IsEmpty());
  EXPECT_THAT(joined(single, {8, 8, 2}, {2, 8}), one_problem(shape_mismatch, "", "target 4×4×1 or 16", "2×8"));
  EXPECT_THAT(joined(AvgPoolDense2D{.pool = 2, .weight = 1.0}, {8, 8, 2}, {5, 2}), IsEmpty());
}

TEST(KernelErrors, MissingShapes) {
  const std::string path = "populations[1] \"b\".shape";
  EXPECT_THAT(joined(AvgPoolDense2D{.pool = 2, .weight = 1.0}), ElementsAre(problem_at(missing_shape, path)));
  EXPECT_THAT(joined(convolution(), {}), ElementsAre(problem_at(missing_shape, "populations[0] \"a\".shape")));
  // Nothing is inferred backwards.
  EXPECT_THAT(joined(convolution(), {}, {4, 4, 3}),
              ElementsAre(problem_at(missing_shape, "populations[0] \"a\".shape")));
  EXPECT_THAT(joined(convolution(), {-8, 8}), ElementsAre(problem_at(invalid_value, "populations[0] \"a\".shape")));

  Network recurrent;
  recurrent.add("integrate_fire", {}, {.name = "c"});
  recurrent.connect("c", "c", convolution());
  EXPECT_THAT(recurrent.validate(), ElementsAre(problem_at(missing_shape, "populations[0] \"c\".shape")));
}

TEST(KernelErrors, AreNotRepeatedByTheLayersBehind) {
  SequentialNetwork network;
  network.input("spike_input", {8, 8, 2}, {.name = "a"});
  network.layer(Conv2D{.filters = 3, .kernel = 9, .weight = 1.0}, "integrate_fire", {}, {.name = "b"});
  network.layer(AvgPool2D{.pool = 2}, "integrate_fire", {}, {.name = "c"});
  network.layer(convolution(), "integrate_fire", {}, {.name = "d"});
  EXPECT_THAT(network.validate(), one_problem(shape_mismatch, ".kernel", "at most 8 pixels", "9"));
  network.layer(Dense{1.0}, "integrate_fire", {}, {.name = "e"});
  EXPECT_THAT(network.validate(), ElementsAre(problem_at(missing_shape, "populations[4] \"e\".shape"),
                                              problem_at(shape_mismatch, connection_path + ".kernel")));
}

TEST(KernelErrors, AreNotRepeatedBehindAWrongShape) {
  SequentialNetwork network;
  network.input("spike_input", {8, 8, 2}, {.name = "a"});
  network.layer(convolution(), "integrate_fire", {4, -4, 3}, {.name = "b"});
  network.layer(convolution(), "integrate_fire", {}, {.name = "c"});
  EXPECT_THAT(network.validate(), ElementsAre(problem_at(invalid_value, "populations[1] \"b\".shape")));
}

TEST(KernelErrors, ArraysOfWeights) {
  const auto weighted = [](Value weight) {
    Conv2D kind = convolution();
    kind.weight = std::move(weight);
    return joined(kind);
  };
  EXPECT_THAT(weighted(Tensor<float>({5, 5, 2, 3})), IsEmpty());
  EXPECT_THAT(weighted(Tensor<float>({150})), IsEmpty());
  EXPECT_THAT(weighted(Kaiming{}), IsEmpty());
  EXPECT_THAT(weighted(Tensor<float>({3, 2, 5, 5})), one_problem(shape_mismatch, ".weight", "5×5×2×3", "3×2×5×5"));
  EXPECT_THAT(weighted(Tensor<float>({3, 2, 5, 5})).at(0).hint, HasSubstr("channels of a group × filters"));
  Tensor<float> wrong({150});
  wrong[7] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(weighted(wrong), ElementsAre(problem_at(invalid_value, connection_path + ".weight[7]")));
  EXPECT_THAT(weighted({}), ElementsAre(problem_at(invalid_value, connection_path + ".weight")));
  EXPECT_THAT(weighted("nromal"), ElementsAre(problem_at(unknown_name, connection_path + ".weight")));

  EXPECT_THAT(joined(Conv1D{.filters = 4, .kernel = 3, .weight = Tensor<float>({3, 4})}, {8, 2}),
              one_problem(shape_mismatch, ".weight", "3×2×4", "3×4"));
  EXPECT_THAT(joined(AvgPoolDense2D{.pool = 2, .weight = Tensor<float>({128, 5})}, {8, 8, 2}),
              one_problem(shape_mismatch, ".weight", "32×5", "128×5"));
  EXPECT_THAT(joined(AvgPoolDense2D{.pool = 2, .weight = Tensor<float>({32, 5})}, {8, 8, 2}, 6),
              one_problem(shape_mismatch, ".weight", "32×6", "32×5"));
}

TEST(KernelErrors, ConstraintsOfSharedWeights) {
  const auto trained = [](Trainable how) {
    Conv2D kind = convolution();
    kind.weight = trainable(Kaiming{}, how);
    return joined(kind);
  };
  EXPECT_THAT(trained({.sign = WeightSign::keep, .keep_zeros = true}), IsEmpty());
  EXPECT_THAT(trained({.max_norm = 1.0}), ElementsAre(problem_at(unsupported, connection_path + ".weight")));
  EXPECT_THAT(trained({.max_norm = 1.0}).at(0).message, HasSubstr("conv_2d"));
}

template <class Pool>
void expect_one_weight() {
  const auto weighted = [](Value weight) { return joined(Pool{.pool = 2, .weight = std::move(weight)}); };
  EXPECT_THAT(weighted(4.0), IsEmpty());
  EXPECT_THAT(weighted(frozen(-1.5)), IsEmpty());
  EXPECT_THAT(weighted(trainable(1.0)), ElementsAre(problem_at(invalid_option, connection_path + ".weight")));
  EXPECT_THAT(weighted(Normal{}), one_problem(invalid_option, ".weight", "a number", "normal(mean 0, sd 1)"));
  EXPECT_THAT(weighted(std::vector<float>{1, 2}), one_problem(invalid_option, ".weight", "a number", "array 2"));
  EXPECT_THAT(weighted(std::numeric_limits<double>::infinity()),
              one_problem(invalid_value, ".weight", "a finite number", "inf"));
  EXPECT_THAT(weighted({}), ElementsAre(problem_at(invalid_value, connection_path + ".weight")));
  EXPECT_THAT(weighted(true), one_problem(invalid_value, ".weight", "a number", "true"));
}

TEST(KernelErrors, WeightsOfPools) {
  expect_one_weight<AvgPool2D>();
  expect_one_weight<MaxPool2D>();
  EXPECT_THAT(joined(AvgPool2D{.pool = 2, .weight = trainable(1.0)}).at(0).hint, HasSubstr("Conv2D with groups"));
}

TEST(KernelErrors, Delays) {
  const auto delayed = [](Value delay, ConnectionOptions options = {}) {
    Conv2D kind = convolution();
    kind.delay = std::move(delay);
    return joined(kind, {8, 8, 2}, {}, std::move(options));
  };
  EXPECT_THAT(delayed(2.0, {.max_delay = 3.0}), IsEmpty());
  EXPECT_THAT(delayed(Uniform{0, 2}), one_problem(invalid_option, ".delay", "a number", "uniform(min 0, max 2)"));
  EXPECT_THAT(delayed(Normal{}).at(0).hint, HasSubstr("Sparse"));
  EXPECT_THAT(delayed(Normal{}).size(), 1u);
  EXPECT_THAT(delayed(std::vector<float>(150, 1.0f)), one_problem(invalid_option, ".delay", "a number", "array 150"));
  EXPECT_THAT(delayed(-1.0), one_problem(invalid_value, ".delay", "≥ 0", "-1"));
  EXPECT_THAT(delayed(2.0, {.max_delay = 1.0}), one_problem(invalid_value, ".max_delay", "≤ 1 ms", "2 ms"));
  EXPECT_THAT(delayed(trainable(1.0)), ElementsAre(problem_at(invalid_option, connection_path + ".max_delay")));
  EXPECT_THAT(joined(MaxPool2D{.pool = 2, .delay = Uniform{0, 2}}),
              one_problem(invalid_option, ".delay", "a number", "uniform(min 0, max 2)"));
}

TEST(KernelErrors, SourcesOfMaxPools) {
  const auto pooled = [](Neuron neuron, Connectivity connectivity = MaxPool2D{.pool = 2}) {
    Network network;
    network.add(std::move(neuron), {8, 8, 2}, {.name = "a"});
    network.add("integrate_fire", {}, {.name = "b"});
    network.connect("a", "b", std::move(connectivity));
    return network.validate();
  };
  const std::string path = connection_path + ".source";
  EXPECT_THAT(pooled("poisson_input"), IsEmpty());
  EXPECT_THAT(pooled("integrate_fire"), IsEmpty());
  EXPECT_THAT(pooled(PoissonInput{.signed_spikes = true}),
              ElementsAre(problem_with(invalid_option, path, "", "poisson_input")));
  EXPECT_THAT(pooled("graded_input"), ElementsAre(problem_with(invalid_option, path, "", "graded_input")));
  EXPECT_THAT(pooled(PoissonInput{.signed_spikes = true}, AvgPool2D{.pool = 2}), IsEmpty());
  EXPECT_THAT(pooled("graded_input", AvgPool2D{.pool = 2}), IsEmpty());

  NeuronModel own = IntegrateFire::text();
  own.name = "own";
  const auto with_sign = [&](const std::string& sign) {
    own.spike_sign = sign;
    return pooled(own).size();
  };
  EXPECT_EQ(with_sign("1"), 0u);
  EXPECT_EQ(with_sign("-1"), 1u);
  EXPECT_EQ(with_sign("v - 3"), 1u);
  EXPECT_EQ(with_sign("1 if v > 2 else 2"), 0u);
  EXPECT_EQ(with_sign("1 if v > 2 else -2"), 1u);
}

TEST(KernelErrors, Storage) {
  const auto stored = [](Connectivity connectivity, SynapseStorage storage) {
    return joined(std::move(connectivity), {8, 8, 2}, {}, {.storage = storage});
  };
  using enum SynapseStorage;
  const Conv2D trained = convolution();
  Conv2D fixed = convolution();
  fixed.weight = frozen(1.0);
  const AvgPool2D mean{.pool = 2};
  const MaxPool2D highest{.pool = 2};
  const std::vector<Connectivity> kinds{trained, fixed, mean, highest};
  for (const Connectivity& kind : kinds) {
    EXPECT_THAT(stored(kind, automatic), IsEmpty());
    EXPECT_THAT(stored(kind, kernel), IsEmpty());
    EXPECT_THAT(stored(kind, procedural), one_problem(invalid_option, ".storage", "", "procedural"));
  }
  for (const SynapseStorage listed : {dense, rows}) {
    EXPECT_THAT(stored(fixed, listed), IsEmpty());
    EXPECT_THAT(stored(mean, listed), IsEmpty());
    EXPECT_THAT(stored(AvgPool2D{.pool = 2, .weight = 4.0}, listed), IsEmpty());
    EXPECT_THAT(stored(trained, listed), one_problem(invalid_option, ".storage", "", to_string(listed)));
    EXPECT_THAT(stored(trained, listed).at(0).hint, HasSubstr("freeze"));
    EXPECT_THAT(stored(highest, listed), one_problem(invalid_option, ".storage", "", to_string(listed)));
  }
  EXPECT_THAT(joined(Dense{1.0}, 3, 3, {.storage = kernel}), one_problem(invalid_option, ".storage", "", "kernel"));
  EXPECT_THAT(joined(OneToOne{1.0}, 3, 3, {.storage = kernel}), one_problem(invalid_option, ".storage", "", "kernel"));
}

}  // namespace
}  // namespace synfire
