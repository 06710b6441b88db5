// SPDX-License-Identifier: Apache-2.0
// All built-in models.
#pragma once

// Neurons
#include "synfire/models/adaptive_leaky_integrate_fire.hpp"
#include "synfire/models/integrate_fire.hpp"
#include "synfire/models/leaky_integrate.hpp"
#include "synfire/models/leaky_integrate_fire.hpp"

// Input neurons
#include "synfire/models/binary_spike_input.hpp"
#include "synfire/models/graded_input.hpp"
#include "synfire/models/integrate_fire_input.hpp"
#include "synfire/models/leaky_integrate_fire_input.hpp"
#include "synfire/models/poisson_input.hpp"
#include "synfire/models/spike_input.hpp"

// Synapses
#include "synfire/models/delta.hpp"
#include "synfire/models/exponential.hpp"

// Readouts
#include "synfire/models/avg_var.hpp"
#include "synfire/models/avg_var_exp_weight.hpp"
#include "synfire/models/first_spike_time.hpp"
#include "synfire/models/max_var.hpp"
#include "synfire/models/spike_count.hpp"
#include "synfire/models/sum_var.hpp"
#include "synfire/models/var.hpp"

// Losses
#include "synfire/models/categorical_crossentropy.hpp"
#include "synfire/models/mean_square_error.hpp"
#include "synfire/models/relative_mean_square_error.hpp"
#include "synfire/models/silent_neurons.hpp"
#include "synfire/models/sparse_categorical_crossentropy.hpp"
#include "synfire/models/time_to_first_spike_crossentropy.hpp"
