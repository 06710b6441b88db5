// SPDX-License-Identifier: Apache-2.0
// Shared by the training examples: options, runs over seeds, a table, a plot of the curves.
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
  double dt = 1.0;            // ms; only for examples with has_dt
  double target = 0;          // accuracy that every seed must reach, else the program fails; 0: none
  std::size_t examples = 0;   // use only this many, the first of each set; 0: all
  std::string artifact = {};  // a file for the network of the last seed, compiled for inference; empty: none
  bool cuda = false;          // also compile the training program for a GPU; this machine need not have one
  bool quiet = false;         // no progress bar
};

// The results of one seed.
struct TrainedSeed {
  History history;
  double test_accuracy = 0;       // of the trained network
  double inference_accuracy = 0;  // of the same, compiled for inference
  std::string notes = {};         // for printing
};

// An option of one example; its initial value is the default.
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
  std::string judged = "validation";  // name of the validation data in tables and plots
  std::function<TrainedSeed(const TrainingOptions& options, std::uint64_t seed)> train = {};
  // Compiles the same program for "cuda" and "sm_90" without running it.
  std::function<contract::Artifact(CompilationReport& report)> cuda_program = {};
};

// The main function of an example: trains with each seed; prints epochs, accuracies, seconds and, for several seeds,
// the mean with its standard error; writes `name`.csv (of the first seed) and, if gnuplot is installed, the curves of
// all seeds as `name`.png.
int run_training_example(int argc, char** argv, const TrainingExample& example);

}  // namespace synfire::examples
