// SPDX-License-Identifier: Apache-2.0
// Chooses the program of an artifact file, and the device to run it on.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "synfire/artifact_file.hpp"
#include "synfire/runtime/device.hpp"

namespace synfire::runtime {

using OpenDevice = std::function<std::shared_ptr<Device>(const std::string& name)>;

struct ProgramChoice {
  std::size_t program;  // of ArtifactSummary::programs
  std::shared_ptr<Device> device;
};

// The first program that the device can run; if `streaming`, the first of those that carry state, if there are any. An
// empty `device` means the default device if it can run a program of the file, else the host, else any device of this
// machine that the file has a program for. Throws DeviceError: what `open` throws; unsupported, with a list of what
// there is, if no program fits.
ProgramChoice choose_program(const ArtifactSummary& file, const std::string& device, bool streaming,
                             const OpenDevice& open);

}  // namespace synfire::runtime
