// SPDX-License-Identifier: Apache-2.0
// Networks as files that people and tools read and write: JSON, with large arrays beside it in a .npz of NumPy
// (docs/descriptions.md).
//
//   network.save("demo.json");                              // + demo.npz where there are large arrays
//   const Network same = Network::load("demo.json");
//   const Description whole = read_description("demo.json");  // also how it is compiled and what its inputs take
//
// What is read is not trusted: nothing is allocated on the word of a file, and every mistake that is found is reported with
// line and column, all of a file at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "synfire/data.hpp"
#include "synfire/error.hpp"
#include "synfire/losses.hpp"
#include "synfire/network.hpp"
#include "synfire/npz.hpp"
#include "synfire/optimizer.hpp"

namespace synfire {

// Something to record: a variable of a population or of a connection, one of which is named.
struct RecordSetting {
  std::string population = {};
  std::string connection = {};
  std::string variable = {};
  Place place = {};  // takes no part in comparisons
  bool operator==(const RecordSetting& other) const {
    return population == other.population && connection == other.connection && variable == other.variable;
  }
};

struct CarryOverSettings {
  bool neurons = false;
  bool synapses = false;
  bool spikes = false;
  bool operator==(const CarryOverSettings&) const = default;
};

// A loss with its parameters.
using LossSetting = std::variant<SparseCategoricalCrossentropy, CategoricalCrossentropy, MeanSquareError,
                                 RelativeMeanSquareError, TimeToFirstSpikeCrossentropy>;

// The loss of one output.
struct OutputLossSetting {
  std::string output = {};  // name of a population
  LossSetting loss = {};
  Place place = {};  // takes no part in comparisons
  bool operator==(const OutputLossSetting& other) const { return output == other.output && loss == other.loss; }
};

// One loss for all outputs; or, where there is a list, outputs with theirs, and others teach nothing.
struct LossSettings {
  LossSetting for_all = SparseCategoricalCrossentropy{};
  std::vector<OutputLossSetting> list = {};
  bool operator==(const LossSettings&) const = default;
};

using OptimizerSetting = std::variant<Adam>;

// What a description says of compiling. Names, units and defaults are those of InferenceCompiler and EventPropCompiler, whose
// from() make compilers of it: either of any settings, which takes what it knows. What belongs to the machine (device, threads,
// cache) is not here.
struct CompileSettings {
  std::string compiler = "inference";  // "inference", "event_prop"; what the network is for
  std::uint32_t timesteps = 100;
  double dt = 1.0;          // ms
  double nominal_dt = 0.0;  // ms; 0: dt
  std::uint32_t batch_size = 1;
  std::uint64_t seed = 0;
  std::vector<RecordSetting> record = {};
  CarryOverSettings carry_over = {};
  bool streaming = false;
  bool step_callbacks = false;
  std::string schedule = {};  // "trial", "step"; empty: chosen
  std::uint32_t threads_per_block = 0;
  std::size_t synapse_memory = 0;                         // bytes; 0: what the machine has
  std::size_t recording_memory = std::size_t{256} << 20;  // bytes

  // Of event_prop alone.
  LossSettings losses = {};
  OptimizerSetting optimizer = Adam{};
  std::uint32_t gradient_slots = 0;  // 0: chosen
  std::uint32_t max_spikes = 0;      // 0: a guess
  bool allow_arrival_only = false;

  // What is wrong with the settings for this network: recordings and outputs that it does not have, texts that say nothing.
  std::vector<Problem> validate(const Network& network) const;

  bool operator==(const CompileSettings&) const = default;
};

// How the data of an input population become what it takes. Nothing is done that is not asked for.
struct InputPreparation {
  std::string population = {};
  std::optional<double> scale = std::nullopt;                           // each value is multiplied by it, integers too
  std::variant<std::monostate, LinearLatency, LogLatency> encode = {};  // then values become spikes
  Place place = {};                                                     // takes no part in comparisons
  bool operator==(const InputPreparation& other) const {
    return population == other.population && scale == other.scale && encode == other.encode;
  }
};

// All that a description says.
struct Description {
  Network network = Network{};
  CompileSettings compile = {};
  std::vector<InputPreparation> inputs = {};

  // Network::validate(), and what is wrong with the rest: names of populations, connections and variables, and numbers out
  // of range. Places are lines and columns of the file that it was read from.
  std::vector<Problem> validate() const;

  bool operator==(const Description&) const = default;
};

// Reads a description, and its tensors from the .npz beside it that it names. Throws DataError with everything that is wrong
// with the form of the files: text that is no JSON, unknown or repeated keys, values of a wrong type, tensors that are
// missing, surplus or of a wrong type; file_access. What is wrong with the network is no matter of form: `validate` reports
// it, and compilers throw it.
Description read_description(const std::filesystem::path& json);

// The same from memory. `name`: what places call the text.
Description parse_description(std::string_view json, const Arrays& tensors, const std::string& name);

// A description as text. It carries the text of each model that it uses, so that it means the same whatever the registry
// holds when it is read.
struct DescriptionText {
  std::string json;
  Arrays tensors;  // arrays of more than 16 elements, and those that JSON has no numbers for
};

// `tensors_file`: the name under which the text refers to its tensors, for example "demo.npz". Throws ModelError
// (invalid_value) for NaN, and (invalid_name) for strings that are not UTF-8: JSON has neither.
DescriptionText to_text(const Description& description, const std::string& tensors_file = "tensors.npz");

// Writes `json` and, where there are tensors, the .npz of the same name beside it: at any moment the old description or the new
// one is there, with its own tensors. Throws as to_text, and DataError (file_access; invalid_name for a name in .npz).
void write_description(const std::filesystem::path& json, const Description& description);

}  // namespace synfire
