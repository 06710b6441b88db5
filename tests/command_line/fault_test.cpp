// SPDX-License-Identifier: Apache-2.0
// Memory, disk and process failures while a command writes: each name has either the old or the new file, complete and
// loadable, and no other files remain.
#include <gtest/gtest.h>

#include <signal.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <random>
#include <thread>

#include "command_line/program.hpp"
#include "synfire/npz.hpp"

namespace synfire {
namespace {

using test::Ended;
using test::Environment;
using test::Words;
using test::Workplace;

constexpr const char* learning_json = R"({
  "format": "synfire-network", "version": 1,
  "populations": [
    {"name": "in", "shape": 20, "neuron": "spike_input"},
    {"name": "out", "shape": 2, "neuron": "leaky_integrate", "readout": "avg_var"}
  ],
  "connections": [
    {"source": "in", "target": "out", "synapse": "exponential",
     "connectivity": {"type": "dense", "weight": {"type": "normal", "sd": 0.5}}}
  ],
  "inputs": [{"population": "in", "encode": {"type": "linear_latency", "max_time": 18, "min_time": 2}}],
  "compile": {"compiler": "event_prop", "timesteps": 20, "batch_size": 4, "seed": 2}
}
)";

// Files for training of learning_json.
void write_learning(const Workplace& place) {
  place.write("learning.json", learning_json);
  Tensor<std::uint8_t> images({8, 20});
  for (std::size_t i = 0; i < images.size(); ++i) images[i] = static_cast<std::uint8_t>(i * 7);
  write_npy(place / "images.npy", images);
  write_npy(place / "labels.npy", Tensor<std::int64_t>({8}, {0, 1, 0, 1, 0, 1, 0, 1}));
}

// The file that the message of a failed train names.
std::string saved_elsewhere(const Ended& ended) {
  const std::string told = "the trained network is in \"";
  const std::size_t begin = ended.messages.find(told);
  EXPECT_NE(begin, std::string::npos) << ended.messages;
  if (begin == std::string::npos) return {};
  const std::string rest = ended.messages.substr(begin + told.size());
  return rest.substr(0, rest.find('"'));
}

// A command and its output file.
struct Writing {
  const char* name;
  Words words;
  const char* output;
};

const Writing writings[] = {
    {"compile", {"compile", "three.json", "--output", "out.synfire"}, "out.synfire"},
    {"run", {"run", "three.json", "--input", "x.npy", "--output", "out.npz", "--quiet"}, "out.npz"},
    {"train",
     {"train", "learning.json", "--input", "images.npy", "--labels", "labels.npy", "--epochs", "2", "--output",
      "out.json"},
     "out.json"}};

class Faults : public testing::TestWithParam<Writing> {
 protected:
  // The command itself creates the old file, which also fills the cache.
  Faults() {
    write_three(place_);
    write_learning(place_);
    const Ended ended = place_.synfire(GetParam().words);
    EXPECT_EQ(ended.exit_code, 0) << ended.messages;
    before_ = place_.files();
  }

  Words with_shell(const std::string& script) const {
    Words words{"sh", "-c", script + "; exec \"$@\"", "sh", SYNFIRE_PROGRAM};
    words.insert(words.end(), GetParam().words.begin(), GetParam().words.end());
    return words;
  }

  void expect_whole() const {
    auto files = place_.files();
    // New tensors keep their temporary name if renaming failed; the description refers to it.
    std::erase_if(files, [](const auto& each) { return std::string(each).find(".tensors-") != std::string::npos; });
    EXPECT_EQ(files, before_);
    expect_loadable();
  }

  void expect_loadable() const {
    const std::string output = GetParam().output;
    if (output.ends_with(".npz")) {
      EXPECT_NO_THROW(read_npz(place_ / output));
    } else {
      const Ended ended = place_.synfire({"validate", output});
      EXPECT_EQ(ended.exit_code, 0) << ended.messages;
    }
  }

  Workplace place_;
  Words before_;
};

TEST_P(Faults, DiskThatIsFull) {
  int failed = 0;
  for (const int blocks : {0, 1, 2, 3, 4, 6, 8, 16}) {  // of 512 bytes: the maximum file size
    SCOPED_TRACE(std::to_string(blocks) + " blocks");
    const Ended ended = place_.run(with_shell("trap '' XFSZ; ulimit -f " + std::to_string(blocks)));
    EXPECT_FALSE(ended.signaled);
    failed += ended.exit_code != 0;
    expect_whole();
  }
  EXPECT_GT(failed, 0);
}

#ifndef SYNFIRE_SANITIZE  // sanitizers replace malloc themselves
class FailingCalls : public Faults {
 protected:
  // Whether call `number` happened, and so failed.
  bool fails(const std::string& function, long number) const {
    SCOPED_TRACE(function + " " + std::to_string(number));
    const test::ScratchFolder elsewhere;
    const std::filesystem::path done = elsewhere / "done";
    const Ended ended = place_.synfire(GetParam().words, {{"LD_PRELOAD", SYNFIRE_FAULT_SHIM},
                                                          {"SYNFIRE_FAULT", function + ":" + std::to_string(number)},
                                                          {"SYNFIRE_FAULT_DONE", done.string()}});
    EXPECT_FALSE(ended.signaled) << ended.messages;
    expect_whole();
    return std::filesystem::exists(done);
  }
};

