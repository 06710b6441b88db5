// SPDX-License-Identifier: Apache-2.0
// Reading of numbers, strings, values and arrays.
#include <algorithm>
#include <limits>

#include "files/read.hpp"
#include "synfire/base/single.hpp"
#include "synfire/event_prop_defaults.hpp"
#include "synfire/registry.hpp"

namespace synfire::files {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
const std::vector<std::string> value_keys = {"tensor", "type", "trainable", "frozen"};

// The tensor that an object {"tensor": name} refers to.
const Array* find_tensor(const Cursor& cursor) {
  cursor.refuse_other_keys({"tensor"});
  const json::Node& node = *json::find(*cursor.node().object(), "tensor");
  const Cursor inner = cursor.member("tensor", node);
  const std::string* name = inner.text();
  if (!name) return nullptr;
  Reading& reading = cursor.reading();
  reading.used_tensors.insert(*name);
  const auto found = reading.tensors.find(*name);
  if (found != reading.tensors.end()) return &found->second;
  std::vector<std::string> known;
  for (const auto& [each, array] : reading.tensors) known.push_back(each);
  inner.fail(
      {.kind = ProblemKind::missing_data, .message = "unknown tensor", .hint = suggest(*name, known), .given = *name});
  return nullptr;
}

// The elements of a tensor; nothing if they have the wrong type, which is reported here.
template <class T>
std::optional<Tensor<T>> elements(const Cursor& cursor) {
  const Array* array = find_tensor(cursor);
  if (!array) return std::nullopt;
  try {
    return array->as<T>();
  } catch (const DataError& error) {
    Problem problem = error.problems().front();
    if (problem.kind == ProblemKind::wrong_data_size) {
      problem.hint = std::string("in NumPy: array.astype(\"") + (std::is_same_v<T, float> ? "f4" : "u4") + "\")";
    }
    problem.message = problem.path + ": " + problem.message;
    cursor.fail(std::move(problem));
    return std::nullopt;
  }
}

// Nested lists of numbers; the first element of each list determines the shape.
class NestedLists {
 public:
  explicit NestedLists(const Cursor& cursor) {
    for (const json::Node* node = &cursor.node(); node->list(); node = &node->list()->front()) {
      shape_.push_back(node->list()->size());
      if (node->list()->empty()) break;
    }
    sound_ = add(cursor, 0);
  }

  std::optional<Tensor<float>> tensor() {
    if (!sound_) return std::nullopt;
    return Tensor<float>(shape_, std::move(values_));
  }

 private:
  bool add(const Cursor& cursor, std::size_t depth) {
    if (depth == shape_.size()) return add_number(cursor);
    const json::List* list = cursor.list();
    if (!list) return false;
    if (list->size() != shape_[depth]) {
      cursor.fail({.kind = ProblemKind::shape_mismatch,
                   .message = "the rows of an array differ in length",
                   .expected = std::to_string(shape_[depth]) + " elements",
                   .given = std::to_string(list->size())});
      return false;
    }
    for (std::size_t i = 0; i < list->size(); ++i) {
      if (!add(cursor.element(i, (*list)[i]), depth + 1)) return false;
    }
    return true;
  }

  bool add_number(const Cursor& cursor) {
    if (!cursor.node().is_number()) {
      cursor.wrong_type("a number");
      return false;
    }
    const double number = cursor.node().number();
    if (std::abs(number) > static_cast<double>(std::numeric_limits<float>::max())) {
      cursor.fail({.kind = ProblemKind::invalid_value,
                   .message = "the number does not fit into an array of float32",
                   .given = json::describe(cursor.node())});
      return false;
    }
    values_.push_back(static_cast<float>(number));
    return true;
  }

