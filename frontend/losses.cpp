// SPDX-License-Identifier: Apache-2.0
#include "synfire/losses.hpp"

#include "ir/check_value.hpp"
#include "ir/parse_model.hpp"
#include "ir/validate.hpp"
#include "settle.hpp"

namespace synfire {

LossModel model_of(const Loss& loss) { return settle(loss, find_loss, {}); }

std::vector<Problem> problems_of(const LossModel& loss, const std::string& path, const Place& place,
                                 const Place& text) {
  std::vector<Problem> problems;
  const ir::Report report(problems, path, place);
  LossModel bare = loss;
  bare.surplus.clear();
  if (is_unknown(bare)) {
    report.add({.kind = ProblemKind::unknown_name,
                .message = "unknown loss \"" + loss.name + '"',
                .hint = suggest(loss.name, loss_names()),
                .expected = nearest_name(loss.name, loss_names()),
                .given = loss.name});
    return problems;
  }
  if (!ir::check_object_name(loss.name, report)) return problems;
  ir::check_values(loss, report);
  ir::parse_loss(loss, ir::Report(problems, path + ".loss \"" + loss.name + '"', text));
  return problems;
}

}  // namespace synfire
