// SPDX-License-Identifier: Apache-2.0
// A host device that behaves like a GPU: separate memory, programs that cannot be called directly, and launches that
// can fail.
#pragma once

namespace synfire::testing {

// Registers the device "copying", which runs host programs.
void register_copying_device();

// The next launch on it throws DeviceError.
void fail_next_launch();

}  // namespace synfire::testing
