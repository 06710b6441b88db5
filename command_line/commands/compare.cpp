// SPDX-License-Identifier: Apache-2.0
// synfire compare: lists the differences between two descriptions.
#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "commands/tables.hpp"
#include "model/model_file.hpp"

namespace synfire::command_line {
namespace {

// A value of a description: a text, or the array of a tensor.
struct Fact {
  std::string text;
  const Array* array = nullptr;
};

// All values of a description, by the paths that --set uses, in the order of the network.
class Facts {
 public:
  explicit Facts(const Description& description) : text_(to_text(description)), json_(Json::parse(text_.json)) {
    const ir::Network& network = description.network.description();
    for (const ir::Population& population : network.populations) add(population);
    for (std::size_t i = 0; i < network.connections.size(); ++i) add(network.connections[i], json_["connections"][i]);
    for (const char* section : {"defaults", "inputs", "compile"}) {
      if (json_.contains(section)) flatten(section, json_[section]);
    }
    put("order of populations", order(network.populations));
    put("order of connections", order(network.connections));
  }

  const std::vector<std::string>& paths() const { return paths_; }
  const Fact* find(const std::string& path) const {
    const auto found = facts_.find(path);
    return found == facts_.end() ? nullptr : &found->second;
  }

 private:
  void put(const std::string& path, const std::string& text, const Array* array = nullptr) {
    if (facts_.emplace(path, Fact{text, array}).second) paths_.push_back(path);
  }

  void add(const ir::Population& population) {
    put(population.name + ".shape", synfire::to_string(population.shape));
    add_model(population.name, "neuron", population.neuron);
    if (population.readout) add_model(population.name + ".readout", "", *population.readout);
  }

  void add(const ir::Connection& connection, const Json& entry) {
    for (const auto& [key, value] : entry.items()) {
      if (key == "connectivity") {
        for (const auto& [inner, each] : value.items()) {
          if (inner != "weight" && inner != "delay") flatten(connection.name + "." + inner, each);
        }
        put_value(connection.name + ".weight", weight_of(connection.connectivity));
        put_value(connection.name + ".delay", delay_of(connection.connectivity));
      } else if (key != "name" && key != "synapse") {
        flatten(connection.name + "." + key, value);
      }
    }
    add_model(connection.name, "synapse", connection.synapse);
  }

  template <class Model>
  void add_model(const std::string& path, const std::string& kind, const Model& model) {
    put(kind.empty() ? path : path + "." + kind, model.name);
    for (const Parameter& parameter : model.parameters) put_value(path + "." + parameter.name, parameter.value);
    for (const StateVariable& variable : model.state) put_value(path + "." + variable.name, variable.initial);
    put("equations of " + model.name, synfire::to_string(model));
  }

  void put_value(const std::string& path, const Value& value) {
    if (!value.is_array()) return put(path, synfire::to_string(value));
    arrays_.push_back(std::make_unique<Array>(value.array()));
    put(path, synfire::to_string(value), arrays_.back().get());
  }

  void flatten(const std::string& path, const Json& value) {
    if (value.is_object() && value.contains("tensor")) {
      const Array& array = text_.tensors.at(value["tensor"].get<std::string>());
      return put(path, "array " + synfire::to_string(array.shape()), &array);
    }
    if (value.is_object()) {
      for (const auto& [key, each] : value.items()) flatten(path + "." + key, each);
    } else if (value.is_array() && !value.empty() && value.front().is_object()) {
      for (std::size_t i = 0; i < value.size(); ++i) flatten(path + "." + std::to_string(i), value[i]);
    } else {
      put(path, value.is_string() ? value.get<std::string>() : value.dump());
    }
  }

  template <class Thing>
  static std::string order(const std::vector<Thing>& things) {
    std::string names;
    for (const Thing& each : things) names += (names.empty() ? "" : ", ") + each.name;
    return names;
  }