  Extents shape_;
  std::vector<float> values_;
  bool sound_ = false;
};

// The value of a key of an object; it must not itself be trainable or frozen.
Value plain_value(const Cursor& cursor, const std::string& key) {
  const Cursor inner = cursor.member(key, *json::find(*cursor.node().object(), key));
  Value value;
  read(inner, value);
  if (value.training() || value.is_frozen()) {
    inner.fail({.kind = ProblemKind::invalid_option, .message = "the value is marked trainable or frozen twice"});
  }
  return value;
}

void read_object(const Cursor& cursor, Value& result) {
  const json::Object& object = *cursor.node().object();
  if (json::find(object, "tensor")) {
    if (auto tensor = elements<float>(cursor)) result = std::move(*tensor);
  } else if (json::find(object, "trainable")) {
    Trainable how;
    read_members(cursor, how, {"trainable"});
    result = trainable(plain_value(cursor, "trainable"), how);
  } else if (json::find(object, "frozen")) {
    cursor.refuse_other_keys({"frozen"});
    result = frozen(plain_value(cursor, "frozen"));
  } else if (json::find(object, "type")) {
    Initializer initializer;
    const std::size_t before = cursor.reading().problems.size();
    read(cursor, initializer);
    if (cursor.reading().problems.size() == before) result = Value(initializer);
  } else {
    cursor.wrong_type("an object with one of the keys \"tensor\", \"type\", \"trainable\" and \"frozen\"",
                      object.empty() ? "" : suggest(object.front().key, value_keys));
  }
}

std::string range(const Rule& rule) {
  if (rule.min == -infinity) return "a finite number";
  return (rule.exclusive_min ? "> " : "≥ ") + to_string(Value(rule.min)) + (rule.below_one ? " and < 1" : "");
}

}  // namespace

void read(const Cursor& cursor, bool& result) {
  if (const bool* flag = cursor.node().flag()) return void(result = *flag);
  cursor.wrong_type("true or false");
}

void read(const Cursor& cursor, double& result) {
  const json::Node& node = cursor.node();
  if (node.is_number()) return void(result = node.number());
  if (node.text() && *node.text() == "infinity") return void(result = infinity);
  if (node.text() && *node.text() == "-infinity") return void(result = -infinity);
  cursor.wrong_type("a number", node.text() ? "use no quotation marks, except for \"infinity\" and \"-infinity\"" : "");
}

void read(const Cursor& cursor, std::string& result) {
  if (const std::string* text = cursor.text()) result = *text;
}

bool read_whole(const Cursor& cursor, std::int64_t least, std::uint64_t most, std::uint64_t& result) {
  const auto& content = cursor.node().content;
  const auto* negative = std::get_if<std::int64_t>(&content);
  const auto* natural = std::get_if<std::uint64_t>(&content);
  if (!cursor.node().is_number()) {
    cursor.wrong_type("an integer");
    return false;
  }
  const bool fits = (natural && *natural <= most) || (negative && *negative >= least && *negative < 0);
  if (!fits) {
    cursor.fail({.kind = ProblemKind::invalid_value,
                 .message = "the value must be an integer in range",
                 .hint = negative || natural ? "" : "use no decimal point or exponent",
                 .expected = least == std::numeric_limits<std::int64_t>::min()
                                 ? std::string{}
                                 : std::to_string(least) + " … " + std::to_string(most),
                 .given = json::describe(cursor.node())});
    return false;
  }
  result = natural ? *natural : static_cast<std::uint64_t>(*negative);
  return true;
}

void read(const Cursor& cursor, Value& result) {
  const json::Node& node = cursor.node();
  if (node.is_null()) return void(result = Value{});
  if (node.is_number()) return void(result = node.number());
  if (const bool* flag = node.flag()) return void(result = *flag);
  if (const std::string* name = node.text()) return void(result = *name);
  if (node.object()) return read_object(cursor, result);
  if (auto tensor = NestedLists(cursor).tensor()) result = std::move(*tensor);
}

void read(const Cursor& cursor, Shape& result) {
  std::vector<long long> extents;
  if (cursor.node().is_number()) {
    read(cursor, extents.emplace_back());
  } else {
    read(cursor, extents);
  }
  result = Extents(extents.begin(), extents.end());
}

