// SPDX-License-Identifier: Apache-2.0
#include "cuda/architectures.hpp"

#include <algorithm>
#include <array>

namespace synfire::runtime {
namespace {

// Capabilities (major × 10 + minor) of integrated GPUs.
constexpr std::array integrated = {53, 62, 72, 87, 101, 110};

// No supported compiler writes PTX older than this.
constexpr int oldest_ptx = 50;

bool is_integrated(int capability) {
  return std::find(integrated.begin(), integrated.end(), capability) != integrated.end();
}

}  // namespace

std::vector<std::string> cuda_architectures(int major, int minor) {
  const int own = major * 10 + minor;
  std::vector<std::string> names = {"sm_" + std::to_string(own)};
  for (int capability = own - 1; capability >= major * 10 && !is_integrated(own); --capability) {
    if (!is_integrated(capability)) names.push_back("sm_" + std::to_string(capability));
  }
  for (int capability = own; capability >= oldest_ptx; --capability) {
    names.push_back("compute_" + std::to_string(capability));
  }
  return names;
}

}  // namespace synfire::runtime
