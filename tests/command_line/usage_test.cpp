// SPDX-License-Identifier: Apache-2.0
// Invalid command lines and files: each gives its exit code and message, and leaves no files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

struct Mistake {
  const char* name;
  Words words;
  int exit_code;
  Words fragments;  // of the message
};

// The folder has three.json, x.npy, y.npy and the files of `wrong_files`.
const std::vector<Mistake>& mistakes() {
  static const std::vector<Mistake> all{
      {"NoCommand", {}, 2, {"command", "synfire --help"}},
      {"UnknownCommand", {"evalaute"}, 2, {"evalaute", "did you mean \"evaluate\"?"}},
      {"UnknownHelp", {"help", "comple"}, 2, {"did you mean \"compile\"?"}},
      {"OptionBeforeCommand", {"--jsn"}, 2, {"--jsn"}},
      {"UnknownOption", {"run", "three.json", "--inptu", "x.npy"}, 2, {"--inptu", "did you mean --input?"}},
      {"AbbreviatedOption", {"run", "three.json", "--inpu", "x.npy"}, 2, {"--inpu", "unknown option"}},
      {"OptionOfOtherCase", {"run", "three.json", "--Input", "x.npy"}, 2, {"--Input"}},
      {"MissingValue", {"run", "three.json", "--input"}, 2, {"--input", "needs a value"}},
      {"ValueForAFlag", {"info", "three.json", "--json=yes"}, 2, {"--json", "takes no value"}},
      {"TwiceGiven", {"run", "three.json", "--seed", "1", "--seed", "2"}, 2, {"--seed", "twice"}},
      {"MissingOperand", {"info"}, 2, {"MODEL"}},
      {"WordTooMany", {"info", "three.json", "four.json"}, 2, {"four.json"}},
      {"NoInteger", {"run", "three.json", "--input", "x.npy", "--batch-size", "many"}, 2, {"--batch-size", "many"}},
      {"NegativeInteger", {"run", "three.json", "--input", "x.npy", "--first=-1"}, 2, {"--first", "-1"}},
      {"ZeroBatch", {"run", "three.json", "--input", "x.npy", "--batch-size", "0"}, 2, {"--batch-size", "1 to"}},
      {"IntegerTooLarge", {"run", "three.json", "--input", "x.npy", "--seed", "99999999999999999999"}, 2, {"--seed"}},
      {"NoNumber", {"run", "three.json", "--input", "x.npy", "--scale", "big"}, 2, {"--scale", "big"}},
      {"NotFinite", {"run", "three.json", "--input", "x.npy", "--scale", "inf"}, 2, {"--scale", "inf"}},
      {"UnknownDevice", {"run", "three.json", "--input", "x.npy", "--device", "hots"}, 2, {"did you mean \"host\"?"}},
      {"UnknownInput", {"run", "three.json", "--input", "inn=x.npy"}, 2, {"\"inn\"", "did you mean \"in\"?"}},
      {"NoFileNamed", {"run", "three.json", "--input", "in="}, 2, {"--input", "no file"}},
      {"UnknownCode",
       {"run", "three.json", "--input", "x.npy", "--encode", "linear"},
       2,
       {"--encode", "linear_latency"}},
      {"UnknownCodeOption",
       {"run", "three.json", "--input", "x.npy", "--encode", "linear_latency,max_tim=3"},
       2,
       {"max_tim", "did you mean \"max_time\"?"}},
      {"CodeOptionWithoutNumber",
       {"run", "three.json", "--input", "x.npy", "--encode", "linear_latency,max_time"},
       2,
       {"--encode", "max_time"}},
      {"UnknownMetric",
       {"evaluate", "three.json", "--input", "x.npy", "--labels", "y.npy", "--metric", "accuracy"},
       2,
       {"--metric", "sparse_categorical_accuracy"}},
      {"NoLabels", {"evaluate", "three.json", "--input", "x.npy"}, 2, {"--labels"}},
      {"RecordWithoutFile",
       {"run", "three.json", "--input", "x.npy", "--record", "out.spikes"},
       2,
       {"--record", "--output"}},
      {"RecordWithoutVariable",
       {"run", "three.json", "--input", "x.npy", "--record", "out", "--output", "r.npz"},
       2,
       {"--record", "out.spikes"}},
      {"UnknownWayToKeep",
       {"run", "three.json", "--input", "x.npy", "--record", "out.spikes,neuron=1", "--output", "r.npz"},
       2,
       {"did you mean \"neurons\"?"}},
      {"WrongSlice",
       {"run", "three.json", "--input", "x.npy", "--record", "out.spikes,neurons=a:b", "--output", "r.npz"},
       2,
       {"a:b"}},
      {"NoData", {"run", "three.json"}, 2, {"--input", "--examples"}},
      {"ExamplesWithData", {"run", "three.json", "--input", "x.npy", "--examples", "3"}, 2, {"--examples", "--first"}},
      {"UnknownStage", {"emit", "three.json", "--stage", "lowring"}, 2, {"did you mean \"lowering\"?"}},
      {"UnknownPlot", {"plot", "rastr", "r.npz"}, 2, {"did you mean \"raster\"?"}},
      {"UnknownPicture", {"plot", "raster", "r.npz", "--output", "r.jpeg"}, 2, {".svg"}},
      {"EmptyTime", {"plot", "raster", "no_recordings.npz", "--from", "5", "--to", "5"}, 2, {"--to"}},
      {"UnknownShell", {"completion", "csh"}, 2, {"bash"}},
      {"UnknownCacheAction", {"cache", "claer"}, 2, {"did you mean \"clear\"?"}},
      {"ArchWithoutDevice",
       {"compile", "three.json", "--device", "host", "--arch", "sm_90"},
       2,
       {"--arch", "--device"}},
      {"EmptyPart", {"compile", "three.json", "--device", "host,"}, 2, {"--device"}},
      {"UnknownTarget", {"compile", "three.json", "--device", "gpu"}, 2, {"--device", "host, cuda"}},

      {"OutputIsAnInput",
       {"run", "three.json", "--input", "x.npy", "-o", "./x.npy"},
       2,
       {"--output", "--input is read"}},
      {"OutputIsTheModel", {"emit", "three.json", "-o", "three.json"}, 2, {"--output", "MODEL is read"}},
      {"ArtifactIsTheModel", {"compile", "three.json", "-o", "three.json"}, 2, {"--output", "MODEL is read"}},
      {"PictureOverTheData", {"plot", "raster", "two.npz", "-o", "two.npz"}, 2, {"--output"}},
      {"TwoOutputsOfOneName",
       {"train", "three.json", "--input", "x.npy", "--labels", "y.npy", "-o", "z", "--history", "z", "--artifact", "z"},
       2,
       {"--artifact", "--history is written"}},
      {"TensorsOverTheirText",
       {"train", "three.json", "--input", "x.npy", "--labels", "y.npy", "-o", "z.npz"},
       2,
       {"the tensors of --output", "--output is written"}},
      {"HistoryOverTensors",
       {"train", "three.json", "--input", "x.npy", "--labels", "y.npy", "-o", "z.json", "--history", "z.npz"},
       2,
       {"z.npz", "taken"}},
      {"TensorsOverLabels",
       {"train", "three.json", "--input", "x.npy", "--labels", "two.npz:labels", "-o", "two.json"},
       2,
       {"the tensors of --output", "--labels is read"}},
      {"UnknownWarning",
       {"info", "three.json", "--no-warn", "time_scales"},
       2,
       {"--no-warn", "did you mean \"time_scale\"?"}},
      {"SetWithoutValue", {"info", "three.json", "--set", "out.v_thresh"}, 2, {"--set", "PATH=VALUE"}},
      {"SetOfAnUnknownObject", {"info", "three.json", "--set", "uot.v_thresh=1"}, 3, {"did you mean \"out\"?"}},
      {"SetOfAnUnknownParameter",
       {"run", "three.json", "--input", "x.npy", "--set", "out.v_trhesh=1"},
       3,
       {"--set out.v_trhesh=1: ", "did you mean \"v_thresh\"?"}},
      {"SetOfAnUnknownOption",
       {"compile", "three.json", "--set", "compile.batchsize=1"},
       3,
       {"--set compile.batchsize=1: ", "did you mean \"batch_size\"?"}},
      {"SetOutOfRange", {"emit", "three.json", "--set", "compile.dt=0"}, 3, {"--set compile.dt=0: ", "compile.dt"}},
      {"UnknownCatalogEntry", {"models", "integrate_fir"}, 2, {"did you mean \"integrate_fire\"?"}},
      {"SweepTwiceTheSame",
       {"sweep", "three.json", "--input", "x.npy", "--labels", "y.npy", "--set", "out.v_thresh=1,1"},
       2,
       {"--set out.v_thresh", "given twice"}},
      {"SweepOfAnUnknownPath",
       {"sweep", "three.json", "--input", "x.npy", "--labels", "y.npy", "--set", "out.v_trhesh=1,2", "-o", "s.csv"},
       3,
       {"did you mean \"v_thresh\"?"}},
      {"SweepWithTrainingOptions",
       {"sweep", "three.json", "--input", "x.npy", "--labels", "y.npy", "--epochs", "3"},
       2,
       {"--epochs", "compile.compiler=event_prop"}},
      {"SweepWithWeightsOfClasses",
       {"sweep", "three.json", "--input", "x.npy", "--labels", "y.npy", "--class-weights", "1,2"},
       2,
       {"--class-weights", "compile.compiler=event_prop"}},
      {"SweepWithoutLabels", {"sweep", "three.json", "--input", "x.npy"}, 2, {"--labels"}},
      {"SweepWithAnUnknownMetric",
       {"sweep", "three.json", "--input", "x.npy", "--labels", "y.npy", "--metric", "out=top_5_acuracy"},
       2,
       {"--metric", "top_5_accuracy"}},
      {"SweepOfNoMetric",
       {"sweep", "three.json", "--input", "x.npy", "--labels", "y.npy", "--metric", "none"},
       2,
       {"--metric", "NAME=none"}},
      {"TwoMetricsForAllOutputs",
       {"evaluate", "three.json", "--input", "x.npy", "--labels", "y.npy", "--metric", "top_1_accuracy", "--metric",
        "confusion_matrix"},
       2,
       {"--metric", "two metrics"}},
      {"SweepIntoAPipe",
       {"sweep", "three.json", "--input", "x.npy", "--labels", "y.npy", "-o", "/dev/null"},
       2,
       {"--output", "must be a file"}},
      {"SweepIntoAnotherTable",
       {"sweep", "three.json", "--input", "x.npy", "--labels", "y.npy", "-o", "other.csv"},
       3,
       {"other.csv", "not the table of this sweep"}},
      {"HistoryOfNothing", {"plot", "history", "other.csv"}, 3, {"no column \"epoch\""}},
      {"HistoryOfUnequalRows", {"plot", "history", "broken.csv"}, 3, {"broken.csv:3"}},
      {"NoModel", {"info", "nothing.json"}, 3, {"nothing.json", "No such file"}},
      {"ModelIsAFolder", {"info", "."}, 3, {"directory"}},
      {"NoJson", {"validate", "x.npy"}, 3, {"x.npy"}},
      {"BrokenJson", {"validate", "broken.json"}, 3, {"broken.json:3"}},
      {"UnknownKey", {"validate", "unknown_key.json"}, 3, {"unknown_key.json:1", "did you mean \"populations\"?"}},
      {"UnknownModel", {"info", "unknown_model.json"}, 3, {"did you mean \"integrate_fire\"?"}},
      {"BrokenArtifact", {"info", "broken.synfire"}, 3, {"broken.synfire"}},
      {"CompileAnArtifact", {"compile", "broken.synfire"}, 3, {"already compiled"}},
      {"NoDataFile", {"run", "three.json", "--input", "nothing.npy"}, 3, {"nothing.npy"}},
      {"NoKnownFormat", {"run", "three.json", "--input", "broken.json"}, 3, {"broken.json", ".npy"}},
      {"UnknownArray", {"run", "three.json", "--input", "two.npz:pixel"}, 3, {"did you mean \"pixels\"?"}},
      {"NoArrayNamed", {"run", "three.json", "--input", "two.npz"}, 3, {"two.npz:"}},
      {"ArrayOfNpy", {"run", "three.json", "--input", "x.npy:x"}, 3, {"x.npy", "no name"}},
      {"IntegersAsCurrents", {"run", "three.json", "--input", "integers.npy"}, 3, {"integers", "--scale"}},
      {"EncodedForValues", {"run", "three.json", "--input", "x.npy", "--encode", "log_latency"}, 3, {"expects values"}},
      {"WrongShape", {"run", "three.json", "--input", "wide.npy"}, 3, {"3", "4"}},
      {"FewerExamples", {"run", "three.json", "--input", "x.npy", "--first", "6"}, 3, {"6", "5"}},
      {"LabelOutOfRange",
       {"evaluate", "three.json", "--input", "x.npy", "--labels", "two.npz:labels"},
       3,
       {"label", "7"}},
      {"OtherNumberOfLabels",
       {"evaluate", "three.json", "--input", "x.npy", "--labels", "y.npy", "--first", "3", "--metric",
        "mean_square_error"},
       3,
       {"targets"}},
      {"TruncatedNpy", {"run", "three.json", "--input", "truncated.npy"}, 3, {"truncated.npy"}},
      {"HugeNpy", {"run", "three.json", "--input", "huge.npy"}, 3, {"huge.npy"}},
      {"NoRecordings", {"plot", "raster", "no_recordings.npz"}, 3, {"--record"}},
      {"RecordedNothing",
       {"run", "three.json", "--input", "x.npy", "--record", "out.u", "--output", "r.npz"},
       3,
       {"u"}},
      {"UnwritableFolder", {"run", "three.json", "--input", "x.npy", "--output", "nowhere/r.npz"}, 3, {"nowhere"}},
      {"NoFolderForTheHistory",
       {"train", "three.json", "--input", "x.npy", "--labels", "y.npy", "--history", "nowhere/h.csv"},
       3,
       {"nowhere\" does not exist", "create it"}},
      {"OutputIsAFolder", {"compile", "three.json", "--output", "."}, 3, {"directory"}},
      {"NoCompiler", {"run", "three.json", "--input", "x.npy"}, 4, {"/nonexistent", "SYNFIRE_CXX"}},
  };
  return all;
}

