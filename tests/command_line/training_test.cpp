// SPDX-License-Identifier: Apache-2.0
// Training on the command line: train, gradcheck, and printing the derivation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <thread>

#include "command_line/program.hpp"
#include "synfire/description.hpp"
#include "synfire/npz.hpp"

namespace synfire {
namespace {

using test::Ended;
using test::Words;
using testing::AllOf;
using testing::AnyOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Three inputs, four hidden neurons, two classes.
constexpr const char* small_json = R"({
  "format": "synfire-network", "version": 1,
  "populations": [
    {"name": "in", "shape": 3, "neuron": "spike_input"},
    {"name": "hidden", "shape": 4, "neuron":
     {"model": "leaky_integrate_fire", "relative_reset": false, "integrate_during_refrac": false, "scale_i": true}},
    {"name": "out", "shape": 2, "neuron": {"model": "leaky_integrate", "scale_i": true}, "readout": "avg_var"}
  ],
  "connections": [
    {"source": "in", "target": "hidden", "synapse": {"model": "exponential", "scale_i": true},
     "connectivity": {"type": "dense", "weight": {"type": "normal", "mean": 3.0, "sd": 2.0}}},
    {"source": "hidden", "target": "out", "synapse": {"model": "exponential", "scale_i": true},
     "connectivity": {"type": "dense", "weight": {"type": "normal", "sd": 0.5}}}
  ],
  "inputs": [{"population": "in", "encode": {"type": "linear_latency", "max_time": 18, "min_time": 2}}],
  "compile": {"compiler": "event_prop", "timesteps": 20, "batch_size": 4, "seed": 2,
              "optimizer": {"type": "adam", "learning_rate": 0.05}}
}
)";

class Training : public testing::Test {
 protected:
  Training() { place_.write("small.json", small_json); }

  // The class tells whether the first or the last pixel is brighter.
  void write_data() const {
    Tensor<std::uint8_t> images({24, 3});
    Tensor<std::int64_t> labels({24});
    for (std::size_t e = 0; e < 24; ++e) {
      labels[e] = static_cast<std::int64_t>(e % 2);
      images[3 * e] = static_cast<std::uint8_t>(e % 2 == 0 ? 250 - e : 20 + e);
      images[3 * e + 1] = static_cast<std::uint8_t>(100 + e);
      images[3 * e + 2] = static_cast<std::uint8_t>(e % 2 == 0 ? 20 + e : 250 - e);
    }
    write_npy(place_ / "x.npy", images);
    write_npy(place_ / "y.npy", labels);
  }

  Ended succeed(const Words& words) const {
    Ended ended = place_.synfire(words);
    EXPECT_EQ(ended.exit_code, 0) << ended.messages;
    return ended;
  }

  std::string with(const std::string& what, const std::string& by) const {
    std::string text = small_json;
    const std::size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), by);
  }

  test::Workplace place_;
};

TEST_F(Training, GradcheckPrintsAllValuesOfSampledEntries) {
  const Ended ended = succeed({"gradcheck", "small.json", "--entries", "2", "--device", "host"});
  EXPECT_THAT(ended.output,
              AllOf(StartsWith("tensor "), HasSubstr("derived"), HasSubstr("difference"), HasSubstr("grid"),
                    HasSubstr("in_hidden.weight"), HasSubstr("hidden_out.weight"), HasSubstr("triggered by a jump"),
                    HasSubstr("near-tangent"), HasSubstr("program to grid"), HasSubstr("shift test"),
                    HasSubstr("slope test"), HasSubstr("spike times are rounded to dt: "),
                    HasSubstr("in continuous time"), HasSubstr("passed: 4 entries, ")));
  const auto json = succeed({"gradcheck", "small.json", "--json", "--device", "host", "--examples", "2"}).json();
  EXPECT_EQ(json["passed"], true);
  EXPECT_EQ(json["device"], "host");
  EXPECT_EQ(json["entries"].size(), 10u);
  EXPECT_TRUE(json["entries"][0].contains("program"));
  EXPECT_LE(json["tensors"][0]["program_error"], 1e-4);
  EXPECT_GT(json["spikes"], 0);
  EXPECT_GT(json["grid_spikes"], 0);
  for (const char* each : {"shift", "slope"}) {
    EXPECT_GT(json[each]["moved"], 0) << each;
    EXPECT_EQ(json[each]["passed"], true) << each;
  }
}

TEST_F(Training, GradcheckOfEverythingWithoutAProgram) {
  const auto json = succeed({"gradcheck", "small.json", "--json", "--everything", "--no-program", "--entries", "1",
                             "--loss", "out=sparse_categorical_crossentropy,temperature=0.5"})
                        .json();
  std::vector<std::string> tensors;
  for (const auto& each : json["tensors"]) tensors.push_back(each["name"]);
  EXPECT_THAT(tensors, AllOf(Contains("hidden.tau_mem"), Contains("in_hidden.delay"), Contains("hidden.v(0)")));
  EXPECT_FALSE(json["entries"][0].contains("program"));
  EXPECT_EQ(json["device"], "");
}

// Parameters that programs do not train have gradients all the same.
TEST_F(Training, GradcheckSaysWhatNoProgramLearns) {
  place_.write("tau.json", with("\"relative_reset\"", "\"tau_refrac\": {\"trainable\": 2.0}, \"relative_reset\""));
  const auto json = succeed({"gradcheck", "tau.json", "--json", "--entries", "1"}).json();
  EXPECT_EQ(json["device"], "");
  EXPECT_EQ(json["warnings"][0]["kind"], "program_not_checked");
  EXPECT_THAT(json["warnings"][0]["path"], HasSubstr("tau_refrac"));
}

// Each arrival lifts a neuron just to its threshold: with any less it would not spike.
TEST_F(Training, GradcheckFailsWhereTooManyEntriesLieAtKinks) {
  std::string edge =
      with("{\"type\": \"normal\", \"mean\": 3.0, \"sd\": 2.0}", "{\"type\": \"normal\", \"mean\": 1.0, \"sd\": 0.0}");
  for (const auto& [what, by] : {std::pair{"{\"model\": \"exponential\", \"scale_i\": true}", "\"delta\""},
                                 {", \"scale_i\": true}},", "}},"},
                                 {"\"timesteps\"", "\"allow_arrival_only\": true, \"timesteps\""}}) {
    ASSERT_NE(edge.find(what), std::string::npos) << what;
    edge.replace(edge.find(what), std::string(what).size(), by);
  }
  place_.write("edge.json", edge);
  const Ended ended = place_.synfire({"gradcheck", "edge.json", "--entries", "0", "--no-program"});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.output,
              AllOf(HasSubstr(" kink "), HasSubstr("triggered by a jump"),
                    HasSubstr("two neurons spike at the same time"), HasSubstr("FAILED: 20 entries, 12 at kinks")));
  EXPECT_THAT(ended.messages, HasSubstr("at most 5 %, given 12 of 20"));
  const Ended document = place_.synfire({"gradcheck", "edge.json", "--entries", "0", "--no-program", "--json"});
  EXPECT_EQ(document.exit_code, 1);
  EXPECT_EQ(document.json()["ok"], false);
  EXPECT_EQ(document.json()["problems"][0]["kind"], "run_failed");
  EXPECT_EQ(document.json()["entries"].size(), 20u);
  EXPECT_EQ(document.json()["kinks"], 12);
  EXPECT_GT(document.json()["spikes"], 0);
  EXPECT_EQ(document.json()["triggered"], document.json()["spikes"]);
}

TEST_F(Training, GradcheckSaysWhereNothingSpiked) {
  place_.write("silent.json", with("\"mean\": 3.0, \"sd\": 2.0", "\"mean\": 0.0, \"sd\": 0.0"));
  const Ended ended = place_.synfire({"gradcheck", "silent.json", "--no-program"});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.output, AllOf(HasSubstr("no neuron spiked"), HasSubstr("FAILED")));
  EXPECT_THAT(ended.messages, HasSubstr("no neuron spiked"));
}

TEST_F(Training, GradcheckDoesNotPassWhereNothingWasChecked) {
  std::string frozen = with("{\"type\": \"normal\", \"mean\": 3.0, \"sd\": 2.0}",
                            "{\"frozen\": {\"type\": \"normal\", \"mean\": 3.0, \"sd\": 2.0}}");
  const std::string second = "{\"type\": \"normal\", \"sd\": 0.5}";
  frozen.replace(frozen.find(second), second.size(), "{\"frozen\": " + second + "}");
  place_.write("frozen.json", frozen);
  const Ended nothing = place_.synfire({"gradcheck", "frozen.json", "--json"});
  EXPECT_EQ(nothing.exit_code, 1);
  EXPECT_EQ(nothing.json()["vacuous"], true);
  EXPECT_THAT(nothing.messages, HasSubstr("nothing is trained, so nothing was checked"));
  succeed({"gradcheck", "frozen.json", "--everything", "--no-program", "--entries", "1"});

  std::string silent = with("\"leaky_integrate\", \"scale_i\": true}, \"readout\": \"avg_var\"",
                            "\"leaky_integrate_fire\", \"v_thresh\": 1e6}, \"readout\": \"first_spike_time\"");
  silent.replace(silent.find("\"optimizer\""), 0, "\"losses\": \"time_to_first_spike_crossentropy\", ");
  place_.write("silent.json", silent);
  const Ended zeros = place_.synfire({"gradcheck", "silent.json", "--no-program"});
  EXPECT_EQ(zeros.exit_code, 1);
  EXPECT_THAT(zeros.output, HasSubstr("only derivatives that are 0 were compared, so nothing was checked: FAILS"));
}

