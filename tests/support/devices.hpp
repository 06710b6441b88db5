// SPDX-License-Identifier: Apache-2.0
// The devices that tests run on: all available ones, each once.
#pragma once

#include <string>
#include <vector>

namespace synfire::testing {

// "host", "simt" (except in sanitizer builds), "cuda" (with a GPU); restricted by SYNFIRE_TEST_DEVICES=host,cuda.
// Registers the devices for tests.
const std::vector<std::string>& devices();

// A folder for compiled programs, kept between test runs; SYNFIRE_CACHE overrides it.
std::string cache_folder();

}  // namespace synfire::testing

// Instantiates a suite of TEST_P whose parameter is the device's name.
#define SYNFIRE_ON_EVERY_DEVICE(suite)                                                         \
  INSTANTIATE_TEST_SUITE_P(Devices, suite, ::testing::ValuesIn(::synfire::testing::devices()), \
                           [](const auto& device) { return device.param; })
