// SPDX-License-Identifier: Apache-2.0
// Random descriptions, with every kind of field and with mistakes.
#pragma once

#include <cstdint>

#include "synfire/description.hpp"

namespace synfire::test {

// Deterministic in the seed.
Description random_description(std::uint32_t seed);

}  // namespace synfire::test
