// SPDX-License-Identifier: Apache-2.0
// State shared by all sessions of a model.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "synfire/contract/artifact.hpp"
#include "synfire/runtime/device_buffer.hpp"
#include "synfire/runtime_model.hpp"

namespace synfire::runtime {

struct ModelState {
  ModelState(std::shared_ptr<const contract::Artifact> artifact_, const ModelOptions& options,
             std::shared_ptr<const NetworkParameters> counts_);

  const contract::Manifest& manifest() const noexcept { return artifact->manifest; }

  // Whether the two run the same program, maybe with other parameters.
  bool has_program_of(const ModelState& other) const noexcept;

  std::shared_ptr<const contract::Artifact> artifact;
  std::shared_ptr<const NetworkParameters> counts;  // null if unknown
  std::shared_ptr<Device> device;
  const std::string* source = nullptr;  // of the binary that is loaded
  std::unique_ptr<LoadedProgram> program;
  std::vector<DeviceBuffer> parameters;  // in manifest order; empty for buffers that are not parameters
  // One thread at a time uses a device. Calls of a callable program need no device.
  mutable std::mutex device_mutex;
};

}  // namespace synfire::runtime
