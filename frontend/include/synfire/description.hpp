// SPDX-License-Identifier: Apache-2.0
// Descriptions: networks saved as JSON, which people and tools can read and write, with large arrays in a NumPy .npz
// beside it (docs/descriptions.md).
//
//   network.save("demo.json");                              // + demo.npz where there are large arrays
//   const Network same = Network::load("demo.json");
//   const Description whole = read_description("demo.json");  // with compile settings and input preparation
//
// Input is not trusted: no allocation relies on a size that a file claims, and all problems of a file are reported at
// once, with line and column.
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
#include "synfire/early_stopping.hpp"
#include "synfire/error.hpp"
#include "synfire/losses.hpp"
#include "synfire/network.hpp"
#include "synfire/npz.hpp"
#include "synfire/optimizers.hpp"
#include "synfire/regularizers.hpp"
#include "synfire/surrogates.hpp"

namespace synfire {

// A variable to record, of either a population or a connection.
struct RecordSetting {
  std::string population = {};
  std::string connection = {};
  std::string variable = {};
  Place place = {};  // ignored in comparisons
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

// A loss with its values, and its factor in the total loss (finite, ≥ 0).
struct LossSetting {
  LossSetting() : LossSetting(Loss(default_loss())) {}
  LossSetting(const Loss& loss, double factor = 1.0) : model(model_of(loss)), weight(factor) {}
  template <LossStruct T>
  LossSetting(const T& loss, double factor = 1.0) : LossSetting(Loss(loss), factor) {}

  LossModel model;
  double weight = 1.0;
  Place place = {};  // of the setting, and of the text of a model of the file; ignored in comparisons
  Place text = {};
  bool operator==(const LossSetting& other) const { return model == other.model && weight == other.weight; }
};

// The loss of one output.
struct OutputLossSetting {
  std::string output = {};  // name of a population
  LossSetting loss = {};
  Place place = {};  // ignored in comparisons
  bool operator==(const OutputLossSetting& other) const { return output == other.output && loss == other.loss; }
};

// One loss for all outputs; or, if there is a list, one for each output in it; others do not contribute to the loss.
struct LossSettings {
  LossSetting for_all = {};
  std::vector<OutputLossSetting> list = {};
  // All losses that the file defines, used or not; ignored in comparisons, and not written.
  std::vector<LossModel> defined = {};
  bool operator==(const LossSettings& other) const { return for_all == other.for_all && list == other.list; }
};

// A surrogate with its values.
struct SurrogateSetting {
  SurrogateSetting() : SurrogateSetting(Surrogate(default_surrogate())) {}
  SurrogateSetting(const Surrogate& surrogate) : model(surrogate_model(surrogate)) {}
  template <SurrogateStruct T>
  SurrogateSetting(const T& surrogate) : SurrogateSetting(Surrogate(surrogate)) {}

