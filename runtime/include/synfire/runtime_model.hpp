// SPDX-License-Identifier: Apache-2.0
// A compiled network loaded on a device, which creates sessions.
#pragma once

#include <cstddef>
#include <filesystem>
#include <iosfwd>
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
// use one concurrently. InferenceCompiler::model() makes one from a network. Using an object that was moved from throws
// ModelError (invalid_option).
class Model {
 public:
  // Throws DeviceError (unknown device, no binary for it, not enough memory), BuildError (the binary cannot be loaded),
  // or DataError (the artifact is inconsistent or of another version).
  // `parameters`: for summary().
  explicit Model(std::shared_ptr<const contract::Artifact> artifact, const ModelOptions& options = {},
                 std::shared_ptr<const NetworkParameters> parameters = nullptr);

  // The program of a .synfire file (docs/artifacts.md) that was compiled for streaming and suits the device best.
  // Loading it runs its native code. Throws as above and as load_artifact.
  static Model load(const std::filesystem::path& path, const ModelOptions& options = {});
  // The same from memory, which may be freed once the model is loaded.
  static Model load(std::span<const std::byte> bytes, const ModelOptions& options = {});

  // A new session at step 0. Allocates all that the session will need. Throws ModelError (invalid_option), with all
  // problems, for a program that was not compiled for streaming and for options that do not match it, and DeviceError
  // (out_of_memory).
  Session session(const SessionOptions& options = {}) const;

  const contract::Manifest& manifest() const;
  // The device it runs on, for display.
  std::string device_description() const;
  // Populations, connections, parameters and memory, as `synfire info` prints them. Numbers of parameters are `?` for a
  // model that was loaded from a file or a bare artifact.
  std::string summary() const;

 private:
  friend class Session;
  const runtime::ModelState& state() const;  // throws ModelError if the object was moved from
  std::shared_ptr<const runtime::ModelState> state_;
};

// Its summary.
std::ostream& operator<<(std::ostream& stream, const Model& model);

}  // namespace synfire
