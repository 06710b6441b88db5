// SPDX-License-Identifier: Apache-2.0
// A separate file: only programs that register the device need the runtime's registry.
#include "simt/simt_device.hpp"

namespace synfire::simt {

void register_simt_device() {
  runtime::register_device(
      "simt", [](const runtime::DeviceOptions&) { return std::make_unique<SimtDevice>(); },
      [](std::string*) { return true; });
}

}  // namespace synfire::simt
