// SPDX-License-Identifier: Apache-2.0
// Plots, and their data files if the plotting programs are missing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "command_line/program.hpp"
#include "synfire/npz.hpp"

namespace synfire {
namespace {

using test::Ended;
using test::Words;
using test::Workplace;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class Plots : public testing::Test {
 protected:
  Plots() {
    write_three(place_);
    const Ended ended = place_.synfire({"run", "three.json", "--input", "x.npy", "--record", "out.spikes", "--record",
                                        "in.spikes", "--record", "out.v", "--output", "run.npz"});
    EXPECT_EQ(ended.exit_code, 0) << ended.messages;
  }

  // Plots, or skips if the program is not installed.
  void draw(const Words& words, const std::string& picture, const std::string& start) {
    const Ended ended = place_.synfire(words);
    if (ended.messages.find("is not installed") != std::string::npos) GTEST_SKIP() << ended.messages;
    EXPECT_EQ(ended.exit_code, 0) << ended.messages;
    EXPECT_THAT(place_.read(picture), StartsWith(start));
    EXPECT_GT(place_.read(picture).size(), 1000u);
  }

  Workplace place_;
};

TEST_F(Plots, RasterAsPng) {
  draw({"plot", "raster", "run.npz", "--output", "it's a raster.png"}, "it's a raster.png", "\x89PNG");
}
TEST_F(Plots, TracesAsSvg) { draw({"plot", "traces", "run.npz", "--neurons", "0,2"}, "traces.svg", "<?xml"); }
TEST_F(Plots, RatesAsSvg) { draw({"plot", "rates", "run.npz", "--of", "out"}, "rates.svg", "<?xml"); }
TEST_F(Plots, NetworkAsSvg) { draw({"plot", "network", "three.json"}, "network.svg", "<?xml"); }
TEST_F(Plots, NetworkAsPng) { draw({"plot", "network", "three.json", "-o", "net.png"}, "net.png", "\x89PNG"); }

TEST_F(Plots, DataAreThereWithoutThePrograms) {
  const Ended raster = place_.synfire({"plot", "raster", "run.npz", "--output", "r.png"}, place_.without_programs());
  EXPECT_EQ(raster.exit_code, 1);
  EXPECT_THAT(raster.messages,
              AllOf(HasSubstr("gnuplot is not installed"), HasSubstr("r.dat"), HasSubstr("gnuplot-nox")));
  EXPECT_THAT(place_.read("r.gnuplot"), HasSubstr("'r.dat' index 0"));
  const Ended network =
      place_.synfire({"plot", "network", "three.json", "--output", "n.svg"}, place_.without_programs());
  EXPECT_EQ(network.exit_code, 1);
  EXPECT_THAT(network.messages, AllOf(HasSubstr("is not installed"), HasSubstr("n.dot"), HasSubstr("graphviz")));
  EXPECT_THAT(place_.read("n.dot"), HasSubstr("\"in\" -> \"out\""));
  EXPECT_FALSE(place_.has("r.png"));
  EXPECT_FALSE(place_.has("n.svg"));
}

TEST_F(Plots, DataAloneAreEnoughWhereTheyAreAskedFor) {
  const Ended ended = place_.synfire(
      {"plot", "raster", "run.npz", "--of", "in", "--example", "1", "--from", "3", "--to", "10", "--output", "in.dat"},
      place_.without_programs());
  EXPECT_EQ(ended.exit_code, 0) << ended.messages;
  // Neuron 1 receives 0.8 in each step and is reset to 0: it spikes in every second step.
  EXPECT_EQ(place_.read("in.dat"),
            "# in: 7 spikes of 3 neurons\n# time (ms)\tneuron\n3\t1\n3\t2\n5\t1\n7\t1\n7\t2\n9\t0\n9\t1\n\n\n");
}

// The recordings of run.npz with another name instead of `out`.
void rename_recordings(const Workplace& place, const std::string& name) {
  Arrays renamed;
  for (const auto& [array, values] : read_npz(place / "run.npz"))
    renamed.emplace(array.starts_with("out.") ? name + array.substr(3) : array, values);
  write_npz(place / "hostile.npz", renamed);
}

TEST_F(Plots, NoNameRunsACommand) {
  const std::string command = "system(\"touch injected\")";
  for (const std::string& name :
       {"b\n" + command + "\n#", "b'; " + command + "; #", "b\\\n" + command, "b\r" + command + "\r#",
        std::string("`touch injected`"), std::string("$(touch injected)"), std::string("b\\"),
        std::string("%s%n \x1b[31m"), "b\" " + command, std::string(60000, 'x')}) {
    rename_recordings(place_, name);
    for (const char* kind : {"raster", "traces", "rates"}) {
      const Ended ended =
          place_.synfire({"plot", kind, "hostile.npz", "--output", "p.svg", "--title", name.substr(0, 100)});
      if (ended.messages.find("is not installed") != std::string::npos) GTEST_SKIP() << ended.messages;
      EXPECT_EQ(ended.exit_code, 0) << kind << " of " << name << "\n" << ended.messages;
      EXPECT_FALSE(place_.has("injected")) << kind << " of " << name;
    }
  }
  const Ended missing = place_.synfire({"plot", "raster", "hostile.npz", "--of", "b\x1b[31m", "--output", "p.svg"});
  EXPECT_THAT(missing.messages, testing::Not(HasSubstr("\x1b")));
}

TEST_F(Plots, NoFileNameRunsACommand) {
  for (const char* name : {"| touch injected; .svg", "< touch injected; .svg", "`touch injected`.svg", "-o.svg",
                           "$(touch injected).svg", "'; system('touch injected'); #.svg", "\"; !touch injected.svg"}) {
    for (const Words& plot : {Words{"raster", "run.npz"}, Words{"network", "three.json"}}) {
      const Ended ended = place_.synfire({"plot", plot[0], plot[1], std::string("--output=") + name});
      if (ended.messages.find("is not installed") != std::string::npos) GTEST_SKIP() << ended.messages;
      EXPECT_EQ(ended.exit_code, 0) << name << "\n" << ended.messages;
      EXPECT_TRUE(place_.has(name)) << name;
      EXPECT_FALSE(place_.has("injected")) << name;
    }
  }
  EXPECT_EQ(place_.synfire({"plot", "raster", "run.npz", "--output", "a\nb.svg"}).exit_code, 2);
}

TEST_F(Plots, WhatWasNotRecordedIsNamed) {
  const Ended object = place_.synfire({"plot", "raster", "run.npz", "--of", "aut", "--output", "r.dat"});
  EXPECT_EQ(object.exit_code, 3);
  EXPECT_THAT(object.messages, HasSubstr("did you mean \"out\"?"));
  const Ended example = place_.synfire({"plot", "raster", "run.npz", "--example", "5", "--output", "r.dat"});
  EXPECT_EQ(example.exit_code, 3);
  EXPECT_THAT(example.messages, HasSubstr("example 5"));
  const Ended neuron = place_.synfire({"plot", "traces", "run.npz", "--neurons", "3", "--output", "r.dat"});
  EXPECT_EQ(neuron.exit_code, 3);
  EXPECT_THAT(neuron.messages, HasSubstr("neuron 3"));
  EXPECT_FALSE(place_.has("r.dat"));
}

TEST_F(Plots, HistoryHasAPanelForEachScore) {
  place_.write("h.csv",
               "epoch,seconds,out.loss,out.sparse_categorical_accuracy,validation.out.loss,hidden.spikes\n"
               "0,0.1,2,0.5,2.5,10\n1,0.1,1,0.75,,12\n");
  draw({"plot", "history", "h.csv"}, "history.svg", "<?xml");
  const Ended ended = place_.synfire({"plot", "history", "h.csv", "-o", "h.dat"});
  EXPECT_EQ(ended.exit_code, 0) << ended.messages;
  EXPECT_EQ(place_.read("h.dat"),
            "# loss, out\n# epoch\t\n0\t2\n1\t1\n\n\n# loss, validation.out\n# epoch\t\n0\t2.5\n\n\n"
            "# sparse_categorical_accuracy, out\n# epoch\t\n0\t0.5\n1\t0.75\n\n\n");
  EXPECT_EQ(place_.synfire({"plot", "history", "h.csv", "--of", "ou", "-o", "h.dat"}).exit_code, 3);
}

}  // namespace
}  // namespace synfire