// Patterns may draw no synapses, and lists may be empty.
TEST_F(Training, ConnectionsWithoutSynapsesLearnNothing) {
  write_data();
  for (const std::string pattern :
       {"\"fixed_probability\", \"p\": 0", "\"fixed_probability\", \"p\": 1e-12", "\"fixed_inputs\", \"number\": 0",
        "\"fixed_outputs\", \"number\": 0", "\"sparse\", \"sources\": [], \"targets\": []"}) {
    SCOPED_TRACE(pattern);
    for (const std::string replaced : {"\"dense\", \"weight\": {\"type\": \"normal\", \"mean\": 3.0, \"sd\": 2.0}",
                                       "\"dense\", \"weight\": {\"type\": \"normal\", \"sd\": 0.5}"}) {
      place_.write("none.json", with(replaced, pattern + ", \"weight\": 1.0"));
      if (replaced.find("3.0") != std::string::npos)
        succeed({"train", "none.json", "--input", "x.npy", "--labels", "y.npy", "--epochs", "1", "-o", "t.json"});
      Words words{"gradcheck", "none.json", "--entries", "1"};
      if (pattern.find("sparse") == std::string::npos) words.emplace_back("--no-program");
      const Ended checked = place_.synfire(words);
      EXPECT_EQ(checked.exit_code, 1);
      EXPECT_THAT(checked.messages, AnyOf(HasSubstr("nothing was checked"), HasSubstr("were not checked")));
    }
  }
}

// Random inputs spike as in the program.
TEST_F(Training, GradcheckOfRandomInputs) {
  std::string random = with("\"spike_input\"", "\"poisson_input\"");
  random.erase(random.find("  \"inputs\""), random.find("  \"compile\"") - random.find("  \"inputs\""));
  place_.write("random.json", random);
  const auto json = succeed({"gradcheck", "random.json", "--examples", "3", "--json", "--device", "host"}).json();
  EXPECT_GT(json["spikes"], 0);
  for (const auto& tensor : json["tensors"]) EXPECT_LE(tensor["program_error"], 1e-4) << tensor;
}

TEST_F(Training, EmitShowsTheDerivation) {
  const std::string text = succeed({"emit", "small.json", "--stage", "adjoint"}).output;
  EXPECT_THAT(text, AllOf(HasSubstr("population \"hidden\": x = (v"), HasSubstr("backward between events"),
                          HasSubstr("  κ "), HasSubstr("= η / ġ"), HasSubstr("population \"out\"")));
  EXPECT_THAT(succeed({"emit", "small.json", "--list"}).output, StartsWith("network\nadjoint\nlowering\n"));
  EXPECT_THAT(succeed({"emit", "small.json"}).output, HasSubstr("synfire_train"));
  // docs/adjoint.md shows this output for such a population.
  std::ifstream document(SYNFIRE_SOURCE_FOLDER "/docs/adjoint.md");
  const std::string shown{std::istreambuf_iterator<char>(document), {}};
  std::string named = small_json;
  named.replace(named.find("{\"source\": \"in\""), 1, "{\"name\": \"w\", ");
  place_.write("named.json", named);
  const std::string derived = succeed({"emit", "named.json", "--stage", "adjoint"}).output;
  EXPECT_THAT(shown, HasSubstr("```\n" + derived.substr(0, derived.find("\n\n")) + "\n```\n"));
  // Also for a description without training settings.
  std::string inference = with("\"compiler\": \"event_prop\", ", "");
  const std::size_t optimizer = inference.find(",\n              \"optimizer\"");
  inference.erase(optimizer, inference.rfind("}\n}") - optimizer);
  place_.write("inference.json", inference);
  EXPECT_EQ(succeed({"emit", "inference.json", "--stage", "adjoint"}).output, text);
  EXPECT_THAT(succeed({"emit", "inference.json"}).output, HasSubstr("synfire_trial"));
  const Ended printed = place_.synfire({"gradcheck", "small.json", "--entries", "1"}, {{"SYNFIRE_PRINT", "adjoint"}});
  EXPECT_THAT(printed.messages, AllOf(HasSubstr("==== adjoint\n" + text), Not(HasSubstr("==== source"))));
}

TEST_F(Training, RefusalsNameTheReasonAndTheRemedy) {
  place_.write("count.json", with("\"leaky_integrate\", \"scale_i\": true}, \"readout\": \"avg_var\"",
                                  "\"leaky_integrate_fire\", \"scale_i\": true}, \"readout\": \"spike_count\""));
  place_.write("delta.json",
               with("\"synapse\": {\"model\": \"exponential\", \"scale_i\": true}", "\"synapse\": \"delta\""));
  place_.write("update.json", with("{\"model\": \"leaky_integrate_fire\", \"relative_reset\": false, "
                                   "\"integrate_during_refrac\": false, \"scale_i\": true}",
                                   R"({"model": {"name": "map", "state": [{"name": "v"}], "update": ["v = 0.9 * v + I"],
                                  "threshold": "v >= 1", "reset": ["v = 0"]}})"));
  const auto refused = [&](const Words& words, const std::string& path, const std::string& reason,
                           const std::string& remedy) {
    const Ended ended = place_.synfire(words);
    EXPECT_EQ(ended.exit_code, 3) << words[0] << " " << words[1] << ended.messages;
    EXPECT_THAT(ended.messages, AllOf(HasSubstr(path), HasSubstr(reason), HasSubstr(remedy))) << words[0];
  };
  for (const Words& command : {Words{"gradcheck"}, Words{"emit", "--stage", "adjoint"}, Words{"validate"}}) {
    const auto of = [&](const char* file) {
      Words words = command;
      words.insert(words.begin() + 1, file);
      return words;
    };
    refused(of("count.json"), "populations[2] \"out\"", "spike", "readout");
    refused(of("delta.json"), "populations[1] \"hidden\"", "only at the moment a spike arrives", "shaped synapse");
  }
  // A model given by an update can be trained, but has no equations to print or compare with.
  EXPECT_THAT(
      succeed({"emit", "update.json", "--stage", "adjoint"}).output + succeed({"gradcheck", "update.json"}).output,
      HasSubstr("defined by an update"));
}

TEST_F(Training, TrainWritesWhatWasLearned) {
  write_data();
  const Ended ended =
      succeed({"train", "small.json", "--input", "x.npy", "--labels", "y.npy", "--epochs", "20", "--validation-split",
               "0.25", "--history", "history.csv", "--artifact", "small.synfire", "--device", "host", "--quiet"});
  EXPECT_THAT(ended.output, StartsWith("epoch\tseconds\tout.loss\tout.sparse_categorical_accuracy\t"
                                       "validation.out.loss\tvalidation.out.sparse_categorical_accuracy\n0\t"));
  EXPECT_EQ(std::count(ended.output.begin(), ended.output.end(), '\n'), 21);
  EXPECT_THAT(place_.files(),
              ElementsAre("history.csv", "small-trained.json", "small.json", "small.synfire", "x.npy", "y.npy"));
  const Description trained = read_description(place_ / "small-trained.json");
  EXPECT_EQ(trained.compile, read_description(place_ / "small.json").compile);
  const Words data{"--input", "x.npy", "--labels", "y.npy"};
  const auto evaluated = [&](const char* model) {
    Words words{"evaluate", model, "--quiet"};
    words.insert(words.end(), data.begin(), data.end());
    return succeed(words).output;
  };
  EXPECT_THAT(evaluated("small-trained.json"), StartsWith("out\tsparse_categorical_accuracy\t1\nout\tloss\t0."));
  EXPECT_EQ(evaluated("small.synfire"), "out\tsparse_categorical_accuracy\t1\n");
  // Training continues from there, from the artifact as well.
  const auto goes_on = [&](const char* model) {
    const auto json = succeed({"train", model, "--input", "x.npy", "--labels", "y.npy", "--epochs", "1", "--seed", "5",
                               "--learning-rate", "0", "--output", "further.json", "--json", "--quiet"})
                          .json();
    return json["epochs"][0]["training"][0]["loss"].get<double>();
  };
  EXPECT_LT(goes_on("small-trained.json"), 0.4);
  EXPECT_EQ(goes_on("small.synfire"), goes_on("small-trained.json"));
  // The same seed gives the same result.
  const Words once{"train", "small.json",         "--input", "x.npy",    "--labels",   "y.npy",  "--epochs",
                   "20",    "--validation-split", "0.25",    "--output", "again.json", "--json", "--quiet"};
  const auto json = succeed(once).json();
  EXPECT_EQ(json["epochs"].size(), 20u);
  EXPECT_EQ(json["file"], "again.json");
  EXPECT_TRUE(read_description(place_ / "again.json") == trained);
}

TEST_F(Training, DiagnoseCountsSpikesAtAQuarterOfTheStep) {
  write_data();
  const Words words{"train",    "small.json", "--input",    "x.npy", "--labels", "y.npy",
                    "--epochs", "1",          "--diagnose", "-o",    "t.json"};
  const Ended ended = succeed(words);
  EXPECT_THAT(ended.messages, HasSubstr("population\tspikes per example at 1 ms\tat 0.25 ms"));
  EXPECT_THAT(ended.messages, HasSubstr("hidden\t"));
}

TEST_F(Training, WarnsOfSilentPopulations) {
  write_data();
  place_.write("silent.json", with("\"mean\": 3.0, \"sd\": 2.0", "\"mean\": 0.01, \"sd\": 0.001"));
  const Ended ended =
      succeed({"train", "silent.json", "--input", "x.npy", "--labels", "y.npy", "--epochs", "3", "-o", "t.json"});
  const std::string told = "population \"hidden\", epoch 0: no neuron spiked in the whole epoch";
  EXPECT_THAT(ended.messages, HasSubstr(told));
  EXPECT_EQ(ended.messages.find(told), ended.messages.rfind(told)) << "once is enough";
  EXPECT_EQ(ended.messages.find("epoch 1: no neuron"), std::string::npos) << ended.messages;
}

