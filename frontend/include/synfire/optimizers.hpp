// SPDX-License-Identifier: Apache-2.0
// All built-in optimizers.
#pragma once

#include "synfire/optimizers/adam.hpp"
#include "synfire/optimizers/adam_w.hpp"
#include "synfire/optimizers/rmsprop.hpp"
#include "synfire/optimizers/sgd.hpp"
