// SPDX-License-Identifier: Apache-2.0
// The spoken-digits example on synthetic data: each class has its own channels.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

#include "base/scratch_folder.hpp"
#include "files/python.hpp"
#include "synfire/data.hpp"

namespace synfire {
namespace {

using testing::HasSubstr;

class Speech : public testing::Test {
 protected:
  std::string contents(const char* name) const {
    std::ostringstream text;
    text << std::ifstream(folder_ / name).rdbuf();
    return text.str();
  }

  // Runs the program and returns its exit status.
  int run(const std::string& options) const {
    return std::system(("'" SYNFIRE_SPEECH "' --device host --threads 1 --quiet --data '" + folder_.path().string() +
                        "' --output '" + folder_.path().string() + "' " + options + " >'" +
                        (folder_ / "output.txt").string() + "' 2>'" + (folder_ / "messages.txt").string() + "'")
                           .c_str());
  }

  // Utterances of 5,000 spikes on the 35 channels of their class, in the first half of the second.
  Arrays utterances(std::size_t count, unsigned seed) const {
    std::mt19937 random(seed);
    SpikeTrains spikes(700);
    std::vector<std::uint8_t> labels;
    for (std::size_t e = 0; e < count; ++e) {
      const auto label = static_cast<std::uint8_t>(e % 20);
      std::vector<std::uint32_t> neurons;
      std::vector<float> times;
      for (unsigned i = 0; i < 5000; ++i) {
        neurons.push_back(35u * label + static_cast<unsigned>(random() % 35));
        times.push_back(static_cast<float>(random() % 500));
      }
      spikes.add_example(neurons, times);
      labels.push_back(label);
    }
    Arrays arrays = to_arrays(spikes);
    arrays["labels"] = Tensor<std::uint8_t>({count}, labels);
    return arrays;
  }

  test::ScratchFolder folder_;
};

TEST_F(Speech, LearnsChannelsOfItsClasses) {
  write_npz(folder_ / "train.npz", utterances(80, 1));
  write_npz(folder_ / "test.npz", utterances(40, 2));
  ASSERT_EQ(run("--epochs 3 --seeds 2 --batch-size 8 --learning-rate 0.005 --decay 1 --shift 0.5 --target 80"), 0)
      << contents("output.txt") << contents("messages.txt");
  EXPECT_THAT(contents("output.txt"), HasSubstr("mean of 2 seeds   test accuracy "));
  EXPECT_THAT(contents("speech.csv"), HasSubstr("\n2,"));  // the table has all epochs
  EXPECT_THAT(contents("messages.txt"), ::testing::Not(HasSubstr("arning")));
}

TEST_F(Speech, SaysWhatIsMissing) {
  EXPECT_NE(run("--epochs 1"), 0);
  EXPECT_THAT(contents("messages.txt"),
              HasSubstr("train.npz does not exist; run scripts/make_speech_spikes.py --output '"));

  Arrays unlabeled = utterances(20, 1);
  unlabeled.erase("labels");
  write_npz(folder_ / "train.npz", unlabeled);
  EXPECT_NE(run("--epochs 1"), 0);
  EXPECT_THAT(contents("messages.txt"), HasSubstr("train.npz has no array \"labels\""));
}

// The script, except for the parts that need espeak-ng: a tone is loudest in the channel of its frequency, with its own
// loudness, and spikes there.
TEST_F(Speech, FilterBankHearsTones) {
  if (!test::python_has("numpy")) GTEST_SKIP() << "/usr/bin/python3 with numpy is not installed";
  std::ofstream(folder_ / "tones.py") << "import sys\n"
                                         "sys.dont_write_bytecode = True\n"
                                         "sys.path.insert(0, '" SYNFIRE_SOURCE_FOLDER "/scripts')\n"
                                      << R"(
import numpy as np
import make_speech_spikes as ear
filters, centers = ear.gammatone_filters(), np.round(ear.center_frequencies())
for channel in 20, 350, 690:
    tone = np.cos(2 * np.pi * centers[channel] * np.arange(ear.SAMPLE_RATE) / ear.SAMPLE_RATE)
    heard = ear.loudness(np.fft.rfft(tone), *filters)
    assert heard.shape == (ear.STEPS, ear.CHANNELS)
    loudest = heard.mean(axis=0)
    assert abs(loudest[channel] + 200 * np.log10(ear.THRESHOLD)) < 2, loudest[channel]
    assert loudest[channel] == loudest.max()
    far = np.abs(centers - centers[channel]) > 3 * 24.7 * (4.37e-3 * centers + 1)
    assert loudest[far].max() < loudest[channel] - 200, loudest[far].max()  # 20 dB
    steps, channels = ear.spikes_of(heard, np.random.default_rng(1))
    assert np.all(np.diff(steps) >= 0)
    counts = np.bincount(channels, minlength=ear.CHANNELS)
    assert counts[channel] >= counts.max() - 1 and counts[channel] > 50, counts[channel]
    again = ear.spikes_of(heard, np.random.default_rng(1))
    assert np.array_equal(steps, again[0]) and np.array_equal(channels, again[1])
held_out = set(ear.BASES["train"]) & set(ear.BASES["test"]) | set(ear.VARIANTS["train"]) & set(ear.VARIANTS["test"])
assert not held_out, held_out
assert all(len(words) == 20 for part in ear.BASES.values() for words in part.values())
)";
  EXPECT_EQ(test::run_python(folder_.path(), "tones.py 2> messages.txt"), 0) << contents("messages.txt");
}

}  // namespace
}  // namespace synfire