  DescriptionText text_;
  Json json_;
  std::vector<std::unique_ptr<Array>> arrays_;
  std::map<std::string, Fact> facts_;
  std::vector<std::string> paths_;
};

struct Difference {
  std::string path, first, second;  // empty: there is no such value
  std::string remark = {};
};

// `12 of 300 elements differ, by at most 0.5 (rms 0.1)`; nothing if the arrays are equal.
std::optional<std::string> difference_of(const Array& first, const Array& second) {
  if (first == second) return std::nullopt;
  if (first.shape() != second.shape()) return "";
  const Tensor<float> a = first.to_float(), b = second.to_float();
  std::size_t differing = 0;
  double largest = 0, squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double distance = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    if (distance == 0) continue;
    ++differing;
    largest = std::max(largest, distance);
    squares += distance * distance;
  }
  const double rms = std::sqrt(squares / static_cast<double>(std::max<std::size_t>(a.size(), 1)));
  return grouped(differing) + " of " + grouped(a.size()) + " elements differ, by at most " + decimal(largest, 3) +
         " (rms " + decimal(rms, 3) + ")";
}

// The first lines that differ.
std::pair<std::string, std::string> differing_lines(const std::string& first, const std::string& second) {
  const std::vector<std::string> a = split(first, '\n'), b = split(second, '\n');
  std::size_t i = 0;
  while (i < a.size() && i < b.size() && a[i] == b[i]) ++i;
  const auto line = [&](const std::vector<std::string>& lines) { return i < lines.size() ? lines[i] : std::string{}; };
  return {line(a), line(b)};
}

std::optional<Difference> compare(const std::string& path, const Fact* first, const Fact* second) {
  if (!first || !second) return Difference{path, first ? first->text : "", second ? second->text : ""};
  if (first->array && second->array) {
    const auto remark = difference_of(*first->array, *second->array);
    if (!remark) return std::nullopt;
    return Difference{path, first->text, second->text, *remark};
  }
  if (first->text == second->text) return std::nullopt;
  const auto [a, b] = differing_lines(first->text, second->text);
  return Difference{path, a, b};
}

// In the order of the first, then what only the second has.
std::vector<Difference> differences_of(const Description& first, const Description& second) {
  const Facts a(first), b(second);
  std::vector<Difference> differences;
  for (const std::string& path : a.paths()) {
    if (auto found = compare(path, a.find(path), b.find(path))) differences.push_back(std::move(*found));
  }
  for (const std::string& path : b.paths()) {
    if (!a.find(path)) differences.push_back({path, "", b.find(path)->text});
  }
  if (differences.empty() && !(first == second))
    differences.push_back({"models", "", "", "ranges, units or unused definitions differ"});
  return differences;
}

void compare(const Arguments& arguments, Output& output) {
  const std::string first = arguments.text("FIRST"), second = arguments.text("SECOND");
  const std::vector<Difference> differences = differences_of(description_in(first), description_in(second));
  Json list = Json::array();
  std::vector<std::vector<std::string>> rows{{"Path", first, second, ""}};
  const auto shown = [](const std::string& text) { return text.empty() ? "-" : text; };
  for (const Difference& each : differences) {
    rows.push_back({each.path, shown(each.first), shown(each.second), each.remark});
    list.push_back({{"path", each.path}, {"first", each.first}, {"second", each.second}, {"remark", each.remark}});
  }
  const Json document = {{"equal", differences.empty()}, {"differences", std::move(list)}};
  if (differences.empty()) {
    output.message("synfire: the descriptions are equal");
    return output.document(document);
  }
  output.text(table(rows));
  output.attach(document);
  throw RunError({.kind = ProblemKind::run_failed,
                  .path = first + ", " + second,
                  .message = "the descriptions differ",
                  .expected = "no difference",
                  .given = counted(differences.size(), "difference")});
}

}  // namespace

Command compare_command() {
  return {
      .name = "compare",
      .summary = "list the differences between two descriptions",
      .examples = {{"synfire compare net.json net-trained.json", "what training has changed"},
                   {"synfire compare a.json b.synfire --json", "a description and that in an artifact, for a script"}},
      .text =
          "Writes a line per difference: its path, in the form of --set, and the value in each file (-: none). Arrays "
          "are compared element by element. Populations and connections are matched by name, and values that are not "
          "given count as their defaults. The exit code is 0 if the descriptions are equal, and 1 if they differ.",
      .operands = {{.name = "FIRST", .help = "a description (.json), or an artifact (.synfire) that contains one"},
                   {.name = "SECOND", .help = "another"}},
      .options = {},
      .run = compare,
  };
}

}  // namespace synfire::command_line
