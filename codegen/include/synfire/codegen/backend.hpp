// SPDX-License-Identifier: Apache-2.0
// Backends: each turns a program into source, and source into a binary that the device of the same name loads.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "synfire/codegen/passes.hpp"
#include "synfire/contract/artifact.hpp"

namespace synfire::codegen {

struct BuildOptions {
  std::string architecture = {};  // "sm_90", "x86-64-v3", "native"; empty: the backend's default
  std::string cache_folder = {};  // empty: the user's cache; "-": none
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string name() const = 0;
  virtual std::vector<Pass> passes(const PassOptions& options) const = 0;
  virtual std::string print(const Program& program) const = 0;
  // Throws BuildError with the compiler's log and the offending lines.
  virtual contract::Binary build(const std::string& source, const BuildOptions& options) const = 0;
};

// `cuda` and `host` are registered from the start; registering a name again replaces its backend.
void register_backend(std::unique_ptr<Backend> backend);
// Throws DeviceError for an unknown name.
const Backend& find_backend(const std::string& name);
std::vector<std::string> backend_names();

}  // namespace synfire::codegen
