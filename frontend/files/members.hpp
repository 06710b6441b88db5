// SPDX-License-Identifier: Apache-2.0
// The schema of descriptions: for each struct the keys of its members, for each enumeration and variant the names of
// its alternatives. Reading, writing and listing of keys use only these tables.
#pragma once

#include <concepts>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "synfire/description.hpp"

namespace synfire::files {

// Requirements on a member.
struct Rule {
  bool required = false;                                  // must be given
  bool always = false;                                    // is written even if it has its default
  double min = -std::numeric_limits<double>::infinity();  // of a number, which must then be finite
  bool exclusive_min = false;
  bool below_one = false;               // in single precision too
  bool single = false;                  // must fit into single precision
  std::vector<std::string> names = {};  // the allowed strings
};

inline const Rule required{.required = true};
inline const Rule always{.always = true};
inline const Rule single{.always = true, .single = true};
inline Rule at_least(double min) { return {.always = true, .min = min, .single = true}; }
inline Rule above(double min) { return {.always = true, .min = min, .exclusive_min = true, .single = true}; }
inline const Rule below_one{.always = true, .min = 0, .below_one = true, .single = true};
inline Rule one_of(std::vector<std::string> names) { return {.always = true, .names = std::move(names)}; }

template <class T>
struct Type {};

// ---- Structs: `members` calls visit(key, pointer to the member, rule) for each member, in the order of writing.

template <class Visit>
void members(Type<Parameter>, Visit&& visit) {
  visit("name", &Parameter::name, required);
  visit("value", &Parameter::value);
  visit("unit", &Parameter::unit);
  visit("min", &Parameter::min);
  visit("max", &Parameter::max);
  visit("exclusive_min", &Parameter::exclusive_min);
  visit("exclusive_max", &Parameter::exclusive_max);
}

template <class Visit>
void members(Type<StateVariable>, Visit&& visit) {
  visit("name", &StateVariable::name, required);
  visit("initial", &StateVariable::initial, always);
}

template <class Visit>
void members(Type<Assignment>, Visit&& visit) {
  visit("name", &Assignment::name, required);
  visit("value", &Assignment::value);
}

template <class Visit>
void members(Type<Refractory>, Visit&& visit) {
  visit("period", &Refractory::period, required);
  visit("hold", &Refractory::hold);
  visit("hold_if", &Refractory::hold_if);
}

template <class Visit>
void members(Type<NeuronModel>, Visit&& visit) {
  visit("name", &NeuronModel::name, required);
  visit("parameters", &NeuronModel::parameters);
  visit("state", &NeuronModel::state);
  visit("dynamics", &NeuronModel::dynamics);
  visit("update", &NeuronModel::update);
  visit("threshold", &NeuronModel::threshold);
  visit("reset", &NeuronModel::reset);
  visit("refractory", &NeuronModel::refractory);
  visit("spike_sign", &NeuronModel::spike_sign);
  visit("output", &NeuronModel::output);
  visit("graded", &NeuronModel::graded);
  visit("integrator", &NeuronModel::integrator);
  visit("substeps", &NeuronModel::substeps);
  visit("surplus", &NeuronModel::surplus);
  visit("assigned", &NeuronModel::assigned);
}

template <class Visit>
void members(Type<SynapseModel>, Visit&& visit) {
  visit("name", &SynapseModel::name, required);
  visit("parameters", &SynapseModel::parameters);
  visit("state", &SynapseModel::state);
  visit("dynamics", &SynapseModel::dynamics);
  visit("update", &SynapseModel::update);
  visit("on_spike", &SynapseModel::on_spike);
  visit("current", &SynapseModel::current);
  visit("integrator", &SynapseModel::integrator);
  visit("substeps", &SynapseModel::substeps);
  visit("surplus", &SynapseModel::surplus);
  visit("assigned", &SynapseModel::assigned);
}

template <class Visit>
void members(Type<ReadoutModel>, Visit&& visit) {
  visit("name", &ReadoutModel::name, required);
  visit("parameters", &ReadoutModel::parameters);
  visit("state", &ReadoutModel::state);
  visit("on_step", &ReadoutModel::on_step);
  visit("on_spike", &ReadoutModel::on_spike);
  visit("value", &ReadoutModel::value);
  visit("surplus", &ReadoutModel::surplus);
  visit("assigned", &ReadoutModel::assigned);
}

template <class Visit>
void members(Type<LossModel>, Visit&& visit) {
  visit("name", &LossModel::name, required);
  visit("parameters", &LossModel::parameters);
  visit("targets", &LossModel::targets, always);
  visit("per_step", &LossModel::per_step);
  visit("readout", &LossModel::readout);
  visit("loss", &LossModel::loss, always);
}

template <class Visit>
void members(Type<OptimizerModel>, Visit&& visit) {
  visit("name", &OptimizerModel::name, required);
  visit("parameters", &OptimizerModel::parameters);
  visit("state", &OptimizerModel::state);
  visit("update", &OptimizerModel::update);
  visit("surplus", &OptimizerModel::surplus);
  visit("assigned", &OptimizerModel::assigned);
}

template <class Visit>
void members(Type<SurrogateModel>, Visit&& visit) {
  visit("name", &SurrogateModel::name, required);
  visit("parameters", &SurrogateModel::parameters);
  visit("derivative", &SurrogateModel::derivative, always);
  visit("support", &SurrogateModel::support);
}

template <class Visit>
void members(Type<Constant>, Visit&& visit) {
  visit("value", &Constant::value, required);
}

template <class Visit>
void members(Type<Normal>, Visit&& visit) {
  visit("mean", &Normal::mean, always);
  visit("sd", &Normal::sd, always);
  visit("min", &Normal::min);
  visit("max", &Normal::max);
}

template <class Visit>
void members(Type<Uniform>, Visit&& visit) {
  visit("min", &Uniform::min, always);
  visit("max", &Uniform::max, always);
}

template <class Visit>
void members(Type<Xavier>, Visit&& visit) {
  visit("gain", &Xavier::gain, always);
  visit("distribution", &Xavier::distribution, always);
}

template <class Visit>
void members(Type<Kaiming>, Visit&& visit) {
  visit("gain", &Kaiming::gain, always);
  visit("distribution", &Kaiming::distribution, always);
}

template <class Visit>
void members(Type<Trainable>, Visit&& visit) {
  visit("min", &Trainable::min);
  visit("max", &Trainable::max);
  visit("learning_rate", &Trainable::learning_rate);
  visit("l1", &Trainable::l1);
  visit("l2", &Trainable::l2);
  visit("sign", &Trainable::sign);
  visit("keep_zeros", &Trainable::keep_zeros);
  visit("max_norm", &Trainable::max_norm);
  visit("noise", &Trainable::noise);
}

template <class Visit>
void members(Type<Dense>, Visit&& visit) {
  visit("weight", &Dense::weight, always);
  visit("delay", &Dense::delay, always);
}

template <class Visit>
void members(Type<OneToOne>, Visit&& visit) {
  visit("weight", &OneToOne::weight, always);
  visit("delay", &OneToOne::delay, always);
}

template <class Visit>
void members(Type<FixedProbability>, Visit&& visit) {
  visit("p", &FixedProbability::p, required);
  visit("weight", &FixedProbability::weight, always);
  visit("delay", &FixedProbability::delay, always);
  visit("allow_self_connections", &FixedProbability::allow_self_connections);
}

template <class Visit>
void members(Type<FixedInputs>, Visit&& visit) {
  visit("number", &FixedInputs::number, required);
  visit("weight", &FixedInputs::weight, always);
  visit("delay", &FixedInputs::delay, always);
  visit("allow_self_connections", &FixedInputs::allow_self_connections);
  visit("allow_repeats", &FixedInputs::allow_repeats);
}

template <class Visit>
void members(Type<FixedOutputs>, Visit&& visit) {
  visit("number", &FixedOutputs::number, required);
  visit("weight", &FixedOutputs::weight, always);
  visit("delay", &FixedOutputs::delay, always);
  visit("allow_self_connections", &FixedOutputs::allow_self_connections);
  visit("allow_repeats", &FixedOutputs::allow_repeats);
}

template <class Visit>
void members(Type<Sparse>, Visit&& visit) {
  visit("sources", &Sparse::sources, required);
  visit("targets", &Sparse::targets, required);
  visit("weight", &Sparse::weight, always);
  visit("delay", &Sparse::delay, always);
}

template <class Visit>
void members(Type<Conv2D>, Visit&& visit) {
  visit("filters", &Conv2D::filters, required);
  visit("kernel", &Conv2D::kernel, required);
  visit("strides", &Conv2D::strides);
  visit("padding", &Conv2D::padding);
  visit("dilation", &Conv2D::dilation);
  visit("groups", &Conv2D::groups);
  visit("weight", &Conv2D::weight, always);
  visit("delay", &Conv2D::delay, always);
}

template <class Visit>
void members(Type<Conv1D>, Visit&& visit) {
  visit("filters", &Conv1D::filters, required);
  visit("kernel", &Conv1D::kernel, required);
  visit("stride", &Conv1D::stride);
  visit("padding", &Conv1D::padding);
  visit("dilation", &Conv1D::dilation);
  visit("groups", &Conv1D::groups);
  visit("weight", &Conv1D::weight, always);
  visit("delay", &Conv1D::delay, always);
}

template <class Visit>
void members(Type<Conv2DTranspose>, Visit&& visit) {
  visit("filters", &Conv2DTranspose::filters, required);
  visit("kernel", &Conv2DTranspose::kernel, required);
  visit("strides", &Conv2DTranspose::strides);
  visit("padding", &Conv2DTranspose::padding);
  visit("dilation", &Conv2DTranspose::dilation);
  visit("groups", &Conv2DTranspose::groups);
  visit("weight", &Conv2DTranspose::weight, always);
  visit("delay", &Conv2DTranspose::delay, always);
}

template <class Visit>
void members(Type<AvgPool2D>, Visit&& visit) {
  visit("pool", &AvgPool2D::pool, required);
  visit("strides", &AvgPool2D::strides);
  visit("padding", &AvgPool2D::padding);
  visit("weight", &AvgPool2D::weight, always);
  visit("delay", &AvgPool2D::delay, always);
}

template <class Visit>
void members(Type<MaxPool2D>, Visit&& visit) {
  visit("pool", &MaxPool2D::pool, required);
  visit("strides", &MaxPool2D::strides);
  visit("padding", &MaxPool2D::padding);
  visit("first_spike", &MaxPool2D::first_spike);
  visit("weight", &MaxPool2D::weight, always);
  visit("delay", &MaxPool2D::delay, always);
}

template <class Visit>
void members(Type<AvgPoolDense2D>, Visit&& visit) {
  visit("pool", &AvgPoolDense2D::pool, required);
  visit("strides", &AvgPoolDense2D::strides);
  visit("weight", &AvgPoolDense2D::weight, always);
  visit("delay", &AvgPoolDense2D::delay, always);
}

template <class Visit>
void members(Type<AvgPoolConv2D>, Visit&& visit) {
  visit("pool", &AvgPoolConv2D::pool, required);
  visit("pool_strides", &AvgPoolConv2D::pool_strides);
  visit("filters", &AvgPoolConv2D::filters, required);
  visit("kernel", &AvgPoolConv2D::kernel, required);
  visit("strides", &AvgPoolConv2D::strides);
  visit("padding", &AvgPoolConv2D::padding);
  visit("dilation", &AvgPoolConv2D::dilation);
  visit("groups", &AvgPoolConv2D::groups);
  visit("weight", &AvgPoolConv2D::weight, always);
  visit("delay", &AvgPoolConv2D::delay, always);
}

template <class Visit>
void members(Type<RecordSetting>, Visit&& visit) {
  visit("population", &RecordSetting::population);
  visit("connection", &RecordSetting::connection);
  visit("variable", &RecordSetting::variable, required);
}

template <class Visit>
void members(Type<CarryOverSettings>, Visit&& visit) {
  visit("neurons", &CarryOverSettings::neurons);
  visit("synapses", &CarryOverSettings::synapses);
  visit("spikes", &CarryOverSettings::spikes);
}

template <class Visit>
void members(Type<CompileSettings>, Visit&& visit) {
  visit("compiler", &CompileSettings::compiler, one_of({"inference", "event_prop", "surrogate"}));
  visit("timesteps", &CompileSettings::timesteps, at_least(1));
  visit("dt", &CompileSettings::dt, above(0));
  visit("nominal_dt", &CompileSettings::nominal_dt, at_least(0));
  visit("batch_size", &CompileSettings::batch_size, at_least(1));
  visit("seed", &CompileSettings::seed, always);
  visit("record", &CompileSettings::record, always);
  visit("carry_over", &CompileSettings::carry_over, always);
  visit("streaming", &CompileSettings::streaming, always);
  visit("step_callbacks", &CompileSettings::step_callbacks, always);
  visit("schedule", &CompileSettings::schedule, one_of({"", "automatic", "trial", "step"}));
  visit("threads_per_block", &CompileSettings::threads_per_block, always);
  visit("synapse_memory", &CompileSettings::synapse_memory, always);
  visit("recording_memory", &CompileSettings::recording_memory, always);
  visit("losses", &CompileSettings::losses);
  visit("optimizer", &CompileSettings::optimizer);
  visit("regularizers", &CompileSettings::regularizers);
  visit("gradient_slots", &CompileSettings::gradient_slots);
  visit("max_spikes", &CompileSettings::max_spikes);
  visit("allow_arrival_only", &CompileSettings::allow_arrival_only);
  visit("surrogate", &CompileSettings::surrogate);
  visit("detach_reset", &CompileSettings::detach_reset);
}

// The keys above that only compilers of training programs use, and those that only one of these does.
inline const std::vector<std::string> keys_of_training = {"losses",         "optimizer",  "regularizers",
                                                          "gradient_slots", "max_spikes", "allow_arrival_only"};
inline const std::vector<std::string> keys_of_exact_gradients = {"allow_arrival_only"};
inline const std::vector<std::string> keys_of_surrogates = {"surrogate", "detach_reset"};

template <class Visit>
void members(Type<L1>, Visit&& visit) {
  visit("strength", &L1::strength, Rule{.required = true, .min = 0, .single = true});
}

template <class Visit>
void members(Type<L2>, Visit&& visit) {
  visit("strength", &L2::strength, Rule{.required = true, .min = 0, .single = true});
}

template <class Visit>
void members(Type<FiringRateSetting>, Visit&& visit) {
  visit("population", &FiringRateSetting::population, required);
  visit("lower", &FiringRateSetting::lower);
  visit("upper", &FiringRateSetting::upper);
  visit("strength", &FiringRateSetting::strength, Rule{.required = true, .min = 0, .single = true});
}

template <class Visit>
void members(Type<OutputLossSetting>, Visit&& visit) {
  visit("output", &OutputLossSetting::output, required);
  visit("loss", &OutputLossSetting::loss, required);
}

template <class Visit>
void members(Type<PopulationSurrogateSetting>, Visit&& visit) {
  visit("population", &PopulationSurrogateSetting::population, required);
  visit("surrogate", &PopulationSurrogateSetting::surrogate);
  visit("detach_reset", &PopulationSurrogateSetting::detach_reset);
}

// The options of an optimizer; the parameters of its text have keys beside these.
template <class Visit>
void members(Type<OptimizerOptions>, Visit&& visit) {
  visit("learning_rate", &OptimizerOptions::learning_rate);
  visit("clip_value", &OptimizerOptions::clip_value, Rule{.min = 0, .single = true});
  visit("clip_norm", &OptimizerOptions::clip_norm, Rule{.min = 0, .single = true});
}

template <class Visit>
void members(Type<StepDecay>, Visit&& visit) {
  visit("from", &StepDecay::from, above(0));
  visit("factor", &StepDecay::factor, at_least(0));
  visit("every", &StepDecay::every, at_least(1));
  visit("per", &StepDecay::per, one_of({"epoch", "update"}));
  visit("warm_up", &StepDecay::warm_up);
}

template <class Visit>
void members(Type<ExponentialDecay>, Visit&& visit) {
  visit("from", &ExponentialDecay::from, above(0));
  visit("factor", &ExponentialDecay::factor, at_least(0));
  visit("every", &ExponentialDecay::every, at_least(1));
  visit("per", &ExponentialDecay::per, one_of({"epoch", "update"}));
  visit("warm_up", &ExponentialDecay::warm_up);
}

template <class Visit>
void members(Type<CosineDecay>, Visit&& visit) {
  visit("from", &CosineDecay::from, above(0));
  visit("to", &CosineDecay::to, at_least(0));
  visit("over", &CosineDecay::over);
  visit("per", &CosineDecay::per, one_of({"epoch", "update"}));
  visit("warm_up", &CosineDecay::warm_up);
}

template <class Visit>
void members(Type<ReduceOnPlateau>, Visit&& visit) {
  visit("from", &ReduceOnPlateau::from, above(0));
  visit("factor", &ReduceOnPlateau::factor, at_least(0));
  visit("patience", &ReduceOnPlateau::patience, at_least(1));
  visit("min_delta", &ReduceOnPlateau::min_delta, at_least(0));
  visit("least", &ReduceOnPlateau::least, at_least(0));
  visit("monitor", &ReduceOnPlateau::monitor, always);
  visit("warm_up", &ReduceOnPlateau::warm_up);
}

template <class Visit>
void members(Type<EarlyStopping>, Visit&& visit) {
  visit("monitor", &EarlyStopping::monitor, required);
  visit("patience", &EarlyStopping::patience, at_least(1));
  visit("min_delta", &EarlyStopping::min_delta, at_least(0));
  visit("restore_best", &EarlyStopping::restore_best, always);
}

template <class Visit>
void members(Type<TrainSettings>, Visit&& visit) {
  visit("epochs", &TrainSettings::epochs, at_least(1));
  visit("validation_split", &TrainSettings::validation_split, below_one);
  visit("early_stopping", &TrainSettings::early_stopping);
  visit("input_noise", &TrainSettings::input_noise);
  visit("class_weights", &TrainSettings::class_weights);
  visit("metrics", &TrainSettings::metrics);
}

template <class Visit>
void members(Type<OutputClassWeights>, Visit&& visit) {
  visit("output", &OutputClassWeights::output, required);
  visit("weights", &OutputClassWeights::weights, required);
}

template <class Visit>
void members(Type<OutputMetricSetting>, Visit&& visit) {
  visit("output", &OutputMetricSetting::output, required);
  visit("metric", &OutputMetricSetting::metric, required);
}

template <class Visit>
void members(Type<InputNoiseSetting>, Visit&& visit) {
  visit("population", &InputNoiseSetting::population, required);
  visit("dropout", &InputNoiseSetting::dropout, Rule{.min = 0, .below_one = true, .single = true});
  visit("gaussian", &InputNoiseSetting::gaussian, Rule{.min = 0, .single = true});
  visit("jitter", &InputNoiseSetting::jitter, Rule{.min = 0, .single = true});
}

template <class Visit>
void members(Type<LinearLatency>, Visit&& visit) {
  visit("max_time", &LinearLatency::max_time, always);
  visit("min_time", &LinearLatency::min_time, always);
  visit("threshold", &LinearLatency::threshold, always);
  visit("max_value", &LinearLatency::max_value, always);
}

template <class Visit>
void members(Type<LogLatency>, Visit&& visit) {
  visit("tau_eff", &LogLatency::tau_eff, always);
  visit("threshold", &LogLatency::threshold, always);
}

template <class Visit>
void members(Type<InputPreparation>, Visit&& visit) {
  visit("population", &InputPreparation::population, required);
  visit("scale", &InputPreparation::scale);
  visit("encode", &InputPreparation::encode);
  visit("events", &InputPreparation::events);
}

template <class Visit>
void members(Type<Place>, Visit&& visit) {
  visit("file", &Place::file, required);
  visit("line", &Place::line, always);
  visit("column", &Place::column, always);
}

template <class Visit>
void members(Type<Problem>, Visit&& visit) {
  visit("kind", &Problem::kind, required);
  visit("path", &Problem::path);
  visit("message", &Problem::message, required);
  visit("hint", &Problem::hint);
  visit("expected", &Problem::expected);
  visit("given", &Problem::given);
  visit("place", &Problem::place);
  visit("severity", &Problem::severity);
}

using ModelEntry = std::variant<NeuronModel, SynapseModel, ReadoutModel, LossModel, OptimizerModel, SurrogateModel>;

// ---- Variants: an object whose key `tag` names the alternative that the other keys belong to.

template <class Variant>
inline constexpr const char* tag = "type";
template <>
inline constexpr const char* tag<ModelEntry> = "kind";

inline std::string name_of(Type<NeuronModel>) { return "neuron"; }
inline std::string name_of(Type<SynapseModel>) { return "synapse"; }
inline std::string name_of(Type<ReadoutModel>) { return "readout"; }
inline std::string name_of(Type<LossModel>) { return "loss"; }
inline std::string name_of(Type<OptimizerModel>) { return "optimizer"; }
inline std::string name_of(Type<SurrogateModel>) { return "surrogate"; }
inline std::string name_of(Type<Constant>) { return "constant"; }
inline std::string name_of(Type<Normal>) { return "normal"; }
inline std::string name_of(Type<Uniform>) { return "uniform"; }
inline std::string name_of(Type<Xavier>) { return "xavier"; }
inline std::string name_of(Type<Kaiming>) { return "kaiming"; }
inline std::string name_of(Type<LinearLatency>) { return "linear_latency"; }
inline std::string name_of(Type<LogLatency>) { return "log_latency"; }
inline std::string name_of(Type<L1>) { return "l1"; }
inline std::string name_of(Type<L2>) { return "l2"; }
inline std::string name_of(Type<FiringRateSetting>) { return "firing_rate"; }
inline std::string name_of(Type<StepDecay>) { return "step_decay"; }
inline std::string name_of(Type<ExponentialDecay>) { return "exponential_decay"; }
inline std::string name_of(Type<CosineDecay>) { return "cosine_decay"; }
inline std::string name_of(Type<ReduceOnPlateau>) { return "reduce_on_plateau"; }
template <class Kind>
requires std::constructible_from<Connectivity, Kind> std::string name_of(Type<Kind>) {
  return synfire::name_of(Connectivity(Kind{}));
}

// Calls visit(Type<Alternative>) for each alternative that has a name.
template <class... Alternatives, class Visit>
void alternatives(Type<std::variant<Alternatives...>>, Visit&& visit) {
  const auto one = [&]<class Each>(Type<Each> type) {
    if constexpr (!std::same_as<Each, std::monostate>) visit(type);
  };
  (one(Type<Alternatives>{}), ...);
}

// ---- Enumerations

template <class Enum>
struct Named {
  std::string name;
  Enum value;
};

// The enumerators from 0 to the first value without a name.
template <class Enum>
std::vector<Named<Enum>> enumerators(Type<Enum>) {
  std::vector<Named<Enum>> result;
  for (int i = 0; !to_string(static_cast<Enum>(i)).empty() && to_string(static_cast<Enum>(i)) != "unknown"; ++i)
    result.push_back({std::string(to_string(static_cast<Enum>(i))), static_cast<Enum>(i)});
  return result;
}
inline std::vector<Named<Unit>> enumerators(Type<Unit>) {
  return {{"none", Unit::none}, {"milliseconds", Unit::milliseconds}};
}
inline std::vector<Named<Distribution>> enumerators(Type<Distribution>) {
  return {{"uniform", Distribution::uniform}, {"normal", Distribution::normal}};
}
inline std::vector<Named<Severity>> enumerators(Type<Severity>) {
  return {{"error", Severity::error}, {"warning", Severity::warning}};
}

// Names of enumerators in files of earlier versions.
template <class Enum>
std::optional<Enum> older_name(Type<Enum>, const std::string&) {
  return std::nullopt;
}
inline std::optional<SynapseStorage> older_name(Type<SynapseStorage>, const std::string& name) {
  if (name == "regenerated") return SynapseStorage::procedural;
  return std::nullopt;
}

// ---- Types that have tables

namespace detail {
struct Ignore {
  template <class... Any>
  void operator()(Any&&...) const {}
};
}  // namespace detail

template <class T>
concept Struct = requires {
  members(Type<T>{}, detail::Ignore{});
};

template <class T>
inline constexpr bool is_variant = false;
template <class... Alternatives>
inline constexpr bool is_variant<std::variant<Alternatives...>> = true;

// The keys of a struct, in order.
template <Struct T>
std::vector<std::string> keys_of() {
  std::vector<std::string> keys;
  members(Type<T>{}, [&](const char* key, auto, const Rule& = {}) { keys.emplace_back(key); });
  return keys;
}

}  // namespace synfire::files
