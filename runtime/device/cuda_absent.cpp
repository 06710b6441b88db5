// SPDX-License-Identifier: Apache-2.0
// Replaces runtime/cuda in a build without the CUDA toolkit.
#include "device/builtin.hpp"
#include "device/messages.hpp"

namespace synfire::runtime {
namespace {

constexpr const char* absence = "Synfire was built without the CUDA toolkit";

}  // namespace

DeviceKind cuda_device_kind() {
  return {.create = [](const DeviceOptions&) -> std::unique_ptr<Device> {
            throw DeviceError({.kind = ProblemKind::no_device, .path = device_path("cuda"), .message = absence});
          },
          .available =
              [](std::string* reason) {
                *reason = absence;
                return false;
              }};
}

}  // namespace synfire::runtime
