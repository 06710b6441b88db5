// SPDX-License-Identifier: Apache-2.0
// A compiled network loaded on a device, which creates sessions.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "synfire/contract/artifact.hpp"
#include "synfire/session.hpp"

namespace synfire {

namespace runtime {
struct ModelState;
}

struct ModelOptions {
  // "host", "cuda"; empty: that of the artifact's first binary; for a file: cuda if the file has a program for a GPU of
  // this machine, else host.
  std::string device = {};
  int ordinal = 0;  // cuda: which GPU
};

// The program and its parameters, loaded once and shared by all sessions. Immutable: copies share it, and threads may
// use one concurrently. InferenceCompiler::model() makes one from a network.
class Model {
 public:
  // Throws DeviceError (unknown device, no binary for it, not enough memory), BuildError (the binary cannot be loaded),
  // or DataError (the artifact is inconsistent or of another version).
  explicit Model(std::shared_ptr<const contract::Artifact> artifact, const ModelOptions& options = {});

  // The program of a .synfire file (docs/artifacts.md) that was compiled for streaming and suits the device best.
  // Loading it runs its native code. Throws as above and as load_artifact.
  static Model load(const std::filesystem::path& path, const ModelOptions& options = {});
  // The same from memory, which may be freed once the model is loaded.
  static Model load(std::span<const std::byte> bytes, const ModelOptions& options = {});

  // A new session at step 0. Allocates all that the session will need. Throws ModelError (invalid_option), with all
  // problems, for a program that was not compiled for streaming and for options that do not match it, and DeviceError
  // (out_of_memory).
  Session session(const SessionOptions& options = {}) const;

  const contract::Manifest& manifest() const noexcept;
  // The device it runs on, for display.
  std::string device_description() const;

 private:
  std::shared_ptr<const runtime::ModelState> state_;
};

}  // namespace synfire
