// SPDX-License-Identifier: Apache-2.0
#include "files/optimizer_setting.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "files/read.hpp"
#include "files/write.hpp"
#include "model_values.hpp"
#include "models/builtin.hpp"

namespace synfire::files {
namespace {

// The values that turn a built-in optimizer into this one; nothing if none can.
std::optional<std::vector<Assignment>> values_beside_builtin(const OptimizerModel& model) {
  for (const OptimizerModel& builtin : builtin_optimizers()) {
    if (builtin.name != model.name) continue;
    std::vector<Assignment> values;
    for (const std::string& name : assignable_names(model)) {
      const Value *own = find_value(model, name), *other = find_value(builtin, name);
      if (other == nullptr || *own != *other) values.push_back({name, *own});
    }
    OptimizerModel same = builtin.with(values);
    same.assigned.clear();
    same.surplus.insert(same.surplus.end(), model.surplus.begin(), model.surplus.end());
    return same == model ? std::optional(std::move(values)) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

void choose_definition(Optimizer& optimizer, const std::vector<ModelEntry>& models) {
  for (const ModelEntry& entry : models) {
    const auto* const model = std::get_if<OptimizerModel>(&entry);
    if (model != nullptr && !optimizer.choice.model && model->name == optimizer.choice.name)
      optimizer.choice.model = *model;
  }
}

void add_definition(const Optimizer& optimizer, std::vector<ModelEntry>& models) {
  OptimizerModel model = optimizer.model();
  if (is_unknown(model) || values_beside_builtin(model)) return;
  model.surplus.clear();
  models.emplace_back(std::move(model));
}

void read(const Cursor& cursor, LearningRate& result) {
  if (cursor.node().is_number()) return void(result = cursor.node().number());
  if (!cursor.node().object()) return cursor.wrong_type("a number, or an object with the key \"type\"");
  Schedule schedule = StepDecay{};
  const std::size_t before = cursor.reading().problems.size();
  read(cursor, schedule);
  if (cursor.reading().problems.size() != before) return;
  std::visit([&](auto& each) { result = std::move(each); }, schedule);
}

json::Node write(Writing& writing, const LearningRate& value) {
  return std::visit(
      [&]<class Each>(const Each& each) {
        if constexpr (std::same_as<Each, double>)
          return write(writing, each);
        else
          return write(writing, Schedule(each));
      },
      value.setting);
}

void read(const Cursor& cursor, Optimizer& result) {
  if (const std::string* name = cursor.node().text()) return void(result = Optimizer(*name));
  if (!cursor.node().object()) return cursor.wrong_type("the name of an optimizer, or an object with the key \"type\"");
  const json::Node* type = json::find(*cursor.node().object(), "type");
  if (!type) return cursor.missing_key("type");
  const std::string* name = cursor.member("type", *type).text();
  if (!name) return;
  result = Optimizer(*name);
  // The parameters have keys beside the options, and are checked against the text later.
  std::vector<std::string> parameters{"type"};
  std::vector<std::string> options_and_type = keys_of<OptimizerOptions>();
  options_and_type.emplace_back("type");
  for (Assignment& each : read_assignments(cursor, options_and_type)) {
    parameters.push_back(each.name);
    result.choice.assignments.push_back(std::move(each));
  }
  OptimizerOptions options;
  read_members(cursor, options, std::move(parameters));
  static_cast<OptimizerOptions&>(result) = std::move(options);
}

json::Node write(Writing& writing, const Optimizer& value) {
  const OptimizerModel model = value.model();
  json::Object object;
  object.push_back({"type", write(writing, model.name)});
  OptimizerOptions options = value;
  std::vector<Assignment> values = values_beside_builtin(model).value_or(std::vector<Assignment>{});
  std::erase_if(values, [&](const Assignment& each) {
    if (each.name != learning_rate_name) return false;
    if (!options.learning_rate) options.learning_rate = value.rate();
    return true;
  });
  write_members(writing, options, object);
  values.insert(values.end(), model.surplus.begin(), model.surplus.end());
  if (is_unknown(model)) values = value.choice.assignments;
  write_assignments(writing, values, object);
  return object.size() == 1 ? object.front().value : json::Node{std::move(object)};
}

}  // namespace synfire::files
