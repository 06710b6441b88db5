// SPDX-License-Identifier: Apache-2.0
// The built-in devices. The registry adds them before its first use.
#pragma once

#include <functional>
#include <string>

#include "synfire/runtime/device.hpp"

namespace synfire::runtime {

// A kind of device as the registry keeps it.
struct DeviceKind {
  DeviceFactory create;
  std::function<bool(std::string* reason)> available;
  // Whether it seems to be present but is not available: choosing another device then warns. Empty: never.
  std::function<bool()> is_broken = {};
};

DeviceKind host_device_kind();

// In a build without the CUDA toolkit: a kind that is never available and reports why.
DeviceKind cuda_device_kind();

}  // namespace synfire::runtime