  SurrogateModel model;
  Place place = {};  // of the setting, and of the derivative of a model of the file; ignored in comparisons
  Place text = {};
  bool operator==(const SurrogateSetting& other) const { return model == other.model; }
};

// The surrogate of one population.
struct PopulationSurrogateSetting {
  std::string population = {};  // name
  SurrogateSetting surrogate = {};
  std::optional<bool> detach_reset = std::nullopt;  // unset: that of the settings
  Place place = {};                                 // ignored in comparisons
  bool operator==(const PopulationSurrogateSetting& other) const {
    return population == other.population && surrogate == other.surrogate && detach_reset == other.detach_reset;
  }
};

// One surrogate for all populations; or, if there is a list, one for each population in it; others have the default.
struct SurrogateSettings {
  SurrogateSetting for_all = {};
  std::vector<PopulationSurrogateSetting> list = {};
  // All surrogates that the file defines, used or not; ignored in comparisons, and not written.
  std::vector<SurrogateModel> defined = {};
  bool operator==(const SurrogateSettings& other) const { return for_all == other.for_all && list == other.list; }
};

// The compile settings of a description. Names, units and defaults are those of InferenceCompiler,
// EventPropCompiler and SurrogateCompiler, whose from() build compilers from it; each accepts any settings and uses
// those that it knows.
// Machine settings (device, threads, cache) are not included.
struct CompileSettings {
  // "inference": it is run; "event_prop": trained with exact gradients; "surrogate": with surrogate gradients.
  std::string compiler = "inference";
  std::uint32_t timesteps = 100;
  double dt = 1.0;          // ms
  double nominal_dt = 0.0;  // ms; 0: dt
  std::uint32_t batch_size = 1;
  std::uint64_t seed = 0;
  std::vector<RecordSetting> record = {};
  CarryOverSettings carry_over = {};
  bool streaming = false;
  bool step_callbacks = false;
  std::string schedule = {};  // "trial", "step"; empty: automatic
  std::uint32_t threads_per_block = 0;
  std::size_t synapse_memory = 0;                         // bytes; 0: the memory of the machine
  std::size_t recording_memory = std::size_t{256} << 20;  // bytes

  // For training only.
  LossSettings losses = {};
  Optimizer optimizer = "adam";
  std::vector<RegularizerSetting> regularizers = {};
  std::uint32_t gradient_slots = 0;  // 0: automatic
  std::uint32_t max_spikes = 0;      // 0: estimated
  bool allow_arrival_only = false;   // for event_prop only
  SurrogateSettings surrogate = {};  // for surrogate only, like the next one
  bool detach_reset = false;

  bool trains() const { return compiler == "event_prop" || compiler == "surrogate"; }

  // Problems of the settings for this network: unknown recordings and outputs, and unknown option values.
  std::vector<Problem> validate(const Network& network) const;

  bool operator==(const CompileSettings&) const = default;
};

// The noise that training adds to an input, in this order (docs/training.md#noise-on-inputs). 0: none.
struct InputNoiseSetting {
  std::string population = {};
  double dropout = 0;   // probability, in [0, 1)
  double gaussian = 0;  // standard deviation, ≥ 0; for inputs that take values
  double jitter = 0;    // standard deviation in ms, ≥ 0; for inputs that take spikes
  Place place = {};     // ignored in comparisons
  bool operator==(const InputNoiseSetting& other) const {
    return population == other.population && dropout == other.dropout && gaussian == other.gaussian &&
           jitter == other.jitter;
  }
};

// The weights of the classes of one output.
struct OutputClassWeights {
  std::string output = {};           // name of a population
  std::vector<double> weights = {};  // ≥ 0, one for each neuron
  Place place = {};                  // ignored in comparisons
  bool operator==(const OutputClassWeights& other) const { return output == other.output && weights == other.weights; }
};

// Weights of classes (docs/training.md#weights-of-losses): one list for all outputs whose loss takes labels; or a list
// of outputs with theirs; or none.
struct ClassWeightSettings {
  std::vector<double> for_all = {};
  std::vector<OutputClassWeights> list = {};
  bool empty() const { return for_all.empty() && list.empty(); }
  bool operator==(const ClassWeightSettings&) const = default;
};

// The metric of one output.
struct OutputMetricSetting {
  std::string output = {};  // name of a population
  std::string metric = {};  // or "none"
  Place place = {};         // ignored in comparisons
  bool operator==(const OutputMetricSetting& other) const { return output == other.output && metric == other.metric; }
};

// Metrics by name (docs/training.md#running): one for all outputs whose loss takes targets; or a list of outputs with
// theirs, while others keep the default; or none.
struct MetricSettings {
  std::string for_all = {};
  std::vector<OutputMetricSetting> list = {};
  Place place = {};  // ignored in comparisons
  bool empty() const { return for_all.empty() && list.empty(); }
  bool operator==(const MetricSettings& other) const { return for_all == other.for_all && list == other.list; }
};

// How a network is trained: the defaults of `synfire train`, and of TrainOptions by train_options().
struct TrainSettings {
  std::uint32_t epochs = 10;    // ≥ 1
  double validation_split = 0;  // the last part of the data, a fraction in [0, 1), for validation after each epoch
  std::optional<EarlyStopping> early_stopping = std::nullopt;
  std::vector<InputNoiseSetting> input_noise = {};
  ClassWeightSettings class_weights = {};
  MetricSettings metrics = {};