void wrong_files(const Workplace& place) {
  place.write("broken.json", "{\n  \"format\": \"synfire-network\",\n  \"version\": ,\n}\n");
  place.write("unknown_key.json",
              R"({"format": "synfire-network", "version": 1, "poplations": [], "connections": []})");
  std::string model = test::three_json;
  model.replace(model.find("\"integrate_fire\""), 16, "\"integrate_fir\"");
  place.write("unknown_model.json", model);
  place.write("broken.synfire", "PK\x03\x04 and no more");
  write_npz(place / "two.npz",
            {{"pixels", Tensor<float>({5, 3})}, {"labels", Tensor<std::int64_t>({5}, {0, 1, 7, 0, 0})}});
  write_npz(place / "no_recordings.npz", {{"x", Tensor<float>({5, 3})}});
  place.write("other.csv", "a,b\n1,2\n");
  place.write("broken.csv", "epoch,out.loss\n0,1\n1\n");
  write_npy(place / "integers.npy", Tensor<std::uint8_t>({5, 3}));
  write_npy(place / "wide.npy", Tensor<float>({5, 4}));
  const std::string whole = place.read("x.npy");
  place.write("truncated.npy", whole.substr(0, whole.size() - 8));
  // Claims an impossible number of elements.
  std::string huge = whole;
  huge.replace(huge.find("(5, 3)"), 6, "(99999999999, 999)");
  place.write("huge.npy", huge);
}