// Counts have one decimal, whatever their size.
TEST_F(Training, DiagnosePrintsWholeNumbers) {
  write_data();
  place_.write("loud.json", with("\"mean\": 3.0, \"sd\": 2.0", "\"mean\": 30.0, \"sd\": 2.0"));
  const Ended ended = succeed(
      {"train", "loud.json", "--input", "x.npy", "--labels", "y.npy", "--epochs", "1", "--diagnose", "-o", "t.json"});
  EXPECT_EQ(ended.messages.find("e+0"), std::string::npos) << ended.messages;
}

// Programs hold them in single precision.
TEST_F(Training, SettingsBeyondSinglePrecisionAreRefused) {
  write_data();
  const auto fails = [&](const std::string& compile, const std::string& place) {
    SCOPED_TRACE(compile);
    place_.write("wrong.json", with("\"optimizer\": {\"type\": \"adam\", \"learning_rate\": 0.05}", compile));
    const Ended ended = place_.synfire({"gradcheck", "wrong.json", "--no-program"});
    EXPECT_EQ(ended.exit_code, 3);
    EXPECT_THAT(ended.messages, HasSubstr("wrong.json:"));
    EXPECT_THAT(ended.messages, HasSubstr(place));
  };
  for (const char* loss :
       {"sparse_categorical_crossentropy", "categorical_crossentropy", "time_to_first_spike_crossentropy"}) {
    for (const char* number : {"1e-46", "1e39"})
      fails("\"losses\": {\"type\": \"" + std::string(loss) + "\", \"temperature\": " + number + "}",
            "compile.losses.temperature");
  }
  fails("\"losses\": {\"type\": \"time_to_first_spike_crossentropy\", \"alpha\": 1e39}", "compile.losses.alpha");
  fails("\"losses\": {\"type\": \"relative_mean_square_error\", \"delta\": 1e39}", "compile.losses.delta");
  for (const std::string wrong : {"\"epsilon\": 1e39", "\"epsilon\": 1e-46", "\"learning_rate\": 1e39",
                                  "\"learning_rate\": 1e-46", "\"beta1\": 0.9999999999", "\"beta2\": 0.99999999999"})
    fails("\"optimizer\": {\"type\": \"adam\", " + wrong + "}",
          "compile.optimizer." + wrong.substr(1, wrong.find('"', 1) - 1));
  for (const std::string wrong : {"\"nominal_dt\": 1e39", "\"nominal_dt\": 1e-46"}) fails(wrong, "compile.nominal_dt");

  const auto refuses = [&](const Words& options, const std::string& place) {
    Words words{"train", "small.json", "--input", "x.npy", "--labels", "y.npy"};
    words.insert(words.end(), options.begin(), options.end());
    const Ended ended = place_.synfire(words);
    EXPECT_EQ(ended.exit_code, 3) << options.back();
    EXPECT_THAT(ended.messages, HasSubstr(place));
  };
  refuses({"--learning-rate", "1e39"}, "compiler.optimizer.learning_rate");
  refuses({"--learning-rate", "1e-46"}, "compiler.optimizer.learning_rate");
  refuses({"--loss", "sparse_categorical_crossentropy,temperature=1e-46"}, "compile.losses.temperature");
}

TEST_F(Training, SaysThatNoWeightWillChange) {
  write_data();
  const auto strict = [&](const std::string& file, const Words& more, const std::string& message) {
    Words words{"train", file, "--input", "x.npy", "--labels", "y.npy", "--epochs", "1", "-o", "t.json", "--strict"};
    words.insert(words.end(), more.begin(), more.end());
    const Ended ended = place_.synfire(words);
    EXPECT_EQ(ended.exit_code, 3) << ended.messages;
    EXPECT_THAT(ended.messages, HasSubstr(message));
  };
  strict("small.json", {"--learning-rate", "0"}, "the learning rate is 0");
  const auto with_weights = [&](const std::string& first, const std::string& second) {
    std::string text = with("{\"type\": \"normal\", \"mean\": 3.0, \"sd\": 2.0}", first);
    const std::string last = "{\"type\": \"normal\", \"sd\": 0.5}";
    place_.write("held.json", text.replace(text.find(last), last.size(), second));
  };
  with_weights("{\"frozen\": 3.0}", "{\"frozen\": 0.5}");
  strict("held.json", {}, "nothing trainable contributes to a loss");
  EXPECT_THAT(place_.synfire({"validate", "held.json"}).messages, HasSubstr("nothing trainable contributes to a loss"));
  with_weights("{\"trainable\": 3.0, \"min\": 3, \"max\": 3}", "{\"frozen\": 0.5}");
  strict("held.json", {}, "every trainable value has equal bounds");
}

// ---- Checkpoints

class CutTraining : public Training {
 protected:
  CutTraining() {
    write_data();
    const Ended ended = succeed(with_words({"--output", "whole.json", "--history", "whole.csv"}));
    whole_ = place_.read("whole.json");
  }

