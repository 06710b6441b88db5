// SPDX-License-Identifier: Apache-2.0
// The scripts of the Yin-Yang table: the points are the published ones, and its networks are valid.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/scratch_folder.hpp"
#include "files/python.hpp"
#include "support/devices.hpp"
#include "synfire/synfire.hpp"

namespace synfire {
namespace {

class YinYang : public ::testing::Test {
 protected:
  int run(const std::string& text) const {
    std::ofstream(folder_ / "script.py") << "import sys\n"
                                            "sys.dont_write_bytecode = True\n"
                                            "sys.path.insert(0, '" SYNFIRE_SOURCE_FOLDER "/scripts')\n"
                                         << text;
    return test::run_python(folder_.path(), "script.py 2> messages.txt");
  }
  std::string messages() const {
    std::ostringstream text;
    text << std::ifstream(folder_ / "messages.txt").rdbuf();
    return text.str();
  }

  test::ScratchFolder folder_;
};

TEST_F(YinYang, PointsAreThePublishedOnes) {
  if (!test::python_has("numpy")) GTEST_SKIP() << "/usr/bin/python3 with numpy is not installed";
  EXPECT_EQ(run(R"(
import make_yin_yang
make_yin_yang.PARTS["fresh"] = (39, 10)
sys.argv = ["make_yin_yang.py", "--output", "points"]
make_yin_yang.main()
)"),
            0)
      << messages();
  const Arrays arrays = read_npz(folder_ / "points/test.npz");
  const SpikeTrains spikes = make_spike_trains(arrays);
  EXPECT_EQ(spikes.examples(), 1000u);
  EXPECT_EQ(spikes.neurons(), 5u);
  // x and 1 − x are 20 ms apart in all, like y and 1 − y.
  for (std::size_t e = 0; e < 3; ++e) {
    double sum = 0;
    for (std::size_t i = 5 * e; i < 5 * e + 5; ++i) sum += static_cast<double>(spikes.spike_times()[i]);
    EXPECT_NEAR(sum, 5 * 1.0 + 2 * 20.0, 1e-4);
  }
}

TEST_F(YinYang, NetworksOfTheTableCompile) {
  ASSERT_EQ(run(R"(
import json
import tables
for number, name in enumerate(tables.NETWORKS):
    with open(f"{number}.json", "w") as file:
        json.dump(tables.description(name, 1), file)
assert number == 4
)"),
            0)
      << messages();
  for (int number = 0; number < 5; ++number) {
    const Network network = Network::load(folder_ / (std::to_string(number) + ".json"));
    const auto training =
        EventPropCompiler{.timesteps = 350, .dt = 0.1, .device = "host", .cache_folder = testing::cache_folder()}
            .compile(network);
    EXPECT_EQ(training.manifest().training->values.size(), number == 1 || number == 3 ? 2u : 3u) << number;
  }
}

}  // namespace
}  // namespace synfire
