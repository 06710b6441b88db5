// SPDX-License-Identifier: Apache-2.0
// A model that is ready to run, and its data; shared by `run` and `evaluate`.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "data/preparation.hpp"
#include "data/source.hpp"
#include "model/output_losses.hpp"
#include "options.hpp"
#include "output.hpp"
#include "synfire/compiled_network.hpp"
#include "synfire/loss_weights.hpp"

namespace synfire::command_line {

// --input, --scale, --encode, --first.
std::vector<Option> data_options();
// The options of `run` and `evaluate`: data, what is recorded, settings, device.
std::vector<Option> run_options();
// `--labels`.
Option labels_option();
// Throws UsageError if there are none; `remark` ends the hint.
void require_labels(const Arguments& arguments, const std::string& remark = {});

struct RunnableModel {
  CompiledNetwork network;
  std::vector<InputPreparation> inputs;                   // of the model and of the options
  std::vector<std::string> unscored = {};                 // outputs whose losses, in the description, take no targets
  OutputLosses losses = {};                               // those of the description
  std::optional<Description> description = std::nullopt;  // what was compiled, if it is for training
  double compile_milliseconds = 0;                        // 0: nothing was compiled
  bool from_cache = false;
};

// Checks --output before any work (model/outputs.hpp). `printed`: what the command also writes to standard output.
void check_run_output(const Arguments& arguments, const std::string& printed = {});

// Loads an artifact, or compiles a description with the options.
RunnableModel load_model(const Arguments& arguments);

// Owns data, and has views of them.
class BoundData {
 public:
  void add(const std::string& population, PreparedData data);
  const std::vector<NamedData>& views() const { return views_; }
  std::size_t examples() const { return views_.empty() ? 0 : views_.front().data.examples(); }

 private:
  std::deque<PreparedData> data_;  // a deque does not move them
  std::vector<NamedData> views_;
};

// The data of --input and --labels in the form that the network expects, cut by --first: in memory as far as
// --data-memory allows, else read batch by batch. Throws DataError, out_of_memory for what cannot be read in pieces.
struct RunData {
  BoundData inputs, labels;
  std::size_t memory = 0;  // bytes of --data-memory that they take
};
// `used`: the memory of other data; `unscored`: outputs that have no labels.
RunData bind_data(const Arguments& arguments, const contract::Manifest& manifest,
                  const std::vector<InputPreparation>& preparations, std::size_t used = 0,
                  const std::vector<std::string>& unscored = {});
// All data of --validation-input and --validation-labels.
RunData bind_validation_data(const Arguments& arguments, const contract::Manifest& manifest,
                             const std::vector<InputPreparation>& preparations, std::size_t used);

// The weights of losses in the files of an option such as --sample-weights, cut by --first if they are one for each
// example. Throws UsageError and DataError.
LossWeights weights_in(const Arguments& arguments, const std::string& option, bool are_cut);

// The options of a run: seed, steps, recordings, the file for them and for predictions, progress.
RunOptions options_of_run(const Arguments& arguments, const RunnableModel& model, std::size_t examples, Output& output);

// `2 ties, 1 silent (all outputs 0, or without a spike); 1 of these counted as right: …`.
std::string ambiguity_text(const Ambiguity& ambiguity);

// `host: AMD EPYC …, 2 threads`.
std::string describe_device(const runtime::Device& device);

}  // namespace synfire::command_line
