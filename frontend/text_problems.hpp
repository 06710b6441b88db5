// SPDX-License-Identifier: Apache-2.0
// What is wrong with a loss or a surrogate, wherever it was chosen: its name, its values, its text.
#pragma once

#include <string>
#include <vector>

#include "ir/check_value.hpp"
#include "ir/validate.hpp"
#include "model_values.hpp"

namespace synfire {

// `kind`: "loss"; `names`: of those that are registered; `parse(model, report)`: reports mistakes in the text, with the
// path `text_path` and the name, at `text`.
template <class Model, class Parse>
std::vector<Problem> problems_of_text(const Model& model, const std::string& kind,
                                      const std::vector<std::string>& names, const std::string& path,
                                      const Place& place, const std::string& text_path, const Place& text,
                                      const Parse& parse) {
  std::vector<Problem> problems;
  const ir::Report report(problems, path, place);
  Model bare = model;
  bare.surplus.clear();
  if (is_unknown(bare)) {
    report.add({.kind = ProblemKind::unknown_name,
                .message = "unknown " + kind + " \"" + model.name + '"',
                .hint = suggest(model.name, names),
                .expected = nearest_name(model.name, names),
                .given = model.name});
    return problems;
  }
  if (!ir::check_object_name(model.name, report)) return problems;
  ir::check_values(model, report);
  parse(model, ir::Report(problems, text_path + " \"" + model.name + '"', text));
  return problems;
}

}  // namespace synfire
