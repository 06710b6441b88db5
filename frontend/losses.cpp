// SPDX-License-Identifier: Apache-2.0
#include "synfire/losses.hpp"

#include "ir/parse_model.hpp"
#include "settle.hpp"
#include "text_problems.hpp"

namespace synfire {

LossModel model_of(const Loss& loss) { return settle(loss, find_loss, {}); }

std::vector<Problem> problems_of(const LossModel& loss, const std::string& path, const Place& place,
                                 const Place& text) {
  return problems_of_text(loss, "loss", loss_names(), path, place, path + ".loss", text, ir::parse_loss);
}

}  // namespace synfire
