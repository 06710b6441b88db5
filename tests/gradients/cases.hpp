// SPDX-License-Identifier: Apache-2.0
// Small trainable networks, each with one feature of the backward pass.
#pragma once

#include <string>
#include <vector>

#include "synfire/codegen/training.hpp"
#include "synfire/network.hpp"

namespace synfire::testing {

struct TrainingCase {
  Network network;
  codegen::CompileOptions options;
  codegen::TrainingOptions training;
};

struct NamedCase {
  std::string name;
  TrainingCase learned;
};

const std::vector<NamedCase>& training_cases();
const NamedCase& training_case(const std::string& name);

}  // namespace synfire::testing
