// SPDX-License-Identifier: Apache-2.0
// Where commands read and write: links, standard output, pipes, closed descriptors, limits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "command.hpp"
#include "command_line/program.hpp"
#include "dispatch.hpp"
#include "synfire/npz.hpp"

namespace synfire::command_line {
namespace {

using test::Ended;
using test::Words;
using test::Workplace;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// For training, with weights too large for the text.
constexpr const char* places_json = R"({
  "format": "synfire-network", "version": 1, "tensors": "net.npz",
  "populations": [
    {"name": "in", "shape": 20, "neuron": "spike_input"},
    {"name": "out", "shape": 2, "neuron": "leaky_integrate", "readout": "avg_var"}
  ],
  "connections": [
    {"source": "in", "target": "out", "synapse": "exponential",
     "connectivity": {"type": "dense", "weight": {"tensor": "w"}}}
  ],
  "inputs": [{"population": "in", "encode": {"type": "linear_latency", "max_time": 18, "min_time": 2}}],
  "compile": {"compiler": "event_prop", "timesteps": 20, "batch_size": 4, "seed": 2}
}
)";

class Places : public testing::Test {
 protected:
  Places() {
    write_three(place_);
    place_.write("net.json", places_json);
    write_npz(place_ / "net.npz", {{"w", Tensor<float>({20, 2}, std::vector<float>(40, 0.25f))}});
    Tensor<std::uint8_t> images({8, 20});
    for (std::size_t i = 0; i < images.size(); ++i) images[i] = static_cast<std::uint8_t>(i * 7);
    write_npy(place_ / "images.npy", images);
    write_npy(place_ / "labels.npy", Tensor<std::int64_t>({8}, {0, 1, 0, 1, 0, 1, 0, 1}));
  }

  // A shell command in which `$S` is the program.
  Ended shell(const std::string& script) const {
    return place_.run({"bash", "-c", "S='" + std::string(SYNFIRE_PROGRAM) + "'; " + script});
  }
  void expect_taken(const std::string& script) const {
    SCOPED_TRACE(script);
    const Words before = place_.files();
    const Ended ended = shell(script);
    EXPECT_EQ(ended.exit_code, exit_usage) << ended.messages;
    EXPECT_THAT(ended.messages, HasSubstr("the file is taken"));
    EXPECT_EQ(place_.files(), before);
  }
  void expect_refused(const std::string& script, int exit_code, const std::string& fragment) const {
    SCOPED_TRACE(script);
    const Words before = place_.files();
    const Ended ended = shell(script);
    EXPECT_EQ(ended.exit_code, exit_code) << ended.messages;
    EXPECT_THAT(ended.messages, AllOf(StartsWith("synfire: "), HasSubstr(fragment)));
    EXPECT_THAT(ended.output, IsEmpty());
    EXPECT_EQ(place_.files(), before);
  }
  Ended expect_success(const std::string& script) const {
    SCOPED_TRACE(script);
    Ended ended = shell(script);
    EXPECT_EQ(ended.exit_code, 0) << ended.messages;
    return ended;
  }

  Workplace place_;
};

TEST_F(Places, FilesBehindLinksAreThoseThatAreWritten) {
  namespace fs = std::filesystem;
  fs::create_directory(place_ / "store");
  fs::create_directory(place_ / "links");
  fs::create_symlink("store/out.json", place_ / "out.json");
  fs::copy_file(place_ / "images.npy", place_ / "store/out.npz");
  for (const char* each : {"net.json", "net.npz"}) fs::copy_file(place_ / each, place_ / "store" / each);
  fs::create_symlink("../store/net.json", place_ / "links/net.json");
  const std::string train = "\"$S\" train net.json --labels labels.npy --epochs 1 -o out.json ";
  expect_taken(train + "--input images.npy --history store/out.npz");
  expect_taken(train + "--input store/out.npz");
  expect_taken("\"$S\" compile links/net.json -o store/net.npz");
  expect_taken("\"$S\" run links/net.json --input images.npy -o store/net.npz");
  expect_taken("\"$S\" train links/net.json --labels labels.npy --input images.npy -o a.json --history store/net.npz");
}

