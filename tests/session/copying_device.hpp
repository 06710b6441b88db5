// SPDX-License-Identifier: Apache-2.0
// The host behind the manners of a GPU: its memory is its own, its programs cannot be called, and launches can fail.
#pragma once

namespace synfire::testing {

// Registers the device "copying", which runs programs of the host.
void register_copying_device();

// The next launch on it throws DeviceError.
void fail_next_launch();

}  // namespace synfire::testing
