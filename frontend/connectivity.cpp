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
  const char* operator()(const Conv2D&) const { return "conv_2d"; }
  const char* operator()(const Conv1D&) const { return "conv_1d"; }
  const char* operator()(const Conv2DTranspose&) const { return "conv_2d_transpose"; }
  const char* operator()(const AvgPool2D&) const { return "avg_pool_2d"; }
  const char* operator()(const MaxPool2D&) const { return "max_pool_2d"; }
  const char* operator()(const AvgPoolDense2D&) const { return "avg_pool_dense_2d"; }
  const char* operator()(const AvgPoolConv2D&) const { return "avg_pool_conv_2d"; }
};

}  // namespace

std::string name_of(const Connectivity& connectivity) { return std::visit(NameOf{}, connectivity); }

bool is_kernel(const Connectivity& connectivity) {
  return std::visit([]<class Kind>(const Kind&) { return KernelKind<Kind>; }, connectivity);
}

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
    case SynapseStorage::kernel: return "kernel";
  }
  return {};
}

}  // namespace synfire
