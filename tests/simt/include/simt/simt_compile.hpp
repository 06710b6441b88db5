// SPDX-License-Identifier: Apache-2.0
// Compiles generated CUDA source for the device `simt`.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace synfire::simt {

// A shared object for SimtDevice::load(), from the source and the headers of kernels/device. Reports refer to the lines
// of the source. Objects are cached between test runs, keyed by a hash of all their inputs. Throws BuildError with the
// compiler's log.
std::vector<std::byte> compile_for_simt(const std::string& cuda_source);

}  // namespace synfire::simt
