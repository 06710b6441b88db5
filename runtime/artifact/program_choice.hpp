// SPDX-License-Identifier: Apache-2.0
// Which program of an artifact file runs where.
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

// The first program that the device runs, of those that carry state where there are such and `streaming` asks for one.
// `device`: empty: the default device if the file has a program for it that it runs, else the host, else whatever device of
// this machine the file has a program for. Throws DeviceError: what `open` throws; unsupported, with what there is, when no
// program fits.
ProgramChoice choose_program(const ArtifactSummary& file, const std::string& device, bool streaming,
                             const OpenDevice& open);

}  // namespace synfire::runtime
