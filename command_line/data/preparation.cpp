// SPDX-License-Identifier: Apache-2.0
#include "data/preparation.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "output.hpp"

namespace synfire::command_line {
namespace {

template <class... Cases>
struct Overload : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overload(Cases...) -> Overload<Cases...>;  // Clang 14 deduces none for aggregates

// The options of a code, by their names in its struct.
template <class Code>
using Fields = std::vector<std::pair<const char*, double Code::*>>;

const Fields<LinearLatency>& fields(const LinearLatency&) {
  static const Fields<LinearLatency> all{{"max_time", &LinearLatency::max_time},
                                         {"min_time", &LinearLatency::min_time},
                                         {"threshold", &LinearLatency::threshold},
                                         {"max_value", &LinearLatency::max_value}};
  return all;
}

const Fields<LogLatency>& fields(const LogLatency&) {
  static const Fields<LogLatency> all{{"tau_eff", &LogLatency::tau_eff}, {"threshold", &LogLatency::threshold}};
  return all;
}

const char* name_of(const LinearLatency&) { return "linear_latency"; }
const char* name_of(const LogLatency&) { return "log_latency"; }

using Code = decltype(InputPreparation::encode);

Code code_called(const std::string& name, const std::string& path) {
  if (name == "linear_latency") return LinearLatency{};
  if (name == "log_latency") return LogLatency{};
  throw UsageError(Problem{.kind = ProblemKind::unknown_name,
                           .path = path,
                           .message = "unknown encoding \"" + name + "\"",
                           .hint = suggest(name, {"linear_latency", "log_latency"}),
                           .expected = nearest_name(name, {"linear_latency", "log_latency"}),
                           .given = name});
}

template <class C>
void set_field(C& code, const std::string& name, double value, const std::string& path) {
  std::vector<std::string> known;
  for (const auto& [field, member] : fields(code)) {
    if (name == field) {
      code.*member = value;
      return;
    }
    known.emplace_back(field);
  }
  throw UsageError(Problem{.kind = ProblemKind::unknown_name,
                           .path = path,
                           .message = std::string(name_of(code)) + " has no option \"" + name + "\"",
                           .hint = suggest(name, known),
                           .expected = nearest_name(name, known),
                           .given = name});
}

void set_field(Code& code, const std::string& name, double value, const std::string& path) {
  std::visit(Overload{[](std::monostate) {}, [&](auto& each) { set_field(each, name, value, path); }}, code);
}

// `linear_latency,max_time=18,min_time=2`.
Code parse_code(const std::string& text) {
  const std::vector<std::string> parts = split(text, ',');
  Code code = code_called(parts.front(), "--encode");
  std::set<std::string> given;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto [name, value] = split_name(parts[i]);
    const auto number = to_number(value);
    if (name.empty() || !number) {
      throw UsageError(usage_problem("--encode", "an option of the encoding is not NAME=NUMBER", {},
                                     "CODE,option=number,…", parts[i]));
    }
    if (!given.insert(name).second)
      throw UsageError(
          usage_problem("--encode", "the option \"" + name + "\" of the encoding is given twice", {}, {}, text));
    set_field(code, name, *number, "--encode");
  }
  return code;
}

class Preparations {
 public:
  Preparations(std::vector<InputPreparation> stored, const std::vector<std::string>& inputs)
      : all_(std::move(stored)), inputs_(inputs) {}

  // The preparation of the input `name`, or of the only input if it is empty. Each option can be given once per input.
  InputPreparation& find(const std::string& name, const std::string& option) {
    std::vector<DataSource> one{{.name = name, .file = {}, .array = {}, .option = option}};
    bind_names(one, inputs_, "input");
    if (!given_.emplace(option, one[0].name).second)
      throw UsageError(usage_problem(option, "the option is given twice for the input \"" + one[0].name + "\""));
    const auto found = std::find_if(all_.begin(), all_.end(),
                                    [&](const InputPreparation& each) { return each.population == one[0].name; });
    if (found != all_.end()) return *found;
    all_.emplace_back();
    all_.back().population = one[0].name;
    return all_.back();
  }
  // What is given replaces what is stored, also of another kind: recordings are neither scaled nor encoded.
  std::vector<InputPreparation> take() {
    for (InputPreparation& each : all_) {
      const bool scale = is_given("--scale", each), encode = is_given("--encode", each);
      if ((scale || encode) && !is_given("--events", each)) each.events.clear();
      if (each.events.empty() || !is_given("--events", each)) continue;
      if (!scale) each.scale.reset();
      if (!encode) each.encode = {};
    }
    return std::move(all_);
  }

