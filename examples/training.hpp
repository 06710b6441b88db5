// SPDX-License-Identifier: Apache-2.0
// What the examples of training share: options, seeds one after another, a table, a plot of the curves.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <synfire/synfire.hpp>
#include <variant>
#include <vector>

namespace synfire::examples {

struct TrainingOptions {
  std::string device = {};  // empty: the default
  unsigned threads = 0;
  std::uint32_t epochs = 10;
  std::uint64_t first_seed = 1;
  unsigned seeds = 1;
  std::string output = "demo-output";
  double dt = 1.0;            // ms; only of examples that let it be chosen
  double target = 0;          // accuracy that every seed must reach, or the program fails; 0: none
  std::size_t examples = 0;   // only the first so many, of each set; 0: all
  std::string artifact = {};  // a file for the network of the last seed, compiled for inference; empty: none
  bool cuda = false;          // compile the program that learns for a GPU too, which need not be here
  bool quiet = false;         // no progress bar
};

// What comes of one seed.
struct TrainedSeed {
  History history;
  double test_accuracy = 0;       // of the network that was trained
  double inference_accuracy = 0;  // of the same compiled for inference
  std::string notes = {};         // for people
};

// An option that only this example has; the value there is its default.
struct OwnOption {
  std::string name, help;
  std::variant<std::string*, std::uint32_t*, double*> value;
};

struct TrainingExample {
  std::string name;   // of files
  std::string title;  // of the plot and of --help
  TrainingOptions defaults = {};
  bool has_dt = false;
  std::vector<OwnOption> own_options = {};
  std::string judged = "validation";  // what History calls validation, in tables and plots
  std::function<TrainedSeed(const TrainingOptions& options, std::uint64_t seed)> train = {};
  // The same program for "cuda" and "sm_90", with which nothing runs here.
  std::function<contract::Artifact(CompilationReport& report)> cuda_program = {};
};

// The main function of an example: trains with each seed, prints epochs, accuracies and seconds and, of several seeds, the mean with
// its standard error; writes `name`.csv (of the first seed) and, where gnuplot is there, the curves of all seeds as `name`.png.
int run_training_example(int argc, char** argv, const TrainingExample& example);

}  // namespace synfire::examples