  // Enough epochs to be cut in any of them.
  static Words with_words(const Words& more) {
    Words words{"train",
                "small.json",
                "--input",
                "x.npy",
                "--labels",
                "y.npy",
                "--epochs",
                "150",
                "--learning-rate-decay",
                "0.99",
                "--validation-split",
                "0.25",
                "--device",
                "host",
                "--quiet"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  static Words kept() {
    return with_words(
        {"--checkpoint", "run.ckpt", "--checkpoint-every", "25", "--output", "cut.json", "--early-stopping", "none"});
  }

  // Starts it, and sends a signal after `delay`.
  Ended cut(int signal, std::chrono::microseconds delay) const {
    Words words{SYNFIRE_PROGRAM};
    const Words own = kept();
    words.insert(words.end(), own.begin(), own.end());
    const pid_t process = place_.start(words);
    std::this_thread::sleep_for(delay);
    ::kill(process, signal);
    return place_.finish(process);
  }

  // The run without interruptions, continued from the checkpoint if there is one.
  void expect_whole() const {
    if (place_.has("run.ckpt"))
      succeed({"train", "--resume", "run.ckpt", "--input", "x.npy", "--labels", "y.npy", "--output", "cut.json",
               "--device", "host", "--quiet"});
    else
      succeed(kept());
    EXPECT_EQ(place_.read("cut.json"), whole_);
  }

  std::chrono::microseconds duration() const {
    const auto begin = std::chrono::steady_clock::now();
    succeed(with_words({"--output", "cut.json"}));
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
  }

  std::string whole_;
};

std::optional<int> cuts_asked_for() {
  const char* const text = std::getenv("SYNFIRE_CUTS");
  return text == nullptr ? std::nullopt : std::optional(std::atoi(text));
}

// SYNFIRE_CUTS=300 takes minutes.
TEST_F(CutTraining, AtAnyMomentAndResumedIsTheWholeTraining) {
  constexpr std::uint32_t seed = 7;
  const int cuts = cuts_asked_for().value_or(9);
  std::mt19937 random(seed);
  const auto whole = static_cast<std::uint64_t>(duration().count());
  int with_checkpoint = 0;
  for (int i = 0; i < cuts; ++i) {
    const int signal = i % 3 == 0 ? SIGTERM : i % 3 == 1 ? SIGINT : SIGKILL;
    const std::chrono::microseconds delay(random() % whole);
    SCOPED_TRACE("signal " + std::to_string(signal) + " after " + std::to_string(delay.count()) + " µs, seed " +
                 std::to_string(seed));
    for (const char* each : {"run.ckpt", "cut.json"}) std::filesystem::remove(place_ / each);
    const Ended ended = cut(signal, delay);
    EXPECT_THAT(ended.exit_code, AnyOf(0, 128 + signal)) << ended.messages;
    // What a signal ends after the batch has written everything.
    if (!ended.signaled && ended.messages.find("ending after this batch") != std::string::npos) {
      EXPECT_TRUE(place_.has("run.ckpt"));
      EXPECT_EQ(place_.synfire({"validate", "cut.json"}).exit_code, 0);
    }
    with_checkpoint += place_.has("run.ckpt");
    expect_whole();
  }
  EXPECT_GT(with_checkpoint, 0);
}

TEST_F(CutTraining, SaysHowFarItHasCome) {
  Words words = kept();
  words[7] = "3";
  succeed(words);
  const Ended ended = place_.synfire({"info", "run.ckpt", "--json"});
  ASSERT_EQ(ended.exit_code, 0) << ended.messages;
  const auto document = ended.json();
  EXPECT_EQ(document["kind"], "checkpoint");
  EXPECT_EQ(document["checkpoint"]["epoch"], 3);
  EXPECT_EQ(document["checkpoint"]["notes"]["epochs"], "3");
  EXPECT_THAT(place_.synfire({"info", "run.ckpt"}).output, HasSubstr("complete: epoch 3 would be the next"));
  const Ended refused = place_.synfire({"evaluate", "run.ckpt", "--input", "x.npy", "--labels", "y.npy"});
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.messages, HasSubstr("the file is a checkpoint of training"));
}

TEST_F(CutTraining, AgainAndAgain) {
  const std::chrono::microseconds part(duration() / 4);
  for (int i = 0; i < 3; ++i) {
    const Words resumed{SYNFIRE_PROGRAM, "train", "small.json", "--resume", "run.ckpt"};
    Words words = resumed, own = kept();
    words.insert(words.end(), own.begin() + 2, own.end());
    const pid_t process = place_.start(words);
    std::this_thread::sleep_for(part);
    ::kill(process, i == 1 ? SIGKILL : SIGTERM);
    place_.finish(process);
  }
  expect_whole();
}

TEST_F(CutTraining, ResumingSaysWhatItCannotDo) {
  Words first = kept();
  first[7] = "2";
  succeed(first);
  const auto fails = [&](const Words& more, int code, const std::string& message) {
    Words words{"train", "--labels", "y.npy", "--resume", "run.ckpt"};
    words.insert(words.end(), more.begin(), more.end());
    const Ended ended = place_.synfire(words);
    EXPECT_EQ(ended.exit_code, code) << ended.messages;
    EXPECT_THAT(ended.messages, HasSubstr(message));
  };
  fails({"--input", "x.npy", "--seed", "4"}, 2, "--seed: the checkpoint already says this");
  fails({"--input", "x.npy", "--output", "run.ckpt"}, 2, "the file is taken");
  Tensor<std::uint8_t> other({24, 3});
  write_npy(place_ / "other.npy", other);
  fails({"--input", "other.npy", "--allow", "x"}, 2, "--allow");
  fails({"--input", "other.npy", "--encode", "log_latency"}, 2, "--encode");
  other[0] = 255;
  write_npy(place_ / "other.npy", other);
  fails({"--input", "other.npy"}, 3, "the data or the weights of their losses are not those of the run");
  place_.write("broken.ckpt", "PK");
  const Ended broken = place_.synfire({"train", "--resume", "broken.ckpt", "--input", "x.npy", "--labels", "y.npy"});
  EXPECT_EQ(broken.exit_code, 3);
  const Ended missing = place_.synfire({"train", "--resume", "no.ckpt", "--input", "x.npy", "--labels", "y.npy"});
  EXPECT_EQ(missing.exit_code, 3);
  EXPECT_THAT(missing.messages, HasSubstr("no.ckpt"));
  place_.write("changed.json", with("\"seed\": 2", "\"seed\": 3"));
  const Ended foreign =
      place_.synfire({"train", "changed.json", "--resume", "run.ckpt", "--input", "x.npy", "--labels", "y.npy"});
  EXPECT_EQ(foreign.exit_code, 3);
  EXPECT_THAT(foreign.messages, HasSubstr("compiled with other settings"));
}

TEST_F(Training, TheDescriptionSaysHowLongAndOptionsWin) {
  write_data();
  place_.write("loop.json", with("\"compile\":",
                                 "\"train\": {\"epochs\": 40, \"validation_split\": 0.25,\n"
                                 "    \"early_stopping\": {\"monitor\": \"validation.loss\", "
                                 "\"patience\": 2, \"min_delta\": 100}},\n  \"compile\":"));
  const Words data{"train", "loop.json", "--input", "x.npy", "--labels", "y.npy", "--json"};
  const auto trained = [&](const Words& more) {
    Words words = data;
    words.insert(words.end(), more.begin(), more.end());
    return succeed(words).json();
  };
  auto json = trained({"--history", "history.json"});
  EXPECT_EQ(json["epochs"].size(), 3u) << "nothing improves by 100";
  EXPECT_EQ(json["end"], "early_stopping");
  EXPECT_EQ(json["best_epoch"], 0);
  EXPECT_EQ(json["epochs"][0]["validation"].size(), 1u);
  EXPECT_EQ(nlohmann::json::parse(place_.read("history.json"))["epochs"], json["epochs"]);
  EXPECT_TRUE(read_description(place_ / "loop-trained.json").train == read_description(place_ / "loop.json").train);
  json = trained({"--epochs", "2", "--validation-split", "0", "--early-stopping", "none"});
  EXPECT_EQ(json["epochs"].size(), 2u);
  EXPECT_FALSE(json["epochs"][0].contains("validation") && !json["epochs"][0]["validation"].empty());
  json = trained({"--epochs", "9", "--early-stopping", "training.loss,patience=4,min_delta=50,restore_best=false"});
  EXPECT_EQ(json["epochs"].size(), 5u);
  // Separate data for validation.
  json = trained(
      {"--epochs", "1", "--early-stopping", "none", "--validation-input", "x.npy", "--validation-labels", "y.npy"});
  EXPECT_EQ(json["epochs"][0]["examples"], 24);
  EXPECT_EQ(json["epochs"][0]["validation"].size(), 1u);
  for (const auto& [wrong, message] : std::vector<std::pair<std::string, std::string>>{
           {"\"epochs\": 0", "epochs"},
           {"\"validation_split\": 1", "validation_split"},
           {"\"early_stopping\": {\"monitor\": \"validation.ouput.loss\"}", "unknown population \"ouput\""},
           {"\"early_stopping\": {\"monitor\": \"loss\"}", "training|validation"},
           {"\"early_stopping\": {}", "monitor"},
           {"\"epoch\": 3", "did you mean \"epochs\""}}) {
    place_.write("wrong.json", with("\"compile\":", "\"train\": {" + wrong + "},\n  \"compile\":"));
    const Ended ended = place_.synfire({"validate", "wrong.json"});
    EXPECT_EQ(ended.exit_code, 3) << wrong;
    EXPECT_THAT(ended.messages, HasSubstr(message));
  }
}

TEST_F(Training, AWarmStartListsWhatDoesNotMatch) {
  write_data();
  succeed({"train", "small.json", "--input", "x.npy", "--labels", "y.npy", "--epochs", "20", "--quiet"});
  place_.write("wider.json", with("\"name\": \"out\", \"shape\": 2", "\"name\": \"out\", \"shape\": 3"));
  const Ended ended = succeed({"train", "wider.json", "--input", "x.npy", "--labels", "y.npy", "--epochs", "1",
                               "--init-from", "small-trained.json", "--device", "host"});
  EXPECT_THAT(ended.messages,
              AllOf(HasSubstr("begins with the weights of small-trained.json: in_hidden"),
                    HasSubstr("connection \"hidden_out\": the number of its weights differs: 12 here, 8")));
  const auto json = succeed({"train", "small.json", "--input", "x.npy", "--labels", "y.npy", "--epochs", "1",
                             "--init-from", "small-trained.json", "--json", "--output", "warm.json"})
                        .json();
  EXPECT_LT(json["epochs"][0]["training"][0]["loss"], 0.4);
}

TEST_F(Training, MissingFoldersAreFoundBeforeTraining) {
  write_data();
  for (const char* option : {"--output", "--checkpoint", "--history"}) {
    const Ended ended = place_.synfire({"train", "small.json", "--input", "x.npy", "--labels", "y.npy", option,
                                        "missing/file.json", "--epochs", "1000000"});
    EXPECT_EQ(ended.exit_code, 3);
    EXPECT_THAT(ended.messages, HasSubstr("the folder \"missing\" does not exist"));
  }
}

// What training measures on the same data and weights, to single precision.
TEST_F(Training, EvaluateReportsTheLossOfTheDescription) {
  write_data();
  const auto history = succeed({"train", "small.json", "--input", "x.npy", "--labels", "y.npy", "--epochs", "3",
                                "--validation-input", "x.npy", "--validation-labels", "y.npy", "--json"})
                           .json();
  const double loss = history["epochs"][2]["validation"][0]["loss"];
  const Words words{"evaluate", "small-trained.json", "--input", "x.npy", "--labels", "y.npy"};
  EXPECT_THAT(succeed(words).output, HasSubstr("\nout\tloss\t" + std::to_string(loss).substr(0, 5)));
  const auto with = [&](const Words& more) {
    Words all = words;
    all.push_back("--json");
    all.insert(all.end(), more.begin(), more.end());
    return succeed(all).json()["metrics"][0];
  };
  EXPECT_NEAR(with({})["loss"], loss, 1e-5 * loss);
  EXPECT_NEAR(with({"--metric", "confusion_matrix", "--batch-size", "5"})["loss"], loss, 1e-5 * loss);
  const std::string weighted =
      R"(compile.losses={"type": "sparse_categorical_crossentropy", "weight": 0.5, "per_step": )";
  EXPECT_NEAR(with({"--set", weighted + "false}"})["loss"], loss / 2, 1e-5 * loss);
  const auto of_values = with({"--set", "compile.losses=mean_square_error"});
  EXPECT_THAT(of_values["loss_remark"], HasSubstr("takes values"));
}

// Losses of every step are those of the training program.
TEST_F(Training, EvaluateReportsLossesOfEveryStep) {
  write_data();
  place_.write("steps.json", with("\"optimizer\"", R"("losses": {"type": "sparse_categorical_crossentropy",
              "weight": 0.5, "per_step": true}, "optimizer")"));
  const auto history = succeed({"train", "steps.json", "--input", "x.npy", "--labels", "y.npy", "--epochs", "2",
                                "--validation-input", "x.npy", "--validation-labels", "y.npy", "--json"})
                           .json();
  const double loss = history["epochs"][1]["validation"][0]["loss"];
  ASSERT_GT(loss, 0);
  const Words words{"evaluate", "steps-trained.json", "--input", "x.npy", "--labels", "y.npy"};
  Words as_json = words;
  as_json.push_back("--json");
  EXPECT_EQ(succeed(as_json).json()["metrics"][0]["loss"], loss);
  EXPECT_THAT(succeed(words).output, HasSubstr("\nout\tloss\t" + std::to_string(loss).substr(0, 5)));
}

TEST_F(Training, LossesThatTheDescriptionOnlyDefines) {
  write_data();
  place_.write("own.json", with("\"populations\"", R"json("models": [{"kind": "loss", "name": "margin",
    "parameters": [{"name": "gap", "value": 0.5}], "targets": "label",
    "loss": "sum(max(0, gap + v - at(v, label)) if k != label else 0)"}],
  "populations")json"));
  const Words words{"train", "own.json", "--input", "x.npy", "--labels", "y.npy", "--epochs", "1"};
  const auto loss = [&](const std::string& given) {
    Words all = words;
    all.insert(all.end(), {"--json", "--loss", given});
    return succeed(all).json()["epochs"][0]["training"][0]["loss"].get<double>();
  };
  EXPECT_GT(loss("margin,gap=2"), loss("out=margin"));
  EXPECT_THAT(place_.read("own-trained.json"), HasSubstr("at(v, label)"));
  Words wrong = words;
  wrong.insert(wrong.end(), {"--loss", "marginn"});
  const Ended ended = place_.synfire(wrong);
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.messages, HasSubstr("did you mean \"margin\"?"));
}

