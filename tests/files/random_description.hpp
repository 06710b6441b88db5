// SPDX-License-Identifier: Apache-2.0
// Descriptions of random make, with every kind of field and with mistakes.
#pragma once

#include <cstdint>

#include "synfire/description.hpp"

namespace synfire::test {

// The same from the same seed.
Description random_description(std::uint32_t seed);

}  // namespace synfire::test
