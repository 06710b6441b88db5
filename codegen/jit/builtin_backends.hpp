// SPDX-License-Identifier: Apache-2.0
// The backends that come with the compiler.
#pragma once

#include <memory>

#include "synfire/codegen/backend.hpp"

namespace synfire::codegen {

std::unique_ptr<Backend> make_cuda_backend();
std::unique_ptr<Backend> make_host_backend();

}  // namespace synfire::codegen
