// SPDX-License-Identifier: Apache-2.0
#include "synfire/connectivity.hpp"

namespace synfire {
namespace {

struct NameOf {
  const char* operator()(const Dense&) const { return "dense"; }
  const char* operator()(const OneToOne&) const { return "one_to_one"; }
  const char* operator()(const FixedProbability&) const { return "fixed_probability"; }
  const char* operator()(const FixedInputs&) const { return "fixed_inputs"; }
  const char* operator()(const FixedOutputs&) const { return "fixed_outputs"; }
  const char* operator()(const Sparse&) const { return "sparse"; }
};

}  // namespace

std::string name_of(const Connectivity& connectivity) { return std::visit(NameOf{}, connectivity); }

const Value& weight_of(const Connectivity& connectivity) {
  return std::visit([](const auto& kind) -> const Value& { return kind.weight; }, connectivity);
}

const Value& delay_of(const Connectivity& connectivity) {
  return std::visit([](const auto& kind) -> const Value& { return kind.delay; }, connectivity);
}

std::string to_string(SynapseStorage storage) {
  switch (storage) {
    case SynapseStorage::automatic: return "automatic";
    case SynapseStorage::dense: return "dense";
    case SynapseStorage::rows: return "rows";
    case SynapseStorage::procedural: return "procedural";
  }
  return {};
}

}  // namespace synfire
