// SPDX-License-Identifier: Apache-2.0
#include <ostream>

#include "executor/binary_choice.hpp"
#include "executor/memory_plan.hpp"
#include "executor/parameters.hpp"
#include "model/model_state.hpp"
#include "session/session_state.hpp"
#include "synfire/base/live.hpp"
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

ModelState::ModelState(std::shared_ptr<const contract::Artifact> artifact_, const ModelOptions& options,
                       std::shared_ptr<const NetworkParameters> counts_)
    : artifact(std::move(artifact_)), counts(std::move(counts_)), device(open(*artifact, options)) {
  const contract::Binary& binary = choose_binary(*artifact, *device);
  const std::vector<std::span<const std::byte>> contents = match_parameters(*artifact);
  source = &binary.source;
  program = device->load(binary, manifest().entry);
  for (std::size_t i = 0; i < contents.size(); ++i) {
    const contract::Buffer& buffer = manifest().buffers[i];
    const bool parameter = buffer.role == contract::BufferRole::parameter;
    parameters.emplace_back(device, parameter ? buffer_bytes(buffer, 1) : 0, describe(buffer));
    if (parameter) parameters.back().copy_from(contents[i]);
  }
  device->synchronize();
}

bool ModelState::has_program_of(const ModelState& other) const noexcept {
  return this == &other || (*source == *other.source && manifest().buffers == other.manifest().buffers);
}

}  // namespace runtime

Model::Model(std::shared_ptr<const contract::Artifact> artifact, const ModelOptions& options,
             std::shared_ptr<const NetworkParameters> parameters)
    : state_(std::make_shared<const runtime::ModelState>(std::move(artifact), options, std::move(parameters))) {}

const runtime::ModelState& Model::state() const { return base::live(state_, "Model"); }

Session Model::session(const SessionOptions& options) const {
  state();
  return Session(std::make_unique<runtime::SessionState>(state_, options));
}

const contract::Manifest& Model::manifest() const { return state().manifest(); }

std::string Model::device_description() const {
  const std::scoped_lock lock(state().device_mutex);
  return state().device->description();
}

std::string Model::summary() const { return summary_of({{state().device->name(), &manifest()}}, state().counts.get()); }

std::ostream& operator<<(std::ostream& stream, const Model& model) { return stream << model.summary(); }

}  // namespace synfire
