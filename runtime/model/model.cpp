// SPDX-License-Identifier: Apache-2.0
#include "executor/binary_choice.hpp"
#include "executor/memory_plan.hpp"
#include "executor/parameters.hpp"
#include "model/model_state.hpp"
#include "session/session_state.hpp"
#include "synfire/error.hpp"

namespace synfire {
namespace runtime {
namespace {

// Sessions run on the threads that call them, so the device needs no threads of its own.
std::shared_ptr<Device> open(const contract::Artifact& artifact, const ModelOptions& options) {
  std::string name = options.device;
  if (name.empty() && !artifact.binaries.empty()) name = artifact.binaries.front().target;
  return open_device(name.empty() ? default_device() : name, {.threads = 1, .ordinal = options.ordinal});
}

}  // namespace

ModelState::ModelState(std::shared_ptr<const contract::Artifact> artifact_, const ModelOptions& options)
    : artifact(std::move(artifact_)), device(open(*artifact, options)) {
  const contract::Binary& binary = choose_binary(*artifact, *device);
  const std::vector<std::span<const std::byte>> contents = match_parameters(*artifact);
  program = device->load(binary, manifest().entry);
  for (std::size_t i = 0; i < contents.size(); ++i) {
    const contract::Buffer& buffer = manifest().buffers[i];
    const bool parameter = buffer.role == contract::BufferRole::parameter;
    parameters.emplace_back(device, parameter ? buffer_bytes(buffer, 1) : 0, describe(buffer));
    if (parameter) parameters.back().copy_from(contents[i]);
  }
  device->synchronize();
}

}  // namespace runtime

Model::Model(std::shared_ptr<const contract::Artifact> artifact, const ModelOptions& options)
    : state_(std::make_shared<const runtime::ModelState>(std::move(artifact), options)) {}

Session Model::session(const SessionOptions& options) const {
  return Session(std::make_unique<runtime::SessionState>(state_, options));
}

const contract::Manifest& Model::manifest() const noexcept { return state_->manifest(); }

std::string Model::device_description() const {
  const std::scoped_lock lock(state_->device_mutex);
  return state_->device->description();
}

}  // namespace synfire