TEST_F(Training, MistakesOfTheCommandLine) {
  write_data();
  const auto fails = [&](const Words& words, int code, const std::string& message) {
    const Ended ended = place_.synfire(words);
    EXPECT_EQ(ended.exit_code, code) << ended.messages;
    EXPECT_THAT(ended.messages, HasSubstr(message));
  };
  fails({"train", "small.json", "--input", "x.npy"}, 2, "--labels");
  fails({"train", "small.json", "--input", "x.npy", "--labels", "y.npy", "--loss", "mean_squre_error"}, 2,
        "mean_square_error");
  fails({"train", "small.json", "--input", "x.npy", "--labels", "y.npy", "--validation-split", "1"}, 3,
        "validation_split");
  fails({"train", "small.json", "--input", "x.npy", "--labels", "y.npy", "--learning-rate-decay", "0"}, 2, "> 0");
  fails({"gradcheck", "small.json", "--loss", "mean_square_error,temperature=2"}, 2, "per_step");
  fails({"gradcheck", "small.json", "--loss", "ot=mean_square_error"}, 3, "did you mean \"out\"?");
  fails({"gradcheck", "small.json", "--examples", "0"}, 2, "--examples");
  fails({"emit", "small.json", "--record", "out.v"}, 2, "training programs do not have this option");
  EXPECT_THAT(place_.files(), ElementsAre("small.json", "x.npy", "y.npy"));
}

TEST_F(Training, OtherCommandsTakeSuchDescriptions) {
  EXPECT_THAT(succeed({"validate", "small.json"}).output, HasSubstr("small.json: ok"));
  EXPECT_THAT(succeed({"info", "small.json"}).output,
              HasSubstr("Training: event_prop, sparse_categorical_crossentropy,temperature=1, adam with learning rate "
                        "0.05\n"));
  EXPECT_EQ(succeed({"info", "small.json", "--json"}).json()["training"]["learning_rate"], 0.05);
  const Ended compiled = succeed({"compile", "small.json", "--host-arch", "x86-64-v2", "--strict"});
  EXPECT_THAT(compiled.messages, HasSubstr("compiled for inference, with the weights as they are"));
  place_.write("wrong.json", with("\"learning_rate\": 0.05", "\"learning_rate\": 0.05, \"beta1\": 1"));
  const Ended wrong = place_.synfire({"validate", "wrong.json"});
  EXPECT_EQ(wrong.exit_code, 3);
  EXPECT_THAT(wrong.messages, HasSubstr("wrong.json:17:77: compile.optimizer.beta1"));
}

// The default, but dampened, for the hidden layer, and a text of the user's own for all.
TEST_F(Training, SurrogatesOfTheDescription) {
  write_data();
  const std::string compiler = R"("compiler": "event_prop")";
  place_.write("list.json", with(compiler, R"("compiler": "surrogate", "surrogate": [
    {"population": "hidden", "surrogate": {"type": "triangle", "scale": 0.3}, "detach_reset": true}])"));
  std::string text = with("\"populations\"", R"json("models": [{"kind": "surrogate", "name": "bump",
    "parameters": [{"name": "gap", "value": 1}], "derivative": "max(0, gap - abs(x))**2", "support": "gap"}],
  "populations")json");
  text.replace(text.find(compiler), compiler.size(),
               R"("compiler": "surrogate", "surrogate": {"type": "bump", "gap": 2}, "detach_reset": true)");
  place_.write("own.json", text);
  for (const char* file : {"list.json", "own.json"}) {
    EXPECT_THAT(succeed({"validate", file}).output, HasSubstr("ok"));
    succeed({"train", file, "--input", "x.npy", "--labels", "y.npy", "--epochs", "1", "--device", "host", "-o",
             "trained.json"});
    // What was trained says how, trains on, and runs.
    EXPECT_EQ(nlohmann::json::parse(place_.read("trained.json"))["compile"]["compiler"], "surrogate");
    succeed({"evaluate", "trained.json", "--input", "x.npy", "--labels", "y.npy", "--device", "host"});
    EXPECT_THAT(succeed({"compile", "trained.json", "--host-arch", "x86-64-v2"}).messages,
                HasSubstr("compiled for inference"));
  }
  const auto trained = nlohmann::json::parse(place_.read("trained.json"));
  EXPECT_EQ(trained["compile"]["surrogate"], "bump");
  EXPECT_EQ(trained["models"].back()["parameters"], nlohmann::json::parse(R"([{"name": "gap", "value": 2.0}])"));
  EXPECT_THAT(succeed({"info", "list.json"}).output,
              HasSubstr("Training: surrogate by hidden=triangle,width=1,scale=0.3,detach_reset=true, others="));
  EXPECT_THAT(succeed({"info", "own.json"}).output,
              HasSubstr("Training: surrogate by bump,gap=2, resets detached, sparse_categorical_crossentropy"));
  EXPECT_EQ(succeed({"info", "own.json", "--json"}).json()["training"]["surrogate"], "bump,gap=2");

  const auto fails = [&](const Words& words, const std::string& message) {
    const Ended ended = place_.synfire(words);
    EXPECT_EQ(ended.exit_code, 3) << message;
    EXPECT_THAT(ended.messages, HasSubstr(message));
  };
  fails({"gradcheck", "own.json"}, "a surrogate gradient is not the derivative of the loss");
  fails({"validate", "own.json", "--set", "compile.surrogate.gpa=1"}, "did you mean \"gap\"?");
  fails({"validate", "own.json", "--set", "compile.surrogate=bumpp"}, "did you mean \"bump\"?");
  fails({"validate", "own.json", "--set", "compile.surrogate.gap=-1"}, "compile");
  fails({"validate", "list.json", "--set", "compile.surrogate.0.population=in"}, "never reaches a threshold");
  fails({"validate", "small.json", "--set", "compile.surrogate=atan"}, "set \"compiler\": \"surrogate\"");
  place_.write("wrong.json", text.replace(text.find("gap - abs"), 9, "gup - abs"));
  fails({"validate", "wrong.json"}, "wrong.json:4:");
}

TEST_F(Training, ASurrogateOfTheCommandLine) {
  write_data();
  const Words data{"train", "small.json", "--input", "x.npy", "--labels",     "y.npy",      "--epochs",
                   "1",     "--device",   "host",    "-o",    "trained.json", "--surrogate"};
  Words words = data;
  words.emplace_back("boxcar,width=2");
  succeed(words);
  const auto compile = nlohmann::json::parse(place_.read("trained.json"))["compile"];
  EXPECT_EQ(compile["compiler"], "surrogate");
  EXPECT_EQ(compile["surrogate"], nlohmann::json({{"type", "boxcar"}, {"width", 2.0}, {"height", 1.0}}));
  for (const auto& [given, code, message] : {std::tuple{"boxcra", 2, "boxcar"},
                                             {"boxcar,widht=2", 2, "width"},
                                             {"boxcar,width=wide", 2, "width=NUMBER"},
                                             {"boxcar,width=0", 3, "compile.surrogate.width"}}) {
    words = data;
    words.emplace_back(given);
    const Ended ended = place_.synfire(words);
    EXPECT_EQ(ended.exit_code, code) << ended.messages;
    EXPECT_THAT(ended.messages, HasSubstr(message)) << given;
  }
}

TEST_F(Training, OptimizersOfTheDescription) {
  write_data();
  const std::string lion = R"json("models": [{"kind": "optimizer", "name": "lion",
    "parameters": [{"name": "learning_rate", "value": 1e-4}, {"name": "b1", "value": 0.9},
                   {"name": "b2", "value": 0.99}],
    "state": [{"name": "m"}],
    "update": ["value -= learning_rate * sign(b1*m + (1 - b1)*gradient)", "m = b2*m + (1 - b2)*gradient"]}],
  "populations")json";
  std::string text = with("\"populations\"", lion);
  const std::string adam = R"({"type": "adam", "learning_rate": 0.05})";
  text.replace(
      text.find(adam), adam.size(),
      R"({"type": "lion", "b1": 0.8, "clip_norm": 10, "learning_rate": {"type": "cosine_decay", "from": 0.1}})");
  place_.write("lion.json", text);
  const Words data{"--input", "x.npy", "--labels", "y.npy", "--epochs", "8", "--device", "host"};
  Words words{"train", "lion.json", "-o", "trained.json", "--json"};
  words.insert(words.end(), data.begin(), data.end());
  const auto epochs = succeed(words).json()["epochs"];
  EXPECT_LT(epochs[7]["training"][0]["loss"], 0.85 * epochs[0]["training"][0]["loss"].get<double>());
  EXPECT_EQ(epochs[0]["learning_rate"], 0.1);
  EXPECT_LT(epochs[7]["learning_rate"], 0.01);
  // What was trained says how, and trains on.
  const auto trained = nlohmann::json::parse(place_.read("trained.json"));
  EXPECT_EQ(trained["compile"]["optimizer"]["type"], "lion");
  EXPECT_EQ(trained["compile"]["optimizer"]["clip_norm"], 10);
  succeed({"train", "trained.json", "--input", "x.npy", "--labels", "y.npy", "--epochs", "1", "-o", "again.json"});
  succeed({"gradcheck", "lion.json", "--entries", "2", "--device", "host"});
  EXPECT_THAT(succeed({"info", "lion.json"}).output, HasSubstr("lion with learning rate cosine_decay from 0.1 to 0\n"));

  const auto fails = [&](const std::string& change, const std::string& message) {
    const Ended ended = place_.synfire({"validate", "lion.json", "--set", change});
    EXPECT_EQ(ended.exit_code, 3) << message;
    EXPECT_THAT(ended.messages, HasSubstr(message));
  };
  fails("compile.optimizer.b=1", "did you mean \"b1\"?");
  fails("compile.optimizer.type=lyon", "did you mean \"lion\"?");
  fails("compile.optimizer.clip_norm=-1", "compile.optimizer.clip_norm");
  fails("compile.optimizer.learning_rate.per=day", "compile.optimizer.learning_rate.per");
  place_.write("wrong.json", text.replace(text.find("sign(b1*m"), 9, "sign(b3*m"));
  const Ended wrong = place_.synfire({"validate", "wrong.json"});
  EXPECT_EQ(wrong.exit_code, 3);
  EXPECT_THAT(wrong.messages, AllOf(HasSubstr("wrong.json:7:"), HasSubstr("unknown name \"b3\"")));
}

