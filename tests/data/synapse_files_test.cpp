// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <limits>

#include "base/scratch_folder.hpp"
#include "synfire/data.hpp"

namespace synfire {
namespace {

using test::kind_of;
using test::problems_of;

const Sparse sample_synapses{{2, 0, 1}, {0, 1, 1}, std::vector<float>{0.5f, -1, 2}, std::vector<float>{0, 3, 1.5f}};

Problem problem_of(const Arrays& arrays) {
  const auto problems = problems_of<DataError>([&] { make_sparse(arrays); });
  return problems.empty() ? Problem{} : problems.front();
}

// The arrays of the sample with one replaced.
Arrays with(const std::string& name, const Array& array) {
  Arrays arrays = to_arrays(sample_synapses);
  arrays[name] = array;
  return arrays;
}

TEST(SynapseFiles, AreReadAsWritten) {
  const test::ScratchFolder folder;
  for (const Sparse& sparse :
       {sample_synapses, Sparse{{2, 0}, {0, 1}, 0.1, 2.5}, Sparse{{}, {}, 1.0}, Sparse{{1}, {1}}}) {
    write_sparse(folder / "x.npz", sparse);
    EXPECT_EQ(read_sparse(folder / "x.npz"), sparse);
  }
}

TEST(SynapseFiles, TakeAnyIntegersAndTheNamesOfOthers) {
  Arrays arrays;
  arrays["pre_ind"] = Tensor<std::int64_t>({3}, {2, 0, 1});
  arrays["post_ind"] = Tensor<std::uint8_t>({3}, {0, 1, 1});
  arrays["g"] = Tensor<double>({3}, {0.5, -1, 2});
  arrays["d"] = Tensor<float>({3}, {0, 3, 1.5f});
  arrays["something_else"] = Tensor<float>({7});
  EXPECT_EQ(make_sparse(arrays), sample_synapses);
}

TEST(SynapseFiles, WeightsAndDelaysMayBeAbsent) {
  Arrays arrays = to_arrays(sample_synapses);
  arrays.erase("weight");
  arrays.erase("delay");
  const Sparse sparse = make_sparse(arrays);
  EXPECT_EQ(sparse.sources, sample_synapses.sources);
  EXPECT_FALSE(sparse.weight.is_set());
  EXPECT_EQ(sparse.delay, Value(0.0));
}

TEST(SynapseFiles, ListsMustBeThere) {
  for (const char* name : {"source", "target"}) {
    Arrays arrays = to_arrays(sample_synapses);
    arrays.erase(name);
    const Problem problem = problem_of(arrays);
    EXPECT_EQ(problem.kind, ProblemKind::malformed_file);
    EXPECT_EQ(problem.path, name);
    EXPECT_EQ(problem.expected, "source and target, or pre_ind and post_ind");
  }
  const Problem twice = problem_of(with("g", Tensor<float>({3})));
  EXPECT_EQ(twice.kind, ProblemKind::malformed_file);
  EXPECT_EQ(twice.path, "g");
}

TEST(SynapseFiles, LengthsMustAgree) {
  for (const char* name : {"target", "weight", "delay"}) {
    const bool index = std::string(name) == "target";
    const Problem problem =
        problem_of(with(name, index ? Array(Tensor<std::int32_t>({2})) : Array(Tensor<float>({2}))));
    EXPECT_EQ(problem.kind, ProblemKind::wrong_data_size);
    EXPECT_EQ(problem.path, name);
    EXPECT_EQ(problem.expected, "3 synapses");
    EXPECT_EQ(problem.given, "2");
  }
}

TEST(SynapseFiles, ElementsAreChecked) {
  EXPECT_EQ(problem_of(with("source", Tensor<std::int32_t>({3}, {0, -1, 0}))).kind, ProblemKind::invalid_value);
  EXPECT_EQ(problem_of(with("target", Tensor<std::int64_t>({3}, {0, 1ll << 32, 0}))).kind, ProblemKind::invalid_value);
  const Problem negative = problem_of(with("delay", Tensor<float>({3}, {0, -1.5f, -2})));
  EXPECT_EQ(negative.kind, ProblemKind::invalid_value);
  EXPECT_EQ(negative.path, "delay[1]");
  EXPECT_EQ(negative.given, "-1.5");
  const Problem infinite =
      problem_of(with("weight", Tensor<float>({3}, {0, 0, std::numeric_limits<float>::infinity()})));
  EXPECT_EQ(infinite.kind, ProblemKind::non_finite_data);
  EXPECT_EQ(infinite.path, "weight[2]");
}

TEST(SynapseFiles, FormsAreChecked) {
  const std::vector<Arrays> malformed = {
      with("source", Tensor<float>({3})), with("source", Tensor<std::int32_t>({3, 1})),
      with("weight", Tensor<std::int32_t>({3})), with("weight", Tensor<float>({3, 1})),
      with("delay", Tensor<std::uint8_t>({3}))};
  for (const Arrays& arrays : malformed) EXPECT_EQ(problem_of(arrays).kind, ProblemKind::malformed_file);
}

TEST(SynapseFiles, ErrorsNameTheFile) {
  const test::ScratchFolder folder;
  write_npz(folder / "net.npz", with("delay", Tensor<float>({3}, {0, -1, 0})));
  const auto problems = problems_of<DataError>([&] { read_sparse(folder / "net.npz"); });
  EXPECT_NE(problems.at(0).path.find("net.npz: delay[1]"), std::string::npos) << problems.at(0).path;
  EXPECT_EQ(kind_of<DataError>([&] { read_sparse(folder / "none.npz"); }), "file_access");
}

TEST(SynapseFiles, DrawnValuesAreNotWritten) {
  EXPECT_EQ(kind_of<DataError>([] { to_arrays(Sparse{{0}, {0}, Normal{}}); }), "invalid_value");
}

}  // namespace
}  // namespace synfire
