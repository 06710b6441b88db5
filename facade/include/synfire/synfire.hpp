// SPDX-License-Identifier: Apache-2.0
// Synfire: define spiking neural networks, compile them, run them, train them.
#pragma once

#include "synfire/compiled_network.hpp"
#include "synfire/connectivity.hpp"
#include "synfire/data.hpp"
#include "synfire/description.hpp"
#include "synfire/error.hpp"
#include "synfire/event_prop_compiler.hpp"
#include "synfire/gradient_check.hpp"
#include "synfire/inference_compiler.hpp"
#include "synfire/metrics.hpp"
#include "synfire/model.hpp"
#include "synfire/models.hpp"
#include "synfire/network.hpp"
#include "synfire/npz.hpp"
#include "synfire/registry.hpp"
#include "synfire/runtime.hpp"
#include "synfire/surrogate_compiler.hpp"
#include "synfire/tensor.hpp"
#include "synfire/training_compiler.hpp"
#include "synfire/value.hpp"
#include "synfire/warning.hpp"