// Neither training nor evaluating asks for labels of a population that only has a regularizer.
TEST_F(Training, RegularizersNeedNoLabels) {
  write_data();
  std::string text = with("\"integrate_during_refrac\": false, \"scale_i\": true}}",
                          "\"integrate_during_refrac\": false, \"scale_i\": true}, \"readout\": \"max_var\"}");
  const std::string seed = "\"seed\": 2,";
  text.replace(text.find(seed), seed.size(), seed + R"(
    "losses": [{"output": "out", "loss": "sparse_categorical_crossentropy"},
               {"output": "hidden", "loss": {"type": "silent_neurons", "strength": 0.01}}],)");
  place_.write("awake.json", text);
  const Words data{"--input", "x.npy", "--labels", "y.npy", "--device", "host"};
  const auto run = [&](Words words) {
    words.insert(words.end(), data.begin(), data.end());
    return succeed(words);
  };
  run({"train", "awake.json", "--epochs", "2", "-o", "trained.json"});
  EXPECT_THAT(run({"evaluate", "trained.json"}).output, StartsWith("out\tsparse_categorical_accuracy\t"));
  succeed({"compile", "trained.json", "-o", "trained.synfire", "--device", "host"});
  const Ended asked = place_.synfire({"evaluate", "trained.synfire", "--input", "x.npy", "--labels", "y.npy"});
  EXPECT_EQ(asked.exit_code, 2);
  EXPECT_THAT(run({"evaluate", "trained.synfire", "--metric", "hidden=none"}).output,
              StartsWith("out\tsparse_categorical_accuracy\t"));
}

// Noise of the description or of the options, which a checkpoint keeps; regularizers are in what was trained.
TEST_F(Training, RegularizesAndAddsNoise) {
  write_data();
  std::string text = with("\"seed\": 2,", R"("seed": 2, "regularizers": [{"type": "l2", "strength": 1e-5},
    {"type": "firing_rate", "population": "hidden", "lower": 1, "upper": 20, "strength": 0.001}],)");
  place_.write("regular.json", text);
  const auto run = [&](const Words& model, const Words& options) {
    Words words{"train"};
    words.insert(words.end(), model.begin(), model.end());
    words.insert(words.end(), {"--input", "x.npy", "--labels", "y.npy", "--device", "host"});
    words.insert(words.end(), options.begin(), options.end());
    succeed(words);
  };
  run({"regular.json"}, {"--epochs", "4", "-o", "plain.json"});
  run({"regular.json"}, {"--epochs", "4", "--dropout", "0.3", "-o", "whole.json"});
  EXPECT_NE(place_.read("whole.json"), place_.read("plain.json"));
  run({"regular.json"}, {"--epochs", "2", "--dropout", "0.3", "--checkpoint", "noisy.ckpt", "-o", "half.json"});
  run({"--resume", "noisy.ckpt"}, {"--epochs", "4", "-o", "resumed.json"});
  EXPECT_EQ(place_.read("resumed.json"), place_.read("whole.json"));
  const auto trained = nlohmann::json::parse(place_.read("whole.json"));
  EXPECT_EQ(trained["compile"]["regularizers"][0]["strength"], 1e-5);
  EXPECT_EQ(trained["compile"]["regularizers"][1]["upper"], 20);
  EXPECT_THAT(succeed({"gradcheck", "regular.json", "--entries", "1", "--device", "host"}).output,
              HasSubstr("left out, as it is a heuristic: the firing rate of \"hidden\""));
  const auto fails = [&](const Words& options, const std::string& message) {
    Words words{"train", "regular.json", "--input", "x.npy", "--labels", "y.npy"};
    words.insert(words.end(), options.begin(), options.end());
    const Ended ended = place_.synfire(words);
    EXPECT_NE(ended.exit_code, 0) << message;
    EXPECT_THAT(ended.messages, HasSubstr(message));
  };
  fails({"--dropout", "1"}, "≥ 0 and < 1");
  fails({"--dropout", "hiden=0.1"}, "hiden");
  fails({"--set", "compile.regularizers.1.upper=0.5"}, "not in order");
  fails({"--set", "compile.regularizers.1.population=hiden"}, "did you mean");
}

// Weights of losses, in files or in the description; a checkpoint keeps those of classes.
TEST_F(Training, WeighsLosses) {
  write_data();
  Tensor<double> by_label({24});
  for (std::size_t e = 0; e < 24; ++e) by_label[e] = e % 2 == 0 ? 0.25 : 3;
  write_npy(place_ / "w.npy", by_label);
  const auto words = [](const std::string& model, const Words& options) {
    Words all{"train", model, "--input", "x.npy", "--labels", "y.npy", "--device", "host"};
    all.insert(all.end(), options.begin(), options.end());
    return all;
  };
  succeed(words("small.json", {"--epochs", "4", "-o", "plain.json"}));
  succeed(words("small.json", {"--epochs", "4", "--sample-weights", "w.npy", "-o", "samples.json"}));
  EXPECT_NE(place_.read("samples.json"), place_.read("plain.json"));
  succeed(words("small.json", {"--epochs", "4", "--class-weights", "0.25,3", "-o", "classes.json"}));
  EXPECT_EQ(place_.read("classes.json"), place_.read("samples.json"));
  succeed(words("small.json",
                {"--epochs", "2", "--class-weights", "out=0.25,3", "--checkpoint", "run.ckpt", "-o", "half.json"}));
  succeed({"train", "--resume", "run.ckpt", "--input", "x.npy", "--labels", "y.npy", "--epochs", "4", "-o",
           "resumed.json", "--device", "host"});
  EXPECT_EQ(place_.read("resumed.json"), place_.read("samples.json"));
  for (const char* weights : {"[0.25, 3]", R"([{"output": "out", "weights": [0.25, 3]}])"}) {
    place_.write("own.json", with("\"compile\":", R"("train": {"epochs": 4, "class_weights": )" + std::string(weights) +
                                                      "}, \"compile\":"));
    succeed(words("own.json", {"-o", "described.json"}));
    auto trained = nlohmann::json::parse(place_.read("described.json"));
    EXPECT_EQ(trained["train"]["class_weights"], nlohmann::json::parse(weights));
    EXPECT_EQ(trained["connections"], nlohmann::json::parse(place_.read("samples.json"))["connections"]);
  }
  // Those of steps, and of validation data.
  write_npy(place_ / "mask.npy", Tensor<std::uint8_t>({20}));
  const Words steps{"--loss",
                    "sparse_categorical_crossentropy,per_step=true",
                    "--epochs",
                    "1",
                    "--validation-input",
                    "x.npy",
                    "--validation-labels",
                    "y.npy",
                    "--validation-sample-weights",
                    "out=w.npy",
                    "--validation-step-weights",
                    "mask.npy",
                    "-o",
                    "steps.json"};
  EXPECT_THAT(succeed(words("small.json", steps)).output, HasSubstr("\t0\t"));
  const auto fails = [&](const Words& options, const std::string& message) {
    const Ended ended = place_.synfire(words("small.json", options));
    EXPECT_NE(ended.exit_code, 0) << message;
    EXPECT_THAT(ended.messages, HasSubstr(message));
  };
  fails({"--class-weights", "1,x"}, "--class-weights");
  fails({"--class-weights", "1,-1"}, "≥ 0");
  fails({"--class-weights", "1,2,3"}, "class_weights of \"out\"");
  fails({"--class-weights", "nobody=1,2"}, "train.class_weights[0].output");
  fails({"--class-weights", "1,2", "--class-weights", "out=1,2"}, "--class-weights");
  fails({"--sample-weights", "mask.npy"}, "sample_weights of \"out\"");
  fails({"--sample-weights", "outt=w.npy"}, "sample_weights[0]");
  fails({"--step-weights", "mask.npy"}, "step_weights");
  fails({"--sample-weights", "w.npy", "--sample-weights", "w.npy"}, "--sample-weights");
  fails({"--validation-sample-weights", "w.npy"}, "validation_sample_weights");
}

