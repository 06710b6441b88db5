// SPDX-License-Identifier: Apache-2.0
// The devices that tests run on: all that are present here, each once.
#pragma once

#include <string>
#include <vector>

namespace synfire::testing {

// "host", "simt" (but in sanitizer builds), "cuda" (where there is a GPU); SYNFIRE_TEST_DEVICES=host,cuda leaves out others.
// Registers what is only there for tests.
const std::vector<std::string>& devices();

// A folder for compiled programs that survives between runs of the tests; SYNFIRE_CACHE names another.
std::string cache_folder();

}  // namespace synfire::testing

// Instantiates a suite of TEST_P whose parameter is the device's name.
#define SYNFIRE_ON_EVERY_DEVICE(suite)                                                         \
  INSTANTIATE_TEST_SUITE_P(Devices, suite, ::testing::ValuesIn(::synfire::testing::devices()), \
                           [](const auto& device) { return device.param; })