class UsageMistakes : public testing::TestWithParam<Mistake> {};

TEST_P(UsageMistakes, AreReportedAndLeaveNothing) {
  const Mistake& mistake = GetParam();
  const Workplace place;
  write_three(place);
  wrong_files(place);
  const Words before = place.files();
  const test::Environment environment =
      mistake.exit_code == exit_build_failed ? place.without_compilers() : test::Environment{};
  const Ended ended = place.synfire(mistake.words, environment);
  EXPECT_EQ(ended.exit_code, mistake.exit_code) << ended.messages;
  EXPECT_THAT(ended.output, IsEmpty());
  EXPECT_THAT(ended.messages, testing::StartsWith("synfire: "));
  for (const std::string& fragment : mistake.fragments) EXPECT_THAT(ended.messages, HasSubstr(fragment));
  EXPECT_EQ(place.files(), before);

  // With --json: one document with the same content.
  if (mistake.words.empty() || mistake.name == std::string("ValueForAFlag")) return;
  Words words = mistake.words;
  words.insert(words.begin() + 1, "--json");
  const Ended again = place.synfire(words, environment);
  EXPECT_EQ(again.exit_code, mistake.exit_code);
  ASSERT_TRUE(nlohmann::json::accept(again.output)) << again.output;
  const nlohmann::json document = again.json();
  EXPECT_EQ(document["ok"], false);
  EXPECT_EQ(document["exit_code"], mistake.exit_code);
  ASSERT_FALSE(document["problems"].empty());
  EXPECT_THAT(document["problems"][0]["message"].get<std::string>(), testing::Not(IsEmpty()));
}

