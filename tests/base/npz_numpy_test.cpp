// SPDX-License-Identifier: Apache-2.0
// Exchanges files with NumPy in both directions. Skipped if Python or NumPy is missing.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/scratch_folder.hpp"
#include "synfire/npz.hpp"

namespace synfire {
namespace {

class NumPy : public testing::Test {
 protected:
  void SetUp() override {
    if (run("import numpy") != 0) GTEST_SKIP() << "/usr/bin/python3 with numpy is not installed";
  }

  // Runs a script in the test's folder; returns 0 on success.
  int run(const std::string& script) const {
    std::ofstream(folder_ / "script.py") << script;
    const std::string command = "cd '" + folder_.path().string() + "' && /usr/bin/python3 script.py";
    return std::system(command.c_str());
  }

  test::ScratchFolder folder_;
};

TEST_F(NumPy, WhatItWritesIsRead) {
  ASSERT_EQ(run(R"(
import numpy as np
a = np.arange(24).reshape(2, 3, 4)
arrays = {}
for dtype in ['f2', 'f4', 'f8', 'i1', 'u1', 'i2', 'u2', 'i4', 'u4', 'i8', 'u8']:
    for order in '<>':
        arrays[order + dtype] = a.astype(order + dtype)
        arrays[order + dtype + 'F'] = np.asfortranarray(a.astype(order + dtype))
np.savez('plain.npz', **arrays)
np.savez_compressed('deflated.npz', **arrays)
np.savez('none.npz')
np.save('bool.npy', np.array([True, False]))
np.save('scalar.npy', np.float32(2.5))
np.save('empty.npy', np.zeros((0, 3), 'f4'))
with open('v2.npy', 'wb') as f: np.lib.format.write_array(f, a.astype('f4'), version=(2, 0))
with open('v3.npy', 'wb') as f: np.lib.format.write_array(f, a.astype('f4'), version=(3, 0))
)"),
            0);
  std::vector<float> expected(24);
  for (std::size_t i = 0; i < 24; ++i) expected[i] = static_cast<float>(i);
  for (const char* file : {"plain.npz", "deflated.npz"}) {
    const Arrays arrays = read_npz(folder_ / file);
    EXPECT_EQ(arrays.size(), 44u);
    for (const auto& [name, array] : arrays) {
      EXPECT_EQ(array.shape(), (Extents{2, 3, 4})) << name;
      EXPECT_EQ(array.to_float().values(), expected) << name;
    }
  }
  EXPECT_TRUE(read_npz(folder_ / "none.npz").empty());
  EXPECT_EQ(read_npy(folder_ / "bool.npy").as<std::uint8_t>().values(), (std::vector<std::uint8_t>{1, 0}));
  EXPECT_EQ(read_npy(folder_ / "scalar.npy").as_float(), Tensor<float>({}, {2.5f}));
  EXPECT_EQ(read_npy(folder_ / "empty.npy").shape(), (Extents{0, 3}));
  EXPECT_EQ(read_npy(folder_ / "v2.npy").as_float().values(), expected);
  EXPECT_EQ(read_npy(folder_ / "v3.npy").as_float().values(), expected);
}

TEST_F(NumPy, ReadsWhatIsWritten) {
  const Arrays arrays = {{"weight", Tensor<float>({2, 3}, {1, 2, 3, 4, 5, 6.5f})},
                         {"labels", Tensor<std::uint8_t>({2}, {7, 255})},
                         {"wide", Tensor<std::int64_t>({1}, {-5'000'000'000})},
                         {"größe", Tensor<double>({}, {0.1})}};
  write_npz(folder_ / "plain.npz", arrays, false);
  write_npz(folder_ / "deflated.npz", arrays, true);
  write_npy(folder_ / "weight.npy", arrays.at("weight"));
  EXPECT_EQ(run(R"(
import numpy as np
for name in ['plain.npz', 'deflated.npz']:
    z = np.load(name)
    assert set(z.files) == {'weight', 'labels', 'wide', 'größe'}, z.files
    assert z['weight'].dtype == np.dtype('<f4') and z['weight'].tolist() == [[1, 2, 3], [4, 5, 6.5]]
    assert z['labels'].dtype == np.dtype('u1') and z['labels'].tolist() == [7, 255]
    assert z['wide'].tolist() == [-5000000000]
    assert z['größe'].shape == () and z['größe'] == 0.1
assert np.load('weight.npy').shape == (2, 3)
)"),
            0);
}

}  // namespace
}  // namespace synfire
