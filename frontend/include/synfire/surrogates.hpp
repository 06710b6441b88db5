// SPDX-License-Identifier: Apache-2.0
// All built-in surrogates.
#pragma once

#include "synfire/surrogates/atan.hpp"
#include "synfire/surrogates/boxcar.hpp"
#include "synfire/surrogates/fast_sigmoid.hpp"
#include "synfire/surrogates/gaussian.hpp"
#include "synfire/surrogates/straight_through.hpp"
#include "synfire/surrogates/triangle.hpp"

namespace synfire {

// The surrogate where none is given.
inline SurrogateModel default_surrogate() { return FastSigmoid::text(); }

}  // namespace synfire