 private:
  bool is_given(const char* option, const InputPreparation& of) const {
    return given_.count({option, of.population}) != 0;
  }

  std::vector<InputPreparation> all_;
  const std::vector<std::string>& inputs_;
  std::set<std::pair<std::string, std::string>> given_ = {};  // pairs of option and input
};

[[noreturn]] void refuse(const std::string& path, const std::string& message, const std::string& hint,
                         const std::string& given = {}) {
  throw DataError(
      Problem{.kind = ProblemKind::wrong_data_size, .path = path, .message = message, .hint = hint, .given = given});
}

bool is_encoded(const InputPreparation* preparation) {
  return preparation != nullptr && preparation->encode.index() != 0;
}

void require_preparation_of_spikes(const InputPreparation* preparation, bool takes_spikes, const std::string& path) {
  if (!takes_spikes) refuse(path, "the population expects values, but the data are spike trains", "");
  if (preparation != nullptr && (preparation->scale || is_encoded(preparation)))
    refuse(path, "spike trains cannot be scaled or encoded", "omit --scale and --encode");
}

void require_preparation_of_values(DataType type, const InputPreparation* preparation, bool takes_spikes,
                                   const std::string& path) {
  const bool encoded = is_encoded(preparation);
  if (!encoded && takes_spikes)
    refuse(path, "the population expects spikes, but the data are values",
           "use --encode CODE; for rasters (examples×steps×neurons of 0 and 1), use the neuron "
           "binary_spike_input with input_frames = steps");
  if (encoded && !takes_spikes)
    refuse(path, "the population expects values, but --encode produces spikes", "use --scale");
  if (encoded || is_floating(type) || (preparation != nullptr && preparation->scale)) return;
  refuse(path, "the data are integers, which are not converted to currents implicitly",
         "use --scale FACTOR, for example --scale 1, or --encode CODE", synfire::to_string(type));
}

Tensor<float> to_values(const Array& array, const InputPreparation* preparation) {
  if (preparation != nullptr && preparation->scale) return array.to_float(*preparation->scale);
  return is_floating(array.type()) ? array.as_float() : array.to_float();
}

template <class T>
SpikeTrains encode_as(const Tensor<T>& values, const Code& chosen, const std::string& path) {
  try {
    return std::visit(
        Overload{[](std::monostate) { return SpikeTrains(); }, [&](const auto& code) { return encode(values, code); }},
        chosen);
  } catch (const DataError& error) {
    std::vector<Problem> problems = error.problems();
    for (Problem& problem : problems) problem.path = path + ": " + problem.path;
    throw DataError(std::move(problems));
  }
}

}  // namespace

std::vector<InputPreparation> preparations(const Arguments& arguments, std::vector<InputPreparation> stored,
                                           const std::vector<std::string>& inputs) {
  Preparations result(std::move(stored), inputs);
  for (const std::string& given : arguments.list("scale")) {
    const auto [name, value] = split_name(given);
    const auto factor = to_number(value);
    if (!factor) throw UsageError(usage_problem("--scale", "the factor is not a number", {}, "[NAME=]FACTOR", given));
    result.find(name, "--scale").scale = factor;
  }
  for (const std::string& given : arguments.list("encode")) {
    // Begins with the name of an input or with the code.
    const std::size_t comma = given.find(',');
    const auto [name, first] = split_name(given.substr(0, comma));
    const std::string code = comma == std::string::npos ? first : first + given.substr(comma);
    result.find(name, "--encode").encode = parse_code(code);
  }
  for (const std::string& given : arguments.list("events")) {
    // Begins with the name of an input or with the format.
    const std::size_t comma = given.find(',');
    const auto [name, format] = split_name(given.substr(0, comma));
    const std::string text = comma == std::string::npos ? format : format + given.substr(comma);
    if (text != "none") parse_events(text);
    result.find(name, "--events").events = text != "none" ? text : "";
  }
  return result.take();
}

std::string to_note(const std::vector<InputPreparation>& preparations) {
  Json list = Json::array();
  for (const InputPreparation& each : preparations) {
    Json entry = {{"population", each.population}};
    if (each.scale) entry["scale"] = *each.scale;
    if (!each.events.empty()) entry["events"] = each.events;
    std::visit(Overload{[](std::monostate) {},
                        [&](const auto& code) {
                          entry["encode"] = {{"type", name_of(code)}};
                          for (const auto& [name, member] : fields(code)) entry["encode"][name] = code.*member;
                        }},
               each.encode);
    list.push_back(std::move(entry));
  }
  return list.dump();
}

