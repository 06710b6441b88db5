// SPDX-License-Identifier: Apache-2.0
#include "synfire/connectivity.hpp"

namespace synfire {
namespace {

struct NameOf {
  const char* operator()(const Dense&) const { return "dense"; }
  const char* operator()(const OneToOne&) const { return "one_to_one"; }
};

}  // namespace

std::string name_of(const Connectivity& connectivity) { return std::visit(NameOf{}, connectivity); }

const Value& weight_of(const Connectivity& connectivity) {
  return std::visit([](const auto& kind) -> const Value& { return kind.weight; }, connectivity);
}

const Value& delay_of(const Connectivity& connectivity) {
  return std::visit([](const auto& kind) -> const Value& { return kind.delay; }, connectivity);
}

}  // namespace synfire
