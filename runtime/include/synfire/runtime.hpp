// SPDX-License-Identifier: Apache-2.0
// Everything for a program that runs compiled networks but compiles none: it links only synfire::runtime.
#pragma once

#include "synfire/artifact_file.hpp"
#include "synfire/compiled_network.hpp"
#include "synfire/error.hpp"
#include "synfire/runtime/device.hpp"
#include "synfire/runtime_model.hpp"
#include "synfire/session.hpp"
#include "synfire/tensor.hpp"
#include "synfire/warning.hpp"
