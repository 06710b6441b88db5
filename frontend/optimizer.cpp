// SPDX-License-Identifier: Apache-2.0
#include "synfire/optimizer.hpp"

#include <algorithm>
#include <cmath>

#include "ir/check_value.hpp"
#include "ir/parse_model.hpp"
#include "ir/validate.hpp"
#include "settle.hpp"
#include "synfire/base/readable.hpp"
#include "synfire/base/single.hpp"

namespace synfire {
namespace {

void check_limit(double limit, const ir::Report& report) {
  if (limit >= 0 && base::is_single(limit)) return;
  report.add({.kind = ProblemKind::invalid_value,
              .message = "the limit is out of range",
              .expected = "> 0, or 0 for no limit",
              .given = base::decimal(limit)});
}

void check_rate(const OptimizerModel& model, const ir::Report& report) {
  const Value* const rate = find_value(model, learning_rate_name);
  if (rate != nullptr && !rate->is_flag()) return;
  report.add({.kind = ProblemKind::model_text,
              .message = "an optimizer needs the parameter learning_rate",
              .hint = "add {\"learning_rate\", 0.001} to its parameters"});
}

}  // namespace

OptimizerModel Optimizer::model() const { return settle(choice, find_optimizer, {}); }

LearningRate Optimizer::rate() const {
  if (learning_rate) return *learning_rate;
  const OptimizerModel settled = model();
  const Value* const rate = find_value(settled, learning_rate_name);
  return rate != nullptr && rate->is_number() ? rate->number() : 0.0;
}

bool Optimizer::operator==(const Optimizer& other) const {
  return clip_value == other.clip_value && clip_norm == other.clip_norm && rate() == other.rate() &&
         model().with({{learning_rate_name, 0.0}}) == other.model().with({{learning_rate_name, 0.0}});
}

std::vector<Problem> problems_of(const Optimizer& optimizer, const std::string& path) {
  std::vector<Problem> problems;
  const ir::Report report(problems, path, {});
  const OptimizerModel model = optimizer.model();
  if (!ir::check_object_name(model.name, report)) return problems;
  if (is_unknown(model)) {
    report.add({.kind = ProblemKind::unknown_name,
                .message = "unknown optimizer \"" + model.name + '"',
                .hint = suggest(model.name, optimizer_names()),
                .expected = nearest_name(model.name, optimizer_names()),
                .given = model.name});
    return problems;
  }
  ir::parse_optimizer(model, report);
  ir::check_values(model, report);
  check_rate(model, report);
  for (Problem& problem : problems_of(optimizer.rate(), path + '.' + learning_rate_name)) {
    const bool is_reported =
        std::any_of(problems.begin(), problems.end(), [&](const Problem& each) { return each.path == problem.path; });
    if (!is_reported) problems.push_back(std::move(problem));
  }
  check_limit(optimizer.clip_value, report.at(".clip_value"));
  check_limit(optimizer.clip_norm, report.at(".clip_norm"));
  return problems;
}

}  // namespace synfire
