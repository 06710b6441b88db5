// SPDX-License-Identifier: Apache-2.0
// The binaries that a GPU can run. Includes no CUDA headers, so it is tested everywhere.
#pragma once

#include <string>
#include <vector>

namespace synfire::runtime {

// Best first: machine code for the GPU's own compute capability ("sm_90"), then for lower minor versions of the same
// major version (not of integrated GPUs, whose machine code runs only on them), then PTX for any capability up to the
// GPU's ("compute_90", "compute_89", …), which the driver compiles at load time.
std::vector<std::string> cuda_architectures(int major, int minor);

}  // namespace synfire::runtime