TEST_F(Places, APictureIsNotPutOverTensors) {
  std::filesystem::copy_file(place_ / "net.npz", place_ / "drawn.dot");
  shell("sed 's/net.npz/drawn.dot/' net.json > drawn.json");
  expect_taken("\"$S\" plot network drawn.json -o drawn.svg");
}

TEST_F(Places, StandardOutputIsContinued) {
  const std::string run = "\"$S\" run three.json --input x.npy --quiet -o ";
  ASSERT_EQ(shell(run + "file.npz").exit_code, 0);
  for (const std::string& name : Words{"- ", "/dev/stdout ", "/dev/fd/1 "}) {
    const Ended ended = expect_success(run + name);
    EXPECT_EQ(ended.output, place_.read("file.npz"));
    EXPECT_FALSE(place_.has("-"));
  }
  expect_success("{ echo hi; " + run + "/dev/stdout; } > both");
  EXPECT_EQ(place_.read("both"), "hi\n" + place_.read("file.npz"));
  expect_success("echo hi > both; " + run + "/dev/stdout >> both");
  EXPECT_EQ(place_.read("both"), "hi\n" + place_.read("file.npz"));
  EXPECT_EQ(expect_success(run + "- | cat").output, place_.read("file.npz"));
}

TEST_F(Places, StandardOutputHasOneThing) {
  for (const std::string& name : Words{"-", "/dev/stdout", "/dev/fd/1"}) {
    const Ended ended = shell("\"$S\" compile three.json --json -o " + name);
    EXPECT_EQ(ended.exit_code, exit_usage);
    EXPECT_EQ(ended.json()["ok"], false);
    expect_refused("\"$S\" compile three.json --explain -o " + name, exit_usage, "--explain");
    expect_refused("\"$S\" evaluate three.json --input x.npy --labels y.npy -o " + name, exit_usage, "the metrics");
    for (const std::string& option : Words{"--output ", "--history ", "--artifact "})
      expect_refused("\"$S\" train net.json --input images.npy --labels labels.npy " + option + name, exit_usage,
                     "the lines of the epochs");
  }
}

TEST_F(Places, WhatCannotBeWrittenIsSaidBeforeTheWork) {
  expect_refused("\"$S\" train net.json --input images.npy --labels labels.npy --epochs 1000000 -o /dev/null",
                 exit_invalid, "the tensors of the description need a folder");
  std::string json = test::three_json;
  json.replace(json.find("\"out\""), 5, "\"dt\"");
  for (std::size_t at = json.find("\"out\""); at != std::string::npos; at = json.find("\"out\""))
    json.replace(at, 5, "\"dt\"");
  place_.write("dt.json", json);
  expect_refused("\"$S\" run dt.json --input x.npy -o r.npz", exit_invalid, "population \"dt\"");
}

TEST_F(Places, ClosedDescriptorsStayClosed) {
  for (const std::string& closed : Words{"<&-", "2>&-", "<&- 2>&-"})
    EXPECT_THAT(expect_success("\"$S\" run three.json --input x.npy " + closed).output, HasSubstr("example"));
  const Ended ended = shell("\"$S\" run three.json --input x.npy >&-");
  EXPECT_EQ(ended.exit_code, exit_run_failed);
  EXPECT_THAT(ended.messages, HasSubstr("standard output"));
  EXPECT_EQ(shell("\"$S\" run three.json --input x.npy >&- 2>&- <&-").exit_code, exit_run_failed);
  EXPECT_EQ(shell("\"$S\" run three.json --input x.npy -o r.npz >&- 2>&- <&-").exit_code, 0);
  EXPECT_NO_THROW(read_npz(place_ / "r.npz"));
}