// By option or description; a checkpoint keeps them, and early stopping watches them.
TEST_F(Training, ChoosesMetrics) {
  write_data();
  const auto words = [](const std::string& model, const Words& options) {
    Words all{"train", model, "--input", "x.npy", "--labels", "y.npy", "--epochs", "2", "--device", "host"};
    all.insert(all.end(), options.begin(), options.end());
    return all;
  };
  const auto heading = [](const Ended& ended) { return ended.output.substr(0, ended.output.find('\n')); };
  const Ended plain = succeed(words("small.json", {"-o", "plain.json"}));
  EXPECT_EQ(heading(plain), "epoch\tseconds\tout.loss\tout.sparse_categorical_accuracy");
  const Words kept{"--metric", "out=top_1_accuracy", "--checkpoint", "run.ckpt", "-o", "top.json"};
  EXPECT_EQ(heading(succeed(words("small.json", kept))), "epoch\tseconds\tout.loss\tout.top_1_accuracy");
  EXPECT_EQ(nlohmann::json::parse(place_.read("top.json"))["connections"],
            nlohmann::json::parse(place_.read("plain.json"))["connections"]);
  const Words resume{"train", "--resume", "run.ckpt", "--input",  "x.npy", "--labels",
                     "y.npy", "--epochs", "3",        "--device", "host"};
  EXPECT_EQ(heading(succeed(resume)), "epoch\tseconds\tout.loss\tout.top_1_accuracy");
  Words again = resume;
  again.insert(again.end(), {"--metric", "out=top_1_accuracy"});
  EXPECT_THAT(place_.synfire(again).messages, HasSubstr("--metric: the checkpoint already says this"));
  EXPECT_EQ(heading(succeed(words("small.json", {"--metric", "none"}))), "epoch\tseconds\tout.loss");
  EXPECT_EQ(heading(succeed(words("small.json", {"--metric", "out=none", "--metric", "confusion_matrix"}))),
            "epoch\tseconds\tout.loss");

  // Of the description; options win.
  for (const char* metrics : {"\"top_2_accuracy\"", R"([{"output": "out", "metric": "top_2_accuracy"}])"}) {
    place_.write("own.json",
                 with("\"compile\":", "\"train\": {\"metrics\": " + std::string(metrics) + "}, \"compile\":"));
    EXPECT_THAT(heading(succeed(words("own.json", {"-o", "own-trained.json"}))),
                testing::EndsWith("out.top_2_accuracy"));
    EXPECT_EQ(nlohmann::json::parse(place_.read("own-trained.json"))["train"]["metrics"],
              nlohmann::json::parse(metrics));
    EXPECT_THAT(heading(succeed(words("own.json", {"--metric", "top_1_accuracy"}))),
                testing::EndsWith("out.top_1_accuracy"));
    EXPECT_THAT(heading(succeed(words("own.json", {"--set", "train.metrics=top_1_accuracy"}))),
                testing::EndsWith("out.top_1_accuracy"));
  }

  // All labels are among the two largest readouts, so nothing improves after the first epoch.
  const auto stopped = succeed({"train", "small.json", "--input", "x.npy", "--labels", "y.npy", "--epochs", "9",
                                "--validation-split", "0.25", "--metric", "top_2_accuracy", "--early-stopping",
                                "validation.top_2_accuracy,patience=1", "--json"})
                           .json();
  EXPECT_EQ(stopped["end"], "early_stopping");
  EXPECT_EQ(stopped["epochs"].size(), 2u);
  EXPECT_EQ(stopped["epochs"][1]["validation"][0]["value"], 1.0);

  const auto fails = [&](const std::string& model, const Words& options, int code, const std::string& message) {
    const Ended ended = place_.synfire(words(model, options));
    EXPECT_EQ(ended.exit_code, code) << message;
    EXPECT_THAT(ended.messages, HasSubstr(message));
  };
  fails("small.json", {"--metric", "top_5_acuracy"}, 2, "did you mean \"top_5_accuracy\"?");
  fails("small.json", {"--metric", "nobody=none"}, 3, "train.metrics[0].output");
  fails("small.json", {"--metric", "top_1_accuracy", "--metric", "top_2_accuracy"}, 2, "two metrics");
  fails("small.json", {"--metric", "out=none", "--metric", "out=top_1_accuracy"}, 3, "two metrics");
  fails("small.json", {"--metric", "mean_square_error"}, 3, "does not accept the targets of the loss");
  fails("small.json", {"--set", "train.metrics=top_5_acuracy"}, 3, "did you mean \"top_5_accuracy\"?");
  place_.write("own.json", with("\"compile\":", "\"train\": {\"metrics\": \"top_5_acuracy\"}, \"compile\":"));
  fails("own.json", {}, 3, "own.json:16:24: train.metrics");
  const Ended checked = place_.synfire({"validate", "own.json"});
  EXPECT_EQ(checked.exit_code, 3);
  EXPECT_THAT(checked.messages,
              AllOf(HasSubstr("own.json:16:24: train.metrics"), HasSubstr("did you mean \"top_5_accuracy\"?")));
}

// One for all others goes to the outputs whose loss takes targets.
TEST_F(Training, ChoosesMetricsOfSomeOutputs) {
  write_data();
  std::string text = with("\"integrate_during_refrac\": false, \"scale_i\": true}}",
                          "\"integrate_during_refrac\": false, \"scale_i\": true}, \"readout\": \"max_var\"}");
  const std::string seed = "\"seed\": 2,", own = R"({"output": "hidden", "loss": "silent_neurons"})";
  place_.write("both.json", std::string(text).replace(text.find(seed), seed.size(),
                                                      seed +
                                                          "\"losses\": [{\"output\": \"out\", \"loss\": "
                                                          "\"sparse_categorical_crossentropy\"}, " +
                                                          own + "],"));
  const auto heading = [&](const Words& metrics) {
    Words words{"train", "both.json", "--input", "x.npy", "--labels", "y.npy", "--epochs", "1"};
    words.insert(words.end(), metrics.begin(), metrics.end());
    const std::string output = succeed(words).output;
    return output.substr(0, output.find('\n'));
  };
  const std::string top_2 = "epoch\tseconds\thidden.loss\tout.loss\tout.top_2_accuracy";
  EXPECT_EQ(heading({"--metric", "top_2_accuracy"}), top_2);
  EXPECT_EQ(heading({"--metric", "hidden=none", "--metric", "top_2_accuracy"}), top_2);
  const Ended ended = place_.synfire(
      {"train", "both.json", "--input", "x.npy", "--labels", "y.npy", "--metric", "hidden=top_2_accuracy"});
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_THAT(ended.messages, HasSubstr("a loss without targets has no metric"));
  // An output that is not trained has none either.
  text.replace(text.find(seed), seed.size(),
               seed + R"("losses": [{"output": "out", "loss": "sparse_categorical_crossentropy"}],)");
  place_.write("one.json", text);
  const Ended untrained = place_.synfire(
      {"train", "one.json", "--input", "x.npy", "--labels", "out=y.npy", "--metric", "hidden=top_2_accuracy"});
  EXPECT_EQ(untrained.exit_code, 3);
  EXPECT_THAT(untrained.messages, HasSubstr("the output has no loss, so it has no metric"));
}

// ---- Data that stay in their files

TEST_F(Training, DataLeftOnDiskTrainTheSameNetwork) {
  write_data();
  const Array images = read_npy(place_ / "x.npy"), labels = read_npy(place_ / "y.npy");
  write_npz(place_ / "data.npz", {{"x", images}, {"y", labels}}, false);
  write_npy(place_ / "double.npy", Tensor<double>({24, 3}, [&] {
              const Tensor<float> values = images.to_float();
              return std::vector<double>(values.begin(), values.end());
            }()));
  std::string idx("\0\0\x08\x02\0\0\0\x18\0\0\0\x03", 12);
  for (const std::byte each : images.bytes()) idx += static_cast<char>(each);
  place_.write("x.idx", idx);
  const auto train = [&](const std::string& input, const std::string& memory) {
    Words words{"train", "small.json", "--input", input, "--labels", "y.npy", "--data-memory", memory};
    words.insert(words.end(),
                 {"--epochs", "3", "--validation-split", "0.2", "--first", "23", "--checkpoint", "run.ckpt"});
    words.insert(words.end(), {"--output", "t.json", "--artifact", "t.synfire"});
    return succeed(words).exit_code;
  };
  ASSERT_EQ(train("x.npy", "1G"), 0);
  const std::string expected = place_.read("t.json");  // with the weights
  for (const char* input : {"x.npy", "data.npz:x", "double.npy", "x.idx"}) {
    SCOPED_TRACE(input);
    ASSERT_EQ(train(input, "0"), 0);
    EXPECT_EQ(place_.read("t.json"), expected);
  }
  // The checkpoint is that of the same data.
  succeed({"train", "--resume", "run.ckpt", "--input", "x.npy", "--labels", "y.npy", "--epochs", "4", "--output",
           "more.json"});
  for (const char* command : {"evaluate", "run"}) {
    Words words{command, "t.synfire", "--input", "x.npy", "--json"};
    if (words.front() == "evaluate") words.insert(words.end(), {"--labels", "y.npy"});
    nlohmann::json held = succeed(words).json();
    words.insert(words.end(), {"--data-memory", "0"});
    nlohmann::json disk = succeed(words).json();
    for (nlohmann::json* each : {&held, &disk}) {
      for (const char* time : {"seconds", "load_milliseconds", "compile_milliseconds"}) each->erase(time);
    }
    EXPECT_EQ(held, disk) << command;
  }
}

TEST_F(Training, DataThatCannotBeReadInPiecesMustFit) {
  write_data();
  write_npz(place_ / "packed.npz", {{"x", read_npy(place_ / "x.npy")}});
  const auto train = [&](const std::string& memory) {
    return place_.synfire({"train", "small.json", "--input", "packed.npz", "--labels", "y.npy", "--epochs", "1",
                           "--output", "t.json", "--data-memory", memory});
  };
  const Ended refused = train("16");
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.messages, AllOf(HasSubstr("packed.npz"), HasSubstr("the array is compressed"),
                                      HasSubstr("numpy.savez instead of numpy.savez_compressed")));
  EXPECT_EQ(train("1K").exit_code, 0);
  EXPECT_THAT(train("1X").messages, AllOf(HasSubstr("--data-memory"), HasSubstr("K, M, G or T")));
  EXPECT_EQ(train("99999999999G").exit_code, 2);
}

