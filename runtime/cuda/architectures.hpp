// SPDX-License-Identifier: Apache-2.0
// Which binaries a GPU runs. Includes no CUDA, so that it is tested everywhere.
#pragma once

#include <string>
#include <vector>

namespace synfire::runtime {

// Best first: machine code for the GPU's own compute capability ("sm_90"), then for lower minor versions of
// the same major version (not of integrated GPUs, whose machine code is theirs alone), then PTX for any
// capability up to the GPU's ("compute_90", "compute_89", …), which the driver compiles when it is loaded.
std::vector<std::string> cuda_architectures(int major, int minor);

}  // namespace synfire::runtime
