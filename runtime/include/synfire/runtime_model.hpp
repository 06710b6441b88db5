// SPDX-License-Identifier: Apache-2.0
// A compiled network loaded on a device, from which sessions are made.
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
  // "host", "cuda"; empty: that of the artifact's first binary; of a file: cuda where the file has a program for a GPU that
  // is here, else host.
  std::string device = {};
  int ordinal = 0;  // cuda: which GPU
};

// The program and its parameters, loaded once and shared by all sessions. Immutable: copies share it, and threads may use
// one at the same time. InferenceCompiler::model() makes one from a network.
class Model {
 public:
  // Throws DeviceError (no such device, no binary for it, not enough memory), BuildError (the binary does not load), or
  // DataError (the artifact is inconsistent or of another version).
  explicit Model(std::shared_ptr<const contract::Artifact> artifact, const ModelOptions& options = {});

  // The program of a .synfire file (docs/artifacts.md) that was compiled for streaming and that the device runs best. To load
  // it is to run its native code. Throws as above and as load_artifact.
  static Model load(const std::filesystem::path& path, const ModelOptions& options = {});
  // The same from memory, which may go when the model is loaded.
  static Model load(std::span<const std::byte> bytes, const ModelOptions& options = {});

  // A new session at step 0. Allocates all that the session will need. Throws ModelError (invalid_option) for a program
  // that was not compiled for streaming and for options that do not fit it, with all that is wrong, and DeviceError
  // (out_of_memory).
  Session session(const SessionOptions& options = {}) const;

  const contract::Manifest& manifest() const noexcept;
  // What it runs on, for people.
  std::string device_description() const;

 private:
  std::shared_ptr<const runtime::ModelState> state_;
};

}  // namespace synfire
