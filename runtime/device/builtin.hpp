// SPDX-License-Identifier: Apache-2.0
// The devices that every build knows. The registry adds them before it is first used.
#pragma once

#include <functional>
#include <string>

#include "synfire/runtime/device.hpp"

namespace synfire::runtime {

// A kind of device as the registry keeps it.
struct DeviceKind {
  DeviceFactory create;
  std::function<bool(std::string* reason)> available;
  // Whether it seems to be there although it is not available: then a word is due where another is taken. Empty: never.
  std::function<bool()> is_broken = {};
};

DeviceKind host_device_kind();

// In a build without the CUDA toolkit: a kind that is never available and says why.
DeviceKind cuda_device_kind();

}  // namespace synfire::runtime