std::vector<InputPreparation> from_note(const std::string& note, const std::string& file) {
  try {
    std::vector<InputPreparation> result;
    for (const Json& entry : Json::parse(note)) {
      InputPreparation& each = result.emplace_back();
      each.population = entry.at("population").get<std::string>();
      if (entry.contains("scale")) each.scale = entry["scale"].get<double>();
      if (entry.contains("events")) each.events = entry["events"].get<std::string>();
      if (!each.events.empty()) parse_event_settings(each.events);
      if (!entry.contains("encode")) continue;
      for (const auto& [name, value] : entry["encode"].items()) {
        if (name == "type")
          each.encode = code_called(value.get<std::string>(), file);
        else
          set_field(each.encode, name, value.get<double>(), file);
      }
    }
    return result;
  } catch (const std::exception& error) {
    throw DataError(Problem{.kind = ProblemKind::malformed_file,
                            .path = file,
                            .message = std::string("the artifact's note \"inputs\" cannot be read: ") + error.what()});
  }
}

std::string to_string(const InputPreparation& preparation) {
  std::string text;
  if (!preparation.events.empty()) text = "recordings, " + preparation.events;
  if (preparation.scale) text += (text.empty() ? "scaled by " : ", scaled by ") + decimal(*preparation.scale);
  std::visit(Overload{[](std::monostate) {},
                      [&](const auto& code) {
                        text += (text.empty() ? "" : ", then ") + std::string(name_of(code)) + "(";
                        const char* separator = "";
                        for (const auto& [name, member] : fields(code)) {
                          text += separator + std::string(name) + " " + decimal(code.*member);
                          separator = ", ";
                        }
                        text += ")";
                      }},
             preparation.encode);
  return text;
}

DataView view_of(const PreparedData& data) {
  return std::visit([](const auto& each) { return DataView(each); }, data);
}

PreparedData prepare_input(const RawData& data, const InputPreparation* preparation, bool takes_spikes,
                           const std::string& path) {
  if (const auto* trains = std::get_if<SpikeTrains>(&data)) {
    require_preparation_of_spikes(preparation, takes_spikes, path);
    return *trains;
  }
  const Array& array = std::get<Array>(data);
  require_preparation_of_values(array.type(), preparation, takes_spikes, path);
  const bool encoded = is_encoded(preparation);
  // Bytes give the same spikes as their floats, and are encoded faster.
  if (encoded && !preparation->scale && array.type() == DataType::u8)
    return encode_as(array.as<std::uint8_t>(), preparation->encode, path);
  Tensor<float> values = to_values(array, preparation);
  if (!encoded) return values;
  return encode_as(values, preparation->encode, path);
}

PreparedData prepare_input(const ArrayFile& data, const InputPreparation* preparation, bool takes_spikes,
                           const std::string& path) {
  require_preparation_of_values(data.type(), preparation, takes_spikes, path);
  if (preparation == nullptr) return ValuesOnDisk(data);
  const std::optional<double> factor = preparation->scale;
  return std::visit(Overload{[&](std::monostate) -> PreparedData { return ValuesOnDisk(data, factor); },
                             [&](const auto& code) -> PreparedData { return EncodedOnDisk(data, code, factor); }},
                    preparation->encode);
}

PreparedData prepare_input(const SpikesOnDisk& data, const InputPreparation* preparation, bool takes_spikes,
                           const std::string& path) {
  require_preparation_of_spikes(preparation, takes_spikes, path);
  return data;
}

PreparedData prepare_input(const EventFiles& data, const InputPreparation* preparation, bool takes_spikes,
                           const std::string& path) {
  require_preparation_of_spikes(preparation, takes_spikes, path);
  return data;
}

std::size_t prepared_bytes(const InputPreparation* preparation) {
  return is_encoded(preparation) ? sizeof(std::uint32_t) + sizeof(float) : sizeof(float);
}

PreparedData prepare_labels(const RawData& data, const std::string& path) {
  const auto* array = std::get_if<Array>(&data);
  if (array == nullptr) refuse(path, "labels cannot be spike trains", "");
  if (is_floating(array->type())) return array->as_float();
  return array->as<std::int64_t>();
}

}  // namespace synfire::command_line
