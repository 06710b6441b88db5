// SPDX-License-Identifier: Apache-2.0
// Writing of numbers, strings, values and arrays.
#include <algorithm>
#include <cmath>
#include <set>

#include "files/write.hpp"
#include "synfire/registry.hpp"

namespace synfire::files {
namespace {

// Arrays with more elements become tensors.
constexpr std::size_t most_elements = 16;

// A name for the archive that any tool can use as a file name.
std::string plain(const std::string& text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  std::string result = text;
  for (char& c : result) c = allowed(c) ? c : '_';
  return result;
}

json::Node add_tensor(Writing& writing, Array array) {
  const std::string wanted = plain(writing.owner + '.' + writing.member);
  std::string name = wanted;
  for (int number = 2; writing.tensors.contains(name); ++number) name = wanted + '_' + std::to_string(number);
  writing.tensors.emplace(name, std::move(array));
  return {json::Object{{"tensor", {name}}}};
}

// Whether the array is small enough to be written as digits, which give the same float32.
bool is_small(const Tensor<float>& array) {
  const Extents& shape = array.shape();
  const bool has_lists = !shape.empty() && (!array.empty() || shape.size() == 1);
  return has_lists && array.size() <= most_elements &&
         std::all_of(array.begin(), array.end(), [](float each) { return std::isfinite(each); });
}

// The part of the array that begins at `first`, from `axis` on; advances `first` past it.
json::Node nested(const Tensor<float>& array, std::size_t axis, std::size_t& first) {
  if (axis == array.shape().size()) return {static_cast<double>(array[first++])};
  json::List list;
  for (std::size_t i = 0; i < array.shape()[axis]; ++i) list.push_back(nested(array, axis + 1, first));
  return {std::move(list)};
}

json::Node write_array(Writing& writing, const Tensor<float>& array) {
  std::size_t first = 0;
  return is_small(array) ? nested(array, 0, first) : add_tensor(writing, array);
}

json::Node write_content(Writing& writing, const Value& value) {
  if (value.is_number() && std::isinf(value.number())) return write(writing, Initializer(Constant{value.number()}));
  if (value.is_number()) return write(writing, value.number());
  if (value.is_flag()) return write(writing, value.flag());
  if (value.is_name()) return write(writing, value.name());
  if (value.is_initializer()) return write(writing, value.initializer());
  if (value.is_array()) return write_array(writing, value.array());
  return {};
}

}  // namespace

json::Node write(Writing&, bool value) { return {value}; }

json::Node write(Writing& writing, double value) {
  if (std::isfinite(value)) return {value};
  if (!std::isnan(value)) return {std::string(value > 0 ? "infinity" : "-infinity")};
  throw ModelError({.kind = ProblemKind::invalid_value,
                    .path = writing.owner.empty() ? writing.member : writing.owner + '.' + writing.member,
                    .message = "a description cannot contain NaN",
                    .given = "nan"});
}

json::Node write(Writing&, const std::string& value) { return {value}; }

json::Node write(Writing& writing, const Value& value) {
  json::Object object;
  if (value.is_frozen()) {
    object.push_back({"frozen", write_content(writing, value)});
  } else if (value.training()) {
    const std::string member = writing.member;
    object.push_back({"trainable", write_content(writing, value)});
    write_members(writing, *value.training(), object);
    writing.member = member;
  } else {
    return write_content(writing, value);
  }
  return {std::move(object)};
}

json::Node write(Writing& writing, const Shape& value) {
  return value.is_set() ? write(writing, value.given()) : json::Node{};
}

json::Node write(Writing& writing, const End& value) {
  if (const auto* index = std::get_if<std::uint32_t>(&value)) return write(writing, *index);
  if (const auto* name = std::get_if<std::string>(&value)) return write(writing, *name);
  return {};
}

json::Node write(Writing& writing, const ClassWeightSettings& value) {
  return value.list.empty() ? write_list(writing, value.for_all) : write_list(writing, value.list);
}

json::Node write(Writing& writing, const MetricSettings& value) {
  return value.list.empty() ? write(writing, value.for_all) : write_list(writing, value.list);
}

json::Node write(Writing& writing, const std::vector<std::uint32_t>& value) {
  if (value.size() > most_elements) return add_tensor(writing, Tensor<std::uint32_t>({value.size()}, value));
  return write_list(writing, value);
}

bool are_members(const std::vector<Assignment>& assignments, const std::string& taken) {
  std::set<std::string> names = {taken};
  return std::all_of(assignments.begin(), assignments.end(),
                     [&](const Assignment& each) { return names.insert(each.name).second; });
}

void write_assignments(Writing& writing, const std::vector<Assignment>& assignments, json::Object& object) {
  for (const Assignment& assignment : assignments) {
    writing.member = assignment.name;
    object.push_back({assignment.name, write(writing, assignment.value)});
  }
}

json::Node write(Writing& writing, const DefaultParameters& value) {
  json::Object object;
  for (const auto& [model, assignments] : value) {
    writing.owner = model;
    json::Object members;
    // A list can give a value twice.
    const bool once = are_members(assignments, {}) || assignments.empty();
    if (once) write_assignments(writing, assignments, members);
    object.push_back({model, once ? json::Node{std::move(members)} : write_list(writing, assignments)});
  }
  return {std::move(object)};
}

}  // namespace synfire::files