TEST_F(Places, PipesAreReadOnce) {
  const std::string predictions = expect_success("\"$S\" run three.json --input x.npy").output;
  EXPECT_EQ(expect_success("\"$S\" run three.json --input <(cat x.npy)").output, predictions);
  EXPECT_EQ(expect_success("cat x.npy | \"$S\" run three.json --input /dev/stdin").output, predictions);
  EXPECT_EQ(expect_success("mkfifo f; cat x.npy > f & \"$S\" run three.json --input f").output, predictions);
  EXPECT_EQ(expect_success("\"$S\" run <(cat three.json) --input x.npy").output, predictions);
  EXPECT_THAT(expect_success("\"$S\" validate <(cat three.json)").output, HasSubstr("ok"));
  EXPECT_THAT(expect_success("\"$S\" info <(cat three.json)").output, HasSubstr("description"));
  EXPECT_THAT(expect_success("cat net.json | \"$S\" validate /dev/stdin").output, HasSubstr("ok"));
  expect_success("\"$S\" compile three.json");
  EXPECT_THAT(expect_success("\"$S\" validate <(cat three.synfire)").output, HasSubstr("ok"));
  EXPECT_EQ(expect_success("\"$S\" run <(cat three.synfire) --input x.npy").output, predictions);
  EXPECT_EQ(expect_success("gzip -c x.npy > /dev/null; \"$S\" run three.json --input <(cat x.npy) --first 5").output,
            predictions);
  expect_success("\"$S\" run three.json --input x.npy --record out.spikes -o r.npz");
  expect_success("\"$S\" plot raster <(cat r.npz) -o r.dat");
}

TEST_F(Places, FilesThatMayNotGrowAreAnError) {
  for (const char* command : {"compile three.json -o out.synfire", "run three.json --input x.npy -o r.npz",
                              "train net.json --input images.npy --labels labels.npy --epochs 1 -o out.json"}) {
    SCOPED_TRACE(command);
    expect_success("\"$S\" " + std::string(command));  // puts the program into the cache
    for (const char* each : {"out.synfire", "r.npz", "out.json", "out.npz"}) std::filesystem::remove(place_ / each);
    const Words before = place_.files();
    const Ended ended = shell("set -o pipefail; (ulimit -f 0; exec \"$S\" " + std::string(command) + " 2>&1) | cat");
    // The training is lost, unless another folder takes what was learned.
    EXPECT_EQ(ended.exit_code, std::string(command).starts_with("train") ? exit_run_failed : exit_invalid);
    EXPECT_THAT(ended.output, HasSubstr("File too large"));
    EXPECT_EQ(place_.files(), before);
  }
}

TEST_F(Places, NamesForgeNoLines) {
  place_.write("forged.json", R"({"format": "synfire-network", "version": 1, "populations": [], "connections": [],
    "x\nsynfire: other.json: ok": 1})");
  write_npz(place_ / "forged.npz", {{"a", Tensor<float>({1})}});
  std::string archive = place_.read("forged.npz");
  for (std::size_t at = archive.find("a.npy"); at != std::string::npos; at = archive.find("a.npy"))
    archive.replace(at, 1, "\n");
  place_.write("forged.npz", archive);
  place_.write("na\nme.json", test::three_json);
  for (const std::string& script : Words{"\"$S\" validate forged.json", "\"$S\" run three.json --input forged.npz:b",
                                         "\"$S\" validate $'na\\nme.json'"}) {
    const Ended ended = shell(script);
    const std::string text = ended.messages + ended.output;
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
  }
  const std::string name(1 << 20, 'x');
  place_.write("long.json", R"({"format": "synfire-network", "version": 1, ")" + name + "\": 1}");
  EXPECT_LT(shell("\"$S\" validate long.json").messages.size(), 10000u);
}

}  // namespace
}  // namespace synfire::command_line
