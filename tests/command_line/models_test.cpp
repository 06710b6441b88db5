// SPDX-License-Identifier: Apache-2.0
// Commands on valid models.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "command_line/program.hpp"
#include "synfire/artifact_file.hpp"
#include "synfire/npz.hpp"

namespace synfire {
namespace {

using test::Ended;
using test::Words;
using test::Workplace;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class Models : public testing::Test {
 protected:
  Models() { write_three(place_); }

  Ended succeed(const Words& words, const test::Environment& environment = {}) const {
    Ended ended = place_.synfire(words, environment);
    EXPECT_EQ(ended.exit_code, 0) << ended.messages;
    return ended;
  }

  Workplace place_;
};

TEST_F(Models, EvaluateWritesMetricsAndNothingElseToStandardOutput) {
  const Ended ended = succeed({"evaluate", "three.json", "--input", "x.npy", "--labels", "y.npy"});
  EXPECT_EQ(ended.output, "out\tsparse_categorical_accuracy\t1\n");
  EXPECT_THAT(ended.messages, HasSubstr("5 examples on host"));
  EXPECT_THAT(ended.messages, HasSubstr("3/3 ["));  // progress of batches of two, as a plain line
  EXPECT_THAT(ended.messages, Not(HasSubstr("\r")));
}

TEST_F(Models, QuietSaysNothing) {
  const Ended ended = succeed({"evaluate", "three.json", "--input", "x.npy", "--labels", "y.npy", "--quiet"});
  EXPECT_THAT(ended.messages, IsEmpty());
  EXPECT_THAT(ended.output, Not(IsEmpty()));
}

TEST_F(Models, EvaluateAsJson) {
  const auto json =
      succeed({"evaluate", "three.json", "--input", "in=x.npy", "--labels", "out=y.npy", "--json"}).json();
  EXPECT_EQ(json["command"], "evaluate");
  EXPECT_EQ(json["ok"], true);
  EXPECT_EQ(json["examples"], 5);
  EXPECT_EQ(json["metrics"][0]["output"], "out");
  EXPECT_EQ(json["metrics"][0]["metric"], "sparse_categorical_accuracy");
  EXPECT_EQ(json["metrics"][0]["value"], 1.0);
  EXPECT_FALSE(json["metrics"][0].contains("loss"));  // the description is not for training
  EXPECT_EQ(json["device"], "host");
}

TEST_F(Models, EvaluatePrintsAConfusionMatrix) {
  const Words words{"evaluate", "three.json", "--input", "x.npy", "--labels", "y.npy", "--metric", "confusion_matrix"};
  EXPECT_THAT(succeed(words).output, StartsWith("out\tconfusion_matrix\t1\nlabel\t0\t1\t2\n0\t"));
  Words as_json = words;
  as_json.push_back("--json");
  const auto table = succeed(as_json).json()["metrics"][0]["table"];
  ASSERT_EQ(table.size(), 3u);
  EXPECT_EQ(table[0][0].get<int>() + table[1][1].get<int>() + table[2][2].get<int>(), 5);
  EXPECT_EQ(table[0][1], 0);
}

TEST_F(Models, RunPrintsALineForEachExample) {
  const Ended ended = succeed({"run", "three.json", "--input", "x.npy", "--first", "2"});
  // Neurons spike when the sums of their inputs reach 1; the output has received all but the last step.
  EXPECT_EQ(ended.output, "example\tout[0]\tout[1]\tout[2]\n0\t9\t1\t3\n1\t1\t9\t4\n");
  EXPECT_EQ(succeed({"run", "three.json", "--input", "x.npy", "--first", "2", "--batch-size", "1"}).output,
            ended.output);
  const auto json = succeed({"run", "three.json", "--input", "x.npy", "--first", "2", "--json"}).json();
  EXPECT_EQ(json["outputs"][0]["predictions"], nlohmann::json({{9, 1, 3}, {1, 9, 4}}));
}

TEST_F(Models, RunWritesPredictionsAndRecordings) {
  succeed({"run", "three.json", "--input", "x.npy", "--output", "all.npz"});
  const Arrays all = read_npz(place_ / "all.npz");
  EXPECT_EQ(all.at("out").shape(), (Extents{5, 3}));
  EXPECT_TRUE(all.contains("out.spikes.offsets"));  // recorded by the description
  EXPECT_FALSE(all.contains("out.v"));

  succeed({"run", "three.json", "--input", "x.npy", "--output", "some.npz", "--record",
           "out.v,examples=1:3,neurons=::2,steps=::10", "--record", "in.spikes,counts"});
  const Arrays some = read_npz(place_ / "some.npz");
  EXPECT_EQ(some.at("out.v").shape(), (Extents{2, 2, 2}));
  EXPECT_EQ(some.at("in.spikes.counts").shape(), (Extents{5, 3}));
  EXPECT_EQ(some.at("out"), all.at("out"));
  EXPECT_FALSE(some.contains("out.spikes.neuron"));
  EXPECT_THAT(place_.files(), ElementsAre("all.npz", "some.npz", "three.json", "x.npy", "y.npy"));
}

TEST_F(Models, FewerStepsAndANetworkWithoutData) {
  EXPECT_EQ(succeed({"run", "three.json", "--input", "x.npy", "--first", "1", "--timesteps", "2"}).output,
            "example\tout[0]\tout[1]\tout[2]\n0\t0\t0\t0\n");
  EXPECT_EQ(succeed({"run", "three.json", "--examples", "2"}).output,
            "example\tout[0]\tout[1]\tout[2]\n0\t0\t0\t0\n1\t0\t0\t0\n");
}

TEST_F(Models, ScaleAndNamesOfArrays) {
  write_npz(place_ / "data.npz",
            {{"pixels", Tensor<std::uint8_t>({1, 3}, {200, 50, 0})}, {"other", Tensor<float>({1})}});
  const Ended scaled = succeed({"run", "three.json", "--input", "in=data.npz:pixels", "--scale", "in=0.005"});
  EXPECT_EQ(scaled.output, "example\tout[0]\tout[1]\tout[2]\n0\t19\t4\t0\n");
}

TEST_F(Models, AnArtifactRunsWithoutCompilers) {
  const Words data{"--input", "x.npy", "--labels", "y.npy"};
  Words described{"evaluate", "three.json"}, compiled{"evaluate", "three.synfire"};
  described.insert(described.end(), data.begin(), data.end());
  compiled.insert(compiled.end(), data.begin(), data.end());
  const Ended made = succeed({"compile", "three.json"});
  EXPECT_THAT(made.output, IsEmpty());
  EXPECT_THAT(made.messages, HasSubstr("wrote three.synfire"));
  EXPECT_EQ(succeed(compiled, place_.without_compilers()).output, succeed(described).output);
  EXPECT_EQ(
      succeed({"run", "three.synfire", "--input", "x.npy", "--batch-size", "4"}, place_.without_compilers()).output,
      succeed({"run", "three.json", "--input", "x.npy"}).output);
  const Ended refused =
      place_.synfire({"run", "three.synfire", "--input", "x.npy", "--record", "out.v", "-o", "r.npz"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.messages, AllOf(HasSubstr("--record out.v"), HasSubstr("out.spikes")));
  EXPECT_THAT(place_.synfire({"run", "three.synfire", "--input", "x.npy", "--dt", "2"}).messages, HasSubstr("compile"));
}

TEST_F(Models, PreparationsAreKeptInTheArtifact) {
  write_npy(place_ / "bytes.npy", Tensor<std::uint8_t>({1, 3}, {200, 50, 0}));
  succeed({"compile", "three.json", "--scale", "0.005", "--host-arch", "x86-64-v2", "--output", "scaled.synfire"});
  EXPECT_EQ(succeed({"run", "scaled.synfire", "--input", "bytes.npy"}).output,
            succeed({"run", "three.json", "--input", "bytes.npy", "--scale", "0.005"}).output);
  EXPECT_THAT(succeed({"info", "scaled.synfire"}).output, HasSubstr("Data of in: scaled by 0.005"));
  // Another factor overrides the stored one.
  EXPECT_NE(succeed({"run", "scaled.synfire", "--input", "bytes.npy", "--scale", "0.0025"}).output,
            succeed({"run", "scaled.synfire", "--input", "bytes.npy"}).output);
}

TEST_F(Models, ExplainNamesScheduleLaunchesAndBuffers) {
  const Ended ended =
      succeed({"compile", "three.json", "--explain", "--host-arch", "x86-64-v3", "--schedule", "trial"});
  EXPECT_THAT(ended.output,
              AllOf(HasSubstr("schedule trial: as requested"), HasSubstr("launches   1 per batch"),
                    HasSubstr("x86-64-v3"), HasSubstr("readout"), HasSubstr("recording"), HasSubstr("total")));
  const auto json = succeed({"compile", "three.json", "--explain", "--host-arch", "x86-64-v3", "--json"}).json();
  EXPECT_EQ(json["programs"][0]["launches_per_batch"], 1);
  EXPECT_FALSE(json["programs"][0]["buffers"].empty());
}

TEST_F(Models, CompilesForAGpuThatIsNotHere) {
  const Ended ended = place_.synfire({"compile", "three.json", "--device", "cuda", "--arch", "sm_90"});
  if (ended.exit_code == 4 && ended.messages.find("NVRTC") != std::string::npos) GTEST_SKIP() << "no NVRTC here";
  ASSERT_EQ(ended.exit_code, 0) << ended.messages;
  const ArtifactFile file = load_artifact(place_ / "three.synfire");
  ASSERT_EQ(file.programs.size(), 1u);
  std::vector<std::string> architectures;
  for (const contract::Binary& binary : file.programs[0].binaries) {
    architectures.push_back(binary.architecture);
    if (binary.architecture != "sm_90") continue;
    ASSERT_GT(binary.bytes.size(), 4u);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(binary.bytes.data()) + 1, 3), "ELF");
  }
  EXPECT_THAT(architectures, AllOf(Contains("sm_90"), Contains(StartsWith("compute_"))));
  EXPECT_THAT(succeed({"info", "three.synfire"}).output, HasSubstr("sm_90"));
  const Ended run = place_.synfire({"run", "three.synfire", "--input", "x.npy", "--device", "host"});
  EXPECT_EQ(run.exit_code, 5);
  EXPECT_THAT(run.messages, HasSubstr("the artifact has no binary that the device can run"));
  succeed({"compile", "three.json", "--device", "host,cuda", "--arch", "sm_90", "--output", "both.synfire"});
  EXPECT_EQ(load_artifact(place_ / "both.synfire").programs.size(), 2u);
}

TEST_F(Models, InfoIsASummary) {
  const Ended ended = succeed({"info", "three.json"});
  EXPECT_THAT(ended.output,
              AllOf(HasSubstr("in          integrate_fire_input"), HasSubstr("one_to_one"), HasSubstr("Neurons: 6\n"),
                    HasSubstr("Synapses: 3\n"), HasSubstr("trainable 1,"), HasSubstr("20 steps of 1 ms")));
  const auto json = succeed({"info", "three.json", "--json"}).json();
  EXPECT_EQ(json["populations"][1]["readout"], "spike_count");
  EXPECT_EQ(json["synapses"], 3);
  EXPECT_EQ(json["kind"], "description");
  succeed({"compile", "three.json", "--host-arch", "x86-64-v2"});
  EXPECT_THAT(succeed({"info", "three.synfire"}, place_.without_compilers()).output,
              AllOf(HasSubstr("x86-64-v2"), HasSubstr("Neurons: 6\n"), HasSubstr("trainable 1,")));
}

TEST_F(Models, EmitShowsEveryStage) {
  EXPECT_THAT(succeed({"emit", "three.json"}).output, HasSubstr("synfire_trial"));
  EXPECT_THAT(succeed({"emit", "three.json", "--device", "cuda"}).output, HasSubstr("SYNFIRE_KERNEL"));
  const std::string list = succeed({"emit", "three.json", "--list"}).output;
  EXPECT_THAT(list, AllOf(StartsWith("network\n"), HasSubstr("\nlowering\n"), HasSubstr("\nsource\n")));
  EXPECT_THAT(succeed({"emit", "three.json", "--stage", "network"}).output, HasSubstr("integrate_fire"));
  succeed({"emit", "three.json", "--output", "three.cpp"}, place_.without_compilers());
  EXPECT_EQ(place_.read("three.cpp"), succeed({"emit", "three.json"}).output);
  succeed({"compile", "three.json", "--host-arch", "x86-64-v2"});
  EXPECT_EQ(succeed({"emit", "three.synfire"}).output, succeed({"emit", "three.json"}).output);
}

TEST_F(Models, ValidateTellsAll) {
  succeed({"compile", "three.json", "--host-arch", "x86-64-v2"});
  EXPECT_THAT(succeed({"validate", "three.json", "three.synfire"}, place_.without_compilers()).output,
              AllOf(HasSubstr("three.json: ok: 2 populations, 1 connection\n"), HasSubstr("three.synfire: ok: ")));
  std::string wrong = test::three_json;
  wrong.replace(wrong.find("\"integrate_fire\""), 16, "\"integrate_fir\"");
  wrong.replace(wrong.find("\"out\", \"conn"), 5, "\"oot\"");
  place_.write("wrong.json", wrong);
  const Ended ended = place_.synfire({"validate", "wrong.json", "three.json"});
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_THAT(ended.messages,
              AllOf(HasSubstr("wrong.json:5"), HasSubstr("\"integrate_fire\""), HasSubstr("wrong.json:8")));
  EXPECT_THAT(ended.output, HasSubstr("three.json: ok"));
  // A flipped bit in an artifact.
  std::string bytes = place_.read("three.synfire");
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  place_.write("damaged.synfire", bytes);
  EXPECT_EQ(place_.synfire({"validate", "damaged.synfire"}).exit_code, 3);
}

TEST_F(Models, DevicesAndCache) {
  EXPECT_THAT(succeed({"devices"}).output, AllOf(HasSubstr("host: "), HasSubstr("cuda: "), HasSubstr("x86-64")));
  const auto devices = succeed({"devices", "--json"}).json();
  EXPECT_EQ(devices["devices"].size(), 2u);

  const test::Environment own{{"SYNFIRE_CACHE", place_.path("cache")}};
  EXPECT_EQ(succeed({"cache", "path"}, own).output, place_.path("cache") + "\n");
  EXPECT_THAT(succeed({"cache", "size"}, own).output, StartsWith("0 programs"));
  succeed({"run", "three.json", "--input", "x.npy"}, own);
  EXPECT_THAT(succeed({"cache", "size"}, own).output, StartsWith("1 program, "));
  EXPECT_EQ(succeed({"cache", "list", "--json"}, own).json()["programs"][0]["device"], "host");
  place_.write("cache/mine.txt", "not the cache's");
  EXPECT_EQ(succeed({"cache", "clear", "--json"}, own).json()["removed"], 1);
  EXPECT_THAT(succeed({"cache", "list"}, own).output, IsEmpty());
  EXPECT_TRUE(place_.has("cache/mine.txt"));
}

// ---- --set

TEST_F(Models, SetReplacesValuesInEveryCommand) {
  // With twice the threshold, neurons spike half as often.
  const std::string half = "example\tout[0]\tout[1]\tout[2]\n0\t4\t0\t1\n";
  const Words run{"run", "three.json", "--input", "x.npy", "--first", "1"};
  const auto with = [](Words words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  EXPECT_EQ(succeed(with(run, {"--set", "out.v_thresh=2"})).output, half);
  // Options of the command win.
  EXPECT_EQ(succeed(with(run, {"--set", "compile.seed=3", "--timesteps", "10", "--set", "compile.timesteps=7"})).output,
            succeed(with(run, {"--timesteps", "10"})).output);
  EXPECT_THAT(succeed({"info", "three.json", "--set", "compile.timesteps=77"}).output, HasSubstr("77 steps of 1 ms"));
  EXPECT_THAT(succeed({"validate", "three.json", "--set", "out.v_thresh=2"}).output, HasSubstr("ok"));
  EXPECT_THAT(succeed({"emit", "three.json", "--stage", "network", "--set", "out.v_thresh=2.25"}).output,
              HasSubstr("v_thresh = 2.25"));
  EXPECT_EQ(succeed({"evaluate", "three.json", "--input", "x.npy", "--labels", "y.npy", "--set", "out.v_thresh=100",
                     "--quiet"})
                .output,
            "out\tsparse_categorical_accuracy\t0.4\n");  // no spikes: class 0
  succeed({"compile", "three.json", "--set", "out.v_thresh=2", "--host-arch", "x86-64-v2"});
  EXPECT_EQ(succeed({"run", "three.synfire", "--input", "x.npy", "--first", "1"}).output, half);
  for (const char* command : {"run", "info", "validate"}) {
    const Ended refused = place_.synfire({command, "three.synfire", "--set", "out.v_thresh=2"});
    EXPECT_EQ(refused.exit_code, 2) << command;
    EXPECT_THAT(refused.messages, HasSubstr("already compiled")) << command;
  }
}

TEST_F(Models, NoWarnIgnoresAKindOfWarning) {
  const Words words{"validate", "three.json", "--set",
                    "out.neuron={\"model\":\"leaky_integrate_fire\",\"tau_mem\":0.1}"};
  EXPECT_THAT(succeed(words).messages, HasSubstr("warning"));
  Words ignoring = words;
  ignoring.insert(ignoring.end(), {"--no-warn", "no_step_graphs,time_scale", "--strict"});
  EXPECT_THAT(succeed(ignoring).messages, Not(HasSubstr("warning")));
  ignoring.push_back("--json");
  EXPECT_EQ(succeed(ignoring).json()["files"][0]["problems"].size(), 0u);
}

// ---- models, compare

TEST_F(Models, CatalogHasParametersAndEquations) {
  const std::string text = succeed({"models"}).output;
  EXPECT_THAT(text, AllOf(HasSubstr("neuron \"leaky_integrate_fire\""), HasSubstr("dv/dt = "), HasSubstr("reset: "),
                          HasSubstr("synapse \"exponential\""), HasSubstr("readout \"avg_var\""),
                          HasSubstr("loss \"mean_square_error\""), HasSubstr("optimizer \"adam\""),
                          HasSubstr("surrogate \"fast_sigmoid\"\n  derivative: 1 / (1 + slope * abs(x))**2\n")));
  EXPECT_EQ(succeed({"models", "surrogate", "--json"}).json()["models"].size(), 6u);
  const auto json = succeed({"models", "leaky_integrate_fire", "loss", "adam", "--json"}).json()["models"];
  EXPECT_EQ(json.size(), 8u);
  EXPECT_EQ(json[0]["kind"], "neuron");
  EXPECT_EQ(json[0]["parameters"][2],
            nlohmann::json({{"name", "tau_mem"}, {"default", 20.0}, {"unit", "ms"}, {"above", 0.0}}));
  EXPECT_EQ(json[0]["state"][0], nlohmann::json({{"name", "v"}, {"initial", "0"}}));
  EXPECT_EQ(json[7]["name"], "adam");
  EXPECT_EQ(json[7]["parameters"][1],
            nlohmann::json({{"name", "beta1"}, {"default", 0.9}, {"min", 0.0}, {"below", 1.0}}));
}

TEST_F(Models, CompareListsDifferences) {
  EXPECT_THAT(succeed({"compare", "three.json", "three.json"}).messages, HasSubstr("equal"));
  std::string other = test::three_json;
  other.replace(other.rfind("1.0}, \"readout\""), 3, "2.0");
  place_.write("other.json", other);
  const Ended ended = place_.synfire({"compare", "three.json", "other.json"});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.output, testing::ContainsRegex("out\\.v_thresh +1 +2\n"));
  EXPECT_THAT(ended.messages, HasSubstr("given 1 difference"));
  const auto json = place_.synfire({"compare", "three.json", "other.json", "--json"}).json();
  EXPECT_EQ(json["equal"], false);
  EXPECT_EQ(json["differences"][0]["second"], "2");
}

// ---- sweep of a network that is not trained

TEST_F(Models, SweepEvaluates) {
  const Words words{"sweep", "three.json", "--input", "x.npy", "--labels", "y.npy", "--set", "out.v_thresh=1,100"};
  const Ended ended = succeed(words);
  EXPECT_THAT(ended.output, AllOf(HasSubstr("out.v_thresh  runs  out.sparse_categorical_accuracy\n"),
                                  testing::ContainsRegex("\n1 +1 +1\n"), testing::ContainsRegex("\n100 +1 +0.4\n")));
  Words by_another = words;
  by_another.insert(by_another.end(), {"--metric", "out=top_2_accuracy"});
  EXPECT_THAT(succeed(by_another).output, HasSubstr("out.v_thresh  runs  out.top_2_accuracy\n"));
}

}  // namespace
}  // namespace synfire
