// SPDX-License-Identifier: Apache-2.0
#include "synfire/surrogate.hpp"

#include "ir/check_value.hpp"
#include "ir/parse_model.hpp"
#include "ir/validate.hpp"
#include "settle.hpp"

namespace synfire {

SurrogateModel surrogate_model(const Surrogate& surrogate) { return settle(surrogate, find_surrogate, {}); }

std::vector<Problem> problems_of(const SurrogateModel& surrogate, const std::string& path, const Place& place,
                                 const Place& text) {
  std::vector<Problem> problems;
  const ir::Report report(problems, path, place);
  SurrogateModel bare = surrogate;
  bare.surplus.clear();
  if (is_unknown(bare)) {
    report.add({.kind = ProblemKind::unknown_name,
                .message = "unknown surrogate \"" + surrogate.name + '"',
                .hint = suggest(surrogate.name, surrogate_names()),
                .expected = nearest_name(surrogate.name, surrogate_names()),
                .given = surrogate.name});
    return problems;
  }
  if (!ir::check_object_name(surrogate.name, report)) return problems;
  ir::check_values(surrogate, report);
  ir::parse_surrogate(surrogate, ir::Report(problems, path + " \"" + surrogate.name + '"', text));
  return problems;
}

}  // namespace synfire
