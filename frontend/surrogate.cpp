// SPDX-License-Identifier: Apache-2.0
#include "synfire/surrogate.hpp"

#include "ir/parse_model.hpp"
#include "settle.hpp"
#include "text_problems.hpp"

namespace synfire {

SurrogateModel surrogate_model(const Surrogate& surrogate) { return settle(surrogate, find_surrogate, {}); }

std::vector<Problem> problems_of(const SurrogateModel& surrogate, const std::string& path, const Place& place,
                                 const Place& text) {
  return problems_of_text(surrogate, "surrogate", surrogate_names(), path, place, path, text, ir::parse_surrogate);
}

}  // namespace synfire