void read(const Cursor& cursor, End& result) {
  const json::Node& node = cursor.node();
  if (node.is_null()) return;
  if (const std::string* name = node.text()) return void(result = *name);
  if (!node.is_number()) return cursor.wrong_type("the name of a population, or its index");
  std::uint32_t index = 0;
  read(cursor, index);
  result = index;
}

void read(const Cursor& cursor, std::vector<std::uint32_t>& result) {
  if (cursor.node().object()) {
    if (!json::find(*cursor.node().object(), "tensor")) return cursor.wrong_type("a list, or {\"tensor\": name}");
    const auto tensor = elements<std::uint32_t>(cursor);
    if (!tensor) return;
    if (tensor->shape().size() == 1) return void(result = tensor->values());
    return cursor.fail({.kind = ProblemKind::shape_mismatch,
                        .message = "a tensor of indices must have one axis",
                        .given = to_string(tensor->shape())});
  }
  read_list(cursor, result);
}

std::vector<Assignment> read_assignments(const Cursor& cursor, const std::vector<std::string>& passed_over) {
  std::vector<Assignment> result;
  if (cursor.node().list()) {
    read(cursor, result);
    return result;
  }
  const json::Object* object = cursor.object();
  if (!object) return result;
  for (const json::Member& member : *object) {
    if (std::find(passed_over.begin(), passed_over.end(), member.key) != passed_over.end()) continue;
    Assignment& assignment = result.emplace_back();
    assignment.name = member.key;
    read(cursor.member(member.key, member.value), assignment.value);
  }
  return result;
}

void read(const Cursor& cursor, DefaultParameters& result) {
  if (const std::string* name = cursor.node().text()) {
    if (*name == "event_prop") return void(result = event_prop_defaults);
    return cursor.unknown_name(*name, {"event_prop"});
  }
  const json::Object* object = cursor.object();
  if (!object) return;
  for (const json::Member& member : *object) {
    result[member.key] = read_assignments(cursor.member(member.key, member.value));
  }
}

void read(const Cursor& cursor, ClassWeightSettings& result) {
  const json::List* list = cursor.list();
  if (!list) return;
  if (list->empty()) {
    cursor.fail({.kind = ProblemKind::invalid_value,
                 .message = "the list of weights is empty",
                 .expected = "a number for each class, or a list of outputs with their weights"});
  } else if (list->front().object()) {
    read_list(cursor, result.list);
  } else {
    read_list(cursor, result.for_all);
  }
}

void read(const Cursor& cursor, MetricSettings& result) {
  const std::string* const name = cursor.node().text();
  const json::List* const list = cursor.node().list();
  constexpr const char* expected = "the name of a metric for all outputs, or a list of outputs with their metrics";
  if (!name && !list) return cursor.wrong_type(expected);
  if (name ? name->empty() : list->empty()) {
    return cursor.fail({.kind = ProblemKind::invalid_value,
                        .message = name ? "the name of the metric is empty" : "the list of metrics is empty",
                        .expected = expected});
  }
  result.place = cursor.place();
  if (name)
    result.for_all = *name;
  else
    read_list(cursor, result.list);
}

void check_rule(const Cursor& cursor, double number, const Rule& rule) {
  if (!rule.single) return;
  const bool above = rule.exclusive_min ? number > rule.min : number >= rule.min;
  const bool inside = std::isfinite(number) && above && !(rule.below_one && number >= 1);
  const bool is_single = base::is_single(number) && !(rule.below_one && static_cast<float>(number) >= 1);
  if (inside && is_single) return;
  cursor.fail({.kind = ProblemKind::invalid_value,
               .message = inside ? "the number is out of range in single precision" : "the number is out of range",
               .expected = !inside || rule.below_one ? range(rule)
                           : rule.exclusive_min      ? "1.4e-45 to 3.4e+38"
                                                     : base::single_range,
               .given = json::describe(cursor.node())});
}

void check_rule(const Cursor& cursor, const std::string& text, const Rule& rule) {
  if (rule.names.empty() || std::find(rule.names.begin(), rule.names.end(), text) != rule.names.end()) return;
  cursor.unknown_name(text, rule.names);
}

}  // namespace synfire::files