INSTANTIATE_TEST_SUITE_P(Corpus, UsageMistakes, testing::ValuesIn(mistakes()),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST(Usage, HelpBeginsWithAnExample) {
  const Workplace place;
  for (const Command& command : commands()) {
    const Ended ended = place.synfire({command.name, "--help"});
    EXPECT_EQ(ended.exit_code, 0);
    EXPECT_THAT(ended.output, testing::StartsWith("Example")) << command.name;
    EXPECT_THAT(ended.output, HasSubstr("  " + command.examples.front().command + "\n"));
    for (const Option& option : all_options(command)) EXPECT_THAT(ended.output, HasSubstr("--" + option.name));
    EXPECT_EQ(place.synfire({"help", command.name}).output, ended.output);
  }
  const std::string overview = place.synfire({"--help"}).output;
  for (const Command& command : commands()) {
    if (!command.hidden) {
      EXPECT_THAT(overview, HasSubstr("\n  " + command.name + " "));
    }
  }
}

TEST(Usage, VersionIsOneLine) {
  const Workplace place;
  EXPECT_THAT(place.synfire({"--version"}).output, testing::MatchesRegex("synfire [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(Usage, AClosedPipeEndsTheProgramQuietly) {
  const Workplace place;
  write_three(place);
  const Ended ended = place.run({"bash", "-c",
                                 std::string("set -o pipefail; ") + SYNFIRE_PROGRAM +
                                     " manual markdown | head -c 10 >/dev/null; "
                                     "trap '' PIPE; exec 3>&1; (sleep 0.2; " +
                                     SYNFIRE_PROGRAM + " manual markdown; echo code $? >&3) | true"});
  EXPECT_THAT(ended.output, AllOf(HasSubstr("code 1"), testing::Not(HasSubstr("code 0"))));
  EXPECT_THAT(ended.messages, IsEmpty());
}

TEST(Usage, OutputsGoToStandardOutput) {
  const Workplace place;
  write_three(place);
  const std::string source = place.synfire({"emit", "three.json"}).output;
  const Ended ended = place.synfire({"emit", "three.json", "--output", "-"});
  EXPECT_EQ(ended.output, source);
  const Ended both = place.synfire({"emit", "three.json", "--output", "-", "--json"});
  EXPECT_EQ(both.exit_code, exit_usage);
  EXPECT_THAT(both.messages, HasSubstr("standard output"));
}

// Replaces one name of each kind by a hostile one; every command refuses it without echoing its content to the
// terminal.
TEST(Usage, HostileNamesAreRefused) {
  const Workplace place;
  write_three(place);
  nlohmann::json sound = nlohmann::json::parse(test::three_json);
  sound["models"] = nlohmann::json::parse(
      R"([{"kind": "neuron", "name": "own", "parameters": [{"name": "tau", "value": 5}], "state": [{"name": "v"}],
           "dynamics": ["dv/dt = (I - v) / tau"], "threshold": "v > 1", "reset": ["v = 0"]}])");
  sound["populations"][1]["neuron"] = "own";
  sound["compile"].erase("record");
  place.write("sound.json", sound.dump());
  ASSERT_EQ(place.synfire({"validate", "sound.json"}).exit_code, 0)
      << place.synfire({"validate", "sound.json"}).messages;
  const Words hostile{"x\n#include \"/etc/hostname\"\n//",
                      "*/ q /*",
                      "a?\?/",
                      "a\\\n",
                      "%s%n",
                      "\x1b]0;x\x07",
                      "\"",
                      "a b",
                      "\302\23331m",
                      std::string(1 << 20, 'x')};
  for (const char* pointer : {"/models/0/name", "/models/0/parameters/0/name", "/models/0/state/0/name",
                              "/populations/0/name", "/populations/1/neuron", "/populations/1/readout"}) {
    for (const std::string& name : hostile) {
      nlohmann::json changed = sound;
      changed[nlohmann::json::json_pointer(pointer)] = name;
      if (pointer == std::string("/models/0/name")) changed["populations"][1]["neuron"] = name;
      place.write("hostile.json", changed.dump());
      const bool all = name == hostile.front();
      for (const char* command :
           {"validate", "run", "info", "emit", "compile", "evaluate", "train", "gradcheck", "plot"}) {
        if (!all && command != std::string("validate")) continue;
        Words words{command, "hostile.json", "--input", "x.npy", "--labels", "y.npy"};
        if (command == std::string("plot")) words = {"plot", "network", "hostile.json"};
        if (command == std::string("run")) words.resize(4);
        if (command == std::string("validate") || command == std::string("info") || command == std::string("emit") ||
            command == std::string("compile") || command == std::string("gradcheck"))
          words.resize(2);
        const Ended ended = place.synfire(words);
        EXPECT_EQ(ended.exit_code, exit_invalid) << command << " " << pointer << ended.messages.substr(0, 1000);
        EXPECT_EQ(ended.messages.find('\x1b'), std::string::npos) << command << " " << pointer;
        EXPECT_EQ(ended.messages.find("\xc2\x9b"), std::string::npos) << command << " " << pointer;
        EXPECT_LT(ended.messages.size(), 20000u) << command << " " << pointer;
        for (const std::string& line : split(ended.messages, '\n')) EXPECT_FALSE(line.starts_with("#include")) << line;
      }
    }
  }
}

TEST(Usage, AFullDiskIsAnError) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full";
  const Workplace place;
  const Ended ended = place.run({"bash", "-c", std::string(SYNFIRE_PROGRAM) + " --help > /dev/full"});
  EXPECT_EQ(ended.exit_code, exit_run_failed);
  EXPECT_THAT(ended.messages, HasSubstr("standard output"));
}

}  // namespace
}  // namespace synfire::command_line