TEST_F(Training, MoreClassesThanAByteHas) {
  write_data();
  place_.write("many.json", with("\"out\", \"shape\": 2", "\"out\", \"shape\": 300"));
  Tensor<std::int64_t> labels({24});
  for (std::size_t e = 0; e < 24; ++e) labels[e] = static_cast<std::int64_t>(276 + e);
  Tensor<std::int16_t> narrow({24});
  for (std::size_t e = 0; e < 24; ++e) narrow[e] = static_cast<std::int16_t>(labels[e]);
  write_npy(place_ / "wide.npy", labels);
  write_npy(place_ / "narrow.npy", narrow);
  std::vector<Arrays> trained;
  for (const char* file : {"wide.npy", "narrow.npy"}) {
    succeed({"train", "many.json", "--input", "x.npy", "--labels", file, "--epochs", "2", "--output", "t.json"});
    trained.push_back(read_npz(place_ / "t.npz"));
  }
  EXPECT_EQ(trained[0], trained[1]);
  narrow[5] = 300;
  write_npy(place_ / "narrow.npy", narrow);
  EXPECT_THAT(place_
                  .synfire({"train", "many.json", "--input", "x.npy", "--labels", "narrow.npy", "--epochs", "2",
                            "--output", "t.json"})
                  .messages,
              AllOf(HasSubstr("example 5"), HasSubstr("0 to 299")));
}

// ---- sweep

TEST_F(Training, SweepsAGridAndResumes) {
  write_data();
  const Words words{"sweep",
                    "small.json",
                    "--input",
                    "x.npy",
                    "--labels",
                    "y.npy",
                    "--epochs",
                    "2",
                    "--seeds",
                    "1,2,3",
                    "--set",
                    "hidden.tau_mem=10,20",
                    "--set",
                    "compile.optimizer.learning_rate=1e-2,1e-3",
                    "--validation-split",
                    "0.25",
                    "-o",
                    "sweep.csv"};
  const Ended first = succeed(words);
  EXPECT_THAT(first.messages, AllOf(HasSubstr("synfire: 12 runs"), HasSubstr("12 of 12: ")));
  EXPECT_THAT(first.output, AllOf(StartsWith("hidden.tau_mem  compile.optimizer.learning_rate  runs  out.loss"),
                                  testing::ContainsRegex("\n10 +1e-3 +3 +[0-9.]+ ± ")));
  const std::string table = place_.read("sweep.csv");
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 13);
  EXPECT_THAT(table, StartsWith("run,hidden.tau_mem,compile.optimizer.learning_rate,seed,out.loss,"
                                "out.sparse_categorical_accuracy,validation.out.loss,"));

  // Without three of its rows it becomes the same table again, except for times; only these are run.
  std::string shorter = table;
  for (int i = 0; i < 3; ++i) shorter.erase(shorter.rfind('\n', shorter.size() - 2) + 1);
  place_.write("sweep.csv", shorter);
  const Ended again = succeed(words);
  EXPECT_THAT(again.messages, AllOf(HasSubstr("12 runs, 9 of them done before"), HasSubstr("3 of 3: ")));
  EXPECT_EQ(again.output, first.output);
  const auto without_times = [](const std::string& text) {
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      result += text.substr(at, text.rfind(',', end) - at) + "\n";
      at = end + 1;
    }
    return result;
  };
  EXPECT_EQ(without_times(place_.read("sweep.csv")), without_times(table));

  // A larger grid keeps the rows; with other options they are refused.
  EXPECT_THAT(succeed({"sweep", "small.json", "--input", "x.npy", "--labels", "y.npy", "--epochs", "2", "--seeds", "4",
                       "--set", "hidden.tau_mem=10", "--set", "compile.optimizer.learning_rate=1e-2",
                       "--validation-split", "0.25", "-o", "sweep.csv"})
                  .messages,
              HasSubstr("1 run"));
  const std::string grown = place_.read("sweep.csv");
  EXPECT_EQ(std::count(grown.begin(), grown.end(), '\n'), 14);
  Words other = words;
  std::replace(other.begin(), other.end(), std::string("2"), std::string("3"));  // epochs
  const Ended refused = place_.synfire(other);
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.messages, HasSubstr("was run with another network"));
  EXPECT_EQ(place_.read("sweep.csv"), grown);
}

TEST_F(Training, SweepsTrainAsTrainDoes) {
  write_data();
  const auto swept = succeed({"sweep", "small.json", "--input", "x.npy", "--labels", "y.npy", "--epochs", "3", "--set",
                              "in_hidden.weight.mean=2.5,3", "--json"})
                         .json();
  const auto trained = succeed({"train", "small.json", "--input", "x.npy", "--labels", "y.npy", "--epochs", "3",
                                "--set", "in_hidden.weight.mean=2.5", "--json"})
                           .json();
  EXPECT_EQ(swept["runs"][0]["settings"]["in_hidden.weight.mean"], "2.5");
  EXPECT_EQ(swept["runs"][0]["seed"], 2);
  EXPECT_EQ(swept["runs"][0]["values"]["out.loss"], trained["epochs"][2]["training"][0]["loss"]);
  EXPECT_EQ(swept["points"][0]["values"]["out.loss"]["mean"], swept["runs"][0]["values"]["out.loss"]);
  // The trained description has the value.
  EXPECT_THAT(place_.synfire({"compare", "small.json", "small-trained.json"}).output, HasSubstr("in_hidden.weight"));
}

TEST_F(Training, SweepsTakeTheLoopOfTheDescription) {
  write_data();
  std::string text = place_.read("small.json");
  const std::size_t end = text.rfind('}');
  place_.write("loop.json", text.substr(0, end) +
                                R"(, "train": {"epochs": 4, "validation_split": 0.25,
                                     "early_stopping": {"monitor": "validation.loss", "patience": 1}}})");
  const Words data{"--input", "x.npy", "--labels", "y.npy", "--json"};
  const auto with = [&](Words words) {
    words.insert(words.end(), data.begin(), data.end());
    return succeed(words).json();
  };
  const auto trained = with({"train", "loop.json"});
  const auto swept = with({"sweep", "loop.json"});
  const std::size_t best = trained["best_epoch"];
  EXPECT_EQ(swept["runs"][0]["values"]["validation.out.loss"], trained["epochs"][best]["validation"][0]["loss"]);
  const auto whole = with({"train", "loop.json", "--early-stopping", "none"});
  const auto last = with({"sweep", "loop.json", "--early-stopping", "none"});
  EXPECT_EQ(last["runs"][0]["values"]["validation.out.loss"], whole["epochs"][3]["validation"][0]["loss"]);
}

TEST_F(Training, SweepsChooseMetrics) {
  write_data();
  const auto sweep = [](const Words& options) {
    Words words{"sweep", "small.json", "--input", "x.npy", "--labels", "y.npy", "--epochs", "1"};
    words.insert(words.end(), options.begin(), options.end());
    return words;
  };
  EXPECT_THAT(succeed(sweep({"--metric", "out=top_2_accuracy", "-o", "sweep.csv"})).output,
              AllOf(HasSubstr("out.top_2_accuracy"), Not(HasSubstr("sparse"))));
  EXPECT_THAT(succeed(sweep({"--metric", "out=top_2_accuracy", "-o", "sweep.csv"})).messages,
              HasSubstr("1 of them done"));
  const Ended other = place_.synfire(sweep({"--metric", "top_1_accuracy", "-o", "sweep.csv"}));
  EXPECT_EQ(other.exit_code, 3);
  EXPECT_THAT(other.messages, HasSubstr("was run with another network"));
  EXPECT_THAT(succeed(sweep({"--set", "train.metrics=top_1_accuracy,top_2_accuracy"})).output,
              AllOf(HasSubstr("out.top_1_accuracy"), HasSubstr("out.top_2_accuracy")));
  const Ended wrong = place_.synfire(sweep({"--set", "train.metrics=top_1_acuracy"}));
  EXPECT_EQ(wrong.exit_code, 3);
  EXPECT_THAT(wrong.messages, AllOf(HasSubstr("train.metrics=top_1_acuracy"), HasSubstr("did you mean")));
  EXPECT_EQ(place_.synfire(sweep({"--metric", "top_1_acuracy"})).exit_code, 2);
}

TEST_F(Training, SweepsAskForLabelsWhereTrainDoes) {
  write_data();
  place_.write("awake.json", with("\"integrate_during_refrac\": false, \"scale_i\": true}}",
                                  "\"integrate_during_refrac\": false, \"scale_i\": true}, \"readout\": \"max_var\"}"));
  const auto run = [&](const char* command, const std::string& losses) {
    return place_.synfire(
        {command, "awake.json", "--input", "x.npy", "--epochs", "1", "--json", "--set", "compile.losses=" + losses});
  };
  const std::string without = R"([{"output": "hidden", "loss": "silent_neurons"}])";
  const Ended trained = run("train", without), swept = run("sweep", without);
  ASSERT_EQ(trained.exit_code, 0) << trained.messages;
  ASSERT_EQ(swept.exit_code, 0) << swept.messages;
  EXPECT_EQ(swept.json()["runs"][0]["values"]["hidden.loss"], trained.json()["epochs"][0]["training"][0]["loss"]);
  for (const char* command : {"train", "sweep"}) {
    const Ended ended = run(command, R"([{"output": "out", "loss": "sparse_categorical_crossentropy"}])");
    EXPECT_EQ(ended.exit_code, 2) << command;
    EXPECT_THAT(ended.messages, HasSubstr("--labels")) << command;
  }
}

TEST_F(Training, SweepsGoOnAfterARunThatFails) {
  write_data();
  const Ended ended = place_.synfire({"sweep", "small.json", "--input", "x.npy", "--labels", "y.npy", "--epochs", "2",
                                      "--set", "compile.optimizer.learning_rate=1e38,0.01", "-o", "sweep.csv"});
  EXPECT_EQ(ended.exit_code, 1) << ended.messages;
  EXPECT_THAT(ended.messages, HasSubstr("compile.optimizer.learning_rate=1e38, seed 2: "));
  const std::string table = place_.read("sweep.csv");
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 2) << table;
}

}  // namespace
}  // namespace synfire