  // Problems of the settings for this network: unknown populations, and numbers out of range. Names of metrics are not
  // checked: train_options() does that.
  std::vector<Problem> validate(const Network& network) const;

  bool operator==(const TrainSettings&) const = default;
};

// How data are converted for an input population. Nothing is converted unless requested.
struct InputPreparation {
  std::string population = {};
  std::optional<double> scale = std::nullopt;                           // each value is multiplied by it, integers too
  std::variant<std::monostate, LinearLatency, LogLatency> encode = {};  // then values are encoded as spikes
  // The data are recordings, for parse_event_settings(): "nmnist,downsample=2"; empty: they are not.
  std::string events = {};
  Place place = {};  // ignored in comparisons
  bool operator==(const InputPreparation& other) const {
    return population == other.population && scale == other.scale && encode == other.encode && events == other.events;
  }
};

// The contents of a description.
struct Description {
  Network network = Network{};
  CompileSettings compile = {};
  std::vector<InputPreparation> inputs = {};
  std::optional<TrainSettings> train = std::nullopt;

  // Network::validate(), and problems of the rest: unknown populations, connections and variables, and numbers out of
  // range. Places are lines and columns of the file that it was read from.
  std::vector<Problem> validate() const;

  bool operator==(const Description&) const = default;
};

// Replaces a value of a description while it is read. Paths begin with the name of a population or a connection, or
// with `compile`, `defaults` or `inputs`; the whole value at the path is replaced, or added:
//   {"hidden.tau_mem", "15"}, {"input_hidden.weight.sd", "0.1"}, {"compile.optimizer.learning_rate", "1e-3"}
// docs/descriptions.md has the rules.
struct Override {
  std::string path = {};
  std::string value = {};  // JSON, or a name without quotation marks
  Place place = {};        // where it was given, for problems of the value; default: a file called `path=value`
};

// Reads a description, and its tensors from the .npz that it names. Throws DataError with all format errors: invalid
// JSON, unknown or repeated keys, values of a wrong type, tensors that are missing, unused or of a wrong type; and
// file_access; and, for overrides, unknown_name for all paths that lead nowhere, and invalid_value. Errors in the
// network are not format errors: `validate` reports them, and compilers throw them.
Description read_description(const std::filesystem::path& json, const std::vector<Override>& overrides = {});

// The same from memory. `name`: the file name in places.
Description parse_description(std::string_view json, const Arrays& tensors, const std::string& name,
                              const std::vector<Override>& overrides = {});

// A description as text. It contains the definition of each model that it uses, so its meaning does not depend on the
// registry when it is read.
struct DescriptionText {
  std::string json;
  Arrays tensors;  // arrays of more than 16 elements, and those that JSON cannot represent
};

// `tensors_file`: the name under which the text refers to its tensors, for example "demo.npz". Throws ModelError
// (invalid_value) for NaN, and (invalid_name) for strings that are not UTF-8: JSON has neither; and (duplicate_name)
// for two losses with one name and different texts.
DescriptionText to_text(const Description& description, const std::string& tensors_file = "tensors.npz");

// Writes `json` and, if there are tensors, the .npz of the same name beside it. At any moment, either the old or the
// new description is in place, with its own tensors. Throws like to_text, and DataError (file_access; invalid_name for
// a name ending in .npz).
void write_description(const std::filesystem::path& json, const Description& description);

}  // namespace synfire