TEST_P(FailingCalls, Rename) {
  constexpr long most = 20;
  EXPECT_TRUE(fails("rename", 1));
  for (long number = 2; number < most && fails("rename", number); ++number) continue;
}

TEST_P(FailingCalls, Synchronization) {
  constexpr long most = 20;
  for (long number = 1; number < most && fails("fsync", number); ++number) continue;
}

TEST_P(FailingCalls, Allocation) {
  constexpr std::uint32_t seed = 5;
  constexpr int tries = 12;
  std::mt19937 random(seed);
  long number = 100;  // skips those of libraries before main
  for (int i = 0; i < tries && fails("malloc", number); ++i) number = 2 * number + static_cast<long>(random() % 16);
  EXPECT_GT(number, 100);
}
// The first rename is that of the description's tensors.
TEST_P(FailingCalls, TheTrainedNetworkIsNotLost) {
  if (std::string(GetParam().name) != "train") GTEST_SKIP();
  const Ended ended =
      place_.synfire(GetParam().words, {{"LD_PRELOAD", SYNFIRE_FAULT_SHIM}, {"SYNFIRE_FAULT", "rename:1"}});
  EXPECT_EQ(ended.exit_code, 1);
  const Ended valid = place_.synfire({"validate", saved_elsewhere(ended)});
  EXPECT_EQ(valid.exit_code, 0) << valid.messages;
}
INSTANTIATE_TEST_SUITE_P(Commands, FailingCalls, testing::ValuesIn(writings),
                         [](const auto& tested) { return std::string(tested.param.name); });
#endif

// A killed process may leave only temporary files.
TEST_P(Faults, KilledAtAnyMoment) {
  constexpr std::uint32_t seed = 3;
  constexpr int kills = 10;
  std::mt19937 random(seed);
  Words all{SYNFIRE_PROGRAM};
  all.insert(all.end(), GetParam().words.begin(), GetParam().words.end());
  const auto begin = std::chrono::steady_clock::now();
  place_.run(all);
  const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
  for (int i = 0; i < kills; ++i) {
    const std::chrono::microseconds delay(random() % static_cast<std::uint64_t>(whole.count()));
    SCOPED_TRACE("killed after " + std::to_string(delay.count()) + " µs, seed " + std::to_string(seed));
    const pid_t process = place_.start(all);
    std::this_thread::sleep_for(delay);
    ::kill(process, SIGKILL);
    place_.finish(process);
    expect_loadable();
  }
}

INSTANTIATE_TEST_SUITE_P(Commands, Faults, testing::ValuesIn(writings),
                         [](const auto& tested) { return std::string(tested.param.name); });

// A mounted disk with less room than the trained weights need. It is gone with its namespace, so the shell lists what
// is left on it.
TEST(Disk, OfSixtyFourKibibytes) {
  const Workplace place;
  write_learning(place);
  const std::string mount = "mkdir -p disk && mount -t tmpfs -o size=64k tmpfs disk";
  const Ended mounted = place.run({"unshare", "-rm", "sh", "-c", mount});
  if (mounted.exit_code != 0) GTEST_SKIP() << "no disk can be mounted in a namespace: " << mounted.messages;
  const Ended ended = place.run(
      {"unshare",
       "-rm",
       "sh",
       "-c",
       mount + " && cp learning.json disk/out.json && { \"$@\"; code=$?; ls -A disk >left; cp disk/out.json kept; "
               "exit $code; }",
       "sh",
       SYNFIRE_PROGRAM,
       "train",
       "learning.json",
       "--input",
       "images.npy",
       "--labels",
       "labels.npy",
       "--epochs",
       "1",
       "--set",
       "out.shape=1000",
       "--checkpoint",
       "disk/run.ckpt",
       "--output",
       "disk/out.json"});
  EXPECT_EQ(ended.exit_code, 1) << ended.messages;
  EXPECT_NE(ended.messages.find("run.ckpt: the file cannot be written"), std::string::npos) << ended.messages;
  EXPECT_NE(ended.messages.find("disk/out"), std::string::npos) << ended.messages;
  EXPECT_EQ(place.read("left"), "out.json\n");
  EXPECT_EQ(place.read("kept"), learning_json);
  const std::string saved = saved_elsewhere(ended);
  EXPECT_EQ(place.synfire({"validate", saved}).exit_code, 0) << saved;
  const Ended evaluated = place.synfire({"evaluate", saved, "--input", "images.npy", "--labels", "labels.npy"});
  EXPECT_EQ(evaluated.exit_code, 0) << evaluated.messages;
}

}  // namespace
}  // namespace synfire
